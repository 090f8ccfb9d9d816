"""Where an Encounter's patient is, was and will be, from its locations.

Encounter.location names a ward, a room or a bed; what it is part of, and what is part of it, are Location resources
beside it. Where several locations could be meant and none is marked active, none is chosen: no guess counts a bed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from producers.adapters.adt import Place
from producers.adapters.fhir_bundle import Bundle, Json, child, children, codings, text

_KIND: Final[Mapping[str, str]] = {"wa": "ward", "lvl": "ward", "ro": "room", "bd": "bed", "si": "facility"}
"""location-physical-type to the part of a place; a ward is often given as a level."""
_DEPTH: Final = 8
"""More steps from a bed to its site than any hospital has; ends circles."""


def places(bundle: Bundle, encounter: Json, *, left: bool) -> tuple[Place, Place, Place | None]:
    """The present place, the previous one, and the pending one where there is one. `left`: the stay has ended, so that
    the present place is the one completed last."""
    by_status: dict[str, list[Json]] = {}
    for node in children(encounter, "location"):
        if not children(node, "extension"):  # a temporary location is marked by one
            found = bundle.resolve(child(node, "location"), "Location")
            if found:
                by_status.setdefault(text(node, "status") or "", []).append(found)
    active = by_status.get("active", []) or by_status.get("", [])
    completed, planned = by_status.get("completed", []), by_status.get("planned", [])
    if left and not active:
        active, completed = completed, []
    pending = _only(bundle, planned)
    return _only(bundle, active), _only(bundle, completed), pending if pending != Place() else None


def _only(bundle: Bundle, found: list[Json]) -> Place:
    return _place(bundle, found[0]) if len(found) == 1 else Place()


def _place(bundle: Bundle, location: Json) -> Place:
    parts: dict[str, str | None] = {}
    node: Json | None = location
    for _ in range(_DEPTH):
        if node is None:
            break
        parts.setdefault(_kind(node), text(node, "name"))
        node = bundle.resolve(child(node, "partOf"), "Location")
    within: Json | None = location
    for _ in range(_DEPTH):
        inside = [node for node in bundle.all("Location") if within and _is_in(bundle, node, within)]
        within = inside[0] if len(inside) == 1 and _kind(inside[0]) in ("room", "bed") else None
        if within is None:
            break
        parts.setdefault(_kind(within), text(within, "name"))
    return Place(parts.get("ward"), parts.get("room"), parts.get("bed"), parts.get("facility"))


def _is_in(bundle: Bundle, node: Json, outer: Json) -> bool:
    return bundle.resolve(child(node, "partOf"), "Location") is outer


def _kind(location: Json) -> str:
    return next((_KIND[code] for _, code in codings(child(location, "physicalType")) if code in _KIND), "")
