-- What is now known of each subject of this family (visit, movement, referral, service, consultation, capacity cell).
-- A row is one reporter and subject_id: the version with the greatest revision, then known_at, then source offset.
-- A subject whose newest version cancels it has no row. Columns as in the accepted events.
-- Source: all accepted versions, read when you ask: never stale.
SELECT *
FROM
(
    SELECT *
    FROM log_accepted_{family}
    ORDER BY reporter, subject_id, revision DESC, known_at DESC, source_offset DESC, outcome_offset DESC
    LIMIT 1 BY reporter, subject_id
)
WHERE action != 'cancel'
