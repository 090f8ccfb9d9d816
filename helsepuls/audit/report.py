"""What an audit found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from schemas.types import Outcome

Side = Literal["topics", "warehouse"]
"""Where the outcomes were looked for: the outcome topics, or the relation `outcomes`."""

LISTED = 200
"""Coordinates listed of each kind; how many more there are is counted."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Offsets of one raw partition, `first` to `last` included, and where they are missing or not allowed."""

    topic: str
    partition: int
    first: int
    last: int
    where: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Double:
    """One offset with more than one outcome, on one side or because the two sides differ."""

    topic: str
    partition: int
    offset: int
    topics: tuple[Outcome, ...]
    warehouse: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """An outcome record that cannot count: its partition is not its source's, or it cannot be read."""

    topic: str
    partition: int
    offset: int
    why: str


@dataclass
class Report:
    """`raw` is how many events the raw topics hold now; the counts are of those that have exactly that outcome in the
    warehouse."""

    raw: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    missing: list[Stretch] = field(default_factory=list)
    """Raw offsets without an outcome."""
    double: list[Double] = field(default_factory=list)
    invented: list[Stretch] = field(default_factory=list)
    """Outcomes of offsets that the raw topic has not reached."""
    stray: list[Stray] = field(default_factory=list)
    unlisted: int = 0
    """Findings beyond those listed."""
    reemitted: int = 0
    """Outcome records that came again for the same offset with the same outcome: allowed, they count once."""
    expired: int = 0
    """Raw offsets whose outcome the outcome topics no longer hold (retention) but the warehouse does: allowed."""

    empty: int = 0
    """Raw offsets that hold no event: the mark that ends a sender's transaction takes one. Not in `raw`."""

    @property
    def conserved(self) -> bool:
        return not (self.missing or self.double or self.invented or self.stray)

    def add(self, finding: Stretch | Double | Stray, kept: list[Any]) -> None:
        """Lists a finding, or counts it once the list is full."""
        if len(kept) < LISTED:
            kept.append(finding)
        else:
            self.unlisted += 1

    def take(self, part: Report) -> None:
        """Adds what was found elsewhere."""
        for name, found in vars(part).items():
            if isinstance(found, list):
                for finding in found:
                    self.add(finding, getattr(self, name))
            else:
                setattr(self, name, getattr(self, name) + found)

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "conserved": self.conserved}
