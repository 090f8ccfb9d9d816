from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from adapter_samples import codes, events, fields, run

from producers.adapters import csv
from producers.adapters.cells import slug
from producers.mappings.loader import load_mapping
from producers.mappings.types import CsvMapping
from producers.types import PatientId

DAY = datetime(2020, 5, 10, 12, 0, tzinfo=UTC)

CENSUS = "date,health_reg_name,health_org_name,admissions\n"
ICU = (
    "datum,bundesland_id,bundesland_name,behandlungsgruppe,behandlungsgruppe_level_2,anzahl_meldebereiche,"
    "faelle_covid_aktuell,faelle_covid_erstaufnahmen,intensivbetten_belegt,intensivbetten_frei,"
    "intensivbetten_7_tage_notfallreserve,kapazitaeten_frei_invasive_beatmung_gesamt,"
    "kapazitaeten_frei_invasive_beatmung_covid,kapazitaeten_frei_invasive_beatmung_isolationspflichtige_kinder,"
    "betriebssituation_regulaerer_betrieb,betriebssituation_teilweise_eingeschraenkt,"
    "betriebssituation_eingeschraenkt,betriebssituation_keine_angabe,einschraenkung_beatmungsgeraet,"
    "einschraenkung_material,einschraenkung_personal,einschraenkung_raum\n"
)


def census(*rows: str, **changes: Any) -> Any:
    text = CENSUS + "".join(f"{row}\n" for row in rows)
    return run(csv.read, text.encode(), **{"mapping": load_mapping("nor-census"), "reporter": None, **changes})


def mapped(text: str | bytes, fields_: dict[str, Any], **changes: Any) -> Any:
    """Items of `text` under a mapping of one capacity event with these fields beside those every event needs."""
    needed = {
        "unit": "u",
        "as_of": {"column": "at", "clock": "08:00"},
        "origin": "reported",
        "resource": "bed",
        "category": "all",
    }
    mapping = {
        "name": "m",
        "title": "t",
        "source": "s",
        "reporter": "983971636",
        "unknown": ["", "NA"],
        "events": [{"family": "capacity", "fields": {**needed, **fields_}}],
        **changes,
    }
    data = text if isinstance(text, bytes) else text.encode()
    return run(csv.read, data, mapping=CsvMapping.model_validate(mapping), reporter=None)


def test_who_reports_is_looked_up_or_a_number() -> None:
    """Without a table of its own a mapping looks only into --facilities."""
    rows = "at,who\n2026-05-10,Sykehus A\n2026-05-10,974724960\n2026-05-10,Sykehus C\n"
    items = mapped(rows, {}, reporter={"column": "who", "facilities": True})
    assert codes(items) == ["CSV-06", "read", "CSV-06"]
    assert fields(items) == ["who", "who"]


def test_a_census_row_is_one_figure_of_the_trust_it_speaks_of() -> None:
    winter, summer = events(
        census("2020-03-10,Midt,St. Olavs hospital ,7", "2020-05-10,Sør-Øst,Sykehuset Østfold HF,0", as_of=DAY)
    )

    wanted = {
        "reporter": "883974832",
        "unit": "883974832",
        "unit_name": "St. Olavs hospital",
        "subject_id": "883974832/bed/covid/2020-03-10T07:00:00Z",
        "as_of": datetime(2020, 3, 10, 7, 0, tzinfo=UTC),
        "occupied": 7,
        "declared_known_at": DAY,
        "legal_basis": "beredskap",
        "origin": "reported",
    }
    assert {name: winter.record[name] for name in wanted} == wanted
    assert summer.record["as_of"] == datetime(2020, 5, 10, 6, 0, tzinfo=UTC)
    assert summer.record["occupied"] == 0
    assert winter.patient is None


def test_units_of_one_reporter_stay_apart() -> None:
    day = "2020-05-10,Sør-Øst,"
    private, trust = events(
        census(f"{day}Private med avtale med Helse Sør-Øst i Oslo,1", f"{day}Oslo universitetssykehus HF,2")
    )

    assert private.record["reporter"] == "991324968"
    assert private.record["unit"] == "private-helse-sor-ost-oslo"
    overridden = events(
        census(
            f"{day}Private med avtale med Helse Sør-Øst i Oslo,1",
            f"{day}Oslo universitetssykehus HF,2",
            reporter="983658725",
        )
    )
    assert {event.record["reporter"] for event in overridden} == {"983658725"}
    assert len({event.key for event in overridden}) == 2
    assert trust.key != private.key


