"""Reference tables on the whole running stack: imported by the command, read by the command, nothing restarted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

QUERY = "SELECT helsefellesskap, population, population_of FROM reference_municipalities WHERE kommuneNr = '5612'"


def asked(stack: Any) -> str:
    done = stack.run("sql", QUERY, "--format", "csv")
    assert done.returncode == 0, done.stderr
    return str(done.stdout).splitlines()[1]


def test_what_is_imported_is_in_the_warehouse_without_a_restart(stack: Any, tmp_path: Path) -> None:
    assert asked(stack) == "\\N,\\N,\\N", "municipalities are there as soon as the stack is, the rest is null"
    before = stack.status()["warehouse"]["pid"]
    tables = {
        "helsefellesskap": "kommuneNr,helsefellesskap\n5612,Finnmark\n",
        "population": "kommuneNr;date;population\n5612;2026-01-01;2877\n",
    }
    for name, content in tables.items():
        file = tmp_path / f"{name}.csv"
        file.write_text(content, "utf-8")
        assert stack.json("reference", "import", name, str(file))["changed"]
    until = time.monotonic() + 60
    while (found := asked(stack)) != '"Finnmark",2877,"2026-01-01"':
        assert time.monotonic() < until, found
        time.sleep(0.5)
    assert stack.status()["warehouse"]["pid"] == before
