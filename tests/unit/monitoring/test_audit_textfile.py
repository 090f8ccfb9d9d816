"""What `helsepuls audit --textfile` leaves for Prometheus."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from helsepuls.audit.report import Double, Report, Stretch
from helsepuls.audit.textfile import write
from schemas.errors import Fatal


def samples(path):
    families = text_string_to_metric_families(path.read_text("utf-8"))
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("helsepuls_")
    }


def test_a_good_audit_and_then_a_bad_one(tmp_path):
    path = tmp_path / "helsepuls.prom"
    write(Report(raw=5, accepted=5), path, lambda: 1000.0)
    assert samples(path) == {
        ("helsepuls_audit_conserved",): 1,
        ("helsepuls_audit_findings", "missing"): 0,
        ("helsepuls_audit_findings", "double"): 0,
        ("helsepuls_audit_findings", "invented"): 0,
        ("helsepuls_audit_findings", "stray"): 0,
        ("helsepuls_audit_findings", "unlisted"): 0,
        ("helsepuls_audit_raw_events",): 5,
        ("helsepuls_audit_timestamp_seconds",): 1000,
    }
    bad = Report(raw=6, missing=[Stretch("raw.episode", 0, 3, 9, ("warehouse",))])
    bad.double.append(Double("raw.episode", 0, 1, ("accepted", "rejected"), ("accepted",)))
    write(bad, path, lambda: 2000.0)
    found = samples(path)
    assert found["helsepuls_audit_conserved",] == 0
    assert found["helsepuls_audit_findings", "missing"] == found["helsepuls_audit_findings", "double"] == 1
    assert found["helsepuls_audit_timestamp_seconds",] == 2000


def test_a_symlink_stays_one(tmp_path):
    (tmp_path / "target").write_text("")
    path = tmp_path / "helsepuls.prom"
    path.symlink_to("target")
    write(Report(raw=5, accepted=5), path)
    assert path.is_symlink()
    assert samples(tmp_path / "target")["helsepuls_audit_raw_events",] == 5


def test_other_processes_say_nothing_of_an_audit():
    assert not [family for family in REGISTRY.collect() if family.name.startswith("helsepuls_audit")]


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(Fatal, match="--textfile"):
        write(Report(), tmp_path / "no" / "such" / "folder.prom")
