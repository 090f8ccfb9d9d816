from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from adapter_samples import NOW, codes, dumps, hl7
from fhir_samples import adt
from test_adapters_avro import container
from test_adapters_csv import CENSUS
from test_adapters_ndjson import MOVEMENT

from producers import sources
from producers.adapters.detect import LOOK_AT, detect
from producers.mappings.loader import load_mapping
from producers.sources import Options, items, read
from producers.types import Item
from schemas.errors import Fatal
from schemas.golden import load

OPTIONS = Options(reporter="983971636")
ROW = "2020-05-10,Midt,St. Olavs hospital,7\n"

INPUTS = {
    "hl7v2": hl7(),
    "fhir": json.dumps(adt(), indent=2).encode(),
    "csv": (CENSUS + ROW).encode(),
    "ndjson": dumps(MOVEMENT),
    "avro": container("capacity", load("raw.capacity")[:1]),
}


def read_all(data: bytes, options: Options = OPTIONS) -> list[Item]:
    return list(read("test", io.BytesIO(data), options, NOW))


@pytest.mark.parametrize("name", INPUTS)
def test_the_format_is_known_by_its_content(name: str, tmp_path: Path) -> None:
    path = tmp_path / "misleading.txt"
    path.write_bytes(INPUTS[name])
    found = detect(INPUTS[name], complete=True, mapping=None)

    assert found is not None
    assert found.format == name
    assert codes(item for _, item in items([path], OPTIONS, lambda: NOW)) == ["read"]


@pytest.mark.parametrize("name", ["hl7v2", "fhir", "ndjson"])
def test_marks_and_blanks_before_the_content(name: str) -> None:
    assert codes(read_all(b"\xef\xbb\xbf\r\n " + INPUTS[name])) == ["read"]


def test_mllp_is_hl7() -> None:
    assert codes(read_all(b"\x0b" + hl7() + b"\x1c\r")) == ["read"]


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("step", [1, 7, 4096])
def test_a_slow_pipe_gives_the_same(name: str, step: int) -> None:
    """A pipe hands over what it has; the format is told when enough has come, and nothing is lost."""

    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = data

        def read1(self, size: int = -1) -> bytes:
            piece, self._data = self._data[:step], self._data[step:]
            return piece

        def read(self, size: int = -1) -> bytes:
            return self.read1()

    data = INPUTS[name] if name == "avro" else INPUTS[name] + b"\n"
    assert codes(read("-", Pipe(data), OPTIONS, NOW)) == ["read"]  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", [None, "hl7v2", "fhir", "csv", "ndjson"])
def test_an_empty_input_is_one_answer(data: bytes, name: Any) -> None:
    options = Options(format=name, mapping=load_mapping("nor-census"))

    assert codes(read_all(data, options)) == ["SRC-01"]


@pytest.mark.parametrize("data", [b"hello world\n", b"\x00\x01\x02", b"<xml/>", b"a;b\n1;2"])
def test_what_is_not_known_is_one_answer(data: bytes) -> None:
    assert codes(read_all(data)) == ["SRC-02"]


def test_a_mapping_makes_csv_of_what_is_nothing_else() -> None:
    options = Options(mapping=load_mapping("nor-census"), reporter="983971636")

    assert codes(read_all(b"a;b\n1;2", options)) == ["CSV-02+CSV-02+CSV-02"]
    assert codes(read_all(hl7(), options)) == ["read"]


def test_a_format_that_is_given_is_taken() -> None:
    assert codes(read_all(b"hello\n", Options(format="ndjson"))) == ["NDJ-01"]
    assert codes(read_all(b"a,b\n", Options(format="csv"))) == ["CSV-01"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"a": 1}\n', "ndjson"),
        (b'{"a": ', "fhir"),
        (b"[1, 2]", "fhir"),
        (b"{\n", "fhir"),
        (b'{"x": {"family": 1}}', "ndjson"),
    ],
)
def test_json_that_is_neither(data: bytes, name: str) -> None:
    found = detect(data, complete=True, mapping=None)

    assert found is not None
    assert found.format == name


def test_a_family_name_does_not_make_fhir_ours() -> None:
    data = json.dumps({"name": [{"family": "X"}], "filler": "x" * 200, "resourceType": "Bundle"}, indent=1).encode()

    assert detect(data, complete=True, mapping=None) == detect(b'{"resourceType": 1}', complete=True, mapping=None)
    assert detect(b"{" + b" " * LOOK_AT, complete=False, mapping=None) is not None


def test_folders_are_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b/2.hl7", "a.hl7", ".hidden", ".git/x"):
        (tmp_path / name).write_bytes(hl7())
    (tmp_path / "z.txt").write_bytes(b"hello")

    found = list(items([tmp_path], OPTIONS, lambda: NOW))

    assert [Path(source).name for source, _ in found] == ["a.hl7", "2.hl7", "z.txt"]
    assert codes(item for _, item in found) == ["read", "read", "SRC-02"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(hl7() + hl7(control="M2"))

    monkeypatch.setattr(sources.sys, "stdin", Stdin)

    assert [source for source, _ in items(["-"], OPTIONS, lambda: NOW)] == ["-", "-"]


def test_a_path_that_is_not_there_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="there is no file"):
        items([tmp_path / "no"], OPTIONS, lambda: NOW)


def test_a_file_that_cannot_be_opened_is_one_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(hl7())
    opened = Path.open

    def locked(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "a":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", locked)

    assert codes(item for _, item in items([tmp_path], OPTIONS, lambda: NOW)) == ["SRC-04", "read"]


def test_a_disk_that_fails_midway_is_one_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(stream: Any, context: Any) -> Iterator[Item]:
        yield from ()
        raise OSError(5, "Input/output error")

    for name in ("a", "b"):
        (tmp_path / name).write_bytes(hl7())
    monkeypatch.setattr(sources, "ADAPTERS", {"hl7v2": failing})

    assert codes(item for _, item in items([tmp_path], OPTIONS, lambda: NOW)) == ["SRC-04", "SRC-04"]


@pytest.mark.parametrize("name", ["hl7v2", "ndjson"])
def test_memory_does_not_grow_with_the_input(name: str) -> None:
    """Some hundred messages of a stream that does not end soon."""

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self._left = 20 * 1024 * 1024
            self._piece = (INPUTS[name] + b"\n") * 50

        def read(self, size: int = -1) -> bytes:
            if self._left <= 0:
                return b""
            self._left -= len(self._piece)
            return self._piece

        read1 = read

    read_all(INPUTS[name])  # what is loaded once does not count
    tracemalloc.start()
    try:
        for _ in islice(read("-", Endless(), OPTIONS, NOW), 600):  # type: ignore[arg-type]
            pass
        assert tracemalloc.get_traced_memory()[1] < 2 * 1024 * 1024
    finally:
        tracemalloc.stop()
