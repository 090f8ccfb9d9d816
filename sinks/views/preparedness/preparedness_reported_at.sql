-- What units themselves said of their beds at a time: preparedness_reported_at(at = '2026-05-13 08:00:00').
-- A row is a snapshot that counts: the newest before that time of each reporter, unit, resource (bed, icu_bed,
-- intermediate_bed) and category, not older than 28 days. Categories overlap: a unit's figure for category all counts, else
-- those by age (adult, child, neonatal), else those by sector (somatic, psych, tsb), never covid. Columns as of
-- capacity_current; age_minutes: from the snapshot to the time. Figures that nobody counted (origin derived or imputed) are
-- none of the unit's own and do not count here. at: UTC, as text or DateTime64. Source: capacity_current.
WITH
    parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment,
    -- which it is first: sorting whole snapshots costs ten times as much
    newest AS
    (
        SELECT
            reporter,
            argMin(
                cells.subject_id,
                (-toUnixTimestamp64Milli(cells.as_of), -toUnixTimestamp64Milli(cells.known_at), cells.subject_id)) AS subject_id
        FROM {capacity} AS cells
        WHERE cells.as_of <= moment AND cells.as_of > moment - toIntervalDay(28)
            AND resource IN ('bed', 'icu_bed', 'intermediate_bed') AND origin NOT IN ('derived', 'imputed')
        GROUP BY reporter, unit, resource, category
    ),
    snapshots AS
    (
        SELECT *
        FROM {capacity}
        WHERE (reporter, subject_id) IN (SELECT newest.reporter, newest.subject_id FROM newest)
    ),
    with_total AS (SELECT reporter, unit, resource FROM snapshots WHERE category = 'all'),
    by_age AS (SELECT reporter, unit, resource FROM snapshots WHERE category IN ('adult', 'child', 'neonatal'))
SELECT *, dateDiff('minute', as_of, moment) AS age_minutes
FROM snapshots
WHERE category = 'all'
    OR ((reporter, unit, resource) NOT IN with_total AND category IN ('adult', 'child', 'neonatal'))
    OR ((reporter, unit, resource) NOT IN with_total AND (reporter, unit, resource) NOT IN by_age
        AND category IN ('somatic', 'psych', 'tsb'))
