CREATE TABLE kept_beds
(
    `reporter` LowCardinality(String),
    `told_by` LowCardinality(String),
    `read_at` DateTime64(3, 'UTC'),
    `sides` Array(Tuple(
        place String,
        name Nullable(String),
        organisation Tuple(
            reporter_name Nullable(String),
            health_trust Nullable(String),
            region Nullable(String)),
        told_at DateTime64(3, 'UTC'),
        patients Nullable(UInt64),
        on_leave Nullable(UInt64),
        moved_at Nullable(DateTime64(3, 'UTC')),
        as_of Nullable(DateTime64(3, 'UTC')),
        latest Nullable(DateTime64(3, 'UTC')),
        physical Nullable(Int64),
        staffed Nullable(Int64),
        occupied Nullable(Int64),
        available Nullable(Int64),
        blocked Nullable(Int64),
        flagged Nullable(UInt64),
        repaired Nullable(UInt64),
        received DateTime64(3, 'UTC'),
        newest DateTime64(3, 'UTC'),
        lying Array(Tuple(
            patient UInt64,
            last_place_in_time Int128,
            stay String,
            flagged Bool,
            repaired Bool))))
)
ENGINE = ReplacingMergeTree(read_at)
ORDER BY (reporter, told_by)
SETTINGS index_granularity = 8192

CREATE TABLE log_accepted_capacity
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `unit` LowCardinality(String),
    `unit_name` LowCardinality(Nullable(String)),
    `as_of` DateTime64(3, 'UTC'),
    `origin` LowCardinality(String),
    `resource` LowCardinality(String),
    `category` LowCardinality(String),
    `physical` Nullable(Int64),
    `staffed` Nullable(Int64),
    `occupied` Nullable(Int64),
    `available` Nullable(Int64),
    `blocked` Nullable(Int64),
    `blocked_reasons` Array(Tuple(
        reason LowCardinality(String),
        count Nullable(Int64))),
    `surge_24h` Nullable(Int64),
    `surge_72h` Nullable(Int64),
    `reserve_7d` Nullable(Int64),
    `status` LowCardinality(Nullable(String)),
    `status_counts` Array(Tuple(
        status LowCardinality(String),
        count Nullable(Int64))),
    `constraint` Array(LowCardinality(String)),
    `reporting_units` Nullable(Int64),
    `on_call` Array(Tuple(
        role LowCardinality(String),
        count Nullable(Int64),
        response_minutes Nullable(Int64))),
    `staff_absent` Array(Tuple(
        cause LowCardinality(String),
        count Nullable(Int64))),
    `supply_days` Nullable(Float64),
    `admissions` Nullable(Int64),
    `discharges` Nullable(Int64),
    `transfers_in` Nullable(Int64),
    `transfers_out` Nullable(Int64),
    `ed_arrivals` Nullable(Int64),
    `ed_boarding` Nullable(Int64),
    `utskrivningsklar` Nullable(Int64),
    `ambulance_handover_over30` Nullable(Int64),
    `ambulance_handover_over60` Nullable(Int64),
    `late` Bool,
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_accepted_consultation
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `tjenestetype` LowCardinality(Nullable(String)),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `datoTidStart` Nullable(DateTime64(3, 'UTC')),
    `datoTidSlutt` Nullable(DateTime64(3, 'UTC')),
    `kontakttype` LowCardinality(Nullable(String)),
    `formKonsultasjon` LowCardinality(Nullable(String)),
    `anbefaltTypeKonsultasjon` LowCardinality(Nullable(String)),
    `kommuneNr` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `diagnoser` Array(Tuple(
        kodeverk LowCardinality(Nullable(String)),
        kodeVersjon LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)))),
    `takster` Array(LowCardinality(String)),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_accepted_episode
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `henvisningsperiodeID` Nullable(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `innDatoTid` Nullable(DateTime64(3, 'UTC')),
    `utDatoTid` Nullable(DateTime64(3, 'UTC')),
    `omsorgsniva` LowCardinality(Nullable(String)),
    `innmateHast` LowCardinality(Nullable(String)),
    `debitor` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `episodeFag` LowCardinality(Nullable(String)),
    `fraSted` LowCardinality(Nullable(String)),
    `tilSted` LowCardinality(Nullable(String)),
    `inntilstand` LowCardinality(Nullable(String)),
    `utTilstand` LowCardinality(Nullable(String)),
    `kontaktType` LowCardinality(Nullable(String)),
    `stedAktivitet` LowCardinality(Nullable(String)),
    `polkonAktivitet` LowCardinality(Nullable(String)),
    `epikriseDato` Nullable(Date32),
    `fodselsar` Nullable(Int32),
    `kjonn` LowCardinality(Nullable(String)),
    `tidspunkter` Array(Tuple(
        typeTidspunkt LowCardinality(String),
        tidspunkt DateTime64(3, 'UTC'))),
    `tilstander` Array(Tuple(
        tilstNr LowCardinality(Nullable(String)),
        kodeNr LowCardinality(Nullable(String)),
        akse LowCardinality(Nullable(String)),
        kodeverk LowCardinality(Nullable(String)),
        kodeVersjon LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)))),
    `prosedyrer` Array(Tuple(
        kodeverk LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)),
        utfortDatoTid Nullable(DateTime64(3, 'UTC')))),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax GRANULARITY 1,
    INDEX henvisningsperiodeID henvisningsperiodeID TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_accepted_movement
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `episode_id` Nullable(String),
    `movement_type` LowCardinality(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `tjenesteenhetID` LowCardinality(Nullable(String)),
    `room` LowCardinality(Nullable(String)),
    `bed` LowCardinality(Nullable(String)),
    `previous_ward` LowCardinality(Nullable(String)),
    `previous_room` LowCardinality(Nullable(String)),
    `previous_bed` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `patient_class` LowCardinality(Nullable(String)),
    `omsorgsniva` LowCardinality(Nullable(String)),
    `innmateHast` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `innDatoTid` Nullable(DateTime64(3, 'UTC')),
    `utDatoTid` Nullable(DateTime64(3, 'UTC')),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_accepted_referral
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `henvisningsperiodeID` Nullable(String),
    `henvID` Nullable(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `mottaksDato` Nullable(Date32),
    `ansienDato` Nullable(Date32),
    `henvType` LowCardinality(Nullable(String)),
    `henvVurd` LowCardinality(Nullable(String)),
    `henvFraTjeneste` LowCardinality(Nullable(String)),
    `frittBehandlingsvalg` LowCardinality(Nullable(String)),
    `debitor` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `fagomrade` LowCardinality(Nullable(String)),
    `vurdDato` Nullable(Date32),
    `pakkeforlop` LowCardinality(Nullable(String)),
    `tildeltDato` Nullable(Date32),
    `rettTilHelsehjelp` LowCardinality(Nullable(String)),
    `avvistKode` LowCardinality(Nullable(String)),
    `fristStartBehandling` Nullable(Date32),
    `ventetidSluttDato` Nullable(Date32),
    `ventetidSluttKode` LowCardinality(Nullable(String)),
    `utsettelser` Array(Tuple(
        utsettKode LowCardinality(Nullable(String)),
        utsettDato Nullable(Date32))),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_accepted_service
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `statusNotifikasjon` LowCardinality(Nullable(String)),
    `notifikasjonRef` Nullable(String),
    `hendelse` LowCardinality(Nullable(String)),
    `tjenesteType` LowCardinality(Nullable(String)),
    `tjenesteID` Nullable(String),
    `tjenesteOrgNr` LowCardinality(Nullable(String)),
    `hendelseDato` Nullable(Date32),
    `hendelseRegTid` Nullable(DateTime64(3, 'UTC')),
    `hendelseGUID` Nullable(String),
    `midlertidigStoppID` Nullable(String),
    `kommuneNr` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX source_offset source_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (reporter, subject_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_closed_rows
(
    `day` Date32,
    `view` LowCardinality(String),
    `hash` String,
    `row_number` UInt32,
    `content` String,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (view, day, hash, row_number)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192

CREATE TABLE log_closes
(
    `day` Date32,
    `view` LowCardinality(String),
    `closed_at` DateTime64(3, 'UTC'),
    `rows` UInt64,
    `hash` String,
    `columns` Array(String),
    `input_ranges` Array(Tuple(
        topic String,
        partition Int32,
        first_offset Int64,
        last_offset Int64)),
    `rules_releases` Array(String),
    `reference_releases` Array(String),
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (day, view, closed_at, hash)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192

CREATE TABLE log_duplicates
(
    `event_id` Nullable(UUID),
    `reporter` LowCardinality(Nullable(String)),
    `family` LowCardinality(String),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `first_partition` Int32,
    `first_offset` Int64,
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (source_topic, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_receipts
(
    `receipt_id` UUID,
    `reporter` LowCardinality(String),
    `family` LowCardinality(String),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `first_offset` Int64,
    `last_offset` Int64,
    `processed_at` DateTime64(3, 'UTC'),
    `accepted` Int64,
    `rejected` Int64,
    `duplicates` Int64,
    `accepted_ids` Array(UUID),
    `entries` Array(Tuple(
        event_id Nullable(String),
        source_offset Int64,
        outcome LowCardinality(String),
        problems Array(Tuple(
            code LowCardinality(String),
            severity LowCardinality(String),
            field LowCardinality(String),
            message LowCardinality(String))))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(outcome_offset)
ORDER BY (reporter, source_topic, source_partition, first_offset, receipt_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_reference_loads
(
    `hash` String,
    `release` String,
    `loaded_at` DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY loaded_at
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192

CREATE TABLE log_reference_municipalities
(
    `hash` String,
    `release` String,
    `kommuneNr` String,
    `name` String,
    `county` String,
    `county_name` Nullable(String),
    `helsefellesskap` Nullable(String),
    `catchment_trust` Nullable(String),
    `population` Nullable(Int64),
    `population_of` Nullable(Date32),
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (hash, kommuneNr)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192

CREATE TABLE log_reference_population
(
    `hash` String,
    `release` String,
    `kommuneNr` String,
    `sex` String,
    `age_group` String,
    `population` Int64,
    `population_of` Date32,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (hash, kommuneNr, sex, age_group)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192

CREATE TABLE log_reference_units
(
    `hash` String,
    `release` String,
    `orgnr` String,
    `name` String,
    `kommuneNr` Nullable(String),
    `hospital` Nullable(String),
    `health_trust` Nullable(String),
    `region` Nullable(String),
    `latitude` Nullable(Float64),
    `longitude` Nullable(Float64),
    `catchment_population` Nullable(Int64),
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (hash, orgnr)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192

CREATE TABLE log_rejected
(
    `event_id` Nullable(UUID),
    `reporter` LowCardinality(Nullable(String)),
    `family` LowCardinality(String),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `schema_id` Nullable(Int32),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String),
        message LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(outcome_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (source_topic, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192, merge_selector_base = 10

CREATE TABLE log_sink_errors
(
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `code` LowCardinality(String),
    `field` LowCardinality(String),
    `reason` LowCardinality(String),
    `inserted_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (outcome_topic, outcome_partition, outcome_offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 8192

CREATE TABLE migrations
(
    `kind` LowCardinality(String),
    `name` String,
    `checksum` String,
    `applied_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    `reverted` Bool DEFAULT false
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY (kind, name)
SETTINGS index_granularity = 8192
COMMENT 'Which migration files and views were applied, with the checksum of their text'

CREATE TABLE state_capacity
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `unit` LowCardinality(String),
    `unit_name` LowCardinality(Nullable(String)),
    `as_of` DateTime64(3, 'UTC'),
    `origin` LowCardinality(String),
    `resource` LowCardinality(String),
    `category` LowCardinality(String),
    `physical` Nullable(Int64),
    `staffed` Nullable(Int64),
    `occupied` Nullable(Int64),
    `available` Nullable(Int64),
    `blocked` Nullable(Int64),
    `blocked_reasons` Array(Tuple(
        reason LowCardinality(String),
        count Nullable(Int64))),
    `surge_24h` Nullable(Int64),
    `surge_72h` Nullable(Int64),
    `reserve_7d` Nullable(Int64),
    `status` LowCardinality(Nullable(String)),
    `status_counts` Array(Tuple(
        status LowCardinality(String),
        count Nullable(Int64))),
    `constraint` Array(LowCardinality(String)),
    `reporting_units` Nullable(Int64),
    `on_call` Array(Tuple(
        role LowCardinality(String),
        count Nullable(Int64),
        response_minutes Nullable(Int64))),
    `staff_absent` Array(Tuple(
        cause LowCardinality(String),
        count Nullable(Int64))),
    `supply_days` Nullable(Float64),
    `admissions` Nullable(Int64),
    `discharges` Nullable(Int64),
    `transfers_in` Nullable(Int64),
    `transfers_out` Nullable(Int64),
    `ed_arrivals` Nullable(Int64),
    `ed_boarding` Nullable(Int64),
    `utskrivningsklar` Nullable(Int64),
    `ambulance_handover_over30` Nullable(Int64),
    `ambulance_handover_over60` Nullable(Int64),
    `late` Bool,
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256,
    INDEX region region TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024, merge_selector_base = 10

CREATE MATERIALIZED VIEW state_capacity_feed TO state_capacity
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `unit` LowCardinality(String),
    `unit_name` LowCardinality(Nullable(String)),
    `as_of` DateTime64(3, 'UTC'),
    `origin` LowCardinality(String),
    `resource` LowCardinality(String),
    `category` LowCardinality(String),
    `physical` Nullable(Int64),
    `staffed` Nullable(Int64),
    `occupied` Nullable(Int64),
    `available` Nullable(Int64),
    `blocked` Nullable(Int64),
    `blocked_reasons` Array(Tuple(
        reason LowCardinality(String),
        count Nullable(Int64))),
    `surge_24h` Nullable(Int64),
    `surge_72h` Nullable(Int64),
    `reserve_7d` Nullable(Int64),
    `status` LowCardinality(Nullable(String)),
    `status_counts` Array(Tuple(
        status LowCardinality(String),
        count Nullable(Int64))),
    `constraint` Array(LowCardinality(String)),
    `reporting_units` Nullable(Int64),
    `on_call` Array(Tuple(
        role LowCardinality(String),
        count Nullable(Int64),
        response_minutes Nullable(Int64))),
    `staff_absent` Array(Tuple(
        cause LowCardinality(String),
        count Nullable(Int64))),
    `supply_days` Nullable(Float64),
    `admissions` Nullable(Int64),
    `discharges` Nullable(Int64),
    `transfers_in` Nullable(Int64),
    `transfers_out` Nullable(Int64),
    `ed_arrivals` Nullable(Int64),
    `ed_boarding` Nullable(Int64),
    `utskrivningsklar` Nullable(Int64),
    `ambulance_handover_over30` Nullable(Int64),
    `ambulance_handover_over60` Nullable(Int64),
    `late` Bool,
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256
)
AS SELECT
    *,
    bitOr(bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112), bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64), toUInt256(source_offset))) AS version
FROM log_accepted_capacity

CREATE TABLE state_consultation
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `tjenestetype` LowCardinality(Nullable(String)),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `datoTidStart` Nullable(DateTime64(3, 'UTC')),
    `datoTidSlutt` Nullable(DateTime64(3, 'UTC')),
    `kontakttype` LowCardinality(Nullable(String)),
    `formKonsultasjon` LowCardinality(Nullable(String)),
    `anbefaltTypeKonsultasjon` LowCardinality(Nullable(String)),
    `kommuneNr` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `diagnoser` Array(Tuple(
        kodeverk LowCardinality(Nullable(String)),
        kodeVersjon LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)))),
    `takster` Array(LowCardinality(String)),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256,
    INDEX kommuneNr kommuneNr TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024, merge_selector_base = 10

CREATE MATERIALIZED VIEW state_consultation_feed TO state_consultation
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `tjenestetype` LowCardinality(Nullable(String)),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `datoTidStart` Nullable(DateTime64(3, 'UTC')),
    `datoTidSlutt` Nullable(DateTime64(3, 'UTC')),
    `kontakttype` LowCardinality(Nullable(String)),
    `formKonsultasjon` LowCardinality(Nullable(String)),
    `anbefaltTypeKonsultasjon` LowCardinality(Nullable(String)),
    `kommuneNr` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `diagnoser` Array(Tuple(
        kodeverk LowCardinality(Nullable(String)),
        kodeVersjon LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)))),
    `takster` Array(LowCardinality(String)),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256
)
AS SELECT
    *,
    bitOr(bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112), bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64), toUInt256(source_offset))) AS version
FROM log_accepted_consultation

CREATE TABLE state_episode
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `henvisningsperiodeID` Nullable(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `innDatoTid` Nullable(DateTime64(3, 'UTC')),
    `utDatoTid` Nullable(DateTime64(3, 'UTC')),
    `omsorgsniva` LowCardinality(Nullable(String)),
    `innmateHast` LowCardinality(Nullable(String)),
    `debitor` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `episodeFag` LowCardinality(Nullable(String)),
    `fraSted` LowCardinality(Nullable(String)),
    `tilSted` LowCardinality(Nullable(String)),
    `inntilstand` LowCardinality(Nullable(String)),
    `utTilstand` LowCardinality(Nullable(String)),
    `kontaktType` LowCardinality(Nullable(String)),
    `stedAktivitet` LowCardinality(Nullable(String)),
    `polkonAktivitet` LowCardinality(Nullable(String)),
    `epikriseDato` Nullable(Date32),
    `fodselsar` Nullable(Int32),
    `kjonn` LowCardinality(Nullable(String)),
    `tidspunkter` Array(Tuple(
        typeTidspunkt LowCardinality(String),
        tidspunkt DateTime64(3, 'UTC'))),
    `tilstander` Array(Tuple(
        tilstNr LowCardinality(Nullable(String)),
        kodeNr LowCardinality(Nullable(String)),
        akse LowCardinality(Nullable(String)),
        kodeverk LowCardinality(Nullable(String)),
        kodeVersjon LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)))),
    `prosedyrer` Array(Tuple(
        kodeverk LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)),
        utfortDatoTid Nullable(DateTime64(3, 'UTC')))),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256,
    INDEX region region TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024, merge_selector_base = 10

CREATE MATERIALIZED VIEW state_episode_feed TO state_episode
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `henvisningsperiodeID` Nullable(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `innDatoTid` Nullable(DateTime64(3, 'UTC')),
    `utDatoTid` Nullable(DateTime64(3, 'UTC')),
    `omsorgsniva` LowCardinality(Nullable(String)),
    `innmateHast` LowCardinality(Nullable(String)),
    `debitor` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `episodeFag` LowCardinality(Nullable(String)),
    `fraSted` LowCardinality(Nullable(String)),
    `tilSted` LowCardinality(Nullable(String)),
    `inntilstand` LowCardinality(Nullable(String)),
    `utTilstand` LowCardinality(Nullable(String)),
    `kontaktType` LowCardinality(Nullable(String)),
    `stedAktivitet` LowCardinality(Nullable(String)),
    `polkonAktivitet` LowCardinality(Nullable(String)),
    `epikriseDato` Nullable(Date32),
    `fodselsar` Nullable(Int32),
    `kjonn` LowCardinality(Nullable(String)),
    `tidspunkter` Array(Tuple(
        typeTidspunkt LowCardinality(String),
        tidspunkt DateTime64(3, 'UTC'))),
    `tilstander` Array(Tuple(
        tilstNr LowCardinality(Nullable(String)),
        kodeNr LowCardinality(Nullable(String)),
        akse LowCardinality(Nullable(String)),
        kodeverk LowCardinality(Nullable(String)),
        kodeVersjon LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)))),
    `prosedyrer` Array(Tuple(
        kodeverk LowCardinality(Nullable(String)),
        kodeVerdi LowCardinality(Nullable(String)),
        utfortDatoTid Nullable(DateTime64(3, 'UTC')))),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256
)
AS SELECT
    *,
    bitOr(bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112), bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64), toUInt256(source_offset))) AS version
