-- Treatment units, trusts and health authorities: where they are, whose they are, for how many people. Join it to
-- `reporter`, `unit` or `provider`.
-- A row is one organisation number, by the newest release of the reference tables. kommuneNr: the municipality in force in
-- which it lies. latitude, longitude: degrees, WGS 84. hospital, health_trust, region: of which it is part.
-- catchment_population: inhabitants of the catchment of its hospital, or, of a unit without a hospital, of its trust; names
-- are compared without regard to upper and lower case. Units of one hospital have the same: do not add it up. Null where
-- any municipality of the catchment has no population, or is shared by districts with another.
-- Null is: not imported. release: as in `reference_release` of events.
-- Source: the Register of Legal Entities (shipped) and units, catchment and population as imported
-- (`helsepuls reference import`). Rule: R17.
SELECT
    orgnr,
    name,
    kommuneNr,
    hospital,
    health_trust,
    region,
    latitude,
    longitude,
    catchment_population,
    release
FROM log_reference_units AS units FINAL
WHERE hash = (SELECT loads.hash FROM log_reference_loads AS loads ORDER BY loads.loaded_at DESC, loads.hash LIMIT 1)
