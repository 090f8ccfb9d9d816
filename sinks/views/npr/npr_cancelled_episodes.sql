-- Episodes that were reported and are withdrawn (Slett, notification C), and since when.
-- A row is one episode (reporter and subject_id) whose newest version cancels it. known_at: when that became known.
-- What hangs on an episode goes with it: its own codes and times with the event, and its movements, those that were known by
-- then (npr_movements). Source: accepted_episode. Definition: NPR reporting model (Slett removes an object with its children).
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
    WHERE known_at <= {now} AND (reporter, subject_id) IN (
        SELECT reporter, subject_id
        FROM log_accepted_episode
        WHERE action = 'cancel')
    ORDER BY reporter, subject_id, revision DESC, known_at DESC, source_offset DESC, outcome_offset DESC
    LIMIT 1 BY reporter, subject_id
)
WHERE action = 'cancel'
