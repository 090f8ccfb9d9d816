"""Record batches as columns: the same as aiokafka's decoder reads one by one, whatever a producer writes."""

from __future__ import annotations

import gzip
import struct
import sys
import time
import tracemalloc
from typing import Any

import cramjam
import lz4.frame
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.wire import LARGEST_EVENT, UNREAD, split
from streams.records import LARGEST_BATCH, Batch, Batches, joined, unpacked
from streams.transport import BatchRecords

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
BASE = 1_000_000

headers = st.lists(st.tuples(st.text(max_size=3), st.none() | st.binary(max_size=3)), max_size=2)
plain = st.tuples(st.integers(0, 2**42), st.binary(max_size=200), st.binary(max_size=400), st.just([]))
keyless = st.tuples(st.integers(0, 2**42), st.none(), st.binary(max_size=80), st.just([]))
odd = st.tuples(st.integers(0, 2**42), st.none() | st.binary(max_size=5), st.none() | st.binary(max_size=5), headers)
batches = (
    st.lists(plain, min_size=1, max_size=30)
    | st.lists(keyless, min_size=1, max_size=30)
    | st.lists(odd | plain | keyless, min_size=1, max_size=12)
)


def written(records: list[Any], codec: str = "none", base: int = BASE) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=CODECS[codec],
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100_000_000,
    )
    for number, (timestamp, key, value, head) in enumerate(records):
        builder.append(number, timestamp, key, value, head)
    octets = bytearray(builder.build())
    struct.pack_into(">q", octets, 0, base)  # as the broker does
    return bytes(octets)


def sealed(octets: bytes) -> bytes:
    """The batch with the length and the checksum that its bytes ask for."""
    made = bytearray(octets)
    struct.pack_into(">i", made, 8, len(made) - 12)
    struct.pack_into(">I", made, 17, calc_crc32c(bytes(made[21:])))
    return bytes(made)


@settings(deadline=None)
@given(batches, st.sampled_from(sorted(CODECS)))
def test_the_same_as_one_by_one(records: list[Any], codec: str) -> None:
    octets = written(records, codec)
    expected = [(r.offset, r.timestamp, r.value) for r in MemoryRecords(octets).next_batch()]
    batch = Batch(octets)
    batch.check()
    found = batch.records()
    assert list(zip(found.offsets.tolist(), found.timestamps.tolist(), found.values, strict=True)) == expected
    assert batch.next_offset == BASE + len(records)
    assert batch.records().values == found.values, "it may be read again"


@given(st.binary(min_size=1, max_size=60), st.integers(0, 200))
def test_a_damaged_batch_is_found_by_its_checksum(damage: bytes, place: int) -> None:
    octets = written([(5, b"key", b"v" * 200, [])])
    at = 21 + place % (len(octets) - 21 - len(damage))  # what the checksum covers
    damaged = octets[:at] + damage + octets[at + len(damage) :]
    if damaged != octets:
        with pytest.raises(CorruptRecordException):
            Batch(damaged).check()


def test_only_whole_batches_are_given_out() -> None:
    first, second = written([(1, b"a", b"1", [])] * 3), written([(1, b"a", b"2", [])] * 2, base=BASE + 3)
    for cut in range(len(second)):
        batches = Batches(first + second[:cut])
        assert batches.has_next()
        assert batches.batch().records().values == [b"1"] * 3
        batches.go_on()
        assert not batches.has_next()
    batches = Batches(first + second)
    one = batches.batch().records()
    batches.go_on()
    both = joined([one, batches.batch().records()])
    batches.go_on()
    assert both.offsets.tolist() == list(range(BASE, BASE + 5))
    assert not batches.has_next()
    assert not Batches(first[:-1]).has_next()
    assert Batches(first[:-1]).size_in_bytes() == len(first) - 1
    one, rest = both.split(4)
    assert (one.values, rest.values) == ([b"1"] * 3 + [b"2"], [b"2"])


