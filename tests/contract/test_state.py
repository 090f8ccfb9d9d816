"""The state: the newest version of each subject, whatever the order and however often it comes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from outcomes import accepted, block, message, store
from stored import Warehouse

from schemas.errors import HelsepulsError
from schemas.types import FAMILIES, accepted_topic
from sinks import migrate

TOPIC = accepted_topic("episode")
CURRENT = "SELECT subject_id, revision FROM episode_current ORDER BY subject_id"


def test_what_broke_off_between_log_and_state_is_in_both_when_it_is_offered_again(warehouse: Warehouse) -> None:
    offered = block(TOPIC, [message(TOPIC, accepted("episode", 1, subject_id="a"))])
    warehouse.client.command("ALTER TABLE state_episode ADD CONSTRAINT broken CHECK throwIf(revision >= 0) = 0")
    try:
        with pytest.raises(HelsepulsError):
            store(warehouse.writer, offered)
    finally:
        warehouse.client.command("ALTER TABLE state_episode DROP CONSTRAINT broken")
    assert warehouse.values("SELECT count() FROM log_accepted_episode") == [1], "it broke off behind the log"
    assert warehouse.values("SELECT count() FROM state_episode") == [0]
    store(warehouse.writer, offered)
    assert warehouse.values("SELECT count() FROM log_accepted_episode") == [1]
    assert warehouse.values("SELECT count() FROM state_episode FINAL") == [1]


def test_the_state_is_made_of_what_was_stored_before_it(warehouse: Warehouse) -> None:
    """An installation from before the state: the migration fills it."""
    for number, (subject, revision) in enumerate([("a", 0), ("a", 2), ("a", 1), ("b", 0)]):
        warehouse.accept("episode", subject_id=subject, revision=revision, sequence=number)
    before = warehouse.rows(CURRENT)
    assert [(row["subject_id"], row["revision"]) for row in before] == [("a", 2), ("b", 0)]
    while migrate.revert(warehouse.client).name != "0003_state":
        pass
    migrate.migrate(warehouse.client)
    assert warehouse.rows(CURRENT) == before


@pytest.mark.parametrize("family", FAMILIES)
def test_the_state_has_every_column_of_its_log(migrated: object, family: str) -> None:
    def columns(table: str) -> list[tuple[str, str]]:
        found = migrated.query(f"DESCRIBE TABLE {table}").result_rows  # type: ignore[attr-defined]
        return [(name, kind) for name, kind, *_ in found]

    assert columns(f"state_{family}") == [*columns(f"log_accepted_{family}"), ("version", "UInt256")]


def test_versions_before_1970_and_below_zero_have_their_order(warehouse: Warehouse) -> None:
    early, late = datetime(1969, 12, 31, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)
    for number, (revision, known_at) in enumerate([(1, early), (0, late), (0, early), (-1, late)]):
        warehouse.accept("episode", subject_id=str(number), revision=revision, known_at=known_at)
    versions = warehouse.values("SELECT version FROM state_episode FINAL ORDER BY subject_id DESC")
    assert len(set(versions)) == 4
    assert versions == sorted(versions)


@pytest.fixture
def two_trusts(warehouse: Warehouse) -> Warehouse:
    """Two reporters of two trusts, 40 000 subjects each: more than a block of the index holds."""
    for number, reporter in enumerate(("983971636", "993467049")):
        warehouse.client.command(
            "INSERT INTO log_accepted_episode (event_id, reporter, subject_id, revision, action, known_at, "
            "source_offset, health_trust, received_at) SELECT generateUUIDv4(), "
            f"'{reporter}', toString(number), 0, 'report', toDateTime64('2026-03-01', 3), number, 'Trust {number}', "
            "toDateTime64('2026-03-01', 3) FROM numbers(40000)"
        )
    return warehouse


def granules(warehouse: Warehouse, question: str) -> tuple[int, int]:
    """Blocks of the state that the question reads, and all that there are."""
    plan = "\n".join(warehouse.values(f"EXPLAIN indexes = 1 {question}"))
    told = [tuple(map(int, found)) for found in re.findall(r"Granules: (\d+)/(\d+)", plan)]
    return told[-1][0], told[0][1]


def test_a_question_of_one_trust_reads_only_where_it_is(two_trusts: Warehouse) -> None:
    read, all_of_it = granules(two_trusts, "SELECT count() FROM episode_current WHERE health_trust = 'Trust 1'")
    assert 0 < read <= all_of_it / 2 + 1
    assert two_trusts.values("SELECT count() FROM episode_current WHERE health_trust = 'Trust 1'") == [40_000]


def test_a_subject_that_moved_is_not_found_where_it_was(two_trusts: Warehouse) -> None:
    """Its newest version is in a block that says nothing of the old trust: it must be read all the same."""
    two_trusts.accept("episode", reporter="993467049", subject_id="777", revision=1, health_trust="Trust 7")
    two_trusts.accept("episode", reporter="993467049", subject_id="778", revision=1, action="cancel", health_trust=None)
    found = "SELECT subject_id FROM episode_current WHERE health_trust = '{}' AND subject_id IN ('777', '778', '779')"
    assert two_trusts.values(found.format("Trust 1")) == ["779"]
    assert two_trusts.values(found.format("Trust 7")) == ["777"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_state_has_an_index_on_its_places(migrated: object, family: str) -> None:
    found = migrated.query(  # type: ignore[attr-defined]
        "SELECT expr FROM system.data_skipping_indices "
        f"WHERE database = currentDatabase() AND table = 'state_{family}' AND type = 'bloom_filter'"
    ).result_columns
    municipal = family in {"service", "consultation"}
    assert sorted(found[0]) == (["kommuneNr"] if municipal else ["health_trust", "region"])


def test_of_a_small_reporter_little_else_is_read(warehouse: Warehouse) -> None:
    """40 reporters of 2000 subjects, each with versions in three parts. In blocks of 8192 rows, with four reporters and
    more in each, nearly all would be read for one."""
    for part in range(3):
        warehouse.client.command(
            "INSERT INTO log_accepted_episode (event_id, reporter, subject_id, revision, action, known_at, "
            "source_offset, health_trust, received_at) SELECT generateUUIDv4(), "
            "toString(900000000 + number % 40), toString(cityHash64(number)), 0, 'report', "
            "toDateTime64('2026-03-01', 3), number, concat('Trust ', toString(number % 40)), "
            f"toDateTime64('2026-03-01', 3) FROM numbers(80000) WHERE number % 7 != {part}"
        )
    read, all_of_it = granules(warehouse, "SELECT count() FROM episode_current WHERE health_trust = 'Trust 7'")
    assert read < all_of_it / 5
    assert warehouse.values("SELECT count() FROM episode_current WHERE health_trust = 'Trust 7'") == [2_000]
