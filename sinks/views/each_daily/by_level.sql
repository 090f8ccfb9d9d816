-- {daily} by level: a row for the nation, each region, trust, unit or municipality, with how many units it rests on.
-- {daily_by_level}(level = '{example}', from = '2026-01-01', to = '2026-03-31')
-- level: {levels}. from, to: Norwegian dates, both included; days that have not come have no row.
-- A row is a day and the level's place; what the level does not tell apart is null. Where nothing came and something was
-- expected, or where units had events of which nothing is counted on that day, there is a row too, but of a
-- home_municipality. {grain}
-- Figures are those of {daily}, of which this is the sum; different patients or persons are counted anew, so they are right
-- at every level, and are still not to be added over rows. A share or a time is null where no row is behind it.
-- units_expected: units that had an event ({families}) on the same weekday of at least two of the four weeks before;
-- units_reporting: of these, those that have an event of the day; units_unexpected: units with an event that were not
-- expected. One that changed its place is one unit, unless the level tells the two apart: then it is of both, and of the
-- old one it is expected for four weeks more. All are null for a home_municipality: any unit may treat who lives there, so
-- ask the nation's row.
-- Source: as {daily}; quality_units. Rules: R35, R36.
WITH
    (SELECT throwIf({level:String} NOT IN ({allowed}), 'level is one of {levels}')) AS checked,
    toDate32(parseDateTimeBestEffort({from:String}, 'Europe/Oslo')) AS first_day,
    least(toDate32(parseDateTimeBestEffort({to:String}, 'Europe/Oslo')), toDate32(toTimeZone({now}, 'Europe/Oslo'))) AS last_day,
    figures AS
    (
{figures}
    ),
    -- a unit is one whatever places it was of, as far as the level does not tell them apart
    units AS
    (
        SELECT
{unit_places}
            groupUniqArrayArray(arrayConcat(of_places.days_before, of_places.days_reporting)) AS days,
            -- each day stands in it as often as one of the four weeks before had an event: twice is enough
            arraySort(arrayConcat(
                arrayMap(day -> day + 7, days),
                arrayMap(day -> day + 14, days),
                arrayMap(day -> day + 21, days),
                arrayMap(day -> day + 28, days))) AS later,
            arrayDistinct(arrayFilter(
                (day, previous) -> day = previous AND day BETWEEN first_day AND last_day,
                later, arrayPopBack(arrayPushFront(later, toDate32(0))))) AS days_expected
        FROM {quality_units}(families = '{families}', `from` = {from:String}, to = {to:String}) AS of_places
        WHERE {level:String} != 'home_municipality'
        GROUP BY {places}, of_places.reporter, of_places.unit
    ),
    -- a unit is expected on one list of days, silent on a part of it, and reports on another: the rest is arithmetic
    told AS
    (
        SELECT
            cell.1 AS day,
            {told_places},
            sum(cell.2) AS came,
            sum(cell.3) AS expected,
            sum(cell.4) AS silent
        FROM units
        ARRAY JOIN arrayConcat(
            arrayMap(one -> (one, 1, 0, 0), arrayFilter(one -> one >= first_day, days)),
            arrayMap(one -> (one, 0, 1, 0), days_expected),
            arrayMap(one -> (one, 0, 0, 1), arrayFilter(one -> NOT has(days, one), days_expected))) AS cell
        GROUP BY day, {places}
    )
-- figures and units of a place are added up and not joined: what is asked of one place reaches both of them that way
SELECT
    either.day AS day,
{columns}
    if({level:String} = 'home_municipality', NULL, toNullable(sum(either.expected) - sum(either.silent))) AS units_reporting,
    if({level:String} = 'home_municipality', NULL, toNullable(sum(either.expected))) AS units_expected,
    if(
        {level:String} = 'home_municipality',
        NULL,
        toNullable(sum(either.came) - sum(either.expected) + sum(either.silent))) AS units_unexpected,
    {now} AS as_known_at
FROM
(
    SELECT day, {figures_columns}, 0 AS came, 0 AS expected, 0 AS silent
    FROM figures
    UNION ALL
    SELECT day, {told_columns}, came, expected, silent
    FROM told
) AS either
WHERE checked = 0
GROUP BY day, {places}, home_municipality
