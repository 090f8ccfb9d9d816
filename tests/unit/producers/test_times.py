from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import times

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1801, 1, 1), datetime(2299, 1, 1), timezones=ZONES)  # noqa: DTZ001  given a zone


@given(INSTANTS)
def test_what_is_written_with_an_offset_is_read_back_to_the_millisecond(moment: datetime) -> None:
    expected = moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    offset = moment.strftime("%z")

    assert times.parse_hl7(moment.strftime("%Y%m%d%H%M%S.%f").zfill(21) + offset) == expected
    assert times.parse_fhir(moment.isoformat()) == expected
    assert times.parse_instant(moment.isoformat()) == expected


REFUSALS = {
    "not a time stamp",
    "not a time stamp of the calendar",
    "not a date like 2026-01-31",
    "not a date and time with zone, like 2026-01-31T08:00:00Z",
    "time outside the years 1800 to 2299",
}


def refusal(parse: Callable[[str], object], text: str) -> str | None:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(st.sampled_from("0123456789+-:.TZ "), max_size=24))
def test_anything_else_is_refused_without_its_text(text: str) -> None:
    for parse in (times.parse_hl7, times.parse_fhir, times.parse_instant, times.parse_date):
        assert refusal(parse, text) in REFUSALS | {None}


@pytest.mark.parametrize(
    "text", ["2026-03-14", "2026-03-14T10:00:00", "2026-03-14T10:00:00+25:00", "20260314T100000Z", ""]
)
def test_an_instant_names_its_zone(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a|time"):
        times.parse_instant(text)


def test_summer_and_winter_in_norway() -> None:
    assert times.parse_hl7("202601310800") == datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert times.parse_hl7("202607310800") == datetime(2026, 7, 31, 6, tzinfo=UTC)
    assert times.at(date(2026, 7, 31), time(8), times.OSLO) == datetime(2026, 7, 31, 6, tzinfo=UTC)


def test_the_form_in_subject_ids() -> None:
    assert times.iso(datetime(2026, 1, 31, 7, tzinfo=UTC)) == "2026-01-31T07:00:00Z"
    assert times.iso(datetime(2026, 1, 31, 7, 0, 0, 5000, tzinfo=UTC)) == "2026-01-31T07:00:00.005Z"
