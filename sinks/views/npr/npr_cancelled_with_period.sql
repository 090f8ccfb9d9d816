-- Episodes that went with their referral period when that was withdrawn (Slett, 7372 H), and since when.
-- A row is one episode (reporter and subject_id) whose newest version, known by then, names a period of
-- npr_cancelled_periods. known_at: when the Slett became known. It is in no view of contacts, stays or beds; one that was
-- told or told again after the Slett counts. Source: episode_current, npr_cancelled_periods.
SELECT
    episodes.reporter AS reporter,
    episodes.subject_id AS subject_id,
    periods.known_at AS known_at
FROM
(
    SELECT reporter, subject_id, assumeNotNull(henvisningsperiodeID) AS period, known_at AS told_at
    FROM {episode}
    -- few: they are found by the table's key
    WHERE (reporter, subject_id) IN (
        SELECT reporter, subject_id
        FROM log_accepted_episode
        WHERE henvisningsperiodeID IN (SELECT henvisningsperiodeID FROM {npr_cancelled_periods}))
        AND henvisningsperiodeID IS NOT NULL
) AS episodes
INNER JOIN {npr_cancelled_periods} AS periods
    ON episodes.reporter = periods.reporter AND episodes.period = periods.henvisningsperiodeID
WHERE episodes.told_at <= periods.known_at
