"""Capacity by level: sums that say on how many units they rest, unknowns that stay so, old figures that are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from outcomes import AT
from stored import Warehouse

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRUSTS = {
    "983971636": ("Helse Sør-Øst RHF", "Akershus universitetssykehus HF"),
    "983974732": ("Helse Vest RHF", "Helse Førde HF"),
}


FIGURES = (
    *("physical", "staffed", "occupied", "available", "blocked", "surge_24h", "surge_72h", "reserve_7d"),
    *("admissions", "discharges", "transfers_in", "transfers_out", "reporting_units"),
)
LISTS = ("status_counts", "blocked_reasons", "on_call", "staff_absent", "constraint")


def report(warehouse: Warehouse, unit: str, age: timedelta, reporter: str = "983971636", **figures: Any) -> None:
    """What a unit said of its intensive-care beds so long before AT (14:00 in Norway)."""
    nothing: dict[str, Any] = {**dict.fromkeys(FIGURES), **{name: [] for name in LISTS}}
    region, trust = TRUSTS[reporter]
    fields = {
        "subject_id": f"{unit}/{figures.get('resource')}/{figures.get('category')}/{age}",
        "reporter": reporter,
        "region": region,
        "health_trust": trust,
        "unit": unit,
        "unit_name": unit,
        "resource": "icu_bed",
        "category": "adult",
        "as_of": AT - age,
        "received_at": AT - age,
        "status": None,
    }
    warehouse.accept("capacity", **{**nothing, **fields, **figures})


def capacity(warehouse: Warehouse, level: str, at: str = f"{AT:%Y-%m-%d %H:%M:%S}") -> list[dict[str, Any]]:
    return warehouse.rows(
        f"SELECT * FROM preparedness_capacity_at(level = '{level}', at = '{at}') ORDER BY region, trust, unit, resource"
    )


def test_levels_add_up_and_each_sum_says_on_how_many_units_it_rests(warehouse: Warehouse) -> None:
    """A: 8 of 10 staffed, 2 free. B: 5 of 4 staffed, one patient beyond, blocked unknown: what is free is unknown.
    F (Vest): 3 occupied, 1 available, staffed unknown. Occupancy of the nation: (8 + 5 + 3) / (10 + 4 + 4)."""
    report(warehouse, "A", HOUR, staffed=10, occupied=8, blocked=0, reserve_7d=6)
    report(warehouse, "B", 2 * HOUR, staffed=4, occupied=5)
    report(warehouse, "F", HOUR, "983974732", occupied=3, available=1)
    (nation,) = capacity(warehouse, "nation")
    assert (nation["region"], nation["trust"], nation["unit"]) == (None, None, None)
    assert (nation["units_reporting"], nation["units_expected"], nation["imputed_share"]) == (3, 3, 0)
    assert (nation["occupied"], nation["occupied_units"]) == (16, 3)
    assert (nation["staffed"], nation["staffed_units"]) == (14, 2)
    assert (nation["available"], nation["available_units"]) == (3, 2)
    assert (nation["reserve_7d"], nation["reserve_7d_units"]) == (6, 1)
    assert (nation["physical"], nation["physical_units"]) == (None, 0)
    assert (nation["occupancy"], nation["occupancy_units"]) == (pytest.approx(16 / 18), 3)
    assert nation["surge_in_use"] == 1
    assert (nation["minutes_since_last_event"], nation["oldest_minutes"]) == (60, 120)
    east, west = capacity(warehouse, "region")
    assert (east["region"], east["occupied"], west["region"], west["occupied"]) == (
        "Helse Sør-Øst RHF",
        13,
        "Helse Vest RHF",
        3,
    )
    assert west["staffed"] is None
    assert [row["trust"] for row in capacity(warehouse, "trust")] == [trust for _, trust in TRUSTS.values()]
    assert [row["unit_name"] for row in capacity(warehouse, "unit")] == ["A", "B", "F"]


def test_a_figure_that_its_own_unit_calls_imputed_is_imputed(warehouse: Warehouse) -> None:
    """A counts today, B calls its figure of today imputed, C is of yesterday: all count, two of three are imputed."""
    report(warehouse, "A", HOUR, occupied=1, origin="reported")
    report(warehouse, "B", HOUR, occupied=2, origin="imputed")
    report(warehouse, "C", DAY, occupied=4, origin="manual")
    (nation,) = capacity(warehouse, "nation")
    told = ("occupied", "units_expected", "units_reporting", "imputed", "imputed_share")
    assert tuple(nation[name] for name in told) == (7, 3, 2, 2, pytest.approx(2 / 3))


def test_what_was_not_reported_today_is_carried_and_told_and_after_28_days_no_more(warehouse: Warehouse) -> None:
    """Stocks of yesterday count, flows of yesterday do not. C, silent for 29 days, is missing in the sum, and told;
    after more than a year it is forgotten. Net flow of A: 3 in and 2 in, 1 out and 1 out; of D one of the four is not
    known."""
    report(warehouse, "A", HOUR, occupied=8, admissions=3, discharges=1, transfers_in=2, transfers_out=1)
    report(warehouse, "B", DAY, occupied=5, admissions=9, discharges=9)
    report(warehouse, "C", 29 * DAY, occupied=100)
    report(warehouse, "old", 400 * DAY, occupied=100)
    (nation,) = capacity(warehouse, "nation")
    assert (nation["units_reporting"], nation["units_expected"], nation["units_gone"]) == (1, 2, 1)
    assert (nation["imputed"], nation["imputed_share"], nation["oldest_minutes"]) == (1, 0.5, 24 * 60)
    assert (nation["occupied"], nation["occupied_units"]) == (13, 2)
    assert (nation["admissions"], nation["discharges"], nation["net_flow"]) == (3, 1, 3)
    report(warehouse, "D", HOUR, admissions=4, discharges=1, transfers_in=1)
    (nation,) = capacity(warehouse, "nation")
    flows = ("admissions_units", "discharges_units", "transfers_in_units", "transfers_out_units", "net_flow_units")
    assert [nation[name] for name in flows] == [2, 2, 2, 1, 1]
    assert (nation["admissions"], nation["net_flow"]) == (7, 3)
    gone = [row for row in capacity(warehouse, "unit") if row["unit"] == "C"]
    assert [(row["units_expected"], row["units_gone"], row["occupied"], row["imputed_share"]) for row in gone] == [
        (0, 1, None, None)
    ]
    (earlier,) = capacity(warehouse, "nation", f"{AT - 2 * DAY:%Y-%m-%d %H:%M:%S}")
    assert (earlier["occupied"], earlier["units_reporting"]) == (100, 0)


def test_the_newest_snapshot_of_a_unit_counts(warehouse: Warehouse) -> None:
    report(warehouse, "A", 5 * HOUR, occupied=8)
    report(warehouse, "A", 3 * HOUR, occupied=9)
    report(warehouse, "A", -HOUR, occupied=99)
    assert [row["occupied"] for row in capacity(warehouse, "unit")] == [9]


def test_states_reasons_people_on_call_and_absent(warehouse: Warehouse) -> None:
    """A speaks for three places, B for itself. Of B's roles one has nobody. 2 of 2 + 18 are absent."""
    regular, limited = {"status": "regular", "count": 2}, {"status": "limited", "count": 1}
    report(
        warehouse,
        "A",
        HOUR,
        reporting_units=3,
        status_counts=[regular, limited],
        blocked_reasons=[
            *({"reason": "personnel", "count": count} for count in (3, 1)),
            {"reason": "room", "count": None},
        ],
        constraint=["personnel"],
    )
    report(
        warehouse,
        "B",
        HOUR,
        status="limited",
        staffed=18,
        on_call=[
            {"role": "surgeon", "count": 2, "response_minutes": 30},
            {"role": "anaesthetist", "count": 0, "response_minutes": 30},
        ],
        staff_absent=[{"cause": "illness", "count": 2}],
        constraint=["personnel", "material"],
    )
    (nation,) = capacity(warehouse, "nation")
    assert (nation["status_regular"], nation["status_limited"], nation["status_closed"]) == (2, 2, 0)
    assert (nation["status_units"], nation["areas"], nation["areas_units"]) == (2, 3, 1)
    assert (nation["blocked_personnel"], nation["blocked_room"], nation["blocked_infection"]) == (4, None, None)
    assert (nation["blocked_reasons_units"], nation["constraints"]) == (1, ["material", "personnel"])
    assert (nation["on_call"], nation["on_call_gaps"], nation["on_call_units"]) == (2, 1, 1)
    assert (nation["staff_absent"], nation["staff_absence"], nation["staff_absent_units"]) == (2, 0.1, 1)


