"""Problems of an input as a table: one line for each kind, with the first place where it was met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from helsepuls.cli.common import harmless

if TYPE_CHECKING:
    from producers.report import Told

_SHOWN = 50
"""Kinds of problems in the table; JSON has them all."""


def show(out: Console, told: Sequence[Told]) -> None:
    """Prints nothing when there are none."""
    kinds = Counter((one.code, one.severity, one.field) for one in told)
    if not kinds:
        return
    first = {(one.code, one.severity, one.field): one for one in reversed(told)}
    table = Table(box=None, pad_edge=False)
    for heading in ("code", "severity", "field", "times", "first at", "what"):
        table.add_column(heading, overflow="fold")
    for kind, count in kinds.most_common(_SHOWN):
        one = first[kind]
        table.add_row(
            one.code, one.severity, one.field, str(count), harmless(f"{one.source}:{one.position}"), one.message
        )
    out.print(table)
    if len(kinds) > _SHOWN:
        out.print(f"… and {len(kinds) - _SHOWN} more kinds; --json has them all")
