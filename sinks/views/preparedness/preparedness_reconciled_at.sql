-- Patients in each unit at a time: as derived from movements, as the unit reported, and which of them to use, and why.
-- preparedness_reconciled_at(at = '2026-05-13 08:00:00'), UTC.
-- A row is one reporter and unit. derived: patients by movements, without those on leave. reported: the unit's own newest
-- count before that time, reported_age_minutes old. difference: derived − reported; relative: difference ÷ reported.
-- used: the figure to use; source: derived or reported; reason:
--   only_derived, only_reported   there is no other figure
--   agree                         they differ by no more than 10 %, or by no more than 5 patients: derived is used, as it
--                                 follows every movement
--   differ_reported_is_recent     they differ by more (CAP-04), and the report is not older than 24 hours: reported is
--                                 used, as somebody counted; movements are then missing or late
--   differ_report_is_old          they differ by more, the report is older than 24 hours: derived is used
-- cap_04: they differ by more than CAP-04 allows. staffed, physical, blocked: beds as reported.
-- occupancy: used ÷ staffed beds (1 is full, more is possible); null where either is unknown or there are no staffed beds.
-- free: staffed − used − blocked, null as soon as one is unknown; negative is overcrowding (CAP-02).
-- known_at: when the newest version behind the row became known. minutes_since_last_event: age of the newest movement or
-- report at that time. flagged, repaired_share, imputed_share, updated_at, as_known_at: as in preparedness_occupancy_at.
-- Source: preparedness_occupancy_at. CAP-04 is a rule of this view: it compares events, and refuses none.
SELECT
    region,
    health_trust,
    reporter,
    reporter_name,
    unit,
    unit_name,
    beds.patients AS derived,
    beds.reported_occupied AS reported,
    derived - reported AS difference,
    difference / nullIf(reported, 0) AS relative,
    toBool(ifNull(abs(difference) > 5 AND abs(difference) > 0.1 * reported, false)) AS cap_04,
    dateDiff('minute', beds.reported_as_of, moment) AS reported_age_minutes,
    multiIf(
        reported IS NULL, 'only_derived',
        derived IS NULL, 'only_reported',
        NOT cap_04, 'agree',
        reported_age_minutes <= 24 * 60, 'differ_reported_is_recent',
        'differ_report_is_old') AS reason,
    if(reason IN ('only_reported', 'differ_reported_is_recent'), 'reported', 'derived') AS source,
    if(source = 'reported', reported, toInt64(derived)) AS used,
    beds.reported_physical AS physical,
    beds.reported_staffed AS staffed,
    beds.reported_blocked AS blocked,
    used / nullIf(staffed, 0) AS occupancy,
    staffed - used - blocked AS free,
    beds.on_leave AS on_leave,
    beds.last_movement_at AS last_movement_at,
    beds.reported_as_of AS reported_as_of,
    dateDiff(
        'minute',
        greatest(ifNull(beds.last_movement_at, beds.last_reported_as_of), ifNull(beds.last_reported_as_of, beds.last_movement_at)),
        moment) AS minutes_since_last_event,
    beds.known_at AS known_at,
    beds.flagged AS flagged,
    beds.repaired_share AS repaired_share,
    beds.imputed_share AS imputed_share,
    beds.updated_at AS updated_at,
    beds.as_known_at AS as_known_at
FROM {preparedness_occupancy_at} AS beds
CROSS JOIN (SELECT parseDateTime64BestEffort({at:String}, 3, 'UTC') AS moment) AS asked
WHERE derived IS NOT NULL OR reported IS NOT NULL
