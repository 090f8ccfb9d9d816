"""Nothing that identifies a person gets into a log, whoever writes it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from runtime.logs import Sparse, described, redact
from schemas.errors import Fatal

NUMBER = "15870550070"


def output(program: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_eleven_digits_are_blanked_and_other_numbers_kept() -> None:
    assert redact(f"a {NUMBER} b 123456789012 c 1234567890") == "a [11 digits] b 123456789012 c 1234567890"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Fatal("no broker"), "Fatal: no broker"),
        (FileNotFoundError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"),
        (ValueError("could not convert Kari Nordmann"), "ValueError (its text is withheld)"),
    ],
)
def test_errors_whose_text_may_quote_data_are_named_only(error: Exception, said: str) -> None:
    assert described(error) == said


def test_what_native_code_writes_is_redacted_and_lines_are_json() -> None:
    code, text = output(
        f"""
import logging, os, sys
from runtime.logs import configure
configure("worker")
os.write(2, b"thread panicked: range end index {NUMBER} out of range\\n")
print("to the library's own stderr {NUMBER}", file=sys.stderr)
try:
    raise ValueError("Kari Nordmann {NUMBER}")
except ValueError:
    logging.getLogger("x").exception("failed on %s", "{NUMBER}")
"""
    )
    assert code == 0
    assert NUMBER not in text
    assert "Nordmann" not in text
    assert text.count("[11 digits]") == 3
    (line,) = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert (line["level"], line["component"], line["exception"]) == (
        "error",
        "worker",
        "ValueError (its text is withheld)",
    )


def test_the_last_words_of_a_process_are_not_lost() -> None:
    said = 'import logging, os\nfrom runtime.logs import configure\nconfigure("w")\n'
    code, text = output(said + 'logging.critical("ends")\nos._exit(71)')
    assert (code, "ends" in text) == (71, True)
    code, text = output(said + 'raise SystemExit("cannot start")')
    assert (code, "cannot start" in text) == (1, True)


def test_what_librdkafka_repeats_is_said_once_a_minute_and_counted() -> None:
    """Three failed attempts within a second, another kind between them, and a fourth after a minute."""
    now = 0.0
    sparse = Sparse(lambda: now)

    def passes(text: str) -> int | None:
        """How many were left out before it; None when it is left out itself."""
        record = logging.makeLogRecord({"msg": text})
        return getattr(record, "left_out", 0) if sparse.filter(record) else None

    refused = "FAIL [rdkafka#consumer-1] refused (after {} ms)"
    assert [passes(refused.format(ms)) for ms in (301, 7, 302)] == [0, None, None]
    assert passes("FAIL [rdkafka#consumer-1] closed (after 5 ms)") == 0
    assert [passes("stored 5 rows"), passes("stored 5 rows")] == [0, 0]
    now = 61.0
    assert [passes(refused.format(300)), passes(refused.format(300))] == [2, None]
