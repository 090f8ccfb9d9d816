-- The daily census with what to expect of it: how much such a figure was usually corrected later.
-- preparedness_census_expected(level = 'region', from = '2026-03-01', to = '2026-03-31', known_at = '2026-04-01 11:00:00')
-- A row is a row of preparedness_census, with the same parameters, and:
-- lag_days: from the date to the day of known_at (Norwegian time). past_days: earlier days of the same organisation,
-- resource and category whose figure at that lag, and the newest one after 14 days or more, are known.
-- expected_change: newest − then, on average of these days (patients; positive: figures grow); expected_low and
-- expected_high: its 10th and 90th percentile. They are null with fewer than 10 past days, and after 14 days.
-- They count the units that had a figure at that lag: what a unit that is carried forward will report is not foreseen
-- (imputed says how many). A figure of a lag is that of the end of that day; in the morning some more may come.
-- Source: preparedness_census, preparedness_revisions_known_at.
WITH
    toDate32(toTimeZone(parseDateTime64BestEffort({known_at:String}, 3, 'UTC'), 'Europe/Oslo')) AS today,
    past AS
    (
        SELECT
            if({level:String} = 'nation', '', ifNull(triangle.region, '')) AS in_region,
            if({level:String} IN ('nation', 'region'), '', ifNull(triangle.trust, '')) AS in_trust,
            if({level:String} = 'unit', ifNull(triangle.reporter, ''), '') AS of_reporter,
            if({level:String} = 'unit', ifNull(triangle.unit, ''), '') AS of_unit,
            triangle.resource AS resource,
            triangle.category AS category,
            triangle.lag_days AS lag_days,
            sum(triangle.to_come) AS change
        FROM {database}.preparedness_revisions_known_at(at = {known_at:String}) AS triangle
        WHERE triangle.date + 14 <= today AND triangle.to_come IS NOT NULL
        GROUP BY triangle.date, in_region, in_trust, of_reporter, of_unit, resource, category, lag_days
    ),
    usual AS
    (
        SELECT
            in_region,
            in_trust,
            of_reporter,
            of_unit,
            resource,
            category,
            toInt64(lag_days) AS lag,
            count() AS past_days,
            avg(change) AS mean_change,
            quantileExactInclusive(0.1)(change) AS low,
            quantileExactInclusive(0.9)(change) AS high
        FROM past
        GROUP BY in_region, in_trust, of_reporter, of_unit, resource, category, lag
    )
SELECT
    census.date AS date,
    census.region AS region,
    census.trust AS trust,
    census.reporter AS reporter,
    census.unit AS unit,
    census.unit_name AS unit_name,
    census.resource AS resource,
    census.category AS category,
    census.occupied AS occupied,
    census.units_reporting AS units_reporting,
    census.units_expected AS units_expected,
    census.imputed AS imputed,
    census.imputed_age_days AS imputed_age_days,
    census.complete AS complete,
    dateDiff('day', census.date, today) AS lag_days,
    usual.past_days AS past_days,
    if(usual.past_days < 10, NULL, usual.mean_change) AS expected_change,
    if(usual.past_days < 10, NULL, usual.low) AS expected_low,
    if(usual.past_days < 10, NULL, usual.high) AS expected_high,
    census.updated_at AS updated_at,
    census.as_known_at AS as_known_at
FROM {database}.preparedness_census(level = {level:String}, `from` = {from:String}, `to` = {to:String}, known_at = {known_at:String}) AS census
LEFT JOIN usual
    ON usual.in_region = ifNull(census.region, '') AND usual.in_trust = ifNull(census.trust, '')
    AND usual.of_reporter = ifNull(census.reporter, '') AND usual.of_unit = ifNull(census.unit, '')
    AND usual.resource = census.resource AND usual.category = census.category
    AND usual.lag = dateDiff('day', census.date, today)
