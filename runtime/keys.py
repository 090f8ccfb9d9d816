"""The keys behind patients' identifiers, as files: who needs which, and how a development home gets its own.

The registry's X25519 pair: senders encrypt for the public half, the stream opens with the private one. The register's
key turns an opened identifier into `patient_key`. Only the `dev` profile makes keys, and only under `<home>/keys`:
anywhere else a key that is missing has been mislaid, and a new one would make what was sealed for the old one
unreadable and every patient somebody else.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from runtime.settings import PrivacySettings
from schemas.errors import Fatal
from schemas.patient import KEY_ID_BYTES, generate_register_key, generate_registry_key

REGISTER_KEY_BYTES = 32


@dataclass(frozen=True)
class PublicKey:
    """The half that senders hold. `key_id` is the head of the SHA-256 of the raw key: it names the key in envelopes."""

    pem: bytes
    key_id: bytes


@dataclass(frozen=True, repr=False)
class Keys:
    """All that the stream needs. Has no repr, so that no log shows it."""

    registry_private_pem: bytes
    registry_public: PublicKey
    register_key: bytes
    register_key_version: int


def ensure_keys(home: Path, privacy: PrivacySettings) -> Keys:
    """The stream's keys; under `dev` the missing ones are made. Several processes may call this at once.

    Raises Fatal when a key is missing elsewhere, is unreadable, or the two halves do not belong together.
    """
    if privacy.profile == "dev":
        _make_pair(home, privacy)
        if _is_ours(home, privacy.register_key):
            _create_once(privacy.register_key, generate_register_key().hex().encode() + b"\n")
    private_pem = _read(privacy.registry_private_key, "registry_private_key")
    public = _public_half(private_pem, privacy.registry_private_key)
    if privacy.registry_public_key.exists():
        given = _load_public(privacy.registry_public_key)
        if given.key_id != public.key_id:
            raise Fatal(
                f"{privacy.registry_public_key} is not the public half of {privacy.registry_private_key}: "
                "senders would encrypt what nobody can open. Set both under [privacy] to one pair"
            )
    return Keys(private_pem, public, _register_key(privacy.register_key), privacy.register_key_version)


def sealing_key(home: Path, privacy: PrivacySettings) -> PublicKey:
    """A sender's key. Under `dev` the pair is made when there is none. Raises Fatal when it is missing elsewhere."""
    if privacy.profile == "dev" and not privacy.registry_public_key.exists():
        _make_pair(home, privacy)
    return _load_public(privacy.registry_public_key)


def _make_pair(home: Path, privacy: PrivacySettings) -> None:
    """The private half decides: whoever creates its file first, everybody derives the public half from it."""
    private, public = privacy.registry_private_key, privacy.registry_public_key
    if not (_is_ours(home, private) and _is_ours(home, public)):
        return
    orphan = public.exists()  # asked before the private half: that one is always written first
    if not private.exists():
        if orphan:
            raise Fatal(f"{public} is there without {private}: put the private half back, or remove both keys")
        _create_once(private, generate_registry_key().private_pem)
    _create_once(public, _public_half(_read(private, "registry_private_key"), private).pem)


def _is_ours(home: Path, path: Path) -> bool:
    return path.parent == home / "keys"


def _create_once(path: Path, content: bytes) -> None:
    """Creates the file whole and readable for its owner only, unless it exists: the first of several callers wins."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Fatal(
            f"key file {path} cannot be read ({error.strerror}). Put the key there, or set {setting} under [privacy]; "
            "only the dev profile makes keys of its own, under <home>/keys"
        ) from None


def _public_half(private_pem: bytes, path: Path) -> PublicKey:
    try:
        key = serialization.load_pem_private_key(private_pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise Fatal(f"{path} does not hold an X25519 private key in PEM without a password")
    return _named(key.public_key())


def _load_public(path: Path) -> PublicKey:
    pem = _read(path, "registry_public_key")
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, X25519PublicKey):
        raise Fatal(f"{path} does not hold an X25519 public key in PEM")
    return _named(key)


def _named(key: X25519PublicKey) -> PublicKey:
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return PublicKey(pem, hashlib.sha256(raw).digest()[:KEY_ID_BYTES])


def _register_key(path: Path) -> bytes:
    text = _read(path, "register_key").decode("ascii", "replace").strip()
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * REGISTER_KEY_BYTES}}}", text):
        raise Fatal(f"{path} must hold the register's key as {2 * REGISTER_KEY_BYTES} hexadecimal digits")
    return bytes.fromhex(text)
