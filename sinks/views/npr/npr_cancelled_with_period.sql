-- Episodes that went with their referral period when that was withdrawn (Slett, 7372 H), and since when.
-- A row is one episode (reporter and subject_id) whose newest version, known by then, names a period of
-- npr_cancelled_periods. known_at: when the Slett became known. It is in no view of contacts, stays or beds; one that was
-- told or told again after the Slett counts. Source: episode_current, npr_cancelled_periods.
WITH (
        SELECT groupArray((periods.reporter, periods.henvisningsperiodeID, periods.known_at))
        FROM {npr_cancelled_periods} AS periods
    ) AS withdrawn
SELECT
    episodes.reporter AS reporter,
    episodes.subject_id AS subject_id,
    periods.period.3 AS known_at
FROM
(
    SELECT reporter, subject_id, assumeNotNull(henvisningsperiodeID) AS named, known_at AS told_at
    FROM {episode}
    -- few: they are found by the table's key
    WHERE (reporter, subject_id) IN (
        SELECT reporter, subject_id
        FROM log_accepted_episode
        WHERE henvisningsperiodeID IN (SELECT arrayJoin(withdrawn).2))
        AND henvisningsperiodeID IS NOT NULL
) AS episodes
INNER JOIN (SELECT arrayJoin(withdrawn) AS period) AS periods
    ON episodes.reporter = periods.period.1 AND episodes.named = periods.period.2
WHERE episodes.told_at <= periods.period.3
