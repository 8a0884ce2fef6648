"""Mechanism 5: the property economy. Fees follow service, trust and neighbours; money and contract risk set effort.

Reads attitudes, problems, oversight, levers; writes fees, contracts, firms, effort, service quality, condition, the fund,
the desks' staffing and the books. On the last day of each month (days without a firm are counted daily).
Rule: households of three kinds pay always, never, or by a logit of service felt, trust and others' paying; a firm
chooses effort 1 - 1/B, B being what bad service puts at risk, within what money allows; quality follows effort; a firm
that loses money leaves, one that owners vote out goes, and others bid. Money is in fen. Parameters: economy.toml.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from govsim.kernels import assessment as assessment_kernel
from govsim.kernels import contracts as market_kernel
from govsim.kernels import fees as fee_kernel
from govsim.kernels import firms as firm_kernel
from govsim.observe.outcomes import FLOW_SLOT
from govsim.processes.day import Today
from govsim.processes.problems import service_of_kinds
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import KINDS, PROPERTY_KINDS
from govsim.world.economy_state import Tariff, tariff
from govsim.world.state import State
from govsim.world.tables import F64, I32, I64
from govsim.world.world import World


class Fees(NamedTuple):
    """Parameters of economy.toml as the households' kernel reads them."""

    reconsider: float
    pay_service: float
    pay_service_reference: float
    pay_trust: float
    pay_trust_reference: float
    pay_others: float
    pay_others_reference: float
    building_weight: float
    pay_arrears: float
    arrears_half: float
    pay_reminded: float
    repay: float
    ahead: float
    ahead_months: float
    sue_after: float
    sue: float
    court_months: float
    court_order: float
    court_fee: float
    limit_months: float
    mediation_level: float
    mediator_skill: float


class Service(NamedTuple):
    """Parameters of economy.toml as the firms' kernel reads them."""

    materials: float
    scale: float
    scale_homes: float
    cost_return: float
    cost_shock: float
    income_memory: float
    contract_months: float
    contract_least: float
    prospect_risk: float
    prospect_name: float
    prospect_award: float
    award_oversight: float
    bargain: float
    least_effort: float
    margin: float
    effort_step: float
    support: float
    working_balance: float
    quality_step: float
    quality_least: float
    quality_condition: float
    reference_effort: float
    desk_least: float
    condition_step: float
    condition_reference: float
    condition_fund_up: float
    condition_fund_down: float
    fund_mark: float
    award_share: float
    emergency: float
    start_effort: float
    start_limit: float
    risk_prior: float
    risk_fade: float
    risk_own: float
    risk_seen: float
    reputation_step: float
    reputation_lost: float
    red_risk: float


class Market(NamedTuple):
    """Parameters of economy.toml as the contracts' kernel reads them."""

    scale: float
    scale_homes: float
    leave_below: float
    leave: float
    gap_left: float
    bid_least: float
    bid_spread: float
    bid_oversight: float
    bid_scale: float
    start_months: float


class Assessment(NamedTuple):
    """Parameters of assessment.toml as the assessors' kernel reads them."""

    red_below: float
    seen_spread: float


class Places(NamedTuple):
    """Which firms work where: fixed for a world, so that a firm without a contract can bid again."""

    bidder0: I64  # (towns + 1,)
    bidders: I32
    town0: I64  # (firms + 1,)
    towns: I32
    names: I64  # (firms,) 32-bit name of a firm in draws


