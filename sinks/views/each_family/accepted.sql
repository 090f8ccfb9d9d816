-- Accepted events of this family, every version.
-- A row is one raw event; its source coordinates identify it, and an outcome written twice is still one row.
-- known_at: from when the content counts as known (declared by the sender of a backfill, else when it was received).
-- Times are UTC. Null is unknown. Source: topic accepted.{family}; outcome_* say where in it.
SELECT *
FROM log_accepted_{family} FINAL
