"""Blocks of several partitions that go into one insert, and go together again after a crash."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, TopicPartition
from fake_clickhouse import Failure
from sink_rig import FakeMessage, Rig, messages

from sinks.block import Block, Intent, group_of
from sinks.tables import TABLES


def together(rig: Rig) -> None:
    """Two partitions whose blocks are due at the same time."""
    rig.assign(0, 1)
    rig.step(*messages(0, 1), *messages(5, 6, partition=1))


def test_blocks_of_a_topic_that_are_due_together_are_one_insert() -> None:
    rig = Rig()
    together(rig)
    rig.step(after=0.5)
    assert len(rig.client.inserts) == 1
    assert rig.client.rows("log_rejected") == 4
    assert [(p, offset) for p, offset, metadata, _ in rig.commits if not metadata] == [(0, 2), (1, 7)]
    names = {metadata.partition(" with ")[2] for _, _, metadata, _ in rig.commits if metadata}
    assert len(names) == 1
    assert rig.client.inserts[0][1].endswith(f"/{names.pop()}")


@pytest.mark.parametrize("stored", [True, False])
def test_blocks_that_went_together_go_together_again(stored: bool) -> None:
    rig = Rig()
    rig.client.failures.append(Failure(319, stored=stored))
    together(rig)
    rig.step(after=0.5)
    rig.step(*messages(2), after=0.5)
    rig.step(after=1)
    rig.step(after=1)
    assert rig.client.inserts[0] == rig.client.inserts[1]
    assert rig.client.rows("log_rejected") == 5


def test_after_a_crash_the_same_blocks_are_formed_together_and_stored_once() -> None:
    before = Rig()
    before.consumer.commit_errors.extend([None, KafkaError._TRANSPORT])
    together(before)
    before.step(after=0.5)
    assert before.client.rows("log_rejected") == 4  # stored, and the process dies here

    after = Rig(before.client, before.consumer.offsets)
    after.assign(0, 1)
    after.step(*messages(0, 1, 2), after=60)
    assert len(before.client.inserts) == 1, "one of them is not whole yet"
    after.step(*messages(5, 6, partition=1))
    after.step(after=0.5)
    assert [token for _, token in before.client.inserts][:2] == [before.client.inserts[0][1]] * 2
    assert before.client.rows("log_rejected") == 5
    assert {(p, offset) for p, offset, metadata, _ in after.commits if not metadata} >= {(0, 3), (1, 7)}


def test_a_block_whose_others_went_to_another_sink_goes_alone() -> None:
    """Under a token of its own: it may be stored twice, and readers find its rows once; it is never left out."""
    before = Rig()
    before.client.failures.append(Failure(None))
    together(before)
    before.step(after=0.5)

    after = Rig(before.client, before.consumer.offsets)
    after.assign(1)
    after.step(*messages(5, 6, partition=1), after=60)
    after.step(after=0.5)
    assert before.client.inserts[-1][1] == "log_rejected/rejected/1/5-6"
    assert before.client.rows("log_rejected") == 2
    assert after.consumer.offsets[1].offset == 7


def test_a_block_of_a_group_that_is_taken_away_is_stored_alone_at_once() -> None:
    rig = Rig()
    rig.client.failures.append(Failure(None))
    together(rig)
    rig.step(after=0.5)
    rig.clock.now += 2
    rig.revoke(0)
    assert rig.client.inserts[-1][1] == "log_rejected/rejected/0/0-1"
    assert rig.consumer.offsets[0].offset == 2
    rig.step(after=2)
    assert rig.client.inserts[-1][1] == "log_rejected/rejected/1/5-6"


def test_an_insert_holds_no_more_than_its_limit() -> None:
    rig = Rig()
    rig.assign(0, 1, 2)
    for partition in range(3):
        rig.step(*messages(*range(40), partition=partition))
    rig.step(after=0.5)
    assert len(rig.client.inserts) == 2
    assert rig.client.rows("log_rejected") == 120


def test_nothing_of_a_group_is_inserted_when_one_intent_is_refused() -> None:
    rig = Rig()
    rig.consumer.commit_errors.append(KafkaError.REBALANCE_IN_PROGRESS)
    together(rig)
    rig.step(after=0.5)
    assert rig.client.inserts == []
    rig.step(after=2)
    assert rig.client.rows("log_rejected") == 4


def grouped(rig: Rig) -> Rig:
    """Another sink on the same partitions, after the first went down while it offered their blocks together."""
    rig.client.failures.append(Failure(None))
    together(rig)
    rig.step(after=0.5)
    after = Rig(rig.client, rig.consumer.offsets)
    after.assign(0, 1)
    return after


def test_a_block_waits_for_the_others_of_its_insert_but_not_for_ever() -> None:
    """Partition 1 has no leader: what is of partition 0 is stored alone after a minute, and bounded until then."""
    rig = grouped(Rig())
    for turn in range(59):
        rig.step(*messages(*range(10 * turn, 10 * turn + 10)), after=1)
        assert rig.held() <= 210
    assert rig.client.rows("log_rejected") == 0
    rig.step(after=2)
    assert rig.client.inserts[1][1] == "log_rejected/rejected/0/0-1"
    for _ in range(20):
        rig.step(after=1)
    assert rig.client.rows("log_rejected") == 590
    rig.step(*messages(5, 6, partition=1), after=1)
    assert rig.client.inserts[-1][1] == "log_rejected/rejected/1/5-6", "left out of nothing"
    assert rig.consumer.offsets[1].offset == 7


def test_blocks_that_are_offered_again_go_together_however_long_that_takes() -> None:
    rig = Rig()
    rig.client.failures.extend([Failure(319, stored=True)] * 10)
    together(rig)
    for _ in range(30):
        rig.step(after=20)
    assert len({token for _, token in rig.client.inserts}) == 1
    assert rig.client.rows("log_rejected") == 4


def of_topic(topic: str, partition: int) -> FakeMessage:
    return FakeMessage(0, partition, readable=False, topic=topic)


def test_a_round_stores_the_topics_that_have_waited_longest_and_the_next_round_the_others() -> None:
    rig = Rig()
    topics = list(TABLES)[:5]
    for topic in topics:
        rig.assign(0, topic=topic)
    rig.clock.now += 5
    for topic in reversed(topics[1:]):
        rig.sink._take([of_topic(topic, 0)])
        rig.clock.now += 0.01
    rig.step(of_topic(topics[0], 0))
    stored = [token.split("/")[1] for _, token in rig.client.inserts]
    assert stored == [topics[4], topics[3], topics[2]]
    rig.step()
    stored = [token.split("/")[1] for _, token in rig.client.inserts]
    assert stored[3:] == [topics[1], topics[0]]


def test_topics_whose_blocks_wait_for_others_do_not_keep_the_rest_from_being_stored() -> None:
    waiting, going = list(TABLES)[:3], list(TABLES)[3]
    offsets = {}
    for place, topic in enumerate(waiting):
        pair = (2 * place, 2 * place + 1)
        name = group_of([Block(topic, partition, Intent(0, 0), [], [], []) for partition in pair])
        offsets |= {p: TopicPartition(topic, p, 0, Intent(0, 0, name).metadata()) for p in pair}
    rig = Rig(offsets=offsets)
    for place, topic in enumerate(waiting):
        rig.assign(2 * place, 2 * place + 1, topic=topic)
    rig.assign(9, topic=going)
    rig.step(*(of_topic(topic, 2 * place) for place, topic in enumerate(waiting)), after=5)
    assert rig.client.inserts == []
    rig.step(of_topic(going, 9), after=1)
    assert [token.split("/")[1] for _, token in rig.client.inserts] == [going]
