-- From hospital to municipality: admission, ready for discharge, discharge, and the municipal service that follows.
-- A row is one hospital stay that was reported ready for discharge (npr_discharge_ready). service_started_on: of the
-- patient's first municipal service that starts on the day of readiness or in the 30 days after it, and its tjenesteType
-- and kommuneNr; null where none did, where the patient is not known, or where the municipality does not report.
-- days_admitted_to_ready, days_ready_to_discharge, days_ready_to_service, days_discharge_to_service: calendar days;
-- days_discharge_to_service is negative where the service began first.
-- Patients are tied by patient_key, a keyed hash: no identifier is here. updated_at: when the newest event was received.
-- Source: npr_discharge_ready, kpr_services.
WITH
    starts AS
    (
        SELECT assumeNotNull(patient_key) AS person, assumeNotNull(started_on) AS started, tjenesteType, kommuneNr, received_at
        FROM {kpr_services}
        WHERE patient_key IS NOT NULL AND started_on IS NOT NULL
    ),
    followed AS
    (
        SELECT
            ready.reporter AS reporter,
            ready.subject_id AS subject_id,
            argMin((starts.started, starts.tjenesteType, starts.kommuneNr, starts.received_at), starts.started) AS first
        FROM {npr_discharge_ready} AS ready
        INNER JOIN starts ON ready.patient_key = starts.person
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
    ready.patient_key AS patient_key,
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
FROM {npr_discharge_ready} AS ready
LEFT JOIN followed ON ready.reporter = followed.reporter AND ready.subject_id = followed.subject_id
