-- Episodes that went with their referral period when that was withdrawn (Slett, 7372 H), and since when.
-- A row is one episode (reporter and subject_id) whose newest version, known by then, names a period of
-- npr_cancelled_periods. known_at: when the Slett became known. It is in no view of contacts, stays or beds; one that was
-- told or told again after the Slett counts. One that was cancelled itself before the Slett is here too, by the period that
-- it named last: movements told in between go with it. Source: the accepted versions of episodes, npr_cancelled_periods.
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
    -- from the log itself: each view with a time that another one reads is analysed twice, and those of it four times
    SELECT
        reporter,
        subject_id,
        argMax(action, (revision, versions.known_at, source_offset)) AS last_action,
        argMax(tuple(versions.henvisningsperiodeID), (revision, versions.known_at, source_offset)).1 AS named_now,
        argMax(versions.henvisningsperiodeID, (revision, versions.known_at, source_offset)) AS named_last,
        assumeNotNull(if(last_action = 'cancel', named_last, named_now)) AS period,
        argMax(versions.known_at, (revision, versions.known_at, source_offset)) AS told_at
    FROM log_accepted_episode AS versions
    -- few: they are found by the table's key
    WHERE versions.known_at <= {now} AND (reporter, subject_id) IN (
        SELECT reporter, subject_id
        FROM log_accepted_episode
        WHERE henvisningsperiodeID IN (SELECT arrayJoin(withdrawn).2))
    GROUP BY reporter, subject_id
    HAVING if(last_action = 'cancel', named_last, named_now) IS NOT NULL
) AS episodes
INNER JOIN (SELECT arrayJoin(withdrawn) AS period) AS periods
    ON episodes.reporter = periods.period.1 AND episodes.period = periods.period.2
WHERE episodes.told_at <= periods.period.3
