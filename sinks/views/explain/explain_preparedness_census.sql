-- The reports behind a unit's figures of preparedness_census on a date, as known at a time:
-- explain_preparedness_census(unit = 'U', at = '2026-05-13', known_at = '2026-05-14 11:00:00').
-- A row is an event. role: figure (its occupied is the unit's figure), carried_forward (it is the figure because the unit
-- has none of its own for the date), other_report (of the same day, further from 08:00, or of the same time and known
-- earlier), unknown (it says that the figure is not known), replaced (an earlier version of the figure). patients: its
-- occupied.
-- Columns as of explain_preparedness_occupancy; what: resource, category and the date that was counted.
-- Source: capacity_known_at and accepted_capacity.
WITH
    toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo')) AS date,
    reports AS
    (
        SELECT
            *,
            toDate32(toTimeZone(as_of, 'Europe/Oslo')) AS counted_on,
            row_number() OVER (
                PARTITION BY reporter, resource, category, counted_on
                ORDER BY
                    abs(dateDiff('millisecond', as_of, addDays(toStartOfDay(toTimeZone(as_of, 'Europe/Oslo')), 1) - toIntervalHour(16))),
                    as_of,
                    known_at DESC,
                    subject_id) AS nearness
        FROM {database}.capacity_known_at(at = {known_at:String})
        WHERE unit = {unit:String} AND resource IN ('bed', 'icu_bed', 'intermediate_bed') AND counted_on <= date
            -- a day that has not come has no figure
            AND date <= toDate32(toTimeZone(parseDateTime64BestEffort({known_at:String}, 3, 'UTC'), 'Europe/Oslo'))
    ),
    figures AS
    (
        SELECT reporter, resource, category, max(counted_on) AS counted_on
        FROM reports
        WHERE nearness = 1 AND occupied IS NOT NULL
        GROUP BY reporter, resource, category
    ),
    told AS
    (
        SELECT
            multiIf(
                reports.counted_on = date AND nearness > 1, 'other_report',
                reports.counted_on = date AND occupied IS NULL, 'unknown',
                (reporter, resource, category, reports.counted_on) NOT IN figures OR nearness > 1, '',
                reports.counted_on = date, 'figure',
                'carried_forward') AS role,
            reports.* EXCEPT (counted_on, nearness)
        FROM reports
    )
SELECT
    role,
    occupied AS patients,
    'capacity' AS family,
    {coordinates()},
    concat(resource, ' ', category, ' ', toString(toDate32(toTimeZone(as_of, 'Europe/Oslo')))) AS what,
    CAST([], 'Array(String)') AS flags
FROM
(
    SELECT *
    FROM told
    WHERE role != ''
    UNION ALL
    SELECT 'replaced', *
    FROM {database}.accepted_capacity
    WHERE
        known_at <= parseDateTime64BestEffort({known_at:String}, 3, 'UTC')
        AND (reporter, subject_id) IN (SELECT reporter, subject_id FROM told WHERE role IN ('figure', 'carried_forward'))
        AND event_id NOT IN (SELECT event_id FROM told WHERE role IN ('figure', 'carried_forward'))
)
