-- Hospital stays, assembled from the episode and its movements, open ones too.
-- A row is one reporter and stay: an episode with omsorgsniva 1 (its subject_id), the movements of an inpatient with that
-- episode_id, or both. Where no movement says class or level, the episode's level decides; where nothing does, it is a
-- stay. sector, innmateHast and main_diagnosis are the episode's, null without one. admitted_at: the first admission (or
-- change to inpatient) by movements, else innDatoTid. discharged_at: of movements whose last is a discharge; else
-- utDatoTid, of the episode, else of the last movement; null: open. Movements count in the order in which they happened,
-- whenever they came. hours: from admission to discharge, or to now; nights: Norwegian midnights in it. leave_hours: from
-- each start of leave to the next movement, else to the discharge, or to now. transfers: number. wards: in their order.
-- open: no discharge yet.
-- from_episode, from_movements: what it was assembled from. flags, nothing is guessed silently: no_admission (movements
-- without one: innDatoTid, else the first movement counts), several_admissions (the first counts), moved_after_discharge
-- (the later movement counts: open), discharge_before_admission (hours and nights are null), over_a_year, times_differ
-- (episode and movements differ by more than a day; movements count). Source: npr_contacts, npr_movements. Definitions:
-- NPR reporting model (Episode, AvdOpp).
WITH
    moves AS
    (
        SELECT
            reporter,
            movements.stay AS visit,
            arraySort(groupArray(tuple(
                movements.occurred_at, place_in_time, movement_type, movements.tjenesteenhetID, inpatient))) AS steps,
            -- argMax passes over nulls: the last that is known
            argMax(movements.inpatient, place_in_time) AS is_inpatient,
            argMax(tuple(movements.utDatoTid), place_in_time).1 AS ends,
            argMax(movements.region, place_in_time) AS region,
            argMax(movements.health_trust, place_in_time) AS health_trust,
            argMax(movements.reporter_name, place_in_time) AS reporter_name,
            argMax(movements.unit, place_in_time) AS unit,
            argMax(movements.unit_name, place_in_time) AS unit_name,
            argMax(movements.home_municipality, place_in_time) AS home_municipality,
            argMax(movements.sex, place_in_time) AS sex,
            argMax(movements.age_group, place_in_time) AS age_group,
            argMax(movements.patient_key, place_in_time) AS patient_key,
            countIf(has(movements.problems.severity, 'repair')) > 0 AS repaired,
            max(movements.received_at) AS received_at,
            max(movements.known_at) AS known_at
        FROM {npr_movements} AS movements
        GROUP BY reporter, visit
        HAVING
            if(
                is_inpatient IS NOT NULL,
                assumeNotNull(is_inpatient),
                (reporter, visit) NOT IN (
                    SELECT reporter, subject_id
                    FROM {npr_contacts}
                    WHERE kind != 'stay' AND (reporter, subject_id) IN (
                        SELECT reporter, unsaid.stay
                        FROM {npr_movements} AS unsaid
                        WHERE unsaid.inpatient IS NULL)))
    ),
    both AS
    (
        SELECT
            if(moves.visit != '', moves.reporter, episodes.reporter) AS reporter,
            if(moves.visit != '', moves.visit, episodes.subject_id) AS stay,
            moves.visit != '' AS from_movements,
            episodes.subject_id != '' AS from_episode,
            moves.steps AS steps,
            arrayFirstIndex(step -> step.3 IN ('admit', 'class_change') AND ifNull(step.5, true), steps) AS first_admission,
            if(first_admission > 0, toNullable(steps[first_admission].1), NULL) AS admitted_by_movement,
            if(steps[-1].3 = 'discharge', toNullable(steps[-1].1), NULL) AS discharged_by_movement,
            coalesce(admitted_by_movement, episodes.innDatoTid, if(from_movements, toNullable(steps[1].1), NULL)) AS admitted_at,
            coalesce(
                discharged_by_movement,
                if(from_movements AND arrayExists(step -> step.3 = 'discharge', steps), NULL, episodes.utDatoTid),
                moves.ends) AS discharged_at,
            coalesce(episodes.region, moves.region) AS region,
            coalesce(episodes.health_trust, moves.health_trust) AS health_trust,
            coalesce(episodes.reporter_name, moves.reporter_name) AS reporter_name,
            coalesce(episodes.unit, moves.unit) AS unit,
            coalesce(episodes.unit_name, moves.unit_name) AS unit_name,
            episodes.sector AS sector,
            episodes.innmateHast AS innmateHast,
            coalesce(episodes.home_municipality, moves.home_municipality) AS home_municipality,
            coalesce(episodes.sex, moves.sex) AS sex,
            coalesce(episodes.age_group, moves.age_group) AS age_group,
            coalesce(episodes.patient_key, moves.patient_key) AS patient_key,
            episodes.main_diagnosis AS main_diagnosis,
            episodes.innDatoTid AS innDatoTid,
            episodes.utDatoTid AS utDatoTid,
            episodes.repaired OR moves.repaired AS repaired,
            greatest(episodes.received_at, moves.received_at) AS received_at,
            greatest(episodes.known_at, moves.known_at) AS known_at
        FROM moves
        FULL OUTER JOIN (SELECT * FROM {npr_contacts} WHERE kind = 'stay') AS episodes
            ON moves.reporter = episodes.reporter AND moves.visit = episodes.subject_id
    )
