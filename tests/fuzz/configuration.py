"""What an operator or a vendor writes: mappings, tables of facilities, settings."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from unittest import mock

from hypothesis import strategies as st

from helsepuls.cli.config import masked
from helsepuls.sections import SECTIONS
from producers.facilities import load_facilities
from producers.mappings.loader import load_mapping
from runtime.settings import explain
from schemas.errors import Fatal, HelsepulsError

from .mutation import texts
from .target import Target

MAPPINGS: Final = (
    *((files("producers") / "mappings" / f"{name}.yaml").read_bytes() for name in ("nor-census", "divi-icu")),
    b'name: m\ntitle: t\nsource: s\nreporter: "983971636"\nevents:\n  - family: capacity\n    fields: {unit: u, as_of: '
    b'{column: at, clock: "08:00"}, origin: reported, resource: bed, category: all, occupied: {column: n, scale: 2}}\n',
)
FACILITIES: Final = (
    b"Name,Number\nSykehus A,983971636\n",
    b"\xef\xbb\xbfSykehus A;983971636\r\nB;993467049\r\n",
    b"Sykehus A: 983971636\nB: '993467049'\n",
)
SETTINGS: Final = (
    b'[kafka]\n"bootstrap.servers" = "a:9092"\nssl.ca.location = "/ca"\n[stream]\nwindow_days = 7\ngroup = "g"\n',
    b'[warehouse]\ndsn = "clickhouse://u@h:9000"\n[privacy]\nprofile = "prod"\n[topics]\npartitions = 12\n',
    b"[producers]\nspool_max_bytes = 1000000\n[adapters]\nmax_item_bytes = 5\n[stack]\nworkers = 2\n",
)
ODD_YAML: Final = (
    b"2001-99-99: 1\n",
    b"a: 2001-99-99\n",
    b"a: !!int x\n",
    b"a: !!int ''\n",
    b"a: !!float x\n",
    b"a: !!timestamp x\n",
    b"a: !!binary x\n",
    b"a: !!python/object:os.system x\n",
    b"a: &a [*a]\n",
    b"? {a: b}\n: c\n",
    b"[" * 5000,
    b"{a: " * 5000,
    b"a" * 5000 + b": 1\n",
    b"a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n",
)
ODD_TOML: Final = (
    b"a = " + b"[" * 5000,
    b"[" + b"a" * 5000 + b"]\nb = 1\n",
    b"[stream]\n" + b"a" * 5000 + b" = 1\n",
    b"\xff\xfe[kafka]",
    b"kafka = 1\n",
    b"[stream]\nwindow_days = 1e400\n",
    b"[stream]\nwindow_days = nan\n",
    b"[topics]\npartitions = 99999999999999999999999\n",
    b"[sql]\nport = -1\n",
    b"[stream]\ndate = 2026-01-01\n",
    b"[kafka]\na = 2026-01-01\nb = [1, {c = 2}]\n",
)


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="helsepuls-fuzz-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _refusing(load: Callable[[Path], object], name: str) -> Callable[[list[bytes]], None]:
    """The file is taken, or refused with a sentence that names it."""

    def check(batch: list[bytes]) -> None:
        path = _folder() / name
        for content in batch:
            path.write_bytes(content)
            refusal = ""
            try:
                load(path)
            except Fatal as error:
                refusal = str(error)
            assert not refusal or name in refusal, "the sentence does not name the file"
            assert len(refusal) < 1000, "no sentence but a value"

    return check


def _settings(batch: list[tuple[bytes, dict[str, str]]]) -> None:
    """Every section is read, or refused with a sentence; what is read can be shown."""
    home = _folder()
    for content, environment in batch:
        (home / "helsepuls.toml").write_bytes(content)
        with mock.patch.dict(os.environ, environment):
            for section in SECTIONS:
                where = refusal = "helsepuls.toml"
                try:
                    for effective in explain(section, home):
                        masked(effective.value)
                except HelsepulsError as error:
                    refusal = str(error)
                assert where in refusal or f"setting {section.section}." in refusal, refusal
                assert len(refusal) < 1000, "no sentence but a value"


_NAMES: Final = st.sampled_from(
    [f"HELSEPULS_{section.section}_{name}".upper() for section in SECTIONS for name in section.model_fields]
    + ["HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "HELSEPULS_KAFKA_", "HELSEPULS_KAFKA_SSL_CA_PEM"]
)
_VALUES: Final = st.one_of(
    st.sampled_from(["", "0", "-1", "1e999", "nan", "true", "æ", "99999999999999999999", "a" * 5000, "/", "{}", "[]"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10),
)

TARGETS: Final = (
    Target(
        "mappings",
        texts(MAPPINGS) | texts(ODD_YAML),
        _refusing(lambda path: load_mapping(str(path)), "mapping.yaml"),
        kept=ODD_YAML,
    ),
    Target("facilities, CSV", texts(FACILITIES), _refusing(load_facilities, "facilities.csv")),
    Target(
        "facilities, YAML",
        texts(FACILITIES[2:] + ODD_YAML),
        _refusing(load_facilities, "facilities.yaml"),
        kept=ODD_YAML,
    ),
    Target(
        "settings",
        st.tuples(texts(SETTINGS + ODD_TOML), st.dictionaries(_NAMES, _VALUES, max_size=3)),
        _settings,
        kept=[(odd, {}) for odd in ODD_TOML],
    ),
)
