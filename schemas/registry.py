"""A Confluent-compatible schema registry: filling it with the pinned ids, and asking it for ids not pinned here.

The repository is the truth and a registry a copy of it (a sender or a reader that knows nothing of Helsepuls needs
one). "There is no such id" and "it cannot say now" are never confused: only the registry's own answer 40403 counts as
the first; a proxy's 404, a timeout, a 5xx are the second.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import requests

from schemas.catalog import Schema, by_id, latest
from schemas.errors import Fatal, Retryable
from schemas.plan import plan
from schemas.resolution import can_read

COMPATIBILITY: Final = "FULL_TRANSITIVE"

_NO_SUBJECT, _NO_VERSION, _NO_SCHEMA = 40401, 40402, 40403
_BUSY = frozenset({408, 425, 429})
_TIMEOUT = (3.05, 10.0)  # seconds to connect, seconds between bytes
_JSON = "application/vnd.schemaregistry.v1+json"


class Registry:
    """The few calls of the Confluent API that are needed. One thread at a time.

    Each may raise Retryable (away, busy, or something else answers at the address) and Fatal (access refused).
    """

    def __init__(self, url: str, session: requests.Session | None = None) -> None:
        self._url = url.rstrip("/")
        self._session = session or requests.Session()

    def schema_text(self, schema_id: int) -> str | None:
        """The schema behind an id, or None when the registry says that it has none."""
        found = self._call("GET", f"/schemas/ids/{schema_id}", absent={_NO_SCHEMA})
        return None if found is None else str(found["schema"])

    def versions(self, subject: str) -> list[int]:
        """All versions that the subject has; none when the registry says that there is no such subject."""
        found = self._call("GET", f"/subjects/{quote(subject, safe='')}/versions", absent={_NO_SUBJECT})
        return [int(version) for version in found or ()]

    def version(self, subject: str, version: int) -> tuple[int, str] | None:
        """Id and text of one version, or None when the registry says that there is none."""
        found = self._call(
            "GET", f"/subjects/{quote(subject, safe='')}/versions/{version}", absent={_NO_SUBJECT, _NO_VERSION}
        )
        return None if found is None else (int(found["id"]), str(found["schema"]))

    def lookup(self, subject: str, text: str) -> tuple[int, int] | None:
        """Id and version of this very schema under the subject."""
        found = self._call(
            "POST", f"/subjects/{quote(subject, safe='')}", {"schema": text}, absent={_NO_SUBJECT, _NO_SCHEMA}
        )
        return None if found is None else (int(found["id"]), int(found["version"]))

    def register(self, subject: str, text: str) -> int:
        """Adds a version, or finds it; returns its id. Raises Fatal when the registry refuses the schema."""
        return int(self._call("POST", f"/subjects/{quote(subject, safe='')}/versions", {"schema": text})["id"])

    def delete(self, subject: str, version: int) -> None:
        self._call(
            "DELETE", f"/subjects/{quote(subject, safe='')}/versions/{version}", absent={_NO_SUBJECT, _NO_VERSION}
        )

    def set_compatibility(self, subject: str, level: str) -> None:
        """How later versions must fit. The subject must exist."""
        self._call("PUT", f"/config/{quote(subject, safe='')}", {"compatibility": level})

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None, absent: Collection[Any] = ()) -> Any:
        try:
            response = self._session.request(
                method, self._url + path, json=body, headers={"Content-Type": _JSON, "Accept": _JSON}, timeout=_TIMEOUT
            )
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema):
            raise Fatal("the address of the schema registry is not an http(s) URL; see registry.url") from None
        except requests.RequestException as error:
            raise Retryable(f"the schema registry does not answer ({type(error).__name__})") from None
        answer = _json(response)
        if response.ok and answer is not None:
            return answer
        problem = answer if isinstance(answer, dict) else {}
        if response.status_code == requests.codes.not_found and problem.get("error_code") in absent:
            return None
        raise _failure(response, problem)


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return None


def _failure(response: requests.Response, answer: Mapping[str, Any]) -> Retryable | Fatal:
    status = response.status_code
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return Fatal(f"the schema registry refuses access (HTTP {status}); check the credentials in registry.url")
    if status in (requests.codes.conflict, requests.codes.unprocessable_entity):
        return Fatal(
            f"the schema registry refuses the schema (HTTP {status}): {answer.get('message', 'no reason given')}"
        )
    if status in _BUSY or status >= requests.codes.server_error:
        return Retryable(f"the schema registry is not able to answer now (HTTP {status})")
    return Retryable(f"what answers at registry.url is not a schema registry (HTTP {status}); is its path complete?")


@dataclass(frozen=True)
class Filled:
    """One schema after `fill`."""

    schema: Schema
    new: bool


def fill(registry: Registry, schemas: Iterable[Schema]) -> list[Filled]:
    """Makes the registry hold all `schemas` under their pinned ids, and demand full compatibility of later ones.

    Apicurio's API takes no wished id (Confluent's only in its import mode); a registry counts from 1.
    So schemas are registered in the order of their ids, into a registry of Helsepuls's own, and every id is verified.
    Raises Fatal, before anything is written where that can be known, when an id stands for something else there.
    """
    ordered = sorted(schemas, key=lambda schema: schema.id)
    known = {schema.id for schema in ordered if _is_there(registry, schema)}
    for schema in ordered:
        if schema.id not in known:
            _register(registry, schema)
        registry.set_compatibility(schema.subject, COMPATIBILITY)
    return [Filled(schema, schema.id not in known) for schema in ordered]


def _is_there(registry: Registry, schema: Schema) -> bool:
    found = registry.lookup(schema.subject, schema.text)
    if found is not None and found[0] != schema.id:
        raise _other_id(schema, found[0], "It has been so before; nothing was changed.")
    if found is None and registry.schema_text(schema.id) is not None:
        raise Fatal(
            f"the registry uses id {schema.id} for another schema, Helsepuls pins it to {schema.subject} "
            f"v{schema.version}. Give Helsepuls an empty registry of its own; nothing was changed."
        )
    return found is not None


def _register(registry: Registry, schema: Schema) -> None:
    given = registry.register(schema.subject, schema.text)
    if given == schema.id:
        return
    found = registry.lookup(schema.subject, schema.text)
    if found:
        registry.delete(schema.subject, found[1])
    raise _other_id(schema, given, "The version with the wrong id was deleted again.")


def _other_id(schema: Schema, given: int, state: str) -> Fatal:
    return Fatal(
        f"the registry gives {schema.subject} v{schema.version} the id {given}, pinned is {schema.id}: messages would "
        f"name the wrong schema. Give Helsepuls an empty registry of its own (ids count from 1). {state}"
    )


class SchemaSource:
    """Schemas by the id of a message's header: the pinned ones without network, then the registry's newer ones.

    Anybody may send thousands of ids that are none. So the registry is not asked for each of them but for the versions
    of the topic's subject, once for a batch: whatever is registered is among them.

    Threads may share one; they ask the registry one after the other.
    """

    _MOST_UNKNOWN = 10_000

    def __init__(
        self,
        registry: Registry | None = None,
        *,
        ask_again_after: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._ask_again_after = ask_again_after
        self._clock = clock
        self._read: dict[tuple[str, int], float] = {}
        """Topic and version in the registry -> until when it need not be read again."""
        self._found: dict[tuple[int, str], Schema] = {}
        self._unknown_until: dict[tuple[int, str], float] = {}
        self._asking = threading.Lock()

    def resolve(self, ids: Iterable[int], topic: str) -> dict[int, Schema]:
        """The schemas that values of `topic` with these ids are written with.

        An id is left out when it is none of this topic's schemas: nobody knows it, it stands for another subject, or
        this release could not read it; the registry's "unknown" is believed for `ask_again_after` seconds.
        Raises Retryable when the registry cannot say: nothing may be answered yet, try the same batch again later.
        """
        pinned = by_id()
        asked = list(ids)
        found = {number: pinned[number] for number in asked if number in pinned and pinned[number].topic == topic}
        # no registry gives ids below 1; some answer them like a fault of their own
        others = [number for number in asked if number not in pinned and number >= 1]
        if others and self._registry is not None:
            with self._asking:
                found |= self._newer(self._registry, others, topic)
        return found

    def _newer(self, registry: Registry, ids: list[int], topic: str) -> dict[int, Schema]:
        now = self._clock()
        never = float("-inf")
        keys = [(number, topic) for number in ids]
        if any(key not in self._found and self._unknown_until.get(key, never) <= now for key in keys):
            self._ask(registry, topic, now)
            for key in keys:
                if key not in self._found:
                    self._unknown_until.pop(key, None)  # the newest stands last
                    self._unknown_until[key] = now + self._ask_again_after
        for key in list(self._unknown_until)[: -self._MOST_UNKNOWN]:
            del self._unknown_until[key]
        return {key[0]: self._found[key] for key in keys if key in self._found}

    def _ask(self, registry: Registry, topic: str, now: float) -> None:
        """Learns the versions of the topic's subject that were not read lately."""
        subject = f"{topic}-value"
        for number in registry.versions(subject):
            if now < self._read.get((topic, number), now):
                continue
            version = registry.version(subject, number)
            schema = None if version is None else _readable(topic, number, *version)
            if schema is not None:
                self._found[schema.id, topic] = schema
            self._read[topic, number] = now + self._ask_again_after


def _readable(topic: str, version: int, schema_id: int, text: str) -> Schema | None:
    """A version of this topic's subject, if the newest pinned one can read it."""
    try:
        schema = Schema(f"{topic}-value", version, schema_id, json.loads(text))
        plan(schema)
        differences = can_read(latest(topic).definition, schema.definition)
    except (Fatal, ValueError, KeyError, TypeError):  # not Avro, or Avro beyond what this release reads
        return None
    return None if differences else schema
