"""`helsepuls publish`: from files to the raw topics, every item accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli import common
from helsepuls.cli._input import input_options, read_options

if TYPE_CHECKING:
    from producers.coordinates import Run
    from producers.outcomes import Rejection, Waited
    from producers.replacing import Period, Replacing
    from producers.report import Told
    from producers.sending import Account
    from producers.sources import Options
    from producers.types import Item
    from runtime.warehouse import Reader
    from schemas.types import Problem

_REACH_SECONDS = 10.0
_STEP = 500
"""Items between two movements of the progress bar."""
_REPLACED = "replaced"
"""What stands for a source in reports on cancellations that no input holds."""


@click.command()
@input_options
@click.option("--no-validate", is_flag=True, help="Send without checking by the rules first; the stream checks anyway.")
@click.option("--wait", is_flag=True, help="Return when the outcome of every event can be queried, and count them.")
@click.option(
    "--timeout",
    type=common.Number(0, common.LONGEST_SECONDS, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds to wait for Kafka's acknowledgement of an event and, with --wait, for the outcomes of all.",
)
@click.option(
    "--replaces",
    nargs=2,
    metavar="FIRST LAST",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The input is all that there is of these days (both included): what it says wins over what was reported, and "
    "what was reported of them and is not in it is cancelled. Needs --reporter.",
)
@common.home_option
@common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    input_format: str,
    reporter: str | None,
    facilities: Path | None,
    mapping: str | None,
    as_of: datetime | None,
    no_validate: bool,
    wait: bool,
    timeout: float,
    replaces: tuple[datetime, datetime] | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Publish the events of an input.

    PATH is a file, a folder (every file below it) or - for standard input. A message, bundle, row or line is sent
    whole or, if any of its events is invalid, not at all. Event ids follow from the content: to publish the same input
    again, after a failure or by mistake, gives duplicates and counts nothing twice.

    Exit codes: 0 all sent (and, with --wait, accepted or duplicates), 1 something was invalid, not delivered, rejected
    or without an outcome in time, 3 Kafka (or with --wait the warehouse) cannot be reached.
    """
    from producers.adapters.settings import AdapterSettings
    from runtime.home import find_home
    from runtime.settings import load

    period = _period(replaces, reporter, paths) if replaces else None
    folder = find_home(home)
    options = read_options(
        input_format, reporter, facilities, mapping, as_of, load(AdapterSettings, folder).max_item_bytes
    )
    done = _Publishing(folder, timeout, paths, options, validate=not no_validate).run(period, wait=wait)
    if as_json:
        common.print_json(_document(done))
    else:
        _show(done, reporter)
    if done.unreachable:
        click.echo(f"Error: {done.unreachable}", err=True)
    if done.waited and done.waited.missing:
        click.echo(f"Error: {_missing(done.waited)}", err=True)
    ctx.exit(_exit_code(done))


def _period(replaces: tuple[datetime, datetime], reporter: str | None, paths: tuple[str, ...]) -> Period:
    from producers.replacing import Period
    from producers.sources import STDIN

    first, last = (day.date() for day in replaces)
    if first > last:
        raise click.UsageError(f"--replaces: {first} is after {last}; give the first day first")
    if reporter is None:
        raise click.UsageError("--replaces needs --reporter: whose days are replaced")
    if any(path == STDIN or not (Path(path).is_file() or Path(path).is_dir()) for path in paths):
        raise click.UsageError(
            "--replaces reads the input twice: give it as a file, not on standard input or by a pipe"
        )
    return Period(first, last)


@dataclass
class _Done:
    account: Account
    waited: Waited | None = None
    rejections: list[Rejection] = field(default_factory=list)
    """Why the stream rejected what it rejected, as far as it was waited for."""
    unreachable: str | None = None
    """Why Kafka or the warehouse could not be reached."""
    cancelled: int = 0
    """Events that cancel what the input replaces; each counts as an item that was read and published."""


