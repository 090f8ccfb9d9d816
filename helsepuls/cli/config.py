"""`helsepuls config`: the effective settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from helsepuls.cli.common import console, home_option, json_option, print_json

_NAMES = "password|passphrase|secret"
"""Parts of the names of what is secret."""
_SECRET_KEY = re.compile(rf"{_NAMES}|\.pem$|jaas", re.IGNORECASE)
_CREDENTIALS = re.compile(
    rf"(?<=://)[^/@\s]+(?=@)|(?<=[?&])(?P<name>[^=&\s]*(?:{_NAMES})[^=&\s]*=)[^&\s]*", re.IGNORECASE
)
MASK = "****"


@click.command()
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Print every effective setting with its source and meaning, secrets masked.

    Settings come, strongest first, from the command line, the environment (HELSEPULS_<SECTION>_<NAME>), the file
    helsepuls.toml of the home ([section]), the running stack, and the default. Under [kafka] any librdkafka key
    passes through.
    """
    from rich.table import Table

    from runtime.home import find_home

    place = find_home(home)
    rows = settings(place)
    if as_json:
        print_json({"home": str(place), "settings": rows})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "source", "meaning"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        value = "" if row["value"] is None else str(row["value"])
        table.add_row(row["name"], value, row["source"], row["meaning"])
    console().print(table)


def settings(home: Path) -> list[dict[str, Any]]:
    """One entry per setting: name, value (secrets masked), source, meaning."""
    from helsepuls.sections import SECTIONS
    from runtime.kafka import refuse_weaker
    from runtime.settings import KafkaSettings, explain, load

    refuse_weaker(load(KafkaSettings, home))
    return [
        {
            "name": effective.name,
            "value": masked(effective.value),
            "source": effective.source,
            "meaning": effective.meaning,
        }
        for cls in SECTIONS
        for effective in explain(cls, home)
    ]


def masked(value: Any) -> Any:
    """The value with passwords, keys and credentials in addresses blanked."""
    match value:
        case dict():
            return {key: MASK if _SECRET_KEY.search(key) else masked(inner) for key, inner in value.items()}
        case list() | tuple():
            return [masked(inner) for inner in value]
        case str():
            return _CREDENTIALS.sub(lambda found: (found["name"] or "") + MASK, value)
        case None | bool() | int() | float():
            return value
    return str(value)
