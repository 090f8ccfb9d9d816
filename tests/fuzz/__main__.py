"""`python -m tests.fuzz`: a table of targets, inputs and failures; exit code 1 when anything failed."""

from __future__ import annotations

import argparse
import secrets
import sys
import traceback
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from . import configuration, files, stored, topics
from .target import Target, fuzz

TARGETS: tuple[Target, ...] = (*topics.TARGETS, *stored.TARGETS, *files.TARGETS, *configuration.TARGETS)


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--inputs", type=int, default=100_000, help="in total, shared out over the targets")
    options.add_argument("--seed", type=int, default=None, help="of a run to be repeated")
    options.add_argument("--only", default="", help="targets whose name contains this")
    chosen = options.parse_args(arguments)
    number = secrets.randbits(32) if chosen.seed is None else chosen.seed
    targets = [target for target in TARGETS if chosen.only in target.name]
    if not targets:
        options.error("no target has that in its name")
    out = Console(highlight=False)
    table = Table("target", "inputs", "failures", "seconds", title=f"Fuzzing, seed {number}", title_justify="left")
    weight = sum(target.weight for target in targets)
    inputs, failures = 0, 0
    for target in targets:
        wanted = -(-chosen.inputs * target.weight // weight)
        done = fuzz(target, wanted, number)
        failed = done.failure is not None or done.inputs < wanted
        if done.failure:
            out.rule(target.name)
            traceback.print_exception(done.failure, file=sys.stdout)
        inputs, failures = inputs + done.inputs, failures + failed
        table.add_row(target.name, str(done.inputs), str(int(failed)), f"{done.seconds:.1f}")
    table.add_section()
    table.add_row("all", str(inputs), str(failures), "")
    out.print(table)
    if failures:
        out.print(f"Again: python -m tests.fuzz --inputs {chosen.inputs} --seed {number}. Keep what failed in `kept`.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
