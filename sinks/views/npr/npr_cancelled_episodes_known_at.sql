-- As npr_cancelled_episodes, of what was known at a time (UTC): npr_cancelled_episodes_known_at(at = '2026-05-13 13:00:00').
-- A row is one episode (reporter and subject_id) whose newest version known then cancels it. known_at: when that became
-- known.
-- Source: all accepted versions of the episodes that a version known then cancels.
SELECT
    reporter,
    subject_id,
    known_at
FROM
(
    SELECT
        reporter,
        subject_id,
        action,
        known_at
    FROM log_accepted_episode
    WHERE known_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC') AND (reporter, subject_id) IN (
        SELECT reporter, subject_id
        FROM log_accepted_episode
        WHERE action = 'cancel' AND known_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC'))
    ORDER BY reporter, subject_id, revision DESC, known_at DESC, source_offset DESC, outcome_offset DESC
    LIMIT 1 BY reporter, subject_id
)
WHERE action = 'cancel'
