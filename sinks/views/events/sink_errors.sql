-- Messages in outcome topics that could not be stored because they do not decode (not written by this product, or by
-- a newer release of it). A row is one such message; outcome_* are its coordinates, where it stays readable in Kafka.
-- Empty in a healthy system.
-- Source: the sink itself.
SELECT *
FROM log_sink_errors FINAL
