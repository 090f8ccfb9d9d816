"""Hospital stays: who lies in which bed of which ward, hour by hour.

Stays are walked one by one in time order (a bed is one thing and holds one patient), with a heap that holds each
patient's next step; a country's wards are some thousand patients, however many reporters there are. What happened is
collected as rows and becomes one frame an hour. A patient on leave keeps the bed but is not counted as lying in it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from producers.simulate import people
from producers.simulate.config import DAY_MS, HOUR_MS, OSLO, SECOND_MS, Hour, epoch_day
from producers.simulate.course import Step, course
from producers.simulate.hospitals import Care, Ward
from producers.simulate.organisations import Organisations
from producers.simulate.stays import EpisodeRow, MovementRow
from producers.simulate.values import Ints

_TARGET: Final = 0.76
"""Share of staffed beds that arrivals would fill in the long run."""
_BY_HOUR: Final = np.array([*(0.5,) * 7, 0.9, 1.3, *(1.6,) * 8, 1.3, 1.1, 1.0, *(0.8,) * 4])
_ARRIVALS: Final = _BY_HOUR / _BY_HOUR.mean()
"""Admissions by local hour; 1 is the mean."""
_AGES: Final[dict[Care, tuple[int, int]]] = {"child": (1, 15), "psych": (19, 80)}
_ADULT: Final = (30, 92)
_MOVES_TO: Final[dict[Care, tuple[Care, ...]]] = {
    "intensive": ("general",),
    "step_down": ("general",),
    "general": ("general", "step_down"),
    "child": (),
    "psych": (),
}
_DISCHARGE_HOURS: Final = range(9, 19)


@dataclass(slots=True)
class _Stay:
    visit: str
    person: int
    ward: Ward
    bed: int
    admitted: int
    acute: bool
    diagnosis: int
    plan: list[tuple[int, Step]]
    """Steps still to come, the next one last."""
    revision: int = 0
    ready: int | None = None
    away: bool = False


class _Arrival(NamedTuple):
    ward: Ward
    person: int


class Inpatients:
    """The wards and their patients.

    `present`: patients in each ward now; `ready`: of them, ready for discharge; `flows`: admissions, discharges,
    transfers in and transfers out of each ward in the hour last run.
    """

    def __init__(self, wards: list[Ward], who: Organisations, tag: str, rng: np.random.Generator) -> None:
        self._wards = wards
        self._hospitals: dict[int, list[Ward]] = {}
        for ward in wards:
            self._hospitals.setdefault(ward.hospital, []).append(ward)
        self._who = who
        self._tag = tag
        self._rng = rng
        ages = [_AGES.get(ward.kind.care, _ADULT) for ward in wards]
        self._youngest = np.array([youngest for youngest, _ in ages], np.int64)
        self._oldest = np.array([oldest for _, oldest in ages], np.int64)
        self._reporters = np.array([ward.reporter for ward in wards], np.int64)
        self._staffed = np.array([ward.staffed for ward in wards], np.int64)
        self._arrivals = np.array([_TARGET * ward.staffed / ward.kind.stay_hours for ward in wards])
        self._heap: list[tuple[int, int, Step, _Stay | _Arrival]] = []
        self._count = 0
        self._visits = 0
        self._inside: set[int] = set()
        """Persons who lie in a bed, and those who died: neither can be admitted."""
        self.present = np.zeros(len(wards), np.int64)
        self.ready = np.zeros(len(wards), np.int64)
        self.flows = np.zeros((4, len(wards)), np.int64)
        self._movements: list[MovementRow] = []
        self._episodes: list[EpisodeRow] = []

    def fill(self, start: int) -> None:
        """Puts patients into the beds as an ordinary midnight finds them; all were admitted before `start`."""
        patients = (self._staffed * self._rng.uniform(0.74, 0.92, len(self._wards))).astype(np.int64)
        for ward, person in self._patients(patients, start):
            if person not in self._inside:
                since = int(self._rng.uniform(1, ward.kind.stay_hours) * 3600) * SECOND_MS
                self._admit(ward, person, start - since, self._rest(ward, start - since, start))

    def run(self, hour: Hour) -> None:
        """Everything that happens in one hour, for `take`, and into the counts."""
        self.flows[:] = 0
        self._arrive(hour)
        while self._heap and self._heap[0][0] < hour.end:
            at, _, step, who = heapq.heappop(self._heap)
            if isinstance(who, _Arrival):
                self._arrival(who.ward, who.person, at)
            else:
                self._step(who, step, at, hour)

    def take(self) -> tuple[list[MovementRow], list[EpisodeRow]]:
        """What happened since the last call."""
        taken = (self._movements, self._episodes)
        self._movements, self._episodes = [], []
        return taken

    def _arrive(self, hour: Hour) -> None:
        numbers = self._rng.poisson(self._arrivals * _ARRIVALS[hour.local_hour])
        patients = self._patients(numbers, hour.start)
        seconds = self._rng.integers(1, 3600, len(patients)).tolist()
        for (ward, person), second in zip(patients, seconds, strict=True):
            self._push(hour.start + second * SECOND_MS, Step.ADMIT, _Arrival(ward, person))

    def _patients(self, numbers: Ints, at: int) -> list[tuple[Ward, int]]:
        """For each ward some persons who fit it and come from where its patients come from."""
        which = np.repeat(np.arange(len(self._wards)), numbers)
        places = self._who.places(self._rng, self._reporters[which])
        persons = people.draw(self._rng, places, self._youngest[which], self._oldest[which], at // DAY_MS)
        return [(self._wards[ward], person) for ward, person in zip(which.tolist(), persons.tolist(), strict=True)]

    def _arrival(self, wanted: Ward, person: int, at: int) -> None:
        """A patient comes; a full ward sends on to another of the hospital, a full hospital turns away. Who already
        lies in a bed does not come."""
        ward = wanted if wanted.free else self._other_ward(wanted, (wanted.kind.care,))
        if ward and person not in self._inside:
            self._admit(ward, person, at, course(ward.kind, at, self._rng))

    def _rest(self, ward: Ward, admitted: int, start: int) -> list[tuple[int, Step]]:
        """What is still to come of a stay that goes on at `start`."""
        while (plan := course(ward.kind, admitted, self._rng))[0][0] <= start:
            pass
        rest = [(at, step) for at, step in plan if at > start]
        return rest[:-1] if rest[-1][1] is Step.RETURN else rest  # nobody is on leave when the simulation begins

    def _admit(self, ward: Ward, person: int, admitted: int, plan: list[tuple[int, Step]]) -> None:
        self._visits += 1
        self._inside.add(person)
        stay = _Stay(
            visit=f"{ward.code[:3]}-{self._tag}-{self._visits:07d}",
            person=person,
            ward=ward,
            bed=ward.free.pop(),
            admitted=admitted,
            acute=bool(self._rng.random() < 0.65),
            diagnosis=int(self._rng.integers(len(ward.kind.diagnoses))),
            plan=plan,
        )
        self.present[ward.number] += 1
        self.flows[0, ward.number] += 1
        self._moved("admit", stay, admitted)
        self._report(stay, admitted)
        self._next(stay)

    def _step(self, stay: _Stay, step: Step, at: int, hour: Hour) -> None:
        if step is Step.DISCHARGE and hour.local_hour not in _DISCHARGE_HOURS:
            wait = (_DISCHARGE_HOURS.start - hour.local_hour) % 24 + int(self._rng.integers(0, 6))
            stay.plan.append((at + wait * HOUR_MS, step))
            self._next(stay)
            return
        if at % HOUR_MS == 0:
            at += SECOND_MS  # nothing happens on the stroke of the hour, when occupancy is counted
        match step:
            case Step.MOVE:
                self._transfer(stay, at)
            case Step.LEAVE | Step.RETURN:
                stay.away = step is Step.LEAVE
                self.present[stay.ward.number] += -1 if stay.away else 1
                self._moved("leave_start" if stay.away else "leave_end", stay, at)
            case Step.UPDATE:
                self._update(stay, at)
            case Step.DISCHARGE:
                self._discharge(stay, at)
                return
        self._next(stay)

    def _transfer(self, stay: _Stay, at: int) -> None:
        """To a free bed of the hospital, where there is one; else the patient stays."""
        ward, bed = stay.ward, stay.bed
        target = self._other_ward(ward, _MOVES_TO[ward.kind.care])
        if target is None:
            return
        stay.ward, stay.bed = target, target.free.pop()
        ward.free.append(bed)
        for counted, change in ((self.present, 1), (self.ready, 1)):
            if counted is self.present or stay.ready is not None:
                counted[ward.number] -= change
                counted[target.number] += change
        self.flows[3, ward.number] += 1
        self.flows[2, target.number] += 1
        self._moved("transfer", stay, at, ward.number, bed)

    def _update(self, stay: _Stay, at: int) -> None:
        """The diagnosis is settled; some patients are ready for discharge and wait for a municipal service."""
        stay.revision += 1
        if stay.ward.kind.care == "general" and self._rng.random() < 0.4:
            stay.ready = at
            self.ready[stay.ward.number] += 1
        stay.diagnosis = int(self._rng.integers(len(stay.ward.kind.diagnoses)))
        self._report(stay, at)

    def _discharge(self, stay: _Stay, at: int) -> None:
        number = stay.ward.number
        self.present[number] -= 1
        self.ready[number] -= stay.ready is not None
        self.flows[1, number] += 1
        stay.ward.free.append(stay.bed)
        stay.revision += 1
        dead = bool(self._rng.random() < 0.02)
        if not dead:
            self._inside.discard(stay.person)
        self._moved("discharge", stay, at, discharged=at)
        self._report(stay, at, discharged=at, dead=dead)

    def _other_ward(self, ward: Ward, cares: tuple[Care, ...]) -> Ward | None:
        """Another ward of the hospital with a free bed and such care, any of them with the same chance."""
        found = [
            other
            for other in self._hospitals[ward.hospital]
            if other is not ward and other.free and other.kind.care in cares
        ]
        return found[int(self._rng.integers(len(found)))] if found else None

    def _next(self, stay: _Stay) -> None:
        at, step = stay.plan.pop()
        self._push(at, step, stay)

    def _push(self, at: int, step: Step, who: _Stay | _Arrival) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, step, who))

    def _moved(
        self, kind: str, stay: _Stay, at: int, from_ward: int = -1, from_bed: int = 0, discharged: int | None = None
    ) -> None:
        self._movements.append(
            MovementRow(
                *(kind, stay.visit, stay.person, stay.ward.number, stay.bed, from_ward, from_bed),
                *(stay.acute, at, stay.admitted, discharged),
            )
        )

    def _report(self, stay: _Stay, at: int, discharged: int | None = None, *, dead: bool = False) -> None:
        same_day = discharged is not None and _local_day(discharged) == _local_day(stay.admitted)
        self._episodes.append(
            EpisodeRow(
                *(stay.visit, stay.revision, stay.person, stay.ward.number, stay.diagnosis, stay.acute),
                *("2" if same_day else "1", at, stay.admitted, discharged, stay.ready, dead),
            )
        )


def _local_day(at: int) -> int:
    return epoch_day(datetime.fromtimestamp(at / 1000, OSLO).date())
