-- Municipal acute beds (KAD, tjenesteType 25) by day (Norwegian calendar).
-- A row is a day, municipality that provides (kommuneNr), home municipality, sex (3101) and age_group (ten years), of the
-- stays from their first day on until their last, or until now; null is unknown. Sum over rows for a municipality.
-- started, ended: stays of the day. occupied: stays in force at the end of the day. persons: of these, where known; not to
-- be added over rows. repaired_share; imputed_share: 0; updated_at: when the newest of their notifications was received;
-- as_known_at: the time of which the row tells. Source: kpr_kad; a stay without nights (no start, its end before it) is not
-- counted.
WITH days AS
    (
        SELECT *, arrayJoin(arrayMap(n -> assumeNotNull(started_on) + n, range(toUInt32(nights) + 1))) AS date
        FROM {kpr_kad}
        WHERE nights IS NOT NULL
    )
SELECT
    date AS day,
    kommuneNr,
    home_municipality,
    sex,
    age_group,
    countIf(date = started_on) AS started,
    countIf(date = ended_on) AS ended,
    countIf(ifNull(date < ended_on, true)) AS occupied,
    uniqExactIf(cityHash64(patient_key), patient_key IS NOT NULL AND ifNull(date < ended_on, true)) AS persons,
    countIf(repaired) / count() AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM days
GROUP BY day, kommuneNr, home_municipality, sex, age_group
