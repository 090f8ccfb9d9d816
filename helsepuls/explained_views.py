"""The views whose figures can be explained: where a figure stands, and which relation has the events behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_AT: Final = "at = {at:String}, known_at = {known_at:String}"
_UNIT: Final = "level = 'unit', "
_THE_UNIT: Final = "unit = {unit:String}"
_THE_DAY: Final = "day = toDate32({at:String})"
_THE_MONTH: Final = "month = toStartOfMonth(toDate32({at:String}))"


@dataclass(frozen=True)
class Explainable:
    """Where a figure of a unit stands, as known at a time, and the relation of the events behind it. `by_day`: the
    time is a Norwegian date."""

    figures: str
    relation: str
    by_day: bool = False

    @property
    def events(self) -> str:
        return f"{self.relation}({_THE_UNIT}, {_AT})"

    @classmethod
    def of_register(cls, name: str, place: str, time: str = _THE_DAY, *, reporter: bool = True) -> Explainable:
        places = (place, "reporter") if reporter else (place,)
        where = f"{time} AND ({' OR '.join(f'{one} = {{unit:String}}' for one in places)})"
        return cls(f"{name}_known_at(at = {{known_at:String}}) WHERE {where}", f"explain_{name}", by_day=True)

    @classmethod
    def of_level(cls, name: str, level: str, *places: str) -> Explainable:
        """A register's figures by level, of the level whose places a daily row names."""
        days = "from = {at:String}, to = {at:String}, at = {known_at:String}"
        where = " OR ".join(f"{place} = {{unit:String}}" for place in places)
        figures = f"{name}_by_level_known_at(level = '{level}', {days}) WHERE {where}"
        return cls(figures, f"explain_{name}_daily", by_day=True)


_CENSUS: Final = f"{_UNIT}from = {{at:String}}, to = {{at:String}}, known_at = {{known_at:String}}"
VIEWS: Final = {
    "preparedness_occupancy": Explainable(
        f"preparedness_occupancy_known_at({_AT}) WHERE {_THE_UNIT}", "explain_preparedness_occupancy"
    ),
    "preparedness_reconciled": Explainable(
        f"preparedness_reconciled_known_at({_AT}) WHERE {_THE_UNIT}", "explain_preparedness_occupancy"
    ),
    "preparedness_capacity": Explainable(
        f"preparedness_capacity_known_at({_UNIT}{_AT}) WHERE {_THE_UNIT}", "explain_preparedness_capacity"
    ),
    "preparedness_census": Explainable(
        f"preparedness_census({_CENSUS}) WHERE {_THE_UNIT}", "explain_preparedness_census", by_day=True
    ),
    "npr_contacts_daily": Explainable.of_register("npr_contacts_daily", "unit"),
    "npr_stays_daily": Explainable.of_register("npr_stays_daily", "unit"),
    "npr_discharge_ready_daily": Explainable.of_register("npr_discharge_ready_daily", "unit"),
    "npr_referrals_daily": Explainable.of_register("npr_referrals_daily", "unit"),
    "npr_waiting": Explainable.of_register("npr_waiting", "unit", _THE_MONTH),
    "kpr_services_daily": Explainable.of_register("kpr_services_daily", "kommuneNr"),
    "kpr_consultations_daily": Explainable.of_register("kpr_consultations_daily", "kommuneNr"),
    "kpr_kad_daily": Explainable.of_register("kpr_kad_daily", "kommuneNr", reporter=False),
    **{
        f"{name}_by_level": Explainable.of_level(name, "unit", "unit", "reporter")
        for name in ("npr_contacts", "npr_stays", "npr_discharge_ready", "npr_referrals")
    },
    **{
        f"{name}_by_level": Explainable.of_level(name, "municipality", "kommuneNr")
        for name in ("kpr_services", "kpr_consultations", "kpr_kad")
    },
}
"""What can be explained."""
