-- Beds, intensive care, ventilators, operating rooms, ambulances, staff at a time, by level: what there is, what is used,
-- what is free, and on how many units each figure rests: preparedness_capacity_at(level = 'region', at = '2026-05-13
-- 08:00:00'). level: nation, region, trust or unit. at: UTC. A row is the level's organisation, resource and category
-- (code lists of the raw schema); what the level does not tell apart is null. Categories overlap (covid is part of adult):
-- do not add them up. A unit counts with its newest snapshot before that time. units_expected: units with one of the 28
-- days before; units_reporting: those of them with one of the same Norwegian day. The others keep their last figure
-- (oldest_minutes: age of the oldest). imputed: units that do, or that call their own figure imputed (origin); imputed_share:
-- of units_expected. After 28 days a unit counts no more: units_gone, those that reported in the year before and not since;
-- what they have is missing in every sum.
-- physical, staffed, occupied, available, blocked, surge_24h, surge_72h, reserve_7d: sums over the units that gave the
-- figure, <figure>_units of them; null when none did. An unknown is never taken for 0: compare <figure>_units with
-- units_expected. available: as reported, else staffed − occupied − blocked (CAP-01).
-- occupancy: occupied ÷ staffed (÷ occupied + available where staffed is unknown), over the occupancy_units that gave both;
-- above 1 is overcrowding (CAP-02). surge_in_use: patients beyond the staffed beds of their own unit, over staffed_units
-- that also gave occupied.
-- status_regular, _partial, _limited, _closed, _unknown: places that said so, of status_units that gave any (areas: how many
-- places the units speak for).
-- blocked_personnel, _room, _equipment, _material, _infection, _maintenance: by reason, of units that gave it
-- (blocked_reasons_units gave any). on_call: people on call, of on_call_units that told it of each of their roles;
-- on_call_gaps: their roles with nobody on call. staff_absent: people, of staff_absent_units; staff_absence: absent ÷ (absent +
-- staffed), of units with both. constraints: what holds units back, each named once (per unit: its own).
-- Flows of the 24 hours before, of units that report on the day only (flows are not carried forward), null when none gave
-- one: admissions, discharges, transfers_in, transfers_out, ed_arrivals, ed_boarding, utskrivningsklar (ready for
-- discharge), ambulance_handover_over30 and _over60; <flow>_units of them gave it. net_flow: admissions + transfers_in −
-- discharges − transfers_out, of the net_flow_units that gave all four.
-- minutes_since_last_event: age of the newest snapshot. repaired_share: of the snapshots. updated_at: when the newest of
-- them was received; as_known_at: the time of which the row tells.
-- Source: capacity_current. Sums over units: stocks and flows alike, never over time (SANER). Rules: CAP-01, CAP-02, R14.
WITH
    parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment,
    toDate32(toTimeZone(moment, 'Europe/Oslo')) AS today,
    (SELECT throwIf({level:String} NOT IN ('nation', 'region', 'trust', 'unit'), 'level is one of nation, region, trust, unit')) AS checked,
    -- which it is first: sorting whole snapshots costs ten times as much
    newest AS
    (
        SELECT
            reporter,
            argMin(
                cells.subject_id,
                (-toUnixTimestamp64Milli(cells.as_of), -toUnixTimestamp64Milli(cells.known_at), cells.subject_id)) AS subject_id
        FROM {capacity} AS cells
        WHERE cells.as_of <= moment AND cells.as_of > moment - toIntervalYear(1)
        GROUP BY reporter, unit, resource, category
    ),
    known AS
    (
        SELECT *
        FROM {capacity}
        WHERE (reporter, subject_id) IN (SELECT newest.reporter, newest.subject_id FROM newest)
    ),
    snapshots AS
    (
        SELECT
            known.reporter AS reporter,
            known.unit AS unit,
            known.unit_name AS unit_name,
            known.region AS region,
            coalesce(known.health_trust, known.reporter_name, known.reporter) AS trust,
            known.resource AS resource,
            known.category AS category,
            known.as_of AS as_of,
            -- what a unit that is gone had is unknown
            known.as_of <= moment - toIntervalDay(28) AS gone,
            NOT gone AND toDate32(toTimeZone(as_of, 'Europe/Oslo')) = today AS of_today,
            NOT gone AND (NOT of_today OR known.origin = 'imputed') AS is_imputed,
            if(gone, NULL, known.physical) AS physical,
            if(gone, NULL, known.staffed) AS staffed,
            if(gone, NULL, known.occupied) AS occupied,
            if(gone, NULL, coalesce(known.available, known.staffed - known.occupied - known.blocked)) AS available,
            if(gone, NULL, known.blocked) AS blocked,
            if(gone, NULL, known.surge_24h) AS surge_24h,
            if(gone, NULL, known.surge_72h) AS surge_72h,
            if(gone, NULL, known.reserve_7d) AS reserve_7d,
            if(gone, NULL, coalesce(known.staffed, known.occupied + known.available)) AS usable,
            multiIf(
                gone, [],
                empty(known.status_counts), arrayFilter(one -> one.1 != '', [(ifNull(toString(known.status), ''), toNullable(toInt64(1)))]),
                arrayExists(one -> one.count IS NOT NULL, known.status_counts), known.status_counts,
                []) AS statuses,
            if(gone, NULL, known.reporting_units) AS areas,
            if(gone, [], known.blocked_reasons) AS reasons,
            if(gone, [], known.constraint) AS constraint,
            if(gone, [], known.on_call) AS on_call,
            if(
                gone OR empty(known.on_call) OR arrayExists(one -> one.count IS NULL, known.on_call),
                NULL,
                arraySum(one -> ifNull(one.count, 0), known.on_call)) AS people_on_call,
            if(
                gone OR empty(known.staff_absent) OR arrayExists(one -> one.count IS NULL, known.staff_absent),
                NULL,
                arraySum(one -> ifNull(one.count, 0), known.staff_absent)) AS absent,
            known.admissions AS admissions,
            known.discharges AS discharges,
            known.transfers_in AS transfers_in,
            known.transfers_out AS transfers_out,
            known.admissions + known.transfers_in - known.discharges - known.transfers_out AS net,
            known.ed_arrivals AS ed_arrivals,
            known.ed_boarding AS ed_boarding,
            known.utskrivningsklar AS utskrivningsklar,
            known.ambulance_handover_over30 AS handover_over30,
            known.ambulance_handover_over60 AS handover_over60,
            NOT gone AND has(known.problems.severity, 'repair') AS repaired,
            known.received_at AS received_at
        FROM known
    )
SELECT
    if({level:String} = 'nation', NULL, snapshots.region) AS region,
    if({level:String} IN ('nation', 'region'), NULL, toNullable(snapshots.trust)) AS trust,
    if({level:String} = 'unit', toNullable(snapshots.reporter), NULL) AS reporter,
    if({level:String} = 'unit', toNullable(snapshots.unit), NULL) AS unit,
    if({level:String} = 'unit', argMax(snapshots.unit_name, snapshots.as_of), NULL) AS unit_name,
    resource,
    category,
    countIf(NOT gone) AS units_expected,
    countIf(gone) AS units_gone,
    countIf(of_today) AS units_reporting,
    countIf(is_imputed) AS imputed,
    imputed / nullIf(units_expected, 0) AS imputed_share,
    sumOrNull(snapshots.physical) AS physical,
    count(snapshots.physical) AS physical_units,
    sumOrNull(snapshots.staffed) AS staffed,
    count(snapshots.staffed) AS staffed_units,
    sumOrNull(snapshots.occupied) AS occupied,
    count(snapshots.occupied) AS occupied_units,
    sumOrNull(snapshots.available) AS available,
    count(snapshots.available) AS available_units,
    sumOrNull(snapshots.blocked) AS blocked,
    count(snapshots.blocked) AS blocked_units,
    sumOrNull(snapshots.surge_24h) AS surge_24h,
    count(snapshots.surge_24h) AS surge_24h_units,
    sumOrNull(snapshots.surge_72h) AS surge_72h,
    count(snapshots.surge_72h) AS surge_72h_units,
    sumOrNull(snapshots.reserve_7d) AS reserve_7d,
    count(snapshots.reserve_7d) AS reserve_7d_units,
    sumIf(snapshots.occupied, usable > 0) / nullIf(sumIf(usable, snapshots.occupied IS NOT NULL AND usable > 0), 0) AS occupancy,
    countIf(snapshots.occupied IS NOT NULL AND usable > 0) AS occupancy_units,
    sumOrNull(if(
        snapshots.occupied IS NULL OR snapshots.staffed IS NULL,
        NULL,
        greatest(snapshots.occupied - snapshots.staffed, 0))) AS surge_in_use,
    sumOrNull(snapshots.areas) AS areas,
    count(snapshots.areas) AS areas_units,
    countIf(notEmpty(statuses)) AS status_units,
    sumOrNull(if(
        empty(statuses) OR arrayExists(one -> one.1 = 'regular' AND one.2 IS NULL, statuses),
        NULL,
        arraySum(one -> if(one.1 = 'regular', ifNull(one.2, 0), 0), statuses))) AS status_regular,
    sumOrNull(if(
        empty(statuses) OR arrayExists(one -> one.1 = 'partial' AND one.2 IS NULL, statuses),
        NULL,
        arraySum(one -> if(one.1 = 'partial', ifNull(one.2, 0), 0), statuses))) AS status_partial,
    sumOrNull(if(
        empty(statuses) OR arrayExists(one -> one.1 = 'limited' AND one.2 IS NULL, statuses),
        NULL,
        arraySum(one -> if(one.1 = 'limited', ifNull(one.2, 0), 0), statuses))) AS status_limited,
    sumOrNull(if(
        empty(statuses) OR arrayExists(one -> one.1 = 'closed' AND one.2 IS NULL, statuses),
        NULL,
        arraySum(one -> if(one.1 = 'closed', ifNull(one.2, 0), 0), statuses))) AS status_closed,
    sumOrNull(if(
        empty(statuses) OR arrayExists(one -> one.1 = 'unknown' AND one.2 IS NULL, statuses),
        NULL,
        arraySum(one -> if(one.1 = 'unknown', ifNull(one.2, 0), 0), statuses))) AS status_unknown,
    sumOrNull(if(
        arrayExists(one -> one.reason = 'personnel' AND one.count IS NULL, reasons),
        NULL,
        arrayReduce('sumOrNull', arrayFilter(one -> one.reason = 'personnel', reasons).count))) AS blocked_personnel,
    sumOrNull(if(
        arrayExists(one -> one.reason = 'room' AND one.count IS NULL, reasons),
        NULL,
        arrayReduce('sumOrNull', arrayFilter(one -> one.reason = 'room', reasons).count))) AS blocked_room,
    sumOrNull(if(
        arrayExists(one -> one.reason = 'equipment' AND one.count IS NULL, reasons),
        NULL,
        arrayReduce('sumOrNull', arrayFilter(one -> one.reason = 'equipment', reasons).count))) AS blocked_equipment,
    sumOrNull(if(
        arrayExists(one -> one.reason = 'material' AND one.count IS NULL, reasons),
        NULL,
        arrayReduce('sumOrNull', arrayFilter(one -> one.reason = 'material', reasons).count))) AS blocked_material,
    sumOrNull(if(
        arrayExists(one -> one.reason = 'infection' AND one.count IS NULL, reasons),
        NULL,
        arrayReduce('sumOrNull', arrayFilter(one -> one.reason = 'infection', reasons).count))) AS blocked_infection,
    sumOrNull(if(
        arrayExists(one -> one.reason = 'maintenance' AND one.count IS NULL, reasons),
        NULL,
        arrayReduce('sumOrNull', arrayFilter(one -> one.reason = 'maintenance', reasons).count))) AS blocked_maintenance,
    countIf(arrayExists(one -> one.count IS NOT NULL, reasons)) AS blocked_reasons_units,
    arraySort(groupUniqArrayArray(snapshots.constraint)) AS constraints,
    sumOrNull(people_on_call) AS on_call,
    count(people_on_call) AS on_call_units,
    sumOrNull(if(people_on_call IS NULL, NULL, toInt64(arrayCount(one -> ifNull(one.2 = 0, false), snapshots.on_call)))) AS on_call_gaps,
    sumOrNull(absent) AS staff_absent,
    count(absent) AS staff_absent_units,
    sumIf(absent, snapshots.staffed IS NOT NULL)
        / nullIf(sumIf(absent + snapshots.staffed, absent IS NOT NULL), 0) AS staff_absence,
    sumOrNullIf(snapshots.admissions, of_today) AS admissions,
    countIf(of_today AND snapshots.admissions IS NOT NULL) AS admissions_units,
    sumOrNullIf(snapshots.discharges, of_today) AS discharges,
    countIf(of_today AND snapshots.discharges IS NOT NULL) AS discharges_units,
    sumOrNullIf(snapshots.transfers_in, of_today) AS transfers_in,
    countIf(of_today AND snapshots.transfers_in IS NOT NULL) AS transfers_in_units,
    sumOrNullIf(snapshots.transfers_out, of_today) AS transfers_out,
    countIf(of_today AND snapshots.transfers_out IS NOT NULL) AS transfers_out_units,
    sumOrNullIf(net, of_today) AS net_flow,
    countIf(of_today AND net IS NOT NULL) AS net_flow_units,
    sumOrNullIf(snapshots.ed_arrivals, of_today) AS ed_arrivals,
    countIf(of_today AND snapshots.ed_arrivals IS NOT NULL) AS ed_arrivals_units,
    sumOrNullIf(snapshots.ed_boarding, of_today) AS ed_boarding,
    countIf(of_today AND snapshots.ed_boarding IS NOT NULL) AS ed_boarding_units,
    sumOrNullIf(snapshots.utskrivningsklar, of_today) AS utskrivningsklar,
    countIf(of_today AND snapshots.utskrivningsklar IS NOT NULL) AS utskrivningsklar_units,
    sumOrNullIf(handover_over30, of_today) AS ambulance_handover_over30,
    countIf(of_today AND handover_over30 IS NOT NULL) AS ambulance_handover_over30_units,
    sumOrNullIf(handover_over60, of_today) AS ambulance_handover_over60,
    countIf(of_today AND handover_over60 IS NOT NULL) AS ambulance_handover_over60_units,
    dateDiff('minute', max(snapshots.as_of), moment) AS minutes_since_last_event,
    dateDiff('minute', minOrNullIf(snapshots.as_of, NOT gone), moment) AS oldest_minutes,
    countIf(repaired) / nullIf(units_expected, 0) AS repaired_share,
    max(received_at) AS updated_at,
    {now} AS as_known_at
FROM snapshots
WHERE checked = 0
GROUP BY region, trust, reporter, unit, resource, category
