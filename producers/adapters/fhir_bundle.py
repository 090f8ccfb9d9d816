"""A FHIR R4 Bundle as untrusted JSON: finding resources and following paths without trusting any type.

Every getter gives None or an empty list where the JSON has not the form that FHIR gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

OID: Final = "urn:oid:"
VOLVEN: Final = "urn:oid:2.16.578.1.12.4.1.1."
"""System of a coding from a Norwegian code list, before the list's number."""


def children(node: Any, name: str) -> list[Json]:
    """The objects under `name`, whether it is one object or a list of them."""
    found = node.get(name) if isinstance(node, dict) else None
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


def child(node: Any, *path: str) -> Json:
    """The first object at the path, or an empty one."""
    for name in path:
        found = children(node, name)
        node = found[0] if found else {}
    return node if isinstance(node, dict) else {}


def text(node: Any, *path: str) -> str | None:
    """The text at the path (through first elements of lists), without blanks around it; None when there is none."""
    found = child(node, *path[:-1]).get(path[-1])
    if not isinstance(found, str):
        return None
    return found.strip() or None


def codings(node: Any) -> Iterator[tuple[str, str]]:
    """System and code of every coding of a CodeableConcept or Coding."""
    for coding in children(node, "coding") or [node]:
        code = text(coding, "code")
        if code:
            yield text(coding, "system") or "", code


def code_of(node: Any, systems: frozenset[str]) -> str | None:
    """The first code from one of the systems."""
    return next((code for system, code in codings(node) if system in systems), None)


def volven_extension(node: Any, code_list: str) -> str | None:
    """The code of a Norwegian list given in an extension of `node`, however the profile names the extension."""
    for extension in children(node, "extension"):
        for value in (*children(extension, "valueCoding"), *children(extension, "valueCodeableConcept")):
            found = code_of(value, frozenset({VOLVEN + code_list}))
            if found:
                return found
        nested = volven_extension(extension, code_list) if extension.get("extension") else None
        if nested:
            return nested
    return None


class Bundle:
    """The resources of one bundle, by type and by reference."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw
        self._by_type: dict[str, list[Json]] = {}
        self._by_reference: dict[str, Json] = {}
        for entry in children(raw, "entry"):
            for resource in children(entry, "resource"):
                self._add(resource, text(entry, "fullUrl"))

    def all(self, kind: str) -> list[Json]:
        return self._by_type.get(kind, [])

    def first(self, kind: str) -> Json | None:
        found = self.all(kind)
        return found[0] if found else None

    def focus(self, kind: str) -> Json | None:
        """What the message is about: the resource of that kind that its header names, else the first one."""
        named = (self.resolve(reference, kind) for reference in children(self.first("MessageHeader"), "focus"))
        return next((found for found in named if found), None) or self.first(kind)

    @property
    def kinds(self) -> set[str]:
        return set(self._by_type)

    def resolve(self, reference: Json, kind: str) -> Json | None:
        """The resource a Reference points to, if the bundle holds it and it is of that kind."""
        url = text(reference, "reference")
        found = self._by_reference.get(url) or self._by_reference.get(f"{kind}/{url}") if url else None
        return found if found and found.get("resourceType") == kind else None

    def _add(self, resource: Json, full_url: str | None) -> None:
        kind = text(resource, "resourceType")
        if kind is None:
            return
        self._by_type.setdefault(kind, []).append(resource)
        name = text(resource, "id")
        if name:
            self._by_reference.setdefault(f"{kind}/{name}", resource)
        if full_url:
            self._by_reference.setdefault(full_url, resource)
