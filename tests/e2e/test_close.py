"""The daily close on the whole running stack."""

from __future__ import annotations

import time
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from sinks.close import now_utc
from sinks.close_days import last_due

EPISODES = (
    "MSH|^~\\&|EPJ|SENTRALSYKEHUSET|HP|NHN|20250105080000+0100||ADT^A01|close-1|P|2.5",
    "EVN|A01|20250105080000+0100|||^Nordmann|20250105080000+0100",
    "PID|1||15870550070^^^&2.16.578.1.12.4.1.4.1&ISO^FNR||Nordmann^Kari",
    "PV1|1|I|KIR1^101^1||||||||||||||||CLOSE1|||||||||||||||||||||||||20250105080000+0100",
)


def test_a_day_is_closed_once_and_stays(stack: Any, tmp_path: Path) -> None:
    message = tmp_path / "a.hl7"
    message.write_text("\r".join(EPISODES) + "\r", newline="")
    stack.json("publish", str(message), "--reporter", "983971768", "--as-of", "2025-02-01T00:00:00Z", "--wait")
    first = stack.json("close", "--date", "2025-01-05")
    assert all(one["new"] for one in first)
    again = stack.json("close", "--date", "2025-01-05")
    assert again == [{**one, "new": False} for one in first]
    assert "cannot be closed yet" in stack.run("close", "--date", "2999-01-01").stderr


def test_the_warehouse_process_closes_by_itself(stack: Any) -> None:
    day = last_due(now_utc(), time_of_day(6))
    query = f"SELECT if(count() > 0, 'yes', 'no') AS closed FROM closes WHERE day = '{day}'"
    until = time.monotonic() + 60
    while "yes" not in stack.run("sql", query, "--format", "csv").stdout:
        assert time.monotonic() < until, "not closed"
        time.sleep(1)
