"""A warehouse that holds sixty simulated days, and every event as it was sent, with what only the simulation knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl
import pytest
from embedded import opened
from outcomes import block, store
from simulated import Stored, judged

from producers.simulate import people
from producers.simulate.config import HOUR_MS, OSLO
from producers.simulate.envelope import AGAIN, NO_FAULT
from producers.simulate.faults import FAULTS
from schemas.types import FAMILIES, Family, Severity
from sinks.migrate import migrate
from sinks.writer import Writer

Cells = Counter[tuple[str, ...]]
"""Day, reporter and kind → how many."""
Event = dict[str, Any]
"""An accepted event: its raw fields (times in UTC milliseconds, dates in days since 1970, a code that a rule takes out
as that rule leaves it), and `known_at`, `received_at`, `repaired`, `_person`."""

PIECE: Final = 50_000
SOUTH_EAST: Final = "Helse Sør-Øst RHF"
_TAKEN_OUT: Final[Mapping[str, tuple[str, str | None]]] = {
    "EPI-11": ("episodeFag", "-1"),
    "PAT-02": ("kjonn", "-1"),
    "UNIT-09": ("sector", None),
    "MOV-07": ("innmateHast", "-1"),
    "REF-08": ("fagomrade", "-1"),
    "REF-11": ("komNrHjem", "-1"),
    "KPR-12": ("komNrHjem", "-1"),
    "KUH-03": ("kontakttype", "-1"),
    "KUH-04": ("komNrHjem", "-1"),
    "CAP-07": ("status", None),
}
"""What docs/rules.md says that a rule sets a field to."""


class Told(NamedTuple):
    """The warehouse, what is true of the simulation, and all its accepted events in the order they were sent."""

    client: Any
    truth: dict[str, Any]
    daily: pl.DataFrame
    sent: Mapping[Family, list[Event]]
    messages: Stored

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.client.query(query).result_rows  # type: ignore[no-any-return]

    def named(self, query: str) -> list[dict[str, Any]]:
        return list(self.client.query(query).named_results())

    def true_cells(self, family: str) -> Cells:
        counts = self.daily.filter(family=family).group_by("date", "reporter", "kind").agg(pl.col("events").sum())
        return Counter({(str(day), who, kind): n for day, who, kind, n in counts.iter_rows() if n})

    def known(self, family: Family, moment: datetime) -> list[Event]:
        """Of each subject the newest version known at a time; nothing of those that it cancels."""
        newest: dict[tuple[str, str], Event] = {}
        at = int(moment.timestamp() * 1000)
        for event in self.sent[family]:
            if event["known_at"] <= at:
                subject = event["reporter"], event["subject_id"]
                before = newest.get(subject)
                if before is None or _version(event) > _version(before):
                    newest[subject] = event
        return [event for event in newest.values() if event["action"] != "cancel"]


@pytest.fixture(scope="session")
def told(engine_path: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    daily: list[pl.DataFrame] = []
    sent: dict[Family, list[Event]] = {family: [] for family in FAMILIES}

    def keep(family: Family, events: pl.DataFrame) -> None:
        sent[family] += _accepted(events)

    messages, truth = judged(tmp_path_factory.mktemp("home"), lambda _key: True, daily.append, keep)
    with opened(engine_path) as client:
        migrate(client)
        fill(Writer(client), messages, messages)
        yield Told(client, truth.document(), pl.concat(daily), sent, messages)


def fill(writer: Writer, messages: Stored, topics: Iterable[str]) -> None:
    for topic in topics:
        values = messages[topic]
        for first in range(0, len(values), PIECE):
            store(writer, block(topic, values[first : first + PIECE], first=first))


def _version(event: Event) -> tuple[int, int]:
    return event["revision"], event["known_at"]


def _accepted(events: pl.DataFrame) -> Iterator[Event]:
    for event in events.filter(pl.col("_kind") != AGAIN).iter_rows(named=True):
        fault = None if event["_fault"] == NO_FAULT else FAULTS[event["_fault"]]
        if fault and fault.refused:
            continue
        event["repaired"] = fault is not None and fault.severity is Severity.REPAIR
        if fault and event["repaired"]:
            field, value = _TAKEN_OUT[fault.codes[0]]
            event[field] = value
        event["known_at"] = event["declared_known_at"]
        event["received_at"] = (event["_at"] // HOUR_MS + 1) * HOUR_MS  # as `judged` has the broker receive it
        yield event


def moment_of(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def day_of(ms: int | None) -> date | None:
    """The Norwegian day."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, OSLO).date()


def date_of(days: int | None) -> date | None:
    return None if days is None else date(1970, 1, 1) + timedelta(days=days)


def who(event: Event) -> dict[str, Any]:
    """What is known of the person: where they live, sex, and age in tens when the event occurred."""
    return {"home_municipality": home(event), "sex": sex(event["_person"]), "age_group": age_group(event)}


def home(event: Event) -> str | None:
    return None if event["komNrHjem"] == "-1" else event["komNrHjem"]


def sex(person: int) -> str:
    return str(people.sex(pl.Series([person]).to_numpy())[0])


def age_group(event: Event) -> str:
    born = date_of(int(people.birth_day(pl.Series([event["_person"]]).to_numpy())[0]))
    day = day_of(event["occurred_at"])
    assert born
    assert day
    decade = (day.year - born.year - ((born.month, born.day) > (day.month, day.day))) // 10
    return "90+" if decade >= 9 else f"{decade * 10}-{decade * 10 + 9}"


def share(part: int, whole: int) -> float:
    return part / whole


def differences(found: list[dict[str, Any]], true: list[dict[str, Any]], grain: tuple[str, ...]) -> list[str]:
    """Where a view's rows are not the true ones: missing, more, or another value in a column. Every column counts."""

    def keyed(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
        by_key = {tuple(row[name] for name in grain): _plain(row) for row in rows}
        assert len(by_key) == len(rows), "the grain is not one"
        return by_key

    ours, theirs = keyed(found), keyed(true)
    told = [f"missing: {key}" for key in theirs.keys() - ours.keys()]
    told += [f"not true: {key}" for key in ours.keys() - theirs.keys()]
    for key in ours.keys() & theirs.keys():
        if ours[key].keys() != theirs[key].keys():
            return [f"other columns: {sorted(ours[key].keys() ^ theirs[key].keys())}"]
        for column, value in ours[key].items():
            if value != theirs[key][column]:
                told.append(f"{key} {column}: {value!r}, true is {theirs[key][column]!r}")
    return sorted(told)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _comparable(value) for name, value in row.items()}


def _comparable(value: Any) -> Any:
    match value:
        case float():
            return round(value, 9)
        case datetime():
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        case list() | tuple():
            return tuple(map(_comparable, value))
    return value
