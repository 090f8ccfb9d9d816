-- Hospital stays by day (Norwegian calendar): who came, who left, who lay there at midnight.
-- A row is a day, reporter, unit, home municipality, sex (3101) and age_group (ten years; of the episode, else of the last
-- movement, so one age over all days of a stay); null is unknown. Sum over rows for trusts and regions.
-- admissions, discharges: of the day. in_bed: stays that are there at the midnight which ends the day, leave included: the
-- day's bed-days; nights that have not come are not counted. open: of these, those without a discharge yet. flagged_share:
-- of the stays behind the row, those with a flag of npr_stays. repaired_share; imputed_share: 0; updated_at: when the
-- newest of their events was received; as_known_at: the time of which the row tells. Source: npr_stays. A stay with its
-- discharge before its admission, or without a time of admission, is not counted.
WITH toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today
SELECT
    date AS day,
    region,
    health_trust,
    reporter,
    max(stays.reporter_name) AS reporter_name,
    unit,
    max(stays.unit_name) AS unit_name,
    home_municipality,
    sex,
    age_group,
    countIf(date = admitted_day) AS admissions,
    countIf(date = discharged_day) AS discharges,
    countIf(ifNull(date < discharged_day, true) AND date < today) AS in_bed,
    countIf(stays.open AND date < today) AS open,
    countIf(notEmpty(flags)) / count() AS flagged_share,
    countIf(stays.repaired) / count() AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM (SELECT * FROM {npr_stays} WHERE nights IS NOT NULL AND admitted_day <= today) AS stays
ARRAY JOIN arrayMap(
    n -> assumeNotNull(admitted_day) + n,
    range(toUInt32(least(assumeNotNull(nights), dateDiff('day', assumeNotNull(admitted_day), today))) + 1)) AS date
GROUP BY day, region, health_trust, reporter, unit, home_municipality, sex, age_group
