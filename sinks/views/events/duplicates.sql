-- Events whose event_id had been accepted before at other coordinates (first_partition, first_offset).
-- A row is one raw event. Times are UTC.
-- Source: topic duplicates; outcome_* say where in it.
SELECT *
FROM log_duplicates FINAL
