-- Episodes that went with their referral period when that was withdrawn (Slett, 7372 H), and since when.
-- A row is one episode (reporter and subject_id) whose newest version, known by then, names a period of
-- npr_cancelled_periods. known_at: when the Slett became known. It is in no view of contacts, stays or beds; one that was
-- told or told again after the Slett counts. One that was cancelled itself before the Slett is here too, by the period that
-- it named last: movements told in between go with it. Source: episode_current, npr_cancelled_episodes, their accepted
-- versions, npr_cancelled_periods.
WITH (
        SELECT groupArray((periods.reporter, periods.henvisningsperiodeID, periods.known_at))
        FROM {npr_cancelled_periods} AS periods
    ) AS withdrawn,
    -- few: they are found by the table's key
    named AS
    (
        SELECT reporter, subject_id
        FROM log_accepted_episode
        WHERE henvisningsperiodeID IN (SELECT arrayJoin(withdrawn).2)
    )
SELECT
    episodes.reporter AS reporter,
    episodes.subject_id AS subject_id,
    periods.period.3 AS known_at
FROM
(
    SELECT reporter, subject_id, assumeNotNull(henvisningsperiodeID) AS period, known_at AS told_at
    FROM {episode}
    WHERE (reporter, subject_id) IN (SELECT reporter, subject_id FROM named) AND henvisningsperiodeID IS NOT NULL
    UNION ALL
    SELECT
        reporter,
        subject_id,
        argMax(assumeNotNull(versions.henvisningsperiodeID), (revision, versions.known_at, source_offset)) AS period,
        any(gone.known_at) AS told_at
    FROM log_accepted_episode AS versions
    INNER JOIN {npr_cancelled_episodes} AS gone
        ON versions.reporter = gone.reporter AND versions.subject_id = gone.subject_id
    WHERE (reporter, subject_id) IN (SELECT reporter, subject_id FROM named)
        AND versions.henvisningsperiodeID IS NOT NULL AND versions.known_at <= {now}
    GROUP BY reporter, subject_id
) AS episodes
INNER JOIN (SELECT arrayJoin(withdrawn) AS period) AS periods
    ON episodes.reporter = periods.period.1 AND episodes.period = periods.period.2
WHERE episodes.told_at <= periods.period.3
