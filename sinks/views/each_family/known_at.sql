-- What was known of each subject of this family at an earlier time: {family}_known_at(at = '2026-05-13 13:00:00').
-- A row is one reporter and subject_id, chosen as for the current state, among the versions known at that time.
-- at: UTC as text ('2026-05-13 13:00:00', ISO 8601 with Z or an offset) or as DateTime64 in UTC; the engine passes a
-- DateTime64 of another time zone on without its zone.
-- Source: the state where it was known then, else all accepted versions; known_at is the declared time of a backfill,
-- else when the event was received.
WITH parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment
SELECT *
FROM
(
    SELECT * EXCEPT (version)
    FROM state_{family} FINAL
    WHERE known_at <= moment
    UNION ALL
    SELECT *
    FROM
    (
        SELECT *
        FROM log_accepted_{family}
        WHERE known_at <= moment
            AND (reporter, subject_id) IN (SELECT reporter, subject_id FROM state_{family} FINAL WHERE known_at > moment)
        ORDER BY reporter, subject_id, revision DESC, known_at DESC, source_offset DESC, outcome_offset DESC
        LIMIT 1 BY reporter, subject_id
    )
)
WHERE action != 'cancel'
