-- The logs: every outcome message as it was written, one table per topic (the accepted events: per family).
--
-- Row identity is the coordinates of the raw event, so that an outcome written twice is one row: ReplacingMergeTree,
-- newest outcome offset wins. It replaces within a partition only; a correction is an event of its own with its own
-- coordinates, and the month in which a raw event was received never changes.
-- Accepted events lie in the order of reporter and subject: the current state of a subject is read in that order.
-- Inserts of one range of offsets carry a token; without a deduplication window of its own a table would ignore it.
-- Parts stay compact up to 64 MB: about 75 columns in files of their own would cost more than the rows in them.

-- up

CREATE TABLE IF NOT EXISTS log_accepted_episode
(
    event_id             UUID,
    reporter             LowCardinality(String),
    system_vendor        LowCardinality(String),
    system_product       LowCardinality(String),
    system_version       LowCardinality(String),
    model_version        LowCardinality(String),
    sequence             Nullable(Int64),
    previous_event_id    Nullable(String),
    subject_id           String,
    revision             Int64,
    action               LowCardinality(String),
    occurred_at          DateTime64(3, 'UTC'),
    registered_at        DateTime64(3, 'UTC'),
    sent_at              DateTime64(3, 'UTC'),
    legal_basis          LowCardinality(String),
    declared_known_at    Nullable(DateTime64(3, 'UTC')),
    henvisningsperiodeID Nullable(String),
    unit                 LowCardinality(Nullable(String)),
    unit_name            LowCardinality(Nullable(String)),
    sector               LowCardinality(Nullable(String)),
    innDatoTid           Nullable(DateTime64(3, 'UTC')),
    utDatoTid            Nullable(DateTime64(3, 'UTC')),
    omsorgsniva          LowCardinality(Nullable(String)),
    innmateHast          LowCardinality(Nullable(String)),
    debitor              LowCardinality(Nullable(String)),
    komNrHjem            LowCardinality(Nullable(String)),
    bydel                LowCardinality(Nullable(String)),
    episodeFag           LowCardinality(Nullable(String)),
    fraSted              LowCardinality(Nullable(String)),
    tilSted              LowCardinality(Nullable(String)),
    inntilstand          LowCardinality(Nullable(String)),
    utTilstand           LowCardinality(Nullable(String)),
    kontaktType          LowCardinality(Nullable(String)),
    stedAktivitet        LowCardinality(Nullable(String)),
    polkonAktivitet      LowCardinality(Nullable(String)),
    epikriseDato         Nullable(Date32),
    fodselsar            Nullable(Int32),
    kjonn                LowCardinality(Nullable(String)),
    tidspunkter          Array(Tuple(typeTidspunkt LowCardinality(String), tidspunkt DateTime64(3, 'UTC'))),
    tilstander           Array(Tuple(tilstNr LowCardinality(Nullable(String)), kodeNr LowCardinality(Nullable(String)), akse LowCardinality(Nullable(String)), kodeverk LowCardinality(Nullable(String)), kodeVersjon LowCardinality(Nullable(String)), kodeVerdi LowCardinality(Nullable(String)))),
    prosedyrer           Array(Tuple(kodeverk LowCardinality(Nullable(String)), kodeVerdi LowCardinality(Nullable(String)), utfortDatoTid Nullable(DateTime64(3, 'UTC')))),
    source_topic         LowCardinality(String),
    source_partition     Int32,
    source_offset        Int64,
    received_at          DateTime64(3, 'UTC'),
    processed_at         DateTime64(3, 'UTC'),
    known_at             DateTime64(3, 'UTC'),
    patient_key          Nullable(String),
    patient_key_version  Nullable(Int32),
    prior_patient_key    Nullable(String),
    sex                  LowCardinality(Nullable(String)),
    birth_year           Nullable(Int32),
    age_years            Nullable(Int32),
    age_group            LowCardinality(Nullable(String)),
    home_municipality    LowCardinality(Nullable(String)),
    home_county          LowCardinality(Nullable(String)),
    catchment_trust      LowCardinality(Nullable(String)),
    catchment_hospital   LowCardinality(Nullable(String)),
    reporter_name        LowCardinality(Nullable(String)),
    health_trust         LowCardinality(Nullable(String)),
    region               LowCardinality(Nullable(String)),
    reference_release    LowCardinality(String),
    rules_release        LowCardinality(String),
    problems             Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String))),
    outcome_topic        LowCardinality(String),
    outcome_partition    Int32,
    outcome_offset       Int64,
    inserted_at          DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_accepted_movement