FROM log_accepted_episode

CREATE TABLE state_movement
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `episode_id` Nullable(String),
    `movement_type` LowCardinality(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `tjenesteenhetID` LowCardinality(Nullable(String)),
    `room` LowCardinality(Nullable(String)),
    `bed` LowCardinality(Nullable(String)),
    `previous_ward` LowCardinality(Nullable(String)),
    `previous_room` LowCardinality(Nullable(String)),
    `previous_bed` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `patient_class` LowCardinality(Nullable(String)),
    `omsorgsniva` LowCardinality(Nullable(String)),
    `innmateHast` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `innDatoTid` Nullable(DateTime64(3, 'UTC')),
    `utDatoTid` Nullable(DateTime64(3, 'UTC')),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256,
    INDEX region region TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024, merge_selector_base = 10

CREATE MATERIALIZED VIEW state_movement_feed TO state_movement
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `episode_id` Nullable(String),
    `movement_type` LowCardinality(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `tjenesteenhetID` LowCardinality(Nullable(String)),
    `room` LowCardinality(Nullable(String)),
    `bed` LowCardinality(Nullable(String)),
    `previous_ward` LowCardinality(Nullable(String)),
    `previous_room` LowCardinality(Nullable(String)),
    `previous_bed` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `patient_class` LowCardinality(Nullable(String)),
    `omsorgsniva` LowCardinality(Nullable(String)),
    `innmateHast` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `innDatoTid` Nullable(DateTime64(3, 'UTC')),
    `utDatoTid` Nullable(DateTime64(3, 'UTC')),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256
)
AS SELECT
    *,
    bitOr(bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112), bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64), toUInt256(source_offset))) AS version
