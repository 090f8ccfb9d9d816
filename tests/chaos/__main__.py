"""`python -m tests.chaos --rounds 50 --seed 1`: exits non-zero when something does not hold."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from rich.console import Console

from .faults import FAULTS
from .plan import NEEDS_COMPILER, Round, plan, possible, short
from .report import document, show, write
from .rounds import Result
from .run import SABOTAGES, run

_OUTPUT = Path("build") / "chaos.json"


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, action="append", help="play this round of the plan, may be repeated")
    parser.add_argument("--fault", choices=list(FAULTS), help="play rounds of this fault alone")
    parser.add_argument("--short", action="store_true", help="a round on each stage, short faults and time-outs")
    parser.add_argument("--json", type=Path, default=_OUTPUT, help="where the document goes (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="play in this new folder and keep it, with all logs")
    parser.add_argument(
        "--sabotage", choices=SABOTAGES, help="a process without a guarantee: to see that it is noticed"
    )
    return parser


def main() -> int:
    given = parser().parse_args()
    rounds = short(given.seed) if given.short and not given.fault else plan(given.seed, given.rounds)
    if given.only:
        rounds = [one for one in rounds if one.number in given.only]
    if given.fault:
        fault = FAULTS[given.fault]
        rounds = [Round(one.number, one.seed, fault.stages[0], (fault.name,)) for one in rounds]
    folder = given.keep or Path(tempfile.mkdtemp(prefix="helsepuls-chaos-"))
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stack is ended then too
    if NEEDS_COMPILER not in possible():
        console.print(f"Not run, for want of a C compiler (cc): {NEEDS_COMPILER}")
    try:
        say = partial(console.print, markup=False, soft_wrap=True)

        def note(results: list[Result]) -> None:
            """So that a run which is ended leaves what it found."""
            write(given.json, document(results, given.seed, given.rounds))

        results = run(rounds, folder, short=given.short, sabotage=given.sabotage, say=say, after_each=note)
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    show(results, console, _again(given))
    console.print(f"As a document: {given.json}")
    return 0 if results and all(result.holds for result in results) else 1


def _again(given: argparse.Namespace) -> str:
    """The command that plays a round of this run again, but for its number."""
    words = ["python -m tests.chaos", f"--seed {given.seed} --rounds {given.rounds}"]
    words += ["--short"] if given.short else []
    words += [f'--fault "{given.fault}"'] if given.fault else []
    return " ".join(words)


if __name__ == "__main__":
    sys.exit(main())
