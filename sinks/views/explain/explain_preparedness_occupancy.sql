-- The events behind a unit's figures of preparedness_occupancy (and preparedness_reconciled), as known at a time:
-- explain_preparedness_occupancy(unit = 'U', at = '2026-05-13 08:00:00', known_at = '2026-05-13 09:00:00').
-- A row is an event. role: patient (a movement of a stay that counts among patients), on_leave (of one on leave), left
-- (of one that was in the unit and is not any more), report (a snapshot of beds that counts). patients: what the event's
-- stay adds to patients, on its newest movement; of a report, its occupied.
-- what: the movement and its ward, or resource and category. flags: of the stay, as in preparedness_stays_at.
-- problems: rules that the event broke without being refused. Times are UTC. Source: npr_movements_known_at,
-- preparedness_stays_known_at and preparedness_reported_known_at.
WITH
    stays AS
    (
        SELECT
            *,
            multiIf(NOT inside OR place != {unit:String}, 'left', last_kind = 'leave_start', 'on_leave', 'patient') AS role
        FROM {database}.preparedness_stays_known_at(at = {at:String}, known_at = {known_at:String})
        WHERE place = {unit:String} OR (reporter, stay) IN (
            SELECT reporter, stay
            FROM {database}.npr_movements_known_at(at = {known_at:String})
            WHERE tjenesteenhetID = {unit:String} AND occurred_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC'))
    )
SELECT
    stays.role AS role,
    toNullable(toInt64(stays.role = 'patient' AND 1 = row_number() OVER (
        PARTITION BY movements.reporter, movements.stay ORDER BY movements.place_in_time DESC, movements.subject_id))) AS patients,
    'movement' AS family,
    {coordinates(movements)},
    concat(movements.movement_type, ' ', ifNull(movements.tjenesteenhetID, '')) AS what,
    stays.flags AS flags
FROM {database}.npr_movements_known_at(at = {known_at:String}) AS movements
INNER JOIN stays
    ON movements.reporter = stays.reporter AND movements.stay = stays.stay
WHERE movements.occurred_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
UNION ALL
SELECT
    'report',
    occupied,
    'capacity',
    {coordinates()},
    concat(resource, ' ', category),
    []
FROM {database}.preparedness_reported_known_at(at = {at:String}, known_at = {known_at:String})
WHERE unit = {unit:String}
