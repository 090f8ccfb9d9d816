-- The events behind a unit's figures of npr_waiting of the month of a day, as known at a time:
-- explain_npr_waiting(unit = 'U', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event, the newest version of a referral. role: ended (the wait ended in the month), else waiting (at its end;
-- this month: now). unit: as the view's column, or its reporter. patients: 1, what it adds to that column. what: the field
-- (fagomrade) and since when. flags: as in npr_referrals. problems: rules that the event broke without being refused.
-- Times are UTC. Source: npr_referrals_known_at, referral_known_at.
WITH
    toStartOfMonth(toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo'))) AS asked,
    toDate32(toTimeZone(parseDateTime64BestEffort({known_at:String}, 3, 'UTC'), 'Europe/Oslo')) AS today,
    least(toDate32(addMonths(asked, 1) - 1), today) AS seen_on
SELECT
    if(ifNull(waits.waited_until <= seen_on, false), 'ended', 'waiting') AS role,
    toNullable(toInt64(1)) AS patients,
    'referral' AS family,
    {coordinates(referrals)},
    concat(ifNull(waits.fagomrade, ''), ' since ', ifNull(toString(waits.waiting_from), '')) AS what,
    waits.flags AS flags
FROM {database}.referral_known_at(at = {known_at:String}) AS referrals
INNER JOIN {database}.npr_referrals_known_at(at = {known_at:String}) AS waits
    ON referrals.reporter = waits.reporter AND referrals.subject_id = waits.subject_id
WHERE waits.days IS NOT NULL AND waits.waiting_from <= today
    AND asked >= toStartOfMonth(waits.waiting_from) AND asked <= toStartOfMonth(least(ifNull(waits.waited_until, today), today))
    AND (referrals.unit = {unit:String} OR referrals.reporter = {unit:String})