(
    event_id            UUID,
    reporter            LowCardinality(String),
    system_vendor       LowCardinality(String),
    system_product      LowCardinality(String),
    system_version      LowCardinality(String),
    model_version       LowCardinality(String),
    sequence            Nullable(Int64),
    previous_event_id   Nullable(String),
    subject_id          String,
    revision            Int64,
    action              LowCardinality(String),
    occurred_at         DateTime64(3, 'UTC'),
    registered_at       DateTime64(3, 'UTC'),
    sent_at             DateTime64(3, 'UTC'),
    legal_basis         LowCardinality(String),
    declared_known_at   Nullable(DateTime64(3, 'UTC')),
    episode_id          Nullable(String),
    movement_type       LowCardinality(String),
    unit                LowCardinality(Nullable(String)),
    unit_name           LowCardinality(Nullable(String)),
    tjenesteenhetID     LowCardinality(Nullable(String)),
    room                LowCardinality(Nullable(String)),
    bed                 LowCardinality(Nullable(String)),
    previous_ward       LowCardinality(Nullable(String)),
    previous_room       LowCardinality(Nullable(String)),
    previous_bed        LowCardinality(Nullable(String)),
    sector              LowCardinality(Nullable(String)),
    patient_class       LowCardinality(Nullable(String)),
    omsorgsniva         LowCardinality(Nullable(String)),
    innmateHast         LowCardinality(Nullable(String)),
    komNrHjem           LowCardinality(Nullable(String)),
    bydel               LowCardinality(Nullable(String)),
    innDatoTid          Nullable(DateTime64(3, 'UTC')),
    utDatoTid           Nullable(DateTime64(3, 'UTC')),
    source_topic        LowCardinality(String),
    source_partition    Int32,
    source_offset       Int64,
    received_at         DateTime64(3, 'UTC'),
    processed_at        DateTime64(3, 'UTC'),
    known_at            DateTime64(3, 'UTC'),
    patient_key         Nullable(String),
    patient_key_version Nullable(Int32),
    prior_patient_key   Nullable(String),
    sex                 LowCardinality(Nullable(String)),
    birth_year          Nullable(Int32),
    age_years           Nullable(Int32),
    age_group           LowCardinality(Nullable(String)),
    home_municipality   LowCardinality(Nullable(String)),
    home_county         LowCardinality(Nullable(String)),
    catchment_trust     LowCardinality(Nullable(String)),
    catchment_hospital  LowCardinality(Nullable(String)),
    reporter_name       LowCardinality(Nullable(String)),
    health_trust        LowCardinality(Nullable(String)),
    region              LowCardinality(Nullable(String)),
    reference_release   LowCardinality(String),
    rules_release       LowCardinality(String),
    problems            Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String))),
    outcome_topic       LowCardinality(String),
    outcome_partition   Int32,
    outcome_offset      Int64,
    inserted_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_accepted_referral
(
    event_id             UUID,
    reporter             LowCardinality(String),
    system_vendor        LowCardinality(String),
    system_product       LowCardinality(String),
    system_version       LowCardinality(String),
    model_version        LowCardinality(String),
    sequence             Nullable(Int64),
    previous_event_id    Nullable(String),
    subject_id           String,
    revision             Int64,
    action               LowCardinality(String),
    occurred_at          DateTime64(3, 'UTC'),
    registered_at        DateTime64(3, 'UTC'),
    sent_at              DateTime64(3, 'UTC'),
    legal_basis          LowCardinality(String),
    declared_known_at    Nullable(DateTime64(3, 'UTC')),
    henvisningsperiodeID Nullable(String),
    henvID               Nullable(String),
    unit                 LowCardinality(Nullable(String)),
    unit_name            LowCardinality(Nullable(String)),
    sector               LowCardinality(Nullable(String)),
    mottaksDato          Nullable(Date32),
    ansienDato           Nullable(Date32),
    henvType             LowCardinality(Nullable(String)),
    henvVurd             LowCardinality(Nullable(String)),
    henvFraTjeneste      LowCardinality(Nullable(String)),
    frittBehandlingsvalg LowCardinality(Nullable(String)),
    debitor              LowCardinality(Nullable(String)),
    komNrHjem            LowCardinality(Nullable(String)),
    bydel                LowCardinality(Nullable(String)),
    fagomrade            LowCardinality(Nullable(String)),
    vurdDato             Nullable(Date32),
    pakkeforlop          LowCardinality(Nullable(String)),
    tildeltDato          Nullable(Date32),
    rettTilHelsehjelp    LowCardinality(Nullable(String)),
    avvistKode           LowCardinality(Nullable(String)),
    fristStartBehandling Nullable(Date32),
    ventetidSluttDato    Nullable(Date32),
    ventetidSluttKode    LowCardinality(Nullable(String)),
    utsettelser          Array(Tuple(utsettKode LowCardinality(Nullable(String)), utsettDato Nullable(Date32))),
    source_topic         LowCardinality(String),
    source_partition     Int32,
    source_offset        Int64,
    received_at          DateTime64(3, 'UTC'),
    processed_at         DateTime64(3, 'UTC'),
    known_at             DateTime64(3, 'UTC'),
    patient_key          Nullable(String),
    patient_key_version  Nullable(Int32),
    prior_patient_key    Nullable(String),
    sex                  LowCardinality(Nullable(String)),
    birth_year           Nullable(Int32),
    age_years            Nullable(Int32),
    age_group            LowCardinality(Nullable(String)),
    home_municipality    LowCardinality(Nullable(String)),
    home_county          LowCardinality(Nullable(String)),
    catchment_trust      LowCardinality(Nullable(String)),
    catchment_hospital   LowCardinality(Nullable(String)),
    reporter_name        LowCardinality(Nullable(String)),
    health_trust         LowCardinality(Nullable(String)),
    region               LowCardinality(Nullable(String)),
    reference_release    LowCardinality(String),
    rules_release        LowCardinality(String),
    problems             Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String))),
    outcome_topic        LowCardinality(String),
    outcome_partition    Int32,
    outcome_offset       Int64,
    inserted_at          DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_accepted_service
