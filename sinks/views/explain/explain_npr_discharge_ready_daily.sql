-- The events behind a unit's figures of npr_discharge_ready_daily of a Norwegian day, as known at a time:
-- explain_npr_discharge_ready_daily(unit = 'U', at = '2026-05-13', known_at = '2026-05-14 09:00:00').
-- A row is an event. role: ready (the newest version of a stay that was ready for discharge and lay there in the night that
-- follows the day). unit: as the view's column, or its reporter. patients: 1, what it adds to bed_days. what: since when it
-- was ready then. flags: none. problems: rules that the event broke without being refused. Times are UTC.
-- Source: npr_discharge_ready_known_at, episode_known_at.
WITH toDate32(parseDateTimeBestEffort({at:String}, 'Europe/Oslo')) AS asked
SELECT
    'ready' AS role,
    toNullable(toInt64(1)) AS patients,
    'episode' AS family,
    {coordinates(episodes)},
    concat(
        'ready since ',
        toString(arrayLast(
            since -> since <= asked,
            arrayMap(period -> toDate32(toTimeZone(period.1, 'Europe/Oslo')), ready.periods)))) AS what,
    CAST([], 'Array(String)') AS flags
FROM {database}.episode_known_at(at = {known_at:String}) AS episodes
INNER JOIN {database}.npr_discharge_ready_known_at(at = {known_at:String}) AS ready
    ON episodes.reporter = ready.reporter AND episodes.subject_id = ready.subject_id
WHERE has(ready.nights, asked)
    AND (episodes.unit = {unit:String} OR episodes.reporter = {unit:String})
