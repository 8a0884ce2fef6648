"""Lifts for old buildings (part of mechanism 6): owners of a building are asked, vote, and live upstairs with less hardship.

Reads attitudes, levers; writes lifts (quarterly, where anybody asks) and who is served by them (weekly). Rule: each owner
household takes part as in other votes and agrees by the height of its floor and the skill of those who bring the floors
together; the law's quorum and majority decide; the lift runs after the time of building. Parameters: lifts.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import lifts as kernel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.processes.self_government import Rules as Votes
from govsim.scenario.parameters import Parameters
from govsim.world.state import State
from govsim.world.tables import F64
from govsim.world.world import World


class Rules(NamedTuple):
    """Parameters of lifts.toml as kernels read them."""

    missing: F64  # by type of compound
    yes: float
    yes_height: float
    yes_skill: float
    build_days: float


class Lifts:
    """Votes on lifts, and lifts that begin to run."""

    def __init__(self, parameters: Parameters, votes: Votes) -> None:
        """`votes`: how owners vote on other things."""
        self.rules = rules(Rules, "lifts", parameters)
        self.votes = votes

    def decide(self, world: World, state: State, today: Today) -> None:
        """A quarter of votes, where owners are asked."""
        if not today.levers["lifts_offered"].any():
            return
        rule, pop = state.self_rule, world.population
        kernel.decide(
            state.day, world.place, world.compounds.type, pop.building_households, pop.household_residents,
            pop.household_tenure, state.minds, state.people, rule.committees, rule.oversight, rule.lifts, today.levers,
            self.rules, self.votes,
        )  # fmt: skip

    def open(self, world: World, state: State, today: Today) -> None:
        """Once a week: who lives with an added lift that runs."""
        rule = state.self_rule
        if np.any(rule.lifts >= 0):
            kernel.served(
                state.day, world.place, world.compounds.type, world.population.building_households, rule.lifts,
                self.rules.missing, rule.lifted,
            )  # fmt: skip
