"""The truth against an independent reckoning of the same events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import polars as pl
import pytest
from simulated_world import DISTURBED, QUIET, world

from schemas.types import FAMILIES

BOTH = pytest.mark.parametrize("config", [QUIET, DISTURBED], ids=["quiet", "disturbed"])
EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES)


@EVERY_FAMILY
def test_events_without_a_fault_break_no_rule(family):
    assert world(QUIET).sent[family].height > 100
    assert world(QUIET).codes[family] == Counter()
    assert set(world(QUIET).sent[family].get_column("_outcome")) == {"accepted"}


@EVERY_FAMILY
def test_codes_are_those_of_the_rules(family):
    told = world(DISTURBED).truth["families"][family]["codes"]
    assert {(code, entry["severity"]): entry["events"] for code, entry in told.items()} == world(DISTURBED).codes[
        family
    ]


def test_faults_of_every_severity_and_family():
    severities = {family: {severity for _, severity in codes} for family, codes in world(DISTURBED).codes.items()}
    assert all({"fatal", "reject", "repair", "warn"} == found for found in severities.values()), severities


@EVERY_FAMILY
def test_outcomes(family):
    found = Counter(world(DISTURBED).sent[family].get_column("_outcome"))
    told = world(DISTURBED).truth["families"][family]
    assert found == {outcome: told[outcome] for outcome in ("accepted", "rejected", "duplicate")}
    assert all(count > 0 for count in found.values())


@BOTH
def test_totals_are_the_sums_of_the_families(config):
    truth = world(config).truth
    assert truth["events"] == sum(frame.height for frame in world(config).sent.values())
    for outcome, count in truth["outcomes"].items():
        assert count == sum(family[outcome] for family in truth["families"].values())


@BOTH
@EVERY_FAMILY
def test_subjects(config, family):
    assert world(config).current(family).height == world(config).truth["families"][family]["subjects"]


@BOTH
def test_occupancy_is_what_the_movements_give(config):
    """Walks the current movements of every ward and counts at each hour who is in."""
    steps = []
    for stay in world(config).current("movement").sort("occurred_at").partition_by("reporter", "episode_id"):
        ward = None
        for at, kind, to in stay.select("occurred_at", "movement_type", "tjenesteenhetID").iter_rows():
            steps += [(at, ward, -1)] if ward else []
            ward = None if kind in ("discharge", "leave_start") else to
            steps += [(at, ward, 1)] if ward else []
    steps.sort(key=lambda step: step[0])
    occupancy = world(config).truth["occupancy"]
    found: Counter[str] = Counter()
    for i, hour in enumerate(map(datetime.fromisoformat, occupancy["hours"])):
        while steps and steps[0][0] <= hour:
            _, ward, change = steps.pop(0)
            found[ward] += change
        for ward in occupancy["wards"]:
            assert ward["occupied"][i] == found[ward["ward"]], (hour, ward["ward"])
    assert len(occupancy["hours"]) == 24 * config.days
    assert sum(ward["occupied"][0] for ward in occupancy["wards"]) > 1_000


@BOTH
def test_snapshots_agree_with_the_occupancy(config):
    occupancy = world(config).truth["occupancy"]
    told = {
        (hour, ward["ward"]): ward["occupied"][i]
        for ward in occupancy["wards"]
        for i, hour in enumerate(map(datetime.fromisoformat, occupancy["hours"]))
    }
    beds = world(config).current("capacity").filter(pl.col("resource").is_in(["bed", "icu_bed", "intermediate_bed"]))
    assert dict(zip(beds.select("as_of", "unit").iter_rows(), beds.get_column("occupied"), strict=True)) == told


@BOTH
def test_daily_counts(config):
    def counted(family, kind, at):
        day = pl.col(at).dt.convert_time_zone("Europe/Oslo").dt.date()
        return (
            world(config).current(family).group_by("reporter", date=day, kind=kind, family=pl.lit(family)).len("events")
        )

    found = pl.concat(
        [
            counted("episode", "omsorgsniva", "innDatoTid"),
            counted("consultation", "tjenestetype", "datoTidStart"),
            counted("service", "hendelse", "occurred_at"),
        ]
    )
    by = ["date", "reporter", "family", "kind"]
    told = world(config).daily.group_by(by).agg(pl.col("events").sum()).filter(pl.col("events") != 0)
    assert told.sort(by).rows() == found.select(*by, pl.col("events").cast(pl.Int64)).sort(by).rows()
    sums = told.group_by("date", "family", "kind").agg(pl.col("events").sum()).sort("date", "family", "kind")
    assert [tuple(entry.values()) for entry in world(config).truth["daily"]] == [
        (day.isoformat(), *rest) for day, *rest in sums.rows()
    ]


def test_shares_are_about_what_was_asked_for():
    truth = world(DISTURBED).truth
    families = truth["families"].values()
    faults = sum(entry["events"] for entry in truth["codes"].values())
    corrected = sum(family["amended"] + family["cancelled"] for family in families)
    late = sum(family["late"] for family in families)
    for found, share in [(faults, 0.1), (corrected, 0.06), (late, 0.05), (truth["outcomes"]["duplicate"], 0.05)]:
        assert 0.6 * share < found / truth["events"] < 1.1 * share
    assert all(family["late"] for family in families)
    assert all(family["amended"] for family in families)
    assert sum(family["cancelled"] > 0 for family in families) == 4


def test_late_events_are_sent_hours_after_the_others():
    late = pl.col("sent_at") - pl.col("registered_at") > pl.duration(hours=1)
    of_these_days = pl.col("registered_at") > datetime(2026, 1, 4, 23, tzinfo=UTC)
    for family in FAMILIES:
        waited = {
            config: world(config).sent[family].filter(of_these_days & late & (pl.col("revision") == 0)).height
            for config in (QUIET, DISTURBED)
        }
        assert waited[QUIET] == 0 < waited[DISTURBED]