def test_as_it_was_known(warehouse: Warehouse) -> None:
    report(warehouse, "A", 3 * HOUR, occupied=8)
    report(warehouse, "A", 2 * HOUR, occupied=9, received_at=AT + HOUR, declared_known_at=None)
    moment = f"{AT:%Y-%m-%d %H:%M:%S}"
    asked = f"SELECT occupied FROM preparedness_capacity_known_at(level = 'nation', at = '{moment}', known_at = '{{}}')"
    assert warehouse.values(asked.format(moment)) == [8]
    assert warehouse.values(asked.format(f"{AT + 2 * HOUR:%Y-%m-%d %H:%M:%S}")) == [9]
    assert [row["occupied"] for row in capacity(warehouse, "nation")] == [9]


def test_a_level_that_there_is_not(warehouse: Warehouse) -> None:
    report(warehouse, "A", HOUR, occupied=8)
    with pytest.raises(DatabaseError, match="nation, region, trust, unit"):
        capacity(warehouse, "county")


def test_now_is_a_time_too(warehouse: Warehouse) -> None:
    """The report is 100 days old: the unit is gone by now."""
    report(warehouse, "A", AT - datetime.now(UTC) + 100 * DAY, occupied=8)
    now = "SELECT occupied, units_expected, units_gone FROM preparedness_capacity(level = 'unit')"
    assert [tuple(row.values()) for row in warehouse.rows(now)] == [(None, 0, 1)]


