"""The warehouse's schema as text: tables as the engine shows them, views by their columns.

`python tests/warehouse_schema.py` writes `contract/warehouse_schema.sql` anew: read the difference before you commit.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtime.settings import WarehouseSettings
from sinks.connect import Client, connect
from sinks.migrate import migrate

FILE = Path(__file__).parent / "contract" / "warehouse_schema.sql"


def schema_of(client: Client) -> str:
    relations = client.query(
        "SELECT name, engine FROM system.tables WHERE database = currentDatabase() ORDER BY engine = 'View', name"
    ).result_rows
    logs = {tuple(_columns(client, name)): name for name, engine in relations if engine != "View"}
    return "\n".join(
        _view(client, name, logs) if engine == "View" else _table(client, name) for name, engine in relations
    )


def _table(client: Client, name: str) -> str:
    shown = client.query(f"SHOW CREATE TABLE {name}").result_rows[0][0]
    return str(shown).replace(f"{client.database}.", "") + "\n"


def _view(client: Client, name: str, logs: dict[tuple[str, ...], str]) -> str:
    columns = _columns(client, called(name, client.query(f"SHOW CREATE VIEW {name}").result_rows[0][0]))
    if log := logs.get(tuple(columns)):
        return f"-- VIEW {name}: the columns of {log}\n"
    return "\n".join([f"-- VIEW {name}", *(f"--     {column}" for column in columns)]) + "\n"


def called(name: str, statement: str) -> str:
    """The view with some value for each of its parameters."""
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    values = {"level": "nation", "families": "episode"}
    names = sorted(set(re.findall(r"\{(\w+):String\}", statement)))
    arguments = ", ".join(f"{one} = '{values.get(one, tomorrow)}'" for one in names)
    return f"{name}({arguments})" if names else name


def _columns(client: Client, relation: str) -> list[str]:
    described = client.query(f"DESCRIBE (SELECT * FROM {relation})").result_rows
    return [f"{name} {' '.join(type_.split())}" for name, type_, *_ in described]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fresh = connect(WarehouseSettings(dsn=f"chdb://{folder}/engine"), insert_seconds=60)
        migrate(fresh)
        FILE.write_text(schema_of(fresh), "utf-8")
        fresh.close()
