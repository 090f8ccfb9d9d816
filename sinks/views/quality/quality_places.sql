-- Who has reported from where: the reporters to name when one region, trust or municipality is asked for.
-- A row is a family of events, reporter, region, health_trust and kommuneNr (the municipality that provides, of services and
-- consultations; null: it names none).
-- No fewer than what is now known, and now and then some that were corrected: so `reporter IN (SELECT reporter FROM
-- quality_places WHERE …)` beside a condition on the place changes no figure. With it only these reporters' events are read.
-- Of what was known at an earlier time there may have been others. Source: the state of every family.
SELECT DISTINCT 'episode' AS family, reporter, region, health_trust, CAST(NULL, 'Nullable(String)') AS kommuneNr
FROM state_episode
UNION ALL
SELECT DISTINCT 'movement' AS family, reporter, region, health_trust, CAST(NULL, 'Nullable(String)') AS kommuneNr
FROM state_movement
UNION ALL
SELECT DISTINCT 'referral' AS family, reporter, region, health_trust, CAST(NULL, 'Nullable(String)') AS kommuneNr
FROM state_referral
UNION ALL
SELECT DISTINCT 'service' AS family, reporter, region, health_trust, kommuneNr
FROM state_service
UNION ALL
SELECT DISTINCT 'consultation' AS family, reporter, region, health_trust, kommuneNr
FROM state_consultation
UNION ALL
SELECT DISTINCT 'capacity' AS family, reporter, region, health_trust, CAST(NULL, 'Nullable(String)') AS kommuneNr
FROM state_capacity
