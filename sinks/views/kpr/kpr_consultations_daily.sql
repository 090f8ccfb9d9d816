-- Consultations in municipal services by day (Norwegian calendar).
-- A row is a day, municipality that provides (kommuneNr), reporter, kind of service, contact type, home municipality, sex
-- (3101) and age_group (ten years, age when the event occurred); null is unknown.
-- consultations: count. persons: different persons among them, where known; not to be added over rows. repaired_share: of
-- consultations with a field set to null or -1; imputed_share: 0. updated_at: when the newest of their events was received;
-- as_known_at: the time of which the row tells. Source: kpr_consultations. A consultation without a start is not counted.
SELECT
    assumeNotNull(consultations_.day) AS day,
    kommuneNr,
    reporter,
    max(consultations_.reporter_name) AS reporter_name,
    tjenestetype,
    service,
    contact_type,
    home_municipality,
    sex,
    age_group,
    count() AS consultations,
    uniqExactIf(cityHash64(patient_key), patient_key IS NOT NULL) AS persons,
    countIf(repaired) / consultations AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM {kpr_consultations} AS consultations_
WHERE consultations_.day IS NOT NULL
GROUP BY day, kommuneNr, reporter, tjenestetype, service, contact_type, home_municipality, sex, age_group
