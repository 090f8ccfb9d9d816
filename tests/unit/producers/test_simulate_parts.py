"""The parts a simulation is made of: people, organisations, the encoder, the calendar of work."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.simulate import people
from producers.simulate.config import SimulationConfig, epoch_day, hours
from producers.simulate.datums import array, datums
from producers.simulate.hospitals import TRUSTS, wards
from producers.simulate.organisations import organisations
from producers.simulate.release import release
from producers.simulate.rhythm import arrivals, shares
from producers.simulate.values import Choices, serial, uuids, weighted
from schemas.catalog import latest
from schemas.columnar import dtype
from schemas.identity import facts, valid_organisation
from schemas.plan import plan
from schemas.slow import encode_one
from schemas.types import FAMILIES, raw_topic

DAY = date(2026, 1, 5)
EVERYONE = people.PLACES * people.PER_PLACE


@given(st.lists(st.integers(0, EVERYONE - 1), min_size=1, max_size=50, unique=True))
def test_numbers_are_synthetic_valid_and_tell_the_truth(chosen):
    persons = np.array(chosen, np.int64)
    numbers = people.numbers(persons)
    told = facts(pl.repeat("1", len(persons), eager=True), numbers, np.zeros(len(persons), np.bool_))
    assert told.valid.all()
    assert told.synthetic.all()
    assert (told.sex == people.sex(persons)).all()
    assert (told.birth_year == people.birth_year(persons)).all()
    assert numbers.n_unique() == len(persons)
    wrong = people.with_wrong_digit(numbers)
    assert not facts(pl.repeat("1", len(persons), eager=True), wrong, np.zeros(len(persons), np.bool_)).valid.any()


def test_no_two_persons_share_a_number():
    persons = np.random.default_rng(1).choice(EVERYONE, 200_000, replace=False)
    assert people.numbers(persons).n_unique() == len(persons)


@pytest.mark.parametrize(("youngest", "oldest"), [(1, 5), (18, 90), (30, 92)])
def test_drawn_persons_have_the_age_and_place_asked_for(youngest, oldest):
    places = np.arange(people.PLACES).repeat(20)
    persons = people.draw(np.random.default_rng(1), places, youngest, oldest, epoch_day(DAY))
    assert (people.place(persons) == places).all()
    age = (epoch_day(DAY) - people.birth_day(persons)) / 365.25
    assert youngest <= age.min()
    assert age.max() < oldest + 1


@pytest.mark.parametrize("count", [1, 2, 10, 150, 20_000])
def test_reporters(count):
    who = organisations(count, DAY)
    reporters = who.reporters
    assert reporters.height == reporters["orgnr"].n_unique() == count
    assert all(map(valid_organisation, reporters["orgnr"]))
    trusts = reporters.filter(kind="trust")
    assert trusts["orgnr"].to_list() == [trust.orgnr for trust in TRUSTS[: min(23, (count + 1) // 2)]]
    assert reporters.filter(kind="municipality")["komNr"].is_unique().all()
    assert who.near_count.min() > 0


def test_municipalities_are_those_in_force():
    who = organisations(20_000, DAY)
    assert who.home.n_unique() == who.reporters.filter(kind="municipality").height == 357
    assert not set(who.home) & {"2100", "9999", "8888"}


def test_patients_of_a_reporter_live_near():
    who = organisations(150, DAY)
    reporters = np.arange(150).repeat(30)
    homes = who.home.gather(who.places(np.random.default_rng(1), reporters)).to_list()
    for reporter, home in zip(reporters.tolist(), homes, strict=True):
        own = who.reporters["komNr"][reporter]
        assert home == own if own else home.startswith(TRUSTS[reporter].counties)


def test_wards_have_beds_and_names_of_their_own():
    made = wards(23)
    assert len({ward.code for ward in made}) == len(made) > 200
    assert {ward.number for ward in made} == set(range(len(made)))
    assert all(len(ward.free) == ward.staffed <= ward.physical for ward in made)


_TEXT = st.text(max_size=80)
_VALUES = {
    "string": _TEXT,
    "long": st.integers(-(2**62), 2**62),
    "int": st.integers(-(2**31), 2**31 - 1),
    "boolean": st.booleans(),
    "double": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=40),
}


def _value(node):
    if node.kind == "array":
        return st.just([])
    values = st.integers(0, 20_000) if node.logical else _VALUES[node.kind]
    return st.none() | values if node.nullable else values


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_encodes_as_the_slow_writer_does(family, data):
    schema = latest(raw_topic(family))
    fields = plan(schema)
    a_record = st.fixed_dictionaries({name: _value(node) for name, node in fields})
    records = data.draw(st.lists(a_record, min_size=1, max_size=6))
    columns = {
        name: pl.Series(name, [r[name] for r in records], dtype=pl.Int64 if node.logical else dtype(node))
        for name, node in fields
        if node.kind != "array"
    }
    assert datums(schema, pl.DataFrame(columns), prefix=b"head") == [b"head" + encode_one(schema, r) for r in records]


def test_a_column_that_is_not_there_has_its_default():
    schema = latest("raw.service")
    needed = [field["name"] for field in schema.definition["fields"] if "default" not in field]
    record = {"event_id": "a", "occurred_at": 5, "registered_at": 6, "sent_at": 7}
    frame = pl.DataFrame({name: [record.get(name, "x")] for name in needed})
    defaults = {f["name"]: f["default"] for f in schema.definition["fields"] if "default" in f}
    assert datums(schema, frame) == [encode_one(schema, defaults | frame.row(0, named=True))]
    with pytest.raises(KeyError, match="event_id"):
        datums(schema, frame.drop("event_id"))


def test_lists_encode_as_the_slow_writer_does():
    schema = latest("raw.episode")
    node = dict(plan(schema))["tilstander"]
    assert node.items
    conditions = [dict.fromkeys(name for name, _ in node.items.fields) | {"kodeVersjon": "x" * 90, "kodeVerdi": ""}]
    text = {name: "x" for name, kind in plan(schema) if kind.kind == "string" and not kind.nullable}
    times = dict.fromkeys(("occurred_at", "registered_at", "sent_at"), 1)
    rest = {field["name"]: field["default"] for field in schema.definition["fields"] if "default" in field}
    record = rest | text | times | {"tilstander": conditions}
    frame = pl.DataFrame({**text, **times, "tilstander": [array(conditions, node)]})
    assert datums(schema, frame) == [encode_one(schema, record)]


def test_ids():
    made = uuids(np.random.default_rng(1), 1_000)
    assert made.str.contains(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").all()
    assert made.n_unique() == 1_000
    assert uuids(np.random.default_rng(1), 0).to_list() == []
    assert serial("K-", np.array([0, 12, 999_999_999])).to_list() == ["K-000000000", "K-000000012", "K-999999999"]


def test_choices_stay_in_their_group():
    choices = Choices([[b"a"], [b"b", b"c"]])
    group = np.array([0, 1] * 200)
    drawn = choices.draw(np.random.default_rng(1), group).to_list()
    assert set(drawn[::2]) == {b"a"}
    assert set(drawn[1::2]) == {b"b", b"c"}


def test_weights():
    drawn = np.bincount(weighted(np.random.default_rng(1), (1, 0, 3), 40_000), minlength=3) / 40_000
    assert drawn == pytest.approx([0.25, 0, 0.75], abs=0.02)


def test_a_day_of_work_is_shared_out_over_its_hours():
    config = SimulationConfig(1, 7, 1, DAY)
    week = list(hours(config))
    assert shares("surgery", week[:24]).sum() == pytest.approx(1.0)
    assert shares("office", week[5 * 24 :]).sum() == 0  # Saturday and Sunday
    assert shares("watch", week[5 * 24 : 6 * 24]).sum() == pytest.approx(1.5)


def test_arrivals_lie_within_their_hours_and_off_the_stroke():
    week = list(hours(SimulationConfig(1, 1, 1, DAY)))
    rates = np.array([[0.0] * 23 + [50.0], [50.0] + [0.0] * 23])
    which, at = arrivals(np.random.default_rng(1), rates, week)
    assert set(which.tolist()) == {0, 1}
    for number, hour in ((0, week[23]), (1, week[0])):
        assert hour.start < at[which == number].min()
        assert at[which == number].max() < hour.end
    assert (at % 1_000 == 0).all()


def test_the_release_names_the_code():
    assert len(release()) == 12
    assert int(release(), 16) >= 0