def test_surge_in_use_is_unknown_where_staffed_is(warehouse: Warehouse) -> None:
    report(warehouse, "F", HOUR, "983974732", occupied=3, available=1)
    (row,) = capacity(warehouse, "nation")
    assert (row["staffed_units"], row["surge_in_use"]) == (0, None)


def test_people_on_call_absent_and_blocked_reasons_that_nobody_told_are_unknown(warehouse: Warehouse) -> None:
    report(warehouse, "F", HOUR, occupied=3)
    (row,) = capacity(warehouse, "nation")
    names = ("on_call", "on_call_gaps", "blocked_personnel", "blocked_room")
    assert [row[name] for name in names] == [None] * 4
    report(warehouse, "F", timedelta(), staff_absent=[{"cause": "illness", "count": None}])
    (row,) = capacity(warehouse, "nation")
    assert row["staff_absent"] is None


def test_a_role_of_which_nobody_said_who_is_on_call_is_no_role_with_somebody(warehouse: Warehouse) -> None:
    """A told of both its roles, one has nobody; B of one only. The gaps are those of A, as on_call_units says."""
    roles = [{"role": role, "count": count, "response_minutes": None} for role, count in (("s", 2), ("a", 0))]
    unknown = [{**roles[0], "count": None}]
    report(warehouse, "B", HOUR, on_call=unknown)
    (row,) = capacity(warehouse, "nation")
    assert (row["on_call"], row["on_call_gaps"], row["on_call_units"]) == (None, None, 0)
    report(warehouse, "A", HOUR, on_call=roles)
    (row,) = capacity(warehouse, "nation")
    assert (row["on_call"], row["on_call_gaps"], row["on_call_units"]) == (2, 1, 1)


def test_of_a_reason_that_is_told_in_parts_an_unknown_part_is_not_nothing(warehouse: Warehouse) -> None:
    """Personnel: 3 and a number that was not told; room: 2."""
    told = (("personnel", 3), ("personnel", None), ("room", 2))
    report(warehouse, "A", HOUR, blocked_reasons=[{"reason": reason, "count": count} for reason, count in told])
    (row,) = capacity(warehouse, "nation")
    assert (row["blocked_personnel"], row["blocked_room"], row["blocked_reasons_units"]) == (None, 2, 1)


def test_every_figure_stands_in_its_own_column(warehouse: Warehouse) -> None:
    """Each with a number of its own, none of them derived."""
    names = [
        *("physical", "staffed", "occupied", "available", "blocked", "surge_24h", "surge_72h", "reserve_7d"),
        *(
            "admissions",
            "discharges",
            "transfers_in",
            "transfers_out",
            "ed_arrivals",
            "ed_boarding",
            "utskrivningsklar",
        ),
        *("ambulance_handover_over30", "ambulance_handover_over60"),
    ]
    told = {name: 101 + 7 * number for number, name in enumerate(names)}
    reasons = ("personnel", "room", "equipment", "material", "infection", "maintenance")
    states = ("regular", "partial", "limited", "closed", "unknown")
    report(
        warehouse,
        "A",
        HOUR,
        **told,
        reporting_units=50,
        blocked_reasons=[{"reason": name, "count": 10 + number} for number, name in enumerate(reasons)],
        status_counts=[{"status": name, "count": 20 + number} for number, name in enumerate(states)],
    )
    (row,) = capacity(warehouse, "nation")
    assert {name: row[name] for name in names} == told
    assert {name: row[f"{name}_units"] for name in names} == dict.fromkeys(names, 1)
    assert [row[f"blocked_{name}"] for name in reasons] == list(range(10, 16))
    assert [row[f"status_{name}"] for name in states] == list(range(20, 25))
    assert (row["areas"], row["net_flow"]) == (
        50,
        told["admissions"] + told["transfers_in"] - told["discharges"] - told["transfers_out"],
    )
