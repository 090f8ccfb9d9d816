-- What was answered to the senders: for one reporter and batch, how many events had which outcome, the ids accepted,
-- and one entry for every event that was repaired, warned of, rejected or a duplicate.
-- A row is one receipt (receipt_id, the same after a replay). Times are UTC.
-- Source: topic receipts; outcome_* say where in it.
SELECT *
FROM log_receipts FINAL
