"""Mechanism 3: casework. Each complaint is a file in the real queue of a desk with finite working time.

Reads files, capacity, authority, levers; writes files, problems that are solved, and the record. Every day, after complaints.
Rule: first in, first out at each desk (petitions first); a treatment solves, closes unsolved, hands on or is tried
again; supervised files past the internal deadline risk being closed unsolved. Parameters: casework.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import casework as kernel
from govsim.kernels import grievances as grievance_kernel
from govsim.kernels import labour as labour_kernel
from govsim.kernels.pools import compact
from govsim.processes.day import Today
from govsim.processes.problems import service_of_kinds
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import FED_BY_STOCK, KINDS
from govsim.world.state import State
from govsim.world.tables import F64, I64
from govsim.world.world import World


class Rules(NamedTuple):
    """Parameters of casework.toml as kernels read them."""

    unit_work: F64
    days_per_unit: float
    authority: F64
    competent: F64  # cumulative
    service: I64
    near_handover: float
    expires_after: float
    lapses_after: float
    lapse: float
    deadline: float
    handled_within: float
    firm_fix: float
    firm_fix_quality: float
    supervised_push: float
    petition_push: float
    uses_fund: F64
    large_repair: float
    repair_cost: float
    fund_access: float
    fund_oversight: float
    dispute: F64
    property_dispute: F64
    mediation_level: float
    mediation_trust: float
    mediation_severity: float
    mediator_skill: float
    fix: F64
    removed_by_case: F64
    stock_of: I64  # by kind, -1 none


class Grievances(NamedTuple):
    """Parameters of casework.toml that say which grievances are old."""

    grievance_closings: float
    grievance_days: float


class Labour(NamedTuple):
    """Parameters of mediation at a window for workers and firms."""

    labour_share: float
    mediation_level: float
    mediation_severity: float
    mediator_skill: float


class Casework:
    """Desks serve their lines."""

    def __init__(self, parameters: Parameters, paid: bool = True) -> None:
        """`paid`: large repairs are paid from the maintenance fund (there is a property economy)."""
        competent = parameters["casework.competent"]
        self.rules = rules(
            Rules, "casework", parameters, service=service_of_kinds(),
            removed_by_case=parameters["stocks.removed_by_case"],
            stock_of=np.array([FED_BY_STOCK.index(k) if k in FED_BY_STOCK else -1 for k in KINDS], np.int64),
            competent=np.cumsum(competent / competent.sum(1, keepdims=True), 1),
            repair_cost=parameters["casework.repair_cost"] if paid else 0.0,
        )  # fmt: skip
        self.grievances = rules(Grievances, "casework", parameters)
        self.labour = rules(Labour, "casework", parameters, labour_share=parameters["mediation.labour_share"])
        weekend = parameters["casework.weekend"]
        self.weekday_share: F64 = 7.0 / (5.0 + 2.0 * weekend)
        self.weekend_share: F64 = weekend * self.weekday_share

    def take_up(self, world: World, state: State, today: Today) -> None:
        """Old grievances are taken up where somebody is in charge of them."""
        if not today.levers["casework_backlog"].any():
            return
        state.cases.room(state.problems.n + 1)
        state.cases.n = grievance_kernel.take_up(
            state.day, state.problems.rows, state.problems.n, world.place, world.desks.first, state.cases.rows,
            state.cases.n, today.levers, state.flows, self.grievances,
        )  # fmt: skip

    def hold_window(self, world: World, state: State, today: Today) -> None:
        """Labour disputes are mediated at a window where there is one."""
        if today.levers["mediation_window"].any():
            labour_kernel.hold_window(
                state.day, state.problems.rows, state.problems.n, world.place, today.levers, self.labour, state.flows,
            )  # fmt: skip

    def work(self, world: World, state: State, today: Today) -> None:
        """One working day of all desks, then the files that are closed for being late."""
        cases, line = state.cases, state.line
        line.room(cases.n + 1)
        line.n = kernel.queue_up(state.day, cases.rows, cases.n, line.rows, line.n)
        share = self.weekend_share if today.date_weekday >= 5 else self.weekday_share
        trust = np.divide(state.sums[:, 2], world.place["residents"])
        line.n = kernel.serve(
            state.day, share, line.rows, line.n, cases.rows, state.problems.rows, state.desks, world.desks.first,
            world.place, state.quality, state.fund, state.self_rule.oversight, trust, state.stocks,
            state.economy.accounts, state.economy.repairs_due, today.levers, state.flows, self.rules,
        )  # fmt: skip
        kernel.expire(
            state.day,
            cases.rows,
            cases.n,
            state.problems.rows,
            world.place,
            today.levers,
            state.flows,
            self.rules,
        )

    def tidy(self, world: World, state: State, today: Today) -> None:
        """Put away what is finished."""
        state.problems.n, state.cases.n, state.complaints.n, state.line.n = compact(
            state.problems.rows, state.problems.n, state.cases.rows, state.cases.n, state.complaints.rows,
            state.complaints.n, state.line.rows, state.line.n,
        )  # fmt: skip
