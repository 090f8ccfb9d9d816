-- The daily census of every level and day, for the daily close: preparedness_census, with the day first.
-- A row is a day, level (nation, region, trust, unit), the level's organisation, resource and category; what the level
-- does not tell apart is null. Choose one level: each is the whole. Days from a unit's first figure on, until today.
-- Columns as of preparedness_census, by the same rules. Its complete is not here: a day closes before it is.
-- preparedness_census is cheaper for a range of days of one level; here a question should name its day.
-- updated_at: when the newest figure was received; as_known_at: the time of which the row tells. Source: {capacity}.
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    figures AS
    (
        SELECT
            reporter,
            unit,
            resource,
            category,
            toDate32(toTimeZone(cells.as_of, 'Europe/Oslo')) AS day,
            cells.occupied AS occupied,
            cells.admissions AS admissions,
            cells.discharges AS discharges,
            cells.region AS region,
            coalesce(cells.health_trust, cells.reporter_name, cells.reporter) AS trust,
            cells.unit_name AS unit_name,
            cells.late OR toDate32(toTimeZone(cells.known_at, 'Europe/Oslo')) > day + 4 AS late,
            cells.origin = 'imputed' AS told_imputed,
            has(cells.problems.severity, 'repair') AS repaired,
            cells.received_at AS received_at
        FROM {capacity} AS cells
        WHERE resource IN ('bed', 'icu_bed', 'intermediate_bed') AND day <= today
        -- 08:00 is 16 hours before the next midnight, also where a day has 23 or 25; a reporter's rows stay together: quicker
        ORDER BY
            abs(dateDiff('millisecond', as_of, addDays(toStartOfDay(toTimeZone(as_of, 'Europe/Oslo')), 1) - toIntervalHour(16))),
            as_of,
            reporter,
            cells.known_at DESC,
            cells.subject_id
        LIMIT 1 BY reporter, unit, resource, category, day
    ),
    known AS (SELECT * FROM figures WHERE occupied IS NOT NULL),
    -- flows of days of which the patients are unknown: few, so only what may be one is sorted
    flows AS
    (
        SELECT
            reporter,
            unit,
            resource,
            category,
            toDate32(toTimeZone(as_of, 'Europe/Oslo')) AS day,
            occupied,
            admissions,
            discharges
        FROM {capacity}
        WHERE resource IN ('bed', 'icu_bed', 'intermediate_bed') AND (reporter, unit, resource, category, day) IN
        (
            SELECT reporter, unit, resource, category, toDate32(toTimeZone(as_of, 'Europe/Oslo'))
            FROM {capacity}
            WHERE occupied IS NULL AND (admissions IS NOT NULL OR discharges IS NOT NULL)
        )
        ORDER BY
            abs(dateDiff('millisecond', as_of, addDays(toStartOfDay(toTimeZone(as_of, 'Europe/Oslo')), 1) - toIntervalHour(16))),
            as_of,
            reporter,
            known_at DESC,
            subject_id
        LIMIT 1 BY reporter, unit, resource, category, day
    ),
    -- from the first figure on, or from before: there is nothing to join there
    first_figures AS
    (
        SELECT reporter, unit, resource, category, min(toDate32(toTimeZone(as_of, 'Europe/Oslo'))) AS first_day
        FROM {capacity}
        WHERE resource IN ('bed', 'icu_bed', 'intermediate_bed') AND occupied IS NOT NULL
            AND toDate32(toTimeZone(as_of, 'Europe/Oslo')) <= today
        GROUP BY reporter, unit, resource, category
    ),
    days AS
    (
        SELECT
            reporter,
            unit,
            resource,
            category,
            first_day,
            arrayJoin(arrayMap(n -> toDate32(first_day + n), range(toUInt32(dateDiff('day', first_day, today) + 1)))) AS day
        FROM first_figures
    ),
    -- the day and the six before it, for the means
    weeks AS
    (
        SELECT reporter, unit, resource, category, day, back, toDate32(day - back) AS date
        FROM days
        ARRAY JOIN range(least(7, toUInt32(dateDiff('day', first_day, day) + 1))) AS back
    ),
    filled AS
    (
        SELECT
            weeks.day AS asked,
            weeks.back AS back,
            -- a bit for each day of the week: 127 are all seven
            toUInt8(bitShiftLeft(1, weeks.back)) AS of_week,
            weeks.reporter AS reporter,
            weeks.unit AS unit,
            weeks.resource AS resource,
            weeks.category AS category,
            weeks.date AS date,
            known.day AS counted_on,
            known.day != weeks.date AS carried,
            carried OR known.told_imputed AS is_imputed,
            assumeNotNull(known.occupied) AS occupied,
            if(carried, own.admissions, known.admissions) AS admissions,
            if(carried, own.discharges, known.discharges) AS discharges,
            known.region AS region,
            known.trust AS trust,
            known.unit_name AS unit_name,
            known.late AS late,
            known.repaired AS repaired,
            known.received_at AS received_at
        FROM weeks
        ASOF JOIN known
            ON weeks.reporter = known.reporter AND weeks.unit = known.unit AND weeks.resource = known.resource
            AND weeks.category = known.category AND weeks.date >= known.day
        LEFT JOIN flows AS own
            ON weeks.reporter = own.reporter AND weeks.unit = own.unit AND weeks.resource = own.resource
            AND weeks.category = own.category AND weeks.date = own.day
    )
