-- The events behind a unit's figures of npr_referrals_daily of a Norwegian day, as known at a time:
-- explain_npr_referrals_daily(unit = 'U', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event. role: referral (the newest version of a referral to which something happened on the day). unit: as the
-- view's column, or its reporter. patients: 1, what it adds to referrals. what: the field (fagomrade) and what happened.
-- flags: as in npr_referrals. problems: rules that the event broke without being refused. Times are UTC.
-- Source: npr_referrals_known_at, referral_known_at.
WITH
    toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo')) AS asked,
    toDate32(toTimeZone(parseDateTime64BestEffort({known_at:String}, 3, 'UTC'), 'Europe/Oslo')) AS today
SELECT
    'referral' AS role,
    toNullable(toInt64(1)) AS patients,
    'referral' AS family,
    {coordinates(events)},
    arrayStringConcat(
        arrayFilter(
            word -> word != '',
            [
                ifNull(referrals.fagomrade, ''),
                if(ifNull(referrals.mottaksDato = asked, false), 'received', ''),
                if(ifNull(referrals.vurdDato = asked, false), 'assessed', ''),
                if(waits AND ifNull(referrals.waiting_from = asked, false), 'waiting_started', ''),
                if(waits AND ifNull(referrals.waited_until = asked, false), 'ended', ''),
                if(ifNull(referrals.deadline_broken_on = asked, false), 'deadline_broken', '')
            ]),
        ' ') AS what,
    referrals.flags AS flags
FROM {database}.referral_known_at(at = {known_at:String}) AS events
INNER JOIN
(
    SELECT *, days IS NOT NULL AS waits
    FROM {database}.npr_referrals_known_at(at = {known_at:String})
    WHERE asked <= today AND (
        has([mottaksDato, vurdDato, deadline_broken_on], asked) OR days IS NOT NULL AND has([waiting_from, waited_until], asked))
) AS referrals
    ON events.reporter = referrals.reporter AND events.subject_id = referrals.subject_id
WHERE events.unit = {unit:String} OR events.reporter = {unit:String}
