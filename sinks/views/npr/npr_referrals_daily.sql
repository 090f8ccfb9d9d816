-- Referrals to specialist care by day (Norwegian calendar): what came, was assessed, began to wait and ceased to wait.
-- A row is a day, region, trust, reporter, unit, field (fagomrade), sector, home municipality, sex (3101) and age_group (ten
-- years); null is unknown. All are counts of what happened on the day, and can be summed over rows and over days.
-- referrals: to which anything of the following happened. received: mottaksDato. assessed: vurdDato. waiting_started,
-- ended: waits that began (ansienDato, else mottaksDato) and that ended (ventetidSluttDato); of these treated: with 1,
-- treatment begun, and ended_otherwise: with another code that is known (ventetidSluttKode, 8445; not -1).
-- deadline_broken: waits whose deadline (fristStartBehandling) broke on the day: the first one after it on which the patient
-- waited, that is, the wait had not ended on or before it. So far one wait breaks it once, and the sum over all days up to
-- the end of a month is what npr_waiting counts as broken of those that ended by then or wait.
-- Waits are those of npr_waiting: one without a beginning, or with its end before it, is in received and assessed only. A
-- date that is still to come is not counted until then.
-- repaired_share: of referrals; imputed_share: 0; updated_at: when the newest of them was received; as_known_at: the time of
-- which the row tells. Source: npr_referrals.
WITH days AS
    (
        SELECT
            *,
            arrayJoin(arrayDistinct(arrayFilter(
                one -> ifNull(one <= toDate32(toTimeZone({now}, 'Europe/Oslo')), false),
                [mottaksDato, vurdDato, began, ended_on, deadline_broken_on]))) AS date
        FROM
        (
            SELECT
                *,
                if(days IS NULL, NULL, waiting_from) AS began,
                if(days IS NULL, NULL, waited_until) AS ended_on
            FROM {npr_referrals}
        )
    )
SELECT
    assumeNotNull(date) AS day,
    region,
    health_trust,
    reporter,
    max(days.reporter_name) AS reporter_name,
    unit,
    max(days.unit_name) AS unit_name,
    fagomrade,
    sector,
    home_municipality,
    sex,
    age_group,
    count() AS referrals,
    countIf(mottaksDato = date) AS received,
    countIf(vurdDato = date) AS assessed,
    countIf(began = date) AS waiting_started,
    countIf(ended_on = date) AS ended,
    countIf(ended_on = date AND ended_with = '1') AS treated,
    countIf(ended_on = date AND ended_with NOT IN ('1', '-1')) AS ended_otherwise,
    countIf(deadline_broken_on = date) AS deadline_broken,
    countIf(repaired) / referrals AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM days
GROUP BY day, region, health_trust, reporter, unit, fagomrade, sector, home_municipality, sex, age_group
