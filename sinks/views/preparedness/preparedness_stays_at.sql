-- Stays at a time, and where each was, as is known now: preparedness_stays_at(at = '2026-05-13 08:00:00').
-- A row is one reporter and stay (episode_id, else the part of subject_id before the slash) that has a movement by then.
-- place: the ward of its last movement that names one, else its last treatment unit. last_kind: its last movement.
-- Of movements in the same millisecond the later kind counts; movements out of order count where they happened.
-- inpatient: what movements say last; where none says it, whether the episode is a stay; where nothing does, it is one.
-- ends: utDatoTid, of the episode unless movements tell of a discharge, else of the last movement.
-- inside: an inpatient who has come and not left. On leave is inside.
-- patient_key: of the identity that remained (npr_merged_patients). last_place_in_time: of its last movement, as in
-- npr_movements.
-- flags, nothing is guessed silently: no_admission (it begins with another movement: it is inside all the same),
-- moved_after_discharge (the last movement counts), stays_over_a_year (is a discharge missing? it counts as long as none
-- comes), ended_by_episode (the episode has ended, a discharge is missing: not inside), in_another_bed (the patient came to
-- another bed later, here or elsewhere, and a discharge is missing: not inside; a patient is in one bed at a time), merged
-- (reported under a former identity).
-- at: UTC, as text or DateTime64. Source: npr_movements, npr_contacts, npr_merged_patients.
WITH
    parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment,
    moves AS
    (
        SELECT
            reporter AS of_reporter,
            movements.stay AS visit,
            -- argMax passes over nulls: the last that is known
            coalesce(argMax(movements.tjenesteenhetID, place_in_time), argMax(movements.unit, place_in_time), '') AS place,
            argMax(movements.unit_name, place_in_time) AS unit_name,
            argMax(movements.reporter_name, place_in_time) AS reporter_name,
            argMax(movements.health_trust, place_in_time) AS health_trust,
            argMax(movements.region, place_in_time) AS region,
            argMax(movements.patient_key, place_in_time) AS told_key,
            argMin(movements.movement_type, place_in_time) AS first_kind,
            argMax(movements.movement_type, place_in_time) AS last_kind,
            countIf(movements.movement_type = 'discharge') > 0 AS was_discharged,
            argMax(movements.inpatient, place_in_time) AS told_inpatient,
            argMax(tuple(movements.utDatoTid), place_in_time).1 AS told_end,
            max(place_in_time) AS last_place_in_time,
            min(movements.occurred_at) AS first_movement_at,
            max(movements.occurred_at) AS last_movement_at,
            countIf(has(movements.problems.severity, 'repair')) > 0 AS repaired,
            max(movements.received_at) AS received_at,
            max(movements.known_at) AS known_at
        FROM {npr_movements} AS movements
        WHERE movements.occurred_at <= moment
        GROUP BY of_reporter, visit
    ),
    judged AS
    (
        SELECT
            moves.*,
            toBool(coalesce(told_inpatient, episodes.kind = 'stay', true)) AS inpatient,
            if(was_discharged, NULL, episodes.utDatoTid) AS episode_end,
            coalesce(episode_end, told_end) AS ends,
            last_kind != 'discharge' AND inpatient AS not_discharged,
            not_discharged AND ifNull(ends > moment, true) AS stays_on,
            not_discharged AND ifNull(episode_end <= moment, false) AS ended_by_episode,
            stays_on AND last_kind != 'leave_start' AS in_bed,
            ifNull(persons.present, '') != '' AS merged,
            if(merged, persons.present, told_key) AS patient_key
        FROM moves
        LEFT JOIN
        (
            SELECT reporter, subject_id, kind, utDatoTid
            FROM {npr_contacts}
            WHERE (reporter, subject_id) IN (SELECT of_reporter, visit FROM moves WHERE last_kind != 'discharge')
        ) AS episodes ON moves.of_reporter = episodes.reporter AND moves.visit = episodes.subject_id
        LEFT JOIN {npr_merged_patients} AS persons ON moves.told_key = persons.former
    )
SELECT
    of_reporter AS reporter,
    visit AS stay,
    place,
    unit_name,
    reporter_name,
    health_trust,
    region,
    patient_key,
    last_kind,
    inpatient,
    ends,
    in_bed AND 1 < row_number() OVER (
        PARTITION BY if(in_bed, ifNull(patient_key, concat(of_reporter, ':', visit)), '')
        ORDER BY if(in_bed, last_place_in_time, 0) DESC, of_reporter, visit) AS in_another_bed,
    toBool(stays_on AND NOT in_another_bed) AS inside,
    first_movement_at,
    last_movement_at,
    last_place_in_time,
    arrayFilter(
        flag -> flag != '',
        [
            if(first_kind NOT IN ('admit', 'class_change'), 'no_admission', ''),
            if(last_kind != 'discharge' AND was_discharged, 'moved_after_discharge', ''),
            if(inside AND first_movement_at < moment - toIntervalYear(1), 'stays_over_a_year', ''),
            if(ended_by_episode, 'ended_by_episode', ''),
            if(in_another_bed, 'in_another_bed', ''),
            if(merged, 'merged', '')
        ]) AS flags,
    repaired,
    received_at,
    known_at
FROM judged
