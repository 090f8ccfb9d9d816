-- As npr_cancelled_periods, of what was known at a time (UTC): npr_cancelled_periods_known_at(at = '2026-05-13 13:00:00').
-- A row is one period (reporter and henvisningsperiodeID) all of whose referrals are cancelled by their newest versions
-- known then. known_at: when the last of them became known. Source: the accepted versions known then of cancelled
-- referrals and of others of the periods that they named.
WITH
    parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment,
    referrals AS
    (
        SELECT
            reporter,
            -- argMax passes over nulls: the last that is known; of one that goes on, what its newest version names
            argMax(versions.henvisningsperiodeID, (revision, versions.known_at, source_offset)) AS named_last,
            argMax(tuple(versions.henvisningsperiodeID), (revision, versions.known_at, source_offset)).1 AS named_now,
            argMax(action, (revision, versions.known_at, source_offset)) = 'cancel' AS gone,
            argMax(versions.known_at, (revision, versions.known_at, source_offset)) AS told_at
        FROM log_accepted_referral AS versions
        WHERE versions.known_at <= moment
            -- those that have named a period of a cancelled one: few
            AND (reporter, subject_id) IN (
                SELECT reporter, subject_id
                FROM log_accepted_referral
                WHERE henvisningsperiodeID IN (
                    SELECT henvisningsperiodeID
                    FROM log_accepted_referral
                    WHERE henvisningsperiodeID IS NOT NULL AND (reporter, subject_id) IN (
                        SELECT reporter, subject_id
                        FROM log_accepted_referral
                        WHERE action = 'cancel' AND known_at <= moment)))
        GROUP BY reporter, subject_id
    )
SELECT
    reporter,
    assumeNotNull(if(gone, named_last, named_now)) AS henvisningsperiodeID,
    max(told_at) AS known_at
FROM referrals
WHERE if(gone, named_last, named_now) IS NOT NULL
GROUP BY reporter, henvisningsperiodeID
HAVING min(gone)
