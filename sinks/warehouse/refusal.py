"""Errors of a query in ClickHouse's own words: code, name, sentence, HTTP status."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

from schemas.errors import HelsepulsError


class Code(IntEnum):
    """The codes that this package raises itself; the engine has many more."""

    BAD_ARGUMENTS = 36
    UNKNOWN_FUNCTION = 46
    NOT_IMPLEMENTED = 48
    SYNTAX_ERROR = 62
    UNKNOWN_FORMAT = 73
    UNKNOWN_DATABASE = 81
    UNKNOWN_SETTING = 115
    READONLY = 164
    TOO_DEEP_AST = 167
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    QUERY_IS_TOO_LARGE = 229
    ABORTED = 236
    CANNOT_DECOMPRESS = 271
    TOO_MANY_ROWS_OR_BYTES = 396
    SETTING_CONSTRAINT_VIOLATION = 452
    BAD_QUERY_PARAMETER = 457
    ACCESS_DENIED = 497
    UNSUPPORTED_MEDIA_TYPE = 779
    UNKNOWN_EXCEPTION = 1002


_STATUS_NAMES: Final = {
    400: """
        BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE CANNOT_PARSE_QUOTED_STRING
        CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
        CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_UUID DUPLICATE_COLUMN
        ILLEGAL_COLUMN UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE THERE_IS_NO_COLUMN TOO_DEEP_AST TOO_BIG_AST
        UNEXPECTED_AST_STRUCTURE SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    """,
    403: "ACCESS_DENIED",
    404: """
        UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE UNKNOWN_DATABASE UNKNOWN_SETTING
        UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE
        UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE
    """,
    408: "TIMEOUT_EXCEEDED",
    413: "QUERY_IS_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    501: "NOT_IMPLEMENTED",
    503: "SOCKET_TIMEOUT CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK",
}
_STATUS: Final = {name: status for status, names in _STATUS_NAMES.items() for name in names.split()}
"""As the ClickHouse server answers (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp); everything else is 500."""

_CODE = re.compile(r"Code: (\d+)\.")
_PREFIX = re.compile(r"^.*?Code: \d+\. DB::Exception: ", re.DOTALL)
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]{2,})\)")
_TRAILER = re.compile(r"\s*(?:\((?:[A-Z][A-Z0-9_]{2,}|version [^()]*)\))?\.?\s*$")
_OWN_SCOPE = re.compile(
    r": In scope SELECT (?:parseQueryToJSON|formatQueryFromJSON|formatQuerySingleLine)\(.*", re.DOTALL
)


class QueryError(HelsepulsError):
    """A query that is not answered. `sentence` may quote the reader's own query: it goes to the reader, not to logs."""

    def __init__(self, code: int, sentence: str, *, engine_name: str | None = None) -> None:
        super().__init__(sentence)
        self.code = int(code)
        self.name = engine_name or Code(code).name
        self.sentence = sentence
        self.outcome = "failed" if engine_name else "refused"
        """The engine's errors and this package's own, as the metrics tell them apart."""

    @property
    def status(self) -> int:
        return _STATUS.get(self.name, 500)

    def advise(self, advice: str) -> None:
        """Adds what to do to what is wrong, unless it is told already: the endpoint may have, whose answer this was."""
        if advice and advice not in self.sentence:
            self.sentence = f"{self.sentence.rstrip('.')}. {advice}"

    def text(self, version: str) -> str:
        """What ClickHouse writes as the body of an answer."""
        return f"Code: {self.code}. DB::Exception: {self.sentence} ({self.name}) (version {version})"


def from_engine(error: BaseException) -> QueryError:
    """The engine's error, as it or the endpoint told it; it may hold itself several times over (`Code: … Code: …`)."""
    text = str(error)
    code = _CODE.search(text)
    if code is None:
        return QueryError(
            Code.UNKNOWN_EXCEPTION,
            "The engine failed without a message that can be shown.",
            engine_name=Code.UNKNOWN_EXCEPTION.name,
        )
    names = _NAME.findall(text)
    while _PREFIX.match(text):
        text = _PREFIX.sub("", text, count=1)
    while (shorter := _TRAILER.sub("", text, count=1)) != text:
        text = shorter
    text = _OWN_SCOPE.sub("", text)
    name = names[-1] if names else "UNKNOWN_EXCEPTION"
    return QueryError(int(code.group(1)), f"{text.rstrip(' :.')}.", engine_name=name)
