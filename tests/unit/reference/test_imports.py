from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from reference import imports
from reference.tables import UNITS
from schemas.errors import Fatal

NOTHING = pl.DataFrame(schema=UNITS)
KNOWN = pl.DataFrame(
    {"code": ["0301", "4601", "1201"], "valid_to": [None, None, date(2019, 12, 31)]},
    schema_overrides={"valid_to": pl.Date},
)
NOWHERE = (None, None, None)
"""A unit without a municipality and coordinates."""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def refused(parsed: imports.Parsed) -> dict[int, str]:
    return {refusal.line: refusal.reason for refusal in parsed.refused}


UNIT_FILE = """orgnr,name,hospital,hf,rhf
983971636,Ahus,,Akershus universitetssykehus HF,Helse Sør-Øst RHF
98397163,Too short,,X HF,Y RHF
9839716360,Too long,,X HF,Y RHF
983971637,Wrong control digit,,X HF,Y RHF
783971636,Wrong beginning,,X HF,Y RHF
98397163x,Letter,,X HF,Y RHF
,No number,,X HF,Y RHF
993467049,,,X HF,Y RHF

983971636,Ahus,,Akershus universitetssykehus HF,Helse Sør-Øst RHF
983971636,Another name,,Akershus universitetssykehus HF,Helse Sør-Øst RHF
993467049," OUS, Ullevål ",Ullevål,Oslo universitetssykehus HF,Helse Sør-Øst RHF
"""


def test_units_say_which_lines_fail_and_keep_the_rest(write: Write) -> None:
    parsed = imports.units(write(UNIT_FILE), NOTHING, KNOWN)
    assert refused(parsed) == {
        3: "is not nine digits",
        4: "is not nine digits",
        5: "fails the control digit (modulus 11)",
        6: "does not begin with 8 or 9",
        7: "is not nine digits",
        8: "has no orgnr",
        9: "has no name",
        11: "stands on line 2 already",
        12: "stands on line 2 already, with another content",
    }
    assert parsed.read == 11
    assert parsed.frame.rows() == [
        ("983971636", "Ahus", None, "Akershus universitetssykehus HF", "Helse Sør-Øst RHF", *NOWHERE),
        ("993467049", "OUS, Ullevål", "Ullevål", "Oslo universitetssykehus HF", "Helse Sør-Øst RHF", *NOWHERE),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufefforgnr;name;hospital;hf;rhf\r\n983971636;Ahus;;A HF;B RHF\r\n",
        "name\torgnr\thealth_trust\tregion\tmore\nAhus\t983971636\tA HF\tB RHF\tx\n",
        "ORGNR , Name,hf,rhf\n983971636,Ahus,A HF,B RHF",
    ],
)
def test_the_forms_that_files_come_in(write: Write, text: str) -> None:
    assert imports.units(write(text), NOTHING, KNOWN).frame.rows() == [
        ("983971636", "Ahus", None, "A HF", "B RHF", *NOWHERE)
    ]


def test_units_of_the_base_that_the_file_lacks_stay(write: Write) -> None:
    base = pl.DataFrame(
        [("983971636", "Old", None, "a hf", "B RHF", *NOWHERE), ("991324968", "RHF", None, None, "B RHF", *NOWHERE)],
        schema=UNITS,
        orient="row",
    )
    parsed = imports.units(write("orgnr,name,hf,rhf\n983971636,Ahus,A HF,B RHF\n"), base, KNOWN)
    assert parsed.frame["name"].to_list() == ["Ahus", "RHF"]
    assert parsed.read == 1


def test_one_spelling_for_each_trust(write: Write) -> None:
    lines = ["orgnr,name,hf,rhf"]
    spellings = ["St. Olavs Hospital HF", "ST. OLAVS HOSPITAL HF", "St. Olavs Hospital HF"]
    for number, trust in zip(("983971636", "993467049", "983974880"), spellings, strict=True):
        lines.append(f"{number},Unit,{trust},R")
    parsed = imports.units(write("\n".join(lines)), NOTHING, KNOWN)
    assert set(parsed.frame["health_trust"]) == {"St. Olavs Hospital HF"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no column orgnr and no column name"),
        ("number,name\n983971636,Ahus\n", "has no column orgnr"),
        ("orgnr,name\n123,Ahus\n", r"holds no usable line \(1 refused: line 2: is not nine digits\)"),
        ("orgnr,name\n" + "1,A\n" * 4, r"\(4 refused: line 2: .*; line 3: .*; line 4: is not nine digits; …\)"),
        ("orgnr,name\n", r"holds no usable line \(0 refused\)"),
        ("orgnr,name,hf,health_trust\n983971636,Ahus,A,B\n", "two columns of one meaning, hf and health_trust;"),
        ("orgnr,name,Name\n983971636,Ahus,\n", "two columns of one meaning, name and name;"),
        ('orgnr,name\n\n983971636,"' + "x" * 140_000, "from line 3 on: .*; is a quotation mark not closed"),
    ],
)
def test_what_is_no_table_of_units_is_fatal(write: Write, text: str, reason: str) -> None:
    with pytest.raises(Fatal, match=reason):
        imports.units(write(text), NOTHING, KNOWN)


