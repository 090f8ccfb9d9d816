"""The process that keeps a local stack alive: `python -m deploy.local.supervisor --home DIR`.

It starts the children in order, starts again what dies, and writes what is to `<home>/stack.json`. It decides nothing
about data: a child may be killed at any moment and the stack must bear it. One thread, the main one (see leash.py).
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local import lock, logfiles, ports, registry
from deploy.local.children import Child, Pauses, State
from deploy.local.plan import Plan, make
from deploy.local.processes import Identity, end, stop
from deploy.settings import StackSettings
from monitoring import metrics
from runtime import logs
from runtime.home import read_json, write_json
from runtime.settings import load
from schemas.errors import HelsepulsError

_TICK = 0.1
_CUT_EVERY = 10.0
_LEFTOVER_SECONDS = 10.0

log = logging.getLogger("deploy.supervisor")


class Supervisor:
    """Runs one plan in one home until told to stop."""

    def __init__(self, home: Path, plan: Plan, settings: StackSettings) -> None:
        self.home = home
        self.plan = plan
        self.settings = settings
        self.started_at = datetime.now(UTC)
        pauses = Pauses(settings.restart_seconds, settings.restart_seconds_max)
        self.children = [Child(spec, logfiles.of(home, spec.name), pauses, ports.is_free) for spec in plan.specs]
        self._was_ready = False
        self._unwritten = False
        self._restarts: dict[str, int] = {}

    @property
    def state(self) -> str:
        if all(child.state is State.READY for child in self.children):
            return "ready"
        return "degraded" if self._was_ready or any(child.hopeless for child in self.children) else "starting"

    def run(self, stopping: Callable[[], bool], still_held: Callable[[], bool]) -> None:
        """Until `stopping` or the home is no longer held; then ends the children in order and cleans up.

        A disk that is full is no reason to end: what runs goes on, and what could not be written is written later.
        """
        self._write()
        next_cut = 0.0
        try:
            while not stopping():
                if not still_held():
                    # Nobody could find this stack any more to end it.
                    log.error("the home was deleted or replaced: the stack ends")
                    break
                self.tick()
                if time.monotonic() >= next_cut:
                    self._cut_logs()
                    next_cut = time.monotonic() + _CUT_EVERY
                time.sleep(_TICK)
        finally:
            if still_held():
                self._write_if_possible(state="down")
            self.stop()

    def tick(self) -> None:
        """One look at every child."""
        changed = False
        for child in self.children:
            ready = {other.spec.name for other in self.children if other.state is State.READY}
            if child.tick(time.monotonic(), may_start=ready.issuperset(child.spec.after)):
                changed = True
                self._tell(child)
        self._was_ready = self._was_ready or self.state == "ready"
        if changed or self._unwritten:
            self._write_if_possible()

    def stop(self) -> None:
        """Workers first, Kafka last, each kind with its share of what is left of the time; then they are killed."""
        deadline = time.monotonic() + self.settings.stop_seconds
        running = [child for child in reversed(self.children) if child.process is not None]
        kinds = [list(children) for _, children in itertools.groupby(running, key=lambda child: child.spec.kind)]
        for position, children in enumerate(kinds):
            share = max(deadline - time.monotonic(), 0) / (len(kinds) - position)
            until = time.monotonic() + share
            for child in children:
                assert child.process is not None
                child.process.terminate()
            for child in children:
                assert child.process is not None
                if not stop(child.process, until - time.monotonic()):
                    log.warning("killed", extra={"child": child.spec.name, "seconds": round(share, 1)})
                child.ended()
        _children_file(self.home).unlink(missing_ok=True)
        log.info("stopped")

    def _tell(self, child: Child) -> None:
        facts = {"child": child.spec.name, "state": child.state.value, "restarts": child.restarts}
        if child.problem:
            log.error("child failed", extra={**facts, "problem": child.problem})
        else:
            log.info("child", extra={**facts, "pid": child.process.pid if child.process else None})
        metrics.CHILD_READY.labels(child.spec.name).set(child.state is State.READY)
        grown = child.restarts - self._restarts.get(child.spec.name, 0)
        metrics.CHILD_RESTARTS.labels(child.spec.name).inc(grown)
        self._restarts[child.spec.name] = child.restarts

    def _cut_logs(self) -> None:
        for path in logfiles.folder(self.home).glob("*.log"):
            try:
                logfiles.cut(path, self.settings.log_mb * 1_000_000)
            except OSError as error:
                log.warning("a log cannot be cut", extra={"log": path.name, "reason": error.strerror})

    def _write_if_possible(self, state: str | None = None) -> None:
        try:
            self._write(state)
        except OSError as error:
            if not self._unwritten:
                log.error("the state of the stack cannot be written", extra={"reason": error.strerror})
            self._unwritten = True
        else:
            self._unwritten = False

    def _write(self, state: str | None = None) -> None:
        identities = [child.identity for child in self.children if child.identity]
        write_json(_children_file(self.home), {"children": [vars(identity) for identity in identities]})
        write_json(self.home / "stack.json", self.document(state or self.state))

    def document(self, state: str) -> dict[str, Any]:
        """What others read of this stack: `helsepuls status`, and the settings of every client on this machine."""
        by_kind: dict[str, list[dict[str, Any]]] = {"kafka": [], "registry": [], "warehouse": [], "worker": []}
        for child in self.children:
            by_kind[child.spec.kind].append(
                {
                    "name": child.spec.name,
                    **child.facts,
                    "pid": child.process.pid if child.process else None,
                    "state": child.state.value,
                    "restarts": child.restarts,
                    "log": str(child.log),
                    "problem": child.problem,
                }
            )
        kafka = by_kind["kafka"][0] if by_kind["kafka"] else {"name": "kafka", "pid": None, "state": "outside"}
        ours = self.plan.registry
        return {
            "state": state,
            "home": str(self.home),
            "pid": os.getpid(),
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "kafka": {**kafka, "bootstrap": self.plan.bootstrap},
            "workers": by_kind["worker"],
            "warehouse": {"url": None, **by_kind["warehouse"][0]} if by_kind["warehouse"] else None,
            "registry": {**by_kind["registry"][0], "url": ours.url} if ours else None,
            "metrics": f"http://127.0.0.1:{self.plan.metrics_port}/metrics",
            "problems": [child.problem for child in self.children if child.problem],
        }


def _children_file(home: Path) -> Path:
    return home / "run" / "children.json"


def clear_leftovers(home: Path) -> None:
    """Ends what a killed supervisor left and forgets what it and its children said of themselves.

    On Linux its children died with it and only need a moment; their ports and files must be free before a plan is made.
    """
    for left in (read_json(_children_file(home)) or {}).get("children", []):
        identity = Identity(left["pid"], left["created"])
        if identity.alive:
            log.warning("ending a process that a former supervisor left", extra={"pid": identity.pid})
            end(identity, _LEFTOVER_SECONDS)
    for path in (*(home / "run").glob("*.json"), home / "stack.json"):
        path.unlink(missing_ok=True)


def _supervise(home: Path, workers: int | None, with_registry: bool, stopping: Callable[[], bool]) -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    with lock.sole(home, me) as still_held:
        clear_leftovers(home)
        settings = load(StackSettings, home, workers=workers)
        plan = make(home, settings, with_registry=with_registry)
        try:
            if plan.broker:
                _announce_preparation(home, "preparing Kafka (43 MB to download the first time)")
                plan.broker.prepare()
            if plan.registry:
                _announce_preparation(home, "preparing the schema registry (142 MB to download the first time)")
                registry.program()
            metrics.serve(plan.metrics_port)
            Supervisor(home, plan, settings).run(stopping, still_held)
        finally:
            (home / "stack.json").unlink(missing_ok=True)


def _announce_preparation(home: Path, doing: str) -> None:
    write_json(home / "stack.json", {"pid": os.getpid(), "state": "starting", "doing": doing})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Supervises a local stack; `helsepuls up` starts it.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--with-registry", action="store_true")
    given = parser.parse_args(arguments)
    logs.configure("supervisor")
    # Nothing here may wait for it: a handler that sets an event for which its own thread waits can find the lock taken.
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        _supervise(given.home, given.workers, given.with_registry, stopping.is_set)
    except (HelsepulsError, OSError) as error:
        log.error(str(error))  # one sentence for `helsepuls up`, no stack trace
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
