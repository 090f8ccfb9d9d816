"""`helsepuls validate`: the stream's verdict, without a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli import common
from helsepuls.cli._input import input_options, read_options

if TYPE_CHECKING:
    from producers.report import Report, Told
    from producers.sources import Options
    from schemas.types import Profile


@click.command()
@input_options
@common.home_option
@common.json_option
def command(
    paths: tuple[str, ...],
    input_format: str,
    reporter: str | None,
    facilities: Path | None,
    mapping: str | None,
    as_of: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Check an input by the rules of the stream, without sending anything.

    PATH is a file, a folder (every file below it) or - for standard input. Nothing but this command is needed: no
    Kafka, no registry. The verdict is the one the stream would give. Exit code 1 when something would be refused.
    """
    from producers.adapters.settings import AdapterSettings
    from runtime.home import find_home
    from runtime.settings import PrivacySettings, load

    place = find_home(home)
    limit = load(AdapterSettings, place).max_item_bytes
    options = read_options(input_format, reporter, facilities, mapping, as_of, limit)
    found = _judge(paths, options, load(PrivacySettings, place).profile)
    if as_json:
        common.print_json(found.document())
    else:
        _print(found)
    if found.report.invalid:
        click.get_current_context().exit(common.FAILED)


@dataclass
class _Found:
    report: Report
    answers: list[Told] = field(default_factory=list)
    """Items that are not reportable."""

    def document(self) -> dict[str, Any]:
        counts = self.report.counts("valid")
        return {**counts, "problems": [*self.answers, *counts["problems"]]}


def _judge(paths: tuple[str, ...], options: Options, profile: Profile) -> _Found:
    from datetime import UTC

    from producers.report import KEPT, Report, Told
    from producers.sources import items
    from producers.types import NotReportable
    from producers.validate import judged

    found = _Found(Report())
    with common.progress() as bar:
        task = bar.add_task("Reading", total=None)
        read: Iterator[Any] = judged(items(paths, options, lambda: datetime.now(UTC)), profile=profile)
        for source, item, problems in read:
            found.report.add(source, item, problems)
            if isinstance(item, NotReportable) and len(found.answers) < KEPT:
                found.answers.append(Told(source, item.position, item.code, "none", "", item.message))
            bar.update(task, completed=found.report.read)
    return found


def _print(found: _Found) -> None:
    from helsepuls.cli._problems import show

    report, console = found.report, common.console()
    became = ", ".join(f"{count} {family}" for family, count in sorted(report.by_family.items()))
    console.print(
        f"{report.read} read: {report.good} valid, {report.not_reportable} not reportable, {report.invalid} invalid. "
        f"{common.events(report.events)}" + (f": {became}." if became else ".")
    )
    show(console, [*found.answers, *report.problems])
