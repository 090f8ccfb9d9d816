-- Episodes that were reported and are withdrawn (Slett, notification C), and since when.
-- A row is one episode (reporter and subject_id) whose newest version cancels it. known_at: when that became known.
-- What hangs on an episode goes with it: its own codes and times with the event, and its movements, those that were known by
-- then (npr_movements). Source: the state. Definition: NPR reporting model (Slett removes an object with its children).
SELECT
    reporter,
    subject_id,
    argMax(episodes.known_at, version) AS known_at
FROM state_episode AS episodes
-- few: the newest version of these alone is chosen, of ids of one text in a column of its own
WHERE subject_id IN (SELECT subject_id FROM state_episode WHERE action = 'cancel')
GROUP BY reporter, subject_id
HAVING argMax(episodes.action, version) = 'cancel'
