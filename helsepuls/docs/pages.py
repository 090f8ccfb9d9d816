"""Which pages there are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from helsepuls.docs import tables
from helsepuls.docs.lineage import PURPOSES_RELATION, RELATION, lineage_page, lineage_view, purposes_view
from helsepuls.docs.markdown import blocks_in, fill
from helsepuls.docs.metrics import metrics_page
from helsepuls.docs.relations import relations_page
from helsepuls.docs.rules import rules_page
from helsepuls.docs.settings import settings_page
from sinks import relations

FOLDER: Final = Path(__file__).parents[2] / "docs"

_WHOLE: Final[dict[str, Callable[[], str]]] = {
    "rules.md": rules_page,
    "metrics.md": metrics_page,
    "settings.md": settings_page,
    "relations.md": relations_page,
    "lineage.md": lineage_page,
}
_BLOCKS: Final[dict[str, Callable[[], str]]] = {
    "triggers": tables.triggers,
    "adt-codes": tables.adt_codes,
    "minimelding": tables.minimelding,
    "answers": tables.answers,
    "mappings": tables.mappings,
    "topics": tables.topics,
}


def pages() -> dict[Path, str]:
    """Every page that is generated, or holds something that is, as the code now gives it; and the view of lineage."""
    quality = relations.FOLDER / "quality"
    made = {quality / f"{RELATION}.sql": lineage_view(), quality / f"{PURPOSES_RELATION}.sql": purposes_view()}
    made |= {FOLDER / name: render() for name, render in _WHOLE.items()}
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text("utf-8")
        if path not in made and (names := blocks_in(text)):
            made[path] = fill(text, {name: _BLOCKS[name]() for name in names})
    return made
