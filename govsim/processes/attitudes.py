"""Mechanism 4: what residents feel and believe; bad news weighs more than good; neighbours influence each other.

Reads problems, service, answers, ties; writes attitudes and beliefs. Every week, on the last day of the week.
Rule: each attitude takes a step towards its goal, faster downwards than upwards (fear: upwards); satisfaction returns
to the resident's own anchor (Friedkin and Johnsen 1990) and moves with like-minded neighbours (bounded confidence);
the belief in the hotline follows the town's public record. Parameters: attitudes.toml, platform.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import attitudes as kernel
from govsim.kernels import problems as problem_kernel
from govsim.kernels.pools import index_by_compound
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.world.state import State
from govsim.world.tables import F64
from govsim.world.world import World


class Rules(NamedTuple):
    """Parameters of attitudes.toml as the weekly kernel reads them."""

    annoyance_home: float
    confidence: float
    annoyance_rate: float
    bother_reference: float
    service_bother: float
    service_up: float
    service_down: float
    satisfaction_service: float
    service_reference: float
    crime_half: float
    crime_reference: float
    satisfaction_crime: float
    belonging_crime: float
    fear_crime: float
    satisfaction_bother: float
    satisfaction_trust: float
    trust_reference: float
    satisfaction_up: float
    satisfaction_down: float
    satisfaction_neighbours: float
    trust_firm_level: float
    trust_firm_service: float
    trust_firm_books: float
    books_reference: float
    trust_up: float
    trust_books_least: float
    trust_books_speed: float
    trust_down: float
    trust_committee_level: float
    trust_committee_belief: float
    trust_police_level: float
    trust_police_belief: float
    trust_police_fear: float
    fear_level: float
    belonging_level: float
    belonging_ties: float
    belonging_satisfaction: float
    satisfaction_reference: float
    belonging_rate: float
    belonging_neighbours: float
    fear_disorder: float
    disorder_half: float
    fear_ties: float
    fear_police: float
    fear_up: float
    fear_down: float
    fear_neighbours: float
    belief_neighbours: float
    belief_public: float
    belief_public_weight: float
    belief_rumour: float
    belief_forget: float
    belief_visible: float


class Adoption(NamedTuple):
    """Parameters of joining a platform."""

    adopt_alone: float
    adopt_others: float
    adopt_tenure: F64


class Attitudes:
    """A week of feeling, talking and forgetting."""

    def __init__(self, parameters: Parameters) -> None:
        usual, half = parameters["attitudes.crime_usual"], parameters["attitudes.crime_half"]
        self.rules = rules(Rules, "attitudes", parameters, crime_reference=usual / (usual + half))
        self.adoption = rules(Adoption, "platform", parameters)
        self.fade: float = 0.5 ** (1.0 / parameters["platform.memory"])
        # problems weigh on those who share them: as annoyance by reach, as disorder by kind
        self.disorder: F64 = parameters["attitudes.disorder"]
        self.annoyance_share: F64 = parameters["attitudes.annoyance_share"]
        self._work: dict[str, F64] = {}

    def live(self, world: World, state: State, today: Today) -> None:
        """One week for everybody."""
        pop, n = world.population, len(world.place)
        if not self._work:
            shape = (len(pop.building_compound), 2)
            self._work = {"building": np.zeros(shape), "compound": np.zeros((n, 2)), "home": np.zeros(pop.households)}
        work, problems = self._work, state.problems
        start, order = index_by_compound(problems.rows, problems.n, n)
        problem_kernel.felt_loads(
            problems.rows, start, order, self.annoyance_share, self.disorder, work["building"], work["compound"]
        )
        seen = 1.0 - today.levers["surroundings_tidy"]
        work["compound"][:, 1] *= seen
        work["building"][:, 1] *= seen[pop.building_compound]
        kernel.home_loads(problems.rows, problems.n, work["home"])
        state.visible *= self.fade
        rumour = self._rumour(world, state)

        def part(_: int, c0: int, c1: int) -> None:
            kernel.live_a_week(
                c0, c1, world.place, pop.household_residents, work["building"], work["compound"], work["home"],
                state.quality, state.self_rule.openness, state.minds, state.belief, pop.ties, state.public, rumour,
                state.visible, state.crime.felt, state.people, today.levers, self.rules, state.sums,
            )  # fmt: skip

        today.spread(part)

    def join(self, world: World, state: State, today: Today) -> None:
        """Residents join an online platform where there is one."""
        pop = world.population
        kernel.join_platform(
            state.day, world.place, pop.household_residents, pop.household_tenure, pop.online, state.people,
            today.levers, self.adoption, state.flows,
        )  # fmt: skip

    @staticmethod
    def _rumour(world: World, state: State) -> F64:
        """Mean belief in the hotline of the compounds where one has friends, weighted by ties; -1 without any."""
        layer = world.layers["social"]
        mean = state.sums[:, 9] / world.place["residents"]
        weights = layer.weights.astype(np.float64)
        owner = np.repeat(np.arange(len(mean)), np.diff(layer.indptr))
        total = np.bincount(owner, weights, len(mean))
        told = np.bincount(owner, weights * mean[layer.indices], len(mean))
        return np.where(total > 0, told / np.maximum(total, 1e-300), -1.0)
