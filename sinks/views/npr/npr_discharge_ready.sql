-- Patients who were ready for discharge and stayed: the Norwegian measure of delayed discharge.
-- A row is one hospital stay (episode with omsorgsniva 1) that has been reported ready (typeTidspunkt 2, 8477) and not
-- withdrawn (typeTidspunkt 4, at or after it). ready_at: the last time it became ready. discharged_at: utDatoTid, null
-- while the patient is there. days: midnights (Norwegian calendar) from ready to discharge, or until now: the bed-days
-- that count as ready for discharge. Ready after the discharge: 0 days.
-- repaired: a rule set a field of it to null or -1. Source: npr_contacts. Definition: 8477, KOSTRA's bed-days.
WITH
    stays AS
    (
        SELECT
            *,
            arrayReduce('maxOrNull', arrayFilter((time, kind) -> kind = '2', tidspunkter.tidspunkt, tidspunkter.typeTidspunkt))
                AS last_ready,
            arrayReduce('maxOrNull', arrayFilter((time, kind) -> kind = '4', tidspunkter.tidspunkt, tidspunkter.typeTidspunkt))
                AS last_withdrawn
        FROM {npr_contacts}
        WHERE kind = 'stay' AND has(tidspunkter.typeTidspunkt, '2')
    )
SELECT
    region,
    health_trust,
    reporter,
    reporter_name,
    unit,
    unit_name,
    subject_id,
    home_municipality,
    home_county,
    sex,
    age_group,
    patient_key,
    innDatoTid,
    assumeNotNull(last_ready) AS ready_at,
    toDate32(toTimeZone(ready_at, 'Europe/Oslo')) AS ready_day,
    utDatoTid AS discharged_at,
    toDate32(toTimeZone(ifNull(discharged_at, {now}), 'Europe/Oslo')) AS until_day,
    greatest(0, dateDiff('day', ready_day, until_day)) AS days,
    repaired,
    received_at,
    known_at
FROM stays
WHERE ifNull(last_withdrawn < last_ready, true)
