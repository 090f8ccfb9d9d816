"""The rules of a family, compiled once into polars expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from schemas.codes import code_list, code_lists, newer_models
from schemas.rules.catalogue import catalogue, derived
from schemas.rules.checks import REPAIRED_CODE, Context, absent, code_of_newer_model, in_order
from schemas.rules.columns import arrays, raw_columns
from schemas.rules.model import ANY_FIELD, Check, Rule

LEAK: Final = "IDE-03"
NEWER_CODE: Final = "COD-08"

_OSLO: Final = ZoneInfo("Europe/Oslo")
_BOUNDING: Final = frozenset({"one_of", "code_list", "pattern"})


@dataclass(frozen=True, slots=True)
class Target:
    """One rule on one field: where its hits come from, and where a repair goes."""

    rule: Rule
    field: str
    column: str


@dataclass(frozen=True)
class Step:
    """Targets judged on one frame. `broken[i]`, named `str(i)`, says where `targets[i]` is broken; null is no."""

    targets: tuple[Target, ...]
    broken: tuple[pl.Expr, ...]
    free: tuple[str, ...]
    """Text columns whose content no rule bounds: any of them may hold what it should not."""
    bounded: tuple[str, ...]
    """Text columns whose content is one of a few words, or a rule is broken."""


@dataclass(frozen=True)
class ArrayStep(Step):
    """A step on the elements of an array, with the columns of their event that it compares them with."""

    parents: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """Everything that `evaluate` runs for a family. `days`: expressions of calendar days that the rules use."""

    days: tuple[pl.Expr, ...]
    event: Step
    arrays: Mapping[str, ArrayStep]
    leak: Rule


@cache
def program(context: Context) -> Program:
    """Compiles the catalogue for one family and profile."""
    rules = [rule for rule in catalogue() if context.family in rule.families and rule.phase == "event"]
    kinds = raw_columns(context.family)
    places: dict[str | None, list[tuple[Target, pl.Expr]]] = {}
    bounded: set[tuple[str | None, str]] = set()
    for rule, field, check in _checks(rules):
        array, column = place(field, check, context.family)
        if array is None and column not in kinds:
            continue  # a field of another family
        if array is not None and column not in arrays(context.family).get(array, {}):
            continue
        kind = kinds[column] if array is None else arrays(context.family)[array][column]
        target = Target(rule, field, column)
        places.setdefault(array, []).append((target, expression(rule, check, column, kind, context)))
        if check.kind in _BOUNDING and not rule.when:
            bounded.add((array, column))
        if context.newer and (newer := _newer(rules, check, column)) is not None:
            places[array].append((Target(newer[0], field, column), newer[1]))
    return Program(
        days=tuple(local_day(pl.col(field)).alias(name) for name, field in derived(context.family).items()),
        event=_step(None, places.get(None, []), kinds, bounded),
        arrays={
            array: _array_step(array, places.get(array, []), fields, bounded)
            for array, fields in arrays(context.family).items()
        },
        leak=next(rule for rule in rules if rule.code == LEAK),
    )


@cache
def newer_than_lists() -> frozenset[str]:
    """The reporting models that may know a code which one of our open lists does not."""
    models = {codes.model for codes in code_lists().values() if not codes.closed}
    return frozenset(newer for model in models for newer in newer_models(model))


def place(field: str, check: Check, family: str) -> tuple[str | None, str]:
    """The array, if any, and the column that a check speaks of. An array of plain texts is checked word by word."""
    array, _, column = field.rpartition(".")
    if array:
        return array, column
    words = isinstance(kind := raw_columns(family).get(field), pl.List) and kind.inner == pl.String
    return (field, field) if words and check.kind == "one_of" else (None, field)


def local_day(instant: pl.Expr) -> pl.Expr:
    """The Norwegian calendar day of a UTC time."""
    return instant.dt.convert_time_zone("Europe/Oslo").dt.date()


def expression(rule: Rule, check: Check, column: str, kind: pl.DataType, context: Context) -> pl.Expr:
    """Where `rule` is broken by `column`; null where that cannot be told."""
    fine = in_order(check, column, kind, context)
    if fine is not None and rule.repair == REPAIRED_CODE:
        fine = fine | (pl.col(column) == REPAIRED_CODE)
    broken = None if fine is None else ~fine
    if check.required:
        missing = absent(column, kind)
        broken = missing if broken is None else missing | broken
    assert broken is not None, f"{rule.code} checks nothing"
    if rule.when:
        broken = pl.sql_expr(rule.when) & broken
    if rule.valid_from:
        broken = broken & (pl.col("occurred_at") >= _first_instant(rule.valid_from))
    if rule.valid_to:
        broken = broken & (pl.col("occurred_at") < _first_instant(rule.valid_to + timedelta(days=1)))
    return broken


def _checks(rules: list[Rule]) -> Iterator[tuple[Rule, str, Check]]:
    for rule in rules:
        for field, check in rule.checks.items():
            if field != ANY_FIELD:
                yield rule, field, check


def _newer(rules: list[Rule], check: Check, column: str) -> tuple[Rule, pl.Expr] | None:
    if check.kind != "code_list" or (codes := code_list(check.value)).closed:
        return None
    rule = next(rule for rule in rules if rule.code == NEWER_CODE)
    return rule, code_of_newer_model(codes, pl.col(column))


def _step(
    array: str | None,
    judged: list[tuple[Target, pl.Expr]],
    kinds: Mapping[str, pl.DataType],
    bounded: set[tuple[str | None, str]],
) -> Step:
    texts = [column for column, kind in kinds.items() if kind == pl.String]
    return Step(
        targets=tuple(target for target, _ in judged),
        broken=tuple(expr.alias(str(i)) for i, (_, expr) in enumerate(judged)),
        free=tuple(column for column in texts if (array, column) not in bounded),
        bounded=tuple(column for column in texts if (array, column) in bounded),
    )


def _array_step(
    array: str,
    judged: list[tuple[Target, pl.Expr]],
    fields: Mapping[str, pl.DataType],
    bounded: set[tuple[str | None, str]],
) -> ArrayStep:
    step = _step(array, judged, fields, bounded)
    named = {name for expr in step.broken for name in expr.meta.root_names()}
    return ArrayStep(step.targets, step.broken, step.free, step.bounded, parents=tuple(sorted(named - set(fields))))


def _first_instant(day: date) -> datetime:
    return datetime.combine(day, time(), _OSLO).astimezone(UTC)