FROM log_accepted_movement

CREATE TABLE state_referral
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `henvisningsperiodeID` Nullable(String),
    `henvID` Nullable(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `mottaksDato` Nullable(Date32),
    `ansienDato` Nullable(Date32),
    `henvType` LowCardinality(Nullable(String)),
    `henvVurd` LowCardinality(Nullable(String)),
    `henvFraTjeneste` LowCardinality(Nullable(String)),
    `frittBehandlingsvalg` LowCardinality(Nullable(String)),
    `debitor` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `fagomrade` LowCardinality(Nullable(String)),
    `vurdDato` Nullable(Date32),
    `pakkeforlop` LowCardinality(Nullable(String)),
    `tildeltDato` Nullable(Date32),
    `rettTilHelsehjelp` LowCardinality(Nullable(String)),
    `avvistKode` LowCardinality(Nullable(String)),
    `fristStartBehandling` Nullable(Date32),
    `ventetidSluttDato` Nullable(Date32),
    `ventetidSluttKode` LowCardinality(Nullable(String)),
    `utsettelser` Array(Tuple(
        utsettKode LowCardinality(Nullable(String)),
        utsettDato Nullable(Date32))),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256,
    INDEX region region TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX health_trust health_trust TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024, merge_selector_base = 10

CREATE MATERIALIZED VIEW state_referral_feed TO state_referral
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `henvisningsperiodeID` Nullable(String),
    `henvID` Nullable(String),
    `unit` LowCardinality(Nullable(String)),
    `unit_name` LowCardinality(Nullable(String)),
    `sector` LowCardinality(Nullable(String)),
    `mottaksDato` Nullable(Date32),
    `ansienDato` Nullable(Date32),
    `henvType` LowCardinality(Nullable(String)),
    `henvVurd` LowCardinality(Nullable(String)),
    `henvFraTjeneste` LowCardinality(Nullable(String)),
    `frittBehandlingsvalg` LowCardinality(Nullable(String)),
    `debitor` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `fagomrade` LowCardinality(Nullable(String)),
    `vurdDato` Nullable(Date32),
    `pakkeforlop` LowCardinality(Nullable(String)),
    `tildeltDato` Nullable(Date32),
    `rettTilHelsehjelp` LowCardinality(Nullable(String)),
    `avvistKode` LowCardinality(Nullable(String)),
    `fristStartBehandling` Nullable(Date32),
    `ventetidSluttDato` Nullable(Date32),
    `ventetidSluttKode` LowCardinality(Nullable(String)),
    `utsettelser` Array(Tuple(
        utsettKode LowCardinality(Nullable(String)),
        utsettDato Nullable(Date32))),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256
)
AS SELECT
    *,
    bitOr(bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112), bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64), toUInt256(source_offset))) AS version
FROM log_accepted_referral

CREATE TABLE state_service
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `statusNotifikasjon` LowCardinality(Nullable(String)),
    `notifikasjonRef` Nullable(String),
    `hendelse` LowCardinality(Nullable(String)),
    `tjenesteType` LowCardinality(Nullable(String)),
    `tjenesteID` Nullable(String),
    `tjenesteOrgNr` LowCardinality(Nullable(String)),
    `hendelseDato` Nullable(Date32),
    `hendelseRegTid` Nullable(DateTime64(3, 'UTC')),
    `hendelseGUID` Nullable(String),
    `midlertidigStoppID` Nullable(String),
    `kommuneNr` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256,
    INDEX kommuneNr kommuneNr TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (reporter, subject_id)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, index_granularity = 1024, merge_selector_base = 10

CREATE MATERIALIZED VIEW state_service_feed TO state_service
(
    `event_id` UUID,
    `reporter` LowCardinality(String),
    `system_vendor` LowCardinality(String),
    `system_product` LowCardinality(String),
    `system_version` LowCardinality(String),
    `model_version` LowCardinality(String),
    `sequence` Nullable(Int64),
    `previous_event_id` Nullable(String),
    `subject_id` String,
    `revision` Int64,
    `action` LowCardinality(String),
    `occurred_at` DateTime64(3, 'UTC'),
    `registered_at` DateTime64(3, 'UTC'),
    `sent_at` DateTime64(3, 'UTC'),
    `legal_basis` LowCardinality(String),
    `declared_known_at` Nullable(DateTime64(3, 'UTC')),
    `statusNotifikasjon` LowCardinality(Nullable(String)),
    `notifikasjonRef` Nullable(String),
    `hendelse` LowCardinality(Nullable(String)),
    `tjenesteType` LowCardinality(Nullable(String)),
    `tjenesteID` Nullable(String),
    `tjenesteOrgNr` LowCardinality(Nullable(String)),
    `hendelseDato` Nullable(Date32),
    `hendelseRegTid` Nullable(DateTime64(3, 'UTC')),
    `hendelseGUID` Nullable(String),
    `midlertidigStoppID` Nullable(String),
    `kommuneNr` LowCardinality(Nullable(String)),
    `komNrHjem` LowCardinality(Nullable(String)),
    `bydel` LowCardinality(Nullable(String)),
    `source_topic` LowCardinality(String),
    `source_partition` Int32,
    `source_offset` Int64,
    `received_at` DateTime64(3, 'UTC'),
    `processed_at` DateTime64(3, 'UTC'),
    `known_at` DateTime64(3, 'UTC'),
    `patient_key` Nullable(String),
    `patient_key_version` Nullable(Int32),
    `prior_patient_key` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `birth_year` Nullable(Int32),
    `age_years` Nullable(Int32),
    `age_group` LowCardinality(Nullable(String)),
    `home_municipality` LowCardinality(Nullable(String)),
    `home_county` LowCardinality(Nullable(String)),
    `catchment_trust` LowCardinality(Nullable(String)),
    `catchment_hospital` LowCardinality(Nullable(String)),
    `reporter_name` LowCardinality(Nullable(String)),
    `health_trust` LowCardinality(Nullable(String)),
    `region` LowCardinality(Nullable(String)),
    `reference_release` LowCardinality(String),
    `rules_release` LowCardinality(String),
    `problems` Array(Tuple(
        code LowCardinality(String),
        severity LowCardinality(String),
        field LowCardinality(String))),
    `outcome_topic` LowCardinality(String),
    `outcome_partition` Int32,
    `outcome_offset` Int64,
    `inserted_at` DateTime64(3, 'UTC'),
    `version` UInt256
)
AS SELECT
    *,
    bitOr(bitShiftLeft(toUInt256(bitXor(toUInt64(revision), 9223372036854775808)), 112), bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(known_at) + 70368744177664), 64), toUInt256(source_offset))) AS version
FROM log_accepted_service

-- VIEW accepted_capacity: the columns of log_accepted_capacity

-- VIEW accepted_consultation: the columns of log_accepted_consultation

-- VIEW accepted_episode: the columns of log_accepted_episode

-- VIEW accepted_movement: the columns of log_accepted_movement

-- VIEW accepted_referral: the columns of log_accepted_referral

-- VIEW accepted_service: the columns of log_accepted_service

-- VIEW capacity_current: the columns of log_accepted_capacity

-- VIEW capacity_known_at: the columns of log_accepted_capacity

-- VIEW closed_figures
--     day Date32
--     view String
--     is_closed Bool
--     grain String
--     figures Array(Tuple(String, Nullable(Float64)))

-- VIEW closed_view_families
--     view String
--     families Array(String)

-- VIEW closes
--     day Date32
--     view LowCardinality(String)
--     closed_at DateTime64(3, 'UTC')
--     rows UInt64
--     hash String
--     columns Array(String)
--     input_ranges Array(Tuple( topic String, partition Int32, first_offset Int64, last_offset Int64))
--     rules_releases Array(String)
--     reference_releases Array(String)

-- VIEW column_lineage
--     view String
--     column String
--     fields Array(String)
--     rules Array(String)

-- VIEW consultation_current: the columns of log_accepted_consultation

-- VIEW consultation_known_at: the columns of log_accepted_consultation

-- VIEW duplicates: the columns of log_duplicates

-- VIEW episode_current: the columns of log_accepted_episode

-- VIEW episode_known_at: the columns of log_accepted_episode

-- VIEW explain_kpr_consultations_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what LowCardinality(String)
--     flags Array(String)

-- VIEW explain_kpr_kad_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what LowCardinality(String)
--     flags Array(String)

-- VIEW explain_kpr_services_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_npr_contacts_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what Nullable(String)
--     flags Array(String)

-- VIEW explain_npr_discharge_ready_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_npr_referrals_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_npr_stays_daily
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_npr_waiting
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_preparedness_capacity
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_preparedness_census
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW explain_preparedness_occupancy
--     role String
--     patients Nullable(Int64)
--     family String
--     event_id UUID
--     reporter LowCardinality(String)
--     subject_id String
--     revision Int64
--     occurred_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     rules_release LowCardinality(String)
--     reference_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     what String
--     flags Array(String)

-- VIEW kpr_consultations
--     region LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     tjenestetype LowCardinality(Nullable(String))
--     service LowCardinality(String)
--     contact_type Nullable(String)
--     contact_type_from Nullable(String)
--     day Nullable(Date32)
--     datoTidStart Nullable(DateTime64(3, 'UTC'))
--     datoTidSlutt Nullable(DateTime64(3, 'UTC'))
--     kommuneNr LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     formKonsultasjon LowCardinality(Nullable(String))
--     anbefaltTypeKonsultasjon LowCardinality(Nullable(String))
--     takster Array(LowCardinality(String))
--     diagnoses Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW kpr_consultations_by_level
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     consultations UInt64
--     persons UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_consultations_by_level_known_at
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     consultations UInt64
--     persons UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_consultations_daily
--     day Date32
--     kommuneNr LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     tjenestetype LowCardinality(Nullable(String))
--     service LowCardinality(String)
--     contact_type Nullable(String)
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     consultations UInt64
--     persons UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_consultations_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     kommuneNr Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     tjenestetype Nullable(String)
--     service Nullable(String)
--     contact_type Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     consultations Nullable(UInt64)
--     persons Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_consultations_daily_known_at
--     day Date32
--     kommuneNr LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     tjenestetype LowCardinality(Nullable(String))
--     service LowCardinality(String)
--     contact_type Nullable(String)
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     consultations UInt64
--     persons UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_consultations_known_at
--     region LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     tjenestetype LowCardinality(Nullable(String))
--     service LowCardinality(String)
--     contact_type Nullable(String)
--     contact_type_from Nullable(String)
--     day Nullable(Date32)
--     datoTidStart Nullable(DateTime64(3, 'UTC'))
--     datoTidSlutt Nullable(DateTime64(3, 'UTC'))
--     kommuneNr LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     formKonsultasjon LowCardinality(Nullable(String))
--     anbefaltTypeKonsultasjon LowCardinality(Nullable(String))
--     takster Array(LowCardinality(String))
--     diagnoses Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad
--     region Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     kommuneNr Nullable(String)
--     provider Nullable(String)
--     tjenesteID String
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     patient_key Nullable(String)
--     started_on Nullable(Date32)
--     ended_on Nullable(Date32)
--     nights Nullable(Int64)
--     state String
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad_by_level
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     started UInt64
--     ended UInt64
--     occupied UInt64
--     persons UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad_by_level_known_at
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     started UInt64
--     ended UInt64
--     occupied UInt64
--     persons UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad_daily
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     started UInt64
--     ended UInt64
--     occupied UInt64
--     persons UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     started Nullable(UInt64)
--     ended Nullable(UInt64)
--     occupied Nullable(UInt64)
--     persons Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad_daily_known_at
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     started UInt64
--     ended UInt64
--     occupied UInt64
--     persons UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_kad_known_at
--     region Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     kommuneNr Nullable(String)
--     provider Nullable(String)
--     tjenesteID String
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     patient_key Nullable(String)
--     started_on Nullable(Date32)
--     ended_on Nullable(Date32)
--     nights Nullable(Int64)
--     state String
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW kpr_services
--     region Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     kommuneNr Nullable(String)
--     tjenesteID String
--     tjenesteType Nullable(String)
--     provider Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     patient_key Nullable(String)
--     started_on Nullable(Date32)
--     ended_on Nullable(Date32)
--     pauses Array(Tuple(Nullable(Date32), Nullable(Date32)))
--     state String
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW kpr_services_active_at
--     kommuneNr Nullable(String)
--     tjenesteType Nullable(String)
--     active UInt64
--     paused UInt64
--     persons UInt64
--     flagged UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')

