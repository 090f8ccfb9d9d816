"""`helsepuls publish`: from files to the raw topics, every item accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli import common
from helsepuls.cli._input import input_options, read_options

if TYPE_CHECKING:
    from producers.coordinates import Run
    from producers.outcomes import Waited
    from producers.sending import Account
    from producers.sources import Options

_REACH_SECONDS = 10.0
_STEP = 500
"""Items between two movements of the progress bar."""


@click.command()
@input_options
@click.option("--no-validate", is_flag=True, help="Send without checking by the rules first; the stream checks anyway.")
@click.option("--wait", is_flag=True, help="Return when the outcome of every event can be queried, and count them.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds to wait for Kafka's acknowledgement of an event and, with --wait, for the outcomes of all.",
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

    folder = find_home(home)
    options = read_options(
        input_format, reporter, facilities, mapping, as_of, load(AdapterSettings, folder).max_item_bytes
    )
    done = _Publishing(folder, timeout).run(paths, options, validate=not no_validate, wait=wait)
    if as_json:
        common.print_json(_document(done))
    else:
        _show(done)
    if done.unreachable:
        click.echo(f"Error: {done.unreachable}", err=True)
    if done.waited and done.waited.missing:
        click.echo(f"Error: {_missing(done.waited)}", err=True)
    ctx.exit(_exit_code(done))


@dataclass
class _Done:
    account: Account
    waited: Waited | None = None
    unreachable: str | None = None
    """Why Kafka or the warehouse could not be reached."""


class _Publishing:
    def __init__(self, home: Path, timeout: float) -> None:
        self._home = home
        self._timeout = timeout

    def run(self, paths: tuple[str, ...], options: Options, *, validate: bool, wait: bool) -> _Done:
        from producers.outcomes import wait_for_outcomes
        from runtime.settings import WarehouseSettings, load
        from runtime.warehouse import Reader

        warehouse = Reader(load(WarehouseSettings, self._home)) if wait else None  # says now if none is known
        done = self._send(paths, options, validate)
        if warehouse is None or done.unreachable:
            return done
        coordinates = done.account.coordinates
        try:
            with common.progress() as bar:
                task = bar.add_task("Waiting for outcomes", total=len(coordinates))
                done.waited = wait_for_outcomes(
                    warehouse, coordinates, self._timeout, lambda found: bar.update(task, completed=found)
                )
        finally:
            warehouse.close()
        done.unreachable = done.waited.problem
        return done

    def _send(self, paths: tuple[str, ...], options: Options, validate: bool) -> _Done:
        from producers.client import connector, reach
        from producers.delivery import Reports
        from producers.pack import Packer
        from producers.routes import Direct
        from producers.sending import Sending
        from producers.settings import ProducerSettings
        from producers.sources import items
        from producers.validate import judged
        from runtime.settings import KafkaSettings, PrivacySettings, load
        from schemas.errors import Retryable

        kafka = load(KafkaSettings, self._home)
        privacy = load(PrivacySettings, self._home)
        packer = Packer(self._home, load(ProducerSettings, self._home), privacy, kafka)
        reach(kafka, min(_REACH_SECONDS, self._timeout))
        sending = Sending(packer.pack)
        route = Direct(connector(kafka, self._timeout), Reports(sending.on_report), self._timeout)
        done = _Done(sending.account)
        found = items(paths, options, lambda: datetime.now(UTC))
        checked: Any = judged(found, profile=privacy.profile) if validate else ((s, item, []) for s, item in found)
        try:
            with common.progress() as bar:
                task = bar.add_task("Publishing", total=None)
                for number, (source, item, problems) in enumerate(checked, start=1):
                    if messages := sending.take(source, item, problems):
                        route.send(messages)
                    if number % _STEP == 0:
                        bar.update(task, completed=number)
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
        "by_family": dict(report.by_family),
        "by_code": dict(sorted(report.by_code.items())),
        "outcomes": done.waited.outcomes if done.waited else None,
        "without_outcome": done.waited.missing if done.waited else None,
        "problems": [*account.answers, *report.problems],
        "problems_left_out": report.left_out + account.answers_left_out,
    }


def _show(done: _Done) -> None:
    from helsepuls.cli._problems import show

    out, account, report = common.console(), done.account, done.account.report
    families = ", ".join(f"{count} {family}" for family, count in sorted(report.by_family.items()))
    out.print(
        f"{report.read} read: {account.published} published, {report.not_reportable} not reportable, "
        f"{report.invalid} invalid, {account.failed} not delivered. {_events(report.events)}"
        + (f": {families}." if families else ".")
    )
    if done.waited:
        out.print(", ".join(f"{count} {outcome}" for outcome, count in done.waited.outcomes.items()) + ".")
    show(out, [*account.answers, *report.problems])
    if done.waited and done.waited.outcomes["rejected"]:
        out.print("What was rejected and why: `helsepuls receipts --reporter ORGNR`")


def _missing(waited: Waited) -> str:
    first = "; ".join(map(_words, waited.missing_runs[:3]))
    return (
        f"no outcome yet: {_events(waited.missing)}, first {first}. Nothing is lost, Kafka holds them: "
        "`helsepuls status` shows who is behind, `helsepuls logs` why, `helsepuls audit` checks them all later"
    )


def _events(count: int) -> str:
    return f"{count} event" + "s" * (count != 1)


def _words(run: Run) -> str:
    span = str(run.first) if run.first == run.last else f"{run.first} to {run.last}"
    return f"{run.topic} partition {run.partition} offset {span}"
