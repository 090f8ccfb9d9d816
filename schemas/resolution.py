"""Can a reader with one Avro schema read everything that was written with another?

Avro's rules of schema resolution, with the place and the reason of every difference; `avro.compatibility` of the
Apache package has the rules but merges places and reasons into two unordered sets, and ignores logical types.
Three rules are stricter here than the specification, because readers in use differ or fail late:
a logical type that changes is a mismatch (the number stays readable, its meaning does not); bytes are not read as
string (they need not be UTF-8); names must agree with their namespace, or through an alias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_NAMED = frozenset({"record", "enum", "fixed"})
_PROMOTIONS = {
    "long": {"int"},
    "float": {"int", "long"},
    "double": {"int", "long", "float"},
    "bytes": {"string"},
}
"""Reader's type -> writer's types it takes."""
_CONFUSABLE = {**_PROMOTIONS, "string": {"bytes"}}
"""The same with what some readers take although it can fail."""

Definition = Any
"""A schema as JSON gives it: a name, a list (union) or an object."""


@dataclass(frozen=True)
class Mismatch:
    """One reason why the reader fails. `location` is the path in the reader's schema, `field` the names along it."""

    location: str
    field: str
    reason: str


def can_read(reader: Definition, writer: Definition) -> list[Mismatch]:
    """Why data written with `writer` cannot be read with `reader`: empty when all of it can.

    Both must be valid Avro schemas (`fastavro.parse_schema` takes them).
    """
    comparison = _Comparison(_Names.of(reader), _Names.of(writer))
    comparison.compare(_At(reader), _At(writer), _Place())
    return comparison.found


@dataclass(frozen=True)
class _At:
    """A definition and the namespace that it stands in."""

    definition: Definition
    namespace: str = ""


@dataclass(frozen=True)
class _Place:
    location: str = ""
    field: str = ""

    def step(self, part: str, name: str = "") -> _Place:
        dot = "." if self.location and not part.startswith("[") else ""
        names = f"{self.field}.{name}" if self.field and name else self.field or name
        return _Place(f"{self.location}{dot}{part}", names)


@dataclass(frozen=True)
class _Names:
    """Named types of one schema by full name."""

    types: dict[str, _At] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: Definition) -> _Names:
        names = cls()
        names._collect(_At(definition))
        return names

    def _collect(self, at: _At) -> None:
        match at.definition:
            case list() as branches:
                for branch in branches:
                    self._collect(_At(branch, at.namespace))
            case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
                self._collect(_At(inner, at.namespace))
            case {"type": str(kind)} as named if kind in _NAMED:
                self.types[full_name(named, at.namespace)] = at
                inside = namespace_within(named, at.namespace)
                for member in named.get("fields", ()):
                    self._collect(_At(member["type"], inside))
            case {"type": (dict() | list()) as inner}:
                self._collect(_At(inner, at.namespace))

    def resolve(self, at: _At) -> _At:
        """The object or union that a definition stands for; primitives become objects too."""
        match at.definition:
            case str() as name if name in _PRIMITIVES:
                return _At({"type": name}, at.namespace)
            case str() as name:
                qualified = f"{at.namespace}.{name}" if at.namespace and "." not in name else name
                return self.types.get(qualified) or self.types[name]
            case {"type": (dict() | list()) as inner}:
                return self.resolve(_At(inner, at.namespace))
            case {"type": str(name)} if name not in _PRIMITIVES | _NAMED | {"array", "map"}:
                return self.resolve(_At(name, at.namespace))
        return at


def full_name(named: Mapping[str, Any], namespace: str) -> str:
    """Full name of a record, enum or fixed that stands in `namespace`."""
    name: str = named["name"]
    space = named.get("namespace", namespace)
    return name if "." in name or not space else f"{space}.{name}"


def namespace_within(named: Mapping[str, Any], namespace: str) -> str:
    """Namespace of the names inside a record."""
    return full_name(named, namespace).rpartition(".")[0]


