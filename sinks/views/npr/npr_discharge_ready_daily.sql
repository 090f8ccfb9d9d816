-- Bed-days after ready for discharge, by the night they cover.
-- A row is a day (the night that follows it, Norwegian calendar), unit, home municipality, which is the one to receive the
-- patient, sex (3101) and age_group (ten years, age when the event occurred); null is unknown.
-- bed_days: patients ready for discharge who lay there that night. became_ready: of them, those who became ready on that
-- day. repaired_share: of the stays behind the row; imputed_share: 0; updated_at: when the newest of their events was
-- received; as_known_at: the time of which the row tells. Source: npr_discharge_ready.
SELECT
    date AS day,
    region,
    health_trust,
    reporter,
    max(ready.reporter_name) AS reporter_name,
    unit,
    max(ready.unit_name) AS unit_name,
    home_municipality,
    sex,
    age_group,
    count() AS bed_days,
    countIf(arrayExists(period -> toDate32(toTimeZone(period.1, 'Europe/Oslo')) = date, periods)) AS became_ready,
    countIf(repaired) / count() AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM {npr_discharge_ready} AS ready
ARRAY JOIN nights AS date
GROUP BY day, region, health_trust, reporter, unit, home_municipality, sex, age_group
