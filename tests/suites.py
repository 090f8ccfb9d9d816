"""`python -m tests.suites`: all suites one after the other, and a table of them; 1 when any does not pass."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

SUITES = {
    "unit": ("-n", "2", "tests/unit"),
    "contract": ("-n", "2", "tests/contract"),
    "traps": ("tests/traps",),
    "e2e": ("-n", "2", "--dist", "loadfile", "tests/e2e"),
    "chaos": ("-n", "2", "--dist", "worksteal", "tests/chaos"),
}
_COUNTS = ("tests", "failures", "errors", "skipped")


def main() -> int:
    table = Table(title="Tests", title_justify="left")
    for heading in ("suite", "passed", "failed", "skipped", "seconds", ""):
        table.add_column(heading, justify="left" if heading in ("suite", "") else "right")
    failed = 0
    for name, arguments in SUITES.items():
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.xml"
            command = [sys.executable, "-m", "pytest", "-q", "--durations=8", f"--junit-xml={result}", *arguments]
            code = subprocess.run(command, check=False).returncode
            counts = _counts(result)
        bad = counts["failures"] + counts["errors"]
        passed = counts["tests"] - bad - counts["skipped"]
        seconds = f"{time.monotonic() - started:.0f}"
        table.add_row(
            name, str(passed), str(bad), str(counts["skipped"]), seconds, "holds" if not code else "does not hold"
        )
        failed += bool(code)
    Console(width=80).print(table)
    return 1 if failed else 0


def _counts(result: Path) -> dict[str, int]:
    """Of all test suites in a result; nothing where pytest ended before it wrote one."""
    if not result.exists():
        return dict.fromkeys(_COUNTS, 0)
    suites = ElementTree.parse(result).getroot().iter("testsuite")
    found = [{name: int(suite.get(name, 0)) for name in _COUNTS} for suite in suites]
    return {name: sum(one[name] for one in found) for name in _COUNTS}


if __name__ == "__main__":
    sys.exit(main())
