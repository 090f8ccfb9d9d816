-- Who lies in which bed at a time, as is known now: preparedness_occupancy_at(at = '2026-05-13 08:00:00').
-- A row is one reporter and unit: the ward (tjenesteenhetID) where movements name one, else the treatment unit.
-- patients: inpatients in the unit at that time, counted from movements: a stay is in the ward of its last movement
-- that names one, from admission (or the change to inpatient) to discharge. on_leave: patients on leave, not among
-- patients. Both are null for a unit without movements. Outpatients (patient_class, else omsorgsniva 3 and 8) are
-- not counted; pending and cancelled movements do not count.
-- reported_*: what the unit itself last said of its beds (bed, icu_bed, intermediate_bed) before that time: its figure
-- for category all, else the sum over categories without covid; null as soon as one part is unknown.
-- reported_as_of: the oldest of the snapshots used. known_at: when the newest version behind the row became known.
-- at: UTC, as text or DateTime64. Source: preparedness_stays_at, npr_movements,
-- preparedness_reported_at.
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
        max(stays.unit_name) AS name,
        max((stays.reporter_name, stays.health_trust, stays.region)) AS organisation,
        toNullable(countIf(inside AND last_kind != 'leave_start')) AS patients,
        toNullable(countIf(inside AND last_kind = 'leave_start')) AS on_leave,
        toNullable(max(stays.last_movement_at)) AS moved_at,
        NULL AS as_of,
        NULL AS physical,
        NULL AS staffed,
        NULL AS occupied,
        NULL AS available,
        NULL AS blocked,
        max(stays.known_at) AS newest
    FROM {preparedness_stays_at} AS stays
    GROUP BY reporter, place
    UNION ALL
    -- a ward that all have left has no patients; that is known, so it is 0 and not null
    SELECT
        reporter,
        assumeNotNull(tjenesteenhetID) AS ward,
        max(movements.unit_name),
        (
            argMax(movements.reporter_name, movements.place_in_time),
            argMax(movements.health_trust, movements.place_in_time),
            argMax(movements.region, movements.place_in_time)),
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
    FROM {npr_movements} AS movements
    WHERE tjenesteenhetID IS NOT NULL AND movements.occurred_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
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
    FROM {preparedness_reported_at} AS beds
    GROUP BY reporter, beds.unit
) AS side
GROUP BY reporter, place