def test_a_cell_that_goes_a_b_a_over_three_deliveries_has_three_ids_when_each_is_declared() -> None:
    def deliver(value: int, as_of: datetime | None) -> Any:
        return events(census(f"2020-05-10,Midt,St. Olavs hospital,{value}", as_of=as_of))[0]

    days = [datetime(2020, 5, day, 12, tzinfo=UTC) for day in (11, 12, 13)]
    declared = [deliver(value, day) for value, day in zip((1, 2, 1), days, strict=True)]
    undeclared = [deliver(value, None) for value in (1, 2, 1)]

    assert len({event.event_id for event in declared}) == 3
    assert len({event.key for event in declared}) == 1
    assert deliver(1, days[0]).event_id == declared[0].event_id
    assert undeclared[0].event_id == undeclared[2].event_id != undeclared[1].event_id


def test_a_unit_that_the_table_does_not_know() -> None:
    assert fields(census("2020-05-10,Midt,Et annet sykehus,1")) == ["health_org_name"]
    known = census("2020-05-10,Midt,Et annet sykehus,1", facilities={"Et annet sykehus": "974724960"})
    assert codes(known) == ["CSV-06"]  # it has a reporter now, but no unit id


def test_icu_figures_of_one_row_and_unknown_is_never_zero() -> None:
    row = "2020-03-20,01,Schleswig-Holstein,Erwachsene,ERWACHSENE,13,7,NA,16,99,NA,68,NA,NA,11,2,0,0,NA,NA,NA,NA\n"
    found = events(run(csv.read, (ICU + row).encode(), mapping=load_mapping("divi-icu"), reporter=None))

    beds, ventilators, covid_beds, covid_ventilators = (event.record for event in found)
    assert {event.record["reporter"] for event in found} == {"777777777"}
    assert beds["subject_id"] == "DE-01/icu_bed/adult/2020-03-20T11:00:00Z"
    wanted = {"occupied": 16, "available": 99, "reserve_7d": None, "reporting_units": 13}
    assert {name: beds[name] for name in wanted} == wanted
    assert [(s["status"], s["count"]) for s in beds["status_counts"]] == [
        ("regular", 11),
        ("partial", 2),
        ("limited", 0),
        ("unknown", 0),
    ]
    assert {reason["count"] for reason in beds["blocked_reasons"]} == {None}
    assert (ventilators["resource"], ventilators["available"]) == ("ventilator", 68)
    assert (covid_beds["category"], covid_beds["occupied"], covid_beds["admissions"]) == ("covid", 7, None)
    assert covid_ventilators["available"] is None
    assert len({event.key for event in found}) == 4


def test_a_row_for_children_has_no_covid_figures_of_its_own() -> None:
    row = "2021-06-30,01,X,Kinder,KINDER,13,7,NA,16,99,NA,68,NA,NA,11,2,0,0,NA,NA,NA,NA\n"
    found = events(run(csv.read, (ICU + row).encode(), mapping=load_mapping("divi-icu"), reporter=None))

    assert [(event.record["resource"], event.record["category"]) for event in found] == [
        ("icu_bed", "child"),
        ("ventilator", "child"),
    ]


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("2020-05-10,Midt,St. Olavs hospital,seven", "CSV-04", "admissions"),
        ("2020-05-10,Midt,St. Olavs hospital,7.5", "CSV-04", "admissions"),
        ("2020-05-10,Midt,St. Olavs hospital,1_0", "CSV-04", "admissions"),
        ("2020-05-10,Midt,St. Olavs hospital,1e400", "CSV-04", "admissions"),
        ("2020-05-10,Midt,St. Olavs hospital,1e1000000", "CSV-04", "admissions"),
        ("2020-05-10,Midt,St. Olavs hospital,NaN", "CSV-04", "admissions"),
        ("2020-05-32,Midt,St. Olavs hospital,7", "CSV-05", "date"),
        (",Midt,St. Olavs hospital,7", "CSV-07", "date"),
        ("2020-05-10,Midt,,7", "CSV-07", "health_org_name"),
        ("2020-05-10,Midt,St. Olavs hospital", "CSV-03", ""),
        ('2020-05-10,Midt,"St. Olavs hospital,7', "CSV-08", ""),
    ],
)
def test_a_bad_row_costs_itself_only(row: str, code: str, field: str) -> None:
    items = census(row, "2020-05-10,Midt,St. Olavs hospital,7")

    assert codes(items) == [code, "read"]
    assert fields(items) == [field]


def test_all_problems_of_a_row_are_told_at_once() -> None:
    assert codes(census("2020-05-32,Midt,Ukjent,x")) == ["CSV-06+CSV-05+CSV-04"]


def test_positions_are_line_numbers_and_empty_lines_are_no_rows() -> None:
    items = census("", "2020-05-10,Midt,St. Olavs hospital,7", "", "2020-05-10,Midt,St. Olavs hospital,x")

    assert [item.position for item in items] == [3, 5]


