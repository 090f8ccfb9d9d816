-- Patients whose identity was merged into another (HL7 A40, movement_type merge), and whose it is now.
-- A row is one former identity. former, present: patient_key, a keyed hash: no identifier is here. present: of the newest
-- merging; where that identity was merged later, of that merging, over up to four of them. An identity into which the one
-- that it was merged into was merged back later is no former one. Source: movement_current.
WITH
    merges AS
    (
        SELECT
            assumeNotNull(prior_patient_key) AS former,
            argMax(assumeNotNull(movements.patient_key), movements.occurred_at) AS present,
            max(movements.occurred_at) AS at
        FROM {movement} AS movements
        WHERE movement_type = 'merge' AND prior_patient_key IS NOT NULL AND movements.patient_key IS NOT NULL
            -- few: they are found by the table's key
            AND (movements.reporter, movements.subject_id) IN (
                SELECT reporter, subject_id FROM log_accepted_movement WHERE movement_type = 'merge')
        GROUP BY former
    ),
    followed AS
    (
        SELECT
            merges.former AS former,
            if(later.at >= merges.at, later.present, merges.present) AS present,
            greatest(merges.at, later.at) AS at
        FROM merges
        LEFT JOIN merges AS later ON merges.present = later.former
    )
SELECT
    followed.former AS former,
    if(later.at >= followed.at, later.present, followed.present) AS present
FROM followed
LEFT JOIN followed AS later ON followed.present = later.former
WHERE former != present
