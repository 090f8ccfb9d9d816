-- Specialist care: contacts and stays by the day they began (Norwegian calendar).
-- A row is day, reporter, unit, sector, level of care (omsorgsniva) and urgency (innmateHast); null is unknown.
-- contacts: episodes (count). patients: different patients among them, where the patient is known. ended, open: of
-- the contacts, those that have an end and those that have none yet. repaired: of the contacts, those with a field
-- that was set to null or -1 by a rule.
-- known_at: when the newest version behind the row became known; last_received_at: when its last event was received.
-- Source: episode_current. A contact without a start has no day and is not counted here.
SELECT
    toDate32(toTimeZone(assumeNotNull(innDatoTid), 'Europe/Oslo')) AS day,
    region,
    health_trust,
    reporter,
    reporter_name,
    unit,
    unit_name,
    sector,
    omsorgsniva,
    innmateHast,
    count() AS contacts,
    uniqExact(patient_key) AS patients,
    countIf(utDatoTid IS NOT NULL) AS ended,
    countIf(utDatoTid IS NULL) AS open,
    countIf(has(problems.severity, 'repair')) AS repaired,
    max(episodes.known_at) AS known_at,
    max(received_at) AS last_received_at
FROM {episode} AS episodes
WHERE innDatoTid IS NOT NULL
GROUP BY day, region, health_trust, reporter, reporter_name, unit, unit_name, sector, omsorgsniva, innmateHast