SELECT
    asked AS day,
    level,
    if(level = 'nation', NULL, filled.region) AS region,
    if(level IN ('nation', 'region'), NULL, toNullable(filled.trust)) AS trust,
    if(level = 'unit', toNullable(filled.reporter), NULL) AS reporter,
    if(level = 'unit', toNullable(filled.unit), NULL) AS unit,
    -- a unit may change its name; it stays one unit
    if(level = 'unit', argMaxIf(filled.unit_name, filled.counted_on, back = 0), NULL) AS unit_name,
    filled.resource AS resource,
    filled.category AS category,
    sumIf(filled.occupied, back = 0) AS occupied,
    if(groupBitOr(of_week) = 127, sum(filled.occupied) / 7, NULL) AS mean_7d,
    countIf(back = 0 AND NOT carried) AS units_reporting,
    countIf(back = 0) AS units_expected,
    countIf(back = 0 AND is_imputed) AS imputed,
    sumIf(filled.occupied, back = 0 AND is_imputed) AS imputed_occupied,
    if(imputed = 0, NULL, maxIf(dateDiff('day', filled.counted_on, filled.date), back = 0 AND is_imputed)) AS imputed_age_days,
    imputed / units_expected AS imputed_share,
    sumOrNullIf(filled.admissions, back = 0) AS admissions,
    countIf(back = 0 AND filled.admissions IS NOT NULL) AS admissions_units,
    if(groupBitOrIf(of_week, filled.admissions IS NOT NULL) = 127, sum(filled.admissions) / 7, NULL) AS admissions_mean_7d,
    sumOrNullIf(filled.discharges, back = 0) AS discharges,
    countIf(back = 0 AND filled.discharges IS NOT NULL) AS discharges_units,
    if(groupBitOrIf(of_week, filled.discharges IS NOT NULL) = 127, sum(filled.discharges) / 7, NULL) AS discharges_mean_7d,
    countIf(back = 0 AND NOT carried AND filled.late) AS late,
    if(units_reporting = 0, NULL, countIf(back = 0 AND NOT carried AND filled.repaired) / units_reporting) AS repaired_share,
    maxIf(filled.received_at, back = 0) AS updated_at,
    {now} AS as_known_at
FROM filled
ARRAY JOIN ['nation', 'region', 'trust', 'unit'] AS level
GROUP BY day, level, region, trust, reporter, unit, resource, category
-- of an organisation that has a figure of the day, not only of the week before
HAVING units_expected > 0
