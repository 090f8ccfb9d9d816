-- The reporting-delay triangle: what each unit's figure for a day was, as known on that day and on the 14 days after.
-- A row is a date, unit, resource, category and lag_days (0 to 14); days that have not come yet have no row.
-- known_on: date + lag_days. occupied: the figure known at the end of that day (24:00, Norwegian time); null when none
-- was, or it was unknown. change: against the figure of the day before, null where one of them is unknown: rows with a
-- change other than 0 are the revised cells. final: the newest figure. to_come: final − occupied.
-- Of several reports in a day that nearest to 08:00 counts, of several of one time that known last, as in
-- preparedness_census. Nothing is carried forward here: sum over units with a look at the nulls.
-- Source: accepted_capacity, every version.
WITH
    versions AS
    (
        SELECT
            reporter,
            subject_id,
            -- the newest is the greatest, as in capacity_current
            arraySort(groupArray(tuple(
                revision, known_at, source_offset, outcome_offset, if(action = 'cancel', NULL, occupied), action != 'cancel',
                region, coalesce(health_trust, reporter_name, reporter), unit_name,
                (unit, resource, category, toDate32(toTimeZone(as_of, 'Europe/Oslo'))), as_of))) AS told
        FROM {database}.accepted_capacity
        WHERE known_at <= {now}
        GROUP BY reporter, subject_id
    ),
    lagged AS
    (
        SELECT
            reporter,
            subject_id,
            -- a version may move the figure to another unit or day: each place it ever had has its row
            arrayJoin(arrayDistinct(told.10)) AS cell,
            cell.1 AS unit,
            cell.2 AS resource,
            cell.3 AS category,
            cell.4 AS date,
            -- 15: what is known of it now
            arrayJoin(range(16)) AS lag_days,
            toDateTime64(concat(toString(date + lag_days + 1), ' 00:00:00'), 3, 'Europe/Oslo') AS day_ends,
            arrayFilter(version -> lag_days = 15 OR version.2 < day_ends, told)[-1] AS seen,
            seen.6 AND seen.10 = cell AS counts,
            if(counts, seen.5, NULL) AS figure,
            told[-1] AS newest
        FROM versions
        WHERE resource IN ('bed', 'icu_bed', 'intermediate_bed') AND date <= toDate32(toTimeZone({now}, 'Europe/Oslo'))
            AND (lag_days = 15 OR date + lag_days <= toDate32(toTimeZone({now}, 'Europe/Oslo')))
    ),
    figures AS
    (
        SELECT *
        FROM lagged
        ORDER BY
            counts DESC, -- a report that is there before one that is not, or was cancelled, or moved away
            abs(dateDiff('millisecond', seen.11, addDays(toStartOfDay(toTimeZone(seen.11, 'Europe/Oslo')), 1) - toIntervalHour(16))),
            seen.11,
            seen.2 DESC,
            subject_id
        LIMIT 1 BY reporter, unit, resource, category, date, lag_days
    )
SELECT *
FROM
(
    SELECT
        date,
        newest.7 AS region,
        newest.8 AS trust,
        reporter,
        unit,
        newest.9 AS unit_name,
        resource,
        category,
        toUInt8(figures.lag_days) AS lag_days,
        date + figures.lag_days AS known_on,
        figure AS occupied,
        occupied - max(figure) OVER before AS change,
        maxIf(figure, figures.lag_days = 15) OVER whole AS final,
        final - occupied AS to_come
    FROM figures
    WINDOW
        before AS (PARTITION BY reporter, unit, resource, category, date ORDER BY figures.lag_days ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING),
        whole AS (PARTITION BY reporter, unit, resource, category, date)
)
WHERE lag_days < 15
