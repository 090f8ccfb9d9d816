-- What became of every raw event.
-- A row is one raw event (source coordinates) and outcome (accepted, rejected or duplicate). A correct system has one
-- row per raw event; a raw event with two outcomes shows as two rows.
-- event_id and reporter are null where they could not be read. codes: rule codes that were broken, severities beside
-- them in the same order (repair and warn for accepted events). known_at only for accepted events. Times are UTC.
-- Source: the logs of accepted, rejected and duplicate events.
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('accepted') AS outcome,
    toNullable(event_id) AS event_id,
    CAST(reporter, 'LowCardinality(Nullable(String))') AS reporter,
    reporter_name,
    toLowCardinality('episode') AS family,
    CAST(problems.code, 'Array(String)') AS codes,
    CAST(problems.severity, 'Array(String)') AS severities,
    toNullable(known_at) AS known_at,
    received_at,
    processed_at,
    inserted_at
FROM log_accepted_episode FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('accepted') AS outcome,
    toNullable(event_id) AS event_id,
    CAST(reporter, 'LowCardinality(Nullable(String))') AS reporter,
    reporter_name,
    toLowCardinality('movement') AS family,
    CAST(problems.code, 'Array(String)') AS codes,
    CAST(problems.severity, 'Array(String)') AS severities,
    toNullable(known_at) AS known_at,
    received_at,
    processed_at,
    inserted_at
FROM log_accepted_movement FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('accepted') AS outcome,
    toNullable(event_id) AS event_id,
    CAST(reporter, 'LowCardinality(Nullable(String))') AS reporter,
    reporter_name,
    toLowCardinality('referral') AS family,
    CAST(problems.code, 'Array(String)') AS codes,
    CAST(problems.severity, 'Array(String)') AS severities,
    toNullable(known_at) AS known_at,
    received_at,
    processed_at,
    inserted_at
FROM log_accepted_referral FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('accepted') AS outcome,
    toNullable(event_id) AS event_id,
    CAST(reporter, 'LowCardinality(Nullable(String))') AS reporter,
    reporter_name,
    toLowCardinality('service') AS family,
    CAST(problems.code, 'Array(String)') AS codes,
    CAST(problems.severity, 'Array(String)') AS severities,
    toNullable(known_at) AS known_at,
    received_at,
    processed_at,
    inserted_at
FROM log_accepted_service FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('accepted') AS outcome,
    toNullable(event_id) AS event_id,
    CAST(reporter, 'LowCardinality(Nullable(String))') AS reporter,
    reporter_name,
    toLowCardinality('consultation') AS family,
    CAST(problems.code, 'Array(String)') AS codes,
    CAST(problems.severity, 'Array(String)') AS severities,
    toNullable(known_at) AS known_at,
    received_at,
    processed_at,
    inserted_at
FROM log_accepted_consultation FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('accepted') AS outcome,
    toNullable(event_id) AS event_id,
    CAST(reporter, 'LowCardinality(Nullable(String))') AS reporter,
    reporter_name,
    toLowCardinality('capacity') AS family,
    CAST(problems.code, 'Array(String)') AS codes,
    CAST(problems.severity, 'Array(String)') AS severities,
    toNullable(known_at) AS known_at,
    received_at,
    processed_at,
    inserted_at
FROM log_accepted_capacity FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('rejected'),
    event_id,
    reporter,
    CAST(NULL, 'LowCardinality(Nullable(String))'),
    family,
    CAST(problems.code, 'Array(String)'),
    CAST(problems.severity, 'Array(String)'),
    NULL,
    received_at,
    processed_at,
    inserted_at
FROM log_rejected FINAL
UNION ALL
SELECT
    source_topic,
    source_partition,
    source_offset,
    toLowCardinality('duplicate'),
    event_id,
    reporter,
    CAST(NULL, 'LowCardinality(Nullable(String))'),
    family,
    CAST([], 'Array(String)'),
    CAST([], 'Array(String)'),
    NULL,
    received_at,
    processed_at,
    inserted_at
FROM log_duplicates FINAL
