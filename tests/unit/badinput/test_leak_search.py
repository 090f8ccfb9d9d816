"""The search for identifiers finds one that is planted, in each form, and none where there is none."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaks import Search, texts_of_sqlite

NUMBER = "15870550070"
OTHER = "01819012300"
LOCAL = "9:983971636/LAB/4711-X"
SEARCH = Search([NUMBER, OTHER, LOCAL])
PLANTED = {
    "text": NUMBER.encode(),
    "text, apart": f"{NUMBER[:6]} {NUMBER[6:]}".encode(),
    "text, spaced": " ".join(NUMBER).encode(),
    "UTF-16": NUMBER.encode("utf-16-le"),
    "escaped": "".join(f"%{ord(digit):x}" for digit in NUMBER).encode(),
    "hexadecimal": f"1:{NUMBER}".encode().hex().encode(),
    "base64": base64.b64encode(f"1:{NUMBER}".encode()),
    "digest without a key": hashlib.sha256(NUMBER.encode()).hexdigest().encode(),
    "integer, 8 bytes": int(NUMBER).to_bytes(8, "little"),
}
AROUND = (b"", b"{'patient': '", b"x\n", bytes(range(58, 256)), "æøå ".encode())


@pytest.mark.parametrize("form", PLANTED)
@pytest.mark.parametrize("before", AROUND)
def test_what_is_planted_is_found(form: str, before: bytes) -> None:
    assert form in SEARCH.forms(before + b" " + PLANTED[form] + b" " + before)


@pytest.mark.parametrize("padding", range(4))
@pytest.mark.parametrize("url_safe", [False, True])
def test_base64_is_found_wherever_it_begins(padding: int, url_safe: bool) -> None:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    assert "base64" in SEARCH.forms(b'"' + encode(b"\xfb\xff" * padding + NUMBER.encode() + b"?") + b'"')
    assert "base64" in SEARCH.forms(b"x" * padding + encode(NUMBER.encode()).rstrip(b"="))


@pytest.mark.parametrize("separator", ["-", ".", "/", "  ", " - ", "_.:"])
def test_halves_are_found_whatever_stands_between(separator: str) -> None:
    assert "text, apart" in SEARCH.forms(f"nr {NUMBER[:6]}{separator}{NUMBER[6:]}.".encode())


def test_digits_are_found_whatever_mixture_stands_between() -> None:
    octets = NUMBER.encode().hex()
    assert SEARCH.forms(" ".join(NUMBER[:6]).encode() + b"." + "-".join(NUMBER[6:]).encode()) == ["text, spaced"]
    assert SEARCH.forms(octets[:4].encode() + b" " + octets[4:8].encode() + b":" + octets[8:].encode()) == [
        "hexadecimal"
    ]
    assert SEARCH.forms(b"7" + octets.encode()) == ["hexadecimal"]
    assert SEARCH.forms(b"%31" + b"".join(b"\\x3" + NUMBER[at : at + 1].encode() for at in range(1, 11))) == ["escaped"]
    assert SEARCH.forms(hashlib.sha256(NUMBER.encode()).hexdigest().title().encode()) == ["digest without a key"]


def test_a_local_id_is_found_within_digits_a_national_number_is_not() -> None:
    assert SEARCH.forms(b"7" + LOCAL.encode() + b"7") == ["text"]
    assert SEARCH.forms(b"7" + NUMBER.encode()) == []


def test_big_endian_and_upper_case_are_found() -> None:
    assert SEARCH.forms(int(NUMBER).to_bytes(8, "big")) == ["integer, 8 bytes"]
    assert SEARCH.forms(NUMBER.encode().hex().upper().encode()) == ["hexadecimal"]
    assert SEARCH.forms(b"(" + LOCAL.encode() + b")") == ["text"]
    assert "UTF-16" in SEARCH.forms(NUMBER.encode("utf-16-be"))


@given(st.binary(max_size=300), st.lists(st.integers(0, 2**63 - 1)), st.uuids())
def test_nothing_is_found_where_nothing_is(noise: bytes, numbers: list[int], name: uuid.UUID) -> None:
    data = b" ".join([noise, *(str(number).encode() for number in numbers), str(name).encode(), b"15870550071"])
    assert SEARCH.forms(data) == []


def test_an_answer_does_not_hold_what_was_found() -> None:
    for planted in PLANTED.values():
        assert all(NUMBER not in form for form in SEARCH.forms(planted))


def test_sqlite_files_are_read_value_by_value(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE a (n INTEGER, t TEXT, b BLOB)")
    database.execute("INSERT INTO a VALUES (1, 'x', ?)", (f"1:{NUMBER}".encode(),))
    database.execute("CREATE TABLE b (n INTEGER)")
    database.execute("INSERT INTO b VALUES (?)", (int(OTHER.lstrip("0")),))
    database.commit()
    database.close()
    assert [bool(SEARCH.forms(row)) for row in texts_of_sqlite(path)] == [True, False]
