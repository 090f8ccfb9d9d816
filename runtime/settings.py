"""Settings: one class per component, each value with its meaning and its source.

Precedence: what the caller gives, then the environment (`HELSEPULS_<SECTION>_<FIELD>`), then `<home>/helsepuls.toml`
(`[section]`), then what the running stack says of itself, then the default.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from runtime.home import VARIABLE as HOME_VARIABLE
from runtime.home import read_stack
from schemas.errors import Fatal, Retryable, shortened
from schemas.types import Profile

S = TypeVar("S", bound="Settings")

PREFIX = "HELSEPULS"
FILE = "helsepuls.toml"
SECTION_NAMES: Final = frozenset(
    {
        *("kafka", "warehouse", "registry", "privacy", "producers", "adapters", "stream", "sink", "sql", "close"),
        *("topics", "stack"),
    }
)
"""Of all components: each knows its own settings only, and a name that is nobody's must be told by whoever meets it."""


class Settings(BaseModel):
    """Base of a component's settings. Values come through `load`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    section: ClassVar[str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> dict[str, Any]:
        prefix = f"{PREFIX}_{cls.section.upper()}_"
        return {
            name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)
        }

    @classmethod
    def from_file(cls, section: Mapping[str, Any]) -> dict[str, Any]:
        return dict(section)

    @classmethod
    def from_stack(cls, home: Path, stack: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003
        """What follows from the home and the stack that runs there."""
        return {}


@dataclass(frozen=True)
class Effective:
    """One value as `helsepuls config` shows it."""

    name: str
    value: Any
    source: str
    meaning: str


def load(cls: type[S], home: Path, **overrides: Any) -> S:
    """The effective settings of one component. Raises Fatal naming the key and where it came from."""
    return _build(cls, _layers(cls, home, overrides))[0]


def explain(cls: type[S], home: Path, **overrides: Any) -> list[Effective]:
    """The same settings value by value, with the source of each."""
    settings, sources = _build(cls, _layers(cls, home, overrides))
    return [
        Effective(
            name=f"{cls.section}.{name}",
            value=getattr(settings, name),
            source=sources.get(name, "default"),
            meaning=field.description or "",
        )
        for name, field in cls.model_fields.items()
    ]


def _layers(cls: type[Settings], home: Path, overrides: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Weakest first."""
    _refuse_unknown_variables(os.environ)
    return [
        ("stack", cls.from_stack(home, read_stack(home))),
        (FILE, cls.from_file(_file_section(home, cls.section))),
        ("environment", cls.from_environment(os.environ)),
        ("command line", {name: value for name, value in overrides.items() if value is not None}),
    ]


def _build(cls: type[S], layers: list[tuple[str, dict[str, Any]]]) -> tuple[S, dict[str, str]]:
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, layer in layers:
        for name, value in layer.items():
            merges = isinstance(values.get(name), dict) and isinstance(value, dict)
            values[name] = {**values[name], **value} if merges else value
            sources[name] = source
    try:
        return cls.model_validate(values), sources
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "?"
        source = sources.get(str(first["loc"][0]) if first["loc"] else "", "default")
        what = _unknown(cls, name) if first["type"] == "extra_forbidden" else _words(first["msg"])
        raise Fatal(
            f"setting {cls.section}.{shortened(name)} (from {shortened(source)}) is wrong: {what}; "
            "`helsepuls config` lists the settings and their meaning"
        ) from None


def _unknown(cls: type[Settings], name: str) -> str:
    near = difflib.get_close_matches(name, cls.model_fields, n=1)
    return "there is no such setting" + (f", did you mean {near[0]}?" if near else "")


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Raises Fatal for one that is of no section, the home or a misspelt section's."""
    sections = {f"{PREFIX}_{section.upper()}_": section for section in SECTION_NAMES}
    for name in environment:
        if not name.startswith(f"{PREFIX}_") or name == HOME_VARIABLE or name.startswith(tuple(sections)):
            continue
        head = name.removeprefix(f"{PREFIX}_").partition("_")[0].lower()
        near = difflib.get_close_matches(head, [*sorted(SECTION_NAMES), "home"], n=1)
        meant = HOME_VARIABLE if near == ["home"] else f"{PREFIX}_{near[0].upper()}_..." if near else ""
        raise Fatal(
            f"{shortened(name)} in the environment is no setting"
            + (f"; did you mean {meant}?" if meant else "; unset it, `helsepuls config` lists the settings")
        )


def _words(message: str) -> str:
    """What a validator of ours raised, without pydantic's word for it."""
    return message.removeprefix("Value error, ")