BOMBS = {
    1: lambda size: gzip.compress(bytes(size)),
    2: lambda size: cramjam.snappy.compress_raw(bytes(size)),
    3: lambda size: lz4.frame.compress(bytes(size)),
    4: lambda size: zstd.compress(bytes(size)),
}


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_a_compressed_bomb_is_not_unpacked(kind: int) -> None:
    """Half a gigabyte in some kilobytes: no more than the limit is ever held."""
    packed = BOMBS[kind](500_000_000)
    assert len(packed) < 3_000_000
    tracemalloc.start()
    try:
        assert unpacked(kind, packed) is None
        assert tracemalloc.get_traced_memory()[1] < 3 * LARGEST_BATCH
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", BOMBS)
def test_the_limit_is_met_exactly(kind: int) -> None:
    assert unpacked(kind, BOMBS[kind](10_000), limit=10_000) == bytes(10_000)
    assert unpacked(kind, BOMBS[kind](10_001), limit=10_000) is None


@pytest.mark.parametrize("kind", [1, 4])
def test_several_streams_in_a_batch_count_together(kind: int) -> None:
    assert unpacked(kind, BOMBS[kind](6_000) * 2, limit=12_000) == bytes(12_000)
    assert unpacked(kind, BOMBS[kind](6_000) * 2, limit=11_999) is None


@pytest.mark.parametrize("kind", [1, 3, 4])
@pytest.mark.parametrize("behind", [b"\0", b"rubbish-rubbish-rubbish", b"the same, cut"])
def test_what_stands_behind_a_stream_and_is_none_is_ignored(kind: int, behind: bytes) -> None:
    packed = BOMBS[kind](6_000)
    assert unpacked(kind, packed + (packed[:-1] if b"cut" in behind else behind)) == bytes(6_000)