SELECT
    region,
    health_trust,
    reporter,
    reporter_name,
    unit,
    unit_name,
    stay,
    sector,
    innmateHast,
    home_municipality,
    sex,
    age_group,
    patient_key,
    main_diagnosis,
    admitted_at,
    discharged_at,
    toDate32(toTimeZone(admitted_at, 'Europe/Oslo')) AS admitted_day,
    toDate32(toTimeZone(discharged_at, 'Europe/Oslo')) AS discharged_day,
    discharged_at IS NULL AS open,
    dateDiff('minute', admitted_at, ifNull(discharged_at, {now})) / 60 AS elapsed_hours,
    if(admitted_at <= ifNull(discharged_at, {now}), elapsed_hours, NULL) AS hours,
    if(
        hours IS NULL,
        NULL,
        dateDiff('day', admitted_day, toDate32(toTimeZone(ifNull(discharged_at, {now}), 'Europe/Oslo')))) AS nights,
    arraySum(arrayMap(
        n -> if(
            steps[n].3 = 'leave_start',
            dateDiff(
                'minute', steps[n].1,
                if(n < length(steps), steps[n + 1].1, greatest(least(ifNull(discharged_at, {now}), {now}), steps[n].1))),
            0),
        arrayEnumerate(steps))) / 60 AS leave_hours,
    arrayCount(step -> step.3 = 'transfer', steps) AS transfers,
    arrayCompact(arrayFilter(ward -> ward IS NOT NULL, steps.4)) AS wards,
    from_episode,
    from_movements,
    arrayFilter(
        flag -> flag != '',
        [
            if(from_movements AND first_admission = 0, 'no_admission', ''),
            if(arrayCount(step -> step.3 = 'admit', steps) > 1, 'several_admissions', ''),
            if(arrayExists(step -> step.3 = 'discharge', steps) AND steps[-1].3 != 'discharge', 'moved_after_discharge', ''),
            if(ifNull(discharged_at < admitted_at, false), 'discharge_before_admission', ''),
            if(ifNull(elapsed_hours > 24 * 366, false), 'over_a_year', ''),
            if(
                ifNull(abs(dateDiff('second', admitted_by_movement, innDatoTid)) > 24 * 3600, false)
                    OR ifNull(abs(dateDiff('second', discharged_by_movement, utDatoTid)) > 24 * 3600, false),
                'times_differ', '')
        ]) AS flags,
    repaired,
    received_at,
    known_at
FROM both
