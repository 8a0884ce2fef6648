"""Activities of the neighbourhood (part of mechanism 4): who feels at home comes; who comes feels more at home.

Reads belonging, levers; writes belonging and acquaintances. Every week. Rule: chance to come = 1 - exp(-offered a week x
exp(b (belonging - usual))); each attendance moves belonging towards one and makes acquaintances, which fade.
Parameters: gatherings.toml.
"""

from __future__ import annotations

from typing import NamedTuple

from govsim.kernels import surroundings as kernel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.world.state import State
from govsim.world.world import World


class Rules(NamedTuple):
    """Parameters of gatherings.toml as the weekly kernel reads them."""

    pull_belonging: float
    gain_belonging: float
    acquaintance: float
    forget: float
    belonging_usual: float


class Gatherings:
    """Who comes, and what it does to them."""

    def __init__(self, parameters: Parameters) -> None:
        usual = parameters["attitudes.belonging_level"] + 4 * parameters["attitudes.belonging_ties"]
        self.rules = rules(Rules, "gatherings", parameters, belonging_usual=usual)

    def hold(self, world: World, state: State, today: Today) -> None:
        """One week of activities."""

        def part(_: int, c0: int, c1: int) -> None:
            kernel.gather(c0, c1, state.day, world.place, state.minds, today.levers, self.rules, state.acquaintances, state.flows)

        today.spread(part)