def test_a_quotation_mark_that_is_not_closed_takes_no_lines_with_it_unseen(write: Write) -> None:
    text = 'orgnr,name\n983971636,Ahus\n993467049,"Ullevål\n874716782,Another\n'
    parsed = imports.units(write(text), NOTHING, KNOWN)
    assert refused(parsed) == {3: "name goes on over several lines: is a quotation mark not closed?"}
    assert parsed.frame["orgnr"].to_list() == ["983971636"]


@pytest.mark.parametrize("number", ["01010012345", "010100 12345"])
def test_a_number_of_a_person_is_neither_taken_nor_told(write: Write, number: str) -> None:
    parsed = imports.units(write(f"orgnr,name\n983971636,Ahus\n{number},A\n993467049,Kari {number}\n"), NOTHING, KNOWN)
    reason = "name has a number of eleven digits in it, as persons have: take it out"
    assert refused(parsed) == {3: "is not nine digits", 4: reason}
    assert number not in str(parsed.refused)
    assert parsed.frame["orgnr"].to_list() == ["983971636"]


def test_another_encoding_is_fatal(write: Callable[..., Path]) -> None:
    with pytest.raises(Fatal, match="not UTF-8"):
        imports.units(write("orgnr,name\n983971636,Sykehuset Østfold\n", "latin-1"), NOTHING, KNOWN)


def test_a_missing_file_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="cannot be read"):
        imports.units(tmp_path / "none.csv", NOTHING, KNOWN)


def test_catchment(write: Write) -> None:
    text = """kommune,bydel,rhf,hf,hospital,dps
301,30110,Helse Sør-Øst RHF,Akershus,Akershus,
4601,,Helse Vest RHF,Bergen,Haukeland,Kronstad
0302,,Helse Sør-Øst RHF,X,Y,
4601,030110,Helse Vest RHF,Bergen,Haukeland,
46O1,,Helse Vest RHF,Bergen,Haukeland,
4601,4601012,Helse Vest RHF,Bergen,Haukeland,
1201,,Helse Vest RHF,,Haukeland,
"""
    parsed = imports.catchment(write(text), KNOWN)
    assert refused(parsed) == {
        4: "no municipality has or had this code",
        5: "the district's code does not begin with the municipality's",
        6: "the municipality is not 4 digits",
        7: "the district is not 6 digits",
        8: "has no hf",
    }
    assert parsed.frame.select("kommune", "bydel").rows() == [("0301", "030110"), ("4601", None)]


def test_municipalities(write: Write) -> None:
    text = """code,name,county,valid_from,valid_to,successor
101,Halden,1,,2019-12-31,3001
3001,Halden,30,2020-01-01,,
1507,Ålesund,15,2020-01-01,2023-12-31,
1508,Ålesund,15,01.01.2024,,
1509,Backwards,15,2024-01-01,2023-01-01,
1510,No end,15,2024-01-01,,3001
"""
    parsed = imports.municipalities(write(text))
    assert refused(parsed) == {
        5: "valid_from is not a date (YYYY-MM-DD)",
        6: "its last day is before its first",
        7: "it has a successor but no last day (valid_to)",
    }
    assert parsed.frame.select("code", "county", "successor").rows() == [
        ("0101", "01", "3001"),
        ("3001", "30", None),
        ("1507", "15", None),
    ]
    assert parsed.frame.schema["valid_to"] == pl.Date


def test_a_successor_that_the_table_lacks_is_fatal(write: Write) -> None:
    with pytest.raises(Fatal, match="3001"):
        imports.municipalities(
            write("code,name,county,valid_from,valid_to,successor\n0101,Halden,01,,2019-12-31,3001\n")
        )


UNIT = "983971636,Ahus"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{UNIT},0301,91,10.7", "latitude is not between -90 and 90 degrees"),
        (f"{UNIT},,-90.01,10.7", "latitude is not between -90 and 90 degrees"),
        (f"{UNIT},,59.9,180.5", "longitude is not between -180 and 180 degrees"),
        (f'{UNIT},0301,"59,9","10,7"', "latitude has a decimal comma: write a point"),
        (f'{UNIT},0301,59.9,"10,7"', "longitude has a decimal comma: write a point"),
        (f"{UNIT},,59,9,10,7", "has more fields than the first line names columns: is there a comma within one?"),
        (f"{UNIT},0301,59.9 N,10.7", "latitude is not a number of degrees, as 59.91 is"),
        (f"{UNIT},0301,nan,10.7", "latitude is not a number of degrees, as 59.91 is"),
        (f"{UNIT},0301,59.9,", "has a latitude or a longitude, and not both"),
        (f"{UNIT},0301,,10.7", "has a latitude or a longitude, and not both"),
        (f"{UNIT},0301,10.7,59.9", "its coordinates are not in Norway, as its municipality is: are they exchanged?"),
        (f"{UNIT},0302,59.9,10.7", "no municipality has or had this code"),
        (f"{UNIT},Oslo,59.9,10.7", "the municipality is not 4 digits"),
    ],
)
def test_a_place_that_cannot_be_right_is_one_clear_sentence(write: Write, line: str, reason: str) -> None:
    good = "993467049,OUS,0301,59.95,10.74"
    parsed = imports.units(write(f"orgnr,name,kommuneNr,latitude,longitude\n{line}\n{good}\n"), NOTHING, KNOWN)
    assert refused(parsed) == {2: reason}
    assert parsed.frame["orgnr"].to_list() == ["993467049"]