def _file_section(home: Path, section: str) -> Mapping[str, Any]:
    try:
        content = tomllib.loads((home / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise Fatal(f"{home / FILE} is not valid TOML: {shortened(str(error))}") from None
    except (UnicodeDecodeError, RecursionError):
        raise Fatal(f"{home / FILE} is not valid TOML: save it as UTF-8, one value for each setting") from None
    except OSError as error:
        raise Fatal(f"{home / FILE} cannot be read: {error.strerror}; mend it or its permissions") from None
    for name in content:
        if name not in SECTION_NAMES:
            near = difflib.get_close_matches(name, SECTION_NAMES, n=1)
            advice = f"did you mean [{near[0]}]?" if near else f"there are: {', '.join(sorted(SECTION_NAMES))}"
            raise Fatal(f"{home / FILE}: there is no section [{shortened(name)}]; {advice}")
    found = content.get(section, {})
    if not isinstance(found, dict):
        raise Fatal(f"{home / FILE}: [{section}] must be a table")
    return found


class KafkaSettings(Settings):
    """How to reach Kafka. Every librdkafka key passes through, mutual TLS with PEM files included."""

    section: ClassVar[str] = "kafka"

    config: dict[str, str] = Field(
        default_factory=dict,
        description="librdkafka keys; in the file under [kafka] as they are, in the environment with _ for . "
        "(HELSEPULS_KAFKA_BOOTSTRAP_SERVERS)",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> dict[str, Any]:
        prefix = f"{PREFIX}_{cls.section.upper()}_"
        config = {
            name.removeprefix(prefix).lower().replace("_", "."): value
            for name, value in environment.items()
            if name.startswith(prefix)
        }
        return {"config": config} if config else {}

    @classmethod
    def from_file(cls, section: Mapping[str, Any]) -> dict[str, Any]:
        config = {key: _as_text(value) for key, value in _flat(section)}
        return {"config": config} if config else {}

    @classmethod
    def from_stack(cls, home: Path, stack: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003
        bootstrap = (stack.get("kafka") or {}).get("bootstrap")
        return {"config": {"bootstrap.servers": bootstrap}} if bootstrap else {}

    @property
    def bootstrap(self) -> str:
        """Raises Retryable when no broker is known: none is set, and no stack runs in the home."""
        servers = self.config.get("bootstrap.servers") or self.config.get("metadata.broker.list")
        if not servers:
            raise Retryable(
                "no Kafka is known: start the local stack with `helsepuls up`, "
                'or set "bootstrap.servers" under [kafka] in helsepuls.toml'
            )
        return servers


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """TOML reads an unquoted `bootstrap.servers` as nested tables: flatten them again."""
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return pairs


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


EMBEDDED: Final = "chdb"
"""How the address of a warehouse within a process begins."""
_SERVERS: Final = ("clickhouse", "clickhouses")


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise ValueError(f"not an address ({error})") from None


def _server(address: str, known: Sequence[str]) -> str:
    """The address, if a host and a port can be found in it. Raises ValueError, which does not quote it: it may hold a
    password."""
    parts = _split(address)
    if parts.scheme not in known or not parts.netloc:
        raise ValueError(f"an address begins with one of {', '.join(f'{name}://' for name in known)}")
    if not parts.hostname:
        raise ValueError("the address names no host")
    try:
        parts.port  # noqa: B018  raises when it is none
    except ValueError:
        raise ValueError("the port of the address is not a number from 0 to 65535") from None
    return address


class WarehouseSettings(Settings):
    """Where accepted events are stored and queried."""

    section: ClassVar[str] = "warehouse"

    dsn: str = Field(
        description="Where the sink writes: chdb:///path (the engine in the process), clickhouse:// or clickhouses://"
    )
    url: str | None = Field(
        default=None,
        description="Where readers query: clickhouse://host:port/database, or http(s)://host:port; "
        "of the running stack unless set",
    )
    database: str = Field(default="helsepuls", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Database name")

    @field_validator("dsn")
    @classmethod
    def _is_a_warehouse(cls, dsn: str) -> str:
        parts = _split(dsn)
        if parts.scheme == EMBEDDED:
            if parts.netloc or not parts.path.strip("/"):
                raise ValueError("an embedded warehouse is written chdb:///path, with three slashes")
            if parts.query or parts.fragment:  # cut off, it would be another folder
                raise ValueError(
                    "the path of an embedded warehouse can hold neither ? nor #: name another home or path"
                )
            return dsn
        return _server(dsn, (EMBEDDED, *_SERVERS))

    @field_validator("url")
    @classmethod
    def _is_a_server(cls, url: str | None) -> str | None:
        return _server(url, (*_SERVERS, "http", "https")) if url else None

    @classmethod
    def from_stack(cls, home: Path, stack: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"dsn": f"chdb://{home / 'warehouse'}"}
        if url := (stack.get("warehouse") or {}).get("url"):
            found["url"] = url
        return found

    @property
    def query_url(self) -> str:
        """Raises Retryable when there is nowhere to query: nothing is set, and no stack runs in the home."""
        if self.url:
            return self.url
        if not self.dsn.startswith(f"{EMBEDDED}:"):
            return self.dsn
        raise Retryable(
            "no warehouse is known to query: start the local stack with `helsepuls up`, "
            "or set url under [warehouse] in helsepuls.toml"
        )


class RegistrySettings(Settings):
    """A Confluent-compatible schema registry, optional."""

    section: ClassVar[str] = "registry"

    url: str | None = Field(
        default=None, description="Base address of the registry's Confluent API; none: pinned ids only"
    )

    @classmethod
    def from_stack(cls, home: Path, stack: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003
        url = (stack.get("registry") or {}).get("url")
        return {"url": url} if url else {}


class PrivacySettings(Settings):
    """Keys that protect patients' identifiers."""

    section: ClassVar[str] = "privacy"

    profile: Profile = Field(
        default="dev",
        description="dev: makes its own keys, synthetic persons only; test: synthetic persons only; prod: real persons",
    )
    registry_private_key: Path = Field(description="PEM file: opens identifiers in the stream (X25519)")
    registry_public_key: Path = Field(description="PEM file: senders encrypt identifiers for it (X25519)")
    register_key: Path = Field(description="File of the register's key for patient_key (32 bytes, hexadecimal)")
    register_key_version: int = Field(default=1, ge=1, description="Version of that key, kept in every row")

    @classmethod
    def from_stack(cls, home: Path, stack: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003
        keys = home / "keys"
        return {
            "registry_private_key": keys / "registry.pem",
            "registry_public_key": keys / "registry.pub.pem",
            "register_key": keys / "register.key",
        }


__all__ = [
    "Effective",
    "KafkaSettings",
    "PrivacySettings",
    "RegistrySettings",
    "Settings",
    "WarehouseSettings",
    "explain",
    "load",
]
