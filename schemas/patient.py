"""The protected identifier: how a sender seals it, and how the stream opens it.

Bytes of `patient`: a version byte, then

- 0: `<typeID>:<identifier>` in clear, for the `dev` profile only;
- 1: registry key id (4 bytes), the sender's ephemeral X25519 public key (32), nonce (12), AES-256-GCM ciphertext with
  its tag. The data key is HKDF-SHA256 of the X25519 agreement, the event id is associated data: an identifier moved to
  another event does not open.

A sender keeps one ephemeral key for a while, and the opener remembers the data key of each ephemeral key it has met, so
that the costly agreement (some 50 µs) is made once in many events. What it remembers is bounded: a sender that takes a
new key for every event is served, slower.

Problems are rule codes of `schemas/rules/identity.yaml` (PAT-90 to PAT-94); no message holds anything of the content.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.errors import Fatal, Invalid
from schemas.types import Problem, Profile, Severity

CLEAR: Final = 0
SEALED: Final = 1

UNKNOWN_FORMAT, UNKNOWN_KEY, NOT_AUTHENTIC, CLEAR_REFUSED, MALFORMED = "PAT-90", "PAT-91", "PAT-92", "PAT-93", "PAT-94"

KEY_ID_BYTES: Final = 4
_PUBLIC_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_NONCE_AT: Final = 1 + KEY_ID_BYTES + _PUBLIC_BYTES
_BODY_AT: Final = _NONCE_AT + _NONCE_BYTES
_INFO: Final = b"helsepuls patient v1"
_KEY_BYTES: Final = 16
"""Of the hash that make up a pseudonym."""
_FORM: Final = "^[0-9]{1,2}:(?s:.)+$"

SEALS_PER_KEY: Final = 1_000_000
"""After so many identifiers the sender takes a new ephemeral key: far below 2**32, where random nonces could meet."""
REMEMBERED_KEYS: Final = 65_536
"""Ephemeral keys whose data key an opener remembers at most: all of 20 000 senders, and those they had before."""

_MESSAGES: Final = {
    UNKNOWN_FORMAT: "is not in a known format; seal the identifier with the present version of the client library",
    UNKNOWN_KEY: "is sealed for another key than the registry's; fetch the registry's present public key",
    NOT_AUTHENTIC: "cannot be opened: damaged, or sealed for another event; seal it with the event's own event_id",
    CLEAR_REFUSED: "is in clear, which is taken in during development only; seal the identifier for the registry",
    MALFORMED: "does not hold an identifier of the form type:number; give the type by code list 9032",
}


@dataclass(frozen=True, slots=True, repr=False)
class RegistryKey:
    """A new pair for the registry, in PEM, and the id that names it in envelopes."""

    private_pem: bytes
    public_pem: bytes
    key_id: bytes


def generate_registry_key() -> RegistryKey:
    """A new X25519 pair. The private half belongs to the stream alone."""
    private = X25519PrivateKey.generate()
    return RegistryKey(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        _key_id(private.public_key()),
    )


def generate_register_key() -> bytes:
    """A new key for `patient_key`: 32 random bytes."""
    return secrets.token_bytes(32)


def clear(type_id: str, identifier: str) -> bytes:
    """The identifier in clear (version 0)."""
    return bytes([CLEAR]) + _content(type_id, identifier)


@dataclass(frozen=True, repr=False)
class Identifiers:
    """What the blobs of a batch hold, an entry for each; all null where there is no blob.

    `types` (code list 9032) and `numbers`, or the code of what is wrong; `contents`: both as the text of `patient_key`.
    """

    types: pl.Series
    numbers: pl.Series
    problems: pl.Series
    contents: list[bytes | None]


class PatientSealer:
    """The sender's half. One per process; not for several threads at once.

    Raises Fatal when `public_key_pem` is no X25519 public key, or `key_id` is not four bytes.
    """

    def __init__(self, public_key_pem: bytes, key_id: bytes, *, seals_per_key: int = SEALS_PER_KEY) -> None:
        self._registry = _public_key(public_key_pem)
        if len(key_id) != KEY_ID_BYTES:
            raise Fatal(f"the registry key's id must be {KEY_ID_BYTES} bytes")
        self._key_id = key_id
        self._seals_per_key = seals_per_key
        self._left = 0
        self._head = b""
        self._cipher: AESGCM | None = None

    def seal(self, type_id: str, identifier: str, event_id: str) -> bytes:
        """The protected identifier for one event; it opens for that event only."""
        if not self._left or self._cipher is None:
            self._new_key()
        self._left -= 1
        assert self._cipher is not None
        nonce = os.urandom(_NONCE_BYTES)
        return self._head + nonce + self._cipher.encrypt(nonce, _content(type_id, identifier), event_id.encode())

    def _new_key(self) -> None:
        ephemeral = X25519PrivateKey.generate()
        self._cipher = _cipher(ephemeral, self._registry)
        self._head = bytes([SEALED]) + self._key_id + ephemeral.public_key().public_bytes_raw()
        self._left = self._seals_per_key


class PatientOpener:
    """The stream's half.

    `private_keys`: the registry's private keys in PEM, by the key id in the envelope (several while one is replaced).
    Version 0 is refused unless `profile` is `dev`. Raises Fatal when a PEM holds no X25519 private key.
    """

    def __init__(
        self, private_keys: Mapping[bytes, bytes], *, profile: Profile, remembered_keys: int = REMEMBERED_KEYS
    ) -> None:
        self._keys = {key_id: _private_key(pem) for key_id, pem in private_keys.items()}
        self._clear_allowed = profile == "dev"
        self._ciphers = _Ciphers(remembered_keys)

    def open(self, blob: bytes, event_id: str) -> tuple[str, str]:
        """Type (code list 9032) and identifier. Raises Invalid with one of PAT-90 to PAT-94."""
        found = self.open_many([blob], [event_id.encode("utf-8", "surrogatepass")])
        code = found.problems[0]
        if code is not None:
            raise Invalid([Problem(code, Severity.REJECT, "patient", _MESSAGES[code])])
        return found.types[0], found.numbers[0]

    def open_many(self, blobs: Sequence[bytes | None], event_ids: Sequence[bytes]) -> Identifiers:
        """The identifiers of a batch. `event_ids` in UTF-8."""
        contents: list[bytes | None] = [None] * len(blobs)
        problems: list[str | None] = [None] * len(blobs)
        recent = self._ciphers.recent
        for row, blob in enumerate(blobs):
            if blob is None:
                continue
            cipher = recent.get(blob[1:_NONCE_AT])
            if cipher is not None and blob[0] == SEALED:  # the usual case, without a call of our own
                try:
                    contents[row] = cipher.decrypt(blob[_NONCE_AT:_BODY_AT], blob[_BODY_AT:], event_ids[row])
                except (InvalidTag, ValueError):
                    problems[row] = NOT_AUTHENTIC
            else:
                contents[row], problems[row] = self._open(blob, event_ids[row])
        return _parsed(contents, problems)

    def _open(self, blob: bytes, event_id: bytes) -> tuple[bytes | None, str | None]:
        """The content, or the problem."""
        version = blob[0] if blob else None
        if version == SEALED and len(blob) >= _BODY_AT + _TAG_BYTES:
            head = blob[1:_NONCE_AT]
            cipher = self._ciphers.get(head) or self._agree(head)
            if isinstance(cipher, str):
                return None, cipher
            try:
                return cipher.decrypt(blob[_NONCE_AT:_BODY_AT], blob[_BODY_AT:], event_id), None
            except InvalidTag:
                return None, NOT_AUTHENTIC
        if version == CLEAR:
            return (blob[1:], None) if self._clear_allowed else (None, CLEAR_REFUSED)
        return None, UNKNOWN_FORMAT

    def _agree(self, head: bytes) -> AESGCM | str:
        """The cipher for a key id and ephemeral key, or the problem."""
        private = self._keys.get(head[:KEY_ID_BYTES])
        if private is None:
            return UNKNOWN_KEY
        if head[-1] & 0x80:  # X25519 ignores this bit; taken as it is, one identifier would have two sealed forms
            return NOT_AUTHENTIC
        try:
            cipher = _cipher(private, X25519PublicKey.from_public_bytes(head[KEY_ID_BYTES:]))
        except ValueError:  # a point of low order: no agreement
            return NOT_AUTHENTIC
        self._ciphers.add(head, cipher)
        return cipher


class _Ciphers:
    """Remembers ciphers by head: those used lately, in two generations, so that a hit costs one look-up."""

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self.recent: dict[bytes, AESGCM] = {}
        self._former: dict[bytes, AESGCM] = {}

    def __len__(self) -> int:
        return len(self.recent) + len(self._former)

    def __contains__(self, head: bytes) -> bool:
        return head in self.recent or head in self._former

    def get(self, head: bytes) -> AESGCM | None:
        cipher = self.recent.get(head)
        if cipher is None and (cipher := self._former.pop(head, None)) is not None:
            self.add(head, cipher)
        return cipher

    def add(self, head: bytes, cipher: AESGCM) -> None:
        if len(self.recent) >= self._half:
            self._former = dict(self.recent)
            self.recent.clear()  # the same object: `open_many` holds it
        self.recent[head] = cipher


def patient_key(register_key: bytes, type_id: str, identifier: str) -> str:
    """The register's pseudonym: HMAC-SHA256 of type and identifier, its first 16 bytes as 32 hexadecimal digits."""
    return hmac.digest(register_key, _content(type_id, identifier), "sha256")[:_KEY_BYTES].hex()


