"""The options that say how an input is read, shared by the commands that read one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from helsepuls.cli._instant import INSTANT
from helsepuls.cli._organisation import ORGANISATION

_Command = TypeVar("_Command", bound=Callable[..., Any])


def input_options(command: _Command) -> _Command:
    """PATH… and the options of `read_options`, given to the command under their names."""
    options = [
        click.argument(
            "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, allow_dash=True)
        ),
        click.option(
            "--format",
            "input_format",
            type=click.Choice(["auto", "hl7v2", "fhir", "csv", "ndjson", "avro"]),
            default="auto",
            show_default=True,
            help="How the input is written; auto looks at its content, not at its name.",
        ),
        click.option(
            "--reporter",
            metavar="ORGNR",
            type=ORGANISATION,
            help="Organisation number of who reports, before whatever the input says.",
        ),
        click.option(
            "--facilities",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="CSV or YAML: name of a sending facility or unit, organisation number.",
        ),
        click.option(
            "--mapping",
            metavar="NAME|FILE",
            help="How the columns of a CSV file become fields: a mapping that ships with the product, or a YAML file.",
        ),
        click.option(
            "--as-of",
            metavar="TIME",
            type=INSTANT,
            help="Declares a backfill: when this content was known, with zone, like 2026-01-31T12:00:00Z.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def read_options(
    input_format: str,
    reporter: str | None,
    facilities: Path | None,
    mapping: str | None,
    as_of: datetime | None,
    max_item_bytes: int,
) -> Any:
    """`producers.sources.Options` of what was given. A mistake in a file that was named is wrong usage."""
    from producers.facilities import load_facilities
    from producers.mappings.loader import load_mapping
    from producers.sources import Options
    from schemas.errors import Fatal

    try:
        return Options(
            format=None if input_format == "auto" else input_format,  # type: ignore[arg-type]  # click has checked it
            reporter=reporter,
            facilities=load_facilities(facilities) if facilities else {},
            as_of=as_of,
            mapping=load_mapping(mapping) if mapping else None,
            max_item_bytes=max_item_bytes,
        )
    except Fatal as error:
        raise click.UsageError(str(error)) from error
