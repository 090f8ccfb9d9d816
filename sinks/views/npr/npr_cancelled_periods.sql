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
            argMax(versions.henvisningsperiodeID, (revision, versions.known_at, source_offset)) AS period,
            max(gone.known_at) AS cancelled_at
        FROM log_accepted_referral AS versions
        INNER JOIN (SELECT reporter, subject_id, known_at FROM state_referral FINAL WHERE action = 'cancel') AS gone
            ON versions.reporter = gone.reporter AND versions.subject_id = gone.subject_id
        WHERE versions.henvisningsperiodeID IS NOT NULL
        GROUP BY reporter, subject_id
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
