from __future__ import annotations

import hashlib
import hmac
import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Fatal, Invalid
from schemas.patient import (
    PatientOpener,
    PatientSealer,
    clear,
    generate_register_key,
    generate_registry_key,
    patient_key,
    patient_keys,
)

KEY = generate_registry_key()
SEALER = PatientSealer(KEY.public_pem, KEY.key_id)
OPENER = PatientOpener({KEY.key_id: KEY.private_pem}, profile="prod")
EVENT = str(uuid.UUID(int=1))
NUMBER = "01819012345"

identifiers = st.tuples(st.sampled_from(["1", "2", "9", "10", "12"]), st.text(min_size=1, max_size=40))


def problem(blob: bytes, event_id: str = EVENT, opener: PatientOpener = OPENER) -> str:
    with pytest.raises(Invalid) as raised:
        opener.open(blob, event_id)
    (found,) = raised.value.problems
    assert found.field == "patient"
    assert NUMBER not in str(raised.value)
    assert not re.search(r"\d{6}", str(raised.value))
    return found.code


@given(identifiers, st.uuids().map(str))
@settings(deadline=None)
def test_what_is_sealed_opens(identifier: tuple[str, str], event_id: str) -> None:
    blob = SEALER.seal(*identifier, event_id)
    assert OPENER.open(blob, event_id) == identifier
    assert identifier[1].encode() not in blob or len(identifier[1]) < 3


@given(st.uuids().map(str), st.uuids().map(str))
@settings(deadline=None)
def test_opens_for_its_own_event_only(sealed_for: str, opened_for: str) -> None:
    blob = SEALER.seal("1", NUMBER, sealed_for)
    if sealed_for != opened_for:
        assert problem(blob, opened_for) == "PAT-92"


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_flipped_bit_is_noticed(data: st.DataObject) -> None:
    blob = bytearray(SEALER.seal("1", NUMBER, EVENT))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= 1 << data.draw(st.integers(0, 7))
    expected = "PAT-92"
    if at == 0:
        expected = "PAT-90" if blob[0] else "PAT-93"
    elif at <= 4:
        expected = "PAT-91"
    assert problem(bytes(blob)) == expected


def test_every_truncation_is_noticed() -> None:
    blob = SEALER.seal("1", NUMBER, EVENT)
    assert {problem(blob[:length]) for length in range(len(blob))} == {"PAT-90", "PAT-92"}
    assert problem(blob + b"x") == "PAT-92"
    assert problem(b"") == "PAT-90"


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31)])
def test_a_point_of_low_order_is_refused(point: bytes) -> None:
    blob = SEALER.seal("1", NUMBER, EVENT)
    assert problem(blob[:5] + point + blob[37:]) == "PAT-92"


def test_another_registry_key_is_named_as_such() -> None:
    other = generate_registry_key()
    assert problem(PatientSealer(other.public_pem, other.key_id).seal("1", NUMBER, EVENT)) == "PAT-91"
    assert problem(PatientSealer(other.public_pem, KEY.key_id).seal("1", NUMBER, EVENT)) == "PAT-92"


def test_both_keys_open_while_one_is_replaced() -> None:
    other = generate_registry_key()
    opener = PatientOpener({KEY.key_id: KEY.private_pem, other.key_id: other.private_pem}, profile="prod")
    for key in (KEY, other):
        assert opener.open(PatientSealer(key.public_pem, key.key_id).seal("1", NUMBER, EVENT), EVENT) == ("1", NUMBER)


def test_clear_is_for_development_only() -> None:
    assert PatientOpener({}, profile="dev").open(clear("1", NUMBER), EVENT) == ("1", NUMBER)
    for opener in (OPENER, PatientOpener({}, profile="test")):
        assert problem(clear("1", NUMBER), opener=opener) == "PAT-93"


@pytest.mark.parametrize("content", [b"", b"1", b":x", b"1:", b"x:1", b"123:4", b"1\xff:2", "\u0661:2".encode()])
def test_content_without_type_and_number(content: bytes) -> None:
    assert problem(b"\x00" + content, opener=PatientOpener({}, profile="dev")) == "PAT-94"


@given(st.lists(st.one_of(st.none(), st.binary(max_size=120), st.just("sealed")), max_size=12))
def test_a_batch_opens_each_as_alone(what: list[bytes | str | None]) -> None:
    ids = [str(uuid.UUID(int=i)) for i in range(len(what))]
    blobs = [SEALER.seal("1", NUMBER, i) if isinstance(w, str) else w for w, i in zip(what, ids, strict=True)]
    opened = OPENER.open_many(blobs, [event_id.encode() for event_id in ids])
    columns = zip(opened.types, opened.numbers, opened.problems, opened.contents, strict=True)
    for blob, event_id, (*found, content) in zip(blobs, ids, columns, strict=True):
        assert content == (f"{found[0]}:{found[1]}".encode() if found[0] else None)
        if blob is None:
            assert found == [None, None, None]
        elif found[2]:
            assert found[:2] == [None, None]
            assert problem(blob, event_id) == found[2]
        else:
            assert found == [*OPENER.open(blob, event_id), None]


def test_the_sender_changes_its_ephemeral_key() -> None:
    sealer = PatientSealer(KEY.public_pem, KEY.key_id, seals_per_key=2)
    heads = [sealer.seal("1", NUMBER, EVENT)[5:37] for _ in range(5)]
    assert [len(set(heads[i : i + 2])) for i in (0, 2, 4)] == [1, 1, 1]
    assert len(set(heads)) == 3


def test_nonces_differ() -> None:
    assert len({SEALER.seal("1", NUMBER, EVENT) for _ in range(50)}) == 50


def test_remembers_the_ephemeral_keys_used_last() -> None:
    opener = PatientOpener({KEY.key_id: KEY.private_pem}, profile="prod", remembered_keys=2)
    steady, *others = (PatientSealer(KEY.public_pem, KEY.key_id) for _ in range(6))
    for other in others:
        for sealer in (steady, other):
            assert opener.open(sealer.seal("1", NUMBER, EVENT), EVENT) == ("1", NUMBER)
    assert len(opener._ciphers) == 2
    assert steady.seal("1", NUMBER, EVENT)[1:37] in opener._ciphers


@given(st.binary(min_size=1, max_size=100), identifiers)
@settings(deadline=None)
def test_patient_key_is_a_truncated_hmac(register_key: bytes, identifier: tuple[str, str]) -> None:
    text = ":".join(identifier).encode()
    expected = hmac.new(register_key, text, hashlib.sha256).hexdigest()[:32]
    assert patient_key(register_key, *identifier) == expected
    assert patient_keys(register_key, [text, None]).to_list() == [expected, None]


def test_recipients_get_different_keys() -> None:
    one, other = generate_register_key(), generate_register_key()
    assert len(one) == 32
    assert patient_key(one, "1", NUMBER) != patient_key(other, "1", NUMBER)
    assert patient_key(one, "1", NUMBER) != patient_key(one, "2", NUMBER)


def test_keys_that_are_none() -> None:
    with pytest.raises(Fatal):
        PatientSealer(KEY.private_pem, KEY.key_id)
    with pytest.raises(Fatal):
        PatientSealer(KEY.public_pem, b"123")
    with pytest.raises(Fatal):
        PatientOpener({KEY.key_id: KEY.public_pem}, profile="prod")
    assert KEY.private_pem.decode() not in repr(KEY)
