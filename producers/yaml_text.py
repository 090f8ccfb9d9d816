"""YAML that somebody wrote by hand: its values, or where it cannot be read."""

from __future__ import annotations

from typing import Any, Final

import yaml

_UNREADABLE: Final = (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError)
"""What PyYAML lets through beside its own errors: a date that is none, a tag that does not fit its text, lists within
lists without end."""


class UnreadableError(Exception):
    """`where`: " in line 7", or nothing when it is not known."""

    def __init__(self, where: str = "") -> None:
        self.where = where


def parse(text: str) -> Any:
    """Plain values only, no objects of Python's. Raises UnreadableError, which quotes nothing of the text."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnreadableError(f" in line {mark.line + 1}" if mark else "") from None
    except _UNREADABLE:
        raise UnreadableError from None
