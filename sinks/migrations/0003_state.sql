-- The state: of each subject (reporter and subject_id) the newest version, cancelled ones too.
--
-- It follows from the accepted events alone, by a rule that does not depend on their order or on how often one is
-- written: the row with the greatest `version` stays. `version` orders as revision (64 bits), known_at (48 bits,
-- milliseconds, moved to be positive) and source_offset (64 bits) do. So a materialized view may feed it from an input
-- that comes at least once: it adds nothing up.
-- No partitions: nothing of a subject but its name is sure to stay. Read it with FINAL.

-- up

CREATE TABLE IF NOT EXISTS state_episode
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864
EMPTY AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_episode;

CREATE MATERIALIZED VIEW IF NOT EXISTS state_episode_feed TO state_episode AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_episode;

-- what was stored before; what comes meanwhile comes twice, which changes nothing
INSERT INTO state_episode SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_episode;

CREATE TABLE IF NOT EXISTS state_movement
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864
EMPTY AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_movement;

CREATE MATERIALIZED VIEW IF NOT EXISTS state_movement_feed TO state_movement AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_movement;

-- what was stored before; what comes meanwhile comes twice, which changes nothing
INSERT INTO state_movement SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_movement;

CREATE TABLE IF NOT EXISTS state_referral
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864
EMPTY AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_referral;

CREATE MATERIALIZED VIEW IF NOT EXISTS state_referral_feed TO state_referral AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_referral;

-- what was stored before; what comes meanwhile comes twice, which changes nothing
INSERT INTO state_referral SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_referral;

CREATE TABLE IF NOT EXISTS state_service
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864
EMPTY AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_service;

CREATE MATERIALIZED VIEW IF NOT EXISTS state_service_feed TO state_service AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_service;

-- what was stored before; what comes meanwhile comes twice, which changes nothing
INSERT INTO state_service SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_service;

CREATE TABLE IF NOT EXISTS state_consultation
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864
EMPTY AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_consultation;

CREATE MATERIALIZED VIEW IF NOT EXISTS state_consultation_feed TO state_consultation AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_consultation;

-- what was stored before; what comes meanwhile comes twice, which changes nothing
INSERT INTO state_consultation SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_consultation;

CREATE TABLE IF NOT EXISTS state_capacity
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864
EMPTY AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_capacity;

CREATE MATERIALIZED VIEW IF NOT EXISTS state_capacity_feed TO state_capacity AS SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_capacity;

-- what was stored before; what comes meanwhile comes twice, which changes nothing
INSERT INTO state_capacity SELECT
    *,
    bitOr(
        bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112),
        bitOr(
            bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64),
            toUInt256(source_offset))) AS version
FROM log_accepted_capacity;

-- down

DROP TABLE IF EXISTS state_capacity_feed;
DROP TABLE IF EXISTS state_capacity;
DROP TABLE IF EXISTS state_consultation_feed;
DROP TABLE IF EXISTS state_consultation;
DROP TABLE IF EXISTS state_service_feed;
DROP TABLE IF EXISTS state_service;
DROP TABLE IF EXISTS state_referral_feed;
DROP TABLE IF EXISTS state_referral;
DROP TABLE IF EXISTS state_movement_feed;
DROP TABLE IF EXISTS state_movement;
DROP TABLE IF EXISTS state_episode_feed;
DROP TABLE IF EXISTS state_episode;
