"""Inputs written for the tests: synthetic people (month + 80), invented hospitals."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from producers.types import Adapter, Bad, Context, Event, Item, NotReportable, Read

REPORTER = "983971636"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FNR = "15870550070"
"""Born on the fifteenth of the seventh month, plus 80."""


def context(**changes: Any) -> Context:
    return Context(**{"source": "test", "now": NOW, "reporter": REPORTER, **changes})


def run(adapter: Adapter, data: bytes, **changes: Any) -> list[Item]:
    return list(adapter(io.BytesIO(data), context(**changes)))


def events(items: Iterable[Item]) -> list[Event]:
    """The events of items that must all be good."""
    found = []
    for item in items:
        assert isinstance(item, Read), item
        found += item.events
    return found


def one(items: Iterable[Item]) -> Event:
    (event, *more) = events(items)
    assert not more
    return event


def codes(items: Iterable[Item]) -> list[str]:
    """One word per item: the codes of a bad one, the code of what is not reportable, `read`."""
    found = []
    for item in items:
        match item:
            case Bad(_, problems):
                found.append("+".join(problem.code for problem in problems))
            case NotReportable(_, code, _):
                found.append(code)
            case Read():
                found.append("read")
    return found


def fields(items: Iterable[Item]) -> list[str]:
    return [problem.field for item in items if isinstance(item, Bad) for problem in item.problems]


def pv1(
    *,
    klass: str = "I",
    place: str = "MED1^12^B^Sykehus A",
    urgency: str = "",
    prior: str = "",
    visit: str = "V100",
    payer: str = "",
    pending: str = "",
    start: str = "",
    end: str = "",
) -> str:
    """PV1 from field 2 on, by meaning."""
    values = {2: klass, 3: place, 4: urgency, 6: prior, 19: visit, 20: payer, 42: pending, 44: start, 45: end}
    return "|".join(values.get(number, "") for number in range(2, 46))


def hl7(
    trigger: str = "A01",
    *,
    control: str = "M1",
    pid3: str = f"{FNR}^^^&2.16.578.1.12.4.1.4.1&ISO^FNR",
    pid: str | None = None,
    pv1: str | None = pv1(),
    evn: str = "20260314101500+0100||||20260314100000+0100",
    msh: str = "20260314101501+0100",
    after: str = "",
) -> bytes:
    """One ADT message with CR line ends. `pv1` as the function of that name makes it; None for no PV1."""
    segments = [
        f"MSH|^~\\&|EPR|Sykehus A^1.2.3^ISO|HELSEPULS|NHN|{msh}||ADT^{trigger}^ADT_{trigger}|{control}|P|2.5",
        f"EVN|{trigger}|{evn}",
        f"PID|1||{pid3}||NORDMANN^KARI||20050715|F|||Gata 1^^Byen^^1470^NO^H^^3222" if pid is None else pid,
    ]
    if pv1 is not None:
        segments.append(f"PV1|1|{pv1}")
    return "\r".join([*segments, *([after] if after else [])]).encode() + b"\r"


def bundle(resources: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    entries = [{"fullUrl": f"urn:uuid:{r.get('id', i)}", "resource": r} for i, r in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "message", "entry": entries, **more}


def dumps(*documents: Any) -> bytes:
    return b"\n".join(orjson.dumps(document) for document in documents)
