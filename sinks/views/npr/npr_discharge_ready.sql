-- Patients who were ready for discharge and stayed: the Norwegian measure of delayed discharge.
-- A row is one hospital stay (episode with omsorgsniva 1) that has been reported ready (typeTidspunkt 2, 8477).
-- periods: from each time it became ready until it was withdrawn (typeTidspunkt 4, at or after it) or left, or until now.
-- ready_at: the last time it became ready. withdrawn_at: null unless that was withdrawn. discharged_at: as in npr_stays, of
-- movements whose last is a discharge, else utDatoTid, of the episode, else of the last movement; null while the patient
-- is there. nights: midnights (Norwegian calendar) within the periods, by the day they end; days: their number, the
-- bed-days that count as ready for discharge. A readiness that is withdrawn keeps the nights before: it was true then. One
-- that was a mistake is amended away. A time before the admission counts as that of the admission (MOV-04 warns of it).
-- What is announced for later counts from then on. Ready after the discharge: 0 days. repaired: a rule set a field of it to
-- null or -1.
-- Source: npr_contacts, npr_movements. Definition: 8477, KOSTRA's bed-days.
WITH
    stays AS
    (
        SELECT
            *,
            -- withdrawn in the same instant is withdrawn; those before the admission keep their order
            arrayFilter(
                point -> point.1 <= {now},
                arrayMap(
                    point -> (greatest(point.1, ifNull(innDatoTid, point.1)), point.2),
                    arraySort(arrayFilter(
                        point -> point.2 IN ('2', '4'),
                        arrayZip(tidspunkter.tidspunkt, CAST(tidspunkter.typeTidspunkt, 'Array(String)')))))) AS points
        FROM {npr_contacts}
        WHERE kind = 'stay' AND has(tidspunkter.typeTidspunkt, '2') AND arrayExists(point -> point.2 = '2', points)
    ),
    moved AS
    (
        SELECT
            reporter,
            movements.stay AS visit,
            if(argMax(movement_type, place_in_time) = 'discharge', toNullable(max(movements.occurred_at)), NULL) AS left_at,
            countIf(movement_type = 'discharge') > 0 AS was_discharged,
            argMax(tuple(movements.utDatoTid), place_in_time).1 AS ends,
            max(movements.received_at) AS received_at,
            max(movements.known_at) AS known_at
        FROM {npr_movements} AS movements
        -- no fewer than the stays above: of every version, by a hash
        WHERE cityHash64(movements.reporter, movements.stay) IN (
            SELECT cityHash64(reporter, subject_id) FROM log_accepted_episode WHERE has(tidspunkter.typeTidspunkt, '2'))
        GROUP BY reporter, visit
        -- as in npr_stays: of one that says last that it is no inpatient's it is the episode alone that is a stay
        HAVING ifNull(argMax(movements.inpatient, place_in_time), true)
    )
SELECT
    stays.region AS region,
    stays.health_trust AS health_trust,
    stays.reporter AS reporter,
    stays.reporter_name AS reporter_name,
    stays.unit AS unit,
    stays.unit_name AS unit_name,
    stays.subject_id AS subject_id,
    home_municipality,
    home_county,
    sex,
    age_group,
    patient_key,
    innDatoTid,
    coalesce(moved.left_at, if(moved.was_discharged, NULL, stays.utDatoTid), moved.ends) AS discharged_at,
    least(ifNull(discharged_at, {now}), {now}) AS until,
    arrayMap(
        n -> (
            points[n].1 AS from,
            least(until, ifNull(arrayFirstOrNull(point -> point.2 = '4', arraySlice(points, n + 1)).1, until)) AS to),
        arrayFilter(n -> points[n].2 = '2' AND (n = 1 OR points[n - 1].2 = '4'), arrayEnumerate(points))) AS periods,
    periods[-1].1 AS ready_at,
    toDate32(toTimeZone(ready_at, 'Europe/Oslo')) AS ready_day,
    if(points[-1].2 = '4', toNullable(points[-1].1), NULL) AS withdrawn_at,
    arrayDistinct(arrayFlatten(arrayMap(
        period -> arrayMap(
            n -> toDate32(toTimeZone(period.1, 'Europe/Oslo')) + n,
            range(toUInt32(greatest(0, dateDiff('day', toTimeZone(period.1, 'Europe/Oslo'), toTimeZone(period.2, 'Europe/Oslo')))))),
        periods))) AS nights,
    length(nights) AS days,
    stays.repaired AS repaired,
    greatest(stays.received_at, moved.received_at) AS received_at,
    greatest(stays.known_at, moved.known_at) AS known_at
FROM stays
LEFT JOIN moved ON stays.reporter = moved.reporter AND stays.subject_id = moved.visit
