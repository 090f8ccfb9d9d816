-- Waiting for specialist care by month: who began to wait, whose wait ended, who still waits, and how long.
-- A row is a month, region, trust, reporter, unit and field (fagomrade) in which somebody waited or a wait ended, until
-- now. A month without a row is 0. Sum counts over rows for trusts and regions, never over months for `waiting`.
-- started, ended: waits that began and that ended in the month (count); treated: ended with 1, treatment begun.
-- waiting: at the end of the month (this month: now). median_days_waited, mean_days_waited: of those that ended, days.
-- median_days_waiting: of those who wait, so far. deadline_broken: of those that ended or wait, the deadline has passed
-- by then. postponed_for_capacity: waits of the row's month that had been postponed for lack of capacity by its end.
-- repaired_share: of the referrals behind the row; imputed_share: 0; updated_at: when the newest of them was received;
-- as_known_at: the time of which the row tells. A referral without a beginning, or with its end before it, is not here.
-- Source: npr_referrals.
WITH
    toDate32(toTimeZone({now}, 'Europe/Oslo')) AS today,
    waits AS
    (
        SELECT
            *,
            assumeNotNull(waiting_from) AS began,
            toStartOfMonth(began) AS first_month,
            toStartOfMonth(least(ifNull(waited_until, today), today)) AS last_month,
            arrayJoin(arrayMap(n -> addMonths(first_month, n), range(toUInt32(dateDiff('month', first_month, last_month) + 1)))) AS month,
            -- the day on which the row looks at the wait
            least(toDate32(addMonths(month, 1) - 1), today) AS seen_on,
            toBool(ifNull(waited_until <= seen_on, false)) AS over
        FROM {npr_referrals}
        WHERE days IS NOT NULL AND waiting_from <= today
    )
SELECT
    month,
    region,
    health_trust,
    reporter,
    max(waits.reporter_name) AS reporter_name,
    unit,
    max(waits.unit_name) AS unit_name,
    fagomrade,
    countIf(month = first_month) AS started,
    countIf(over) AS ended,
    countIf(over AND ended_with = '1') AS treated,
    countIf(NOT over) AS waiting,
    quantileExactInclusiveOrNullIf(0.5)(days, over) AS median_days_waited,
    avgOrNullIf(days, over) AS mean_days_waited,
    quantileExactInclusiveOrNullIf(0.5)(dateDiff('day', began, seen_on), NOT over) AS median_days_waiting,
    countIf(ifNull(least(ifNull(waited_until, seen_on), seen_on) > deadline, false)) AS deadline_broken,
    countIf(arrayExists(one -> one.utsettKode = '1' AND ifNull(one.utsettDato <= seen_on, true), utsettelser)) AS postponed_for_capacity,
    countIf(repaired) / count() AS repaired_share,
    0. AS imputed_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM waits
GROUP BY month, region, health_trust, reporter, unit, fagomrade
