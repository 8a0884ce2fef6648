"""What makes problems more or fewer (part of mechanism 1): stocks, works, agreed rules, easier services, outside help.

Reads levers, belonging; writes stocks, condition under works, agreed rules, problems that help meets. Stocks and rules
change every week, works and help every day. Rule: what is missing of a stock comes back at its own rate; enforcement
removes a share; arrivals of the kind that a stock feeds are in proportion to it. Works raise the condition and disturb
while they last. Households that keep agreed rules make no problems of their own doing. Parameters: stocks.toml,
surroundings.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import surroundings as kernel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import FED_BY_STOCK, FEEDING, KINDS
from govsim.world.state import State
from govsim.world.tables import F64
from govsim.world.world import World

FED = [KINDS.index(kind) for kind in FED_BY_STOCK]
NOISE, STREET, PUBLIC_SERVICES, HARDSHIP = (KINDS.index(kind) for kind in ("noise", "street", "public_services", "hardship"))
GROUP_FLATS = FEEDING.index("group_flats")
CLEARING = ("stocks_clear_structures", "stocks_clear_group_flats", "stocks_clear_premises")  # levers, in the order of FEEDING
BELONGING = 4  # column of state.sums


class StockRules(NamedTuple):
    """Parameters of stocks.toml as the weekly kernel reads them."""

    room: float
    come_back: F64
    tenants_near: float


class Rules(NamedTuple):
    """Parameters of surroundings.toml as they are read here and by the daily kernel."""

    works_gain: float
    works_ceiling: float
    works_usual_pace: float
    works_disturb: F64
    rules_fade: float
    own_doing: F64
    help_suits: F64


class Surroundings:
    """Stocks, works, rules and help of all compounds."""

    def __init__(self, parameters: Parameters) -> None:
        self.stock_rules = rules(StockRules, "stocks", parameters)
        self.rules = rules(Rules, "surroundings", parameters)
        self.lift_hardship = float(parameters["lifts.hardship"])
        self.noise_power = float(parameters["problems.exposure_power"][NOISE])

    def pressure(self, world: World, state: State, levers: np.ndarray) -> F64:
        """Factor of each kind's arrivals by compound (n, 13): lasting flags times what has changed since the start."""
        out: F64 = world.flags.copy()
        left = state.stocks / np.maximum(state.first_stocks, 1)
        left[state.first_stocks == 0] = 1.0
        out[:, FED] *= left
        out[:, NOISE] *= left[:, GROUP_FLATS] ** self.noise_power
        out[:, STREET] *= levers["surroundings_street_burden"]
        out[:, PUBLIC_SERVICES] *= levers["surroundings_service_burden"]
        if state.self_rule.lifted.any():
            out[:, HARDSHIP] *= 1.0 - self.lift_hardship * state.self_rule.lifted
        out *= 1.0 - self.rules.own_doing * state.rules_kept[:, None]
        pace = levers["surroundings_works_pace"]
        if pace.any():
            at_work = np.where(state.condition < self.rules.works_ceiling, pace / self.rules.works_usual_pace, 0.0)
            out *= 1.0 + at_work[:, None] * self.rules.works_disturb
        return out

    def build(self, world: World, state: State, today: Today) -> None:
        """A day of works where there are any."""
        pace = today.levers["surroundings_works_pace"]
        better = np.minimum(state.condition + pace * self.rules.works_gain, np.maximum(state.condition, self.rules.works_ceiling))
        state.condition[:] = np.where(pace > 0.0, better, state.condition)

    def help(self, world: World, state: State, today: Today) -> None:
        """Help from outside meets some needs."""
        if today.levers["surroundings_help"].any():
            kernel.help_arrives(
                state.day, state.problems.rows, state.problems.n, world.place, today.levers, self.rules, state.flows
            )

    def change(self, world: World, state: State, today: Today) -> None:
        """A week of stocks and of agreed rules."""
        cleared = np.column_stack([today.levers[name] for name in CLEARING])
        watch, removed = np.ascontiguousarray(today.levers["stocks_watch"]), np.zeros_like(state.stocks)
        near = world.layers["proximity"]
        kernel.stocks_change(
            state.day, world.place, state.first_stocks, cleared, watch, self.stock_rules, state.stocks, removed, state.flows
        )
        if removed[:, GROUP_FLATS].any():
            kernel.tenants_look_near(
                state.day, world.place, removed, GROUP_FLATS, watch, near.indptr, near.indices, near.weights, self.stock_rules,
                state.stocks, state.flows,
            )  # fmt: skip
        belonging = state.sums[:, BELONGING] / world.place["residents"]
        spread = today.levers["surroundings_rules_spread"] * belonging * (1.0 - state.rules_kept)
        state.rules_kept += spread - self.rules.rules_fade * state.rules_kept
