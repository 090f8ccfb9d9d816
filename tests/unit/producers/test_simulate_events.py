"""What the events say of patients, beds and services hangs together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from simulated_world import DISTURBED, QUIET, world

from schemas.types import FAMILIES

START, END = datetime(2026, 1, 4, 23, tzinfo=UTC), datetime(2026, 1, 7, 23, tzinfo=UTC)
FIRST = "00000000-0000-0000-0000-000000000000"


def stays(config):
    """Movements of each visit in time order, from the current state."""
    frame = world(config).current("movement").sort("occurred_at")
    return [stay.to_dicts() for stay in frame.partition_by("reporter", "episode_id", maintain_order=True)]


@pytest.mark.parametrize("config", [QUIET, DISTURBED], ids=["quiet", "disturbed"])
def test_a_stay_begins_with_admission_and_nothing_follows_discharge(config):
    kinds = set()
    for stay in stays(config):
        order = [movement["movement_type"] for movement in stay]
        assert order[0] == "admit"
        assert order.count("admit") == 1
        assert "discharge" not in order[:-1]
        away = [kind for kind in order if kind.startswith("leave")]
        assert all(pair == ("leave_start", "leave_end") for pair in zip(away[::2], away[1::2], strict=False))
        kinds.update(order)
    assert kinds == {"admit", "transfer", "leave_start", "leave_end", "discharge"}


@pytest.mark.parametrize("config", [QUIET, DISTURBED], ids=["quiet", "disturbed"])
def test_a_transfer_leaves_the_ward_the_patient_was_in(config):
    moved = 0
    for stay in stays(config):
        for before, after in pairwise(stay):
            here, there = (before["tjenesteenhetID"], before["bed"]), (after["tjenesteenhetID"], after["bed"])
            if after["movement_type"] == "transfer":
                assert (after["previous_ward"], after["previous_bed"]) == here
                assert there != here
                moved += 1
            else:
                assert there == here
    assert moved > 50


@pytest.mark.parametrize("what", ["patient", "bed"])
def test_a_patient_is_in_one_bed_and_a_bed_holds_one_patient(what):
    taken: dict[object, list[tuple[datetime, datetime]]] = {}
    for stay in stays(DISTURBED):
        ends = [movement["occurred_at"] for movement in stay[1:]] + [END + timedelta(days=1)]
        for movement, end in zip(stay, ends, strict=True):
            if movement["movement_type"] != "discharge":
                bed = (movement["tjenesteenhetID"], movement["bed"])
                who = movement["patient"] if what == "patient" else bed
                taken.setdefault(who, []).append((movement["occurred_at"], end))
    for spans in taken.values():
        for (_, end), (begin, _) in pairwise(sorted(spans)):
            assert end <= begin
    assert len(taken) > 1_000


def test_an_episode_says_what_its_movements_say():
    episodes = world(DISTURBED).current("episode").filter(pl.col("omsorgsniva") != "3")
    ends = {row["subject_id"]: (row["innDatoTid"], row["utDatoTid"]) for row in episodes.iter_rows(named=True)}
    seen = {}
    for stay in stays(DISTURBED):
        last = stay[-1]
        out = last["occurred_at"] if last["movement_type"] == "discharge" else None
        seen[last["episode_id"]] = (stay[0]["occurred_at"], out)
    assert seen == ends
    assert {None} < {out for _, out in ends.values()}


def test_nothing_happens_outside_the_simulated_days_but_the_opening_balance():
    for family in FAMILIES:
        frame = world(DISTURBED).sent[family]
        assert frame["occurred_at"].max() < END
        assert frame["sent_at"].min() >= START
        assert frame["sent_at"].max() < END
        assert frame.filter(pl.col("sent_at") < pl.col("registered_at")).height == 0
        old = frame.filter((pl.col("occurred_at") < START) & (pl.col("revision") == 0))
        assert (old.height > 0) == (family in ("movement", "episode", "service"))


def test_a_referral_is_received_assessed_and_seen_in_that_order():
    order = {"report": 0, "amend": 1}
    for _, frame in world(QUIET).sent["referral"].group_by("subject_id", maintain_order=True):
        assert frame["revision"].is_sorted()
        assert [order[action] for action in frame["action"]] == [min(1, revision) for revision in frame["revision"]]
        last = frame.row(-1, named=True)
        assert (last["vurdDato"] is not None) == (last["revision"] >= 1)
        assert (last["ventetidSluttDato"] is not None) == (last["revision"] == 2)
    periods = set(world(QUIET).sent["referral"]["henvisningsperiodeID"])
    contacts = world(QUIET).sent["episode"].filter(omsorgsniva="3")
    assert len(periods & set(contacts["henvisningsperiodeID"])) > 50


@pytest.mark.parametrize("config", [QUIET, DISTURBED], ids=["quiet", "disturbed"])
def test_a_service_starts_before_anything_else_and_nothing_follows_its_end(config):
    after = {
        "TjenesteStart": {"MidlertidigStoppFra", "TjenesteutforerEndret", "TjenesteSlutt"},
        "MidlertidigStoppFra": {"MidlertidigStoppTil"},
        "MidlertidigStoppTil": {"MidlertidigStoppFra", "TjenesteutforerEndret", "TjenesteSlutt"},
        "TjenesteutforerEndret": {"MidlertidigStoppFra", "TjenesteutforerEndret", "TjenesteSlutt"},
        "TjenesteSlutt": set(),
    }
    seen = set()
    for _, frame in world(config).current("service").sort("occurred_at").group_by("tjenesteID", maintain_order=True):
        order = frame["hendelse"].to_list()
        assert order[0] == "TjenesteStart"
        assert all(later in after[earlier] for earlier, later in pairwise(order))
        assert frame["tjenesteType"].n_unique() == frame["patient"].n_unique() == 1
        seen.update(order)
    assert seen >= {"TjenesteStart", "MidlertidigStoppFra", "TjenesteutforerEndret", "TjenesteSlutt"}


def test_the_chain_of_a_reporter_has_no_gap():
    """In the order of first sending; a mended event and one sent again keep their place."""
    chain = world(DISTURBED).sent["service"].with_columns(reporter=pl.col("tjenesteOrgNr").str.slice(0, 8))
    first = chain.unique(["reporter", "sequence"], keep="first", maintain_order=True)
    for _, frame in first.group_by("reporter"):
        assert frame["sequence"].to_list() == list(range(1, frame.height + 1))
        ids = [FIRST, *frame["event_id"].str.replace_all("-", "")]
        assert [p.replace("-", "") for p in frame["previous_event_id"]] == [i.replace("-", "") for i in ids[:-1]]


def test_corrections_of_services_name_the_notification_they_correct():
    services = world(DISTURBED).sent["service"].filter(_outcome="accepted")
    first = dict(services.filter(statusNotifikasjon="N").select("event_id", "subject_id").iter_rows())
    later = services.filter(pl.col("statusNotifikasjon") != "N")
    assert set(later["statusNotifikasjon"]) == {"M", "C"}
    assert all(first[row["notifikasjonRef"]] == row["subject_id"] for row in later.iter_rows(named=True))


def test_keys_keep_a_subject_in_one_partition():
    for family in FAMILIES:
        frame = world(DISTURBED).sent[family]
        assert (frame["_key"] == frame["reporter"] + ":" + frame["subject_id"]).all()


def test_patients_are_synthetic_and_capacity_has_none():
    assert world(QUIET).sent["capacity"]["patient"].is_null().all()
    for family in set(FAMILIES) - {"capacity"}:
        patients = world(QUIET).sent[family]["patient"].to_list()
        assert all(patient[:3] == b"\x001:" and 81 <= int(patient[5:7]) <= 92 for patient in patients)


def test_ordinary_care_is_by_day_and_emergency_care_by_night_too():
    local = (
        world(QUIET)
        .sent["consultation"]
        .with_columns(hour=pl.col("datoTidStart").dt.convert_time_zone("Europe/Oslo").dt.hour())
    )
    hours = {kind: set(frame["hour"]) for (kind,), frame in local.group_by("tjenestetype")}
    assert hours["1"] <= set(range(8, 17))
    assert {1, 2, 3, 20, 23} <= hours["2"]


def test_all_kinds_of_reporters_take_part():
    units = {family: world(QUIET).sent[family]["reporter"].n_unique() for family in FAMILIES}
    assert units["capacity"] == units["movement"] == 23
    assert units["service"] == 8
    assert set(world(QUIET).sent["consultation"]["tjenestetype"]) == {"1", "2", "3", "6", "9"}
