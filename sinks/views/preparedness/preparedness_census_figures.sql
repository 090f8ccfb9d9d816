-- The figures of the official daily census, unit by unit, and the days for which each counts.
-- A row is a day on which a unit reported (reporter, unit, resource, category), once it has said how many patients it has:
-- of several reports of the day the one nearest to 08:00, of several of one time the one known last. It counts from its day
-- until `until`: the last day before the unit's next report, or today. counted_on: the day of the figure in force then, which
-- is an earlier one where the report does not tell its patients. occupied, region, trust, unit_name, late, told_imputed,
-- repaired and updated_at are of that figure. late: changed after the four following days in which it may be corrected
-- (CAP-03); told_imputed: the unit calls it imputed (origin); repaired: a rule set a field of it to null or -1.
-- admissions, discharges: of the report's own day, in the 24 hours before; flows are not carried forward.
-- as_known_at: the time of which the row tells. Source: {capacity}.
-- Rules: Helsedirektoratet's published daily figures of admitted patients (08:00, four days, last figure carried forward).
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    reports AS
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
    )
SELECT
    figures.region AS region,
    assumeNotNull(figures.trust) AS trust,
    reporter,
    unit,
    figures.unit_name AS unit_name,
    resource,
    category,
    day,
    until,
    assumeNotNull(figures.counted_on) AS counted_on,
    assumeNotNull(figures.occupied) AS occupied,
    admissions,
    discharges,
    late,
    told_imputed,
    repaired,
    updated_at,
    {now} AS as_known_at
FROM
(
    SELECT
        reporter,
        unit,
        resource,
        category,
        day,
        admissions,
        discharges,
        toDate32(ifNull(min(toNullable(reports.day)) OVER next - 1, today)) AS until,
        -- in tuples, for argMax passes over nulls
        maxIfOrNull(reports.day, reports.occupied IS NOT NULL) OVER so_far AS counted_on,
        tupleElement(argMaxIf(tuple(reports.occupied), reports.day, reports.occupied IS NOT NULL) OVER so_far, 1) AS occupied,
        tupleElement(argMaxIf(tuple(reports.region), reports.day, reports.occupied IS NOT NULL) OVER so_far, 1) AS region,
        argMaxIf(reports.trust, reports.day, reports.occupied IS NOT NULL) OVER so_far AS trust,
        tupleElement(argMaxIf(tuple(reports.unit_name), reports.day, reports.occupied IS NOT NULL) OVER so_far, 1) AS unit_name,
        argMaxIf(reports.late, reports.day, reports.occupied IS NOT NULL) OVER so_far AS late,
        argMaxIf(reports.told_imputed, reports.day, reports.occupied IS NOT NULL) OVER so_far AS told_imputed,
        argMaxIf(reports.repaired, reports.day, reports.occupied IS NOT NULL) OVER so_far AS repaired,
        argMaxIf(reports.received_at, reports.day, reports.occupied IS NOT NULL) OVER so_far AS updated_at
    FROM reports
    WINDOW
        so_far AS (PARTITION BY reporter, unit, resource, category ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        next AS (PARTITION BY reporter, unit, resource, category ORDER BY day ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING)
) AS figures
-- a report that does not tell its patients has the figure before it; where there is none, none
WHERE figures.counted_on IS NOT NULL
