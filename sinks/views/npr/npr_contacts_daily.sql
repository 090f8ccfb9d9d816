-- Specialist care: contacts and stays by the day they began (Norwegian calendar).
-- A row is day, reporter, unit, sector, level of care (omsorgsniva), urgency (innmateHast), home municipality, sex (3101)
-- and age_group (ten years, age when the event occurred); null is unknown. Sum over rows for a trust, a region or a
-- municipality.
-- contacts: episodes (count). patients: different patients among them, where the patient is known; not to be added over
-- rows, one patient may be in several. ended, open: of the contacts, those that have an end and those that have none yet.
-- repaired: of the contacts, those with a field that was set to null or -1 by a rule; repaired_share: of all of them.
-- imputed_share: 0, in this register nothing is made up. updated_at (and last_received_at): when its last event was
-- received; known_at: when the newest version behind the row became known; as_known_at: the time of which the row tells.
-- Source: npr_contacts. A contact without a start has no day and is not counted here.
SELECT
    assumeNotNull(contacts_.day) AS day,
    region,
    health_trust,
    reporter,
    max(contacts_.reporter_name) AS reporter_name,
    unit,
    max(contacts_.unit_name) AS unit_name,
    sector,
    omsorgsniva,
    innmateHast,
    home_municipality,
    sex,
    age_group,
    count() AS contacts,
    uniqExactIf(cityHash64(patient_key), patient_key IS NOT NULL) AS patients,
    countIf(utDatoTid IS NOT NULL) AS ended,
    countIf(utDatoTid IS NULL) AS open,
    countIf(contacts_.repaired) AS repaired,
    repaired / contacts AS repaired_share,
    0. AS imputed_share,
    max(contacts_.known_at) AS known_at,
    max(received_at) AS last_received_at,
    last_received_at AS updated_at,
    {now} AS as_known_at
FROM {npr_contacts} AS contacts_
WHERE contacts_.day IS NOT NULL
GROUP BY
    day, region, health_trust, reporter, unit, sector, omsorgsniva, innmateHast, home_municipality, sex, age_group
