-- Municipal services in force on a date: kpr_services_active_at(at = '2026-05-13').
-- A row is kommuneNr and kind of service (tjenesteType); null is unknown. active: services in force on the date, from the
-- day of their start up to the day before their end, those that are paused not counted; paused: those. persons: different
-- persons among both, where known. flagged: of both, those with a flag of kpr_services. repaired_share, imputed_share (0).
-- updated_at: when the newest of their notifications was received. at: a Norwegian date. Source: kpr_services.
WITH
    toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo')) AS date,
    services AS
    (
        SELECT
            *,
            arrayExists(pause -> ifNull(pause.1 <= date, false) AND ifNull(pause.2 > date, true), pauses) AS stopped
        FROM {kpr_services}
        WHERE started_on <= date AND ifNull(ended_on > date, true)
    )
SELECT
    kommuneNr,
    tjenesteType,
    countIf(NOT stopped) AS active,
    countIf(stopped) AS paused,
    uniqExactIf(cityHash64(patient_key), patient_key IS NOT NULL) AS persons,
    countIf(notEmpty(flags)) AS flagged,
    countIf(repaired) / count() AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at
FROM services
GROUP BY kommuneNr, tjenesteType
