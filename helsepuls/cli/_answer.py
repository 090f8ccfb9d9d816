"""The answer to a query as people read it: a table, or where that has no room one line for each field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from helsepuls.cli.common import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

SHOWN_ROWS: Final = 1000
_NUMBERS: Final = re.compile(r"(Nullable\()?(LowCardinality\()?(Nullable\()?(U?Int|Float|Decimal|BFloat)")
_READABLE: Final = 12
"""Columns of a terminal below which a value that is longer is not broken."""


@dataclass(frozen=True)
class Answer:
    names: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[Any]]
    more: bool
    """Whether there are more rows than these."""

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Answer:
        """`lines`: JSONCompactEachRowWithNamesAndTypes."""
        names, types = (orjson.loads(line) for line in lines[:2]) if lines else ([], [])
        rows = [orjson.loads(line) for line in lines[2 : 2 + SHOWN_ROWS]]
        return cls(names, types, rows, more=len(lines) > 2 + SHOWN_ROWS)

    def show(self, out: Console) -> None:
        cells = [[_cell(value) for value in row] for row in self.rows]
        if cells and self._least_width(cells) > out.width:
            self._show_fields(out, cells)
        else:
            out.print(self._table(cells))

    def _least_width(self, cells: Sequence[Sequence[Text]]) -> int:
        """Of a table in which nothing is broken into scraps."""
        columns = zip(self.names, *cells, strict=True)
        widths: list[int] = [max(len(name), *(cell.cell_len for cell in column)) for name, *column in columns]
        return sum(min(width, _READABLE) + 3 for width in widths) + 1

    def _table(self, cells: Sequence[Sequence[Text]]) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table()
        for name, kind in zip(self.names, self.types, strict=True):
            table.add_column(Text(name), justify="right" if _NUMBERS.match(kind) else "left", overflow="fold")
        for row in cells:
            table.add_row(*row)
        return table

    def _show_fields(self, out: Console, cells: Sequence[Sequence[Text]]) -> None:
        for number, row in enumerate(cells):
            if number:
                out.print()
            for name, cell in zip(self.names, row, strict=True):
                out.print(f"{harmless(name)}:", cell, soft_wrap=True)


def _cell(value: Any) -> Text:
    from rich.text import Text

    if value is None:
        return Text("null", style="dim")
    return Text(harmless(value) if isinstance(value, str) else orjson.dumps(value).decode())
