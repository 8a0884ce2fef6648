"""The lists of volunteers (part of mechanism 4): belonging and neighbours bring people in, fear drives them out.

Reads belonging, fear, ties; writes who is on the list, and counts. Every week, after attitudes.
Rule: hazard of joining = join x (1 + a x share of neighbours on the list) x exp(b (belonging - usual)); of leaving =
leave x exp(c (fear - usual)). Parameters: volunteers.toml.
"""

from __future__ import annotations

from typing import NamedTuple

from govsim.kernels import volunteers as kernel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.world.state import State
from govsim.world.world import World


class Rules(NamedTuple):
    """Parameters of volunteers.toml as the weekly kernel reads them."""

    join_belonging: float
    join_others: float
    leave: float
    leave_fear: float
    belonging_usual: float
    fear_level: float


class Volunteers:
    """Who is on the lists."""

    def __init__(self, parameters: Parameters) -> None:
        belonging = parameters["attitudes.belonging_level"] + 4 * parameters["attitudes.belonging_ties"]
        self.rules = rules(
            Rules, "volunteers", parameters, belonging_usual=belonging, fear_level=parameters["attitudes.fear_level"]
        )

    def change(self, world: World, state: State, today: Today) -> None:
        """One week of joining and leaving."""

        def part(_: int, c0: int, c1: int) -> None:
            kernel.join_and_leave(
                c0, c1, state.day, world.place, state.people, state.minds, world.population.ties, today.levers,
                self.rules, state.flows,
            )  # fmt: skip

        today.spread(part)
