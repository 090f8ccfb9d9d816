-- Municipal health and care services, assembled from the minimelding's notifications.
-- A row is one service (reporter and tjenesteID). started_on: hendelseDato of its TjenesteStart; ended_on: of its
-- TjenesteSlutt, null while it goes on. pauses: from and to of each temporary stop (MidlertidigStoppFra,
-- MidlertidigStoppTil with the same midlertidigStoppID); to is null while it lasts. provider: tjenesteOrgNr of the newest
-- notification that names one (by hendelseDato, then registered_at); kommuneNr, tjenesteType, home_municipality, sex
-- (3101) and age_group (ten years) likewise; a kommuneNr that a rule took out (-1) names none, unless there is no other.
-- state: planned (it starts later), ended, paused, active, or unknown (there is no start). Cancelled notifications are gone.
-- flags: no_start, ends_before_it_starts, several_starts (the first counts), resumed_without_pause.
-- Source: service_current. Definitions: KPR minimelding (IPLOS 56.0.0).
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    assembled AS
    (
        SELECT
            max(changes.region) AS region,
            reporter,
            max(changes.reporter_name) AS reporter_name,
            -- a number that a rule took out (-1) names no municipality
            coalesce(
                argMaxOrNull(nullIf(changes.kommuneNr, '-1'), (changes.hendelseDato, changes.registered_at)),
                maxOrNull(changes.kommuneNr)) AS kommuneNr,
            assumeNotNull(tjenesteID) AS service_id,
            argMaxOrNull(changes.tjenesteType, (changes.hendelseDato, changes.registered_at)) AS tjenesteType,
            argMaxOrNull(changes.tjenesteOrgNr, (changes.hendelseDato, changes.registered_at)) AS provider,
            argMaxOrNull(changes.home_municipality, (changes.hendelseDato, changes.registered_at)) AS home_municipality,
            argMaxOrNull(changes.sex, (changes.hendelseDato, changes.registered_at)) AS sex,
            argMaxOrNull(changes.age_group, (changes.hendelseDato, changes.registered_at)) AS age_group,
            argMaxOrNull(changes.patient_key, (changes.known_at, changes.subject_id)) AS patient_key,
            minIfOrNull(changes.hendelseDato, hendelse = 'TjenesteStart') AS started_on,
            maxIfOrNull(changes.hendelseDato, hendelse = 'TjenesteSlutt') AS ended_on,
            countIf(hendelse = 'TjenesteStart') AS starts,
            groupArrayIf((ifNull(midlertidigStoppID, ''), changes.hendelseDato), hendelse = 'MidlertidigStoppFra') AS stops,
            groupArrayIf((ifNull(midlertidigStoppID, ''), changes.hendelseDato), hendelse = 'MidlertidigStoppTil') AS resumes,
            countIf(has(problems.severity, 'repair')) > 0 AS repaired,
            max(changes.received_at) AS received_at,
            max(changes.known_at) AS known_at
        FROM {service} AS changes
        WHERE tjenesteID IS NOT NULL
        GROUP BY reporter, tjenesteID
    )
SELECT
    region,
    reporter,
    reporter_name,
    kommuneNr,
    service_id AS tjenesteID,
    tjenesteType,
    provider,
    home_municipality,
    sex,
    age_group,
    patient_key,
    started_on,
    ended_on,
    arraySort(arrayMap(
        stop -> (
            stop.2 AS from,
            arrayReduce('minOrNull', arrayFilter(resume -> resume.1 = stop.1 AND ifNull(resume.2 >= stop.2, false), resumes).2) AS to),
        stops)) AS pauses,
    multiIf(
        started_on IS NULL, 'unknown',
        started_on > today, 'planned',
        ifNull(ended_on <= today, false), 'ended',
        arrayExists(pause -> ifNull(pause.1 <= today, false) AND ifNull(pause.2 > today, true), pauses), 'paused',
        'active') AS state,
    arrayFilter(
        flag -> flag != '',
        [
            if(started_on IS NULL, 'no_start', ''),
            if(ifNull(ended_on < started_on, false), 'ends_before_it_starts', ''),
            if(starts > 1, 'several_starts', ''),
            if(arrayExists(resume -> NOT arrayExists(stop -> stop.1 = resume.1, stops), resumes), 'resumed_without_pause', '')
        ]) AS flags,
    repaired,
    received_at,
    known_at
FROM assembled
