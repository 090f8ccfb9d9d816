-- Municipalities: county, health community, catchment, population. Join it to `home_municipality` or `kommuneNr`.
-- A row is one municipality in force (kommuneNr, four digits; Svalbard, Jan Mayen and the codes for unknown and abroad are
-- rows too), by the newest release of the reference tables: as it is today, also for events that were enriched earlier.
-- county, county_name: number and name (Statistics Norway, KLASS 104). helsefellesskap: health community of hospitals and
-- municipalities. catchment_trust: the health trust that is responsible, null where that differs by district.
-- population: inhabitants on population_of. Null is: not imported; of population also that a sex or an age group lacks.
-- release: the release of the reference tables, as in `reference_release` of events.
-- Source: municipalities and counties as shipped or imported; catchment, helsefellesskap and population as imported
-- (`helsepuls reference import`). Rules: R17, R25.
SELECT
    kommuneNr,
    name,
    county,
    county_name,
    helsefellesskap,
    catchment_trust,
    population,
    population_of,
    release
FROM log_reference_municipalities AS municipalities FINAL
WHERE hash = (SELECT loads.hash FROM log_reference_loads AS loads ORDER BY loads.loaded_at DESC, loads.hash LIMIT 1)
