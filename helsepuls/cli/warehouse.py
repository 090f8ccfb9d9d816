"""`helsepuls warehouse`: the process that stores outcomes and answers queries, in the foreground."""

from __future__ import annotations

from pathlib import Path

import click

from helsepuls.cli.common import home_option, log_level_option, metrics_port_option


@click.command()
@home_option
@metrics_port_option
@log_level_option
def command(home: Path | None, metrics_port: int, log_level: str) -> None:
    """Run the warehouse in the foreground: outcomes from Kafka into tables.

    With an embedded warehouse (chdb:///path, the default) it also serves the read-only SQL endpoint; one process can
    hold a path at a time. With clickhouse:// or clickhouses:// it only stores, and readers query that server. It
    brings the tables up to date first. SIGTERM ends it cleanly: what was read is stored, what was not stays in Kafka.
    """
    from runtime.memory import collect_seldom, without_pandas

    without_pandas()
    collect_seldom()

    from monitoring.metrics import ensure_free
    from runtime import logs
    from runtime.home import find_home
    from sinks.warehouse.process import NAME, run

    logs.configure(NAME, log_level)
    ensure_free(metrics_port)
    run(find_home(home), metrics_port)
