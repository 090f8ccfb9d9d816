"""Code lists by OID, with the dates between which each code is valid.

`lists.csv` names each list, the reporting model it was read from and whether it is *closed*; `codes.csv` holds the
codes; `municipalities.csv` holds list 3402 with the renumberings. All three are facts, laid out anew from the sources
that `lists.csv` names. OIDs are written as their last number (8406 is 2.16.578.1.12.4.1.1.8406).
"""

from schemas.codes.lists import Code, CodeList, among, code_list, code_lists, models_for, newer_models, valid
from schemas.codes.municipalities import municipalities, renumberings

__all__ = [
    "Code",
    "CodeList",
    "among",
    "code_list",
    "code_lists",
    "models_for",
    "municipalities",
    "newer_models",
    "renumberings",
    "valid",
]
