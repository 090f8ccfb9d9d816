"""The parameters of views, for whoever asked without: the engine says that one is not set, or that a view is empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from sinks.relations import load

_ASKED: Final = re.compile(r"\b(?:FROM|JOIN)\s+(?:\w+\.)?(\w+)\b\s*(\(?)", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"\{(\w+):String\}")
_MISSING: Final = re.compile(r"Substitution `(\w+)` is not set")


def advice(statement: str, refusal: str) -> str:
    """What to write instead, when `refusal` is the engine's sentence about a parameter; else nothing."""
    found = _MISSING.search(refusal)
    missing = found[1] if found else ""
    for name, bracket in _ASKED.findall(statement):
        parameters = _of_views().get(name, ())
        if missing in parameters or (parameters and not bracket):
            return f"{name} takes parameters: {name}({', '.join(f'{parameter} = …' for parameter in parameters)})."
    if not missing:
        return ""
    if re.search(rf"\{{\s*{missing}\s*:", statement):
        given = f"as param_{missing}, or --param {missing}=… of `helsepuls sql`"
        return f"{{{missing}:…}} comes beside the statement: {given}."
    return f"A view of the statement takes {missing} = …, too."


@lru_cache(maxsize=1)
def _of_views() -> Mapping[str, tuple[str, ...]]:
    return {view.name: tuple(dict.fromkeys(_PARAMETER.findall(view.statement))) for view in load("")}
