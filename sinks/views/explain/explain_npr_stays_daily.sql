-- The events behind a unit's figures of npr_stays_daily of a Norwegian day, as known at a time:
-- explain_npr_stays_daily(unit = 'U', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event. role: stay (the newest version of an episode) or movement, of stays that came, left or lay there on the
-- day. unit: as the view's column, or its reporter. patients: of each stay 1 on one event, its episode, else its first
-- movement. what: omsorgsniva of the episode, or the movement and its ward. flags: of the stay, as in npr_stays. problems:
-- rules that the event broke without being refused. Times are UTC. Source: npr_stays_known_at, episode_known_at,
-- npr_movements_known_at.
WITH
    toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo')) AS asked,
    toDate32(toTimeZone(parseDateTime64BestEffort({known_at:String}, 3, 'UTC'), 'Europe/Oslo')) AS today,
    stays AS
    (
        SELECT reporter AS of_reporter, stay AS of_stay, from_episode, stays_.flags AS stay_flags
        FROM {database}.npr_stays_known_at(at = {known_at:String}) AS stays_
        -- an end that is announced has not come
        WHERE nights IS NOT NULL AND asked >= admitted_day AND asked <= least(admitted_day + toUInt32(nights), today)
            AND (unit = {unit:String} OR reporter = {unit:String})
    )
SELECT
    'stay' AS role,
    toNullable(toInt64(1)) AS patients,
    'episode' AS family,
    {coordinates(episodes)},
    concat('omsorgsniva ', ifNull(episodes.omsorgsniva, '')) AS what,
    stays.stay_flags AS flags
FROM {database}.episode_known_at(at = {known_at:String}) AS episodes
INNER JOIN stays ON episodes.reporter = stays.of_reporter AND episodes.subject_id = stays.of_stay
WHERE stays.from_episode
UNION ALL
SELECT
    'movement',
    toInt64(NOT stays.from_episode AND 1 = row_number() OVER (
        PARTITION BY movements.reporter, movements.stay ORDER BY movements.place_in_time, movements.subject_id)),
    'movement',
    {coordinates(movements)},
    concat(movements.movement_type, ' ', ifNull(movements.tjenesteenhetID, '')),
    stays.stay_flags
FROM {database}.npr_movements_known_at(at = {known_at:String}) AS movements
INNER JOIN stays ON movements.reporter = stays.of_reporter AND movements.stay = stays.of_stay
