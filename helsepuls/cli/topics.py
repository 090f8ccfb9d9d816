"""`helsepuls topics`: make a cluster's topics as they must be."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from helsepuls.cli.common import console, home_option, json_option, print_json


@click.command()
@home_option
@click.option("--dry-run", is_flag=True, help="Only say what would be changed.")
@json_option
def command(home: Path | None, dry_run: bool, as_json: bool) -> None:
    """Create Helsepuls' topics in the configured Kafka, or mend their settings where they differ.

    `helsepuls up` does this for the local Kafka; an outside cluster needs it once, and after an upgrade.
    """
    from deploy.settings import TopicSettings
    from deploy.topics import apply
    from runtime.home import find_home
    from runtime.kafka import admin
    from runtime.settings import KafkaSettings, load

    folder = find_home(home)
    kafka = load(KafkaSettings, folder)
    changes = apply(admin(kafka), load(TopicSettings, folder), dry_run=dry_run, where=kafka.bootstrap)
    if as_json:
        print_json({"changed": bool(changes) and not dry_run, "changes": [asdict(change) for change in changes]})
        return
    for change in changes:
        before = f" (was {change.before})" if change.before is not None else ""
        console().print(f"{change.topic}: {change.action} {change.after}{before}", soft_wrap=True)
    if dry_run and changes:
        console().print(f"{len(changes)} change(s) to make; nothing was changed.")
    else:
        console().print("Every topic is as declared.")