(
    event_id            UUID,
    reporter            LowCardinality(String),
    system_vendor       LowCardinality(String),
    system_product      LowCardinality(String),
    system_version      LowCardinality(String),
    model_version       LowCardinality(String),
    sequence            Nullable(Int64),
    previous_event_id   Nullable(String),
    subject_id          String,
    revision            Int64,
    action              LowCardinality(String),
    occurred_at         DateTime64(3, 'UTC'),
    registered_at       DateTime64(3, 'UTC'),
    sent_at             DateTime64(3, 'UTC'),
    legal_basis         LowCardinality(String),
    declared_known_at   Nullable(DateTime64(3, 'UTC')),
    statusNotifikasjon  LowCardinality(Nullable(String)),
    notifikasjonRef     Nullable(String),
    hendelse            LowCardinality(Nullable(String)),
    tjenesteType        LowCardinality(Nullable(String)),
    tjenesteID          Nullable(String),
    tjenesteOrgNr       LowCardinality(Nullable(String)),
    hendelseDato        Nullable(Date32),
    hendelseRegTid      Nullable(DateTime64(3, 'UTC')),
    hendelseGUID        Nullable(String),
    midlertidigStoppID  Nullable(String),
    kommuneNr           LowCardinality(Nullable(String)),
    komNrHjem           LowCardinality(Nullable(String)),
    bydel               LowCardinality(Nullable(String)),
    source_topic        LowCardinality(String),
    source_partition    Int32,
    source_offset       Int64,
    received_at         DateTime64(3, 'UTC'),
    processed_at        DateTime64(3, 'UTC'),
    known_at            DateTime64(3, 'UTC'),
    patient_key         Nullable(String),
    patient_key_version Nullable(Int32),
    prior_patient_key   Nullable(String),
    sex                 LowCardinality(Nullable(String)),
    birth_year          Nullable(Int32),
    age_years           Nullable(Int32),
    age_group           LowCardinality(Nullable(String)),
    home_municipality   LowCardinality(Nullable(String)),
    home_county         LowCardinality(Nullable(String)),
    catchment_trust     LowCardinality(Nullable(String)),
    catchment_hospital  LowCardinality(Nullable(String)),
    reporter_name       LowCardinality(Nullable(String)),
    health_trust        LowCardinality(Nullable(String)),
    region              LowCardinality(Nullable(String)),
    reference_release   LowCardinality(String),
    rules_release       LowCardinality(String),
    problems            Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String))),
    outcome_topic       LowCardinality(String),
    outcome_partition   Int32,
    outcome_offset      Int64,
    inserted_at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_accepted_consultation