def test_a_second_stream_of_lz4_is_ignored() -> None:
    """Java's client, by which the broker counts the records, does not read it."""
    assert unpacked(3, BOMBS[3](6_000) * 2) == bytes(6_000)


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_a_megabyte_of_empty_streams_takes_no_time(kind: int) -> None:
    empty = BOMBS[kind](0)
    began = time.monotonic()
    assert unpacked(kind, empty * (1_000_000 // len(empty))) == b""
    assert time.monotonic() - began < 1


def unreadable(octets: bytes) -> list[str]:
    """The code of each record of a batch that the broker took."""
    batch = Batch(octets)
    batch.check()
    found = batch.records()
    assert found.offsets.tolist() == list(range(BASE, batch.next_offset))
    return [problem.code for _, problem in split(found.values, LARGEST_EVENT).bad]


@pytest.mark.parametrize("codec", sorted(set(CODECS) - {"none"}))
@pytest.mark.parametrize("body", ["cut", "empty", "a byte", "rubbish", "damaged", "of another batch"])
def test_a_batch_that_cannot_be_unpacked_is_answered_record_by_record(codec: str, body: str) -> None:
    octets = written([(0, b"k", b"v" * 300, [])] * 3, codec)
    packed = octets[61:]
    bodies = {
        "cut": packed[:-1],
        "empty": b"",
        "a byte": b"\0",
        "rubbish": b"rubbish" * 20,
        "damaged": packed[:10] + b"\xff" * 12 + packed[22:],
        "of another batch": written([(0, b"k", b"v" * 300, [])], codec)[61:],
    }
    assert unreadable(sealed(octets[:61] + bodies[body])) == ["WIRE-10"] * 3


def test_a_header_whose_name_is_no_text_makes_its_batch_unreadable() -> None:
    octets = written([(0, b"k", b"v", [("name", b"x")])] * 2)
    assert unreadable(sealed(octets.replace(b"name", b"n\xffme"))) == ["WIRE-10"] * 2


@settings(deadline=None, max_examples=300)
@given(batches, st.sampled_from(sorted(CODECS)), st.binary(min_size=1, max_size=60), st.integers(0, 10_000))
def test_whatever_the_bytes_each_record_is_answered(records: list[Any], codec: str, damage: bytes, place: int) -> None:
    octets = written(records, codec)
    at = 61 + place % (len(octets) - 61)
    batch = Batch(sealed(octets[:at] + damage + octets[at + len(damage) :]))
    batch.check()
    assert len(batch.records()) == len(records)


def test_a_batch_that_was_damaged_on_the_way_is_no_fault_of_its_sender() -> None:
    octets = written([(5, b"key", b"v" * 200, [])], "gzip")
    with pytest.raises(CorruptRecordException):
        Batch(octets[:-4] + bytes(4)).records()


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
@pytest.mark.parametrize("head", [[], [("h", b"x")]], ids=["plain", "with headers"])
def test_each_record_of_a_bomb_is_answered_as_too_large(codec: str, head: list[Any]) -> None:
    records = [(0, b"k", bytes(12_000_000), head)] * 3
    batch = Batch(written(records, codec))
    found = batch.records()
    assert found.offsets.tolist() == [BASE, BASE + 1, BASE + 2]
    assert batch.next_offset == BASE + 3
    assert [len(value or b"") > LARGEST_EVENT for value in found.values] == [True] * 3
    parted = split(found.values, LARGEST_EVENT)
    assert [(place, problem.code) for place, problem in parted.bad] == [(0, "WIRE-09"), (1, "WIRE-09"), (2, "WIRE-09")]
    assert not parted.groups


def test_large_records_weigh_more_than_their_number() -> None:
    light, heavy = Batch(written([(0, b"k", b"x" * 100, [])] * 20)), Batch(written([(0, b"k", b"x" * 50_000, [])] * 20))
    assert light.records().weight == 20
    assert 1_000 <= heavy.records().weight <= 1_002
    assert 2_000 <= joined([heavy.records(), heavy.records()]).weight <= 2_004
    first, rest = heavy.records().split(5)
    assert 250 <= first.weight <= 251
    assert first.size + rest.size == heavy.records().size


def taking(octets: bytes, at: int = BASE) -> BatchRecords:
    return BatchRecords(TopicPartition("raw.capacity", 0), Batches(octets), [], at, None, None, True, 0)


def test_what_is_taken_at_once_is_bounded_by_memory_too() -> None:
    """Small batches that unpack to thirty megabytes each: not as many are taken as there are."""
    octets = b"".join(written([(0, b"k", bytes(900_000), [])] * 30, "zstd", BASE + 30 * number) for number in range(8))
    assert len(octets) < 100_000
    records = taking(octets)
    sizes = []
    while len(taken := records.take(20_000)):
        sizes.append(taken.size)
    assert len(sizes) == 8
    assert max(sizes) < 2 * LARGEST_BATCH


def test_a_damaged_batch_loses_none_of_those_before_it() -> None:
    """Whoever takes again after it was told begins where it was: nothing is passed over."""
    good, damaged = written([(1, b"a", b"1", [])] * 3), bytearray(written([(1, b"a", b"2", [])] * 3, base=BASE + 3))
    damaged[-1] ^= 1
    records = taking(good + bytes(damaged) + written([(1, b"a", b"3", [])], base=BASE + 6))
    for _ in range(2):
        with pytest.raises(CorruptRecordException):
            records.take(None)
        assert (records.next_fetch_offset, records.exhausted) == (BASE, False)
    assert records.take(3).offsets.tolist() == [BASE, BASE + 1, BASE + 2]
    assert records.next_fetch_offset == BASE + 3
    with pytest.raises(CorruptRecordException):
        records.take(1)
    assert records.next_fetch_offset == BASE + 3


def test_an_unreadable_batch_stops_none_of_those_around_it() -> None:
    bad = written([(1, b"a", b"2", [])] * 2, "zstd", BASE + 3)
    octets = (
        written([(1, b"a", b"1", [])] * 3) + sealed(bad[:61] + b"x") + written([(1, b"a", b"3", [])], "none", BASE + 5)
    )
    records = taking(octets, BASE + 1)
    taken = records.take(None)
    assert taken.offsets.tolist() == list(range(BASE + 1, BASE + 6))
    assert taken.values == [b"1", b"1", UNREAD, UNREAD, b"3"]
    assert (records.next_fetch_offset, records.exhausted) == (BASE + 6, True)
