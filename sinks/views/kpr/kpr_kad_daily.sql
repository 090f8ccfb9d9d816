-- Municipal acute beds (KAD, tjenesteType 25) by day (Norwegian calendar).
-- A row is a day and municipality that provides (kommuneNr), from its first such service on until now.
-- started, ended: services of the day. occupied: services in force at the end of the day. persons: of these, where known.
-- repaired_share; imputed_share: 0; updated_at: when the newest of their notifications was received; as_known_at: the time
-- of which the row tells. Source: kpr_services; one without a start, or with its end before it, is not counted.
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    days AS
    (
        SELECT
            *,
            arrayJoin(arrayMap(
                n -> assumeNotNull(started_on) + n,
                range(toUInt32(dateDiff('day', started_on, least(ifNull(ended_on, today), today)) + 1)))) AS date
        FROM {kpr_services}
        WHERE tjenesteType = '25' AND started_on <= today AND ifNull(ended_on >= started_on, true)
    )
SELECT
    date AS day,
    kommuneNr,
    countIf(date = started_on) AS started,
    countIf(date = ended_on) AS ended,
    countIf(ifNull(date < ended_on, true)) AS occupied,
    uniqExactIf(patient_key, ifNull(date < ended_on, true)) AS persons,
    countIf(repaired) / count() AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM days
GROUP BY day, kommuneNr