(
    event_id                 UUID,
    reporter                 LowCardinality(String),
    system_vendor            LowCardinality(String),
    system_product           LowCardinality(String),
    system_version           LowCardinality(String),
    model_version            LowCardinality(String),
    sequence                 Nullable(Int64),
    previous_event_id        Nullable(String),
    subject_id               String,
    revision                 Int64,
    action                   LowCardinality(String),
    occurred_at              DateTime64(3, 'UTC'),
    registered_at            DateTime64(3, 'UTC'),
    sent_at                  DateTime64(3, 'UTC'),
    legal_basis              LowCardinality(String),
    declared_known_at        Nullable(DateTime64(3, 'UTC')),
    tjenestetype             LowCardinality(Nullable(String)),
    unit                     LowCardinality(Nullable(String)),
    unit_name                LowCardinality(Nullable(String)),
    datoTidStart             Nullable(DateTime64(3, 'UTC')),
    datoTidSlutt             Nullable(DateTime64(3, 'UTC')),
    kontakttype              LowCardinality(Nullable(String)),
    formKonsultasjon         LowCardinality(Nullable(String)),
    anbefaltTypeKonsultasjon LowCardinality(Nullable(String)),
    kommuneNr                LowCardinality(Nullable(String)),
    komNrHjem                LowCardinality(Nullable(String)),
    bydel                    LowCardinality(Nullable(String)),
    diagnoser                Array(Tuple(kodeverk LowCardinality(Nullable(String)), kodeVersjon LowCardinality(Nullable(String)), kodeVerdi LowCardinality(Nullable(String)))),
    takster                  Array(LowCardinality(String)),
    source_topic             LowCardinality(String),
    source_partition         Int32,
    source_offset            Int64,
    received_at              DateTime64(3, 'UTC'),
    processed_at             DateTime64(3, 'UTC'),
    known_at                 DateTime64(3, 'UTC'),
    patient_key              Nullable(String),
    patient_key_version      Nullable(Int32),
    prior_patient_key        Nullable(String),
    sex                      LowCardinality(Nullable(String)),
    birth_year               Nullable(Int32),
    age_years                Nullable(Int32),
    age_group                LowCardinality(Nullable(String)),
    home_municipality        LowCardinality(Nullable(String)),
    home_county              LowCardinality(Nullable(String)),
    catchment_trust          LowCardinality(Nullable(String)),
    catchment_hospital       LowCardinality(Nullable(String)),
    reporter_name            LowCardinality(Nullable(String)),
    health_trust             LowCardinality(Nullable(String)),
    region                   LowCardinality(Nullable(String)),
    reference_release        LowCardinality(String),
    rules_release            LowCardinality(String),
    problems                 Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String))),
    outcome_topic            LowCardinality(String),
    outcome_partition        Int32,
    outcome_offset           Int64,
    inserted_at              DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_accepted_capacity
(
    event_id                  UUID,
    reporter                  LowCardinality(String),
    system_vendor             LowCardinality(String),
    system_product            LowCardinality(String),
    system_version            LowCardinality(String),
    model_version             LowCardinality(String),
    sequence                  Nullable(Int64),
    previous_event_id         Nullable(String),
    subject_id                String,
    revision                  Int64,
    action                    LowCardinality(String),
    occurred_at               DateTime64(3, 'UTC'),
    registered_at             DateTime64(3, 'UTC'),
    sent_at                   DateTime64(3, 'UTC'),
    legal_basis               LowCardinality(String),
    declared_known_at         Nullable(DateTime64(3, 'UTC')),
    unit                      LowCardinality(String),
    unit_name                 LowCardinality(Nullable(String)),
    as_of                     DateTime64(3, 'UTC'),
    origin                    LowCardinality(String),
    resource                  LowCardinality(String),
    category                  LowCardinality(String),
    physical                  Nullable(Int64),
    staffed                   Nullable(Int64),
    occupied                  Nullable(Int64),
    available                 Nullable(Int64),
    blocked                   Nullable(Int64),
    blocked_reasons           Array(Tuple(reason LowCardinality(String), count Nullable(Int64))),
    surge_24h                 Nullable(Int64),
    surge_72h                 Nullable(Int64),
    reserve_7d                Nullable(Int64),
    status                    LowCardinality(Nullable(String)),
    status_counts             Array(Tuple(status LowCardinality(String), count Nullable(Int64))),
    `constraint`              Array(LowCardinality(String)),
    reporting_units           Nullable(Int64),
    on_call                   Array(Tuple(role LowCardinality(String), count Nullable(Int64), response_minutes Nullable(Int64))),
    staff_absent              Array(Tuple(cause LowCardinality(String), count Nullable(Int64))),
    supply_days               Nullable(Float64),
    admissions                Nullable(Int64),
    discharges                Nullable(Int64),
    transfers_in              Nullable(Int64),
    transfers_out             Nullable(Int64),
    ed_arrivals               Nullable(Int64),
    ed_boarding               Nullable(Int64),
    utskrivningsklar          Nullable(Int64),
    ambulance_handover_over30 Nullable(Int64),
    ambulance_handover_over60 Nullable(Int64),
    late                      Bool,
    source_topic              LowCardinality(String),
    source_partition          Int32,
    source_offset             Int64,
    received_at               DateTime64(3, 'UTC'),
    processed_at              DateTime64(3, 'UTC'),
    known_at                  DateTime64(3, 'UTC'),
    patient_key               Nullable(String),
    patient_key_version       Nullable(Int32),
    prior_patient_key         Nullable(String),
    sex                       LowCardinality(Nullable(String)),
    birth_year                Nullable(Int32),
    age_years                 Nullable(Int32),
    age_group                 LowCardinality(Nullable(String)),
    home_municipality         LowCardinality(Nullable(String)),
    home_county               LowCardinality(Nullable(String)),
    catchment_trust           LowCardinality(Nullable(String)),
    catchment_hospital        LowCardinality(Nullable(String)),
    reporter_name             LowCardinality(Nullable(String)),
    health_trust              LowCardinality(Nullable(String)),
    region                    LowCardinality(Nullable(String)),
    reference_release         LowCardinality(String),
    rules_release             LowCardinality(String),
    problems                  Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String))),
    outcome_topic             LowCardinality(String),
    outcome_partition         Int32,
    outcome_offset            Int64,
    inserted_at               DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_rejected
