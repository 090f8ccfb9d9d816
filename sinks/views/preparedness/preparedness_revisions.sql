-- The reporting-delay triangle: what each unit's figure for a day was, as known on that day and on the 14 days after.
-- A row is a date, unit, resource, category and lag_days (0 to 14); days that have not come yet have no row.
-- known_on: date + lag_days. occupied: the figure known at the end of that day (24:00, Norwegian time); null when none
-- was, or it was unknown. change: against the figure of the day before, null where one of them is unknown: rows with a
-- change other than 0 are the revised cells. final: the newest figure. to_come: final − occupied.
-- Of several reports in a day that nearest to 08:00 counts, as in preparedness_census. Nothing is carried forward here:
-- sum over units with a look at the nulls. Source: accepted_capacity, every version.
WITH
    versions AS
    (
        SELECT
            reporter,
            unit,
            resource,
            category,
            subject_id,
            max(as_of) AS counted_at,
            -- the newest is the greatest, as in capacity_current
            arraySort(groupArray(tuple(
                revision, known_at, source_offset, outcome_offset, if(action = 'cancel', NULL, occupied), action != 'cancel',
                region, coalesce(health_trust, reporter_name, reporter), unit_name))) AS told
        FROM {database}.accepted_capacity
        WHERE resource IN ('bed', 'icu_bed', 'intermediate_bed') AND known_at <= {now}
        GROUP BY reporter, unit, resource, category, subject_id
    ),
    lagged AS
    (
        SELECT
            toDate32(toTimeZone(counted_at, 'Europe/Oslo')) AS date,
            told[-1].7 AS region,
            told[-1].8 AS trust,
            reporter,
            unit,
            told[-1].9 AS unit_name,
            resource,
            category,
            counted_at,
            arrayJoin(range(15)) AS lag_days,
            toDateTime64(concat(toString(date + lag_days + 1), ' 00:00:00'), 3, 'Europe/Oslo') AS day_ends,
            arrayFilter(version -> version.2 < day_ends, told)[-1] AS seen,
            told[-1].5 AS final
        FROM versions
        WHERE date + lag_days <= toDate32(toTimeZone({now}, 'Europe/Oslo'))
    ),
    figures AS
    (
        SELECT *
        FROM lagged
        ORDER BY
            seen.6 DESC, -- a report that is there before one that is not, or was cancelled
            abs(toInt32(toHour(toTimeZone(counted_at, 'Europe/Oslo')) * 60 + toMinute(counted_at)) - 480),
            counted_at
        LIMIT 1 BY reporter, unit, resource, category, date, lag_days
    )
SELECT
    date,
    region,
    trust,
    reporter,
    unit,
    unit_name,
    resource,
    category,
    toUInt8(lag_days) AS lag_days,
    date + lag_days AS known_on,
    seen.5 AS occupied,
    occupied - max(seen.5) OVER before AS change,
    final,
    final - occupied AS to_come
FROM figures
WINDOW before AS (PARTITION BY reporter, unit, resource, category, date ORDER BY lag_days ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)