def test_header_and_limits() -> None:
    lacking = run(csv.read, b"date,admissions\n2020-05-10,7\n", mapping=load_mapping("nor-census"))
    assert codes(lacking) == ["CSV-02"]
    assert fields(lacking) == ["health_org_name"]
    assert codes(run(csv.read, b"a,b\n")) == ["CSV-01"]
    long = census("2020-05-10,Midt," + "x" * 3000 + ",7", "2020-05-10,Midt,St. Olavs hospital,7", max_item_bytes=1000)
    assert codes(long) == ["SRC-03", "read"]


def test_byte_order_mark_and_crlf() -> None:
    text = "\ufeff" + CENSUS + "2020-05-10,Midt,St. Olavs hospital,7\n"

    assert codes(run(csv.read, text.replace("\n", "\r\n").encode(), mapping=load_mapping("nor-census"))) == ["read"]


def test_norwegian_numbers_dates_and_character_set() -> None:
    text = "at;navn;timer;senger\n31.01.2026;Førde;1 234,5;2,0\n".encode("iso-8859-1")
    event = events(
        mapped(
            text,
            {
                "unit": {"column": "navn", "slug": True, "prefix": "x-"},
                "unit_name": {"column": "navn"},
                "as_of": {"column": "at", "clock": "08:00", "format": "%d.%m.%Y"},
                "supply_days": {"column": "timer", "scale": "0.5"},
                "staffed": {"column": "senger", "scale": 10},
            },
            csv={"delimiter": ";", "encoding": "iso-8859-1", "decimal": ",", "thousands": " "},
        )
    )[0].record

    assert (event["unit"], event["unit_name"]) == ("x-forde", "Førde")
    assert event["as_of"] == datetime(2026, 1, 31, 7, 0, tzinfo=UTC)
    assert (event["supply_days"], event["staffed"]) == (617.25, 20)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.234", 1234),
        ("-1.234.567,0", -1234567),
        ("12", 12),
        *((text, None) for text in ("1.5", "12.34", "1.2345", "1234.567", "1,234.567", ".123", "1..234")),
    ],
)
def test_the_sign_of_thousands_stands_between_thousands(written: str, meant: int | None) -> None:
    items = mapped(
        f"at;n\n2026-01-31;{written}\n",
        {"occupied": {"column": "n"}},
        csv={"delimiter": ";", "decimal": ",", "thousands": "."},
    )

    if meant is None:
        assert codes(items) == ["CSV-04"]
    else:
        assert events(items)[0].record["occupied"] == meant


def test_a_row_in_another_character_set() -> None:
    items = mapped(b"at,n\n2026-01-31," + b"\xff\n2026-01-31,1\n", {"occupied": {"column": "n"}})

    assert codes(items) == ["SRC-05", "read"]


def test_a_time_column_may_name_its_zone() -> None:
    times = {"as_of": {"column": "at"}}
    zoned, local = events(mapped("at\n2026-07-01T08:00:00+00:00\n2026-07-01T08:00:00\n", times))

    assert zoned.record["as_of"] == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert local.record["as_of"] == datetime(2026, 7, 1, 6, 0, tzinfo=UTC)


def test_a_family_with_patients() -> None:
    mapping = {
        "events": [
            {
                "family": "referral",
                "subject": "{henvID}",
                "patient": {"type": "1", "column": "fnr"},
                "fields": {
                    "henvID": {"column": "id"},
                    "mottaksDato": {"column": "received"},
                    "occurred_at": {"column": "received", "clock": "00:00"},
                    "registered_at": {"column": "received", "clock": "12:00"},
                },
            }
        ]
    }
    items = mapped("id,fnr,received\nH/1,15870550070,2026-02-01\nH2,NA,2026-02-02\n", {}, **mapping)
    first, second = events(items)

    assert first.record["subject_id"] == "H%2F1"
    assert first.record["mottaksDato"] == date(2026, 2, 1)
    assert (first.patient, second.patient) == (PatientId("1", "15870550070"), None)
    assert first.record["registered_at"] == datetime(2026, 2, 1, 11, 0, tzinfo=UTC)


def test_an_unknown_part_of_a_subject_refuses_the_row() -> None:
    event = {"family": "referral", "subject": "{henvID}", "fields": {"henvID": {"column": "id"}}}
    event["fields"] |= {name: {"column": "at", "clock": "00:00"} for name in ("occurred_at", "registered_at")}

    assert codes(mapped("id,at\nNA,2026-01-31\n", {}, events=[event])) == ["CSV-07"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sørlandet sykehus HF", "sorlandet-sykehus-hf"),
        ("  Helse Førde + Å/Æ ", "helse-forde-a-ae"),
        ("Málaga", "malaga"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected
