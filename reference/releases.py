"""Releases of the reference tables: folders that never change, and one small file that says which is current.

`<home>/reference/<release>/` holds every table as CSV and `manifest.json` (source, validity, sum of each). A new
release is finished under another name, renamed, and only then named in `current.json`, by rename too: a reader sees
the old release or the new one, never a part. Without any release the tables that the package ships are used.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import polars as pl

from reference.tables import (
    CATCHMENT,
    HELSEFELLESSKAP,
    MUNICIPALITIES,
    POPULATION,
    UNITS,
    PolarsType,
    Reference,
    build,
)
from runtime.home import write_json
from schemas.codes.municipalities import municipalities
from schemas.errors import Fatal

TABLES: Final = {
    "units": UNITS,
    "municipalities": MUNICIPALITIES,
    "catchment": CATCHMENT,
    "helsefellesskap": HELSEFELLESSKAP,
    "population": POPULATION,
}
_NOT_SHIPPED: Final = ("catchment", "helsefellesskap", "population")
_SHIPPED_AT: Final = "2026-01-01T00:00:00+00:00"
_SPLIT_CODES: Final = ("1507", "1850", "5012")
"""Ålesund (2024: 1508 and 1580), Tysfjord (2020: 1806 and 1875), Snillfjord (2020: 5055, 5056 and 5059): the list of
renumberings names the largest part only, but which part a patient lives in cannot be told from the code."""


@dataclass(frozen=True)
class Table:
    """Where one table of a release came from. Times are ISO 8601 in UTC."""

    source: str
    imported_at: str
    valid_from: str
    """From which date on it holds, as the one who imported it says."""
    sha256: str
    rows: int
    refused: int


@dataclass(frozen=True)
class Manifest:
    """What a release is made of."""

    release: str
    made_at: str
    tables: Mapping[str, Table]


def folder(home: Path) -> Path:
    return home / "reference"


def pointer(home: Path) -> Path:
    """The file that names the current release; it is replaced as a whole when that changes."""
    return folder(home) / "current.json"


def current(home: Path) -> str | None:
    """The current release of this home, None when it has the shipped tables only. Raises Fatal when unreadable."""
    try:
        return str(json.loads(pointer(home).read_text("utf-8"))["release"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Fatal(f"{pointer(home)} cannot be read ({type(error).__name__}); import a table again") from None


def names(home: Path) -> list[str]:
    """The releases of this home, oldest first."""
    return sorted(path.parent.name for path in folder(home).glob("[!.]*/manifest.json"))


def manifest(home: Path, release: str | None) -> Manifest:
    """Raises Fatal for a release that is not there."""
    if release is None or release == shipped()[0].release:
        return shipped()[0]
    path = folder(home) / release / "manifest.json"
    try:
        content = json.loads(path.read_text("utf-8"))
        tables = {name: Table(**facts) for name, facts in content["tables"].items()}
        # a release from before there was a table has the shipped one
        return Manifest(content["release"], content["made_at"], {**shipped()[0].tables, **tables})
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {type(error).__name__}"
        raise Fatal(
            f"reference release {release} {reason} ({path}); `helsepuls reference list` shows what there is"
        ) from None


def frames(home: Path, release: str | None) -> dict[str, pl.DataFrame]:
    """The tables of a release. Raises Fatal when a file is not what its manifest says."""
    facts = manifest(home, release)
    if facts.release == shipped()[0].release:
        return dict(shipped()[1])
    found = {}
    for name, schema in TABLES.items():
        if facts.tables[name] == shipped()[0].tables[name]:
            found[name] = shipped()[1][name]
            continue
        path = folder(home) / facts.release / f"{name}.csv"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Fatal(f"reference table {path} cannot be read: {error.strerror}; import it again") from None
        if _sum(content) != facts.tables[name].sha256:
            raise Fatal(f"reference table {path} was changed after its import; import it again")
        found[name] = _read(content, schema)
    return found


def load(home: Path, release: str | None) -> Reference:
    """A release ready for use."""
    tables = frames(home, release)
    return build(manifest(home, release).release, tables["units"], tables["municipalities"], tables["catchment"])


@cache
def shipped() -> tuple[Manifest, Mapping[str, pl.DataFrame]]:
    """The tables of the package: health authorities, trusts and municipalities, nothing else."""
    units = _read((Path(str(files("reference"))) / "base_units.csv").read_bytes(), UNITS)
    split = pl.when(~pl.col("code").is_in(_SPLIT_CODES)).then("successor").alias("successor")
    tables = {
        "units": units,
        "municipalities": municipalities().with_columns(split),
        **{name: pl.DataFrame(schema=TABLES[name]) for name in _NOT_SHIPPED},
    }
    sources = {
        "units": "Register of Legal Entities: health authorities, trusts and the private hospitals of the daily census",
        "municipalities": "Statistics Norway, KLASS 131 and its changes since 1988",
        **dict.fromkeys(_NOT_SHIPPED, "none shipped"),
    }
    facts = {
        name: Table(source, _SHIPPED_AT, _SHIPPED_AT[:10], _sum(_csv(tables[name])), tables[name].height, 0)
        for name, source in sources.items()
    }
    release = "shipped-" + _sum("".join(table.sha256 for table in facts.values()).encode())[:8]
    return Manifest(release, _SHIPPED_AT, facts), tables


def publish(
    home: Path, table: str, frame: pl.DataFrame, *, source: str, refused: int, valid_from: date, now: datetime
) -> tuple[Manifest, bool]:
    """Makes a release with a new content of one table, the others as they are, and makes it current.

    Returns its manifest and whether anything changed: the same content again gives no new release. Raises Fatal when
    the home cannot be written.
    """
    with _lock(home):
        before = current(home)
        facts = dict(manifest(home, before).tables)
        content = _csv(frame.select(list(TABLES[table])))
        if facts[table].sha256 == _sum(content):
            return manifest(home, before), False
        made_at = now.astimezone(UTC).isoformat(timespec="seconds")
        facts[table] = Table(source, made_at, valid_from.isoformat(), _sum(content), frame.height, refused)
        everything = _sum("".join(facts[name].sha256 for name in TABLES).encode())
        release = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{everything[:8]}"
        made = Manifest(release, made_at, facts)
        tables = {**{name: _csv(old) for name, old in frames(home, before).items()}, table: content}
        _write(home, made, tables)
        write_json(pointer(home), {"release": release})
        return made, True


def _write(home: Path, made: Manifest, tables: Mapping[str, bytes]) -> None:
    if (folder(home) / made.release).is_dir():  # the same content was released within this second
        return
    staging = Path(tempfile.mkdtemp(dir=folder(home), prefix=".making-"))
    try:
        for name, content in tables.items():
            (staging / f"{name}.csv").write_bytes(content)
        write_json(staging / "manifest.json", asdict(made))
        staging.rename(folder(home) / made.release)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _lock(home: Path) -> Iterator[None]:
    """One import at a time: each builds on the release before it."""
    try:
        folder(home).mkdir(parents=True, exist_ok=True)
        with (folder(home) / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise Fatal(f"{folder(home)} cannot be written: {error.strerror}") from None


def _read(content: bytes, schema: Mapping[str, PolarsType]) -> pl.DataFrame:
    """A table of ours; a column that it is older than is null."""
    frame = pl.read_csv(content, schema_overrides=schema)
    lacking = [pl.lit(None, type_).alias(name) for name, type_ in schema.items() if name not in frame.columns]
    return frame.with_columns(lacking).select(list(schema))


def _csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