-- VIEW kpr_services_active_known_at
--     kommuneNr Nullable(String)
--     tjenesteType Nullable(String)
--     active UInt64
--     paused UInt64
--     persons UInt64
--     flagged UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')

-- VIEW kpr_services_by_level
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     started UInt64
--     paused UInt64
--     resumed UInt64
--     provider_changed UInt64
--     ended UInt64
--     services UInt64
--     persons UInt64
--     repaired UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     last_received_at Nullable(DateTime64(3, 'UTC'))
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_services_by_level_known_at
--     day Date32
--     kommuneNr Nullable(String)
--     home_municipality Nullable(String)
--     started UInt64
--     paused UInt64
--     resumed UInt64
--     provider_changed UInt64
--     ended UInt64
--     services UInt64
--     persons UInt64
--     repaired UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     last_received_at Nullable(DateTime64(3, 'UTC'))
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_services_daily
--     day Date32
--     kommuneNr LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     tjenesteType LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     started UInt64
--     paused UInt64
--     resumed UInt64
--     provider_changed UInt64
--     ended UInt64
--     services UInt64
--     persons UInt64
--     repaired UInt64
--     repaired_share Float64
--     imputed_share Float64
--     known_at DateTime64(3, 'UTC')
--     last_received_at DateTime64(3, 'UTC')
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_services_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     kommuneNr Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     tjenesteType Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     started Nullable(UInt64)
--     paused Nullable(UInt64)
--     resumed Nullable(UInt64)
--     provider_changed Nullable(UInt64)
--     ended Nullable(UInt64)
--     services Nullable(UInt64)
--     persons Nullable(UInt64)
--     repaired Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     last_received_at Nullable(DateTime64(3, 'UTC'))
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_services_daily_known_at
--     day Date32
--     kommuneNr LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     tjenesteType LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     started UInt64
--     paused UInt64
--     resumed UInt64
--     provider_changed UInt64
--     ended UInt64
--     services UInt64
--     persons UInt64
--     repaired UInt64
--     repaired_share Float64
--     imputed_share Float64
--     known_at DateTime64(3, 'UTC')
--     last_received_at DateTime64(3, 'UTC')
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW kpr_services_known_at
--     region Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     kommuneNr Nullable(String)
--     tjenesteID String
--     tjenesteType Nullable(String)
--     provider Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     patient_key Nullable(String)
--     started_on Nullable(Date32)
--     ended_on Nullable(Date32)
--     pauses Array(Tuple(Nullable(Date32), Nullable(Date32)))
--     state String
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW movement_current: the columns of log_accepted_movement

-- VIEW movement_known_at: the columns of log_accepted_movement

-- VIEW npr_cancelled_episodes
--     reporter LowCardinality(String)
--     subject_id String
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_cancelled_episodes_known_at
--     reporter LowCardinality(String)
--     subject_id String
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_cancelled_periods
--     reporter LowCardinality(String)
--     henvisningsperiodeID String
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_cancelled_periods_known_at
--     reporter LowCardinality(String)
--     henvisningsperiodeID String
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_cancelled_with_period
--     reporter LowCardinality(String)
--     subject_id String
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_cancelled_with_period_known_at
--     reporter LowCardinality(String)
--     subject_id String
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     kind Nullable(String)
--     day Nullable(Date32)
--     ended_day Nullable(Date32)
--     innDatoTid Nullable(DateTime64(3, 'UTC'))
--     utDatoTid Nullable(DateTime64(3, 'UTC'))
--     sector LowCardinality(Nullable(String))
--     omsorgsniva LowCardinality(Nullable(String))
--     innmateHast LowCardinality(Nullable(String))
--     debitor LowCardinality(Nullable(String))
--     episodeFag LowCardinality(Nullable(String))
--     kontaktType LowCardinality(Nullable(String))
--     inntilstand LowCardinality(Nullable(String))
--     utTilstand LowCardinality(Nullable(String))
--     fraSted LowCardinality(Nullable(String))
--     tilSted LowCardinality(Nullable(String))
--     komNrHjem LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     henvisningsperiodeID Nullable(String)
--     tidspunkter Array(Tuple( typeTidspunkt LowCardinality(String), tidspunkt DateTime64(3, 'UTC')))
--     main_diagnosis Nullable(String)
--     diagnoses Array(String)
--     procedures Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts_by_level
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     contacts UInt64
--     patients UInt64
--     ended UInt64
--     open UInt64
--     repaired UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     last_received_at Nullable(DateTime64(3, 'UTC'))
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts_by_level_known_at
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     contacts UInt64
--     patients UInt64
--     ended UInt64
--     open UInt64
--     repaired UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     last_received_at Nullable(DateTime64(3, 'UTC'))
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts_daily
--     day Date32
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     sector LowCardinality(Nullable(String))
--     omsorgsniva LowCardinality(Nullable(String))
--     innmateHast LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     contacts UInt64
--     patients UInt64
--     ended UInt64
--     open UInt64
--     repaired UInt64
--     repaired_share Float64
--     imputed_share Float64
--     known_at DateTime64(3, 'UTC')
--     last_received_at DateTime64(3, 'UTC')
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     sector Nullable(String)
--     omsorgsniva Nullable(String)
--     innmateHast Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     contacts Nullable(UInt64)
--     patients Nullable(UInt64)
--     ended Nullable(UInt64)
--     open Nullable(UInt64)
--     repaired Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     last_received_at Nullable(DateTime64(3, 'UTC'))
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts_daily_known_at
--     day Date32
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     sector LowCardinality(Nullable(String))
--     omsorgsniva LowCardinality(Nullable(String))
--     innmateHast LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     contacts UInt64
--     patients UInt64
--     ended UInt64
--     open UInt64
--     repaired UInt64
--     repaired_share Float64
--     imputed_share Float64
--     known_at DateTime64(3, 'UTC')
--     last_received_at DateTime64(3, 'UTC')
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_contacts_known_at
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     kind Nullable(String)
--     day Nullable(Date32)
--     ended_day Nullable(Date32)
--     innDatoTid Nullable(DateTime64(3, 'UTC'))
--     utDatoTid Nullable(DateTime64(3, 'UTC'))
--     sector LowCardinality(Nullable(String))
--     omsorgsniva LowCardinality(Nullable(String))
--     innmateHast LowCardinality(Nullable(String))
--     debitor LowCardinality(Nullable(String))
--     episodeFag LowCardinality(Nullable(String))
--     kontaktType LowCardinality(Nullable(String))
--     inntilstand LowCardinality(Nullable(String))
--     utTilstand LowCardinality(Nullable(String))
--     fraSted LowCardinality(Nullable(String))
--     tilSted LowCardinality(Nullable(String))
--     komNrHjem LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     henvisningsperiodeID Nullable(String)
--     tidspunkter Array(Tuple( typeTidspunkt LowCardinality(String), tidspunkt DateTime64(3, 'UTC')))
--     main_diagnosis Nullable(String)
--     diagnoses Array(String)
--     procedures Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     innDatoTid Nullable(DateTime64(3, 'UTC'))
--     discharged_at Nullable(DateTime64(3, 'UTC'))
--     until DateTime64(3, 'UTC')
--     periods Array(Tuple(DateTime64(3, 'UTC'), DateTime64(3, 'UTC')))
--     ready_at DateTime64(3, 'UTC')
--     ready_day Date32
--     withdrawn_at Nullable(DateTime64(3, 'UTC'))
--     nights Array(Date32)
--     days UInt64
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready_by_level
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     bed_days UInt64
--     became_ready UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready_by_level_known_at
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     bed_days UInt64
--     became_ready UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready_daily
--     day Date32
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     bed_days UInt64
--     became_ready UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     bed_days Nullable(UInt64)
--     became_ready Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready_daily_known_at
--     day Date32
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     bed_days UInt64
--     became_ready UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_discharge_ready_known_at
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     innDatoTid Nullable(DateTime64(3, 'UTC'))
--     discharged_at Nullable(DateTime64(3, 'UTC'))
--     until DateTime64(3, 'UTC')
--     periods Array(Tuple(DateTime64(3, 'UTC'), DateTime64(3, 'UTC')))
--     ready_at DateTime64(3, 'UTC')
--     ready_day Date32
--     withdrawn_at Nullable(DateTime64(3, 'UTC'))
--     nights Array(Date32)
--     days UInt64
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_merged_patients
--     former String
--     present String

-- VIEW npr_merged_patients_known_at
--     former String
--     present String

