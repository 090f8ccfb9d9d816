-- What differs between the closed and the running figures of closed days of {group} views, and why.
-- A row is day, daily view, grain (its text and date columns as JSON) and column, where the two figures differ.
-- closed_value, value: the figure when closed and now; null where there was or is no such row, or it is unknown.
-- difference: value less closed_value, null taken as 0. late, amended, cancelled: accepted events of the families the
-- view reads, received after closed_at, that concern that day (count; of the whole day, not of the row alone). late: the
-- first version of its subject. changed_at: when the last of them was received, null without any. An event concerns the
-- days of register_events: on which a version of its subject happened, and those that a stay lasted or a figure was carried.
-- Compared are the numeric columns that the view had when it closed; counts are exact to 2^53. Not covered: columns of
-- times and lists, days that are not closed, events received before closed_at and stored after it (closes.input_ranges
-- tells them), a key that is a number (rows that differ in it alone are added up). A label that changed (a name) shows
-- as one row that went and one that came.
-- A withdrawn referral period changes the days of its episodes and is counted on none of them: npr_cancelled_with_period.
-- A question should name its days: each closed day is worked out anew. Of a day before the first one that was closed, closed
-- by hand later, what a carried figure or a stay changed has no event here.
-- Source: {figures}, register_events, closes.
SELECT
    changed.day AS day,
    changed.view AS view,
    changed.grain AS grain,
    changed.column AS column,
    changed.closed_value AS closed_value,
    changed.value AS value,
    changed.difference AS difference,
    ifNull(why.late, 0) AS late,
    ifNull(why.amended, 0) AS amended,
    ifNull(why.cancelled, 0) AS cancelled,
    why.changed_at AS changed_at,
    changed.day_closed_at AS closed_at
FROM
(
    SELECT
        figures.day AS day,
        figures.view AS view,
        grain,
        figure.1 AS column,
        sumOrNullIf(figure.2, is_closed) AS closed_value,
        sumOrNullIf(figure.2, NOT is_closed) AS value,
        ifNull(value, 0) - ifNull(closed_value, 0) AS difference,
        max(closes.closed_at) AS day_closed_at
    FROM {figures} AS figures
    INNER JOIN closes ON closes.day = figures.day AND closes.view = figures.view
    ARRAY JOIN arrayFilter(one -> has(closes.columns, one.1), figures) AS figure
    GROUP BY day, view, grain, column
    HAVING closed_value IS DISTINCT FROM value
) AS changed
LEFT JOIN
(
    SELECT
        closes.day AS day,
        closes.view AS view,
        countIf(kind = 'late') AS late,
        countIf(kind = 'amended') AS amended,
        countIf(kind = 'cancelled') AS cancelled,
        toNullable(max(events.received_at)) AS changed_at
    FROM
    (
        SELECT family, received_at, kind, arrayJoin(days) AS day
        FROM register_events
        WHERE received_at > (SELECT min(closed_at) FROM closes)
    ) AS events
    INNER JOIN closes ON closes.day = events.day
    INNER JOIN (SELECT DISTINCT view, arrayJoin(families) AS family FROM closed_view_families) AS reads
        ON reads.view = closes.view AND reads.family = events.family
    WHERE events.received_at > closes.closed_at
    GROUP BY day, view
) AS why ON why.day = changed.day AND why.view = changed.view
