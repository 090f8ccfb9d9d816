-- Who lies in which bed at a time, as is known now: preparedness_occupancy_at(at = '2026-05-13 08:00:00').
-- A row is one reporter and unit: the ward (tjenesteenhetID) where movements name one, else the treatment unit.
-- patients: inpatients in the unit at that time, counted from movements: a stay is in the ward of its last movement
-- that names one, from admission (or the change to inpatient) to discharge. on_leave: patients on leave, not among
-- patients. Both are null for a unit without movements. Outpatients (patient_class, else omsorgsniva 3 and 8) are
-- not counted; pending and cancelled movements do not count.
-- reported_*: what the unit itself last said of its beds (bed, icu_bed, intermediate_bed) before that time: its figure
-- for category all, else the sum over categories without covid; null as soon as one part is unknown.
-- reported_as_of: the oldest of the snapshots used. known_at: when the newest version behind the row became known.
-- at: UTC, as text or DateTime64. Source: movement_current, capacity_current.
WITH
    parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment,
    ['admit', 'class_change', 'transfer', 'leave_start', 'leave_end', 'discharge'] AS kinds,
    movements AS
    (
        SELECT
            *,
            coalesce(episode_id, splitByChar('/', subject_id)[1]) AS stay,
            -- of movements in the same millisecond the later kind counts
            (occurred_at, indexOf(kinds, movement_type), registered_at) AS place_in_time
        FROM {movement}
        WHERE occurred_at <= moment AND has(kinds, movement_type)
    ),
    stays AS
    (
        SELECT
            reporter,
            -- argMax passes over nulls: the last that is known
            coalesce(argMax(tjenesteenhetID, place_in_time), argMax(movements.unit, place_in_time), '') AS place,
            argMax(unit_name, place_in_time) AS facility,
            argMax((reporter_name, health_trust, region), place_in_time) AS organisation,
            argMax(movement_type, place_in_time) AS last_kind,
            argMax(coalesce(patient_class, if(omsorgsniva IN ('3', '8'), 'O', NULL)), place_in_time) AS class,
            argMax(tuple(utDatoTid), place_in_time).1 AS ends,
            last_kind != 'discharge' AND ifNull(class, 'I') NOT IN ('O', 'P', 'R', 'C', 'N')
                AND ifNull(ends > moment, true) AS inside,
            max(occurred_at) AS moved_at,
            max(movements.known_at) AS newest
        FROM movements
        GROUP BY reporter, stay
    ),
    snapshots AS
    (
        SELECT *
        FROM {capacity}
        WHERE as_of <= moment AND resource IN ('bed', 'icu_bed', 'intermediate_bed')
        ORDER BY as_of DESC
        LIMIT 1 BY reporter, unit, resource, category
    ),
    with_total AS (SELECT reporter, unit, resource FROM snapshots WHERE category = 'all'),
    beds AS
    (
        SELECT *
        FROM snapshots
        WHERE category = 'all' OR (category != 'covid' AND (reporter, unit, resource) NOT IN with_total)
    )
SELECT
    max(side.organisation.3) AS region,
    max(side.organisation.2) AS health_trust,
    reporter,
    max(side.organisation.1) AS reporter_name,
    place AS unit,
    max(side.name) AS unit_name,
    max(side.patients) AS patients,
    max(side.on_leave) AS on_leave,
    max(side.moved_at) AS last_movement_at,
    max(side.as_of) AS reported_as_of,
    max(side.physical) AS reported_physical,
    max(side.staffed) AS reported_staffed,
    max(side.occupied) AS reported_occupied,
    max(side.available) AS reported_available,
    max(side.blocked) AS reported_blocked,
    max(side.newest) AS known_at
FROM
(
    SELECT
        reporter,
        place,
        max(facility) AS name,
        max(organisation) AS organisation,
        toNullable(countIf(inside AND last_kind != 'leave_start')) AS patients,
        toNullable(countIf(inside AND last_kind = 'leave_start')) AS on_leave,
        toNullable(max(stays.moved_at)) AS moved_at,
        NULL AS as_of,
        NULL AS physical,
        NULL AS staffed,
        NULL AS occupied,
        NULL AS available,
        NULL AS blocked,
        max(stays.newest) AS newest
    FROM stays
    GROUP BY reporter, place
    UNION ALL
    -- a ward that all have left has no patients; that is known, so it is 0 and not null
    SELECT
        reporter,
        assumeNotNull(tjenesteenhetID) AS ward,
        max(movements.unit_name),
        max((movements.reporter_name, movements.health_trust, movements.region)),
        toNullable(toUInt64(0)),
        toNullable(toUInt64(0)),
        toNullable(max(movements.occurred_at)),
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        max(movements.known_at)
    FROM movements
    WHERE tjenesteenhetID IS NOT NULL
    GROUP BY reporter, ward
    UNION ALL
    SELECT
        reporter,
        beds.unit,
        max(beds.unit_name),
        max((beds.reporter_name, beds.health_trust, beds.region)),
        NULL,
        NULL,
        NULL,
        min(beds.as_of),
        if(countIf(beds.physical IS NULL) = 0, sum(beds.physical), NULL),
        if(countIf(beds.staffed IS NULL) = 0, sum(beds.staffed), NULL),
        if(countIf(beds.occupied IS NULL) = 0, sum(beds.occupied), NULL),
        if(countIf(beds.available IS NULL) = 0, sum(beds.available), NULL),
        if(countIf(beds.blocked IS NULL) = 0, sum(beds.blocked), NULL),
        max(beds.known_at)
    FROM beds
    GROUP BY reporter, beds.unit
) AS side
GROUP BY reporter, place
