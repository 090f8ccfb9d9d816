"""The four ways in which work can fail. Every package raises these; none signals failure by a boolean."""

from __future__ import annotations

from typing import Final

from schemas.types import Problem

_ROOM: Final = 200


class HelsepulsError(Exception):
    """Root of the errors a caller may expect."""


class Invalid(HelsepulsError):
    """This input is bad and stays bad: answer it with its problems and go on with the next."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.code} {p.field}: {p.message}" for p in problems))
        self.problems = problems


class Rejected(HelsepulsError):
    """Back-pressure: nothing was taken. Slow down and offer the same again."""


class Retryable(HelsepulsError):
    """A dependency is away or busy. The same call may succeed later; nothing was lost."""


class Fatal(HelsepulsError):
    """Going on would lose or falsify data, or can never succeed. Stop and tell the operator why."""


def shortened(text: str) -> str:
    """What somebody wrote, as far as a sentence about it has room for it."""
    return text if len(text) <= _ROOM else f"{text[:_ROOM]}…"
