-- The daily close: the rows of every daily view as they stood when their day was closed.
--
-- Rows are text (one JSON object each), so that a view may gain a column and its closed days stay as they are. They are
-- named by the hash of the content that they belong to, and count only when `log_closes` has that hash: an attempt that
-- was interrupted leaves rows that nobody sees, and the same content again is the same rows.

-- up

CREATE TABLE IF NOT EXISTS log_closed_rows
(
    day         Date32,
    view        LowCardinality(String),
    hash        String,
    row_number  UInt32,
    content     String,
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (view, day, hash, row_number)
SETTINGS non_replicated_deduplication_window = 10000;

-- Every view of a day comes in one insert; the first one counts.
CREATE TABLE IF NOT EXISTS log_closes
(
    day                Date32,
    view               LowCardinality(String),
    closed_at          DateTime64(3, 'UTC'),
    rows               UInt64,
    hash               String,
    columns            Array(String),
    input_ranges       Array(Tuple(topic String, partition Int32, first_offset Int64, last_offset Int64)),
    rules_releases     Array(String),
    reference_releases Array(String),
    inserted_at        DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (day, view, closed_at, hash)
SETTINGS non_replicated_deduplication_window = 10000;

-- down

DROP TABLE IF EXISTS log_closes;
DROP TABLE IF EXISTS log_closed_rows;
