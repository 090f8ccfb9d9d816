"""What one measurement gives: named figures, some of them held to a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """`must` is what has to hold, `aim` what we want; `better` says in which direction."""

    better: Literal["higher", "lower"]
    must: float
    aim: float

    def met(self, value: float, limit: float) -> bool:
        return value >= limit if self.better == "higher" else value <= limit


@dataclass(frozen=True)
class Figure:
    """One measured value. Ratios are comparable between machines; other units are only told.

    `unit` is "ratio" where both sides were measured in this run.
    """

    name: str
    value: float
    unit: str
    goal: Goal | None = None
    better: Literal["higher", "lower"] = "lower"
    note: str = ""


@dataclass
class Results:
    """Everything a run measured, in order."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, **more: object) -> None:
        self.figures.append(Figure(name, value, unit, **more))  # type: ignore[arg-type]

    @property
    def failed(self) -> list[Figure]:
        return [f for f in self.figures if f.goal and not f.goal.met(f.value, f.goal.must)]
