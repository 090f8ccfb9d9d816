"""One child, with a clock of our own and real little processes."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from deploy.local.children import HOPELESS_AFTER, STEADY_SECONDS, Child, Pauses, Spec, State
from schemas.errors import Fatal

FOREVER = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
FAILING = (sys.executable, "-S", "-c", "import sys; sys.exit('Error: there is no Kafka')")


class Stage:
    """A child and what the test controls of its world."""

    def __init__(self, tmp_path, command=FOREVER):
        self.now = 1000.0
        self.is_ready = False
        self.free = True
        self.command = lambda: command

        def current():  # a test may exchange it
            return self.command()

        spec = Spec("worker", "worker-0", current, self.ready, port=1)
        self.child = Child(spec, tmp_path / "worker-0.log", Pauses(1.0, 8.0), lambda port: self.free)

    def ready(self, pid):
        if isinstance(self.is_ready, Exception):
            raise self.is_ready
        return {"url": f"of {pid}"} if self.is_ready else None

    def tick(self, seconds=0.0, may_start=True):
        self.now += seconds
        return self.child.tick(self.now, may_start=may_start)

    def until(self, state):
        deadline = time.monotonic() + 10
        while self.child.state is not state:
            assert time.monotonic() < deadline, self.child.state
            time.sleep(0.01)
            self.tick()

    def kill(self):
        os.kill(self.child.process.pid, signal.SIGKILL)
        self.until(State.RESTARTING)


@pytest.fixture
def stage(tmp_path):
    stages = []

    def make(*arguments):
        stages.append(Stage(tmp_path, *arguments))
        return stages[-1]

    yield make
    for one in stages:
        if one.child.process:
            one.child.process.kill()
            one.child.process.wait()


def test_starts_when_it_may_and_is_ready_when_it_says_so(stage):
    one = stage()
    assert not one.tick(may_start=False)
    assert one.child.state is State.DOWN
    assert one.tick()
    assert one.child.state is State.STARTING
    assert not one.tick()
    one.is_ready = True
    assert one.tick()
    assert one.child.state is State.READY
    assert one.child.facts == {"url": f"of {one.child.process.pid}"}
    assert one.child.identity.alive
    assert (one.child.restarts, one.child.problem) == (0, None)


def test_one_that_is_killed_is_started_again_after_pauses_that_double(stage):
    one = stage()
    one.is_ready = True
    one.tick()
    for pause in (1.0, 2.0, 4.0, 8.0, 8.0):
        one.kill()
        assert "was killed by signal 9 while it ran" in one.child.problem
        one.tick(pause - 0.01)
        assert one.child.state is State.RESTARTING
        one.tick(0.02)
        assert one.child.state is State.READY
        assert one.child.problem is None
    assert one.child.restarts == 5


def test_after_a_steady_time_the_pause_is_short_again(stage):
    one = stage()
    one.is_ready = True
    one.tick()
    for _ in range(3):
        one.kill()
        one.tick(8.01)
    one.tick(STEADY_SECONDS)
    one.kill()
    one.tick(1.01)
    assert one.child.state is State.READY


def test_one_that_cannot_start_says_why_and_where_its_log_is(stage):
    one = stage(FAILING)
    for _ in range(HOPELESS_AFTER):
        assert not one.child.hopeless
        one.tick(10)
        one.until(State.RESTARTING)
    assert one.child.hopeless
    assert one.child.problem == (
        f"worker-0 ended with code 1 before it was ready: Error: there is no Kafka (log: {one.child.log})"
    )


def test_a_port_that_is_taken_is_named_and_the_start_waits(stage):
    one = stage()
    one.free = False
    one.tick()
    assert one.child.state is State.RESTARTING
    assert "worker-0 cannot start: port 1 is taken by another program" in one.child.problem
    one.free = True
    one.tick(1.01)
    assert one.child.state is State.STARTING


def test_a_program_that_cannot_be_had_is_a_problem_not_a_crash(stage):
    one = stage()

    def missing():
        raise Fatal("cannot download kafka.jar: the Maven repository cannot be reached")

    one.command = missing
    one.tick()
    assert "cannot download kafka.jar" in one.child.problem
    assert one.child.state is State.RESTARTING


def test_one_that_runs_but_can_never_be_ready_is_hopeless_until_it_is(stage):
    one = stage()
    one.is_ready = Fatal("topic raw.episode has 2 partitions")
    one.tick()
    assert one.child.hopeless
    assert "worker-0: topic raw.episode has 2 partitions" in one.child.problem
    one.is_ready = True
    one.tick(0.5)
    assert one.child.state is State.STARTING  # it is not asked in every moment
    one.tick(1.0)
    assert one.child.state is State.READY
    assert not one.child.hopeless


def test_one_that_was_ended_on_purpose_is_down(stage):
    one = stage()
    one.tick()
    one.child.process.kill()
    one.child.process.wait()
    one.child.ended()
    assert (one.child.state, one.child.process, one.child.identity) == (State.DOWN, None, None)
