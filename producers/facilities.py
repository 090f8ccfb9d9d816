"""The caller's table from names of facilities and units, as senders write them, to organisation numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from producers.yaml_text import UnreadableError, parse
from schemas.errors import Fatal
from schemas.identity import TEST_ORGANISATION, valid_organisation


def load_facilities(path: Path) -> Mapping[str, str]:
    """Reads `name,organisation number` lines (also with `;`), or a YAML table.

    A first line that holds no number is a header. Raises Fatal naming the file and the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal(f"the facilities in {path} cannot be read as UTF-8 text: {type(error).__name__}") from None
    pairs = _from_yaml(path, text) if path.suffix in (".yaml", ".yml") else _from_csv(path, text)
    found: dict[str, str] = {}
    for place, name, number in pairs:
        if not valid_organisation(number) and number != TEST_ORGANISATION:
            raise Fatal(f"{path}, {place}: not an organisation number (nine digits, modulus 11); correct it")
        if found.setdefault(name, number) != number:
            raise Fatal(f"{path}, {place}: this name already has another number; keep one")
    if not found:
        raise Fatal(f"{path} names no facility; write lines like: Name,983971636")
    return found


def _from_csv(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    line = 0
    try:
        for line, row in enumerate(rows, start=1):
            if not any(cell.strip() for cell in row):
                continue
            name, number = (row[0].strip(), row[1].strip()) if len(row) > 1 else (row[0].strip(), "")
            if line == 1 and not any(character.isdigit() for character in number):
                continue
            yield f"line {line}", name, number
    except csv.Error:  # a quote that is left open makes one cell of the rest, which may be more than a cell can hold
        raise Fatal(f"{path}, line {line + 1}: cannot be split into name and number; close its quotes") from None


def _from_yaml(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    try:
        table = parse(text)
    except UnreadableError as error:
        raise Fatal(f"{path} is not readable as YAML{error.where}") from None
    if not isinstance(table, dict):
        raise Fatal(f"{path} must be a table of names and organisation numbers")
    for place, (name, number) in enumerate(table.items(), start=1):
        yield f"entry {place}", str(name).strip(), str(number).strip()
