"""Time stamps of the formats as aware datetimes in UTC, whole milliseconds (what the schemas carry)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from schemas.slow import EARLIEST_MS, LATEST_MS

OSLO: Final = ZoneInfo("Europe/Oslo")
"""The zone of a time stamp that names none: Norwegian systems write local time."""

_HL7: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d{2})(?:(?P<day>\d{2})"
    r"(?:(?P<hour>\d{2})(?:(?P<minute>\d{2})(?:(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?)?)?)?"
    r"(?P<offset>[+-]\d{4})?",
    re.ASCII,
)
_FHIR: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?)?)?)?",
    re.ASCII,
)
_EARLIEST: Final = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=EARLIEST_MS)
_LATEST: Final = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=LATEST_MS - 1)


def parse_hl7(value: str) -> datetime:
    """An HL7 v2 DTM, precision from year to fraction of a second, with or without an offset (`+0215`).

    Raises ValueError, without the value in its text.
    """
    return _parse(_HL7, value.strip())


def parse_fhir(value: str) -> datetime:
    """A FHIR date, dateTime or instant; ISO 8601 with seconds, too. Raises ValueError, without the value."""
    return _parse(_FHIR, value.strip())


def parse_instant(value: str) -> datetime:
    """A date and time that names its zone, as NDJSON and the command line need it. Raises ValueError."""
    found = _FHIR.fullmatch(value.strip())
    if found is None or found["offset"] is None:
        raise ValueError("not a date and time with zone, like 2026-01-31T08:00:00Z")
    return _parse(_FHIR, value.strip())


def parse_date(value: str) -> date:
    """An ISO date. Raises ValueError, without the value in its text."""
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("not a date like 2026-01-31") from None


def at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That day's clock time in `zone`, as UTC."""
    return to_utc(datetime.combine(day, clock, tzinfo=zone))


def to_utc(moment: datetime) -> datetime:
    """UTC, cut to whole milliseconds; without a zone it is Norwegian time.

    Raises ValueError for a time that the schemas do not carry (before 1800, from 2300 on).
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=OSLO)
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("time outside the years 1800 to 2299") from None
    if not _EARLIEST <= utc <= _LATEST:
        raise ValueError("time outside the years 1800 to 2299")
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """A time as a subject id has it: `2026-01-31T07:00:00Z`, with a fraction only when there is one."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _parse(pattern: re.Pattern[str], value: str) -> datetime:
    found = pattern.fullmatch(value)
    if found is None:
        raise ValueError("not a time stamp")
    part = found.groupdict()
    microsecond = int((part["fraction"] or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(
            int(part["year"]),
            int(part["month"] or 1),
            int(part["day"] or 1),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            microsecond,
            tzinfo=_zone(part["offset"]),
        )
    except ValueError:
        raise ValueError("not a time stamp of the calendar") from None
    return to_utc(moment)


def _zone(offset: str | None) -> timezone | ZoneInfo:
    if offset is None:
        return OSLO
    if offset == "Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    if minutes >= 24 * 60 or int(offset[-2:]) >= 60:
        raise ValueError
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
