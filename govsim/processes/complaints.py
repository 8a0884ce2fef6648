"""Mechanism 2: residents notice and decide whether and where to complain, and what to do when it does not help.

Reads problems, beliefs, readiness, hours; writes complaints, files and their counts. Every day, after problems.
Rule: competing risks; hazard = base x voice x sum over problems of severity x share x suitability of the channel x
exp(B (belief - 1/2)) x access. A complainant may go on to the hotline, the police, a petition or court, or give up.
Parameters: complaints.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import complainants as second
from govsim.kernels import complaints as kernel
from govsim.kernels import problems as problem_kernel
from govsim.kernels.pools import index_by_compound
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import KINDS, PROPERTY_KINDS
from govsim.world.state import State
from govsim.world.tables import F64
from govsim.world.world import World


class First(NamedTuple):
    """Parameters of the first complaint."""

    base: float
    belief_effect: float
    access: F64
    habitual_hotline: float


class Next(NamedTuple):
    """Parameters of what complainants do next and of what they learn."""

    wait: F64
    belief_effect: float
    drive_cap: float
    hotline_open: float
    hotline_ill: float
    hotline_again_open: float
    hotline_again_ill: float
    police: F64
    petition: F64
    court: F64
    while_open: float
    give_up_open: float
    give_up_ill: float
    collective_from: float
    threshold_least: float
    threshold_spread: float
    threshold_scale: float
    grievance_weight: float
    learn_solved: float
    learn_failed: float
    trust_solved: float
    trust_failed: float
    satisfaction_solved: float
    satisfaction_failed: float
    public_memory: float
    call_back: float
    content_solved: float
    content_failed: float
    is_property: np.ndarray


#: What answers teach: fields of `Next` that belong to mechanism 4.
LEARNING = (
    "learn_solved", "learn_failed", "trust_solved", "trust_failed", "satisfaction_solved", "satisfaction_failed",
)  # fmt: skip


class Complaints:
    """Who complains, where, and what complainants do next."""

    def __init__(self, parameters: Parameters, learning: bool = True) -> None:
        """`learning`: whether answers move beliefs, trust and satisfaction (mechanism 4)."""
        self.first = rules(First, "complaints", parameters)
        held = {} if learning else dict.fromkeys(LEARNING, 0.0)
        self.next = rules(Next, "complaints", parameters, is_property=np.array([k in PROPERTY_KINDS for k in KINDS]), **held)
        self.suitability: F64 = np.ascontiguousarray(parameters["complaints.suitability"][:, : kernel.ENTRY])
        self._loads: tuple[F64, F64] | None = None
        self._out: list[np.ndarray] = []

    def complain(self, world: World, state: State, today: Today) -> None:
        """First complaints of the day: loads, the dense loop over residents, and filing."""
        pop, n = world.population, len(world.place)
        if self._loads is None or self._loads[1].shape[0] != n:
            self._loads = (np.zeros((len(pop.building_compound), kernel.ENTRY)), np.zeros((n, kernel.ENTRY)))
        buildings, compounds = self._loads
        problems = state.problems
        start, order = index_by_compound(problems.rows, problems.n, n)
        problem_kernel.loads(problems.rows, start, order, self.suitability, buildings, compounds)
        if len(self._out) != len(today.ranges):
            self._out = [np.zeros((pop.n // 20 + 1000, 3), np.int32) for _ in today.ranges]

        def part(number: int, c0: int, c1: int) -> int:
            return int(
                kernel.first_complaints(
                    c0, c1, state.day, world.place, pop.building_residents, pop.household_residents, buildings,
                    compounds, problems.rows, start, order, self.suitability, state.people, state.belief,
                    today.levers, self.first, self._out[number],
                )
            )  # fmt: skip

        counts = today.spread(part)
        rows = np.concatenate([out[:count] for out, count in zip(self._out, counts, strict=True)])
        state.cases.room(len(rows) + 1)
        state.complaints.room(len(rows) + 1)
        state.cases.n, state.complaints.n = second.file_complaints(
            rows, len(rows), state.day, world.place, world.desks.first, problems.rows, state.cases.rows, state.cases.n,
            state.complaints.rows, state.complaints.n, state.people, today.levers, state.flows, self.next,
        )  # fmt: skip

    def hear(self, world: World, state: State, today: Today) -> None:
        """Complainants hear answers, look whether the problem is gone, and learn."""
        state.cases.room(state.complaints.n + 1)
        state.cases.n = second.hear_answers(
            state.day, world.place, world.desks.first, state.problems.rows, state.cases.rows, state.cases.n,
            state.complaints.rows, state.complaints.n, state.people, state.minds, state.belief, state.visible,
            state.public, today.levers, state.flows, self.next,
        )  # fmt: skip

    def go_on(self, world: World, state: State, today: Today) -> None:
        """Second steps: again, higher up, together, or giving up."""
        state.cases.room(state.complaints.n + 1)
        state.cases.n = second.second_steps(
            state.day, world.place, world.desks.first, state.problems.rows, state.cases.rows, state.cases.n,
            state.complaints.rows, state.complaints.n, state.people, state.minds, state.belief,
            world.population.ties, today.levers, state.flows, self.next,
        )  # fmt: skip
