-- The events behind a unit's figures of npr_contacts_daily of a Norwegian day, as known at a time:
-- explain_npr_contacts_daily(unit = 'U', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event. role: contact (the newest version of a contact that began on the day). unit: as the view's column, or
-- its reporter. patients: 1, what it adds to contacts. what: its kind. flags: none. problems: rules that the event broke
-- without being refused. Times are UTC. Source: episode_known_at, npr_contacts_known_at.
SELECT
    'contact' AS role,
    toNullable(toInt64(1)) AS patients,
    'episode' AS family,
    {coordinates(events)},
    contacts_.kind AS what,
    CAST([], 'Array(String)') AS flags
FROM {database}.episode_known_at(at = {known_at:String}) AS events
INNER JOIN {database}.npr_contacts_known_at(at = {known_at:String}) AS contacts_
    ON events.reporter = contacts_.reporter AND events.subject_id = contacts_.subject_id
WHERE contacts_.day = toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo'))
    AND (events.unit = {unit:String} OR events.reporter = {unit:String})
