-- Municipal acute beds (KAD, tjenesteType 25), stay by stay.
-- A row is one stay: a service (reporter and tjenesteID) of that kind. kommuneNr: the municipality that provides; provider:
-- tjenesteOrgNr of the newest notification that names one. home_municipality: the person's, in force today; sex (3101) and
-- age_group (ten years) as in kpr_services. started_on, ended_on: hendelseDato of its start and of its end, null while it
-- goes on; nights: Norwegian midnights from the start to the end, or until now; null without a start, before it, or with
-- the end before it. state, flags: as in kpr_services; a pause does not free the bed.
-- Source: kpr_services. Definition: KPR minimelding (IPLOS 56.0.0), code list 9151.
WITH toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today
SELECT
    region,
    reporter,
    reporter_name,
    kommuneNr,
    provider,
    tjenesteID,
    home_municipality,
    sex,
    age_group,
    patient_key,
    started_on,
    ended_on,
    if(
        started_on <= today AND ifNull(ended_on >= started_on, true),
        dateDiff('day', started_on, least(ifNull(ended_on, today), today)),
        NULL) AS nights,
    state,
    flags,
    repaired,
    received_at,
    known_at
FROM {kpr_services}
WHERE tjenesteType = '25'
    -- few: of what any version called one, before services are assembled
    AND (reporter, tjenesteID) IN (
        SELECT reporter, assumeNotNull(events.tjenesteID)
        FROM log_accepted_service AS events
        WHERE events.tjenesteType = '25' AND events.tjenesteID IS NOT NULL)
