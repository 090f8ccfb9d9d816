from __future__ import annotations

import hashlib
import json
import logging
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from reference import releases
from reference.store import ReferenceStore
from reference.tables import UNITS
from schemas.errors import Fatal

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
EVENT = pl.DataFrame({"reporter": ["983971636"]})


def units(name: str) -> pl.DataFrame:
    return pl.DataFrame([("983971636", name, None, "A HF", "B RHF", None, None, None)], schema=UNITS, orient="row")


def publish(home: Path, name: str, now: datetime = NOW) -> tuple[releases.Manifest, bool]:
    return releases.publish(
        home, "units", units(name), source="units.csv", refused=2, valid_from=date(2026, 1, 1), now=now
    )


def seen(store: ReferenceStore) -> str:
    return store.current().enrich(EVENT)["reporter_name"][0]


def test_without_a_release_the_shipped_tables_are_used(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    assert seen(store) == "Akershus universitetssykehus HF"
    assert store.current().release == releases.shipped()[0].release
    assert releases.current(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_new_release_is_noticed_without_a_restart(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    store.current()
    made, changed = publish(tmp_path, "First")
    assert changed
    assert seen(store) == "First"
    assert store.current().release == made.release
    assert store.current() is store.current()
    publish(tmp_path, "Second", NOW + timedelta(seconds=1))
    assert seen(store) == "Second"


def test_a_release_keeps_the_other_tables_and_says_where_each_came_from(tmp_path: Path) -> None:
    made, _ = publish(tmp_path, "First")
    catchment = pl.DataFrame([("0301", None, "R", "H", "S", None)], schema=releases.TABLES["catchment"], orient="row")
    later, _ = releases.publish(
        tmp_path, "catchment", catchment, source="c.csv", refused=0, valid_from=date(2026, 2, 1), now=NOW
    )
    assert later.tables["units"] == made.tables["units"]
    assert later.tables["units"].refused == 2
    assert later.tables["units"].valid_from == "2026-01-01"
    assert later.tables["catchment"].source == "c.csv"
    reference = ReferenceStore(tmp_path).current()
    assert reference.enrich(EVENT)["reporter_name"][0] == "First"
    assert reference.homes.filter(pl.col("komNrHjem") == "0301")["catchment_trust"][0] == "H"
    assert releases.names(tmp_path) == sorted([made.release, later.release])


def test_the_same_content_gives_no_new_release(tmp_path: Path) -> None:
    made, _ = publish(tmp_path, "First")
    again, changed = publish(tmp_path, "First", NOW + timedelta(days=1))
    assert (again, changed) == (made, False)


def test_there_and_back_within_a_second(tmp_path: Path) -> None:
    first, _ = publish(tmp_path, "First")
    publish(tmp_path, "Second")
    back, changed = publish(tmp_path, "First")
    assert changed
    assert back.release == first.release
    assert seen(ReferenceStore(tmp_path)) == "First"


def test_what_crashed_half_way_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "First")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reference.releases.write_json", crash)
        with pytest.raises(KeyboardInterrupt):
            publish(tmp_path, "Second", NOW + timedelta(seconds=1))
    assert seen(ReferenceStore(tmp_path)) == "First"
    assert len(releases.names(tmp_path)) == 1
    publish(tmp_path, "Second", NOW + timedelta(seconds=1))
    assert seen(ReferenceStore(tmp_path)) == "Second"


@pytest.mark.parametrize("damage", ["table changed", "table gone", "manifest gone", "manifest cut", "pointer cut"])
def test_a_damaged_release_is_fatal_at_start_and_not_taken_later(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, "First")
    store = ReferenceStore(tmp_path)
    made, _ = publish(tmp_path, "Second", NOW + timedelta(seconds=1))
    folder = tmp_path / "reference" / made.release
    match damage:
        case "table changed":
            (folder / "units.csv").write_text((folder / "units.csv").read_text().replace("Second", "Third"))
        case "table gone":
            (folder / "units.csv").unlink()
        case "manifest gone":
            (folder / "manifest.json").unlink()
        case "manifest cut":
            (folder / "manifest.json").write_text('{"release"')
        case "pointer cut":
            releases.pointer(tmp_path).write_text("{")
    with caplog.at_level(logging.ERROR):
        assert seen(store) == "First"
        assert seen(store) == "First"
    assert [record.message for record in caplog.records] == ["reference release not loaded"]
    with pytest.raises(Fatal):
        ReferenceStore(tmp_path)


def test_a_home_that_cannot_be_written_is_fatal(tmp_path: Path) -> None:
    (tmp_path / "reference").write_text("a file is in the way")
    with pytest.raises(Fatal, match="cannot be written"):
        publish(tmp_path, "First")


def test_readers_see_a_whole_release_while_releases_are_made(tmp_path: Path) -> None:
    publish(tmp_path, "0")
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            store = ReferenceStore(tmp_path)
            while not stop.is_set():
                reference = store.current()
                manifest = releases.manifest(tmp_path, reference.release)
                assert manifest.release == reference.release
        except BaseException as error:  # handed to the test's thread
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20):
        publish(tmp_path, str(number), NOW + timedelta(seconds=number))
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_imports_at_the_same_time_do_not_lose_each_other(tmp_path: Path) -> None:
    catchment = pl.DataFrame([("0301", None, "R", "H", "S", None)], schema=releases.TABLES["catchment"], orient="row")

    def other() -> None:
        releases.publish(
            tmp_path, "catchment", catchment, source="c.csv", refused=0, valid_from=date(2026, 1, 1), now=NOW
        )

    threads = [threading.Thread(target=other), threading.Thread(target=publish, args=(tmp_path, "First"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tables = releases.manifest(tmp_path, releases.current(tmp_path)).tables
    assert (tables["units"].rows, tables["catchment"].rows) == (1, 1)


def test_the_pointer_is_small_json(tmp_path: Path) -> None:
    made, _ = publish(tmp_path, "First")
    assert json.loads(releases.pointer(tmp_path).read_text()) == {"release": made.release}


def test_a_release_that_is_older_than_a_table_has_what_is_shipped_of_it(tmp_path: Path) -> None:
    """As the release before health communities and population wrote it: three tables, units without a place."""
    made, _ = publish(tmp_path, "First")
    folder = tmp_path / "reference" / made.release
    content = b"orgnr,name,hospital,health_trust,region\n983971636,First,,A HF,B RHF\n"
    (folder / "units.csv").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("helsefellesskap", "population"):
        del manifest["tables"][name]
        (folder / f"{name}.csv").unlink()
    manifest["tables"]["units"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))

    assert seen(ReferenceStore(tmp_path)) == "First"
    tables = releases.frames(tmp_path, made.release)
    assert {name: dict(frame.schema) for name, frame in tables.items()} == releases.TABLES
    assert tables["units"].rows() == [("983971636", "First", None, "A HF", "B RHF", None, None, None)]
    assert releases.manifest(tmp_path, made.release).tables["population"].source == "none shipped"
    later, _ = publish(tmp_path, "Second", NOW + timedelta(seconds=1))
    assert releases.frames(tmp_path, later.release)["population"].is_empty()


def test_coordinates_and_population_come_back_as_they_were(tmp_path: Path) -> None:
    row = ("983971636", "Ahus", None, "A HF", "B RHF", "0301", 59.123456789, -0.1)
    people = ("0301", date(2026, 1, 1), "1", "90+", 123456789)
    for name, content in (("units", row), ("population", people)):
        frame = pl.DataFrame([content], schema=releases.TABLES[name], orient="row")
        releases.publish(tmp_path, name, frame, source="f", refused=0, valid_from=date(2026, 1, 1), now=NOW)
        assert releases.frames(tmp_path, releases.current(tmp_path))[name].rows() == [content]
