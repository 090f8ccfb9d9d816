-- The events behind a reporter's or a municipality's figures of kpr_kad_daily of a day, as known at a time:
-- explain_kpr_kad_daily(unit = '0301', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event, of the notifications of stays that began, ended or went on that day. role: notification. unit: reporter
-- or kommuneNr, as in kpr_kad. patients: what it adds to occupied: 1 on one notification of a stay that lay there at the
-- end of the day, its start. what: hendelse. flags: of the stay, as in kpr_kad. problems: rules that the event broke
-- without being refused. Times are UTC. Source: kpr_kad_known_at, service_known_at.
WITH
    toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo')) AS asked,
    stays AS
    (
        SELECT reporter AS of_reporter, tjenesteID AS of_service, ended_on, stays_.flags AS stay_flags
        FROM {database}.kpr_kad_known_at(at = {known_at:String}) AS stays_
        WHERE nights IS NOT NULL AND asked >= started_on AND asked <= started_on + toUInt32(nights)
            AND (kommuneNr = {unit:String} OR reporter = {unit:String})
    )
SELECT
    'notification' AS role,
    toNullable(toInt64(ifNull(asked < stays.ended_on, true) AND 1 = row_number() OVER (
        PARTITION BY notifications.reporter, notifications.tjenesteID
        ORDER BY ifNull(notifications.hendelse, '') != 'TjenesteStart', notifications.hendelseDato, notifications.subject_id)))
        AS patients,
    'service' AS family,
    {coordinates(notifications)},
    ifNull(notifications.hendelse, '') AS what,
    stays.stay_flags AS flags
FROM {database}.service_known_at(at = {known_at:String}) AS notifications
INNER JOIN stays ON notifications.reporter = stays.of_reporter AND notifications.tjenesteID = stays.of_service
