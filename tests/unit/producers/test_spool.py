"""The spool file: order, durability across openings, bounds, damage."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from producer_fakes import message

from producers.spool import Spool
from schemas.errors import Fatal, Rejected

MIB = 1024 * 1024
FULL = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "test.sqlite"


def texts(spool: Spool, after: int = 0) -> list[str]:
    return [m.event_id for _, m in spool.read(after, 1000, MIB)]


def test_gives_back_what_was_appended_in_order_and_forgets_what_is_removed(path):
    spool = Spool(path, MIB)
    assert spool.append([message(1), message(2)]) == 2
    assert spool.append([message(3)]) == 3
    assert [m for _, m in spool.read(0, 10, MIB)] == [message(1), message(2), message(3)]
    assert texts(spool, after=1) == ["event-2", "event-3"]
    spool.remove([1, 3])
    assert (texts(spool), len(spool), spool.first(), spool.last) == (["event-2"], 1, 2, 3)
    spool.remove([2])
    assert (texts(spool), len(spool), spool.first()) == ([], 0, None)
    assert spool.append([message(4)]) == 4
    spool.close()


def test_keeps_everything_over_an_opening(path):
    spool = Spool(path, MIB)
    spool.append([message(n) for n in range(5)])
    spool.remove([1])
    spool.close()
    again = Spool(path, MIB)
    assert texts(again) == [f"event-{n}" for n in range(1, 5)]
    assert len(again) == 4
    again.close()


def test_every_connection_asks_for_what_survives_a_loss_of_power(path):
    """No test can pull the plug. In WAL mode a commit is on the disk when it returns only with `synchronous` FULL,
    which is a setting of the connection, not of the file."""
    for _opening in ("new", "there already"):
        spool = Spool(path, MIB)
        asked = {name: spool._number(f"PRAGMA {name}") for name in ("synchronous", "journal_mode")}
        spool.close()
        assert asked == {"synchronous": FULL, "journal_mode": "wal"}


def test_reading_is_bounded_by_count_and_bytes(path):
    spool = Spool(path, MIB)
    spool.append([message(n, size=1000) for n in range(10)])
    assert len(spool.read(0, 4, MIB)) == 4
    assert len(spool.read(0, 10, 2500)) == 3
    assert len(spool.read(0, 10, 1)) == 1
    spool.close()


def test_a_refused_message_is_out_of_the_way_until_the_next_opening(path):
    spool = Spool(path, MIB)
    spool.append([message(1), message(2)])
    spool.refuse(1, "too large")
    assert (texts(spool), len(spool), spool.first()) == (["event-2"], 1, 2)
    spool.close()
    again = Spool(path, MIB)
    assert texts(again) == ["event-1", "event-2"]
    again.close()


def test_full_is_rejected_whole_and_takes_again_after_removal(path):
    spool = Spool(path, MIB)
    taken = 0
    said = ""
    while not said:
        try:
            spool.append([message(taken * 10 + n, size=2000) for n in range(10)])
            taken += 1
        except Rejected as full:
            said = str(full)
    assert f"the spool is full: {taken * 10} events wait" in said
    assert "raise spool_max_bytes" in said
    assert len(spool) == taken * 10
    assert path.stat().st_size <= MIB
    places = [place for place, _ in spool.read(0, 1000, MIB)]
    assert len(places) == taken * 10
    spool.remove(places[:20])
    spool.append([message(5000 + n, size=2000) for n in range(10)])
    assert len(spool) == taken * 10 - 10
    spool.close()
    again = Spool(path, MIB)
    assert len(again) == taken * 10 - 10
    again.close()


def test_a_list_that_can_never_fit_is_fatal_not_rejected(path):
    spool = Spool(path, MIB)
    with pytest.raises(Fatal, match="larger than the whole spool"):
        spool.append([message(n, size=10_000) for n in range(200)])
    assert len(spool) == 0
    spool.close()


def test_only_one_process_uses_a_spool(path):
    spool = Spool(path, MIB)
    spool.append([message(1)])
    code = (
        "import sys; from pathlib import Path; from producers.spool import Spool; from schemas.errors import Fatal\n"
        "try: Spool(Path(sys.argv[1]), 1 << 20)\nexcept Fatal as e: print(e)"
    )
    other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "is used by another process; give each publisher its own spool name" in other.stdout
    with pytest.raises(Fatal, match="used by another process"):
        Spool(path, MIB)
    assert texts(spool) == ["event-1"]
    spool.close()


def test_threads_that_create_the_same_spool_at_once_do_not_replace_each_others_file(path):
    opened, refused = [], []

    def start() -> None:
        try:
            opened.append(Spool(path, MIB))
        except Fatal as error:
            refused.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert all("another process" in text for text in refused)
    opened[0].append([message(1)])
    opened[0].close()
    assert texts(Spool(path, MIB)) == ["event-1"]


def test_who_opens_waits_for_another_who_is_opening(path):
    filled(path)
    folder = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    opened: list[Spool] = []
    thread = threading.Thread(target=lambda: opened.append(Spool(path, MIB)))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    assert not opened
    os.close(folder)
    thread.join(10)
    assert len(opened[0]) == 200
    opened[0].close()


def test_nobody_else_may_read_the_file(path):
    spool = Spool(path, MIB)
    assert path.stat().st_mode & 0o777 == 0o600
    spool.append([message(1)])
    assert all(file.stat().st_mode & 0o077 == 0 for file in path.parent.iterdir())
    spool.close()


def filled(path: Path) -> bytes:
    spool = Spool(path, MIB)
    spool.append([message(n, size=500) for n in range(200)])
    spool.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:100],
        lambda data: data[: len(data) // 2],
        lambda data: data[: len(data) - 4096],
        lambda data: b"not a database, but of some length" * 500,
        lambda data: data[:4096] + bytes(len(data) - 4096),
    ],
    ids=["empty", "header cut", "half", "last page cut", "other content", "zeroed pages"],
)
def test_a_cut_or_overwritten_file_is_fatal_and_kept_aside(path, damage):
    damaged = damage(filled(path))
    path.write_bytes(damaged)
    with pytest.raises(Fatal, match=r"is damaged .*It is kept as .*\.damaged-"):
        Spool(path, MIB)
    (aside,) = [file for file in path.parent.iterdir() if ".damaged-" in file.name]
    assert aside.read_bytes() == damaged
    assert not path.exists()


def test_a_flipped_byte_in_a_message_is_found_when_it_is_read(path):
    data = bytearray(filled(path))
    data[data.index(b"v100....") + 6] ^= 1
    path.write_bytes(bytes(data))
    spool = Spool(path, MIB)
    with pytest.raises(Fatal, match="checksum of a message does not match"):
        spool.read(0, 1000, MIB)
    assert [file for file in path.parent.iterdir() if ".damaged-" in file.name]


def test_a_database_of_something_else_is_not_taken_for_a_spool(path):
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE precious(x)")
    other.commit()
    other.close()
    with pytest.raises(Fatal, match="it is not a spool"):
        Spool(path, MIB)


def test_the_next_start_is_empty_and_says_that_a_damaged_spool_is_kept(path, caplog):
    path.write_bytes(filled(path)[:5000])
    with pytest.raises(Fatal):
        Spool(path, MIB)
    spool = Spool(path, MIB)
    assert len(spool) == 0
    assert "a damaged spool is still kept aside" in caplog.text
    spool.close()
