-- Referrals to specialist care, one by one, as they are now known, and the waiting of each.
-- A row is one referral (reporter and subject_id). waiting_from: ansienDato, else mottaksDato (null: it is in no figure of
-- waiting). waited_until: ventetidSluttDato, of one that was declined
-- (avvistKode) else vurdDato; null while it waits. ended_with: ventetidSluttKode (8445; 1 treatment begun).
-- days: from waiting_from until the end, or until now; null when the end is before the beginning.
-- right: rettTilHelsehjelp (8444). deadline: fristStartBehandling. deadline_broken: it passed while the patient waited
-- (the wait ended later, or goes on) and is over by now; null without a deadline, false of a wait that is to begin.
-- deadline_broken_on: the first day after it on which the patient waited; null where days is. postponed, postponed_for_capacity: how often, and how often with reason 1, capacity
-- (utsettKode, 8446), of utsettelser. flags: ends_before_it_begins, no_beginning.
-- pakkeforlop: part of a package pathway (1101; 1 yes). avvistKode: why it was declined. tildeltDato: the date offered.
-- debitor, henvType (8455), henvFraTjeneste (8404), frittBehandlingsvalg (1103), komNrHjem and the others as sent;
-- home_municipality: the municipality in force today. sex: 3101; age_group: ten years, age when the newest event occurred.
-- Source: referral_current. Definitions: NPR reporting model (Henvisning), national indicators of waiting.
WITH toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today
SELECT
    referrals.region AS region,
    referrals.health_trust AS health_trust,
    referrals.reporter AS reporter,
    referrals.reporter_name AS reporter_name,
    referrals.unit AS unit,
    referrals.unit_name AS unit_name,
    referrals.subject_id AS subject_id,
    henvisningsperiodeID,
    henvID,
    sector,
    fagomrade,
    debitor,
    henvType,
    henvFraTjeneste,
    frittBehandlingsvalg,
    pakkeforlop,
    komNrHjem,
    bydel,
    home_municipality,
    home_county,
    catchment_trust,
    sex,
    age_group,
    patient_key,
    mottaksDato,
    ansienDato,
    vurdDato,
    henvVurd,
    avvistKode,
    tildeltDato,
    rettTilHelsehjelp AS right,
    coalesce(ansienDato, mottaksDato) AS waiting_from,
    coalesce(ventetidSluttDato, if(avvistKode IS NOT NULL, vurdDato, NULL)) AS waited_until,
    ventetidSluttKode AS ended_with,
    dateDiff('day', waiting_from, ifNull(waited_until, today)) AS elapsed,
    if(elapsed >= 0, elapsed, NULL) AS days,
    fristStartBehandling AS deadline,
    if(
        deadline IS NULL,
        NULL,
        toNullable(least(ifNull(waited_until, today), today) > deadline AND ifNull(waiting_from <= today, true))) AS deadline_broken,
    if(deadline_broken AND days IS NOT NULL, greatest(deadline + 1, waiting_from), NULL) AS deadline_broken_on,
    utsettelser,
    length(utsettelser) AS postponed,
    arrayCount(postponement -> postponement.utsettKode = '1', utsettelser) AS postponed_for_capacity,
    arrayFilter(
        flag -> flag != '',
        [
            if(ifNull(waited_until < waiting_from, false), 'ends_before_it_begins', ''),
            if(waiting_from IS NULL, 'no_beginning', '')
        ]) AS flags,
    has(problems.severity, 'repair') AS repaired,
    received_at,
    referrals.known_at AS known_at
FROM {referral} AS referrals
