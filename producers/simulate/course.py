"""What will happen in a stay, and when: drawn when the patient is admitted."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from producers.simulate.config import SECOND_MS
from producers.simulate.hospitals import WardKind

_MEAN_GENERAL_HOURS: Final = 60.0
"""In a general ward after intensive care."""


class Step(IntEnum):
    ADMIT = 0
    MOVE = 1
    LEAVE = 2
    RETURN = 3
    UPDATE = 4
    DISCHARGE = 5


def course(kind: WardKind, now: int, rng: np.random.Generator) -> list[tuple[int, Step]]:
    """The steps of a stay that is in a ward of this kind at `now` and their times, the first step last."""
    hours = max(6.0, rng.gamma(2, kind.stay_hours / 2))
    steps = [(hours, Step.DISCHARGE)]
    match kind.care:
        case "intensive" | "step_down":
            steps = [(hours, Step.MOVE), (hours + rng.gamma(2, _MEAN_GENERAL_HOURS / 2) + 6, Step.DISCHARGE)]
        case "general" if rng.random() < 0.2:
            steps.append((0.3 * hours, Step.MOVE))
        case "psych" if rng.random() < 0.3:
            steps += [(0.4 * hours, Step.LEAVE), (min(0.4 * hours + 48, 0.8 * hours), Step.RETURN)]
    if rng.random() < 0.4:
        steps.append((0.85 * hours, Step.UPDATE))
    return sorted(((now + int(h * 3600) * SECOND_MS, step) for h, step in steps), reverse=True)
