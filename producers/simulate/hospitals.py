"""The real health trusts, their hospitals, and wards of ordinary size for each.

Trusts and organisation numbers are the registered ones; hospitals after the national catchment list. Wards and bed
counts are invented: some 4 400 beds in all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Size = Literal["large", "medium", "small"]
Care = Literal["general", "step_down", "intensive", "child", "psych"]


class Trust(NamedTuple):
    orgnr: str
    name: str
    counties: tuple[str, ...]
    """First two digits of the municipalities it serves."""
    hospitals: tuple[tuple[str, str, Size], ...]
    """Code, name, size."""


TRUSTS: tuple[Trust, ...] = (
    Trust(
        "993467049",
        "Oslo universitetssykehus HF",
        ("03",),
        (
            ("OUL", "Ullevål", "large"),
            ("ORH", "Rikshospitalet", "large"),
            ("ORA", "Radiumhospitalet", "small"),
            ("OAK", "Aker", "medium"),
        ),
    ),
    Trust(
        "983971636",
        "Akershus universitetssykehus HF",
        ("32",),
        (("AHU", "Ahus Nordbyhagen", "large"), ("AKV", "Kongsvinger", "small")),
    ),
    Trust("983971768", "Sykehuset Østfold HF", ("31",), (("SOK", "Kalnes", "large"), ("SOM", "Moss", "small"))),
    Trust(
        "983971709",
        "Sykehuset Innlandet HF",
        ("34",),
        (
            ("SIE", "Elverum-Hamar", "medium"),
            ("SIG", "Gjøvik", "medium"),
            ("SIL", "Lillehammer", "medium"),
            ("SIT", "Tynset", "small"),
        ),
    ),
    Trust(
        "894166762",
        "Vestre Viken HF",
        ("33",),
        (
            ("VVB", "Bærum", "medium"),
            ("VVD", "Drammen", "medium"),
            ("VVK", "Kongsberg", "small"),
            ("VVR", "Ringerike", "small"),
        ),
    ),
    Trust("983975259", "Sykehuset i Vestfold HF", ("39",), (("SVT", "Tønsberg", "medium"),)),
    Trust("983975267", "Sykehuset Telemark HF", ("40",), (("STS", "Skien", "medium"), ("STN", "Notodden", "small"))),
    Trust(
        "983975240",
        "Sørlandet sykehus HF",
        ("42",),
        (
            ("SSA", "Arendal", "medium"),
            ("SSF", "Flekkefjord", "small"),
            ("SSK", "Kristiansand", "medium"),
        ),
    ),
    Trust("883971752", "Sunnaas sykehus HF", ("03", "32"), (("SUN", "Sunnaas", "small"),)),
    Trust("965985166", "Lovisenberg Diakonale Sykehus AS", ("03",), (("LDS", "Lovisenberg", "medium"),)),
    Trust("982791952", "Diakonhjemmet Sykehus AS", ("03",), (("DIA", "Diakonhjemmet", "medium"),)),
    Trust(
        "983974724",
        "Helse Bergen HF",
        ("46",),
        (("HBH", "Haukeland", "large"), ("HBV", "Voss", "small")),
    ),
    Trust("983974678", "Helse Stavanger HF", ("11",), (("HST", "Stavanger", "large"),)),
    Trust(
        "983974694",
        "Helse Fonna HF",
        ("11", "46"),
        (("HFH", "Haugesund", "medium"), ("HFO", "Odda", "small"), ("HFS", "Stord", "small")),
    ),
    Trust(
        "983974732",
        "Helse Førde HF",
        ("46",),
        (("FFO", "Førde", "medium"), ("FLA", "Lærdal", "small"), ("FNO", "Nordfjord", "small")),
    ),
    Trust("984027737", "Haraldsplass Diakonale Sykehus AS", ("46",), (("HDS", "Haraldsplass", "medium"),)),
    Trust(
        "883974832",
        "St. Olavs hospital HF",
        ("50",),
        (("STO", "St. Olav", "large"), ("STK", "Orkdal", "small")),
    ),
    Trust(
        "983974791",
        "Helse Nord-Trøndelag HF",
        ("50",),
        (("NTL", "Levanger", "medium"), ("NTN", "Namsos", "small")),
    ),
    Trust(
        "997005562",
        "Helse Møre og Romsdal HF",
        ("15",),
        (("MRA", "Ålesund", "medium"), ("MRV", "Volda", "small"), ("MRN", "Nordmøre og Romsdal", "medium")),
    ),
    Trust(
        "983974899",
        "Universitetssykehuset Nord-Norge HF",
        ("55",),
        (("UNT", "Tromsø", "large"), ("UNH", "Harstad", "small"), ("UNN", "Narvik", "small")),
    ),
    Trust(
        "983974910",
        "Nordlandssykehuset HF",
        ("18",),
        (("NBO", "Bodø", "medium"), ("NLO", "Lofoten", "small"), ("NVE", "Vesterålen", "small")),
    ),
    Trust(
        "983974929",
        "Helgelandssykehuset HF",
        ("18",),
        (("HEM", "Mo i Rana", "small"), ("HES", "Sandnessjøen", "small")),
    ),
    Trust(
        "983974880",
        "Finnmarkssykehuset HF",
        ("56",),
        (("FIH", "Hammerfest", "small"), ("FIK", "Kirkenes", "small")),
    ),
)


class WardKind(NamedTuple):
    """What wards of a kind have in common. `stay_hours` is the mean time in the ward."""

    code: str
    name: str
    care: Care
    resource: str
    category: str
    sector: str
    field_of_medicine: str
    """Code list 8451."""
    stay_hours: float
    diagnoses: tuple[str, ...]
    """ICD-10 without dot, all of them valid as main diagnosis for any sex."""


_MEDICAL = ("J189", "I500", "N390", "A419", "I480", "J441", "I639", "K922", "E119", "R074")
_SURGICAL = ("K358", "K802", "K566", "K573", "K409", "N201", "C189", "K800")
_KINDS = {
    kind.code: kind
    for kind in (
        WardKind("MED", "medisinsk sengepost", "general", "bed", "somatic", "som", "110", 84, _MEDICAL),
        WardKind("KIR", "kirurgisk sengepost", "general", "bed", "somatic", "som", "010", 72, _SURGICAL),
        WardKind(
            "ORT", "ortopedisk sengepost", "general", "bed", "somatic", "som", "050", 80, ("S720", "S721", "S525")
        ),
        WardKind("OVV", "overvåkning", "step_down", "intermediate_bed", "adult", "som", "110", 40, _MEDICAL),
        WardKind("INT", "intensiv", "intensive", "icu_bed", "adult", "som", "210", 60, ("A419", "J960", "J189")),
        WardKind("BAR", "barnesengepost", "child", "bed", "child", "som", "220", 52, ("J210", "J459", "A099", "J189")),
        WardKind("PSY", "psykiatrisk sengepost", "psych", "bed", "psych", "vop", "320", 300, ("F200", "F322", "F314")),
    )
}
_WARDS: dict[Size, tuple[tuple[str, int], ...]] = {
    "large": (
        *(("MED", 26), ("MED", 26), ("MED", 24), ("KIR", 24), ("KIR", 24), ("ORT", 22)),
        *(("OVV", 8), ("INT", 10), ("BAR", 16), ("PSY", 16)),
    ),
    "medium": (("MED", 26), ("KIR", 24), ("ORT", 18), ("OVV", 6), ("INT", 6), ("PSY", 14)),
    "small": (("MED", 22), ("KIR", 16), ("OVV", 4)),
}


@dataclass(slots=True)
class Ward:
    """One ward and who lies in it. A bed is a number from 1 to `staffed`."""

    number: int
    reporter: int
    hospital: int
    """Number of the hospital, over all trusts."""
    hospital_name: str
    code: str
    name: str
    kind: WardKind
    physical: int
    staffed: int
    free: list[int] = field(default_factory=list)
    """Free staffed beds."""


def wards(trusts: int) -> list[Ward]:
    """The wards of the first `trusts` trusts, whose number is their number as a reporter."""
    made: list[Ward] = []
    hospital = 0
    for reporter, trust in enumerate(TRUSTS[:trusts]):
        for code, hospital_name, size in trust.hospitals:
            of_kind: dict[str, int] = {}
            for kind_code, staffed in _WARDS[size]:
                kind = _KINDS[kind_code]
                number = of_kind[kind_code] = of_kind.get(kind_code, 0) + 1
                made.append(
                    Ward(
                        number=len(made),
                        reporter=reporter,
                        hospital=hospital,
                        hospital_name=hospital_name,
                        code=f"{code}-{kind_code}{number}",
                        name=f"{hospital_name}, {kind.name} {number}",
                        kind=kind,
                        physical=staffed + staffed // 6,
                        staffed=staffed,
                        free=list(range(staffed, 0, -1)),
                    )
                )
            hospital += 1
    return made