-- VIEW npr_movements
--     event_id UUID
--     reporter LowCardinality(String)
--     system_vendor LowCardinality(String)
--     system_product LowCardinality(String)
--     system_version LowCardinality(String)
--     model_version LowCardinality(String)
--     sequence Nullable(Int64)
--     previous_event_id Nullable(String)
--     subject_id String
--     revision Int64
--     action LowCardinality(String)
--     occurred_at DateTime64(3, 'UTC')
--     registered_at DateTime64(3, 'UTC')
--     sent_at DateTime64(3, 'UTC')
--     legal_basis LowCardinality(String)
--     declared_known_at Nullable(DateTime64(3, 'UTC'))
--     episode_id Nullable(String)
--     movement_type LowCardinality(String)
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     tjenesteenhetID LowCardinality(Nullable(String))
--     room LowCardinality(Nullable(String))
--     bed LowCardinality(Nullable(String))
--     previous_ward LowCardinality(Nullable(String))
--     previous_room LowCardinality(Nullable(String))
--     previous_bed LowCardinality(Nullable(String))
--     sector LowCardinality(Nullable(String))
--     patient_class LowCardinality(Nullable(String))
--     omsorgsniva LowCardinality(Nullable(String))
--     innmateHast LowCardinality(Nullable(String))
--     komNrHjem LowCardinality(Nullable(String))
--     bydel LowCardinality(Nullable(String))
--     innDatoTid Nullable(DateTime64(3, 'UTC'))
--     utDatoTid Nullable(DateTime64(3, 'UTC'))
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     received_at DateTime64(3, 'UTC')
--     processed_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     patient_key Nullable(String)
--     patient_key_version Nullable(Int32)
--     prior_patient_key Nullable(String)
--     sex LowCardinality(Nullable(String))
--     birth_year Nullable(Int32)
--     age_years Nullable(Int32)
--     age_group LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     catchment_hospital LowCardinality(Nullable(String))
--     reporter_name LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     region LowCardinality(Nullable(String))
--     reference_release LowCardinality(String)
--     rules_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     outcome_topic LowCardinality(String)
--     outcome_partition Int32
--     outcome_offset Int64
--     inserted_at DateTime64(3, 'UTC')
--     stay String
--     inpatient Nullable(UInt8)
--     place_in_time Int128

-- VIEW npr_movements_known_at
--     event_id UUID
--     reporter LowCardinality(String)
--     system_vendor LowCardinality(String)
--     system_product LowCardinality(String)
--     system_version LowCardinality(String)
--     model_version LowCardinality(String)
--     sequence Nullable(Int64)
--     previous_event_id Nullable(String)
--     subject_id String
--     revision Int64
--     action LowCardinality(String)
--     occurred_at DateTime64(3, 'UTC')
--     registered_at DateTime64(3, 'UTC')
--     sent_at DateTime64(3, 'UTC')
--     legal_basis LowCardinality(String)
--     declared_known_at Nullable(DateTime64(3, 'UTC'))
--     episode_id Nullable(String)
--     movement_type LowCardinality(String)
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     tjenesteenhetID LowCardinality(Nullable(String))
--     room LowCardinality(Nullable(String))
--     bed LowCardinality(Nullable(String))
--     previous_ward LowCardinality(Nullable(String))
--     previous_room LowCardinality(Nullable(String))
--     previous_bed LowCardinality(Nullable(String))
--     sector LowCardinality(Nullable(String))
--     patient_class LowCardinality(Nullable(String))
--     omsorgsniva LowCardinality(Nullable(String))
--     innmateHast LowCardinality(Nullable(String))
--     komNrHjem LowCardinality(Nullable(String))
--     bydel LowCardinality(Nullable(String))
--     innDatoTid Nullable(DateTime64(3, 'UTC'))
--     utDatoTid Nullable(DateTime64(3, 'UTC'))
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     received_at DateTime64(3, 'UTC')
--     processed_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     patient_key Nullable(String)
--     patient_key_version Nullable(Int32)
--     prior_patient_key Nullable(String)
--     sex LowCardinality(Nullable(String))
--     birth_year Nullable(Int32)
--     age_years Nullable(Int32)
--     age_group LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     catchment_hospital LowCardinality(Nullable(String))
--     reporter_name LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     region LowCardinality(Nullable(String))
--     reference_release LowCardinality(String)
--     rules_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     outcome_topic LowCardinality(String)
--     outcome_partition Int32
--     outcome_offset Int64
--     inserted_at DateTime64(3, 'UTC')
--     stay String
--     inpatient Nullable(UInt8)
--     place_in_time Int128

