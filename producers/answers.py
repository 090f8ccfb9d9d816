"""Every answer that reading an input can give, besides the rules' own (`schemas.rules`): code, severity, text.

A text says what is wrong and what to do. It never holds a value from the input; what varies (a field's name) is given
beside it. `NR-…` codes of sound messages that tell of nothing reportable are made by the adapters from their tables.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from schemas.types import Problem, Severity

_NAME: Final = re.compile(r"(?!.*[0-9]{6})[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
"""With six digits in a row it is no name that anybody gave: half a personal number, or a whole one, has got into it."""


def field_name(given: str) -> str:
    """What an answer calls a field that the input names: by that name, unless something else stands in its place."""
    return given if _NAME.fullmatch(given) else "(not a field's name)"


class Answer(NamedTuple):
    severity: Severity
    text: str


_F, _R = Severity.FATAL, Severity.REPAIR

ANSWERS: Final[dict[str, Answer]] = {
    # any source
    "SRC-01": Answer(_F, "the input is empty: look at what should have written it"),
    "SRC-02": Answer(
        _F,
        "the format is none of HL7 v2, FHIR in JSON, NDJSON, Avro, or CSV of a shipped mapping: give --format, or "
        "--mapping for a CSV file",
    ),
    "SRC-03": Answer(_F, "larger than one message may be (setting max_item_bytes): split it"),
    "SRC-04": Answer(_F, "the input cannot be read: check that it exists, its permissions and its disk"),
    "SRC-05": Answer(_F, "the text is not in the declared or default character set: save it as UTF-8, or declare it"),
    "SRC-06": Answer(_F, "no organisation number of the reporting unit: give --reporter or --facilities"),
    "SRC-07": Answer(_F, "there is no file to read in this folder (hidden ones do not count): name another"),
    "SRC-08": Answer(_F, "the input is compressed: unpack it first, or send it through a pipe, like zcat FILE"),
    # HL7 v2 syntax
    "HL7-01": Answer(_F, "text outside a message: a message begins with MSH"),
    "HL7-02": Answer(_F, "the header does not name its separators"),
    "HL7-03": Answer(_F, "no message type and trigger event"),
    "HL7-04": Answer(_F, "the message is cut: its end did not arrive, send it again"),
    "HL7-05": Answer(_F, "the batch is cut: its trailer did not arrive, messages after the last one here are lost"),
    # ADT content, whether it came as HL7 v2 or FHIR
    "ADT-01": Answer(_F, "the visit number is missing: without it nothing ties the movements of a stay together"),
    "ADT-02": Answer(_F, "the visit number is the patient's identifier: send the system's own number of the visit"),
    "ADT-03": Answer(_F, "the patient's identifier is missing: a merge names both"),
    "ADT-04": Answer(_F, "the patient's former identifier is missing: a merge names both"),
    "ADT-05": Answer(_F, "no time stamp tells when it happened"),
    "ADT-06": Answer(_F, "not a time stamp that can be read"),
    "ADT-07": Answer(_F, "the time of the cancelled event is missing: it says which one is cancelled"),
    "ADT-08": Answer(_R, "not a time stamp that can be read: left out"),
    # FHIR
    "FHIR-01": Answer(_F, "not readable as JSON"),
    "FHIR-02": Answer(_F, "not a Bundle resource with entries"),
    "FHIR-03": Answer(_F, "the bundle has no MessageHeader that names its event"),
    "FHIR-04": Answer(_F, "missing"),
    "FHIR-05": Answer(_F, "not a date or time that can be read"),
    "FHIR-06": Answer(_F, "has not the form that the profile gives it"),
    "FHIR-07": Answer(_F, "the event is none of ADT's or of the minimelding's"),
    "FHIR-08": Answer(_F, "is none of arrived, onleave, planned, finished, entered-in-error"),
    "FHIR-09": Answer(_R, "not a whole number: left out"),
    # CSV by a mapping
    "CSV-01": Answer(_F, "a CSV file needs a mapping: give --mapping"),
    "CSV-02": Answer(_F, "the header lacks a column that the mapping names: give it, or a mapping that fits"),
    "CSV-03": Answer(_F, "the row has not as many cells as the header: quote a cell that holds the delimiter"),
    "CSV-04": Answer(
        _F, "not a number as the mapping writes it (decimal, thousands, unknown): correct it or the mapping"
    ),
    "CSV-05": Answer(_F, "not a date or time in the mapping's form"),
    "CSV-06": Answer(_F, "the mapping's table does not know this value: extend the table, or give --facilities"),
    "CSV-07": Answer(_F, "missing, and nothing can be reported without it"),
    "CSV-08": Answer(_F, "the row cannot be split into cells: quotes are not closed"),
    "CSV-09": Answer(_F, "the header has this column more than once: leave the one that is meant"),
    # NDJSON
    "NDJ-01": Answer(_F, "the line is not readable as JSON"),
    "NDJ-02": Answer(_F, "the line is not a JSON object"),
    "NDJ-03": Answer(_F, "family must be episode, movement, referral, service, consultation or capacity"),
    "NDJ-04": Answer(_F, "the schema of this family has no such field"),
    "NDJ-05": Answer(_F, "missing"),
    "NDJ-06": Answer(_F, "has not the type that the schema gives it"),
    "NDJ-07": Answer(_F, 'must be null or {"type": code of list 9032, "number": text}'),
    # Avro
    "AVRO-01": Answer(_F, "the Avro container's header cannot be read"),
    "AVRO-02": Answer(_F, "the container's schema is none of the raw schemas"),
    "AVRO-03": Answer(_F, "a block of the container is damaged or cut: its records from this one on are not read"),
    "AVRO-04": Answer(_F, "the identifier in clear has not the form <typeID>:<number>"),
    "AVRO-05": Answer(_F, "the container's compression is not known here: write it with codec null or deflate"),
    "AVRO-06": Answer(_F, "the identifier is sealed already: give it in clear (version 0), the publisher seals it"),
}


def problem(code: str, field: str, wanted: str = "") -> Problem:
    """The catalogue's answer about `field` (a name of the format or of the schema, never a value). `wanted`: what to
    give instead, where that depends on the field."""
    answer = ANSWERS[code]
    text = f"{answer.text}: give {wanted}" if wanted else answer.text
    return Problem(code=code, severity=answer.severity, field=field, message=text)
