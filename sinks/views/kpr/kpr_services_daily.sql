-- Municipal health and care services: changes by the day they happened (hendelseDato, Norwegian calendar).
-- A row is day, municipality that provides (kommuneNr), reporter, kind of service (tjenesteType), home municipality, sex
-- (3101) and age_group (ten years, age when the change occurred); null is unknown. reporter_name: of several on a
-- day, the last by alphabet.
-- started, paused, resumed, provider_changed, ended: changes (count). services: different services (reporter and tjenesteID).
-- persons: different persons, where the person is known. repaired: changes with a field that was set to null or -1.
-- repaired_share: of all changes; imputed_share: 0, nothing is made up; updated_at (and last_received_at): when its last
-- event was received; as_known_at: the time of which the row tells.
-- known_at: when the newest version behind the row became known.
-- Source: service_current (cancelled notifications are gone). A change without a date is not counted here.
SELECT
    assumeNotNull(hendelseDato) AS day,
    kommuneNr,
    reporter,
    max(changes.reporter_name) AS reporter_name,
    tjenesteType,
    home_municipality,
    sex,
    age_group,
    countIf(hendelse = 'TjenesteStart') AS started,
    countIf(hendelse = 'MidlertidigStoppFra') AS paused,
    countIf(hendelse = 'MidlertidigStoppTil') AS resumed,
    countIf(hendelse = 'TjenesteutforerEndret') AS provider_changed,
    countIf(hendelse = 'TjenesteSlutt') AS ended,
    uniqExactIf(cityHash64(reporter, tjenesteID), tjenesteID IS NOT NULL) AS services,
    uniqExactIf(cityHash64(patient_key), patient_key IS NOT NULL) AS persons,
    countIf(has(problems.severity, 'repair')) AS repaired,
    repaired / count() AS repaired_share,
    0. AS imputed_share,
    max(changes.known_at) AS known_at,
    max(received_at) AS last_received_at,
    last_received_at AS updated_at,
    {now} AS as_known_at
FROM {service} AS changes
WHERE hendelseDato IS NOT NULL
GROUP BY day, kommuneNr, reporter, tjenesteType, home_municipality, sex, age_group
