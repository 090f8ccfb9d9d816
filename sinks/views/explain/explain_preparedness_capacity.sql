-- The events behind a unit's figures of preparedness_capacity, as known at a time:
-- explain_preparedness_capacity(unit = 'U', at = '2026-05-13 08:00:00', known_at = '2026-05-13 09:00:00').
-- A row is an event: the unit's newest snapshot of a resource and category. role: figure (of the same Norwegian day), or
-- carried_forward (older, of the 28 days before). patients: its occupied. what: resource and category. flags: none. problems:
-- rules that the event broke without being refused. Times are UTC. Source: capacity_known_at.
WITH parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment
SELECT
    if(toDate32(toTimeZone(as_of, 'Europe/Oslo')) = toDate32(toTimeZone(moment, 'Europe/Oslo')), 'figure', 'carried_forward') AS role,
    occupied AS patients,
    'capacity' AS family,
    {coordinates()},
    concat(resource, ' ', category) AS what,
    CAST([], 'Array(String)') AS flags
FROM {database}.capacity_known_at(at = {known_at:String}) AS capacity
WHERE unit = {unit:String} AND as_of <= moment AND as_of > moment - toIntervalDay(28)
ORDER BY as_of DESC, capacity.known_at DESC, subject_id
LIMIT 1 BY reporter, unit, resource, category
