"""The vocabulary of checks: each becomes an expression that says where the field is in order.

An expression gives null where it cannot tell (the field, or what it is compared with, is unknown); that counts as in
order. Times are compared with `_now` and days with `_today`, columns that hold the moment of the evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from schemas.codes import CodeList, code_list, newer_models, valid
from schemas.rules import functions
from schemas.rules.model import Check
from schemas.types import Profile

REPAIRED_CODE: Final = "-1"
"""What a register sets a code to that is not in its list. Sent to us, it is what it was after a repair: left alone."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may depend on besides the row. `newer`: some event follows a model newer than our lists."""

    family: str
    profile: Profile
    newer: bool = False


def in_order(check: Check, column: str, kind: pl.DataType, context: Context) -> pl.Expr | None:
    """The expression for `column`, which has type `kind`; None for a check that only asks that the field be there."""
    if check.kind is None:
        return None
    subject = pl.col(check.column or column)
    return _BY_KIND[check.kind](check, subject, kind, context)


def absent(column: str, kind: pl.DataType) -> pl.Expr:
    """Where a required field is missing; an empty text is missing too."""
    missing = pl.col(column).is_null()
    return missing | (pl.col(column) == "") if kind == pl.String else missing


def _one_of(check: Check, subject: pl.Expr, _kind: pl.DataType, _context: Context) -> pl.Expr:
    return _member(subject, check.value)


def _code_list(check: Check, subject: pl.Expr, _kind: pl.DataType, context: Context) -> pl.Expr:
    codes = code_list(check.value)
    at = pl.col(check.at) if check.at else None
    found = valid(codes.oid, subject, at)
    if context.newer and not codes.closed:
        found = found | code_of_newer_model(codes, subject)
    return found


def code_of_newer_model(codes: CodeList, subject: pl.Expr) -> pl.Expr:
    """Where a code is in no version of the list that we have, and the event follows a model newer than the list."""
    return pl.col("model_version").is_in(newer_models(codes.model)) & ~valid(codes.oid, subject)


def _pattern(check: Check, subject: pl.Expr, _kind: pl.DataType, _context: Context) -> pl.Expr:
    found = subject.str.contains(check.value)
    return found & (subject != check.excluding) if check.excluding else found


def _length(check: Check, subject: pl.Expr, _kind: pl.DataType, _context: Context) -> pl.Expr:
    return subject.str.len_chars().is_between(check.value["from"], check.value["to"])


def _range(check: Check, subject: pl.Expr, kind: pl.DataType, _context: Context) -> pl.Expr:
    limits: Mapping[str, Any] = check.value
    found = subject >= _bound(limits["from"], kind)
    if "before" in limits:
        found = found & (subject < _bound(limits["before"], kind))
    return found & subject.is_finite() if kind.is_float() else found


def _order(check: Check, subject: pl.Expr, _kind: pl.DataType, _context: Context) -> pl.Expr:
    return subject >= pl.col(check.value["after"])


def _sql(check: Check, _subject: pl.Expr, _kind: pl.DataType, _context: Context) -> pl.Expr:
    return pl.sql_expr(str(check.value))


def _function(check: Check, subject: pl.Expr, _kind: pl.DataType, context: Context) -> pl.Expr:
    return functions.EXPRESSIONS[check.value](subject, context.family, context.profile)


_BY_KIND: Final[Mapping[str, Callable[[Check, pl.Expr, pl.DataType, Context], pl.Expr]]] = MappingProxyType(
    {
        "one_of": _one_of,
        "code_list": _code_list,
        "pattern": _pattern,
        "length": _length,
        "range": _range,
        "order": _order,
        "sql": _sql,
        "function": _function,
    }
)


def _member(subject: pl.Expr, values: list[str]) -> pl.Expr:
    return subject.is_in(values)


def _bound(value: Any, kind: pl.DataType) -> pl.Expr:
    """A limit as a literal of the column's type: a date is its first instant in a column of times."""
    if isinstance(value, date) and isinstance(kind, pl.Datetime):
        return pl.lit(datetime.combine(value, time(), UTC)).cast(kind)
    return pl.lit(value)
