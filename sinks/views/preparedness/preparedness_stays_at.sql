-- Stays at a time, and where each was, as is known now: preparedness_stays_at(at = '2026-05-13 08:00:00').
-- A row is one reporter and stay (episode_id, else the part of subject_id before the slash) that has a movement by then.
-- place: the ward of its last movement that names one, else its last treatment unit. last_kind: its last movement.
-- Of movements in the same millisecond the later kind counts; movements out of order count where they happened.
-- inside: an inpatient (patient_class, else omsorgsniva 3 and 8 are not) who has come and not left. On leave is inside.
-- flags: no_admission (it begins with another movement: it is inside all the same), moved_after_discharge (the last
-- movement counts), stays_over_a_year (is a discharge missing? it counts as long as none comes).
-- at: UTC, as text or DateTime64. Source: npr_movements.
WITH parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment
SELECT
    reporter,
    stay,
    -- argMax passes over nulls: the last that is known
    coalesce(argMax(movements.tjenesteenhetID, place_in_time), argMax(movements.unit, place_in_time), '') AS place,
    argMax(movements.unit_name, place_in_time) AS unit_name,
    argMax(movements.reporter_name, place_in_time) AS reporter_name,
    argMax(movements.health_trust, place_in_time) AS health_trust,
    argMax(movements.region, place_in_time) AS region,
    argMax(movements.movement_type, place_in_time) AS last_kind,
    argMax(movements.class, place_in_time) AS class,
    argMax(tuple(movements.utDatoTid), place_in_time).1 AS ends,
    toBool(last_kind != 'discharge' AND ifNull(class, 'I') NOT IN ('O', 'P', 'R', 'C', 'N') AND ifNull(ends > moment, true)) AS inside,
    min(movements.occurred_at) AS first_movement_at,
    max(movements.occurred_at) AS last_movement_at,
    arrayFilter(
        flag -> flag != '',
        [
            if(argMin(movements.movement_type, place_in_time) NOT IN ('admit', 'class_change'), 'no_admission', ''),
            if(last_kind != 'discharge' AND countIf(movements.movement_type = 'discharge') > 0, 'moved_after_discharge', ''),
            if(inside AND first_movement_at < moment - toIntervalYear(1), 'stays_over_a_year', '')
        ]) AS flags,
    max(movements.known_at) AS known_at
FROM {npr_movements} AS movements
WHERE movements.occurred_at <= moment
GROUP BY reporter, stay
