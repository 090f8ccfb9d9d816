-- Who lies in which bed now. Rows and columns as of preparedness_occupancy_at.
-- A row is one reporter and unit. Sum patients over units for a health trust or region.
-- It is kept, so it answers at once, whatever is stored: a reporter is read anew as soon as an event of it is stored, and
-- at least every ten minutes for what only time brings (an announced end, a patient merged elsewhere). as_known_at: when
-- it was read. preparedness_occupancy_at(at = now64(3, 'UTC')) counts anew and takes longer.
-- Source: kept_beds, which follows from movement_current, episode_current and capacity_current.
WITH
    lying AS
    (
        SELECT reporter, side.place AS place, one
        FROM kept_beds FINAL
        ARRAY JOIN sides AS side
        ARRAY JOIN side.lying AS one
    ),
    -- a patient is in one bed at a time: the one to which they came last
    elsewhere AS
    (
        SELECT reporter, place, count() AS patients, countIf(stay.flagged) AS flagged, countIf(stay.repaired) AS repaired
        FROM
        (
            SELECT
                reporter,
                place,
                one AS stay,
                row_number() OVER (
                    PARTITION BY one.patient ORDER BY one.last_place_in_time DESC, reporter, one.stay) AS number
            FROM lying
            WHERE one.patient IN (SELECT one.patient FROM lying GROUP BY one.patient HAVING count() > 1)
        )
        WHERE number > 1
        GROUP BY reporter, place
    )
{columns of preparedness_occupancy_at}
FROM
(
    SELECT
        kept.reporter AS reporter,
        kept.side.place AS place,
        kept.side.name AS name,
        kept.side.organisation AS organisation,
        kept.side.told_at AS told_at,
        -- of the sides of a place, that of its stays has them
        empty(kept.side.lying) AS has_none,
        toUInt64(kept.side.patients - if(has_none, 0, elsewhere.patients)) AS patients,
        kept.side.on_leave AS on_leave,
        kept.side.moved_at AS moved_at,
        kept.side.as_of AS as_of,
        kept.side.latest AS latest,
        kept.side.physical AS physical,
        kept.side.staffed AS staffed,
        kept.side.occupied AS occupied,
        kept.side.available AS available,
        kept.side.blocked AS blocked,
        toUInt64(kept.side.flagged - if(has_none, 0, elsewhere.flagged)) AS flagged,
        toUInt64(kept.side.repaired - if(has_none, 0, elsewhere.repaired)) AS repaired,
        kept.side.received AS received,
        kept.side.newest AS newest,
        kept.read_at AS as_known
    FROM (SELECT reporter, read_at, side FROM kept_beds FINAL ARRAY JOIN sides AS side) AS kept
    LEFT JOIN elsewhere ON kept.reporter = elsewhere.reporter AND kept.side.place = elsewhere.place
) AS side
GROUP BY reporter, place