@dataclass
class _Comparison:
    reader_names: _Names
    writer_names: _Names
    found: list[Mismatch] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)
    """Pairs of records compared or being compared: recursive types end here."""

    def compare(self, reader: _At, writer: _At, place: _Place) -> None:
        reader, writer = self.reader_names.resolve(reader), self.writer_names.resolve(writer)
        if isinstance(writer.definition, list):
            for branch in writer.definition:
                self.compare(reader, _At(branch, writer.namespace), place)
        elif isinstance(reader.definition, list):
            self._into_union(reader, writer, place)
        elif not self._may_take(reader, writer):
            self._mismatch(place, f"{_shown(writer)} is not read as {_shown(reader)}")
        else:
            self._same_shape(reader, writer, place)

    def _into_union(self, reader: _At, writer: _At, place: _Place) -> None:
        """Some readers take the first fitting branch, some the one of the same kind: all that may be taken count."""
        tried = 0
        for i, definition in enumerate(reader.definition):
            branch = self.reader_names.resolve(_At(definition, reader.namespace))
            if self._may_take(branch, writer):
                tried += 1
                self._same_shape(branch, writer, place.step(f"[{i}]"))
                if branch.definition["type"] == writer.definition["type"]:
                    return
        if not tried:
            self._mismatch(place, f"no branch of the union takes {_shown(writer)}")

    def _may_take(self, reader: _At, writer: _At) -> bool:
        """Whether a reader would try: by kind and name only."""
        kind, written = reader.definition["type"], writer.definition["type"]
        if kind == written and kind in _NAMED:
            name = full_name(writer.definition, writer.namespace)
            return name == full_name(reader.definition, reader.namespace) or name in _aliases(reader)
        return kind == written or written in _CONFUSABLE.get(kind, ())

    def _same_shape(self, reader: _At, writer: _At, place: _Place) -> None:
        kind, written = reader.definition["type"], writer.definition["type"]
        if kind != written and written not in _PROMOTIONS.get(kind, ()):
            self._mismatch(place, f"{written} need not be a valid {kind}")
        elif _logical(reader) != _logical(writer):
            self._mismatch(place, f"the logical type is {_logical(reader)[0]}, written was {_logical(writer)[0]}")
        elif kind == "array":
            self._inside("items", reader, writer, place)
        elif kind == "map":
            self._inside("values", reader, writer, place)
        elif kind == "fixed" and reader.definition["size"] != writer.definition["size"]:
            sizes = f"{writer.definition['size']} bytes are not read as {reader.definition['size']}"
            self._mismatch(place.step("size"), sizes)
        elif kind == "enum":
            missing = [s for s in writer.definition["symbols"] if s not in reader.definition["symbols"]]
            if missing and "default" not in reader.definition:
                self._mismatch(place.step("symbols"), f"lacks {', '.join(missing)} and has no default symbol")
        elif kind == "record":
            self._fields(reader, writer, place)

    def _inside(self, key: str, reader: _At, writer: _At, place: _Place) -> None:
        inner_reader = _At(reader.definition[key], reader.namespace)
        self.compare(inner_reader, _At(writer.definition[key], writer.namespace), place.step(key))

    def _fields(self, reader: _At, writer: _At, place: _Place) -> None:
        pair = (id(reader.definition), id(writer.definition))
        if pair in self.seen:
            return
        self.seen.add(pair)
        written = {member["name"]: member for member in writer.definition["fields"]}
        reader_space = namespace_within(reader.definition, reader.namespace)
        writer_space = namespace_within(writer.definition, writer.namespace)
        for i, member in enumerate(reader.definition["fields"]):
            here = place.step(f"fields[{i}]", member["name"])
            names = [name for name in (member["name"], *member.get("aliases", ())) if name in written]
            if names:
                source = _At(written[names[0]]["type"], writer_space)
                self.compare(_At(member["type"], reader_space), source, here.step("type"))
            elif "default" not in member:
                self._mismatch(here, "is not in what was written and has no default")

    def _mismatch(self, place: _Place, reason: str) -> None:
        self.found.append(Mismatch(place.location, place.field, reason))


def _aliases(at: _At) -> set[str]:
    space = namespace_within(at.definition, at.namespace)
    return {a if "." in a or not space else f"{space}.{a}" for a in at.definition.get("aliases", ())}


def _logical(at: _At) -> tuple[str, Any, Any]:
    """Logical type with what changes its meaning; a decimal's scale defaults to 0."""
    name = at.definition.get("logicalType")
    if name == "decimal":
        return name, at.definition.get("precision"), at.definition.get("scale", 0)
    return name or "none", None, None


def _shown(at: _At) -> str:
    kind: str = at.definition["type"]
    return f"{kind} {full_name(at.definition, at.namespace)}" if kind in _NAMED else kind
