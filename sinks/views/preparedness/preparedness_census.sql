-- The official daily census: patients at 08:00, by day and level, as it was known at a time.
-- preparedness_census(level = 'region', from = '2026-01-01', to = '2026-03-31', known_at = '2026-04-01 11:00:00')
-- level: nation, region, trust or unit. from, to: Norwegian dates, both included; days that have not come have no row.
-- known_at: UTC, as text or DateTime64; now64(3, 'UTC') for what is known now.
-- A row is a date, the level's organisation, resource and category; what the level does not tell apart is null.
-- occupied: sum over units of the patients each counted. A unit that reports several times a day counts with the report
-- nearest to 08:00; of several of one time with the one known last. A unit without a figure for the day (nothing sent, or
-- unknown) keeps its last one, from its first figure on; so the levels add up exactly: units to trusts, trusts to regions,
-- regions to the nation. imputed: units whose figure was carried forward so, or that call their own figure imputed (origin);
-- imputed_occupied: with how many patients; imputed_age_days: how old the oldest of these figures is (0: of the day), the
-- rules set no limit to it.
-- mean_7d: of the date and the six calendar days before it; null until there are seven. admissions_mean_7d and
-- discharges_mean_7d likewise, null unless each of the seven days has a figure.
-- units_reporting of units_expected: units with a figure of the day, whatever its origin, of those that had one by then.
-- admissions, discharges: in the 24 hours before, as reported; flows are not carried forward: sums over the units that
-- gave one (admissions_units, discharges_units; also where its patients are unknown), null when none did.
-- late: units whose figure was changed after the four following days in which it may be corrected (CAP-03).
-- complete: the day is final at 13:00 of the next day. repaired_share: of units with a figure of the day.
-- updated_at: when the newest figure was received. Source: preparedness_census_figures_known_at.
-- Rules: Helsedirektoratet's published daily figures of admitted patients (08:00, four days, last figure carried forward).
WITH
    toDate32(parseDateTimeBestEffort({from:String}, 'Europe/Oslo')) AS first_day,
    parseDateTime64BestEffort({known_at:String}, 3, 'UTC') AS moment,
    least(toDate32(parseDateTimeBestEffort({to:String}, 'Europe/Oslo')), toDate32(toTimeZone(moment, 'Europe/Oslo'))) AS last_day,
    (SELECT throwIf({level:String} NOT IN ('nation', 'region', 'trust', 'unit'), 'level is one of nation, region, trust, unit')) AS checked,
    filled AS
    (
        SELECT
            arrayJoin(arrayMap(
                n -> toDate32(greatest(figures.day, first_day - 6) + n),
                range(toUInt32(dateDiff('day', greatest(figures.day, first_day - 6), least(until, last_day)) + 1)))) AS date,
            figures.counted_on != date AS carried,
            carried OR told_imputed AS is_imputed,
            if(figures.day = date, figures.admissions, NULL) AS admissions,
            if(figures.day = date, figures.discharges, NULL) AS discharges,
            figures.region AS region,
            figures.trust AS trust,
            figures.reporter AS reporter,
            figures.unit AS unit,
            figures.unit_name AS unit_name,
            figures.resource AS resource,
            figures.category AS category,
            figures.counted_on AS counted_on,
            figures.occupied AS occupied,
            figures.late AS late,
            figures.repaired AS repaired,
            figures.updated_at AS updated_at
        FROM {database}.preparedness_census_figures_known_at(at = {known_at:String}) AS figures
        WHERE until >= first_day - 6 AND figures.day <= last_day
    ),
    sums AS
    (
        SELECT
            date,
            if({level:String} = 'nation', NULL, filled.region) AS region,
            if({level:String} IN ('nation', 'region'), NULL, toNullable(filled.trust)) AS trust,
            if({level:String} = 'unit', toNullable(filled.reporter), NULL) AS reporter,
            if({level:String} = 'unit', toNullable(filled.unit), NULL) AS unit,
            -- a unit may change its name; it stays one unit
            if({level:String} = 'unit', argMax(filled.unit_name, filled.counted_on), NULL) AS unit_name,
            filled.resource AS resource,
            filled.category AS category,
            sum(filled.occupied) AS occupied,
            countIf(NOT carried) AS units_reporting,
            count() AS units_expected,
            countIf(is_imputed) AS imputed,
            sumIf(filled.occupied, is_imputed) AS imputed_occupied,
            if(imputed = 0, NULL, maxIf(dateDiff('day', filled.counted_on, date), is_imputed)) AS imputed_age_days,
            sumOrNull(filled.admissions) AS admissions,
            count(filled.admissions) AS admissions_units,
            sumOrNull(filled.discharges) AS discharges,
            count(filled.discharges) AS discharges_units,
            countIf(NOT carried AND filled.late) AS late,
            countIf(NOT carried AND filled.repaired) AS repaired,
            max(filled.updated_at) AS updated_at
        FROM filled
        GROUP BY date, region, trust, reporter, unit, resource, category
    )
SELECT *
FROM
(
    SELECT
        date,
        region,
        trust,
        reporter,
        unit,
        unit_name,
        resource,
        category,
        occupied,
        if(count() OVER week = 7, avg(occupied) OVER week, NULL) AS mean_7d,
        units_reporting,
        units_expected,
        imputed,
        imputed_occupied,
        imputed_age_days,
        imputed / units_expected AS imputed_share,
        admissions,
        admissions_units,
        if(count(admissions) OVER week = 7, avg(admissions) OVER week, NULL) AS admissions_mean_7d,
        discharges,
        discharges_units,
        if(count(discharges) OVER week = 7, avg(discharges) OVER week, NULL) AS discharges_mean_7d,
        late,
        if(units_reporting = 0, NULL, repaired / units_reporting) AS repaired_share,
        toBool(toDateTime(concat(toString(date + 1), ' 13:00:00'), 'Europe/Oslo') <= moment) AS complete,
        updated_at,
        moment AS as_known_at
    FROM sums
    WINDOW week AS (
        PARTITION BY region, trust, reporter, unit, resource, category
        ORDER BY toInt32(date)
        RANGE BETWEEN 6 PRECEDING AND CURRENT ROW)
)
WHERE date >= first_day AND checked = 0
