-- The events behind a reporter's or a municipality's figures of kpr_services_daily of a day, as known at a time:
-- explain_kpr_services_daily(unit = 'R', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event. role: change. unit: reporter or kommuneNr. patients: 1, what it adds to its column. what: hendelse and
-- tjenesteType. flags: none. problems: rules that the event broke without being refused. Times are UTC.
-- Source: service_known_at.
SELECT
    'change' AS role,
    toNullable(toInt64(1)) AS patients,
    'service' AS family,
    {coordinates()},
    concat(ifNull(hendelse, ''), ' ', ifNull(tjenesteType, '')) AS what,
    CAST([], 'Array(String)') AS flags
FROM {database}.service_known_at(at = {known_at:String})
WHERE hendelseDato = toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo'))
    AND (reporter = {unit:String} OR kommuneNr = {unit:String})
