-- Each reporter's record: how much came, what became of it, and how fresh it is.
-- A row is one reporter; null stands for events whose reporter could not be read.
-- events = accepted + rejected + duplicates. repaired, warned: accepted events with a field set to null or -1, or with
-- a warning (an event can be both); the shares are of accepted events, rejected_share of all, from 0 to 1.
-- top_reject_codes: up to five rule codes with the number of rejected events that broke them, most frequent first.
-- freshness_seconds: time since the last event was received. known_at: when the newest accepted version became known.
-- Source: outcomes.
SELECT
    reporter,
    max(outcomes.reporter_name) AS reporter_name,
    groupUniqArray(family) AS families,
    count() AS events,
    countIf(outcome = 'accepted') AS accepted,
    countIf(outcome = 'rejected') AS rejected,
    countIf(outcome = 'duplicate') AS duplicates,
    countIf(outcome = 'accepted' AND has(severities, 'repair')) AS repaired,
    countIf(outcome = 'accepted' AND has(severities, 'warn')) AS warned,
    if(accepted = 0, NULL, repaired / accepted) AS repaired_share,
    if(accepted = 0, NULL, warned / accepted) AS warned_share,
    rejected / events AS rejected_share,
    arraySlice(
        arraySort(
            entry -> (-entry.2, entry.1),
            arrayZip(
                (sumMapIf(arrayDistinct(codes), arrayResize([1], length(arrayDistinct(codes)), 1), outcome = 'rejected') AS reject_codes).1,
                reject_codes.2)),
        1,
        5) AS top_reject_codes,
    min(received_at) AS first_received_at,
    max(received_at) AS last_received_at,
    dateDiff('second', last_received_at, now64(3, 'UTC')) AS freshness_seconds,
    max(outcomes.known_at) AS known_at
FROM outcomes AS outcomes
GROUP BY reporter