class PropertyEconomy:
    """A month of fees, service and contracts."""

    def __init__(self, parameters: Parameters) -> None:
        self.fees = rules(
            Fees, "economy", parameters, mediation_level=parameters["casework.mediation_level"],
            mediator_skill=parameters["casework.mediator_skill"],
        )  # fmt: skip
        self.service = rules(Service, "economy", parameters, red_risk=parameters["assessment.red_risk"])
        self.assessment = rules(Assessment, "assessment", parameters)
        self.months_apart = int(parameters["assessment.months"])
        self.market = rules(Market, "economy", parameters)
        self.service_of = service_of_kinds()
        self.of_property = np.array([k in PROPERTY_KINDS for k in KINDS], np.uint8)
        self._rates: Tariff | None = None
        self._places: Places | None = None
        self._received: I64 = np.zeros(0, np.int64)

    def rates(self, world: World) -> Tariff:
        """Costs and income of the compounds of a world."""
        if self._rates is None:
            self._rates = tariff(world)
        return self._rates

    def places(self, world: World) -> Places:
        """Who works in which town."""
        if self._places is None:
            self._places = _places(world, self.rates(world))
        return self._places

    def count_gaps(self, world: World, state: State, today: Today) -> None:
        """Count the days on which a compound has no firm."""
        state.flows[:, FLOW_SLOT["days_without_firm"]] += state.economy.contracts["firm"] < 0

    def collect(self, world: World, state: State, today: Today) -> None:
        """The month's fees."""
        pop, economy, n = world.population, state.economy, len(world.place)
        self._received = np.zeros(n, np.int64)
        in_building, in_compound = np.zeros(len(pop.building_compound)), np.zeros(n)

        def part(_: int, c0: int, c1: int) -> None:
            fee_kernel.payers(c0, c1, world.place, economy.households, pop.building_households, in_building, in_compound)
            fee_kernel.collect(
                c0, c1, state.day, world.place, pop.building_households, pop.household_residents, state.minds,
                economy.households, economy.contracts, economy.fee, economy.accounts, economy.billed, economy.written_off,
                in_building, in_compound, self._received, today.levers, state.flows, self.fees,
            )  # fmt: skip

        today.spread(part)

    def serve(self, world: World, state: State, today: Today) -> None:
        """The month's service: what firms take in, do and pay; and the repairs that maintenance funds pay for."""
        economy, rule, rates = state.economy, state.self_rule, self.rates(world)
        market_kernel.settle_fund(economy.accounts, economy.repairs_due, economy.first_fund, state.fund, state.flows)
        wishes: F64 = np.zeros(state.quality.shape)
        firm_kernel.hear(
            state.problems.rows, state.problems.n, self.service_of, self.of_property, rule.oversight, wishes,
        )  # fmt: skip
        firm_kernel.month(
            state.day, world.place, economy.contracts, economy.firms, rates.alone, rates.full, rates.potential,
            rates.public, world.compounds.dwellings, economy.accounts, self._received, economy.effort, state.quality,
            state.condition, state.fund, rule.oversight, np.ascontiguousarray(rule.owners["conflict_firm"]), wishes,
            state.desks, world.desks.first[0], today.levers, state.flows, self.service,
        )  # fmt: skip

    def contract(self, world: World, state: State, today: Today) -> None:
        """Firms leave, bid and take over, and learn."""
        economy, rates, places = state.economy, self.rates(world), self.places(world)
        market_kernel.leave(
            state.day, world.place, economy.contracts, economy.firms, rates.alone, rates.full, economy.households,
            economy.accounts, economy.written_off, state.flows, self.market,
        )  # fmt: skip
        market_kernel.tender(
            state.day, world.place, economy.contracts, economy.firms, places.names, places.bidder0, places.bidders,
            rates.full, state.self_rule.oversight, economy.accounts, today.levers, state.flows, self.market,
        )  # fmt: skip
        firm_kernel.learn(
            economy.contracts, rates.alone, state.quality, world.compounds.dwellings, economy.lost, world.place["town"],
            economy.firms, places.town0, places.towns, self.service,
        )  # fmt: skip
        economy.lost[:] = -1

    def assess(self, world: World, state: State, today: Today) -> None:
        """Service is rated where it is assessed, every so many months of the calendar."""
        if (today.month + 1) % self.months_apart == 0:
            assessment_kernel.rate(
                state.day, world.place, state.economy.contracts, self.rates(world).alone, state.quality, today.levers,
                self.assessment,
            )  # fmt: skip


def _places(world: World, rates: Tariff) -> Places:
    """Towns of each firm and firms of each town, from the contracts of the first day; firms in the order of their rows."""
    c, i = world.compounds, world.institutions
    market = (rates.alone == 0) & (c.firm >= 0)
    pairs = np.unique(np.column_stack([c.town[market], c.firm[market]]), axis=0).reshape(-1, 2)
    towns, firms = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    order = np.lexsort((towns, firms))

    def starts(of: I64, n: int) -> I64:
        return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=n))]).astype(np.int64)

    names = [int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little") for name in i.firms]
    return Places(
        starts(towns, len(i.towns)), firms.astype(np.int32), starts(firms, len(i.firms)),
        towns[order].astype(np.int32), np.array(names, np.int64),
    )  # fmt: skip
