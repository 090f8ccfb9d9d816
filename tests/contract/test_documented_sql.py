"""Every query that the documentation shows runs on a warehouse of this release, on the real engine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from documentation import blocks, commands, pages

RUN = """
import json, sys
from runtime.settings import WarehouseSettings
from sinks.connect import connect
from sinks.migrate import migrate
folder, queries = sys.argv[1], json.loads(sys.stdin.read())
client = connect(WarehouseSettings(dsn=f"chdb://{folder}"), 60)
migrate(client)
failed = {}
for place, query in queries:
    try:
        client.query(query)
    except Exception as error:
        failed[place] = str(error)[:500]
print(json.dumps(failed))
"""


def queries():
    found = [(block.place, block.body) for path in pages() for block in blocks(path, "sql")]
    for path in pages():
        for command in commands(path):
            words = command.words
            if words[:2] == ["helsepuls", "sql"]:
                query = words[2]
                if "--param" in words:
                    name, _, value = words[words.index("--param") + 1].partition("=")
                    query = query.replace(f"{{{name}:String}}", f"'{value}'")
                found.append((command.place, query))
    return found


@pytest.mark.timeout(180)
def test_documented_queries_run(tmp_path):
    shown = queries()
    assert len(shown) > 10
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "warehouse")],
        input=json.dumps(shown),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {}
