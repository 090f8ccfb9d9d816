"""The order of a batch, on which it rests that nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from schemas.errors import Fatal
from streams.processor import BreakerOpen, Processor
from streams.records import Records
from streams.settings import StreamSettings
from streams.types import NO_IDS, NO_REFUSALS, Message, Messages, Outcomes, RawBatch, Refusals

MESSAGE = Messages.of([Message(0, None, b"x")])


RECORDS = Records(np.array([7]), np.array([1]), [b"raw"])


class Log:
    """Stands for windows, pipeline and deliverer, and writes down who was called."""

    def __init__(self, fails_at: str | None = None, refusals: Refusals = NO_REFUSALS) -> None:
        self.calls: list[str] = []
        self.fails_at = fails_at
        self.refusals = refusals

    def note(self, what: str) -> None:
        self.calls.append(what)
        if what == self.fails_at:
            raise Fatal(what)

    def ensure(self, _held: Any, _generation: int) -> None:
        self.note("restore")

    def note_positions(self) -> None:
        self.note("positions")

    def of(self, _topic: str, _partition: int) -> None:
        return None

    def read(self, batch: RawBatch) -> Any:
        self.note("read")
        return SimpleNamespace(batch=batch)

    def judge(self, _reading: Any, _window_of: Any) -> Outcomes:
        self.note("judge")
        messages = {"accepted.service": MESSAGE, "receipts": MESSAGE}
        return Outcomes(messages, {"accepted": 10, "replayed": 5}, {}, self.refusals, {0: NO_IDS})

    def deliver(self, messages: Mapping[str, Messages]) -> None:
        self.note("deliver " + ",".join(messages))

    def learn(self, batch: Any, _accepted: Any) -> Messages:
        assert np.array_equal(batch.offsets, [7])
        self.note("learn")
        return MESSAGE

    def send(self, messages: Mapping[str, Messages]) -> None:
        self.note("send " + ",".join(messages))


ORDER = [
    "read",
    "restore",
    "positions",
    "judge",
    "learn",
    "deliver receipts",
    "deliver accepted.service",
    "send internal.window",
]


def process(log: Log) -> None:
    settings = StreamSettings(breaker_events=1, breaker_reporters=1)
    processor = Processor(settings, log, log, log)  # type: ignore[arg-type]
    reading = processor.read("raw.service", [(0, RECORDS)])
    processor.deliver(processor.judge(reading, [("raw.service", 0)], 1))


def test_the_order() -> None:
    log = Log()
    process(log)
    assert log.calls == ORDER


@pytest.mark.parametrize("step", ORDER)
def test_a_failure_at_any_step_ends_the_batch_there(step: str) -> None:
    log = Log(fails_at=step)
    with pytest.raises(Fatal):
        process(log)
    assert log.calls == ORDER[: ORDER.index(step) + 1]


def test_an_open_breaker_sends_nothing() -> None:
    log = Log(refusals=Refusals(np.array([983971636]), np.array([10]), np.array([10])))
    with pytest.raises(BreakerOpen):
        process(log)
    assert log.calls == ["read", "restore", "positions", "judge"]


def test_the_breaker_counts_over_the_batches_of_a_topic() -> None:
    log = Log(refusals=Refusals(np.array([983971636]), np.array([1]), np.array([1])))
    settings = StreamSettings(breaker_events=3, breaker_reporters=1)
    processor = Processor(settings, log, log, log)  # type: ignore[arg-type]

    def judge(topic: str) -> None:
        processor.judge(processor.read(topic, [(0, RECORDS)]), [(topic, 0)], 1)

    judge("raw.service")
    judge("raw.service")
    judge("raw.episode")
    with pytest.raises(BreakerOpen, match=r"raw\.service"):
        judge("raw.service")
    judge("raw.episode")
