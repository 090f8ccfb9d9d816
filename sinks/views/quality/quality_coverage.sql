-- Coverage: what usually comes against what has come, by kind of event and day (Norwegian calendar), for the last 90 days.
-- A row is a family of events and a day on which they occurred. usual: of a reporter, the median of its events on the same
-- weekday of the four weeks before (none is 0). units_expected: reporters whose usual is not 0; units_reporting: of these,
-- those that have an event of the day; units_unexpected: reporters with an event of whom none was usual.
-- events: what is now known of the day (count); events_usual: sum of the usual; completeness: events / events_usual, null
-- where nothing is usual. silent: up to 20 expected reporters without an event, those with the most usual events first.
-- in_time_share: of the events that were never amended, received within 24 hours of when they occurred; mean_delay_hours: of
-- the same, from occurred to received. Both are null where every event was amended: their newest version came later.
-- repaired_share: with a field set to null or -1 by a rule. day_over: false for today, whose events are still to come.
-- updated_at: when the newest of them was received; as_known_at: the time of which the row tells.
-- Source: the current state of every family. Rule: R35, R36 (coverage by what a unit itself usually sends, since no register
-- says how much each unit should). A holiday is as silent as a fault: compare with the reporters' neighbours.
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    known AS
    (
        SELECT 'episode' AS family, reporter, occurred_at, received_at, action, problems.severity AS severities FROM {episode}
        UNION ALL
        SELECT 'movement' AS family, reporter, occurred_at, received_at, action, problems.severity AS severities FROM {movement}
        UNION ALL
        SELECT 'referral' AS family, reporter, occurred_at, received_at, action, problems.severity AS severities FROM {referral}
        UNION ALL
        SELECT 'service' AS family, reporter, occurred_at, received_at, action, problems.severity AS severities FROM {service}
        UNION ALL
        SELECT 'consultation' AS family, reporter, occurred_at, received_at, action, problems.severity AS severities FROM {consultation}
        UNION ALL
        SELECT 'capacity' AS family, reporter, occurred_at, received_at, action, problems.severity AS severities FROM {capacity}
    ),
    totals AS
    (
        SELECT
            family,
            toDate32(toTimeZone(occurred_at, 'Europe/Oslo')) AS day,
            count() AS events,
            countIf(action = 'report') AS plain,
            countIf(action = 'report' AND received_at <= occurred_at + toIntervalDay(1)) AS in_time,
            sumIf(dateDiff('second', occurred_at, received_at), action = 'report') AS delay,
            countIf(has(severities, 'repair')) AS repaired,
            max(received_at) AS newest
        FROM known
        WHERE occurred_at >= {now} - toIntervalDay(120)
        GROUP BY family, day
    ),
    -- a row for every reporter and day: little may stand in it, there are millions in a country
    counted AS
    (
        SELECT
            family,
            reporter,
            toDate32(toTimeZone(occurred_at, 'Europe/Oslo')) AS happened,
            toUInt32(count()) AS events
        FROM known
        WHERE occurred_at >= {now} - toIntervalDay(120)
        GROUP BY family, reporter, happened
    ),
    compared AS
    (
        SELECT
            family,
            reporter,
            happened + toIntervalDay(after) AS day,
            sumIf(counted.events, after = 0) AS own,
            sumIf(counted.events, after = 7) AS a,
            sumIf(counted.events, after = 14) AS b,
            sumIf(counted.events, after = 21) AS c,
            sumIf(counted.events, after = 28) AS d,
            -- of four numbers the median is the mean of the two in the middle
            (a + b + c + d - least(a, b, c, d) - greatest(a, b, c, d)) / 2 AS usual
        FROM counted
        ARRAY JOIN [0, 7, 14, 21, 28] AS after
        GROUP BY family, reporter, day
    ),
    units AS
    (
        SELECT
            family,
            compared.day AS day,
            countIf(usual > 0) AS units_expected,
            countIf(usual > 0 AND own > 0) AS units_reporting,
            countIf(usual = 0 AND own > 0) AS units_unexpected,
            sum(usual) AS events_usual,
            arraySlice(arrayReverseSort(groupArrayIf((usual, reporter), usual > 0 AND own = 0)), 1, 20).2 AS silent
        FROM compared
        WHERE day BETWEEN today - 90 AND today AND (own > 0 OR usual > 0)
        GROUP BY family, day
    )
SELECT
    units.family AS family,
    units.day AS day,
    units_expected,
    units_reporting,
    units_unexpected,
    totals.events AS events,
    events_usual,
    if(events_usual = 0, NULL, events / events_usual) AS completeness,
    silent,
    if(totals.plain = 0, NULL, totals.in_time / totals.plain) AS in_time_share,
    if(totals.plain = 0, NULL, totals.delay / totals.plain / 3600) AS mean_delay_hours,
    if(events = 0, NULL, totals.repaired / events) AS repaired_share,
    day < today AS day_over,
    if(events = 0, NULL, toNullable(totals.newest)) AS updated_at,
    {now} AS as_known_at
FROM units
LEFT JOIN totals ON units.family = totals.family AND units.day = totals.day
