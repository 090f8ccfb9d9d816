-- The daily census of every level and day, for the daily close: preparedness_census, with the day first.
-- A row is a day, level (nation, region, trust, unit), the level's organisation, resource and category; what the level
-- does not tell apart is null. Choose one level: each is the whole. Days from a unit's first figure on, until today.
-- Columns as of preparedness_census, by the same rules. Its complete is not here: a day closes before it is.
-- preparedness_census is cheaper for a range of days of one level; here a question should name its day.
-- updated_at: when the newest figure was received; as_known_at: the time of which the row tells.
-- Source: preparedness_census_figures.
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    -- a figure is in the census of its days, and in the means of the six days after each
    asked_of AS
    (
        SELECT
            *,
            arrayJoin(arrayMap(
                n -> toDate32(figures.day + n), range(toUInt32(dateDiff('day', figures.day, least(until + 6, today)) + 1)))) AS asked
        FROM {preparedness_census_figures} AS figures
    ),
    filled AS
    (
        SELECT
            arrayJoin(arrayMap(
                n -> toDate32(greatest(asked_of.day, asked - 6) + n),
                range(toUInt32(dateDiff('day', greatest(asked_of.day, asked - 6), least(until, asked)) + 1)))) AS date,
            dateDiff('day', date, asked) AS back,
            -- a bit for each day of the week: 127 are all seven
            toUInt8(bitShiftLeft(1, back)) AS of_week,
            counted_on != date AS carried,
            carried OR told_imputed AS is_imputed,
            if(asked_of.day = date, asked_of.admissions, NULL) AS admissions,
            if(asked_of.day = date, asked_of.discharges, NULL) AS discharges,
            asked,
            region,
            trust,
            reporter,
            unit,
            unit_name,
            resource,
            category,
            counted_on,
            occupied,
            late,
            repaired,
            updated_at
        FROM asked_of
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
    maxIf(filled.updated_at, back = 0) AS updated_at,
    {now} AS as_known_at
FROM filled
ARRAY JOIN ['nation', 'region', 'trust', 'unit'] AS level
GROUP BY day, level, region, trust, reporter, unit, resource, category
-- of an organisation that has a figure of the day, not only of the week before
HAVING units_expected > 0
