"""Sixty simulated days with late, corrected, cancelled, doubled and refused events: the views show what was true.

The truth comes from what the simulation knows to be so, not from its events.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from simulated import CONFIG
from told import Cells, Told

from producers.simulate.config import OSLO

_CHANGES = {
    "TjenesteStart": "started",
    "MidlertidigStoppFra": "paused",
    "MidlertidigStoppTil": "resumed",
    "TjenesteutforerEndret": "provider_changed",
    "TjenesteSlutt": "ended",
}


def test_there_was_enough_to_get_wrong(told: Told) -> None:
    for family, of_it in told.truth["families"].items():
        assert of_it["duplicate"] > 20, family
        assert of_it["rejected"] > 20, family
        assert of_it["amended"] + of_it["cancelled"] + of_it["late"] > 20, family


def test_every_event_has_the_outcome_that_it_must_have(told: Told) -> None:
    found = told.rows("SELECT family, outcome, count() FROM outcomes GROUP BY ALL")
    expected = [
        (family, outcome, of_it[outcome])
        for family, of_it in told.truth["families"].items()
        for outcome in ("accepted", "rejected", "duplicate")
    ]
    assert sorted(found) == sorted(expected)


def test_contacts_of_every_day_reporter_and_level_of_care(told: Told) -> None:
    found = told.rows("SELECT toString(day), reporter, omsorgsniva, sum(contacts) FROM npr_contacts_daily GROUP BY ALL")
    assert Counter({(day, who, kind): count for day, who, kind, count in found}) == told.true_cells("episode")


def test_changes_of_municipal_services_of_every_day_and_reporter(told: Told) -> None:
    sums = ", ".join(f"sum({name})" for name in _CHANGES.values())
    found: Cells = Counter()
    for day, who, *counts in told.rows(f"SELECT toString(day), reporter, {sums} FROM kpr_services_daily GROUP BY ALL"):
        found.update({(day, who, kind): n for kind, n in zip(_CHANGES, counts, strict=True) if n})
    assert found == told.true_cells("service")


def test_consultations_of_every_day_reporter_and_kind(told: Told) -> None:
    found = told.rows(
        "SELECT toString(day), reporter, tjenestetype, sum(consultations) FROM kpr_consultations_daily GROUP BY ALL"
    )
    assert Counter({(day, who, kind): count for day, who, kind, count in found}) == told.true_cells("consultation")


def test_patients_in_every_ward_at_eight_and_at_midnight(told: Told) -> None:
    occupancy = told.truth["occupancy"]
    asked = [
        (number, hour)
        for number, hour in enumerate(occupancy["hours"])
        if datetime.fromisoformat(hour).astimezone(OSLO).hour in (0, 8)
    ]
    assert len(asked) == 2 * CONFIG.days
    for number, hour in asked[::3]:
        found = told.rows(f"SELECT reporter, unit, patients FROM preparedness_occupancy_at(at = '{hour}')")
        shown = {(who, unit): patients for who, unit, patients in found if patients}
        true = {(ward["reporter"], ward["ward"]): ward["occupied"][number] for ward in occupancy["wards"]}
        assert shown == {place: patients for place, patients in true.items() if patients}, hour


def test_stays_of_every_night_and_hospital_trust(told: Told) -> None:
    """`in_bed` counts those on leave too, whom the truth does not: never fewer, and seldom more."""
    occupancy = told.truth["occupancy"]
    true: Cells = Counter()
    for number, hour in enumerate(occupancy["hours"]):
        at = datetime.fromisoformat(hour).astimezone(OSLO)
        if at.hour == 0:
            night = str(at.date() - timedelta(days=1))
            for ward in occupancy["wards"]:
                true[night, ward["reporter"]] += ward["occupied"][number]
    found = told.rows("SELECT toString(day), reporter, sum(in_bed) FROM npr_stays_daily GROUP BY ALL")
    shown = Counter({(day, who): count for day, who, count in found})
    nights = [cell for cell in true if cell[0] >= str(CONFIG.start)]
    assert len(nights) > 100
    assert {cell: shown[cell] for cell in nights if not true[cell] <= shown[cell] <= true[cell] * 1.1} == {}


def test_what_was_known_in_the_middle_is_less_and_nothing_of_what_came_later(told: Told) -> None:
    middle = "2026-04-01 10:00:00"
    known = Counter(
        dict(
            told.rows(
                "SELECT toString(day), sum(contacts) FROM "
                f"npr_contacts_daily_known_at(at = '{middle}') WHERE day > '2026-03-20' GROUP BY day"
            )
        )
    )
    now = Counter(dict(told.rows("SELECT toString(day), sum(contacts) FROM npr_contacts_daily GROUP BY day")))
    assert max(known) <= "2026-04-01"
    assert any(known[day] < now[day] for day in known), "something came late"


def test_referrals_by_day_add_up_to_the_waits_of_every_month_and_reporter(told: Told) -> None:
    found = told.rows(
        "SELECT toString(toStartOfMonth(day)) AS month, reporter, sum(waiting_started) AS n, sum(ended), sum(treated) "
        "FROM npr_referrals_daily GROUP BY ALL HAVING n + sum(ended) > 0"
    )
    waits = told.rows(
        "SELECT toString(month) AS month, reporter, sum(started) AS n, sum(ended), sum(treated) "
        "FROM npr_waiting GROUP BY ALL HAVING n + sum(ended) > 0"
    )
    assert len(waits) > 5
    assert sorted(found) == sorted(waits)


def test_deadlines_that_broke_by_day_add_up_to_the_referrals_whose_deadline_is_broken(told: Told) -> None:
    broken = "uniqExact(subject_id) FROM npr_referrals WHERE deadline_broken AND days IS NOT NULL GROUP BY reporter"
    true = dict(told.rows(f"SELECT reporter, {broken}"))
    found = told.rows(
        "SELECT reporter, sum(deadline_broken) AS n FROM npr_referrals_daily GROUP BY reporter HAVING n > 0"
    )
    assert true
    assert dict(found) == true


@pytest.mark.parametrize("known", ["2026-04-20 04:00:00", "2027-01-01 00:00:00"])
def test_the_census_that_is_closed_is_the_census(told: Told, known: str) -> None:
    """Of every day and level, in every column: in the middle of it all, at 06:00, and when all is known."""
    for level in ("nation", "region", "trust", "unit"):
        arguments = f"level = '{level}', from = '2026-02-01', to = '2026-05-05', known_at = '{known}'"
        census = told.rows(f"SELECT * EXCEPT complete FROM preparedness_census({arguments}) ORDER BY ALL")
        daily = told.rows(
            f"SELECT * EXCEPT level FROM preparedness_census_daily_known_at(at = '{known}') "
            f"WHERE level = '{level}' AND day <= '2026-05-05' ORDER BY ALL"
        )
        assert len(census) > 40
        assert daily == census


COUNTED = {
    "npr_contacts_daily": "contacts",
    "npr_stays_daily": "in_bed + discharges",
    "npr_discharge_ready_daily": "bed_days",
    "npr_referrals_daily": "referrals",
    "npr_waiting": "waiting + ended",
    "kpr_services_daily": "started + paused + resumed + provider_changed + ended",
    "kpr_consultations_daily": "consultations",
}
"""What the events that explain a row add up to, once its day is over."""


@pytest.mark.parametrize("view", COUNTED)
def test_a_figure_is_as_much_as_the_events_that_explain_it(told: Told, view: str) -> None:
    """Of the largest and the smallest figures, now and as known a week after."""
    time = "month" if view == "npr_waiting" else "day"
    figure = f"toInt64(sum({COUNTED[view]}))"
    cells = told.rows(f"SELECT {time}, reporter, {figure} AS n FROM {view} GROUP BY ALL ORDER BY n, {time}, reporter")
    assert len(cells) > (10 if time == "month" else 50)
    for day, reporter, _ in [*cells[:3], *cells[-3:]]:
        for moment in (f"{day + timedelta(days=7)} 00:00:00", "2027-01-01 00:00:00"):
            found = told.rows(
                f"SELECT {figure} FROM {view}_known_at(at = '{moment}') "
                f"WHERE {time} = '{day}' AND reporter = '{reporter}'"
            )
            explained = told.rows(
                "SELECT toInt64(ifNull(sum(patients), 0)), "
                "uniqExact(source_topic, source_partition, source_offset) = count() "
                f"FROM explain_{view}(unit = '{reporter}', at = '{day}', known_at = '{moment}')"
            )
            assert explained == [(*found[0], True)], (day, reporter, moment)


_LEVELS = {
    "nation": (),
    "region": ("region",),
    "trust": ("region", "health_trust"),
    "unit": ("region", "health_trust", "reporter", "unit"),
    "municipality": ("kommuneNr",),
    "home_municipality": ("home_municipality",),
}
_DIFFERENT = {"patients", "persons", "services", "referrals"}
"""Counted anew at each level: one may be in several rows."""


@pytest.mark.parametrize(
    "view",
    [
        *("npr_contacts", "npr_stays", "npr_referrals", "npr_discharge_ready"),
        *("kpr_services", "kpr_consultations", "kpr_kad"),
    ],
)
def test_every_level_is_the_sum_of_the_daily_rows(told: Told, view: str) -> None:
    columns = {name: kind for name, kind, *_ in told.rows(f"DESCRIBE {view}_daily")}
    counts = [name for name, kind in columns.items() if kind.startswith("UInt") and name not in _DIFFERENT]
    assert counts
    first, last = told.rows(f"SELECT min(day), max(day) FROM {view}_daily")[0]
    levels = [level for level, places in _LEVELS.items() if set(places) <= columns.keys()]
    assert len(levels) == 5 if "health_trust" in columns else 3
    for level in levels:
        places = ", ".join(("day", *_LEVELS[level]))
        sums = ", ".join(f"toUInt64(sum({view}.{name}))" for name in counts)
        daily = told.rows(f"SELECT {places}, {sums} FROM {view}_daily AS {view} GROUP BY {places}")
        by_level = told.rows(
            f"SELECT {places}, {', '.join(f'toUInt64({name})' for name in counts)} "
            f"FROM {view}_by_level(level = '{level}', from = '{first}', to = '{last}') WHERE updated_at IS NOT NULL"
        )
        assert len(daily) > 20, level
        assert Counter(by_level) == Counter(daily), level


def test_units_that_are_expected_and_report_are_those_of_the_coverage(told: Told) -> None:
    """Where a unit is a reporter: municipal services name none."""
    asked = "units_expected, units_reporting, units_unexpected"
    at = f"at = '{told.rows('SELECT max(known_at) FROM accepted_service')[0][0]:%Y-%m-%d 23:59:59}'"
    coverage = told.rows(f"SELECT day, {asked} FROM quality_coverage_known_at({at}) WHERE family = 'service'")
    first, last = min(row[0] for row in coverage), max(row[0] for row in coverage)
    of_it = f"kpr_services_by_level_known_at(level = 'nation', from = '{first}', to = '{last}', {at})"
    by_level = told.rows(f"SELECT day, {asked} FROM {of_it}")
    told_by_day = {row[0]: row[1:] for row in by_level}
    assert sum(expected for _, expected, _, _ in coverage) > 50
    assert {row[0]: row[1:] for row in coverage} == {day: told_by_day[day] for day, *_ in coverage}
