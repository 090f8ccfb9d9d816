-- Events that were not accepted, with all their problems (rule code, severity, field, what to do).
-- A row is one raw event. event_id and reporter are null where they could not be read.
-- The content is not here: it stays in the raw topic at the source coordinates. Times are UTC.
-- Source: topic rejected; outcome_* say where in it.
SELECT *
FROM log_rejected FINAL