-- VIEW npr_referrals
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     henvisningsperiodeID Nullable(String)
--     henvID Nullable(String)
--     sector LowCardinality(Nullable(String))
--     fagomrade LowCardinality(Nullable(String))
--     debitor LowCardinality(Nullable(String))
--     henvType LowCardinality(Nullable(String))
--     henvFraTjeneste LowCardinality(Nullable(String))
--     frittBehandlingsvalg LowCardinality(Nullable(String))
--     pakkeforlop LowCardinality(Nullable(String))
--     komNrHjem LowCardinality(Nullable(String))
--     bydel LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     mottaksDato Nullable(Date32)
--     ansienDato Nullable(Date32)
--     vurdDato Nullable(Date32)
--     henvVurd LowCardinality(Nullable(String))
--     avvistKode LowCardinality(Nullable(String))
--     tildeltDato Nullable(Date32)
--     right LowCardinality(Nullable(String))
--     waiting_from Nullable(Date32)
--     waited_until Nullable(Date32)
--     ended_with LowCardinality(Nullable(String))
--     elapsed Nullable(Int64)
--     days Nullable(Int64)
--     deadline Nullable(Date32)
--     deadline_broken Nullable(UInt8)
--     deadline_broken_on Nullable(Date32)
--     utsettelser Array(Tuple( utsettKode LowCardinality(Nullable(String)), utsettDato Nullable(Date32)))
--     postponed UInt64
--     postponed_for_capacity UInt32
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_referrals_by_level
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     referrals UInt64
--     received UInt64
--     assessed UInt64
--     waiting_started UInt64
--     ended UInt64
--     treated UInt64
--     ended_otherwise UInt64
--     deadline_broken UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_referrals_by_level_known_at
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     referrals UInt64
--     received UInt64
--     assessed UInt64
--     waiting_started UInt64
--     ended UInt64
--     treated UInt64
--     ended_otherwise UInt64
--     deadline_broken UInt64
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_referrals_daily
--     day Date32
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     fagomrade LowCardinality(Nullable(String))
--     sector LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     referrals UInt64
--     received UInt64
--     assessed UInt64
--     waiting_started UInt64
--     ended UInt64
--     treated UInt64
--     ended_otherwise UInt64
--     deadline_broken UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_referrals_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     fagomrade Nullable(String)
--     sector Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     referrals Nullable(UInt64)
--     received Nullable(UInt64)
--     assessed Nullable(UInt64)
--     waiting_started Nullable(UInt64)
--     ended Nullable(UInt64)
--     treated Nullable(UInt64)
--     ended_otherwise Nullable(UInt64)
--     deadline_broken Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_referrals_daily_known_at
--     day Date32
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     fagomrade LowCardinality(Nullable(String))
--     sector LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     referrals UInt64
--     received UInt64
--     assessed UInt64
--     waiting_started UInt64
--     ended UInt64
--     treated UInt64
--     ended_otherwise UInt64
--     deadline_broken UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_referrals_known_at
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     unit_name LowCardinality(Nullable(String))
--     subject_id String
--     henvisningsperiodeID Nullable(String)
--     henvID Nullable(String)
--     sector LowCardinality(Nullable(String))
--     fagomrade LowCardinality(Nullable(String))
--     debitor LowCardinality(Nullable(String))
--     henvType LowCardinality(Nullable(String))
--     henvFraTjeneste LowCardinality(Nullable(String))
--     frittBehandlingsvalg LowCardinality(Nullable(String))
--     pakkeforlop LowCardinality(Nullable(String))
--     komNrHjem LowCardinality(Nullable(String))
--     bydel LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     mottaksDato Nullable(Date32)
--     ansienDato Nullable(Date32)
--     vurdDato Nullable(Date32)
--     henvVurd LowCardinality(Nullable(String))
--     avvistKode LowCardinality(Nullable(String))
--     tildeltDato Nullable(Date32)
--     right LowCardinality(Nullable(String))
--     waiting_from Nullable(Date32)
--     waited_until Nullable(Date32)
--     ended_with LowCardinality(Nullable(String))
--     elapsed Nullable(Int64)
--     days Nullable(Int64)
--     deadline Nullable(Date32)
--     deadline_broken Nullable(UInt8)
--     deadline_broken_on Nullable(Date32)
--     utsettelser Array(Tuple( utsettKode LowCardinality(Nullable(String)), utsettDato Nullable(Date32)))
--     postponed UInt64
--     postponed_for_capacity UInt32
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_stays
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     stay String
--     sector Nullable(String)
--     innmateHast Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     patient_key Nullable(String)
--     main_diagnosis Nullable(String)
--     admitted_at Nullable(DateTime64(3, 'UTC'))
--     discharged_at Nullable(DateTime64(3, 'UTC'))
--     admitted_day Nullable(Date32)
--     discharged_day Nullable(Date32)
--     open UInt8
--     elapsed_hours Nullable(Float64)
--     hours Nullable(Float64)
--     nights Nullable(Int64)
--     leave_hours Float64
--     transfers UInt32
--     wards Array(Nullable(String))
--     from_episode UInt8
--     from_movements UInt8
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_stays_by_level
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     admissions UInt64
--     discharges UInt64
--     in_bed UInt64
--     open UInt64
--     flagged_share Nullable(Float64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_stays_by_level_known_at
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     admissions UInt64
--     discharges UInt64
--     in_bed UInt64
--     open UInt64
--     flagged_share Nullable(Float64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     units_reporting Nullable(Int64)
--     units_expected Nullable(UInt64)
--     units_unexpected Nullable(Int64)
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_stays_daily
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     admissions UInt64
--     discharges UInt64
--     in_bed UInt64
--     open UInt64
--     flagged_share Float64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_stays_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter Nullable(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     admissions Nullable(UInt64)
--     discharges Nullable(UInt64)
--     in_bed Nullable(UInt64)
--     open Nullable(UInt64)
--     flagged_share Nullable(Float64)
--     repaired_share Nullable(Float64)
--     imputed_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_stays_daily_known_at
--     day Date32
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     admissions UInt64
--     discharges UInt64
--     in_bed UInt64
--     open UInt64
--     flagged_share Float64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_stays_known_at
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     stay String
--     sector Nullable(String)
--     innmateHast Nullable(String)
--     home_municipality Nullable(String)
--     sex Nullable(String)
--     age_group Nullable(String)
--     patient_key Nullable(String)
--     main_diagnosis Nullable(String)
--     admitted_at Nullable(DateTime64(3, 'UTC'))
--     discharged_at Nullable(DateTime64(3, 'UTC'))
--     admitted_day Nullable(Date32)
--     discharged_day Nullable(Date32)
--     open UInt8
--     elapsed_hours Nullable(Float64)
--     hours Nullable(Float64)
--     nights Nullable(Int64)
--     leave_hours Float64
--     transfers UInt32
--     wards Array(Nullable(String))
--     from_episode UInt8
--     from_movements UInt8
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW npr_waiting
--     month Date
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     fagomrade LowCardinality(Nullable(String))
--     started UInt64
--     ended UInt64
--     treated UInt64
--     waiting UInt64
--     median_days_waited Nullable(Float64)
--     mean_days_waited Nullable(Float64)
--     median_days_waiting Nullable(Float64)
--     deadline_broken UInt64
--     postponed_for_capacity UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW npr_waiting_known_at
--     month Date
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit LowCardinality(Nullable(String))
--     unit_name Nullable(String)
--     fagomrade LowCardinality(Nullable(String))
--     started UInt64
--     ended UInt64
--     treated UInt64
--     waiting UInt64
--     median_days_waited Nullable(Float64)
--     mean_days_waited Nullable(Float64)
--     median_days_waiting Nullable(Float64)
--     deadline_broken UInt64
--     postponed_for_capacity UInt64
--     repaired_share Float64
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW outcomes
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     outcome LowCardinality(String)
--     event_id Nullable(UUID)
--     reporter LowCardinality(Nullable(String))
--     reporter_name LowCardinality(Nullable(String))
--     family LowCardinality(String)
--     codes Array(String)
--     severities Array(String)
--     known_at Nullable(DateTime64(3, 'UTC'))
--     received_at DateTime64(3, 'UTC')
--     processed_at DateTime64(3, 'UTC')
--     inserted_at DateTime64(3, 'UTC')

-- VIEW pathway_discharge
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     subject_id String
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     merged UInt8
--     admitted_on Nullable(Date32)
--     ready_on Date32
--     discharged_on Nullable(Date32)
--     service_started_on Nullable(Date32)
--     service_type Nullable(String)
--     service_municipality Nullable(String)
--     days_admitted_to_ready Nullable(Int64)
--     days_ready_to_discharge Nullable(Int64)
--     days_ready_to_service Nullable(Int64)
--     days_discharge_to_service Nullable(Int64)
--     repaired UInt8
--     updated_at DateTime64(3, 'UTC')

-- VIEW pathway_discharge_known_at
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     reporter LowCardinality(String)
--     reporter_name LowCardinality(Nullable(String))
--     unit LowCardinality(Nullable(String))
--     subject_id String
--     home_municipality LowCardinality(Nullable(String))
--     sex LowCardinality(Nullable(String))
--     age_group LowCardinality(Nullable(String))
--     patient_key Nullable(String)
--     merged UInt8
--     admitted_on Nullable(Date32)
--     ready_on Date32
--     discharged_on Nullable(Date32)
--     service_started_on Nullable(Date32)
--     service_type Nullable(String)
--     service_municipality Nullable(String)
--     days_admitted_to_ready Nullable(Int64)
--     days_ready_to_discharge Nullable(Int64)
--     days_ready_to_service Nullable(Int64)
--     days_discharge_to_service Nullable(Int64)
--     repaired UInt8
--     updated_at DateTime64(3, 'UTC')

-- VIEW preparedness_capacity
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     units_expected UInt64
--     units_gone UInt64
--     units_reporting UInt64
--     imputed UInt64
--     imputed_share Nullable(Float64)
--     physical Nullable(Int64)
--     physical_units UInt64
--     staffed Nullable(Int64)
--     staffed_units UInt64
--     occupied Nullable(Int64)
--     occupied_units UInt64
--     available Nullable(Int64)
--     available_units UInt64
--     blocked Nullable(Int64)
--     blocked_units UInt64
--     surge_24h Nullable(Int64)
--     surge_24h_units UInt64
--     surge_72h Nullable(Int64)
--     surge_72h_units UInt64
--     reserve_7d Nullable(Int64)
--     reserve_7d_units UInt64
--     occupancy Nullable(Float64)
--     occupancy_units UInt64
--     surge_in_use Nullable(Int64)
--     areas Nullable(Int64)
--     areas_units UInt64
--     status_units UInt64
--     status_regular Nullable(Int64)
--     status_partial Nullable(Int64)
--     status_limited Nullable(Int64)
--     status_closed Nullable(Int64)
--     status_unknown Nullable(Int64)
--     blocked_personnel Nullable(Int64)
--     blocked_room Nullable(Int64)
--     blocked_equipment Nullable(Int64)
--     blocked_material Nullable(Int64)
--     blocked_infection Nullable(Int64)
--     blocked_maintenance Nullable(Int64)
--     blocked_reasons_units UInt64
--     constraints Array(String)
--     on_call Nullable(Int64)
--     on_call_units UInt64
--     on_call_gaps Nullable(Int64)
--     staff_absent Nullable(Int64)
--     staff_absent_units UInt64
--     staff_absence Nullable(Float64)
--     admissions Nullable(Int64)
--     admissions_units UInt64
--     discharges Nullable(Int64)
--     discharges_units UInt64
--     transfers_in Nullable(Int64)
--     transfers_in_units UInt64
--     transfers_out Nullable(Int64)
--     transfers_out_units UInt64
--     net_flow Nullable(Int64)
--     net_flow_units UInt64
--     ed_arrivals Nullable(Int64)
--     ed_arrivals_units UInt64
--     ed_boarding Nullable(Int64)
--     ed_boarding_units UInt64
--     utskrivningsklar Nullable(Int64)
--     utskrivningsklar_units UInt64
--     ambulance_handover_over30 Nullable(Int64)
--     ambulance_handover_over30_units UInt64
--     ambulance_handover_over60 Nullable(Int64)
--     ambulance_handover_over60_units UInt64
--     minutes_since_last_event Int64
--     oldest_minutes Nullable(Int64)
--     repaired_share Nullable(Float64)
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_capacity_at
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     units_expected UInt64
--     units_gone UInt64
--     units_reporting UInt64
--     imputed UInt64
--     imputed_share Nullable(Float64)
--     physical Nullable(Int64)
--     physical_units UInt64
--     staffed Nullable(Int64)
--     staffed_units UInt64
--     occupied Nullable(Int64)
--     occupied_units UInt64
--     available Nullable(Int64)
--     available_units UInt64
--     blocked Nullable(Int64)
--     blocked_units UInt64
--     surge_24h Nullable(Int64)
--     surge_24h_units UInt64
--     surge_72h Nullable(Int64)
--     surge_72h_units UInt64
--     reserve_7d Nullable(Int64)
--     reserve_7d_units UInt64
--     occupancy Nullable(Float64)
--     occupancy_units UInt64
--     surge_in_use Nullable(Int64)
--     areas Nullable(Int64)
--     areas_units UInt64
--     status_units UInt64
--     status_regular Nullable(Int64)
--     status_partial Nullable(Int64)
--     status_limited Nullable(Int64)
--     status_closed Nullable(Int64)
--     status_unknown Nullable(Int64)
--     blocked_personnel Nullable(Int64)
--     blocked_room Nullable(Int64)
--     blocked_equipment Nullable(Int64)
--     blocked_material Nullable(Int64)
--     blocked_infection Nullable(Int64)
--     blocked_maintenance Nullable(Int64)
--     blocked_reasons_units UInt64
--     constraints Array(String)
--     on_call Nullable(Int64)
--     on_call_units UInt64
--     on_call_gaps Nullable(Int64)
--     staff_absent Nullable(Int64)
--     staff_absent_units UInt64
--     staff_absence Nullable(Float64)
--     admissions Nullable(Int64)
--     admissions_units UInt64
--     discharges Nullable(Int64)
--     discharges_units UInt64
--     transfers_in Nullable(Int64)
--     transfers_in_units UInt64
--     transfers_out Nullable(Int64)
--     transfers_out_units UInt64
--     net_flow Nullable(Int64)
--     net_flow_units UInt64
--     ed_arrivals Nullable(Int64)
--     ed_arrivals_units UInt64
--     ed_boarding Nullable(Int64)
--     ed_boarding_units UInt64
--     utskrivningsklar Nullable(Int64)
--     utskrivningsklar_units UInt64
--     ambulance_handover_over30 Nullable(Int64)
--     ambulance_handover_over30_units UInt64
--     ambulance_handover_over60 Nullable(Int64)
--     ambulance_handover_over60_units UInt64
--     minutes_since_last_event Int64
--     oldest_minutes Nullable(Int64)
--     repaired_share Nullable(Float64)
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_capacity_known_at
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     units_expected UInt64
--     units_gone UInt64
--     units_reporting UInt64
--     imputed UInt64
--     imputed_share Nullable(Float64)
--     physical Nullable(Int64)
--     physical_units UInt64
--     staffed Nullable(Int64)
--     staffed_units UInt64
--     occupied Nullable(Int64)
--     occupied_units UInt64
--     available Nullable(Int64)
--     available_units UInt64
--     blocked Nullable(Int64)
--     blocked_units UInt64
--     surge_24h Nullable(Int64)
--     surge_24h_units UInt64
--     surge_72h Nullable(Int64)
--     surge_72h_units UInt64
--     reserve_7d Nullable(Int64)
--     reserve_7d_units UInt64
--     occupancy Nullable(Float64)
--     occupancy_units UInt64
--     surge_in_use Nullable(Int64)
--     areas Nullable(Int64)
--     areas_units UInt64
--     status_units UInt64
--     status_regular Nullable(Int64)
--     status_partial Nullable(Int64)
--     status_limited Nullable(Int64)
--     status_closed Nullable(Int64)
--     status_unknown Nullable(Int64)
--     blocked_personnel Nullable(Int64)
--     blocked_room Nullable(Int64)
--     blocked_equipment Nullable(Int64)
--     blocked_material Nullable(Int64)
--     blocked_infection Nullable(Int64)
--     blocked_maintenance Nullable(Int64)
--     blocked_reasons_units UInt64
--     constraints Array(String)
--     on_call Nullable(Int64)
--     on_call_units UInt64
--     on_call_gaps Nullable(Int64)
--     staff_absent Nullable(Int64)
--     staff_absent_units UInt64
--     staff_absence Nullable(Float64)
--     admissions Nullable(Int64)
--     admissions_units UInt64
--     discharges Nullable(Int64)
--     discharges_units UInt64
--     transfers_in Nullable(Int64)
--     transfers_in_units UInt64
--     transfers_out Nullable(Int64)
--     transfers_out_units UInt64
--     net_flow Nullable(Int64)
--     net_flow_units UInt64
--     ed_arrivals Nullable(Int64)
--     ed_arrivals_units UInt64
--     ed_boarding Nullable(Int64)
--     ed_boarding_units UInt64
--     utskrivningsklar Nullable(Int64)
--     utskrivningsklar_units UInt64
--     ambulance_handover_over30 Nullable(Int64)
--     ambulance_handover_over30_units UInt64
--     ambulance_handover_over60 Nullable(Int64)
--     ambulance_handover_over60_units UInt64
--     minutes_since_last_event Int64
--     oldest_minutes Nullable(Int64)
--     repaired_share Nullable(Float64)
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census
--     date Date32
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     occupied Int64
--     mean_7d Nullable(Float64)
--     units_reporting UInt64
--     units_expected UInt64
--     imputed UInt64
--     imputed_occupied Int64
--     imputed_age_days Nullable(Int64)
--     imputed_share Float64
--     admissions Nullable(Int64)
--     admissions_units UInt64
--     admissions_mean_7d Nullable(Float64)
--     discharges Nullable(Int64)
--     discharges_units UInt64
--     discharges_mean_7d Nullable(Float64)
--     late UInt64
--     repaired_share Nullable(Float64)
--     complete Bool
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census_daily
--     day Date32
--     level String
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     occupied Int64
--     mean_7d Nullable(Float64)
--     units_reporting UInt64
--     units_expected UInt64
--     imputed UInt64
--     imputed_occupied Int64
--     imputed_age_days Nullable(Int64)
--     imputed_share Float64
--     admissions Nullable(Int64)
--     admissions_units UInt64
--     admissions_mean_7d Nullable(Float64)
--     discharges Nullable(Int64)
--     discharges_units UInt64
--     discharges_mean_7d Nullable(Float64)
--     late UInt64
--     repaired_share Nullable(Float64)
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census_daily_closed
--     closed_on Date32
--     closed_at DateTime64(3, 'UTC')
--     day Date32
--     level Nullable(String)
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource Nullable(String)
--     category Nullable(String)
--     occupied Nullable(Int64)
--     mean_7d Nullable(Float64)
--     units_reporting Nullable(UInt64)
--     units_expected Nullable(UInt64)
--     imputed Nullable(UInt64)
--     imputed_occupied Nullable(Int64)
--     imputed_age_days Nullable(Int64)
--     imputed_share Nullable(Float64)
--     admissions Nullable(Int64)
--     admissions_units Nullable(UInt64)
--     admissions_mean_7d Nullable(Float64)
--     discharges Nullable(Int64)
--     discharges_units Nullable(UInt64)
--     discharges_mean_7d Nullable(Float64)
--     late Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census_daily_known_at
--     day Date32
--     level String
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     occupied Int64
--     mean_7d Nullable(Float64)
--     units_reporting UInt64
--     units_expected UInt64
--     imputed UInt64
--     imputed_occupied Int64
--     imputed_age_days Nullable(Int64)
--     imputed_share Float64
--     admissions Nullable(Int64)
--     admissions_units UInt64
--     admissions_mean_7d Nullable(Float64)
--     discharges Nullable(Int64)
--     discharges_units UInt64
--     discharges_mean_7d Nullable(Float64)
--     late UInt64
--     repaired_share Nullable(Float64)
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census_expected
--     date Date32
--     region Nullable(String)
--     trust Nullable(String)
--     reporter Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     occupied Int64
--     units_reporting UInt64
--     units_expected UInt64
--     imputed UInt64
--     imputed_age_days Nullable(Int64)
--     complete Bool
--     lag_days Int64
--     past_days UInt64
--     expected_change Nullable(Float64)
--     expected_low Nullable(Float64)
--     expected_high Nullable(Float64)
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census_figures
--     region Nullable(String)
--     trust String
--     reporter LowCardinality(String)
--     unit LowCardinality(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     day Date32
--     until Date32
--     counted_on Date32
--     occupied Int64
--     admissions Nullable(Int64)
--     discharges Nullable(Int64)
--     late Bool
--     told_imputed UInt8
--     repaired UInt8
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_census_figures_known_at
--     region Nullable(String)
--     trust String
--     reporter LowCardinality(String)
--     unit LowCardinality(String)
--     unit_name Nullable(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     day Date32
--     until Date32
--     counted_on Date32
--     occupied Int64
--     admissions Nullable(Int64)
--     discharges Nullable(Int64)
--     late Bool
--     told_imputed UInt8
--     repaired UInt8
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_changes
--     day Date32
--     view String
--     grain String
--     column String
--     closed_value Nullable(Float64)
--     value Nullable(Float64)
--     difference Float64
--     late UInt64
--     amended UInt64
--     cancelled UInt64
--     changed_at Nullable(DateTime64(3, 'UTC'))
--     closed_at DateTime64(3, 'UTC')

-- VIEW preparedness_closed_figures
--     day Date32
--     view String
--     is_closed Bool
--     grain String
--     figures Array(Tuple(String, Nullable(Float64)))

-- VIEW preparedness_occupancy
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit String
--     unit_name Nullable(String)
--     patients Nullable(UInt64)
--     on_leave Nullable(UInt64)
--     last_movement_at Nullable(DateTime64(3, 'UTC'))
--     reported_as_of Nullable(DateTime64(3, 'UTC'))
--     last_reported_as_of Nullable(DateTime64(3, 'UTC'))
--     reported_physical Nullable(Int64)
--     reported_staffed Nullable(Int64)
--     reported_occupied Nullable(Int64)
--     reported_available Nullable(Int64)
--     reported_blocked Nullable(Int64)
--     flagged Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW preparedness_occupancy_at
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit String
--     unit_name Nullable(String)
--     patients Nullable(UInt64)
--     on_leave Nullable(UInt64)
--     last_movement_at Nullable(DateTime64(3, 'UTC'))
--     reported_as_of Nullable(DateTime64(3, 'UTC'))
--     last_reported_as_of Nullable(DateTime64(3, 'UTC'))
--     reported_physical Nullable(Int64)
--     reported_staffed Nullable(Int64)
--     reported_occupied Nullable(Int64)
--     reported_available Nullable(Int64)
--     reported_blocked Nullable(Int64)
--     flagged Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW preparedness_occupancy_known_at
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit String
--     unit_name Nullable(String)
--     patients Nullable(UInt64)
--     on_leave Nullable(UInt64)
--     last_movement_at Nullable(DateTime64(3, 'UTC'))
--     reported_as_of Nullable(DateTime64(3, 'UTC'))
--     last_reported_as_of Nullable(DateTime64(3, 'UTC'))
--     reported_physical Nullable(Int64)
--     reported_staffed Nullable(Int64)
--     reported_occupied Nullable(Int64)
--     reported_available Nullable(Int64)
--     reported_blocked Nullable(Int64)
--     flagged Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW preparedness_reconciled
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit String
--     unit_name Nullable(String)
--     derived Nullable(UInt64)
--     reported Nullable(Int64)
--     difference Nullable(Int64)
--     relative Nullable(Float64)
--     cap_04 Bool
--     reported_age_minutes Nullable(Int64)
--     reason String
--     source String
--     used Nullable(Int64)
--     physical Nullable(Int64)
--     staffed Nullable(Int64)
--     blocked Nullable(Int64)
--     occupancy Nullable(Float64)
--     free Nullable(Int64)
--     on_leave Nullable(UInt64)
--     last_movement_at Nullable(DateTime64(3, 'UTC'))
--     reported_as_of Nullable(DateTime64(3, 'UTC'))
--     minutes_since_last_event Nullable(Int64)
--     known_at DateTime64(3, 'UTC')
--     flagged Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_reconciled_at
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit String
--     unit_name Nullable(String)
--     derived Nullable(UInt64)
--     reported Nullable(Int64)
--     difference Nullable(Int64)
--     relative Nullable(Float64)
--     cap_04 Bool
--     reported_age_minutes Nullable(Int64)
--     reason String
--     source String
--     used Nullable(Int64)
--     physical Nullable(Int64)
--     staffed Nullable(Int64)
--     blocked Nullable(Int64)
--     occupancy Nullable(Float64)
--     free Nullable(Int64)
--     on_leave Nullable(UInt64)
--     last_movement_at Nullable(DateTime64(3, 'UTC'))
--     reported_as_of Nullable(DateTime64(3, 'UTC'))
--     minutes_since_last_event Nullable(Int64)
--     known_at DateTime64(3, 'UTC')
--     flagged Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_reconciled_known_at
--     region Nullable(String)
--     health_trust Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit String
--     unit_name Nullable(String)
--     derived Nullable(UInt64)
--     reported Nullable(Int64)
--     difference Nullable(Int64)
--     relative Nullable(Float64)
--     cap_04 Bool
--     reported_age_minutes Nullable(Int64)
--     reason String
--     source String
--     used Nullable(Int64)
--     physical Nullable(Int64)
--     staffed Nullable(Int64)
--     blocked Nullable(Int64)
--     occupancy Nullable(Float64)
--     free Nullable(Int64)
--     on_leave Nullable(UInt64)
--     last_movement_at Nullable(DateTime64(3, 'UTC'))
--     reported_as_of Nullable(DateTime64(3, 'UTC'))
--     minutes_since_last_event Nullable(Int64)
--     known_at DateTime64(3, 'UTC')
--     flagged Nullable(UInt64)
--     repaired_share Nullable(Float64)
--     imputed_share Float64
--     updated_at DateTime64(3, 'UTC')
--     as_known_at DateTime64(3, 'UTC')

-- VIEW preparedness_reported_at
--     event_id UUID
--     reporter LowCardinality(String)
--     system_vendor LowCardinality(String)
--     system_product LowCardinality(String)
--     system_version LowCardinality(String)
--     model_version LowCardinality(String)
--     sequence Nullable(Int64)
--     previous_event_id Nullable(String)
--     subject_id String
--     revision Int64
--     action LowCardinality(String)
--     occurred_at DateTime64(3, 'UTC')
--     registered_at DateTime64(3, 'UTC')
--     sent_at DateTime64(3, 'UTC')
--     legal_basis LowCardinality(String)
--     declared_known_at Nullable(DateTime64(3, 'UTC'))
--     unit LowCardinality(String)
--     unit_name LowCardinality(Nullable(String))
--     as_of DateTime64(3, 'UTC')
--     origin LowCardinality(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     physical Nullable(Int64)
--     staffed Nullable(Int64)
--     occupied Nullable(Int64)
--     available Nullable(Int64)
--     blocked Nullable(Int64)
--     blocked_reasons Array(Tuple( reason LowCardinality(String), count Nullable(Int64)))
--     surge_24h Nullable(Int64)
--     surge_72h Nullable(Int64)
--     reserve_7d Nullable(Int64)
--     status LowCardinality(Nullable(String))
--     status_counts Array(Tuple( status LowCardinality(String), count Nullable(Int64)))
--     constraint Array(LowCardinality(String))
--     reporting_units Nullable(Int64)
--     on_call Array(Tuple( role LowCardinality(String), count Nullable(Int64), response_minutes Nullable(Int64)))
--     staff_absent Array(Tuple( cause LowCardinality(String), count Nullable(Int64)))
--     supply_days Nullable(Float64)
--     admissions Nullable(Int64)
--     discharges Nullable(Int64)
--     transfers_in Nullable(Int64)
--     transfers_out Nullable(Int64)
--     ed_arrivals Nullable(Int64)
--     ed_boarding Nullable(Int64)
--     utskrivningsklar Nullable(Int64)
--     ambulance_handover_over30 Nullable(Int64)
--     ambulance_handover_over60 Nullable(Int64)
--     late Bool
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     received_at DateTime64(3, 'UTC')
--     processed_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     patient_key Nullable(String)
--     patient_key_version Nullable(Int32)
--     prior_patient_key Nullable(String)
--     sex LowCardinality(Nullable(String))
--     birth_year Nullable(Int32)
--     age_years Nullable(Int32)
--     age_group LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     catchment_hospital LowCardinality(Nullable(String))
--     reporter_name LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     region LowCardinality(Nullable(String))
--     reference_release LowCardinality(String)
--     rules_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     outcome_topic LowCardinality(String)
--     outcome_partition Int32
--     outcome_offset Int64
--     inserted_at DateTime64(3, 'UTC')
--     age_minutes Int64

-- VIEW preparedness_reported_known_at
--     event_id UUID
--     reporter LowCardinality(String)
--     system_vendor LowCardinality(String)
--     system_product LowCardinality(String)
--     system_version LowCardinality(String)
--     model_version LowCardinality(String)
--     sequence Nullable(Int64)
--     previous_event_id Nullable(String)
--     subject_id String
--     revision Int64
--     action LowCardinality(String)
--     occurred_at DateTime64(3, 'UTC')
--     registered_at DateTime64(3, 'UTC')
--     sent_at DateTime64(3, 'UTC')
--     legal_basis LowCardinality(String)
--     declared_known_at Nullable(DateTime64(3, 'UTC'))
--     unit LowCardinality(String)
--     unit_name LowCardinality(Nullable(String))
--     as_of DateTime64(3, 'UTC')
--     origin LowCardinality(String)
--     resource LowCardinality(String)
--     category LowCardinality(String)
--     physical Nullable(Int64)
--     staffed Nullable(Int64)
--     occupied Nullable(Int64)
--     available Nullable(Int64)
--     blocked Nullable(Int64)
--     blocked_reasons Array(Tuple( reason LowCardinality(String), count Nullable(Int64)))
--     surge_24h Nullable(Int64)
--     surge_72h Nullable(Int64)
--     reserve_7d Nullable(Int64)
--     status LowCardinality(Nullable(String))
--     status_counts Array(Tuple( status LowCardinality(String), count Nullable(Int64)))
--     constraint Array(LowCardinality(String))
--     reporting_units Nullable(Int64)
--     on_call Array(Tuple( role LowCardinality(String), count Nullable(Int64), response_minutes Nullable(Int64)))
--     staff_absent Array(Tuple( cause LowCardinality(String), count Nullable(Int64)))
--     supply_days Nullable(Float64)
--     admissions Nullable(Int64)
--     discharges Nullable(Int64)
--     transfers_in Nullable(Int64)
--     transfers_out Nullable(Int64)
--     ed_arrivals Nullable(Int64)
--     ed_boarding Nullable(Int64)
--     utskrivningsklar Nullable(Int64)
--     ambulance_handover_over30 Nullable(Int64)
--     ambulance_handover_over60 Nullable(Int64)
--     late Bool
--     source_topic LowCardinality(String)
--     source_partition Int32
--     source_offset Int64
--     received_at DateTime64(3, 'UTC')
--     processed_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')
--     patient_key Nullable(String)
--     patient_key_version Nullable(Int32)
--     prior_patient_key Nullable(String)
--     sex LowCardinality(Nullable(String))
--     birth_year Nullable(Int32)
--     age_years Nullable(Int32)
--     age_group LowCardinality(Nullable(String))
--     home_municipality LowCardinality(Nullable(String))
--     home_county LowCardinality(Nullable(String))
--     catchment_trust LowCardinality(Nullable(String))
--     catchment_hospital LowCardinality(Nullable(String))
--     reporter_name LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     region LowCardinality(Nullable(String))
--     reference_release LowCardinality(String)
--     rules_release LowCardinality(String)
--     problems Array(Tuple( code LowCardinality(String), severity LowCardinality(String), field LowCardinality(String)))
--     outcome_topic LowCardinality(String)
--     outcome_partition Int32
--     outcome_offset Int64
--     inserted_at DateTime64(3, 'UTC')
--     age_minutes Int64

-- VIEW preparedness_revision_sizes
--     resource String
--     category String
--     lag_days UInt8
--     figures UInt64
--     missing UInt64
--     changed_share Nullable(Float64)
--     mean_to_come Nullable(Float64)
--     typical Nullable(Float64)
--     large Nullable(Float64)
--     share_of_newest Nullable(Float64)

-- VIEW preparedness_revision_sizes_known_at
--     resource String
--     category String
--     lag_days UInt8
--     figures UInt64
--     missing UInt64
--     changed_share Nullable(Float64)
--     mean_to_come Nullable(Float64)
--     typical Nullable(Float64)
--     large Nullable(Float64)
--     share_of_newest Nullable(Float64)

-- VIEW preparedness_revisions
--     date Date32
--     region Nullable(String)
--     trust String
--     reporter LowCardinality(String)
--     unit String
--     unit_name Nullable(String)
--     resource String
--     category String
--     lag_days UInt8
--     known_on Date32
--     occupied Nullable(Int64)
--     change Nullable(Int64)
--     final Nullable(Int64)
--     to_come Nullable(Int64)

-- VIEW preparedness_revisions_known_at
--     date Date32
--     region Nullable(String)
--     trust String
--     reporter LowCardinality(String)
--     unit String
--     unit_name Nullable(String)
--     resource String
--     category String
--     lag_days UInt8
--     known_on Date32
--     occupied Nullable(Int64)
--     change Nullable(Int64)
--     final Nullable(Int64)
--     to_come Nullable(Int64)

-- VIEW preparedness_stays_at
--     reporter LowCardinality(String)
--     stay String
--     place String
--     unit_name Nullable(String)
--     reporter_name Nullable(String)
--     health_trust Nullable(String)
--     region Nullable(String)
--     patient_key Nullable(String)
--     last_kind String
--     inpatient Bool
--     ends Nullable(DateTime64(3, 'UTC'))
--     in_another_bed Bool
--     inside Bool
--     first_movement_at DateTime64(3, 'UTC')
--     last_movement_at DateTime64(3, 'UTC')
--     last_place_in_time Int128
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW preparedness_stays_known_at
--     reporter LowCardinality(String)
--     stay String
--     place String
--     unit_name Nullable(String)
--     reporter_name Nullable(String)
--     health_trust Nullable(String)
--     region Nullable(String)
--     patient_key Nullable(String)
--     last_kind String
--     inpatient Bool
--     ends Nullable(DateTime64(3, 'UTC'))
--     in_another_bed Bool
--     inside Bool
--     first_movement_at DateTime64(3, 'UTC')
--     last_movement_at DateTime64(3, 'UTC')
--     last_place_in_time Int128
--     flags Array(String)
--     repaired UInt8
--     received_at DateTime64(3, 'UTC')
--     known_at DateTime64(3, 'UTC')

-- VIEW quality_coverage
--     family String
--     day Date32
--     units_expected UInt64
--     units_reporting UInt64
--     units_unexpected UInt64
--     events UInt64
--     events_usual Float64
--     completeness Nullable(Float64)
--     silent Array(String)
--     in_time_share Nullable(Float64)
--     mean_delay_hours Nullable(Float64)
--     repaired_share Nullable(Float64)
--     day_over UInt8
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW quality_coverage_known_at
--     family String
--     day Date32
--     units_expected UInt64
--     units_reporting UInt64
--     units_unexpected UInt64
--     events UInt64
--     events_usual Float64
--     completeness Nullable(Float64)
--     silent Array(String)
--     in_time_share Nullable(Float64)
--     mean_delay_hours Nullable(Float64)
--     repaired_share Nullable(Float64)
--     day_over UInt8
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW quality_places
--     family String
--     reporter LowCardinality(String)
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     kommuneNr Nullable(String)

-- VIEW quality_reporters
--     reporter LowCardinality(Nullable(String))
--     reporter_name Nullable(String)
--     families Array(String)
--     events UInt64
--     accepted UInt64
--     rejected UInt64
--     duplicates UInt64
--     repaired UInt64
--     warned UInt64
--     repaired_share Nullable(Float64)
--     warned_share Nullable(Float64)
--     rejected_share Float64
--     top_reject_codes Array(Tuple(String, UInt64))
--     first_received_at DateTime64(3, 'UTC')
--     last_received_at DateTime64(3, 'UTC')
--     freshness_seconds Int64
--     known_at Nullable(DateTime64(3, 'UTC'))

-- VIEW quality_units
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     kommuneNr Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     days_reporting Array(Date32)
--     days_before Array(Date32)
--     days_expected Array(Date32)
--     days_silent Array(Date32)
--     events UInt64
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW quality_units_known_at
--     region LowCardinality(Nullable(String))
--     health_trust LowCardinality(Nullable(String))
--     kommuneNr Nullable(String)
--     reporter LowCardinality(String)
--     reporter_name Nullable(String)
--     unit Nullable(String)
--     unit_name Nullable(String)
--     days_reporting Array(Date32)
--     days_before Array(Date32)
--     days_expected Array(Date32)
--     days_silent Array(Date32)
--     events UInt64
--     updated_at Nullable(DateTime64(3, 'UTC'))
--     as_known_at DateTime64(3, 'UTC')

-- VIEW receipts: the columns of log_receipts

-- VIEW reference_municipalities
--     kommuneNr String
--     name String
--     county String
--     county_name Nullable(String)
--     helsefellesskap Nullable(String)
--     catchment_trust Nullable(String)
--     population Nullable(Int64)
--     population_of Nullable(Date32)
--     release String

-- VIEW reference_population
--     kommuneNr String
--     sex Nullable(String)
--     age_group Nullable(String)
--     population Int64
--     population_of Date32
--     release String

-- VIEW reference_units
--     orgnr String
--     name String
--     kommuneNr Nullable(String)
--     hospital Nullable(String)
--     health_trust Nullable(String)
--     region Nullable(String)
--     latitude Nullable(Float64)
--     longitude Nullable(Float64)
--     catchment_population Nullable(Int64)
--     release String

-- VIEW referral_current: the columns of log_accepted_referral

-- VIEW referral_known_at: the columns of log_accepted_referral

-- VIEW register_changes
--     day Date32
--     view String
--     grain String
--     column String
--     closed_value Nullable(Float64)
--     value Nullable(Float64)
--     difference Float64
--     late UInt64
--     amended UInt64
--     cancelled UInt64
--     changed_at Nullable(DateTime64(3, 'UTC'))
--     closed_at DateTime64(3, 'UTC')

-- VIEW register_events
--     family String
--     received_at DateTime64(3, 'UTC')
--     kind String
--     days Array(Date32)

-- VIEW rejected: the columns of log_rejected

-- VIEW service_current: the columns of log_accepted_service

-- VIEW service_known_at: the columns of log_accepted_service

-- VIEW sink_errors: the columns of log_sink_errors

-- VIEW view_purposes
--     view String
--     purposes Array(String)
--     legal_bases Array(String)
--     person_level Bool
