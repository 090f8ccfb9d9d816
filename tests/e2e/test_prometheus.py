"""A real Prometheus beside a running stack: it reads every process, and the rules speak of what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from chaos.waiting import until
from documentation import ROOT
from prometheus import program
from services import answering

from deploy.local.ports import choose

RULES = ROOT / "monitoring" / "rules" / "helsepuls.yaml"
_EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_NOT_TOLD = re.compile(r"helsepuls_(audit_|sink_errors_|sink_retries_)")
"""Series that a stack without audits and errors does not have."""


@dataclass(frozen=True)
class Prometheus:
    """One with its configuration and data in `folder`. `nobody`: a target at which nothing answers."""

    address: str
    nobody: str
    folder: Path

    def command(self) -> list[str]:
        return [
            program("prometheus"),
            f"--config.file={self.folder}/prometheus.yml",
            f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address={self.address}",
        ]

    def ready(self) -> bool:
        try:
            return requests.get(f"http://{self.address}/-/ready", timeout=5).ok
        except requests.ConnectionError:
            return False

    def ask(self, path: str, **parameters: str) -> Any:
        answer = requests.get(f"http://{self.address}/api/v1/{path}", params=parameters, timeout=10)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def has(self, series: str) -> bool:
        return bool(self.ask("query", query=series)["result"])


@pytest.fixture(scope="module")
def prometheus(own_stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """With the configuration that the documentation shows, the stack's addresses in it, in a hurry."""
    folder = tmp_path_factory.mktemp("prometheus")
    example = _EXAMPLE.search((ROOT / "monitoring" / "README.md").read_text("utf-8"))
    assert example
    settings = yaml.safe_load(example[1])
    nobody = f"127.0.0.1:{choose()}"
    settings["scrape_configs"][0]["static_configs"][0]["targets"] = [*_targets(own_stack), nobody]
    settings["rule_files"] = [str(ROOT / name) for name in settings["rule_files"]]
    settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    found = Prometheus(f"127.0.0.1:{choose()}", nobody, folder)
    with answering(found, folder / "prometheus.log"):
        yield found


def _targets(stack: Any) -> list[str]:
    status = stack.status()
    return [urlsplit(part["metrics"]).netloc for part in (status, status["warehouse"], *status["workers"])]


def test_every_process_is_read(own_stack: Any, prometheus: Prometheus) -> None:
    targets = _targets(own_stack)

    def up() -> dict[str, str]:
        found = prometheus.ask("query", query='up{job="helsepuls"}')["result"]
        return {one["metric"]["instance"]: one["value"][1] for one in found}

    until(lambda: len(up()) > len(targets), 60)
    assert up() == {**dict.fromkeys(targets, "1"), prometheus.nobody: "0"}


def test_the_rules_run_and_speak_of_what_is_told(own_stack: Any, prometheus: Prometheus) -> None:
    own_stack.json("publish", str(ROOT / "docs" / "examples" / "beds.ndjson"), "--reporter", "983971636", "--wait")
    rules = [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]

    def evaluated() -> dict[str, str]:
        return {rule["name"]: rule["health"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]}

    until(lambda: "unknown" not in evaluated().values(), 60)
    assert evaluated() == {rule["alert"]: "ok" for rule in rules}
    series = {name for rule in rules for name in re.findall(r"\bhelsepuls_\w+", rule["expr"])}
    told = {name for name in series if not _NOT_TOLD.match(name)}
    until(lambda: not [name for name in told if not prometheus.has(name)], 60)


def test_of_a_sound_stack_it_tells_only_of_who_is_not_there(prometheus: Prometheus) -> None:
    """And that nobody has audited it yet."""

    def active() -> dict[str, str | None]:
        return {one["labels"]["alertname"]: one["labels"].get("instance") for one in prometheus.ask("alerts")["alerts"]}

    # another may be pending for a moment, as when it is asked just before events are stored
    until(lambda: active() == {"HelsepulsProcessDown": prometheus.nobody, "HelsepulsAuditOld": None}, 60)