def test_where_a_unit_is(write: Write) -> None:
    """`kommune` is a name in many a list: it is not looked at."""
    text = """orgnr;name;kommunenr;longitude;latitude;kommune
983971636;Ahus;301;10.75;59.91;Oslo
993467049;Abroad;;-0.13;38.6;
983974880;Former;1201;;;Bergen
974749025;Nowhere;;;;
"""
    found = imports.units(write(text), NOTHING, KNOWN).frame
    assert found.select("orgnr", "kommuneNr", "latitude", "longitude").rows() == [
        ("974749025", None, None, None),
        ("983971636", "0301", 59.91, 10.75),
        ("983974880", "1201", None, None),
        ("993467049", None, 38.6, -0.13),
    ]


def test_units_of_the_base_keep_their_place(write: Write) -> None:
    row = ("991324968", "RHF", None, None, "B RHF", "0301", 59.5, 10.5)
    base = pl.DataFrame([row], schema=UNITS, orient="row")
    assert row in imports.units(write("orgnr,name\n983971636,Ahus\n"), base, KNOWN).frame.rows()


def test_helsefellesskap(write: Write) -> None:
    text = """kommuneNr,helsefellesskap
301,Oslo
1201,Helsefellesskapet Bergen
4601,helsefellesskapet bergen
0302,Oslo
301,Another
4601,
"""
    parsed = imports.helsefellesskap(write(text), KNOWN)
    assert refused(parsed) == {
        5: "no municipality has or had this code",
        6: "stands on line 2 already, with another content",
        7: "has no helsefellesskap",
    }
    assert parsed.frame.rows() == [
        ("0301", "Oslo"),
        ("1201", "Helsefellesskapet Bergen"),
        ("4601", "Helsefellesskapet Bergen"),
    ]


def test_population(write: Write) -> None:
    text = """kommuneNr;date;population
301;2026-01-01;700000
4601;2026-01-01;290 000
4601;2026-01-01;290.5
4601;2026-01-01;-1
4601;01.01.2026;290000
4601;2025-01-01;290000
4601;;290000
1201;2026-01-01;1
0302;2026-01-01;1
4601;2026-01-01;290000
"""
    parsed = imports.population(write(text), KNOWN)
    assert refused(parsed) == {
        **dict.fromkeys((3, 4, 5), "population is not a whole number, written in digits alone"),
        6: "date is not a date (YYYY-MM-DD)",
        7: "it is of another date than the lines before",
        8: "has no date",
        9: "the municipality is no longer in force: population is taken by those that are",
        10: "no municipality has or had this code",
    }
    new_year = date(2026, 1, 1)
    assert parsed.frame.rows() == [
        ("0301", new_year, None, None, 700000),
        ("4601", new_year, None, None, 290000),
    ]


def test_population_by_sex_and_age(write: Write) -> None:
    text = """kommuneNr,date,sex,age_group,population
0301,2026-01-01,1,0-9,5
0301,2026-01-01,2,90+,7
0301,2026-01-01,9,0-9,1
0301,2026-01-01,1,0-14,1
0301,2026-01-01,,0-9,1
0301,2026-01-01,1,,1
0301,2026-01-01,1,0-9,6
"""
    parsed = imports.population(write(text), KNOWN)
    assert refused(parsed) == {
        4: "sex is not 1 or 2 (code list 3101)",
        5: "age_group is not one of 0-9, 10-19, 20-29, 30-39, 40-49, 50-59, 60-69, 70-79, 80-89, 90+",
        6: "it has no sex, unlike the lines before",
        7: "it has no age_group, unlike the lines before",
        8: "stands on line 2 already, with another content",
    }
    assert parsed.frame.select("sex", "age_group", "population").rows() == [("1", "0-9", 5), ("2", "90+", 7)]


def test_a_total_and_its_parts_are_not_both_taken(write: Write) -> None:
    text = "kommuneNr,date,sex,population\n0301,2026-01-01,,12\n0301,2026-01-01,1,5\n"
    parsed = imports.population(write(text), KNOWN)
    assert refused(parsed) == {3: "it has a sex, unlike the lines before"}
    assert parsed.frame["population"].to_list() == [12]
