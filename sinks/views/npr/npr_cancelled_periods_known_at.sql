-- As npr_cancelled_periods, of what was known at a time (UTC): npr_cancelled_periods_known_at(at = '2026-05-13 13:00:00').
-- A row is one period (reporter and henvisningsperiodeID) all of whose referrals are cancelled by their newest versions
-- known then. known_at: when the last of them became known. Source: the accepted versions known then of cancelled
-- referrals, referral_known_at.
WITH cancelled AS
    (
        SELECT
            reporter,
            -- argMax passes over nulls: the last that is known
            argMax(versions.henvisningsperiodeID, (revision, versions.known_at, source_offset)) AS period,
            argMax(action, (revision, versions.known_at, source_offset)) AS last_action,
            argMax(versions.known_at, (revision, versions.known_at, source_offset)) AS cancelled_at
        FROM log_accepted_referral AS versions
        WHERE known_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC') AND (reporter, subject_id) IN (
            SELECT reporter, subject_id
            FROM log_accepted_referral
            WHERE action = 'cancel' AND known_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC'))
        GROUP BY reporter, subject_id
        HAVING last_action = 'cancel' AND period IS NOT NULL
    )
SELECT
    reporter,
    assumeNotNull(period) AS henvisningsperiodeID,
    max(cancelled_at) AS known_at
FROM cancelled
WHERE (reporter, period) NOT IN (
    SELECT reporter, assumeNotNull(referrals.henvisningsperiodeID)
    FROM {database}.referral_known_at(at = {at:String}) AS referrals
    WHERE referrals.henvisningsperiodeID IS NOT NULL AND reporter IN (SELECT reporter FROM cancelled))
GROUP BY reporter, henvisningsperiodeID
