"""The main job, as its users do it: files in at one end, tables out at the other, on the whole running stack.

All inputs are written here; people are synthetic (month + 80).
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import fastavro
import pytest
from confluent_kafka import Consumer, TopicPartition

TRUSTS = {"Akershus universitetssykehus HF": "983971636", "Oslo universitetssykehus HF ": "993467049"}
FNR = "15870550070"


def adt(trigger: str, control: str, visit: str, at: str, ward: str, patient: str = FNR) -> str:
    segments = (
        f"MSH|^~\\&|EPJ|SENTRALSYKEHUSET|HP|NHN|{at}||ADT^{trigger}|{control}|P|2.5",
        f"EVN|{trigger}|{at}|||^Nordmann|{at}",
        f"PID|1||{patient}^^^&2.16.578.1.12.4.1.4.1&ISO^FNR||Nordmann^Kari",
        f"PV1|1|I|{ward}^101^1||||||||||||||||{visit}|||||||||||||||||||||||||{at}",
    )
    return "\r".join(segments) + "\r"


def census(cells: Mapping[tuple[str, str], int]) -> str:
    rows = [f"{day},Sør-Øst,{trust},{value}" for (day, trust), value in cells.items()]
    return "date,health_reg_name,health_org_name,admissions\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def client(stack: Any) -> Any:
    """A reader in another process than the warehouse: clickhouse-connect against the endpoint."""
    address = urlsplit(stack.status()["warehouse"]["url"])
    return clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")


def test_messages_twice_give_duplicates_and_not_double_counts(stack: Any, client: Any, tmp_path: Path) -> None:
    folder = tmp_path / "hl7"
    folder.mkdir()
    (folder / "a.hl7").write_text(
        adt("A01", "1", "V1", "20260105080000+0100", "KIR1")
        + adt("A02", "2", "V1", "20260106090000+0100", "MED2")
        + adt("A31", "3", "V1", "20260106100000+0100", "MED2"),
        newline="",
    )
    (folder / "b.hl7").write_bytes(b"\xef\xbb\xbf" + adt("A03", "4", "V1", "20260107110000+0100", "MED2").encode())
    arguments = ("publish", str(folder), "--reporter", "983971768", "--as-of", "2026-02-01T00:00:00Z", "--wait")
    first = stack.json(*arguments)
    assert (first["read"], first["published"], first["not_reportable"], first["invalid"], first["failed"]) == (
        4,
        3,
        1,
        0,
        0,
    )
    assert first["outcomes"] == {"accepted": first["events"], "rejected": 0, "duplicate": 0}
    again = stack.json(*arguments)
    assert again["outcomes"] == {"accepted": 0, "rejected": 0, "duplicate": first["events"]}
    rows = client.query(
        "SELECT movement_type, tjenesteenhetID, known_at FROM movement_current WHERE reporter = '983971768' "
        "ORDER BY occurred_at"
    ).result_rows
    assert [row[:2] for row in rows] == [("admit", "KIR1"), ("transfer", "MED2"), ("discharge", "MED2")]
    assert {str(row[2])[:10] for row in rows} == {"2026-02-01"}


def test_a_series_that_goes_there_and_back_ends_where_it_was_delivered_last(
    stack: Any, client: Any, tmp_path: Path
) -> None:
    day = "2020-04-01"
    first, second = TRUSTS
    vintages = {
        "10": {(day, first): 5, (day, second): 7},
        "11": {(day, first): 6, (day, second): 7, ("2020-04-02", first): 1},
        "12": {(day, first): 5, (day, second): 8, ("2020-04-02", first): 0},
    }
    for date, cells in vintages.items():
        file = tmp_path / f"{date}.csv"
        file.write_text(census(cells), "utf-8")
        as_of = f"2020-05-{date}T12:00:00Z"
        told = stack.json("publish", str(file), "--mapping", "nor-census", "--as-of", as_of, "--wait")
        assert told["outcomes"] == {"accepted": len(cells), "rejected": 0, "duplicate": 0}

    def cells_of(relation: str) -> dict[tuple[str, str], int]:
        rows = client.query(
            f"SELECT toString(toDate(as_of, 'Europe/Oslo')), unit_name, occupied FROM {relation} "
            "WHERE reporter IN ('983971636', '993467049') AND toYear(as_of) = 2020"
        ).result_rows
        return {(date, name): value for date, name, value in rows}

    def stripped(cells: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        return {(date, name.strip()): value for (date, name), value in cells.items()}

    assert cells_of("capacity_current") == stripped(vintages["12"])
    for date, cells in vintages.items():
        assert cells_of(f"capacity_known_at(at='2020-05-{date} 13:00:00')") == stripped(cells)
    assert cells_of("capacity_known_at(at='2020-05-10 11:00:00')") == {}


def test_the_census_as_it_was_known_and_what_is_behind_a_figure_of_it(stack: Any, tmp_path: Path) -> None:
    """Two trusts of one region: 5 + 7 on the first day, as known a day later 6 + 7; the second is then silent."""
    first, second = TRUSTS
    days = ("2021-04-01", "2021-04-02")
    for known, cells in {
        "2021-04-01T12:00:00Z": {(days[0], first): 5, (days[0], second): 7},
        "2021-04-02T12:00:00Z": {(days[0], first): 6, (days[0], second): 7, (days[1], first): 1},
    }.items():
        file = tmp_path / "vintage.csv"
        file.write_text(census(cells), "utf-8")
        stack.json("publish", str(file), "--mapping", "nor-census", "--as-of", known, "--wait")

    def units(known: str) -> list[tuple[str, str, int, int]]:
        parameters = f"level = 'unit', from = '{days[0]}', to = '{days[1]}', known_at = '{known}'"
        query = (
            f"SELECT date, unit, occupied, imputed FROM preparedness_census({parameters}) "
            "WHERE unit IN ('983971636', '993467049') ORDER BY date, unit"
        )
        rows = json.loads(stack.run("sql", query, "--format", "json").stdout)
        return [(row["date"], row["unit"], int(row["occupied"]), int(row["imputed"])) for row in rows]

    assert units("2021-04-01 13:00:00")[:2] == [(days[0], "983971636", 5, 0), (days[0], "993467049", 7, 0)]
    assert units("2021-04-02 13:00:00") == [
        (days[0], "983971636", 6, 0),
        (days[0], "993467049", 7, 0),
        (days[1], "983971636", 1, 0),
        (days[1], "993467049", 7, 1),
    ]
    revised = "SELECT unit, lag_days, change FROM preparedness_revisions WHERE date = '2021-04-01' AND change != 0"
    assert json.loads(stack.run("sql", revised, "--format", "json").stdout) == [
        {"unit": "983971636", "lag_days": 1, "change": 1}
    ]
    explained = json.loads(
        stack.run(
            "explain",
            "preparedness_census",
            "--unit",
            "983971636",
            "--at",
            days[0],
            "--known-at",
            "2021-04-02T13:00:00Z",
            "--json",
        ).stdout
    )
    assert sorted((event["role"], event["patients"]) for event in explained["events"]) == [
        ("figure", 6),
        ("replaced", 5),
    ]
    assert stack.run("explain", "preparedness_census", "--unit", "nowhere").returncode == 1


def test_unknown_stays_unknown(stack: Any, client: Any, tmp_path: Path) -> None:
    file = tmp_path / "census.csv"
    file.write_text(census({}) + "2020-06-01,Midt,Helse Møre og Romsdal,NA\n2020-06-02,Midt,Helse Møre og Romsdal,0\n")
    assert stack.json("publish", str(file), "--mapping", "nor-census", "--wait")["outcomes"]["accepted"] == 2
    rows = client.query("SELECT occupied FROM capacity_current WHERE reporter = '997005562' ORDER BY as_of").result_rows
    assert rows == [(None,), (0,)]


def test_a_bad_event_gets_all_its_codes_in_table_receipt_and_trace(stack: Any, client: Any, tmp_path: Path) -> None:
    reporter = "983974724"
    event = {
        "family": "episode",
        "event_id": "3f2b8a52-7c1e-4f5a-9d55-0c6f6a1b2c3d",
        "reporter": reporter,
        "subject_id": "E-1",
        "action": "report",
        "occurred_at": "2026-03-01T10:00:00Z",
        "registered_at": "2026-03-01T10:05:00Z",
        "legal_basis": "npr",
        "model_version": "53.1.3",
        "innDatoTid": "2026-03-01T10:00:00Z",
        "omsorgsniva": "77",
        "innmateHast": "99",
        "debitor": "1",
        "komNrHjem": "0301",
        "patient": {"type": "1", "number": FNR},
    }
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(event) + "\n")
    refused = stack.run("publish", str(file), "--json")
    assert refused.returncode == 1
    before = json.loads(refused.stdout)
    assert (before["invalid"], before["published"]) == (1, 0)
    assert {"EPI-06", "EPI-07"} <= {problem["code"] for problem in before["problems"]}
    sent = stack.run("publish", str(file), "--no-validate", "--wait", "--json")
    assert sent.returncode == 1
    assert json.loads(sent.stdout)["outcomes"] == {"accepted": 0, "rejected": 1, "duplicate": 0}
    told = {problem["code"] for problem in before["problems"] if problem["severity"] != "warn"}
    row = client.query(
        "SELECT codes FROM outcomes WHERE event_id = {id:UUID}", parameters={"id": event["event_id"]}
    ).result_rows
    assert told <= set(row[0][0])
    receipts = stack.json("receipts", "--reporter", reporter)
    assert event["event_id"] in json.dumps(receipts)
    trace = json.dumps(stack.json("trace", event["event_id"]))
    assert all(code in trace for code in told)
    assert FNR not in trace


def test_a_client_that_knows_nothing_of_helsepuls_reads_the_accepted_topic(stack: Any, tmp_path: Path) -> None:
    file = tmp_path / "census.csv"
    file.write_text(census({("2020-07-01", "Helse Fonna HF"): 3}), "utf-8")
    stack.json("publish", str(file), "--mapping", "nor-census", "--wait")
    consumer = Consumer({"bootstrap.servers": stack.status()["kafka"]["bootstrap"], "group.id": "stranger"})
    partitions = consumer.list_topics("accepted.capacity", timeout=20).topics["accepted.capacity"].partitions
    consumer.assign([TopicPartition("accepted.capacity", partition, 0) for partition in partitions])
    listed = stack.run("schemas", "show", "accepted.capacity-value")
    schema = fastavro.parse_schema(json.loads(listed.stdout))
    found = []
    while not any(record["unit_name"] == "Helse Fonna HF" for record in found):
        messages = consumer.consume(100, timeout=2)
        assert messages, "the event is not in the topic"
        found += [fastavro.schemaless_reader(io.BytesIO(message.value()[5:]), schema, None) for message in messages]
    consumer.close()
    record = next(record for record in found if record["unit_name"] == "Helse Fonna HF")
    assert (record["occupied"], record["region"]) == (3, "Helse Vest RHF")


def test_the_command_line_queries_in_every_format(stack: Any) -> None:
    for name, check in {
        "json": json.loads,
        "csv": lambda text: text.splitlines()[0],
        "table": lambda text: "outcome" in text,
    }.items():
        done = stack.run("sql", "SELECT outcome, count() AS n FROM outcomes GROUP BY outcome", "--format", name)
        assert done.returncode == 0, done.stderr
        assert check(done.stdout)
    done = stack.run("sql", "INSERT INTO outcomes SELECT 1")
    assert done.returncode != 0


def test_everything_is_conserved_and_no_identifier_is_anywhere_but_in_the_raw_topics(stack: Any, client: Any) -> None:
    """Runs last in this file: after all kinds of input, good and bad."""
    audit = stack.json("audit")
    assert audit["conserved"] is True
    assert audit["missing"] == audit["double"] == []
    assert audit["raw"] == audit["accepted"] + audit["rejected"] + audit["duplicate"] > 10
    needle = FNR.encode()
    for path in (stack.home / "logs").iterdir():
        assert needle not in path.read_bytes(), path
    consumer = Consumer({"bootstrap.servers": stack.status()["kafka"]["bootstrap"], "group.id": "leaks"})
    topics = [t for t in consumer.list_topics(timeout=20).topics.values() if not t.topic.startswith(("raw.", "__"))]
    places = [TopicPartition(t.topic, partition, 0) for t in topics for partition in t.partitions]
    total = sum(consumer.get_watermark_offsets(place)[1] for place in places)
    consumer.assign(places)
    seen = 0
    while seen < total:
        messages = consumer.consume(100, timeout=3)
        assert messages
        seen += len(messages)
        assert all(needle not in (m.value() or b"") and needle not in (m.key() or b"") for m in messages)
    consumer.close()
    stored = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    tables = [name for (name,) in client.query(stored).result_rows]  # views hold nothing of their own
    assert {"log_accepted_episode", "log_rejected"} <= {*tables}
    for table in tables:
        assert FNR not in client.raw_query(f"SELECT * FROM {table} FORMAT JSONEachRow").decode(), table


def test_reading_from_another_process_while_the_sink_writes(stack: Any) -> None:
    address = urlsplit(stack.status()["warehouse"]["url"])
    program = (
        "import clickhouse_connect as c;"
        f"print(c.get_client(host={address.hostname!r}, port={address.port}).query("
        "'SELECT count() FROM helsepuls.outcomes').result_rows[0][0])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) > 0
