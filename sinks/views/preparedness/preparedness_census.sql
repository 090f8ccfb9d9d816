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
-- updated_at: when the newest figure was received. Source: {database}.capacity_known_at.
-- Rules: Helsedirektoratet's published daily figures of admitted patients (08:00, four days, last figure carried forward).
WITH
    toDate32(parseDateTimeBestEffort({from:String}, 'Europe/Oslo')) AS first_day,
    parseDateTime64BestEffort({known_at:String}, 3, 'UTC') AS moment,
    least(toDate32(parseDateTimeBestEffort({to:String}, 'Europe/Oslo')), toDate32(toTimeZone(moment, 'Europe/Oslo'))) AS last_day,
    (SELECT throwIf({level:String} NOT IN ('nation', 'region', 'trust', 'unit'), 'level is one of nation, region, trust, unit')) AS checked,
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
        FROM {database}.capacity_known_at(at = {known_at:String}) AS cells
        WHERE resource IN ('bed', 'icu_bed', 'intermediate_bed') AND day <= last_day
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
    days AS
    (
        SELECT
            reporter,
            unit,
            resource,
            category,
            arrayJoin(arrayMap(
                n -> toDate32(greatest(min(known.day), first_day - 6) + n),
                range(toUInt32(greatest(0, dateDiff('day', greatest(min(known.day), first_day - 6), last_day) + 1))))) AS day
        FROM known
        GROUP BY reporter, unit, resource, category
    ),
    filled AS
    (
        SELECT
            days.day AS date,
            days.reporter AS reporter,
            days.unit AS unit,
            days.resource AS resource,
            days.category AS category,
            known.day AS day,
            known.day != days.day AS carried,
            carried OR known.told_imputed AS is_imputed,
            assumeNotNull(known.occupied) AS occupied,
            own.admissions AS admissions,
            own.discharges AS discharges,
            known.region AS region,
            known.trust AS trust,
            known.unit_name AS unit_name,
            known.late AS late,
            known.repaired AS repaired,
            known.received_at AS received_at
        FROM days
        ASOF JOIN known
            ON days.reporter = known.reporter AND days.unit = known.unit AND days.resource = known.resource
            AND days.category = known.category AND days.day >= known.day
        LEFT JOIN figures AS own
            ON days.reporter = own.reporter AND days.unit = own.unit AND days.resource = own.resource
            AND days.category = own.category AND days.day = own.day
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
            if({level:String} = 'unit', argMax(filled.unit_name, filled.day), NULL) AS unit_name,
            filled.resource AS resource,
            filled.category AS category,
            sum(filled.occupied) AS occupied,
            countIf(NOT carried) AS units_reporting,
            count() AS units_expected,
            countIf(is_imputed) AS imputed,
            sumIf(filled.occupied, is_imputed) AS imputed_occupied,
            if(imputed = 0, NULL, maxIf(dateDiff('day', filled.day, date), is_imputed)) AS imputed_age_days,
            sumOrNull(filled.admissions) AS admissions,
            count(filled.admissions) AS admissions_units,
            sumOrNull(filled.discharges) AS discharges,
            count(filled.discharges) AS discharges_units,
            countIf(NOT carried AND filled.late) AS late,
            countIf(NOT carried AND filled.repaired) AS repaired,
            max(filled.received_at) AS updated_at
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
