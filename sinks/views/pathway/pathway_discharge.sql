-- From hospital to municipality: admission, ready for discharge, discharge, and the municipal service that follows.
-- A row is one hospital stay that was reported ready for discharge and not withdrawn (npr_discharge_ready).
-- service_started_on: of the patient's first municipal service that starts on the day of readiness or in the 30 days after
-- it (of several that start on a day the lowest type, then municipality, as text), and its tjenesteType and kommuneNr;
-- null where none did, where the patient is not known, or where the municipality
-- does not report. days_admitted_to_ready, days_ready_to_discharge, days_ready_to_service, days_discharge_to_service:
-- calendar days; days_discharge_to_service is negative where the service began first.
-- Patients are tied by patient_key, a keyed hash: no identifier is here. One whose identity was merged into another (HL7
-- A40, movement_type merge) is the person of the identity that remained, also when that one was merged later; merged: the
-- stay or the service was reported under the former identity. updated_at: when the newest event was received.
-- Source: npr_discharge_ready, kpr_services, npr_merged_patients.
WITH
    starts AS
    (
        SELECT
            if(persons.present = '', assumeNotNull(services.patient_key), persons.present) AS person,
            persons.present != '' AS merged,
            assumeNotNull(services.started_on) AS started,
            services.tjenesteType AS tjenesteType,
            services.kommuneNr AS kommuneNr,
            services.received_at AS received_at,
            concat(services.reporter, ':', services.tjenesteID) AS service
        FROM {kpr_services} AS services
        LEFT JOIN {npr_merged_patients} AS persons ON services.patient_key = persons.former
        WHERE services.patient_key IS NOT NULL AND services.started_on IS NOT NULL
    ),
    stays AS
    (
        SELECT
            ready.*,
            if(persons.present = '', ready.patient_key, persons.present) AS person,
            persons.present != '' AS merged
        FROM {npr_discharge_ready} AS ready
        LEFT JOIN {npr_merged_patients} AS persons ON ready.patient_key = persons.former
        WHERE ready.withdrawn_at IS NULL
    ),
    followed AS
    (
        SELECT
            ready.reporter AS reporter,
            ready.subject_id AS subject_id,
            argMin(
                (starts.started, starts.tjenesteType, starts.kommuneNr, starts.received_at, starts.merged),
                (starts.started, ifNull(starts.tjenesteType, ''), ifNull(starts.kommuneNr, ''), starts.service)) AS first
        FROM stays AS ready
        INNER JOIN starts ON ready.person = starts.person
        WHERE starts.started BETWEEN ready.ready_day AND ready.ready_day + 30
        GROUP BY reporter, subject_id
    )
SELECT
    ready.region AS region,
    ready.health_trust AS health_trust,
    ready.reporter AS reporter,
    ready.reporter_name AS reporter_name,
    ready.unit AS unit,
    ready.subject_id AS subject_id,
    ready.home_municipality AS home_municipality,
    ready.sex AS sex,
    ready.age_group AS age_group,
    ready.person AS patient_key,
    ready.merged OR followed.first.5 AS merged,
    toDate32(toTimeZone(ready.innDatoTid, 'Europe/Oslo')) AS admitted_on,
    ready.ready_day AS ready_on,
    toDate32(toTimeZone(ready.discharged_at, 'Europe/Oslo')) AS discharged_on,
    if(followed.subject_id = '', NULL, toNullable(followed.first.1)) AS service_started_on,
    if(followed.subject_id = '', NULL, followed.first.2) AS service_type,
    if(followed.subject_id = '', NULL, followed.first.3) AS service_municipality,
    dateDiff('day', admitted_on, ready_on) AS days_admitted_to_ready,
    dateDiff('day', ready_on, discharged_on) AS days_ready_to_discharge,
    dateDiff('day', ready_on, service_started_on) AS days_ready_to_service,
    dateDiff('day', discharged_on, service_started_on) AS days_discharge_to_service,
    ready.repaired AS repaired,
    greatest(ready.received_at, followed.first.4) AS updated_at
FROM stays AS ready
LEFT JOIN followed ON ready.reporter = followed.reporter AND ready.subject_id = followed.subject_id
