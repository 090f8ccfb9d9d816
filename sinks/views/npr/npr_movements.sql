-- Movements that bring somebody somewhere: of those that are now known, the ones that stays and beds are counted from.
-- A row is one movement (reporter and subject_id) of a kind that counts: admit, class_change, transfer, leave_start,
-- leave_end, discharge; pending, merging and cancelled ones do not. Nor do those of an episode that was cancelled, itself
-- or with its referral period, unless they became known after that. Columns as of movement_current, and: stay (episode_id,
-- else the part of subject_id before the slash); inpatient: whether it says that the patient is one, by patient_class (not
-- O, P, R, C, N and, of day treatment, D), else by omsorgsniva (1 is, 2, 3 and 8 are not); null: it does not say;
-- place_in_time: a number that orders the movements of a stay: by occurred_at, and of those in the same millisecond the
-- later kind comes last, then what was registered last.
-- Source: movement_current, npr_cancelled_episodes, npr_cancelled_with_period.
WITH
    ['admit', 'class_change', 'transfer', 'leave_start', 'leave_end', 'discharge'] AS kinds,
    (
        SELECT groupArray((cancelled.reporter, cancelled.subject_id, cancelled.known_at))
        FROM
        (
            -- of one that was cancelled and went with its period, the later counts
            SELECT either.reporter AS reporter, either.subject_id AS subject_id, max(either.known_at) AS known_at
            FROM
            (
                SELECT reporter, subject_id, known_at FROM {npr_cancelled_episodes}
                UNION ALL
                SELECT reporter, subject_id, known_at FROM {npr_cancelled_with_period}
            ) AS either
            GROUP BY reporter, subject_id
        ) AS cancelled
    ) AS gone,
    arrayMap(one -> concat(one.1, ':', one.2), gone) AS gone_stays,
    arrayMap(one -> toUnixTimestamp64Milli(one.3), gone) AS gone_times
SELECT
    *,
    if(episode_id IS NULL, splitByChar('/', subject_id)[1], assumeNotNull(episode_id)) AS stay,
    multiIf(
        patient_class IS NOT NULL, toNullable(patient_class NOT IN ('O', 'P', 'R', 'C', 'N', 'D')),
        omsorgsniva IN ('1', '2', '3', '8'), omsorgsniva = '1',
        NULL) AS inpatient,
    -- one number, not a tuple: what is last is then found in a quarter of the memory
    bitShiftLeft(toInt128(toUnixTimestamp64Milli(occurred_at)) * 8 + indexOf(kinds, movement_type), 48)
        + toUnixTimestamp64Milli(registered_at) AS place_in_time
FROM {movement}
WHERE has(kinds, movement_type)
    -- a set finds the few that may be meant (by a hash: what is found in error has no time below); a join would read every
    -- movement through it
    AND if(
        cityHash64(reporter, stay) IN (SELECT cityHash64(one.1, one.2) FROM (SELECT arrayJoin(gone) AS one)),
        -- looks its key up in a hash table; a map is gone through from its beginning for every movement
        toUnixTimestamp64Milli(known_at) > transform(concat(reporter, ':', stay), gone_stays, gone_times, toInt64(0)),
        true)
