"""`helsepuls schemas`: look at the contract, prove that a change fits, release it, fill a registry."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from helsepuls.cli import common


@click.group(short_help="Show the schemas, prove that changes are compatible, release and register them.")
def command() -> None:
    """The Avro schemas of every topic: versions, pinned ids, compatibility.

    A change is made in schemas/avro/parts; `check` says whether it may be released, `release` writes the new versions.
    """


@command.command(name="list")
@common.json_option
def list_(as_json: bool) -> None:
    """List every released schema with its version and pinned id."""
    from schemas import catalog

    schemas = catalog.released()
    if as_json:
        facts = [
            {"subject": s.subject, "topic": s.topic, "version": s.version, "id": s.id, "fields": len(s.field_names)}
            for s in schemas
        ]
        common.print_json(facts)
        return
    table = common.table_of("id", "subject", "version", "fields")
    for schema in schemas:
        table.add_row(str(schema.id), schema.subject, str(schema.version), str(len(schema.field_names)))
    common.console().print(table)


@command.command()
@click.argument("subject")
@click.option("--version", type=click.IntRange(1), help="Which version. Default: the newest.")
def show(subject: str, version: int | None) -> None:
    """Print one schema as JSON. SUBJECT is a topic (raw.episode) or its subject (raw.episode-value)."""
    from schemas import catalog

    topic = subject.removesuffix("-value")
    found = [s for s in catalog.released() if s.topic == topic and version in (None, s.version)]
    if not found:
        raise click.BadParameter(f"no released schema {subject!r} in that version; see `helsepuls schemas list`")
    common.print_json(max(found, key=lambda schema: schema.version).definition)


@command.command()
@common.json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Prove full transitive compatibility of all versions and of what the parts now give.

    Also: released files never changed, ids are unique, accepted records begin with the bytes of raw ones, every
    field has a doc. Exit code 1 with place and reason when something does not fit.
    """
    from schemas.compatibility import check as find

    findings = find()
    if as_json:
        common.print_json({"compatible": not findings, "findings": findings})
    elif findings:
        for finding in findings:
            click.echo(str(finding), err=True)
    else:
        click.echo("All released schemas and what the parts now give are compatible.")
    ctx.exit(common.FAILED if findings else common.OK)


@command.command()
@click.pass_context
def release(ctx: click.Context) -> None:
    """Check, then write a new version of every schema whose parts changed and pin its id."""
    from schemas import catalog, releases
    from schemas.compatibility import check as find

    findings = find()
    if not findings:
        written = catalog.release()
        releases.seal()
        for schema in written:
            click.echo(f"released {schema.subject} v{schema.version} with id {schema.id}")
        if not written:
            click.echo("Nothing to release: every schema is as its parts give it.")
        findings = find()
    for finding in findings:
        click.echo(str(finding), err=True)
    ctx.exit(common.FAILED if findings else common.OK)


@command.command()
@click.option("--url", help="Base address of the registry's Confluent API. Default: the setting registry.url.")
@common.home_option
@common.json_option
def register(url: str | None, home: Path | None, as_json: bool) -> None:
    """Register every released schema under its pinned id in a Confluent-compatible registry.

    Done again, it changes nothing. The registry must be Helsepuls's own: an id that stands for something else there
    is an error.
    """
    from runtime.home import find_home
    from runtime.settings import RegistrySettings, load
    from schemas import catalog
    from schemas.registry import Registry, fill

    address = load(RegistrySettings, find_home(home), url=url).url
    if not address:
        raise click.UsageError("no registry is known: give --url, or start one with `helsepuls up --with-registry`")
    filled = fill(Registry(address), catalog.released())
    subjects: dict[bool, list[str]] = defaultdict(list)
    for entry in filled:
        subjects[entry.new].append(f"{entry.schema.subject} v{entry.schema.version}")
    if as_json:
        common.print_json({"registered": subjects[True], "present": subjects[False]})
    else:
        click.echo(
            f"{len(subjects[True])} schemas registered, {len(subjects[False])} were there; all ids are as pinned."
        )
