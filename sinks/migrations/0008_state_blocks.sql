-- Smaller blocks of the state: 1024 rows instead of 8192.
--
-- With FINAL the engine reads, beside the blocks that an index chooses, all others that could hold another version of the
-- same subjects. In blocks of 8192 rows there are several reporters, so of one trust or municipality it read blocks of
-- nearly all; in smaller ones it reads little else than what was asked for. What reads everything takes no longer, nor does
-- what is stored take more room.
-- Every table is made anew from itself and replaced at once; what was stored beside a server meanwhile comes again from
-- the logs, which changes nothing that is there.

-- up

CREATE OR REPLACE TABLE state_episode
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024
AS SELECT * FROM state_episode;

ALTER TABLE state_episode ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_episode MATERIALIZE INDEX region;

ALTER TABLE state_episode ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_episode MATERIALIZE INDEX health_trust;

INSERT INTO state_episode SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_episode
WHERE inserted_at >= (SELECT max(inserted_at) - toIntervalHour(1) FROM state_episode);

CREATE OR REPLACE TABLE state_movement
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024
AS SELECT * FROM state_movement;

ALTER TABLE state_movement ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_movement MATERIALIZE INDEX region;

ALTER TABLE state_movement ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_movement MATERIALIZE INDEX health_trust;

INSERT INTO state_movement SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_movement
WHERE inserted_at >= (SELECT max(inserted_at) - toIntervalHour(1) FROM state_movement);

CREATE OR REPLACE TABLE state_referral
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024
AS SELECT * FROM state_referral;

ALTER TABLE state_referral ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_referral MATERIALIZE INDEX region;

ALTER TABLE state_referral ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_referral MATERIALIZE INDEX health_trust;

INSERT INTO state_referral SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_referral
WHERE inserted_at >= (SELECT max(inserted_at) - toIntervalHour(1) FROM state_referral);

CREATE OR REPLACE TABLE state_service
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024
AS SELECT * FROM state_service;

ALTER TABLE state_service ADD INDEX IF NOT EXISTS kommuneNr kommuneNr TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_service MATERIALIZE INDEX kommuneNr;

INSERT INTO state_service SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_service
WHERE inserted_at >= (SELECT max(inserted_at) - toIntervalHour(1) FROM state_service);

CREATE OR REPLACE TABLE state_consultation
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024
AS SELECT * FROM state_consultation;

ALTER TABLE state_consultation ADD INDEX IF NOT EXISTS kommuneNr kommuneNr TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_consultation MATERIALIZE INDEX kommuneNr;

INSERT INTO state_consultation SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_consultation
WHERE inserted_at >= (SELECT max(inserted_at) - toIntervalHour(1) FROM state_consultation);

CREATE OR REPLACE TABLE state_capacity
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024
AS SELECT * FROM state_capacity;

ALTER TABLE state_capacity ADD INDEX IF NOT EXISTS region region TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_capacity MATERIALIZE INDEX region;

ALTER TABLE state_capacity ADD INDEX IF NOT EXISTS health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE state_capacity MATERIALIZE INDEX health_trust;

INSERT INTO state_capacity SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_capacity
WHERE inserted_at >= (SELECT max(inserted_at) - toIntervalHour(1) FROM state_capacity);

-- down

-- larger blocks hold the same
SELECT 1;
