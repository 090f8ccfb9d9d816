-- Referral periods that were reported and are withdrawn (Slett, 7372 H), and since when.
-- A row is one period (reporter and henvisningsperiodeID) all of whose referrals are cancelled by their newest versions; of
-- a cancellation that names no period it is the one that the referral named last. known_at: when the last of them became
-- known. What hangs on a period goes with it: its episodes, those that were known by then (npr_cancelled_with_period). A
-- referral alone is no object of Slett: a period that has another one goes on.
-- Source: the accepted versions of cancelled referrals, the state. Definition: NPR reporting model (Slett removes an
-- object with its children; an episode belongs to a Henvisningsperiode).
WITH cancelled AS
    (
        SELECT
            reporter,
            -- argMax passes over nulls: the last that is known
            argMax(versions.henvisningsperiodeID, (revision, versions.known_at, source_offset)) AS period,
            argMax(action, (revision, versions.known_at, source_offset)) AS last_action,
            argMax(versions.known_at, (revision, versions.known_at, source_offset)) AS cancelled_at
        FROM log_accepted_referral AS versions
        WHERE (reporter, subject_id) IN (SELECT reporter, subject_id FROM log_accepted_referral WHERE action = 'cancel')
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
    FROM state_referral AS referrals FINAL
    WHERE action != 'cancel' AND referrals.henvisningsperiodeID IS NOT NULL AND reporter IN (SELECT reporter FROM cancelled))
GROUP BY reporter, henvisningsperiodeID
