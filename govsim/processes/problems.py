"""Mechanism 1: problems arise, weigh on those they reach, and last until they are fixed or fade.

Reads condition, service quality, the compound's lasting factors and surroundings; writes problems and their counts. Every day.
Rule: arrivals are Poisson with rate r_k x residents x exp(-a S_k (quality - q0) - b C_k (condition - c0)) x lasting
factor x season; a problem has a severity (least + exponential), a reach and a place; it ends by itself at
(1 + routine x quality) / life a day. Parameters: problems.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import finding as finding_kernel
from govsim.kernels import problems as kernel
from govsim.kernels.pools import index_by_compound
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.processes.surroundings import Surroundings
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import KINDS, SERVICES
from govsim.world.state import State
from govsim.world.tables import F64, I64
from govsim.world.world import World

#: The service of the firm that holds a kind of problem down.
SERVICE_OF = {
    "cleaning": "cleaning", "greening": "greening", "repair": "repair", "security": "security", "fees": "order",
}  # fmt: skip


def service_of_kinds() -> I64:
    """Index of the service responsible for each kind; `order` for the rest."""
    return np.array([SERVICES.index(SERVICE_OF.get(k, "order")) for k in KINDS], np.int64)


class Rules(NamedTuple):
    """Parameters of problems.toml as kernels read them."""

    arrivals: F64
    service: I64
    service_share: F64
    condition_share: F64
    service_effect: float
    condition_effect: float
    service_reference: float
    condition_reference: float
    severity_least: float
    severity_spread: float
    reach: F64  # cumulative
    sharing: float
    life: F64
    routine_effect: float


class Finding(NamedTuple):
    """Parameters of finding.toml as kernels read them."""

    visible: F64
    on_street: F64
    visit_trust: float
    visit_belonging: float
    suggestion: float
    suggestion_cap: float


class Problems:
    """Problems arise, fade, and are found by staff."""

    def __init__(self, parameters: Parameters) -> None:
        reach = parameters["problems.reach"]
        self.rules = rules(
            Rules,
            "problems",
            parameters,
            service=service_of_kinds(),
            reach=np.cumsum(reach / reach.sum(1, keepdims=True), 1),
        )
        self.surroundings = Surroundings(parameters)
        self.finding = rules(Finding, "finding", parameters)
        self.amplitude: F64 = parameters["problems.season_amplitude"]
        self.peak: float = parameters["problems.season_peak"]
        self._means = np.zeros((0, len(KINDS)))

    def season(self, month_of_year: float) -> F64:
        """Factor of each kind at a time of the year, in months (1.0 is 1 January)."""
        return np.asarray(1.0 + self.amplitude * np.cos(2 * np.pi * (month_of_year - self.peak) / 12.0))

    def arise(self, world: World, state: State, today: Today) -> None:
        """New problems of the day."""
        if len(self._means) != len(world.place):
            self._means = np.zeros((len(world.place), len(KINDS)))
        means = self._means
        kernel.arrival_means(
            world.place,
            state.condition,
            state.quality,
            self.surroundings.pressure(world, state, today.levers),
            self.season(today.month_of_year),
            self.rules,
            means,
        )
        expected = float(means.sum())
        state.problems.room(int(expected + 12 * np.sqrt(expected) + 100))
        state.problems.n = kernel.arise(
            means, world.place, world.population.building_households, self.rules, state.day, state.problems.rows,
            state.problems.n, state.flows,
        )  # fmt: skip

    def fade(self, world: World, state: State, today: Today) -> None:
        """Problems that end by themselves."""
        kernel.fade(
            state.problems.rows, state.problems.n, world.place, state.quality, self.rules, state.day, state.flows,
        )  # fmt: skip

    def find(self, world: World, state: State, today: Today) -> None:
        """Grid rounds and household visits find problems and open files."""
        state.cases.room(2 * state.problems.n + 1000)
        state.cases.n = finding_kernel.rounds(
            state.day, state.problems.rows, state.problems.n, world.place, world.desks.first, state.cases.rows,
            state.cases.n, today.levers, state.flows, self.finding,
        )  # fmt: skip
        start, order = index_by_compound(state.problems.rows, state.problems.n, len(world.place))
        pop = world.population
        state.cases.n = finding_kernel.visits(
            state.day, state.problems.rows, start, order, world.place, pop.household_residents, state.minds,
            world.desks.first, state.cases.rows, state.cases.n, today.levers, state.flows, self.finding,
        )  # fmt: skip
