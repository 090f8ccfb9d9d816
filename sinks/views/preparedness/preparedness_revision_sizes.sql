-- How much a figure still changes: the usual later correction of a day's figure, by the days it has been known.
-- A row is resource, category and lag_days (0 to 14), over all units and the days that have been known for 14 days.
-- figures: unit-days with a figure at that lag and a newest one. changed_share: of these, those that changed later.
-- mean_to_come: newest − then, on average (patients; positive: figures grow). typical, large: median and 90th percentile
-- of its size without sign. share_of_newest: sum of the figures then ÷ sum of the newest.
-- So today's figure comes with what to expect of it: join on lag_days. missing: unit-days that had no figure yet.
-- Source: preparedness_revisions.
SELECT
    resource,
    category,
    lag_days,
    countIf(triangle.to_come IS NOT NULL) AS figures,
    countIf(triangle.occupied IS NULL AND triangle.final IS NOT NULL) AS missing,
    if(figures = 0, NULL, countIf(triangle.to_come != 0) / figures) AS changed_share,
    avg(triangle.to_come) AS mean_to_come,
    quantileExactInclusive(0.5)(abs(triangle.to_come)) AS typical,
    quantileExactInclusive(0.9)(abs(triangle.to_come)) AS large,
    sumIf(triangle.occupied, triangle.final IS NOT NULL) / nullIf(sumIf(triangle.final, triangle.occupied IS NOT NULL), 0) AS share_of_newest
FROM {preparedness_revisions} AS triangle
WHERE triangle.date + 14 <= toDate32(toTimeZone({now}, 'Europe/Oslo'))
GROUP BY resource, category, lag_days
