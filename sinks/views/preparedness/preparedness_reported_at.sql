-- What units themselves said of their beds at a time: preparedness_reported_at(at = '2026-05-13 08:00:00').
-- A row is a snapshot that counts: the newest before that time of each reporter, unit, resource (bed, icu_bed,
-- intermediate_bed) and category; a unit's figure for category all, else its categories without covid. Columns as of
-- capacity_current; age_minutes: from the snapshot to the time. at: UTC, as text or DateTime64. Source: capacity_current.
WITH
    parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment,
    snapshots AS
    (
        SELECT *
        FROM {capacity}
        WHERE as_of <= moment AND resource IN ('bed', 'icu_bed', 'intermediate_bed')
        ORDER BY as_of DESC
        LIMIT 1 BY reporter, unit, resource, category
    ),
    with_total AS (SELECT reporter, unit, resource FROM snapshots WHERE category = 'all')
SELECT *, dateDiff('minute', as_of, moment) AS age_minutes
FROM snapshots
WHERE category = 'all' OR (category != 'covid' AND (reporter, unit, resource) NOT IN with_total)