(
    event_id          Nullable(UUID),
    reporter          LowCardinality(Nullable(String)),
    family            LowCardinality(String),
    source_topic      LowCardinality(String),
    source_partition  Int32,
    source_offset     Int64,
    received_at       DateTime64(3, 'UTC'),
    processed_at      DateTime64(3, 'UTC'),
    schema_id         Nullable(Int32),
    rules_release     LowCardinality(String),
    problems          Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String), message LowCardinality(String))),
    outcome_topic     LowCardinality(String),
    outcome_partition Int32,
    outcome_offset    Int64,
    inserted_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (source_topic, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_duplicates
(
    event_id          Nullable(UUID),
    reporter          LowCardinality(Nullable(String)),
    family            LowCardinality(String),
    source_topic      LowCardinality(String),
    source_partition  Int32,
    source_offset     Int64,
    received_at       DateTime64(3, 'UTC'),
    processed_at      DateTime64(3, 'UTC'),
    first_partition   Int32,
    first_offset      Int64,
    outcome_topic     LowCardinality(String),
    outcome_partition Int32,
    outcome_offset    Int64,
    inserted_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (source_topic, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

-- Not partitioned: nothing of a receipt but its range and reporter is the same after a replay.
CREATE TABLE IF NOT EXISTS log_receipts
(
    receipt_id        UUID,
    reporter          LowCardinality(String),
    family            LowCardinality(String),
    source_topic      LowCardinality(String),
    source_partition  Int32,
    first_offset      Int64,
    last_offset       Int64,
    processed_at      DateTime64(3, 'UTC'),
    accepted          Int64,
    rejected          Int64,
    duplicates        Int64,
    accepted_ids      Array(UUID),
    entries           Array(Tuple(event_id Nullable(String), source_offset Int64, outcome LowCardinality(String), problems Array(Tuple(code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String), message LowCardinality(String))))),
    outcome_topic     LowCardinality(String),
    outcome_partition Int32,
    outcome_offset    Int64,
    inserted_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(outcome_offset)
ORDER BY (reporter, source_topic, source_partition, first_offset, receipt_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

CREATE TABLE IF NOT EXISTS log_sink_errors
(
    outcome_topic     LowCardinality(String),
    outcome_partition Int32,
    outcome_offset    Int64,
    code              LowCardinality(String),
    field             LowCardinality(String),
    reason            LowCardinality(String),
    inserted_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (outcome_topic, outcome_partition, outcome_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864;

-- down

DROP TABLE IF EXISTS log_sink_errors;
DROP TABLE IF EXISTS log_receipts;
DROP TABLE IF EXISTS log_duplicates;
DROP TABLE IF EXISTS log_rejected;
DROP TABLE IF EXISTS log_accepted_capacity;
DROP TABLE IF EXISTS log_accepted_consultation;
DROP TABLE IF EXISTS log_accepted_service;
DROP TABLE IF EXISTS log_accepted_referral;
DROP TABLE IF EXISTS log_accepted_movement;
DROP TABLE IF EXISTS log_accepted_episode;
