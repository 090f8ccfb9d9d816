"""Which faults come in which round, and what a round sends."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice

from chaos import plan as plans
from chaos.faults import FAULTS
from chaos.load import Load, expected, messages
from chaos.plan import plan, possible, short


def test_a_seed_gives_the_same_plan_and_another_seed_another():
    assert plan(1, 50) == plan(1, 50)
    assert plan(1, 50) != plan(2, 50)


def test_fifty_rounds_have_every_fault_alone_twice_and_some_in_pairs():
    rounds = plan(3, 50)
    assert [one.number for one in rounds] == list(range(1, 51))
    assert len({one.seed for one in rounds}) == 50
    alone = Counter(one.faults[0] for one in rounds if len(one.faults) == 1)
    assert all(alone[name] >= 2 for name in possible())
    assert any(len(one.faults) == 2 for one in rounds)
    stages = [one.stage for one in rounds]
    assert stages == sorted(stages, key=lambda stage: stage != "local"), "each stage is started once"
    assert all(one.stage in FAULTS[name].stages for one in rounds for name in one.faults)


def test_a_short_run_has_a_round_on_each_stage_and_two_in_a_row_have_every_fault():
    for seed in (1, 2):
        assert short(seed) == short(seed)
        assert [(one.number, one.stage) for one in short(seed)] == [(1, "local"), (2, "cluster")]
        rounds = [*short(seed), *short(seed + 1)]
        assert Counter(name for one in rounds for name in one.faults) == Counter(possible())
        assert all(FAULTS[name].stages[0] == one.stage for one in rounds for name in one.faults)
        assert len({one.seed for one in rounds}) == len(rounds)


def test_few_rounds_have_faults_by_chance():
    assert len(plan(1, 4)) == 4
    assert {name for one in plan(1, 4) for name in one.faults} <= set(possible())


def test_without_a_compiler_the_clock_is_left_alone(monkeypatch):
    monkeypatch.setattr(plans, "COMPILER", None)
    assert plans.NEEDS_COMPILER in FAULTS
    assert set(FAULTS) - set(possible()) == {plans.NEEDS_COMPILER}


def test_rounds_have_reporters_of_their_own():
    day = date(2026, 1, 5)
    first, second = Load(1, 1, day), Load(1, 2, day)
    assert not set(first.reporters.values()) & set(second.reporters.values())
    keys = {message.key.split(b":")[0].decode() for message in islice(messages(first)[0], 500)}
    assert keys <= set(first.reporters.values())


def test_a_load_is_the_same_again_and_its_truth_is_of_its_reporters():
    world = Load(7, 3, date(2026, 1, 5))
    truth = expected(world)
    again = Counter(message.value for message in messages(world)[0])
    assert again == truth.sent
    assert again.total() == truth.events == sum(n for told in truth.outcomes.values() for n in told.values())
    assert truth.reporters == sorted(world.reporters.values())
    assert {reporter for reporter, _, _ in truth.beds} <= set(truth.reporters)
