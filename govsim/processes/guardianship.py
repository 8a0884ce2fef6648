"""Mechanism 7, what offenders see: who is at home, who knows whom, guards, devices that work, disorder in view.

Reads residents' hours and ties, attitudes, firm effort, devices, problems, stocks, levers; writes what offenders see (each week)
and the devices. Rule: log odds of being taken up are a sum of cues, blurred over neighbours by nearness; devices break and
are mended at a rate that follows the firm's effort and the fund. Parameters: crime.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import equipment as equipment_kernel
from govsim.kernels import guardianship as kernel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import FEEDING, SERVICES
from govsim.world.state import State
from govsim.world.tables import F64
from govsim.world.world import World

SECURITY = SERVICES.index("security")
GROUP_FLATS, PREMISES = FEEDING.index("group_flats"), FEEDING.index("premises")
WEEK = 7


class Cues(NamedTuple):
    """Parameters of crime.toml that make up what an offender sees."""

    level: F64
    wealth_effect: F64
    gated_effect: F64
    openness_effect: F64
    access_closes: float
    condition_effect: F64
    condition_reference: float
    disorder_effect: F64
    disorder_half: float
    group_effect: F64
    premises_effect: F64
    premises_half: float
    camera_effect: F64
    access_effect: F64
    control_effect: F64
    ties_reference: float
    belonging_reference: float
    blur: float


class Devices(NamedTuple):
    """Parameters of crime.toml on wear and repair of devices."""

    mends: float
    camera_breaks: float
    access_breaks: float


def security_effort(state: State) -> F64:
    """The firm's effort for security, 0..1 (compounds,)."""
    return np.ascontiguousarray(state.economy.effort[:, SECURITY])


class Guardianship:
    """What guards a compound, as an offender sees it."""

    def __init__(self, parameters: Parameters) -> None:
        self.cues = rules(Cues, "crime", parameters)
        self.devices = rules(Devices, "crime", parameters)
        self.weekdays: F64 = np.ascontiguousarray(parameters["crime.presence_weekday"])
        self.weekend: F64 = np.ascontiguousarray(parameters["crime.presence_weekend"])
        self.neglect: F64 = np.ascontiguousarray(parameters["crime.neglect"])
        self.guards_full: F64 = parameters["crime.guards_full"]
        self.guards_reference: float = parameters["crime.guards_reference"]
        self.fund_enough: float = parameters["crime.fund_enough"]
        self._presence: tuple[F64, F64] | None = None  # a fact of the world: hours and ties do not change
        self._disorder = np.zeros(0)

    def look(self, world: World, state: State, today: Today) -> None:
        """On the first day of each week: what offenders will see."""
        if state.day % WEEK:
            return
        place, crime = world.place, state.crime
        if self._presence is None:
            self._presence = kernel.presence(place, state.people, world.population.ties, self.weekdays, self.weekend)
            self._disorder = np.zeros(len(place))
        kernel.disorder_in_view(state.problems.rows, state.problems.n, self.neglect, place, self._disorder)
        self._disorder *= 1.0 - today.levers["surroundings_tidy"]
        guards = security_effort(state) * self.guards_full[world.compounds.type] / self.guards_reference
        rooms = np.column_stack([
            state.stocks[:, GROUP_FLATS] / world.compounds.dwellings, 1000.0 * state.stocks[:, PREMISES] / place["residents"]
        ])  # fmt: skip
        near = world.layers["proximity"]
        home, ties = self._presence
        kernel.look(
            place, world.awareness, home, ties + state.acquaintances, state.sums, crime.security, guards, state.condition,
            self._disorder, rooms, today.levers, near.indptr, near.indices, near.weights, crime.sight, self.cues,
        )  # fmt: skip

    def keep_up(self, world: World, state: State, today: Today) -> None:
        """A week of wear, repair and installation of devices."""
        money = np.clip(state.fund / self.fund_enough, 0.0, 1.0)
        equipment_kernel.keep_up(state.crime.security, security_effort(state), money, today.levers, self.devices)
