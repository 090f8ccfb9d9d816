from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import fastavro
import pytest
from adapter_samples import FNR, REPORTER, codes, context, events, fields, run

from producers.adapters import avro
from producers.types import PatientId, Read
from schemas.catalog import latest
from schemas.golden import load
from schemas.patient import clear
from schemas.types import FAMILIES

SYNC = bytes(range(16))


def container(family: str, records: list[dict[str, Any]], *, codec: str = "null", interval: int = 1) -> bytes:
    """A container with one block per record or so."""
    out = io.BytesIO()
    schema = dict(latest(f"raw.{family}").definition)
    fastavro.writer(out, schema, records, codec=codec, sync_interval=interval, sync_marker=SYNC)
    return out.getvalue()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_golden_events_come_back(family: str, codec: str) -> None:
    golden = load(f"raw.{family}")
    found = events(run(avro.read, container(family, golden, codec=codec), reporter=None))

    assert [event.record for event in found] == [
        {name: value for name, value in record.items() if name not in ("patient", "prior_patient")} for record in golden
    ]
    assert {event.family for event in found} == {family}


def test_identifiers_in_clear_become_patients() -> None:
    data = container("movement", [{**load("raw.movement")[0], "patient": clear("1", FNR), "prior_patient": None}])
    (event,) = events(run(avro.read, data))

    assert (event.patient, event.prior_patient) == (PatientId("1", FNR), None)
    assert not {"patient", "prior_patient"} & event.record.keys()


def test_a_sealed_identifier_is_refused_and_not_dropped() -> None:
    items = run(avro.read, container("movement", [{**load("raw.movement")[0], "prior_patient": b"\x01" + bytes(80)}]))

    assert (codes(items), fields(items)) == (["AVRO-06"], ["prior_patient"])


@pytest.mark.parametrize("blob", [b"", b"\x07x:1", b"\x00", b"\x00x", b"\x00:1", b"\x001:", b"\x00\xff:1"])
def test_an_identifier_in_clear_of_another_form(blob: bytes) -> None:
    items = run(avro.read, container("movement", [{**load("raw.movement")[0], "patient": blob}]))

    assert (codes(items), fields(items)) == (["AVRO-04"], ["patient"])


def test_reporter_and_as_of_of_the_caller() -> None:
    day = datetime(2026, 4, 1, tzinfo=UTC)
    found = events(run(avro.read, container("capacity", load("raw.capacity")), as_of=day))

    assert {event.record["reporter"] for event in found} == {REPORTER}
    assert {event.record["declared_known_at"] for event in found} == {day}


def test_an_older_writer_schema_is_read() -> None:
    schema = dict(latest("raw.capacity").definition)
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "supply_days"]
    out = io.BytesIO()
    fastavro.writer(out, schema, load("raw.capacity"))

    assert events(run(avro.read, out.getvalue()))[0].record["supply_days"] is None


def test_containers_that_cannot_be_read() -> None:
    other = io.BytesIO()
    fastavro.writer(other, {"type": "record", "name": "X", "fields": []}, [{}])
    good = container("capacity", load("raw.capacity"))

    renamed = good.replace(b'"name": "action"', b'"name": "Action"')
    assert codes(run(avro.read, renamed)) == ["AVRO-02"]
    assert codes(run(avro.read, b"Obj\x01rest")) == ["AVRO-01"]
    assert codes(run(avro.read, good[:100])) == ["AVRO-01"]
    assert codes(run(avro.read, other.getvalue())) == ["AVRO-02"]
    assert codes(run(avro.read, good.replace(b"\x14avro.codec\x08null", b"\x14avro.codec\x08snap"))) == ["AVRO-05"]


def test_a_cut_container_gives_what_is_whole() -> None:
    record = load("raw.capacity")[0]
    data = container("capacity", [record] * 3)

    assert codes(run(avro.read, data[:-30])) == ["read", "read", "AVRO-03"]


def test_a_damaged_block_costs_itself_only() -> None:
    """What lies before the next marker is given up, what comes after it is read."""
    record = load("raw.capacity")[0]
    data = bytearray(container("capacity", [record] * 4))
    markers = [at for at in range(len(data)) if data[at : at + 16] == SYNC]
    second = markers[1] + 16
    huge = data.copy()
    huge[second : second + 2] = b"\xff\xff"
    inner = data.copy()
    inner[second + 20 : second + 60] = b"\xff" * 40

    assert codes(run(avro.read, bytes(huge))) == ["read", "AVRO-03", "read", "read"]
    assert codes(run(avro.read, bytes(inner))) == ["read", "AVRO-03", "read", "read"]


def test_a_block_that_inflates_without_end_is_refused() -> None:
    record = {**load("raw.capacity")[0], "unit_name": "x" * 100_000}
    data = container("capacity", [record, load("raw.capacity")[0]], codec="deflate")

    assert codes(run(avro.read, data, max_item_bytes=20_000)) == ["AVRO-03", "read"]


def test_a_pipe_is_enough() -> None:
    """Nothing is sought or told."""

    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = data

        def read(self, size: int = -1) -> bytes:
            piece, self._data = self._data[: min(size, 7)], self._data[min(size, 7) :]
            return piece

        def seekable(self) -> bool:
            return False

    data = container("capacity", load("raw.capacity"))
    items = list(avro.read(Pipe(data), context()))  # type: ignore[arg-type]

    assert all(isinstance(item, Read) for item in items)
    assert len(items) == len(load("raw.capacity"))
