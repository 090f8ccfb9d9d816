"""CSV by a mapping (`producers.mappings`): one row may become several events.

A row is one line: cells with line breaks in them are not supported, so that a quote left open costs one row and not
the rest of the file. A capacity cell's event id hangs on reporter, subject, content and declared as-of: the same row
delivered twice is a duplicate, a changed one is a new version of the same cell.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, BinaryIO

from producers.adapters.cells import Row, UnusableCellError, converters
from producers.adapters.envelope import envelope, subject_part
from producers.adapters.lines import TooLong, bounded_lines
from producers.answers import problem
from producers.identity import content_digest, event_id
from producers.mappings.types import Cell, CsvMapping, EventMapping
from producers.times import iso
from producers.types import Bad, Context, Event, Item, NotReportable, PatientId, Read
from schemas.errors import Invalid
from schemas.identity import TEST_ORGANISATION, valid_organisation
from schemas.types import Problem

_CAPACITY_SUBJECT = "{unit}/{resource}/{category}/{as_of}"


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """One item per row. Positions are line numbers; the header is line 1 or the first line that is not empty."""
    mapping = context.mapping
    if mapping is None:
        yield Bad(1, [problem("CSV-01", "--mapping")])
        return
    header: list[str] | None = None
    reader = _Rows(mapping, context)
    for number, line in bounded_lines(stream, context.max_item_bytes):
        if isinstance(line, bytes) and not line.strip():
            continue
        try:
            cells = _cells(line, mapping)
            if header is None:
                header = [name.strip() for name in cells]
                if mistakes := _mistakes(header, mapping):
                    yield Bad(number, mistakes)
                    return
                continue
            if len(cells) != len(header):
                raise Invalid([problem("CSV-03", "")])
            yield reader.item(number, dict(zip(header, cells, strict=True)))
        except Invalid as error:
            yield Bad(number, error.problems)
            if header is None:
                return


def _mistakes(header: list[str], mapping: CsvMapping) -> list[Problem]:
    """Columns of the mapping that the header lacks or has twice: whose cells would count is then anybody's guess."""
    counts = Counter(header)
    return [
        problem("CSV-09" if counts[name] else "CSV-02", name) for name in sorted(mapping.columns) if counts[name] != 1
    ]


def _cells(line: bytes | TooLong, mapping: CsvMapping) -> list[str]:
    if isinstance(line, TooLong):
        raise Invalid([problem("SRC-03", "")])
    try:
        text = line.decode(mapping.csv.encoding)
    except UnicodeDecodeError:
        raise Invalid([problem("SRC-05", "")]) from None
    try:
        rows = list(csv.reader([text], delimiter=mapping.csv.delimiter, strict=True))
    except csv.Error:
        raise Invalid([problem("CSV-08", "")]) from None
    return rows[0] if rows else []


class _Rows:
    """Makes items of rows; what the mapping fixes for all rows is worked out once."""

    def __init__(self, mapping: CsvMapping, context: Context) -> None:
        self._mapping = mapping
        self._context = context
        self._converters = [converters(event, mapping, context.facilities) for event in mapping.events]
        self._system = replace(context.system, **dict(mapping.system))

    def item(self, number: int, row: Row) -> Item:
        chosen = [
            (event, convert)
            for event, convert in zip(self._mapping.events, self._converters, strict=True)
            if all(row[column].strip() in texts for column, texts in event.only.items())
        ]
        if not chosen:
            return NotReportable(number, "NR-ROW", "the mapping makes no event of such a row")
        problems: list[Problem] = []
        events = []
        for event, convert in chosen:
            content: dict[str, Any] = {}
            for name, value in convert.items():
                try:
                    content[name] = value(row)
                except UnusableCellError as error:
                    problems.append(problem(error.code, error.column))
            if not problems:
                events.append(self._event(event, row, content))
        if problems:
            raise Invalid(list(dict.fromkeys(problems)))
        return Read(number, events)

    def _event(self, event: EventMapping, row: Row, content: dict[str, Any]) -> Event:
        reporter = self._reporter(row)
        happened = content.pop("occurred_at", None) or content.get("as_of")
        registered = content.pop("registered_at", None) or happened
        subject = _subject(event.subject or _CAPACITY_SUBJECT, content)
        assert isinstance(happened, datetime)
        assert isinstance(registered, datetime)
        identity = event_id(reporter, self._context.as_of, "csv", subject, content_digest(content))
        record = envelope(
            self._context,
            event.family,
            reporter=reporter,
            event_id=identity,
            subject_id=subject,
            occurred_at=happened,
            registered_at=registered,
            system=self._system,
        )
        patient = None
        if event.patient and (number := row[event.patient.column].strip()) not in self._mapping.unknown:
            patient = PatientId(event.patient.type, number)
        return Event(event.family, record | content, patient)

    def _reporter(self, row: Row) -> str:
        if self._context.reporter:
            return self._context.reporter
        told = self._mapping.reporter
        if isinstance(told, str):
            return told
        return _looked_up(row, told, self._mapping, self._context.facilities)


def _looked_up(row: Row, cell: Cell, mapping: CsvMapping, facilities: Mapping[str, str]) -> str:
    text = row[cell.column].strip()
    found = facilities.get(text) if cell.facilities else None
    if found is None:
        found = mapping.tables[cell.table].get(text) if cell.table else text
        if cell.facilities and not cell.table and not _is_number(text):
            found = None
    if not found:
        raise Invalid([problem("CSV-06", cell.column)])
    return found


def _is_number(text: str) -> bool:
    return valid_organisation(text) or text == TEST_ORGANISATION


def _subject(template: str, content: Mapping[str, Any]) -> str:
    parts = {name: _part(value) for name, value in content.items() if value is not None}
    try:
        return template.format_map(parts)
    except KeyError as error:  # the loader has seen to it that the field is mapped, so it is unknown in this row
        raise Invalid([problem("CSV-07", str(error.args[0]))]) from None


def _part(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else subject_part(str(value))


def header_matches(line: bytes, mapping: CsvMapping) -> bool:
    """Whether a first line has every column that the mapping needs."""
    try:
        return mapping.columns <= {name.strip() for name in _cells(line, mapping)}
    except Invalid:
        return False
