"""Public assessment of property firms: ratings, what red ones do to effort, and contracts that come to a vote."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from govsim.processes.property_economy import PropertyEconomy
from govsim.processes.self_government import SelfGovernment
from govsim.programmes.levers import at_rest
from govsim.world.state import begin
from tests.small_world import little, near, today
from tests.worlds import burned, flow, programme


def half_year(world, state, held, month=5):
    """One rating at the end of a month (0 January), where a share of contracts is assessed."""
    levers = at_rest(world.parameters, len(world.place))
    levers["assessment_held"] = held
    day = today(world, levers)
    PropertyEconomy(world.parameters).assess(world, state, type(day)(**{**vars(day), "month": month}))


def test_red_ratings_in_a_row_are_counted() -> None:
    """Notices a rating without an assessment or in another month, a good one that does not wipe out, and a firm that is gone."""
    world = little(compounds=4, residents=1600, assessment__seen_spread=0.0)
    state = begin(world)
    state.quality[:] = np.array([0.3, 0.44, 0.46, 0.2])[:, None]
    state.economy.contracts["firm"][3] = -1
    half_year(world, state, 0.0)
    half_year(world, state, 1.0, month=8)
    assert state.economy.contracts["reds"].tolist() == [0, 0, 0, 0]
    half_year(world, state, 1.0, month=5)
    assert state.economy.contracts["reds"].tolist() == [1, 1, 0, 0]
    state.quality[1] = 0.9
    half_year(world, state, 1.0, month=11)
    assert state.economy.contracts["reds"].tolist() == [2, 0, 0, 0]


def test_assessors_see_service_with_an_error_of_their_own() -> None:
    """Notices a share of compounds that is missed, drawn anew each time, or an error of the wrong size."""
    world = little(compounds=500, residents=500 * 20, world__relative_size=1.0, assessment__seen_spread=0.08)
    state = begin(world)
    state.quality[:] = world.parameters["assessment.red_below"] + 0.5 * 0.08
    assessed = np.zeros(500, bool)
    for n in range(8):
        state.day, state.economy.contracts["reds"] = 182 * n, 0
        half_year(world, state, 0.4)
        assessed |= state.economy.contracts["reds"] > 0
    assert near(assessed, 0.4 * (1 - norm.cdf(0.5) ** 8))
    state.day = 5000
    half_year(world, state, 1.0)
    assert near(state.economy.contracts["reds"] > 0, norm.cdf(-0.5))


@pytest.mark.parametrize(("reds", "felt", "held", "goes"), [(1, 0.1, 0, False), (2, 0.1, 1, True), (3, 0.9, 1, False)])
def test_owners_are_asked_after_two_red_ratings(reds: int, felt: float, held: int, goes: bool) -> None:
    """Notices a vote after a mere warning, a firm that goes although owners keep it, and ratings that outlive the vote."""
    world = little(residents=1500, self_government__firm_vote=0.0, self_government__firm_vote_bad=0.0)
    state, process = begin(world), SelfGovernment(world.parameters)
    state.day, state.minds["service_felt"] = 400, felt
    state.economy.contracts["reds"] = reds
    process.decide(world, state, today(world))
    assert flow(state.flows[0], "votes_held", "firm") == held
    assert (state.economy.contracts["firm"][0] == -1) == goes
    assert state.economy.contracts["reds"][0] == (0 if held else reds)


def test_a_red_rating_makes_the_firm_work_where_there_is_something_to_lose() -> None:
    """Notices a warning that no firm hears, one that counts twice, and one that moves a firm whose contract is worth nothing."""
    world = little(residents=1500, economy__cost_shock=0.0, economy__award_oversight=0.0)
    process, p = PropertyEconomy(world.parameters), world.parameters
    whole = process.rates(world).full[0].sum()

    def effort(reds: int, risk: float, income: float) -> float:
        state = begin(world)
        e = state.economy
        e.contracts["reds"], e.contracts["income"], e.firms["risk"] = reds, income * whole, risk
        state.self_rule.oversight[:] = 0.2
        process.collect(world, state, today(world))
        process._received[:] = round(income * whole)
        process.serve(world, state, today(world))
        return float(e.effort[0].mean())

    added = p["assessment.red_risk"]
    assert effort(1, 0.05, 0.9) == pytest.approx(effort(0, 0.05 + added, 0.9), rel=1e-9)
    assert effort(3, 0.05, 0.9) == effort(1, 0.05, 0.9) > 1.02 * effort(0, 0.05, 0.9)
    assert effort(2, 0.05, 0.4) == effort(0, 0.05, 0.4)


def test_assessed_firms_in_the_trap_come_to_a_vote() -> None:
    """Notices ratings that never meet the vote in a run: days, quarters and half-years that do not fit together."""
    base = burned("putuo", 0.05)
    assessed = base.fork([programme(("assessment.held", "at_least", 1.0))]).run(380)
    plain = base.fork([]).run(380)
    votes = [sum(flow(w[1], "votes_held", "firm") for w in sim.recorder.weeks) for sim in (assessed, plain)]
    bad = (plain.state.quality.mean(1) < 0.4).sum()
    assert bad > 3
    assert votes[0] > votes[1] + 0.5 * bad
