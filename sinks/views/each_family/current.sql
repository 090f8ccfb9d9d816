-- What is now known of each subject of this family (visit, movement, referral, service, consultation, capacity cell).
-- A row is one reporter and subject_id: the version with the greatest revision, then known_at, then source offset.
-- A subject whose newest version cancels it has no row. Columns as in the accepted events.
-- Source: the state, which every accepted version reaches when it is stored: never stale.
SELECT * EXCEPT (version)
FROM state_{family} FINAL
WHERE action != 'cancel'
