-- Specialist care: contacts and stays, one by one, as they are now known.
-- A row is one episode (reporter and subject_id). kind: stay, day_treatment or outpatient, by omsorgsniva (1; 2; 3 and 8);
-- null where that is unknown. day: of its start, Norwegian calendar. ended_day: of its end; null while it is open.
-- main_diagnosis: the code with tilstNr 1 and kodeNr 1; diagnoses: all codes, as kodeverk:code; procedures likewise.
-- debitor, innmateHast, sector, komNrHjem and the others as sent; home_municipality: the municipality in force today.
-- repaired: a rule set one of its fields to null or -1. known_at: when its newest version became known.
-- Not here: episodes of a referral period that was withdrawn after they were told (npr_cancelled_with_period).
-- Source: episode_current. Definitions: NPR reporting model (Episode, Tilstand, Prosedyre).
SELECT
    episodes.region AS region,
    episodes.health_trust AS health_trust,
    episodes.reporter AS reporter,
    episodes.reporter_name AS reporter_name,
    episodes.unit AS unit,
    episodes.unit_name AS unit_name,
    episodes.subject_id AS subject_id,
    multiIf(
        omsorgsniva = '1', 'stay',
        omsorgsniva = '2', 'day_treatment',
        omsorgsniva IN ('3', '8'), 'outpatient',
        NULL) AS kind,
    toDate32(toTimeZone(innDatoTid, 'Europe/Oslo')) AS day,
    toDate32(toTimeZone(utDatoTid, 'Europe/Oslo')) AS ended_day,
    innDatoTid,
    utDatoTid,
    sector,
    omsorgsniva,
    innmateHast,
    debitor,
    episodeFag,
    kontaktType,
    inntilstand,
    utTilstand,
    fraSted,
    tilSted,
    komNrHjem,
    home_municipality,
    home_county,
    catchment_trust,
    sex,
    age_group,
    patient_key,
    henvisningsperiodeID,
    tidspunkter,
    arrayFirstOrNull(code -> code.tilstNr = '1' AND code.kodeNr = '1', tilstander).kodeVerdi AS main_diagnosis,
    arrayMap(code -> concat(ifNull(code.kodeverk, ''), ':', ifNull(code.kodeVerdi, '')), tilstander) AS diagnoses,
    arrayMap(code -> concat(ifNull(code.kodeverk, ''), ':', ifNull(code.kodeVerdi, '')), prosedyrer) AS procedures,
    has(problems.severity, 'repair') AS repaired,
    received_at,
    episodes.known_at AS known_at
FROM {episode} AS episodes
WHERE (reporter, subject_id) NOT IN (SELECT gone.reporter, gone.subject_id FROM {npr_cancelled_with_period} AS gone)
