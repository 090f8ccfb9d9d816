"""Reads the catalogue of rules from its YAML files, and names its release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, get_args

import yaml

from schemas.rules.model import Check, Language, Rule
from schemas.types import FAMILIES, Severity

HERE: Final = Path(str(files("schemas.rules")))
CODES: Final = Path(str(files("schemas.codes")))
VERSION: Final = "2026.1"

KINDS: Final = frozenset({"one_of", "code_list", "pattern", "length", "range", "order", "sql", "function"})

_RULE_KEYS: Final = frozenset(
    {"code", "severity", "families", "checks", "source", "when", "repair", "on_cancel", "valid_from", "valid_to"}
    | set(get_args(Language))
)
_CHECK_KEYS: Final = {"required": "required", "at": "at", "column": "column", "not": "excluding"}


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, in the order of the files. Raises ValueError for a rule that is not well formed."""
    rules = tuple(rule for path in _files() for rule in _rules(_load(path)))
    codes = [rule.code for rule in rules]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"rule codes used twice: {', '.join(repeated)}")
    return rules


@cache
def _by_code() -> Mapping[str, Rule]:
    return {rule.code: rule for rule in catalogue()}


def message(code: str, field: str) -> str:
    """What the rule says of the field, in English; nothing for a code that this release does not have."""
    rule = _by_code().get(code)
    return rule.message(field) if rule else ""


@cache
def derived(family: str) -> Mapping[str, str]:
    """Columns that the rules of a family use as the Norwegian calendar day of a time: name → the time's field."""
    return {
        name: field
        for path in _files()
        if family in (content := _load(path))["families"]
        for name, field in content.get("derived", {}).items()
    }


@cache
def release() -> str:
    """Version of the catalogue and a digest of rules and code lists: what a verdict depends on besides the event."""
    digest = hashlib.sha256()
    for path in (*_files(), *sorted(CODES.glob("*.csv"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:8]}"


def _files() -> list[Path]:
    return sorted(HERE.glob("*.yaml"))


@cache
def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506  our own files, safe loader
    return content


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _rules(content: Mapping[str, Any]) -> Iterator[Rule]:
    for raw in content["rules"]:
        code = raw["code"]
        if unknown := set(raw) - _RULE_KEYS:
            raise ValueError(f"{code}: unknown keys {sorted(unknown)}")
        severity = Severity(raw["severity"])
        if ("repair" in raw) != (severity is Severity.REPAIR):
            raise ValueError(f"{code}: a repair, and only a repair, says what the field is set to")
        families = tuple(raw.get("families", content["families"]))
        if not set(families) <= set(FAMILIES):
            raise ValueError(f"{code}: unknown family")
        yield Rule(
            code=code,
            severity=severity,
            families=families,
            checks={field: _check(code, spec) for field, spec in raw["checks"].items()},
            texts={language: raw[language] for language in get_args(Language)},
            source=raw["source"],
            when=raw.get("when"),
            repairs="repair" in raw,
            repair=raw.get("repair"),
            on_cancel=raw.get("on_cancel", content.get("on_cancel", False)),
            valid_from=raw.get("valid_from"),
            valid_to=raw.get("valid_to"),
            phase=content.get("phase", "event"),
        )


def _check(code: str, spec: Mapping[str, Any]) -> Check:
    kinds = set(spec) & KINDS
    if len(kinds) > 1 or set(spec) - KINDS - set(_CHECK_KEYS) or not (kinds or spec.get("required")):
        raise ValueError(f"{code}: a check has one kind of {sorted(KINDS)}, or is required")
    kind = next(iter(kinds), None)
    options = {name: spec[key] for key, name in _CHECK_KEYS.items() if key in spec}
    return Check(kind, spec[kind] if kind else None, **options)
