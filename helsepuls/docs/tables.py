"""Tables within pages that people write: what adapters make of messages, their answers, the topics."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.topics import declared
from helsepuls.docs.markdown import code, plain, table
from producers.adapters import adt, fhir_kpr
from producers.adapters.triggers import TRIGGERS, Reported, Unreported
from producers.answers import ANSWERS
from producers.mappings.loader import load_mapping, shipped
from producers.mappings.types import Cell, EventMapping
from schemas.catalog import latest

_EPISODE = {
    "none": "",
    "report": "begins (`report`)",
    "amend": "changes (`amend`)",
    "reopen": "is open again (`amend`, without end)",
    "cancel": "is taken back (`cancel`)",
}
_DAY_MS = 86_400_000


def triggers() -> str:
    rows = [[trigger, *_trigger(rule)] for trigger, rule in TRIGGERS.items()]
    return table(["trigger", "movement", "subject id", "episode", "remarks"], rows)


def _trigger(rule: Reported | Unreported) -> list[str]:
    if isinstance(rule, Unreported):
        return ["not reportable", "", "", rule.reason]
    subject = "merge/<event id>, or <visit>/merge" if rule.merges else f"<visit>/{rule.subject}"
    remarks = [
        "cancels" if rule.cancels else "",
        "place from PV1-42 where given" if rule.pending else "",
        "ties a former identifier to the present one" if rule.merges else "",
        "needs the time of what it cancels (EVN-6)" if rule.timed and rule.cancels else "",
    ]
    subject = f"{subject}/<time>" if rule.timed else subject
    return [code(rule.movement), code(subject), _EPISODE[rule.episode], "; ".join(filter(None, remarks))]


def adt_codes() -> str:
    lists: dict[str, Mapping[str, str]] = {
        "patient class (table 0004) → `omsorgsniva` (8406)": adt.OMSORGSNIVA,
        "admission type (table 0007) → `innmateHast` (8428)": adt.INNMATE_HAST,
        "administrative sex (table 0001) → `kjonn` (3101)": adt.KJONN,
        "who gave the identifier → type of identifier (9032)": adt.PATIENT_TYPES,
    }
    rows = [[name, ", ".join(f"{a} → {b}" for a, b in codes.items())] for name, codes in lists.items()]
    return table(["from → to", "codes"], rows)


def minimelding() -> str:
    statuses = table(
        ["status of the notification (7316)", "action"], [[s, code(a)] for s, a in fhir_kpr.STATUSES.items()]
    )
    happened: Mapping[str, str] = fhir_kpr._HENDELSE  # noqa: SLF001  documentation of what the adapter knows
    return f"{statuses}\n\n" + table(
        ["Encounter.status", "`hendelse`"], [[code(status), code(name)] for status, name in happened.items()]
    )


def answers() -> str:
    rows = [[name, answer.severity.value, plain(answer.text)] for name, answer in ANSWERS.items()]
    return table(["code", "severity", "what is wrong, and what to do"], rows)


def mappings() -> str:
    parts = []
    for name in shipped():
        mapping = load_mapping(name)
        head = f"### {name}\n\n{mapping.title}. Source: {plain(mapping.source)}.\n\n{plain(mapping.notes)}"
        unknown = ", ".join(code(text) if text else "an empty cell" for text in mapping.unknown)
        head += f"\n\nUnknown (null) is written as {unknown}. Times without a zone are {code(mapping.zone)}."
        tables = [_event(number, event) for number, event in enumerate(mapping.events, start=1)]
        parts.append("\n\n".join([head, *tables]))
    return "\n\n".join(parts)


def _event(number: int, event: EventMapping) -> str:
    only = "; ".join(f"only rows where {code(column)} is {' or '.join(texts)}" for column, texts in event.only.items())
    rows = [[code(name), _value(value)] for name, value in event.fields.items()]
    return f"Event {number} of a row: {code(event.family)}{', ' + only if only else ''}.\n\n" + table(
        ["field", "from"], rows
    )


def _value(value: object) -> str:
    if isinstance(value, Cell):
        extra = [
            f"through table {code(value.table)}" if value.table else "",
            f"at {value.clock}" if value.clock else "",
            f"with {code(value.prefix)} before it" if value.prefix else "",
            f"times {value.scale}" if value.scale != 1 else "",
        ]
        return ", ".join(filter(None, [f"column {code(value.column)}", *extra]))
    if isinstance(value, tuple):
        return "; ".join(", ".join(f"{name} {_value(part)}" for name, part in entry.items()) for entry in value)
    return f"always {code(str(value).lower() if isinstance(value, bool) else value)}"


def topics() -> str:
    rows = [
        [
            code(topic.name),
            latest(topic.name).id,
            "when the broker took it" if topic.config["message.timestamp.type"] == "LogAppendTime" else "the writer's",
            f"{int(topic.config['retention.ms']) // _DAY_MS} days",
            plain(str(latest(topic.name).definition["doc"])),
        ]
        for topic in declared()
    ]
    return table(["topic", "schema id", "time stamp", "kept", "holds"], rows)
