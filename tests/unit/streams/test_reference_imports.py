from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import Fatal
from streams.reference import imports
from streams.reference.tables import UNITS

NOTHING = pl.DataFrame(schema=UNITS)
KNOWN = pl.DataFrame({"code": ["0301", "4601", "1201"]})

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
    parsed = imports.units(write(UNIT_FILE), NOTHING)
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
        ("983971636", "Ahus", None, "Akershus universitetssykehus HF", "Helse Sør-Øst RHF"),
        ("993467049", "OUS, Ullevål", "Ullevål", "Oslo universitetssykehus HF", "Helse Sør-Øst RHF"),
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
    assert imports.units(write(text), NOTHING).frame.rows() == [("983971636", "Ahus", None, "A HF", "B RHF")]


def test_units_of_the_base_that_the_file_lacks_stay(write: Write) -> None:
    base = pl.DataFrame(
        [("983971636", "Old", None, "a hf", "B RHF"), ("991324968", "RHF", None, None, "B RHF")],
        schema=UNITS,
        orient="row",
    )
    parsed = imports.units(write("orgnr,name,hf,rhf\n983971636,Ahus,A HF,B RHF\n"), base)
    assert parsed.frame["name"].to_list() == ["Ahus", "RHF"]
    assert parsed.read == 1


def test_one_spelling_for_each_trust(write: Write) -> None:
    lines = ["orgnr,name,hf,rhf"]
    spellings = ["St. Olavs Hospital HF", "ST. OLAVS HOSPITAL HF", "St. Olavs Hospital HF"]
    for number, trust in zip(("983971636", "993467049", "983974880"), spellings, strict=True):
        lines.append(f"{number},Unit,{trust},R")
    parsed = imports.units(write("\n".join(lines)), NOTHING)
    assert set(parsed.frame["health_trust"]) == {"St. Olavs Hospital HF"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no column orgnr and no column name"),
        ("number,name\n983971636,Ahus\n", "has no column orgnr"),
        ("orgnr,name\n123,Ahus\n", "holds no usable line"),
        ("orgnr,name\n", "holds no usable line"),
    ],
)
def test_what_is_no_table_of_units_is_fatal(write: Write, text: str, reason: str) -> None:
    with pytest.raises(Fatal, match=reason):
        imports.units(write(text), NOTHING)


def test_another_encoding_is_fatal(write: Callable[..., Path]) -> None:
    with pytest.raises(Fatal, match="not UTF-8"):
        imports.units(write("orgnr,name\n983971636,Sykehuset Østfold\n", "latin-1"), NOTHING)


def test_a_missing_file_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="cannot be read"):
        imports.units(tmp_path / "none.csv", NOTHING)


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
