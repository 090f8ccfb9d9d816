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
    -- added up and not joined: so a condition on the reporter reaches both
    sides AS
    (
        SELECT
            reporter,
            movements.stay AS stay,
            false AS is_episode,
            place_in_time AS place,
            occurred_at,
            movement_type,
            tjenesteenhetID,
            inpatient,
            movements.utDatoTid AS ends,
            region,
            health_trust,
            reporter_name,
            unit,
            unit_name,
            NULL AS sector,
            NULL AS innmateHast,
            home_municipality,
            sex,
            age_group,
            patient_key,
            NULL AS main_diagnosis,
            NULL AS innDatoTid,
            NULL AS utDatoTid,
            has(problems.severity, 'repair') AS repaired,
            received_at,
            known_at
        FROM {npr_movements} AS movements
        UNION ALL
        SELECT
            reporter,
            subject_id,
            true,
            -- after every movement
            bitShiftLeft(toInt128(1), 120),
            toDateTime64(0, 3, 'UTC'),
            '',
            NULL,
            NULL,
            NULL,
            region,
            health_trust,
            reporter_name,
            unit,
            unit_name,
            sector,
            innmateHast,
            home_municipality,
            sex,
            age_group,
            patient_key,
            main_diagnosis,
            innDatoTid,
            utDatoTid,
            repaired,
            received_at,
            known_at
        FROM {npr_contacts}
        WHERE kind = 'stay'
    ),
    both AS
    (
        SELECT
            reporter,
            stay,
            max(is_episode) = true AS from_episode,
            -- argMax passes over nulls: the last that is known
            argMax(sides.inpatient, place) AS is_inpatient,
            min(is_episode) = false AND if(
                is_inpatient IS NOT NULL,
                assumeNotNull(is_inpatient),
                (reporter, stay) NOT IN (
                    SELECT reporter, subject_id
                    FROM {npr_contacts}
                    WHERE kind != 'stay' AND (reporter, subject_id) IN (
                        -- no fewer than those of which no movement says it (inpatient and stay of npr_movements): of every
                        -- version, so few columns are read
                        SELECT reporter, if(episode_id IS NULL, splitByChar('/', subject_id)[1], assumeNotNull(episode_id))
                        FROM log_accepted_movement
                        WHERE patient_class IS NULL AND ifNull(omsorgsniva NOT IN ('1', '2', '3', '8'), true)))) AS from_movements,
            if(
                from_movements,
                arraySort(groupArrayIf((occurred_at, place, movement_type, tjenesteenhetID, sides.inpatient), NOT is_episode)),
                []) AS steps,
            arrayFirstIndex(step -> step.3 IN ('admit', 'class_change') AND ifNull(step.5, true), steps) AS first_admission,
            if(first_admission > 0, toNullable(steps[first_admission].1), NULL) AS admitted_by_movement,
            if(steps[-1].3 = 'discharge', toNullable(steps[-1].1), NULL) AS discharged_by_movement,
            any(sides.innDatoTid) AS innDatoTid,
            any(sides.utDatoTid) AS utDatoTid,
            coalesce(admitted_by_movement, innDatoTid, if(from_movements, toNullable(steps[1].1), NULL)) AS admitted_at,
            coalesce(
                discharged_by_movement,
                if(from_movements AND arrayExists(step -> step.3 = 'discharge', steps), NULL, utDatoTid),
                if(from_movements, argMaxIf(tuple(sides.ends), place, NOT is_episode).1, NULL)) AS discharged_at,
            -- the episode's, else that of the last movement which says it
            if(from_movements, argMax(sides.region, place), anyIf(sides.region, is_episode)) AS region,
            if(from_movements, argMax(sides.health_trust, place), anyIf(sides.health_trust, is_episode)) AS health_trust,
            if(from_movements, argMax(sides.reporter_name, place), anyIf(sides.reporter_name, is_episode)) AS reporter_name,
            if(from_movements, argMax(sides.unit, place), anyIf(sides.unit, is_episode)) AS unit,
            if(from_movements, argMax(sides.unit_name, place), anyIf(sides.unit_name, is_episode)) AS unit_name,
            any(sides.sector) AS sector,
            any(sides.innmateHast) AS innmateHast,
            if(from_movements, argMax(sides.home_municipality, place), anyIf(sides.home_municipality, is_episode)) AS home_municipality,
            if(from_movements, argMax(sides.sex, place), anyIf(sides.sex, is_episode)) AS sex,
            if(from_movements, argMax(sides.age_group, place), anyIf(sides.age_group, is_episode)) AS age_group,
            if(from_movements, argMax(sides.patient_key, place), anyIf(sides.patient_key, is_episode)) AS patient_key,
            any(sides.main_diagnosis) AS main_diagnosis,
            maxIf(sides.repaired, is_episode) OR (from_movements AND maxIf(sides.repaired, NOT is_episode)) AS repaired,
            if(from_movements, max(sides.received_at), maxIf(sides.received_at, is_episode)) AS received_at,
            if(from_movements, max(sides.known_at), maxIf(sides.known_at, is_episode)) AS known_at
        FROM sides
        GROUP BY reporter, stay
        HAVING from_movements OR from_episode
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
