-- Consultations in municipal services: GP, emergency primary care, physiotherapy, dental, health station and others.
-- A row is one consultation (reporter and subject_id). service: of tjenestetype, in words. contact_type: derived from the
-- tariff codes (takster), the highest that applies: 5 multidisciplinary (1f, 14), 4 home visit (11ad, 11ak),
-- 3 consultation (2ad, 2ae, 2ak, 2fk), 2 simple contact (1ad, 1be, 1bd, 1g), 1 other; without any tariff it is kontakttype
-- as sent, and contact_type_from says which. day: of datoTidStart, Norwegian calendar. diagnoses: as kodeverk:code.
-- Source: consultation_current. Definitions: KUHR claims as KPR reads them, ICPC-2 and ICD-10 as sent.
SELECT
    consultations.region AS region,
    consultations.reporter AS reporter,
    consultations.reporter_name AS reporter_name,
    consultations.unit AS unit,
    consultations.unit_name AS unit_name,
    consultations.subject_id AS subject_id,
    consultations.tjenestetype AS tjenestetype,
    transform(
        ifNull(consultations.tjenestetype, ''),
        ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13'],
        [
            'general practitioner', 'emergency primary care', 'physiotherapy', 'physiotherapy', 'chiropractic', 'dentist',
            'orthodontics', 'dental hygienist', 'health station and school health', 'speech therapy', 'unknown',
            'audio pedagogy', 'orthoptics'
        ],
        'unknown') AS service,
    multiIf(
        hasAny(takster, ['1f', '14']), '5',
        hasAny(takster, ['11ad', '11ak']), '4',
        hasAny(takster, ['2ad', '2ae', '2ak', '2fk']), '3',
        hasAny(takster, ['1ad', '1be', '1bd', '1g']), '2',
        notEmpty(takster), '1',
        kontakttype) AS contact_type,
    if(notEmpty(takster), 'takster', if(kontakttype IS NULL, NULL, 'kontakttype')) AS contact_type_from,
    toDate32(toTimeZone(datoTidStart, 'Europe/Oslo')) AS day,
    datoTidStart,
    datoTidSlutt,
    kommuneNr,
    home_municipality,
    sex,
    age_group,
    patient_key,
    formKonsultasjon,
    anbefaltTypeKonsultasjon,
    takster,
    arrayMap(code -> concat(ifNull(code.kodeverk, ''), ':', ifNull(code.kodeVerdi, '')), diagnoser) AS diagnoses,
    has(problems.severity, 'repair') AS repaired,
    received_at,
    consultations.known_at AS known_at
FROM {consultation} AS consultations
