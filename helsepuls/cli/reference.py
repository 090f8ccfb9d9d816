"""`helsepuls reference`: the tables that events are enriched with, as releases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli import common

if TYPE_CHECKING:
    import polars as pl

    from reference.imports import Parsed

_SHOWN_REFUSALS = 50


@click.group(short_help="Import and list the reference tables (units, municipalities, population …).")
def command() -> None:
    """The tables that events are enriched with: who reports, where patients live, which trust is responsible.

    An import makes a new release beside the old ones. Running workers use it from their next batch on, and every
    accepted event names the release it was enriched with. A running warehouse has it in its views reference_…
    """


@command.group(name="import")
def import_() -> None:
    """Import one table from a CSV file: a new release with the other tables as they are.

    Lines that cannot be right are refused, with line and reason, and the rest is kept. Exit code 1 only when nothing
    in the file can be used; the tables are then unchanged.
    """


def _importer(name: str) -> Callable[[Callable[..., Parsed]], click.Command]:
    """Makes `import NAME FILE` of a function that parses the file."""

    def decorate(parse: Callable[..., Parsed]) -> click.Command:
        @import_.command(name=name, help=parse.__doc__)
        @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
        @click.option("--source", help="Where the table comes from, kept with the release. Default: the file's name.")
        @click.option(
            "--valid-from",
            type=click.DateTime(["%Y-%m-%d"]),
            help="From which date on the table holds, kept with the release. Default: today.",
        )
        @common.home_option
        @common.json_option
        def imported(
            file: Path, source: str | None, valid_from: datetime | None, home: Path | None, as_json: bool
        ) -> None:
            from reference import releases
            from runtime.home import find_home

            folder = find_home(home)
            parsed = parse(file, releases.frames(folder, releases.current(folder)))
            now = datetime.now(UTC)
            made, changed = releases.publish(
                folder,
                name,
                parsed.frame,
                source=source or file.name,
                refused=len(parsed.refused),
                valid_from=valid_from.date() if valid_from else date.today(),  # noqa: DTZ011 - the local calendar
                now=now,
            )
            _report(name, parsed, made.release, changed, as_json)

        return imported

    return decorate


@_importer("units")
def _units(file: Path, tables: dict[str, pl.DataFrame]) -> Parsed:
    """Treatment units: orgnr, name, hospital, hf, rhf, and where known kommuneNr, latitude, longitude (WGS 84).

    Numbers must be nine digits with the right control digit. Health authorities and trusts that the package ships and
    FILE does not have stay.
    """
    from reference import imports, releases

    return imports.units(file, releases.shipped()[1]["units"], tables["municipalities"])


@_importer("catchment")
def _catchment(file: Path, tables: dict[str, pl.DataFrame]) -> Parsed:
    """Catchment: kommune, bydel (may be empty), rhf, hf, hospital, dps."""
    from reference import imports

    return imports.catchment(file, tables["municipalities"])


@_importer("helsefellesskap")
def _helsefellesskap(file: Path, tables: dict[str, pl.DataFrame]) -> Parsed:
    """Health communities: kommuneNr (present or former), helsefellesskap."""
    from reference import imports

    return imports.helsefellesskap(file, tables["municipalities"])


@_importer("population")
def _population(file: Path, tables: dict[str, pl.DataFrame]) -> Parsed:
    """Population: kommuneNr, date (the day it is of), population, and for all lines or none sex and age_group.

    One date, municipalities in force. sex is 1 or 2 (code list 3101), age_group is 0-9, 10-19 … 90+.
    """
    from reference import imports

    return imports.population(file, tables["municipalities"])


@_importer("municipalities")
def _municipalities(file: Path, tables: dict[str, pl.DataFrame]) -> Parsed:  # noqa: ARG001
    """Municipalities, present and former: code, name, county, valid_from, valid_to, successor.

    A code that was split has no successor.
    """
    from reference import imports

    return imports.municipalities(file)


def _report(name: str, parsed: Parsed, release: str, changed: bool, as_json: bool) -> None:
    from runtime.logs import redact

    kept = parsed.read - len(parsed.refused)
    if as_json:
        refused = [{"line": r.line, "value": redact(r.value), "reason": r.reason} for r in parsed.refused]
        document = {"table": name, "read": parsed.read, "kept": kept, "refused": refused}
        common.print_json({**document, "rows": parsed.frame.height, "release": release, "changed": changed})
        return
    for refusal in parsed.refused[:_SHOWN_REFUSALS]:
        click.echo(f"line {refusal.line}: {f'{redact(refusal.value)} '.lstrip()}{refusal.reason}", err=True)
    if len(parsed.refused) > _SHOWN_REFUSALS:
        click.echo(f"… and {len(parsed.refused) - _SHOWN_REFUSALS} more; all with --json", err=True)
    click.echo(f"{kept} of {parsed.read} lines kept, {len(parsed.refused)} refused.")
    if changed:
        rows = f"its {name} have {parsed.frame.height} rows"
        click.echo(f"Release {release} is current; {rows}. Workers and warehouse use it from now on.")
    else:
        click.echo(f"Nothing changed: release {release} has the same {name} already.")


@command.command(name="list")
@common.home_option
@common.json_option
def list_(home: Path | None, as_json: bool) -> None:
    """List the releases of this home, newest first, and which is current."""
    from reference import releases
    from runtime.home import find_home

    folder = find_home(home)
    current = releases.manifest(folder, releases.current(folder)).release
    known = [releases.shipped()[0], *(releases.manifest(folder, name) for name in releases.names(folder))][::-1]
    if as_json:
        common.print_json([_facts(made, current) for made in known])
        return
    table = common.table_of("", "release", "rows")
    for made in known:
        rows = ", ".join(f"{name} {made.tables[name].rows}" for name in releases.TABLES if made.tables[name].rows)
        table.add_row("current" if made.release == current else "", made.release, rows)
    common.console().print(table)


@command.command()
@click.argument("release", required=False)
@common.home_option
@common.json_option
def show(release: str | None, home: Path | None, as_json: bool) -> None:
    """Show where the tables of RELEASE come from. Default: the current one."""
    from reference import releases
    from runtime.home import find_home

    folder = find_home(home)
    current = releases.manifest(folder, releases.current(folder)).release
    made = releases.manifest(folder, release or current)
    if as_json:
        common.print_json(_facts(made, current))
        return
    click.echo(f"{made.release}{' (current)' if made.release == current else ''}")
    table = common.table_of("table", "rows", "refused", "valid from", "imported", "source")
    for name, facts in made.tables.items():
        counts = (str(facts.rows), str(facts.refused))
        table.add_row(name, *counts, facts.valid_from, facts.imported_at[:16].replace("T", " "), facts.source)
    common.console().print(table)


def _facts(made: Any, current: str) -> dict[str, Any]:
    return {"release": made.release, "current": made.release == current, "made_at": made.made_at, "tables": made.tables}
