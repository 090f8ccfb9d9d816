-- Indexes of the state on the places that questions name: a region, a trust, a municipality that provides.
--
-- The state is ordered by reporter, and a reporter is of one trust, so blocks of 8192 rows that hold nothing of a place
-- are many once a reporter has some hundred rows. With FINAL the engine reads, beside the blocks that an index chooses, all
-- others that could hold another version of the same subjects (use_skip_indexes_if_final_exact_mode): what is read stays
-- exact when a subject has moved from one trust to another. An index of the kind `set` leaves out nothing of such columns
-- (LowCardinality(Nullable(String)), 26.9), a Bloom filter does.

-- up

ALTER TABLE state_episode ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_episode MATERIALIZE INDEX region;

ALTER TABLE state_episode ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_episode MATERIALIZE INDEX health_trust;

ALTER TABLE state_movement ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_movement MATERIALIZE INDEX region;

ALTER TABLE state_movement ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_movement MATERIALIZE INDEX health_trust;

ALTER TABLE state_referral ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_referral MATERIALIZE INDEX region;

ALTER TABLE state_referral ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_referral MATERIALIZE INDEX health_trust;

ALTER TABLE state_service ADD INDEX IF NOT EXISTS kommuneNr kommuneNr TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_service MATERIALIZE INDEX kommuneNr;

ALTER TABLE state_consultation ADD INDEX IF NOT EXISTS kommuneNr kommuneNr TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_consultation MATERIALIZE INDEX kommuneNr;

ALTER TABLE state_capacity ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_capacity MATERIALIZE INDEX region;

ALTER TABLE state_capacity ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_capacity MATERIALIZE INDEX health_trust;

-- down

ALTER TABLE state_capacity DROP INDEX IF EXISTS health_trust;
ALTER TABLE state_capacity DROP INDEX IF EXISTS region;
ALTER TABLE state_consultation DROP INDEX IF EXISTS kommuneNr;
ALTER TABLE state_service DROP INDEX IF EXISTS kommuneNr;
ALTER TABLE state_referral DROP INDEX IF EXISTS health_trust;
ALTER TABLE state_referral DROP INDEX IF EXISTS region;
ALTER TABLE state_movement DROP INDEX IF EXISTS health_trust;
ALTER TABLE state_movement DROP INDEX IF EXISTS region;
ALTER TABLE state_episode DROP INDEX IF EXISTS health_trust;
ALTER TABLE state_episode DROP INDEX IF EXISTS region;
