"""The last audit as Prometheus metrics. A command is gone before anybody could scrape it, so it leaves a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from helsepuls.appearing import appearing
from helsepuls.audit.report import Report
from monitoring import metrics
from schemas.errors import Fatal

_KINDS: Final = ("missing", "double", "invented", "stray")


def write(report: Report, path: Path, clock: Callable[[], float] = time.time) -> None:
    """Writes `path` for the node exporter's text file collector (its name must end with .prom to be collected).

    Raises Fatal when it cannot be written.
    """
    metrics.AUDIT_CONSERVED.set(report.conserved)
    for kind in _KINDS:
        metrics.AUDIT_FINDINGS.labels(kind).set(len(getattr(report, kind)))
    metrics.AUDIT_FINDINGS.labels("unlisted").set(report.unlisted)
    metrics.AUDIT_RAW_EVENTS.set(report.raw)
    metrics.AUDIT_TIME.set(clock())
    try:
        with appearing(path) as file:
            file.write(metrics.audit_text())
    except OSError as error:
        raise Fatal(f"{path} cannot be written: {error.strerror}; give --textfile a folder that can") from None
