"""What a rule is: data, as its YAML file gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from schemas.types import Family, Severity

Language = Literal["nb", "en"]

ANY_FIELD = "*"
"""The field of a check that finds its fields itself."""


@dataclass(frozen=True, slots=True)
class Check:
    """One test of one field. `kind` is one of the vocabulary of `schemas.rules.checks`, `value` its argument.

    Null is unknown and passes, unless `required`. `at` names the field with the time at which a code must be valid,
    `column` the column to look at where it is not the field itself, `excluding` a text that the pattern lets through.
    """

    kind: str | None
    value: Any = None
    required: bool = False
    at: str | None = None
    column: str | None = None
    excluding: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    `checks` by field; a field within an array is written `array.field`. A rule holds for a cancel only where
    `on_cancel`, since a cancel speaks of nothing but what it cancels. `when` is an SQL condition on the row (or the
    element of the array). `repairs` says that the field is set to `repair`. `valid_from` and `valid_to` are the first
    and last day (of `occurred_at`) on which the rule holds. `phase` tells the rules on the opened identifier from
    those on the event.
    """

    code: str
    severity: Severity
    families: tuple[Family, ...]
    checks: Mapping[str, Check]
    texts: Mapping[Language, str]
    source: str
    when: str | None = None
    repairs: bool = False
    repair: str | None = None
    on_cancel: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    phase: Literal["event", "identity"] = "event"

    def message(self, field: str, language: Language = "en") -> str:
        """What is wrong with `field` and what to do; never a value."""
        return self.texts[language].replace("{field}", field)
