-- Population by municipality, and by sex and age group where the imported table tells them apart.
-- A row is a municipality in force, sex (1 man, 2 woman: code list 3101) and age_group (ten years, as in the daily views);
-- sex and age_group are null in all rows of a table that does not tell them apart. population: inhabitants on
-- population_of. No rows before an import. release: as in `reference_release` of events.
-- Source: population as imported (`helsepuls reference import population`). Rule: R17.
SELECT
    kommuneNr,
    nullIf(population_.sex, '') AS sex,
    nullIf(population_.age_group, '') AS age_group,
    population,
    population_of,
    release
FROM log_reference_population AS population_ FINAL
WHERE hash = (SELECT loads.hash FROM log_reference_loads AS loads ORDER BY loads.loaded_at DESC, loads.hash LIMIT 1)
