-- The reference tables, as the warehouse process takes them from its home: of each release the rows first, under the hash
-- of the whole, then one row in `log_reference_loads`. Only that makes them current: of an attempt that was interrupted
-- nobody sees anything, and the same release again is the same rows. Earlier releases stay; they are small.

-- up

CREATE TABLE IF NOT EXISTS log_reference_municipalities
(
    hash            String,
    release         String,
    kommuneNr       String,
    name            String,
    county          String,
    county_name     Nullable(String),
    helsefellesskap Nullable(String),
    catchment_trust Nullable(String),
    population      Nullable(Int64),
    population_of   Nullable(Date32),
    inserted_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (hash, kommuneNr)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS log_reference_units
(
    hash                 String,
    release              String,
    orgnr                String,
    name                 String,
    kommuneNr            Nullable(String),
    hospital             Nullable(String),
    health_trust         Nullable(String),
    region               Nullable(String),
    latitude             Nullable(Float64),
    longitude            Nullable(Float64),
    catchment_population Nullable(Int64),
    inserted_at          DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (hash, orgnr)
SETTINGS non_replicated_deduplication_window = 10000;

-- sex and age_group: empty where the table does not tell them apart
CREATE TABLE IF NOT EXISTS log_reference_population
(
    hash          String,
    release       String,
    kommuneNr     String,
    sex           String,
    age_group     String,
    population    Int64,
    population_of Date32,
    inserted_at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (hash, kommuneNr, sex, age_group)
SETTINGS non_replicated_deduplication_window = 10000;

-- The newest counts.
CREATE TABLE IF NOT EXISTS log_reference_loads
(
    hash        String,
    release     String,
    loaded_at   DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY loaded_at
SETTINGS non_replicated_deduplication_window = 10000;

-- down

DROP TABLE IF EXISTS log_reference_loads;
DROP TABLE IF EXISTS log_reference_population;
DROP TABLE IF EXISTS log_reference_units;
DROP TABLE IF EXISTS log_reference_municipalities;
