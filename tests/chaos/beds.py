"""Patients in beds, where several simulations are in one warehouse: they share the simulated population."""

from __future__ import annotations

from typing import Final

EVERYBODY: Final = (
    "SELECT beds.reporter, beds.unit, beds.patients + elsewhere.patients AS everybody "
    "FROM preparedness_occupancy_at(at = {at:String}) AS beds "
    "LEFT JOIN (SELECT reporter, place, countIf(has(flags, 'in_another_bed')) AS patients "
    "FROM preparedness_stays_at(at = {at:String}) GROUP BY reporter, place) AS elsewhere "
    "ON beds.reporter = elsewhere.reporter AND beds.unit = elsewhere.place "
    "WHERE everybody > 0"
)
"""Reporter, unit and patients at a time: also those who came to a bed of another simulation since, where they count."""
