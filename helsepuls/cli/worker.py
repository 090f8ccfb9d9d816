"""`helsepuls worker`: one stream worker in the foreground."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import click

from helsepuls.cli.common import home_option, log_level_option, metrics_port_option
from runtime.memory import keep_freed

_REACH_SECONDS = 10.0


@click.command()
@home_option
@metrics_port_option
@click.option("--name", default="worker-0", show_default=True, help="Name of this worker in logs and in the home.")
@click.option("--instance", help="Static membership: a name that no other worker of the group has (stream.instance).")
@log_level_option
def command(home: Path | None, metrics_port: int, name: str, instance: str | None, log_level: str) -> None:
    """Run one stream worker in the foreground: raw events in, outcomes out.

    It takes its share of the raw topics' partitions; start more of them, on this machine or others, to share the
    work. Kafka, keys and limits come from the settings (`helsepuls config`). It ends itself rather than idle: exit
    code 3 when Kafka does not answer at the start, 70 when nothing moves, 71 when outcomes cannot be delivered;
    nothing is acknowledged then, and whoever watches it starts it again.
    """
    # The worker's own threads are as many as it can use: more would only wait for each other. Before polars is loaded.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    keep_freed()

    import faust

    from monitoring.metrics import ensure_free
    from producers.client import reach
    from runtime import logs
    from runtime.home import find_home
    from runtime.settings import KafkaSettings, load
    from streams.app import create_app

    folder = find_home(home)
    logs.configure(name, log_level)
    ensure_free(metrics_port)
    reach(load(KafkaSettings, folder), _REACH_SECONDS)
    app = create_app(folder, name=name, metrics_port=metrics_port, instance=instance)
    worker = faust.Worker(app, quiet=True, override_logging=False, redirect_stdouts=False, loglevel=log_level.upper())
    interrupted = threading.Event()
    stop = worker._on_sigint  # noqa: SLF001  Faust ends with 0 whatever asked it to, and has no other place to tell

    def on_sigint() -> None:
        interrupted.set()
        stop()

    worker._on_sigint = on_sigint  # noqa: SLF001
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        if interrupted.is_set() and not ended.code:
            raise KeyboardInterrupt from None
        raise
