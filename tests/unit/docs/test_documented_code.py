"""Code in the documentation compiles, configuration loads, and examples do what the text says of them."""

from __future__ import annotations

import ast
import importlib
import json
import tomllib
from datetime import UTC, datetime

import pytest
import yaml
from documentation import ROOT, blocks, pages

from producers.facilities import load_facilities
from producers.mappings.loader import load_mapping
from producers.sources import Options, items
from producers.types import Read
from producers.validate import judged
from runtime.settings import Settings
from schemas.types import FAMILIES

EXAMPLES = ROOT / "docs" / "examples"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def shown(language):
    return [pytest.param(block, id=block.place) for path in pages() for block in blocks(path, language)]


def codes(name, **options):
    """Rule codes by the events of an example's items, and the events."""
    options.setdefault("reporter", "983971636")
    found, events = [], []
    read = items([EXAMPLES / name], Options(**options), lambda: NOW)
    for _source, item, problems in judged(read, profile="dev", clock=lambda: NOW):
        assert isinstance(item, Read), item
        events += item.events
        found += [problem.code for problem in (*item.repairs, *problems)]
    return found, events


@pytest.mark.parametrize("block", shown("python"))
def test_python_compiles_and_what_it_imports_is_there(block):
    tree = ast.parse(block.body, block.place)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name), f"{block.place}: {node.module} has no {name.name}"
        elif isinstance(node, ast.Import):
            for name in node.names:
                importlib.import_module(name.name)


@pytest.mark.parametrize("block", shown("python"))
def test_a_block_that_repeats_a_file_is_that_file(block):
    if block.note.startswith("same as "):
        assert block.body == (ROOT / block.note.removeprefix("same as ")).read_text("utf-8")


def test_the_readme_repeats_the_example_files():
    notes = {block.note for block in blocks(ROOT / "README.md", "python")}
    assert notes == {f"same as docs/examples/{path.name}" for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("block", shown("toml"))
def test_settings_in_toml_exist(block):
    classes = {}
    for module in ("runtime.settings", "streams.settings", "sinks.settings", "producers.settings", "deploy.settings"):
        found = vars(importlib.import_module(module)).values()
        classes |= {
            c.section: c for c in found if isinstance(c, type) and issubclass(c, Settings) and c is not Settings
        }
    for section, values in tomllib.loads(block.body).items():
        assert section in classes, section
        if section != "kafka":
            assert set(values) <= set(classes[section].model_fields), section


@pytest.mark.parametrize("block", shown("yaml"))
def test_yaml_loads_and_a_mapping_is_sound(block, tmp_path):
    content = yaml.safe_load(block.body)
    if "events" in content:
        path = tmp_path / "mapping.yaml"
        path.write_text(block.body, "utf-8")
        assert load_mapping(str(path)).events


@pytest.mark.parametrize("block", shown("json"))
def test_json_is_an_event(block, tmp_path):
    assert json.loads(block.body)["family"] in FAMILIES
    path = tmp_path / "event.ndjson"
    path.write_text(block.body, "utf-8")
    found = list(items([path], Options(reporter="983971636"), lambda: NOW))
    assert [type(item) for _, item in found] == [Read]


def test_the_stay_is_accepted_and_the_mistake_is_not():
    found, events = codes("stay.hl7")
    assert (found, len(events)) == ([], 5)
    found, events = codes("mistake.hl7")
    assert "EPI-09" in found
    assert events


def test_the_facilities_name_the_reporter_of_the_stay():
    found, events = codes("stay.hl7", reporter=None, facilities=load_facilities(EXAMPLES / "facilities.csv"))
    assert found == []
    assert {event.record["reporter"] for event in events} == {"983971636"}


def test_the_beds_are_two_versions_of_one_cell():
    versions = []
    for name, day in (("beds.ndjson", 13), ("beds-corrected.ndjson", 14)):
        found, events = codes(name, as_of=datetime(2026, 5, day, 12, tzinfo=UTC))
        assert found == []
        versions += events
    assert len({event.record["subject_id"] for event in versions}) == 1
    assert len({event.event_id for event in versions}) == 2
    assert [event.record["occupied"] for event in versions] == [9, 11]
    assert all(event.record["physical"] is None for event in versions)