def patient_keys(register_key: bytes, contents: Sequence[bytes | None]) -> pl.Series:
    """`patient_key` of each content (`type:number`); null where there is none.

    The key is taken in once and its state copied, which takes half the time of a whole HMAC for each.
    """
    begun = HMAC(register_key, SHA256()).copy
    digests: list[bytes | None] = []
    for content in contents:
        if content is None:
            digests.append(None)
            continue
        one = begun()
        one.update(content)
        digests.append(one.finalize())
    return pl.Series(digests, dtype=pl.Binary).bin.head(_KEY_BYTES).bin.encode("hex")


def _content(type_id: str, identifier: str) -> bytes:
    return f"{type_id}:{identifier}".encode()


def _parsed(contents: list[bytes | None], problems: list[str | None]) -> Identifiers:
    """Types and numbers of contents of the form type:number; MALFORMED where they have another."""
    try:
        texts = pl.Series(contents, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:  # not all of them are UTF-8
        texts = pl.Series([_text(content) for content in contents], dtype=pl.String)
    parts = texts.to_frame("text").select(
        pl.when(pl.col("text").str.contains(_FORM)).then("text").str.splitn(":", 2).alias("parts")
    )
    types, numbers = parts["parts"].struct.unnest().get_columns()
    for row in np.flatnonzero(types.is_null().to_numpy()).tolist():
        if contents[row] is not None:
            contents[row], problems[row] = None, MALFORMED
    return Identifiers(types, numbers, pl.Series(problems, dtype=pl.String), contents)


def _text(content: bytes | None) -> str | None:
    try:
        return content.decode() if content is not None else None
    except UnicodeDecodeError:
        return None


def _cipher(private: X25519PrivateKey, public: X25519PublicKey) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(private.exchange(public)))


def _key_id(public: X25519PublicKey) -> bytes:
    return hashlib.sha256(public.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def _public_key(pem: bytes) -> X25519PublicKey:
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, X25519PublicKey):
        raise Fatal("the registry's public key is not an X25519 public key in PEM")
    return key


def _private_key(pem: bytes) -> X25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise Fatal("the registry's private key is not an X25519 private key in PEM without a password")
    return key
