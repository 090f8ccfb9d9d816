-- The events behind a reporter's or a municipality's figures of kpr_consultations_daily of a day, as known at a time:
-- explain_kpr_consultations_daily(unit = 'R', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event. role: consultation. unit: reporter or kommuneNr. patients: 1, what it adds to consultations. what: the
-- kind of service (tjenestetype). flags: none. problems: rules that the event broke without being refused. Times are UTC.
-- Source: consultation_known_at.
SELECT
    'consultation' AS role,
    toNullable(toInt64(1)) AS patients,
    'consultation' AS family,
    {coordinates()},
    ifNull(tjenestetype, '') AS what,
    CAST([], 'Array(String)') AS flags
FROM {database}.consultation_known_at(at = {known_at:String})
WHERE toDate32(toTimeZone(datoTidStart, 'Europe/Oslo')) = toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo'))
    AND (reporter = {unit:String} OR kommuneNr = {unit:String})
