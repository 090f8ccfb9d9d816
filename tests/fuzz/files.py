"""Input files, in every format: each item answered, no value in an answer, no identifier in what would be sent."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import fastavro
import orjson
from hypothesis import strategies as st

from producers.adapters.detect import Format
from producers.answers import ANSWERS
from producers.encode import encode
from producers.mappings.loader import load_mapping
from producers.mappings.types import CsvMapping
from producers.sources import Options, read
from producers.types import Bad, Event, Item, NotReportable, Read
from producers.validate import judged
from schemas.catalog import latest
from schemas.golden import load
from schemas.patient import clear
from schemas.rules import catalogue
from schemas.types import FAMILIES, Problem, raw_topic

from .mutation import IDENTIFIER, texts
from .target import Target

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPORTER: Final = "983971636"
ALONE: Final = re.compile(rf"(?<![0-9A-Fa-f]){IDENTIFIER.decode()}(?![0-9A-Fa-f])")
"""The planted identifier where rule IDE-03 must see it: not within a longer number or hexadecimal word."""
_NOT_REPORTABLE: Final = re.compile(r"NR-([A-Z]\d\d|[A-Z]{3}|K|ROW)")
_LIMIT: Final = 20_000
_KNOWN: Final = frozenset(ANSWERS) | {rule.code for rule in catalogue()}


def answered(data: bytes, options: Options) -> list[Item]:
    """The items of an input, after checking what holds for every item of every format."""
    items = list(read("fuzzed", io.BytesIO(data), options, NOW))
    assert items, "an input without any answer"
    for item in items:
        match item:
            case Read(_, events, repairs):
                assert events, "read, but no event"
                _coded(repairs)
            case NotReportable(_, code, message):
                assert _NOT_REPORTABLE.fullmatch(code), code
                assert not ALONE.search(message), "an identifier in an answer"
            case Bad(_, problems):
                assert problems, "bad, but no problem"
                _coded(problems)
    return items


def _coded(problems: Sequence[Problem]) -> None:
    for problem in problems:
        assert problem.code in _KNOWN or problem.code.startswith("WIRE-0"), problem.code
        assert IDENTIFIER.decode() not in f"{problem.field} {problem.message}", "an identifier in an answer"
        assert len(problem.field) + len(problem.message) < 500, "a value in an answer"


def check(options: Options) -> Callable[[list[bytes]], None]:
    """Every input is read alone; what was read is judged together, and what passes can be sent."""

    def checked(batch: list[bytes]) -> None:
        items = [("fuzzed", item) for data in batch for item in answered(data, options)]
        verdicts = list(judged(items, profile="dev", clock=lambda: NOW))
        assert [item for _, item, _ in verdicts] == [item for _, item in items]
        for _, item, problems in verdicts:
            _coded(problems)
            if isinstance(item, Read) and not any(problem.severity.refuses for problem in problems):
                for event in item.events:
                    _sendable(event)

    return checked


def _sendable(event: Event) -> None:
    encode(event, None, None)
    assert not ALONE.search(str(event.record)), "an identifier in what would be sent"
    assert not ALONE.search(repr(event)), "an identifier in what logs may show"


def _message(trigger: str, pid3: str, tail: str) -> bytes:
    return "\r".join(
        (
            f"MSH|^~\\&|EPR|Sykehus A^1.2.3^ISO|HP|NHN|20260314101501+0100||ADT^{trigger}^ADT_{trigger}|M1|P|2.5",
            f"EVN|{trigger}|20260314101500+0100||||20260314100000+0100",
            f"PID|1||{pid3}||NORDMANN^KARI||20050715|F|||Gata 1^^Byen^^1470^NO^H^^3222",
            tail,
            "",
        )
    ).encode()


_PID3: Final = f"{IDENTIFIER.decode()}^^^&2.16.578.1.12.4.1.4.1&ISO^FNR"
_PV1: Final = "PV1|1|I|MED1^12^B^Sykehus A|E||KIR^1^A|||||||||||||V100|1||||||||||||||||||||||||20260314"
HL7: Final = (
    _message("A01", _PID3, _PV1),
    _message("A03", _PID3, _PV1) + _message("A11", "L1^^^LAB", _PV1),
    _message("A40", _PID3, "MRG|1^^^LAB"),
    b"\x0b" + _message("A02", _PID3, _PV1 + "\rDG1|1||J18.9^^ICD-10\rPR1|1||ABC10^^NCSP") + b"\x1c\r",
    b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + _message("A08", _PID3, _PV1) + b"BTS|1\rFTS|1\r",
)


@cache
def _golden(family: str) -> list[dict[str, Any]]:
    return load(raw_topic(family))


def _plain(family: str, event: dict[str, Any]) -> dict[str, Any]:
    """A golden event as a line of NDJSON."""
    record = {name: value for name, value in event.items() if name not in ("patient", "prior_patient")}
    patient = {"type": "1", "number": IDENTIFIER.decode()}
    return {"family": family, **record, **({} if family == "capacity" else {"patient": patient})}


NDJSON: Final = (
    *(orjson.dumps(_plain(family, event)) + b"\n" for family in FAMILIES for event in _golden(family)[:2]),
    b'{"family":"capacity","' + IDENTIFIER + b'":1}\n',
)
CSV: Final = (
    b"date,health_reg_name,health_org_name,admissions\n2020-05-10,Midt,St. Olavs hospital,7\n",
    b"date,health_reg_name,health_org_name,admissions\r\n2020-05-10,Midt,Helse Fonna HF,NA\r\n,,,\r\n",
    b"\xef\xbb\xbfadmissions,date,health_org_name\n5,2020-05-10,Helse Fonna HF\n1,2020-13-10,Ukjent\n",
)
WIDE_CSV: Final = (
    b"id;fnr;inn;ut;fag;alder\nE1;" + IDENTIFIER + b";14.03.2026 10:00;15.03.2026 09:00;010;1\xc2\xa0000,5\n",
    b'id;fnr;inn;ut;fag;alder\n"E;2";' + IDENTIFIER + b";14.03.2026 10:00;NA;?;NA\nE3;x;1;2;3;4\n",
)
_WIDE: Final = CsvMapping.model_validate(
    {
        "name": "wide",
        "title": "t",
        "source": "s",
        "reporter": REPORTER,
        "unknown": ["", "NA"],
        "csv": {"delimiter": ";", "decimal": ",", "thousands": "\u00a0"},
        "events": [
            {
                "family": "episode",
                "subject": "{henvisningsperiodeID}",
                "patient": {"type": "1", "column": "fnr"},
                "fields": {
                    "occurred_at": {"column": "inn", "format": "%d.%m.%Y %H:%M"},
                    "registered_at": {"column": "inn", "format": "%d.%m.%Y %H:%M"},
                    "innDatoTid": {"column": "inn", "format": "%d.%m.%Y %H:%M"},
                    "utDatoTid": {"column": "ut", "format": "%d.%m.%Y %H:%M"},
                    "episodeFag": {"column": "fag"},
                    "fodselsar": {"column": "alder", "scale": "2"},
                    "henvisningsperiodeID": {"column": "id", "slug": True},
                },
            }
        ],
    }
)


def _coding(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code, "system": "urn:oid:2.16.578.1.12.4.1.1.9151"}]}


def _bundle(code: str, encounter: dict[str, Any]) -> dict[str, Any]:
    number = {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": IDENTIFIER.decode()}
    organisation = {"system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "974724960"}
    source = {"name": "EPR", "version": "1", "software": "1", "contact": {"value": "V"}}
    resources: list[dict[str, Any]] = [
        {"resourceType": "MessageHeader", "eventCoding": {"code": code}, "source": source, "definition": "d"},
        {"resourceType": "MessageDefinition", "id": "d", "version": "1"},
        {"resourceType": "Provenance", "occurredDateTime": "2026-03-14T10:00:00+01:00"},
        {"resourceType": "Patient", "id": "p", "identifier": [number], "gender": "female", "birthDate": "2005-07-15"},
        {"resourceType": "Organization", "id": "o", "name": "Sykehus A", "identifier": [organisation]},
        {"resourceType": "Location", "id": "B", "name": "B", "physicalType": {"coding": [{"code": "bd"}]}},
        {
            "resourceType": "Encounter",
            "id": "e",
            "class": {"code": "IMP"},
            "subject": {"reference": "Patient/p"},
            "serviceProvider": {"reference": "Organization/o"},
            "location": [{"status": "active", "location": {"reference": "Location/B"}}],
            **encounter,
        },
    ]
    entries = [{"fullUrl": f"urn:uuid:{r.get('id', i)}", "resource": r} for i, r in enumerate(resources)]
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": "2026-03-14T10:16:00+01:00",
        "identifier": {"value": "e86318da-b16b-4023-8e7a-d129b6835feb"},
        "entry": entries,
    }


_VISIT: Final = {"identifier": [{"value": "V100", "type": {"coding": [{"code": "VN"}]}}]}
_SERVICE: Final = {
    "status": "arrived",
    "serviceType": _coding("15"),
    "period": {"start": "2026-02-02T09:00:00+01:00"},
    "identifier": [
        {"type": {"coding": [{"code": "hendelseGUID"}]}, "value": "aa88951c-0b23-42ad-822d-260650878388"},
        {"type": {"coding": [{"code": "tjenesteID"}]}, "value": "T/17"},
    ],
}
DOCUMENTS: Final = (
    _bundle("A01", {**_VISIT, "period": {"start": "2026-03-14T09:30:00+01:00"}}),
    _bundle("A03", _VISIT),
    _bundle("N", _SERVICE),
    _bundle("C", {**_SERVICE, "status": "finished"}),
)
FHIR: Final = tuple(map(orjson.dumps, DOCUMENTS))

_JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from([IDENTIFIER.decode(), "2029-01-01T00:00:00Z", "1989-13-01", "9999-12-31T23:59:59Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _with_foreign_part(document: Any, path: Sequence[int], part: Any) -> bytes:
    """The document with what stands at the end of the path (numbers modulo what there is) replaced."""
    copy = orjson.loads(orjson.dumps(document))
    node = copy
    for depth, step in enumerate(path):
        keys = sorted(node) if isinstance(node, dict) else range(len(node))
        key = keys[step % len(keys)]
        if depth == len(path) - 1 or not isinstance(node[key], dict | list) or not node[key]:
            node[key] = part
            break
        node = node[key]
    return orjson.dumps(copy)


def _parts(documents: Sequence[Any]) -> st.SearchStrategy[bytes]:
    path = st.lists(st.integers(0, 50), min_size=1, max_size=9)
    return st.builds(_with_foreign_part, st.sampled_from(documents), path, _JSON)


def _containers() -> tuple[bytes, ...]:
    found = []
    for family in FAMILIES:
        out = io.BytesIO()
        records = [dict(event) for event in _golden(family)[:2]]
        for record in records:
            record["patient"] = None if family == "capacity" else clear("1", IDENTIFIER.decode())
            record["prior_patient"] = None
        codec = "deflate" if len(found) % 2 else "null"
        schema = dict(latest(raw_topic(family)).definition)
        fastavro.writer(out, schema, records, codec=codec, sync_interval=1, sync_marker=bytes(range(16)))
        found.append(out.getvalue())
    return tuple(found)


def _options(format_: Format | None, mapping: CsvMapping | None = None) -> Options:
    return Options(format=format_, reporter=REPORTER, mapping=mapping, max_item_bytes=_LIMIT)


_CENSUS: Final = load_mapping("nor-census")
_LINES: Final = [orjson.loads(line) for line in NDJSON]
EVERYTHING: Final = (*HL7, *FHIR, *NDJSON, *CSV, *_containers())

TARGETS: Final = (
    Target("HL7 v2", texts(HL7), check(_options("hl7v2")), weight=3),
    Target("FHIR", texts(FHIR) | _parts(DOCUMENTS), check(_options("fhir")), weight=3),
    Target(
        "NDJSON",
        texts(NDJSON) | _parts(_LINES),
        check(_options("ndjson")),
        kept=[NDJSON[0].replace(b'"reporter"', b'"r' + IDENTIFIER + b'eporter"')],
        weight=3,
    ),
    Target(
        "CSV, shipped mapping",
        texts(CSV),
        check(_options("csv", _CENSUS)),
        kept=[CSV[0].replace(b"2020-05-10", b"0202-05-10")],
        weight=2,
    ),
    Target("CSV, own mapping", texts(WIDE_CSV), check(_options("csv", _WIDE)), weight=2),
    Target("Avro files", texts(_containers()), check(_options("avro"))),
    Target("any file, format by content", texts(EVERYTHING), check(_options(None))),
)
