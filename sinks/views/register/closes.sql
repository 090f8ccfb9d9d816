-- The daily close: which days are closed, and what each closed figure rests on.
-- A row is one closed day (Norwegian calendar) and daily view. It never changes: of a day that was closed twice at the
-- same time by two processes, the close that was stored first counts.
-- rows: rows of the view on that day (count), 0 when there was no event. hash: SHA-256 of these rows as JSON, sorted, one
-- a line. columns: the view's columns then. input_ranges: by outcome topic and partition, the first and last offset that
-- the warehouse had stored. rules_releases, reference_releases: those under which the day's accepted events were judged.
-- closed_at: when it was closed (UTC).
-- Source: the daily close (06:00 Europe/Oslo, or `helsepuls close`).
SELECT
    day,
    view,
    closes.closed_at AS closed_at,
    rows,
    hash,
    columns,
    input_ranges,
    rules_releases,
    reference_releases
FROM log_closes AS closes FINAL
WHERE (day, closes.closed_at) IN
(
    SELECT day, argMin(log_closes.closed_at, (log_closes.inserted_at, log_closes.closed_at)) FROM log_closes GROUP BY day
)
LIMIT 1 BY day, view
