-- Who lies where now, kept: of each reporter what its own events say, read when the newest of them came.
--
-- A row is all that a reporter's movements tell, or all that its reports of capacity do (`told_by`), so that it is
-- replaced whole: the row that was read last stays, whoever read it. It follows from the state and can be made anew.
-- `sides` are those of preparedness_occupancy_at, counted as if there were no other reporters; `lying` are the patients
-- in bed: who has come to a bed of another reporter since is found when beds are asked for.

-- up

CREATE TABLE IF NOT EXISTS kept_beds
(
    reporter LowCardinality(String),
    told_by  LowCardinality(String),
    read_at  DateTime64(3, 'UTC'),
    sides    Array(Tuple(
        place        String,
        name         Nullable(String),
        organisation Tuple(reporter_name Nullable(String), health_trust Nullable(String), region Nullable(String)),
        told_at      DateTime64(3, 'UTC'),
        patients     Nullable(UInt64),
        on_leave     Nullable(UInt64),
        moved_at     Nullable(DateTime64(3, 'UTC')),
        as_of        Nullable(DateTime64(3, 'UTC')),
        latest       Nullable(DateTime64(3, 'UTC')),
        physical     Nullable(Int64),
        staffed      Nullable(Int64),
        occupied     Nullable(Int64),
        available    Nullable(Int64),
        blocked      Nullable(Int64),
        flagged      Nullable(UInt64),
        repaired     Nullable(UInt64),
        received     DateTime64(3, 'UTC'),
        newest       DateTime64(3, 'UTC'),
        lying        Array(Tuple(
            patient            UInt64,
            last_place_in_time Int128,
            stay               String,
            flagged            Bool,
            repaired           Bool))))
)
ENGINE = ReplacingMergeTree(read_at)
ORDER BY (reporter, told_by);

-- down

DROP TABLE IF EXISTS kept_beds;