class _Publishing:
    def __init__(self, home: Path, timeout: float, paths: tuple[str, ...], options: Options, *, validate: bool) -> None:
        self._home = home
        self._timeout = timeout
        self._paths = paths
        self._options = options
        self._validate = validate

    def run(self, period: Period | None, *, wait: bool) -> _Done:
        from producers.outcomes import rejections, wait_for_outcomes
        from producers.report import KEPT
        from runtime.settings import WarehouseSettings, load
        from runtime.warehouse import Reader
        from schemas.errors import Retryable

        # Made now, so that one that is not configured is told before anything is sent.
        warehouse = Reader(load(WarehouseSettings, self._home)) if wait or period else None
        try:
            done = self._send(self._replacing(period, warehouse) if period and warehouse else None)
            if warehouse is None or not wait or done.unreachable:
                return done
            coordinates = done.account.coordinates
            with common.progress() as bar:
                task = bar.add_task("Waiting for outcomes", total=len(coordinates))
                done.waited = wait_for_outcomes(
                    warehouse, coordinates, self._timeout, lambda found: bar.update(task, completed=found)
                )
            done.unreachable = done.waited.problem
            if done.waited.outcomes["rejected"]:
                try:
                    done.rejections = rejections(warehouse, coordinates, KEPT)
                except Retryable as away:
                    done.unreachable = str(away)
        finally:
            if warehouse:
                warehouse.close()
        return done

    def _checked(self) -> Iterator[tuple[str, Item, Sequence[Problem]]]:
        """Every item of the input with what the rules find in it."""
        from producers.sources import items
        from producers.validate import judged
        from runtime.settings import PrivacySettings, load

        found = items(self._paths, self._options, lambda: datetime.now(UTC))
        if self._validate:
            return judged(found, profile=load(PrivacySettings, self._home).profile)
        return ((source, item, ()) for source, item in found)

    def _replacing(self, period: Period, warehouse: Reader) -> Replacing:
        """Reads the input once, before anything is sent. Raises Fatal when it is not whole."""
        from producers.replacing import Replacing
        from producers.report import Report
        from schemas.errors import Fatal

        report, replacing = Report(), Replacing(warehouse, period)
        for source, item, problems in self._checked():
            if report.add(source, item, problems):
                replacing.note(item)
        if report.invalid:
            raise Fatal(
                f"nothing was sent: {report.invalid} of {report.read} items are invalid, and what replaces a period "
                "must be whole. `helsepuls validate` shows them"
            )
        replacing.compare(self._options.context("", datetime.now(UTC)))
        return replacing

    def _send(self, replacing: Replacing | None) -> _Done:
        from producers.client import connector, reach
        from producers.delivery import Reports
        from producers.pack import Packer
        from producers.routes import Direct
        from producers.sending import Sending
        from producers.settings import ProducerSettings
        from runtime.settings import KafkaSettings, PrivacySettings, load
        from schemas.errors import Retryable

        kafka = load(KafkaSettings, self._home)
        connect = connector(kafka, self._timeout)
        reach(kafka, min(_REACH_SECONDS, self._timeout))
        # Only now: under the dev profile it makes keys that are missing.
        packer = Packer(self._home, load(ProducerSettings, self._home), load(PrivacySettings, self._home), kafka)
        sending = Sending(packer.pack)
        route = Direct(connect, Reports(sending.on_report), self._timeout)
        done = _Done(sending.account)
        try:
            with common.progress() as bar:
                task = bar.add_task("Publishing", total=None)
                for number, (source, item, problems) in enumerate(self._checked(), start=1):
                    placed = replacing.placed(item) if replacing else item
                    if messages := sending.take(source, placed, problems):
                        route.send(messages)
                    if number % _STEP == 0:
                        bar.update(task, completed=number)
                route.flush(None)
                whole = not (done.account.failed or done.account.report.invalid)
                if replacing and whole:  # else what is missing here would be cancelled
                    for cancel in replacing.cancels:
                        route.send(sending.take(_REPLACED, cancel, ()))
                        done.cancelled += 1
                    route.flush(None)
        except Retryable as gone:
            done.unreachable = f"{gone}. Publish the same again when Kafka is back: nothing counts twice"
        finally:
            route.close(0)
            sending.end("publishing was broken off")
        if done.account.failed and not done.unreachable:
            try:
                reach(kafka, min(_REACH_SECONDS, self._timeout))
            except Retryable as gone:
                done.unreachable = str(gone)
        return done


def _exit_code(done: _Done) -> int:
    if done.unreachable:
        return common.UNREACHABLE
    account, waited = done.account, done.waited
    refused = account.report.invalid or account.failed
    if refused or (waited and (waited.outcomes["rejected"] or waited.missing)):
        return common.FAILED
    return common.OK


def _document(done: _Done) -> dict[str, Any]:
    account, report = done.account, done.account.report
    return {
        "read": report.read,
        "published": account.published,
        "not_reportable": report.not_reportable,
        "invalid": report.invalid,
        "failed": account.failed,
        "events": report.events,
        "cancelled": done.cancelled,
        "by_family": dict(report.by_family),
        "by_code": dict(sorted(report.by_code.items())),
        "outcomes": done.waited.outcomes if done.waited else None,
        "without_outcome": done.waited.missing if done.waited else None,
        "rejections": done.rejections,
        "problems": [*account.answers, *report.problems],
        "problems_left_out": report.left_out + account.answers_left_out,
    }


def _show(done: _Done, reporter: str | None) -> None:
    from helsepuls.cli._problems import show

    out, account, report = common.console(), done.account, done.account.report
    families = ", ".join(f"{count} {family}" for family, count in sorted(report.by_family.items()))
    out.print(
        f"{report.read} read: {account.published} published, {report.not_reportable} not reportable, "
        f"{report.invalid} invalid, {account.failed} not delivered. {common.events(report.events)}"
        + (f": {families}." if families else ".")
    )
    if done.cancelled:
        these = common.events(done.cancelled)
        out.print(f"{these} of these cancel what was reported of the days and is not in the input.")
    if done.waited:
        out.print(", ".join(f"{count} {outcome}" for outcome, count in done.waited.outcomes.items()) + ".")
    show(out, [*account.answers, *report.problems, *map(_told, done.rejections)])
    if done.waited and done.waited.outcomes["rejected"]:
        out.print(f"Event by event: `helsepuls receipts --reporter {reporter or 'ORGNR'}`")


def _told(one: Rejection) -> Told:
    from producers.report import Told

    place = f"{one.topic} partition {one.partition} offset"
    return Told(place, one.offset, one.code, one.severity, one.field, one.message)


def _missing(waited: Waited) -> str:
    first = "; ".join(map(_words, waited.missing_runs[:3]))
    return (
        f"no outcome yet: {common.events(waited.missing)}, first {first}. Nothing is lost, Kafka holds them: "
        "`helsepuls status` shows who is behind, `helsepuls logs` why, `helsepuls audit` checks them all later"
    )


def _words(run: Run) -> str:
    span = str(run.first) if run.first == run.last else f"{run.first} to {run.last}"
    return f"{run.topic} partition {run.partition} offset {span}"
