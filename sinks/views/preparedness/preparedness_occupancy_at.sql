-- Who lies in which bed at a time, as is known now: preparedness_occupancy_at(at = '2026-05-13 08:00:00').
-- A row is one reporter and unit: the ward (tjenesteenhetID) where movements name one, else the treatment unit.
-- patients: inpatients in the unit at that time, counted from movements: a stay is in the ward of its last movement
-- that names one, from admission (or the change to inpatient) to discharge. on_leave: patients on leave, not among
-- patients. Both are null for a unit without movements. Outpatients (patient_class, else omsorgsniva 3 and 8) are
-- not counted; pending and cancelled movements do not count.
-- reported_*: what the unit itself last said of its beds (bed, icu_bed, intermediate_bed) before that time: its figure
-- for category all, else the sum over categories without covid; null as soon as one part is unknown.
-- reported_as_of: the oldest of the snapshots used, last_reported_as_of the newest. Names, trust and region are the newest
-- told. known_at: when the newest version behind the row became known. flagged: of patients and on_leave, stays with a
-- flag of preparedness_stays_at. repaired_share: of them, those with a movement of which a rule set a field to null or -1.
-- imputed_share: 0, nobody is made up. updated_at: when the newest event behind the row was received; as_known_at: the
-- time of knowing of which the row tells. Movements name no category of beds (adult, child): that is in reported capacity
-- alone (preparedness_capacity). at: UTC, as text or DateTime64. Source: preparedness_stays_at, npr_movements,
-- preparedness_reported_at.
SELECT
    argMax(side.organisation, side.told_at).3 AS region,
    argMax(side.organisation, side.told_at).2 AS health_trust,
    reporter,
    argMax(side.organisation, side.told_at).1 AS reporter_name,
    place AS unit,
    argMax(side.name, side.told_at) AS unit_name,
    max(side.patients) AS patients,
    max(side.on_leave) AS on_leave,
    max(side.moved_at) AS last_movement_at,
    max(side.as_of) AS reported_as_of,
    max(side.latest) AS last_reported_as_of,
    max(side.physical) AS reported_physical,
    max(side.staffed) AS reported_staffed,
    max(side.occupied) AS reported_occupied,
    max(side.available) AS reported_available,
    max(side.blocked) AS reported_blocked,
    max(side.flagged) AS flagged,
    max(side.repaired) / nullIf(patients + on_leave, 0) AS repaired_share,
    0. AS imputed_share,
    max(side.received) AS updated_at,
    max(side.as_known) AS as_known_at,
    max(side.newest) AS known_at
FROM
(
    SELECT
        reporter,
        place,
        argMax(stays.unit_name, stays.last_movement_at) AS name,
        argMax((stays.reporter_name, stays.health_trust, stays.region), stays.last_movement_at) AS organisation,
        max(stays.last_movement_at) AS told_at,
        toNullable(countIf(inside AND last_kind != 'leave_start')) AS patients,
        toNullable(countIf(inside AND last_kind = 'leave_start')) AS on_leave,
        toNullable(max(stays.last_movement_at)) AS moved_at,
        NULL AS as_of,
        NULL AS latest,
        NULL AS physical,
        NULL AS staffed,
        NULL AS occupied,
        NULL AS available,
        NULL AS blocked,
        toNullable(countIf(inside AND notEmpty(flags))) AS flagged,
        toNullable(countIf(inside AND stays.repaired)) AS repaired,
        max(stays.received_at) AS received,
        max(stays.known_at) AS newest,
        {now} AS as_known,
        -- for preparedness_occupancy: who is in a bed here, as far as this reporter knows
        groupArrayIf(
            (
                cityHash64(ifNull(stays.patient_key, concat(reporter, ':', stays.stay))),
                stays.last_place_in_time,
                stays.stay,
                notEmpty(flags),
                stays.repaired),
            inside AND last_kind != 'leave_start') AS lying
    FROM {preparedness_stays_at} AS stays
    GROUP BY reporter, place
    UNION ALL
    -- a ward that all have left has no patients; that is known, so it is 0 and not null
    SELECT
        reporter,
        assumeNotNull(tjenesteenhetID) AS ward,
        argMax(movements.unit_name, movements.place_in_time),
        (
            argMax(movements.reporter_name, movements.place_in_time),
            argMax(movements.health_trust, movements.place_in_time),
            argMax(movements.region, movements.place_in_time)),
        max(movements.occurred_at),
        toNullable(toUInt64(0)),
        toNullable(toUInt64(0)),
        toNullable(max(movements.occurred_at)),
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        toNullable(toUInt64(0)),
        toNullable(toUInt64(0)),
        max(movements.received_at),
        max(movements.known_at),
        {now},
        []
    FROM {npr_movements} AS movements
    WHERE tjenesteenhetID IS NOT NULL AND movements.occurred_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
    GROUP BY reporter, ward
    UNION ALL
    SELECT
        reporter,
        beds.unit AS place,
        argMax(beds.unit_name, beds.as_of) AS name,
        argMax((beds.reporter_name, beds.health_trust, beds.region), beds.as_of) AS organisation,
        max(beds.as_of) AS told_at,
        NULL AS patients,
        NULL AS on_leave,
        NULL AS moved_at,
        min(beds.as_of) AS as_of,
        toNullable(max(beds.as_of)) AS latest,
        if(countIf(beds.physical IS NULL) = 0, sum(beds.physical), NULL) AS physical,
        if(countIf(beds.staffed IS NULL) = 0, sum(beds.staffed), NULL) AS staffed,
        if(countIf(beds.occupied IS NULL) = 0, sum(beds.occupied), NULL) AS occupied,
        if(countIf(beds.available IS NULL) = 0, sum(beds.available), NULL) AS available,
        if(countIf(beds.blocked IS NULL) = 0, sum(beds.blocked), NULL) AS blocked,
        NULL AS flagged,
        NULL AS repaired,
        max(beds.received_at) AS received,
        max(beds.known_at) AS newest,
        {now} AS as_known,
        [] AS lying
    FROM {preparedness_reported_at} AS beds
    GROUP BY reporter, beds.unit
) AS side
GROUP BY reporter, place
