"""docs/metrics.md: every metric, as monitoring/metrics.py declares it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.metrics import MetricWrapperBase

from helsepuls.docs.markdown import code, page, table
from monitoring import metrics

_HEADING: Final = re.compile(r"# --- (?P<title>.+?) -+$")
_DECLARED: Final = re.compile(r"(?P<name>[A-Z_]+) = (?:Counter|Gauge|Histogram)\(")

_INTRODUCTION = """
Every process of the stack serves these on `/metrics` of a port of its own; `helsepuls status --json` says where
(`metrics`). A process shows all of them and changes only its own. Beside them stand prometheus_client's own metrics of
the process (`process_*`, `python_*`). What to do when an alert on one of them fires: [runbooks](runbooks.md); the
alerts themselves: [monitoring/rules/helsepuls.yaml](../monitoring/rules/helsepuls.yaml).

A counter is read with `rate()` or `increase()`; a histogram has the series `_bucket`, `_sum` and `_count`. Labels never
hold anything of an event but its family, its outcome and rule codes.
"""


@dataclass(frozen=True)
class Declared:
    """One metric as it is scraped."""

    section: str
    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def series(self) -> tuple[str, ...]:
        """Names under which its samples are scraped."""
        if self.kind == "histogram":
            return tuple(self.name + suffix for suffix in ("_bucket", "_sum", "_count"))
        return (self.name,)


def declared() -> list[Declared]:
    """The catalogue, in its own order; sections are its heading comments."""
    return list(_declared())


def metrics_page() -> str:
    found = declared()
    sections = dict.fromkeys(metric.section for metric in found)
    return page("Metrics", _INTRODUCTION, *(_section(title, found) for title in sections))


def _section(title: str, found: list[Declared]) -> str:
    rows = [
        [code(metric.name), metric.kind, ", ".join(map(code, metric.labels)), metric.meaning]
        for metric in found
        if metric.section == title
    ]
    return f"## {title[0].upper()}{title[1:]}\n\n" + table(["name", "kind", "labels", "meaning"], rows)


def _declared() -> Iterator[Declared]:
    section = ""
    for line in Path(metrics.__file__).read_text("utf-8").splitlines():
        if heading := _HEADING.match(line):
            section = heading["title"]
        elif found := _DECLARED.match(line):
            metric: MetricWrapperBase = getattr(metrics, found["name"])
            [family] = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = tuple(metric._labelnames)  # noqa: SLF001  prometheus_client has no public name for them
            yield Declared(section, name, family.type, labels, family.documentation)
