"""Mechanism 6: self-government. Owners form committees, watch the firm, keep or change it, and raise the fund.

Reads attitudes, the fund, contracts, levers; writes committees, oversight, openness, contracts that end, the fund, and
the staffing of residents' committees' desks. On the last day of each quarter.
Rule: owner households take part and agree by logits of what they feel, one keyed draw each; the law's quorum and
majority decide. Committees fall inactive or are captured; oversight is that of the committee's state, by its integrity,
less conflict with the residents' committee. Parameters: self_government.toml.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import assemblies as assembly_kernel
from govsim.kernels import experience as experience_kernel
from govsim.kernels import owners as owners_kernel
from govsim.kernels import workers as workers_kernel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import OWNERS_STATES
from govsim.world.economy_state import alone
from govsim.world.state import State
from govsim.world.tables import F64, U8
from govsim.world.world import World


class Rules(NamedTuple):
    """Parameters of self_government.toml as kernels read them."""

    levels: F64  # oversight by state of the committee
    integrity_mean: float
    integrity_spread: float
    integrity_least: float
    integrity_effect: float
    fall_inactive: float
    fall_captured: float
    captured_start: float
    dissolve: float
    term_years: float
    attempt: float
    attempt_initiators: float
    attempt_push: float
    initiator_voice: float
    initiator_service: float
    initiators_enough: float
    cross_oversight: float
    conflict_bad: float
    conflict_width: float
    conflict_step: float
    conflict_spill: float
    conflict_oversight: float
    conflict_skill: float
    books_integrity: float
    books_openness: float
    skill_effect: float
    skill_reference: float
    quorum: float
    majority: F64
    turnout_level: float
    turnout_service: float
    turnout_service_reference: float
    turnout_voice: float
    turnout_oversight: float
    turnout_oversight_reference: float
    turnout_satisfaction: float
    turnout_satisfaction_reference: float
    turnout_canvass: F64
    turnout_mobilise: float
    yes_election: float
    yes_election_trust: float
    yes_firm: float
    yes_firm_reference: float
    yes_fund: float
    yes_fund_satisfaction: float
    firm_vote: float
    firm_vote_bad: float
    firm_vote_service: float
    firm_vote_width: float
    firm_vote_without: float
    firm_vote_grace: float
    reds_vote: float
    fund_vote: float
    fund_goal: float
    fund_levy_most: float
    fund_mark: float
    gap_dismissed: float


class Workers(NamedTuple):
    """Parameters of self_government.toml as the residents' committees' kernel reads them."""

    leader_least: float
    leader_most: float
    leader_leaves: float
    leader_enough: float
    skill_step: float
    skill_effect: float
    skill_reference: float
    learns: float
    unlearns: float
    trained_effect: float
    staff_leaves: float
    staff_found: float
    staff_spread: float
    staff_least: float
    staff_reference: float
    time_push: float
    time_conflict: float
    time_most: float


class Experience(NamedTuple):
    """Parameters of experience.toml as its kernel reads them."""

    learns: float
    settles: float
    speeds: float
    staff_leaves: float


class SelfGovernment:
    """A quarter of owners' and residents' committees."""

    def __init__(self, parameters: Parameters, contracts: bool = True) -> None:
        """`contracts`: there is a property economy, so that firms can be changed and funds raised."""
        self.contracts = contracts
        self.rules = rules(
            Rules, "self_government", parameters,
            levels=np.array([parameters[f"world.oversight_{state}"] for state in OWNERS_STATES]),
            fund_mark=parameters["economy.fund_mark"], gap_dismissed=parameters["economy.gap_dismissed"],
            reds_vote=parameters["assessment.reds_vote"],
        )  # fmt: skip
        self.workers = rules(Workers, "self_government", parameters)
        self.experience = rules(Experience, "experience", parameters, staff_leaves=parameters["self_government.staff_leaves"])
        self._alone: U8 | None = None

    def work(self, world: World, state: State, today: Today) -> None:
        """Residents' committees: leaders, staff, working time."""
        rule = state.self_rule
        workers_kernel.quarter(
            state.day, world.place, rule.owners, rule.committees, state.desks, world.desks.first[1], today.levers,
            state.flows, self.workers,
        )  # fmt: skip
        experience_kernel.gather(
            world.place, state.desks, world.desks.first[1], today.levers, rule.experience, self.experience,
        )  # fmt: skip

    def form(self, world: World, state: State, today: Today) -> None:
        """Committees fall; others are formed or elected anew."""
        rule, pop = state.self_rule, world.population
        owners_kernel.fall(state.day, world.place, rule.owners, state.flows, self.rules)
        owners_kernel.form(
            state.day, world.place, rule.owners, rule.committees, pop.household_residents, pop.household_tenure,
            state.minds, state.people, rule.oversight, today.levers, state.flows, self.rules,
        )  # fmt: skip

    def supervise(self, world: World, state: State, today: Today) -> None:
        """Conflicts, oversight and open books."""
        rule, pop = state.self_rule, world.population
        owners_kernel.supervise(
            state.day, world.place, rule.owners, rule.committees, pop.household_residents, pop.household_tenure,
            state.minds, state.people, rule.oversight, rule.openness, today.levers, self.rules,
        )  # fmt: skip

    def decide(self, world: World, state: State, today: Today) -> None:
        """Votes on the firm and on the maintenance fund, if there are contracts and funds that change."""
        if not self.contracts:
            return
        rule, pop, economy = state.self_rule, world.population, state.economy
        if self._alone is None:
            self._alone = alone(world)
        assembly_kernel.on_firms(
            state.day, world.place, rule.owners, rule.committees, pop.household_residents, pop.household_tenure,
            state.minds, state.people, rule.oversight, economy.contracts, economy.firms, self._alone, economy.households,
            economy.accounts, economy.written_off, economy.lost, today.levers, state.flows, self.rules,
        )  # fmt: skip
        assembly_kernel.on_funds(
            state.day, world.place, rule.owners, rule.committees, pop.household_residents, pop.household_tenure,
            state.minds, state.people, rule.oversight, economy.accounts, economy.billed, economy.first_fund, state.fund,
            today.levers, state.flows, self.rules,
        )  # fmt: skip
