-- Which unit reported on which days, and on which days it was expected to.
-- quality_units(families = 'episode,movement', from = '2026-01-01', to = '2026-03-31')
-- families: kinds of events, with commas between them. from, to: Norwegian dates, both included; days that have not come are
-- left out.
-- A row is a unit with an event of these kinds from four weeks before `from` on: reporter and unit, in the region, trust and
-- municipality that provides (kommuneNr) of its events; null: they name none.
-- days_reporting: days (of occurred_at, Norwegian calendar) with an event of it; days_before: such days of the four weeks
-- before `from`. days_expected: days for which it had an event on the same weekday of at least two of the four weeks before.
-- days_silent: expected, and nothing came; today may still come.
-- events: within the days (count). updated_at: when the newest of these was received; null: none.
-- as_known_at: the time of which the row tells. Source: the current state of these families. Rule: R35, R36 (as in
-- quality_coverage, for units instead of reporters).
WITH
    splitByChar(',', {families:String}) AS asked,
    (
        SELECT throwIf(
            NOT hasAll(['episode', 'movement', 'referral', 'service', 'consultation', 'capacity'], asked),
            'families are some of episode, movement, referral, service, consultation, capacity')
    ) AS checked,
    toDate32(parseDateTimeBestEffort({from:String}, 'Europe/Oslo')) AS first_day,
    least(toDate32(parseDateTimeBestEffort({to:String}, 'Europe/Oslo')), toDate32(toTimeZone({now}, 'Europe/Oslo'))) AS last_day,
    known AS
    (
        SELECT region, health_trust, NULL AS kommuneNr, reporter, reporter_name, unit, unit_name, occurred_at, received_at
        FROM {episode}
        WHERE has(asked, 'episode')
        UNION ALL
        SELECT region, health_trust, NULL AS kommuneNr, reporter, reporter_name, unit, unit_name, occurred_at, received_at
        FROM {movement}
        WHERE has(asked, 'movement')
        UNION ALL
        SELECT region, health_trust, NULL AS kommuneNr, reporter, reporter_name, unit, unit_name, occurred_at, received_at
        FROM {referral}
        WHERE has(asked, 'referral')
        UNION ALL
        SELECT region, health_trust, kommuneNr, reporter, reporter_name, NULL AS unit, NULL AS unit_name, occurred_at, received_at
        FROM {service}
        WHERE has(asked, 'service')
        UNION ALL
        SELECT region, health_trust, kommuneNr, reporter, reporter_name, unit, unit_name, occurred_at, received_at
        FROM {consultation}
        WHERE has(asked, 'consultation')
        UNION ALL
        SELECT region, health_trust, NULL AS kommuneNr, reporter, reporter_name, toNullable(unit) AS unit, unit_name, occurred_at, received_at
        FROM {capacity}
        WHERE has(asked, 'capacity')
    ),
    units AS
    (
        SELECT
            region,
            health_trust,
            kommuneNr,
            reporter,
            max(known.reporter_name) AS reporter_name,
            unit,
            max(known.unit_name) AS unit_name,
            groupUniqArray(toDate32(toTimeZone(occurred_at, 'Europe/Oslo'))) AS days,
            countIf(toDate32(toTimeZone(occurred_at, 'Europe/Oslo')) >= first_day) AS events,
            maxOrNullIf(received_at, toDate32(toTimeZone(occurred_at, 'Europe/Oslo')) >= first_day) AS updated_at
        FROM known
        WHERE toDate32(toTimeZone(occurred_at, 'Europe/Oslo')) BETWEEN first_day - 28 AND last_day
        GROUP BY region, health_trust, kommuneNr, reporter, unit
    ),
    -- each day stands in `later` as often as one of the four weeks before had an event: twice is enough
    weeks AS
    (
        SELECT
            *,
            arraySort(arrayConcat(
                arrayMap(day -> day + 7, days),
                arrayMap(day -> day + 14, days),
                arrayMap(day -> day + 21, days),
                arrayMap(day -> day + 28, days))) AS later
        FROM units
    )
SELECT
    region,
    health_trust,
    kommuneNr,
    reporter,
    reporter_name,
    unit,
    unit_name,
    arraySort(arrayFilter(day -> day >= first_day, days)) AS days_reporting,
    arraySort(arrayFilter(day -> day < first_day, days)) AS days_before,
    arrayDistinct(arrayFilter(
        (day, previous) -> day = previous AND day BETWEEN first_day AND last_day,
        later, arrayPopBack(arrayPushFront(later, toDate32(0))))) AS days_expected,
    arrayFilter(day -> NOT has(days_reporting, day), days_expected) AS days_silent,
    events,
    updated_at,
    {now} AS as_known_at
FROM weeks
WHERE checked = 0
