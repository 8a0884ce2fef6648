"""What feeds problems: stocks, works, agreed rules, help; and gatherings. Against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from govsim.observe.outcomes import FLOW_SLOT
from govsim.processes.gatherings import Gatherings
from govsim.processes.surroundings import Surroundings
from govsim.programmes.levers import at_rest
from govsim.randomness import binomial
from govsim.vocabulary import FEEDING, KINDS
from govsim.world.state import begin
from tests.small_world import add_problem, little, near, today

WEEKS = 365.25 / 7
count: Any = binomial  # compiled


def levers(world, **values):
    out = at_rest(world.parameters, len(world.place))
    for name, value in values.items():
        out[name] = value
    return out


def test_binomial_is_the_quantile_of_the_binomial() -> None:
    """Notices a wrong recursion, and a count that falls when the chance rises."""
    for u in (0.03, 0.4, 0.77, 0.999):
        counts = [count(37, p, u) for p in (0.0, 0.01, 0.2, 0.6, 0.97, 1.0)]
        assert counts == [int(binom.ppf(u, 37, p)) for p in (0.0, 0.01, 0.2, 0.6, 0.97, 1.0)]
        assert counts == sorted(counts)
    assert abs(count(200_000, 0.3, 0.5) - 60_000) < 300  # too many for the plain recursion


def run_stocks(world, weeks, start, **moved):
    state, process = begin(world), Surroundings(world.parameters)
    state.stocks[:] = np.round(start * state.first_stocks)
    for week in range(weeks):
        state.day = 7 * week + 6
        process.change(world, state, today(world, levers(world, **moved)))
    return state


def test_a_cleared_stock_comes_back_at_its_own_rate_and_not_while_watched() -> None:
    """Notices a year taken for a week, one stock's rate used for another, and a watch that does nothing."""
    world = little(compounds=20, residents=20_000)
    p, weeks = world.parameters, 30
    state = run_stocks(world, weeks, 0.0)
    share = state.stocks.sum(0) / state.first_stocks.sum(0)
    expected = p["stocks.room"] * (1.0 - (1.0 - p["stocks.come_back"] / WEEKS) ** weeks)
    error = np.sqrt(expected / state.first_stocks.sum(0))
    assert (np.abs(share - expected) < 4 * error).all()
    watched = run_stocks(world, weeks, 0.0, stocks_watch=1.3)
    slower = 1.0 - (1.0 - np.exp(-1.3) * p["stocks.come_back"] / WEEKS) ** weeks
    assert (np.abs(watched.stocks.sum(0) / state.first_stocks.sum(0) - p["stocks.room"] * slower) < 4 * error).all()


def test_enforcement_clears_its_own_stock_only() -> None:
    """Notices levers that are swapped, and a clearing that is not exponential in its rate."""
    world = little(compounds=20, residents=20_000)
    state = run_stocks(world, 26, 1.0, stocks_clear_structures=2.2, stocks_watch=10.0)
    first = state.first_stocks.sum(0)
    left = dict(zip(FEEDING, state.stocks.sum(0) / first, strict=True))
    expected = np.exp(-2.2 * 26 / WEEKS)
    assert left["structures"] == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / first[0]))
    assert left["group_flats"] == pytest.approx(1.0, abs=0.02)
    assert left["premises"] == pytest.approx(1.0, abs=0.02)


def test_tenants_of_cleared_flats_look_near_by_and_are_not_made_of_nothing() -> None:
    """Notices tenants who turn up twice or at home, where it is watched, or of flats that nobody cleared; a wrong share."""
    world = little(compounds=20, residents=20_000, stocks__come_back=0.0, stocks__tenants_near=0.7)
    flats, cleared = FEEDING.index("group_flats"), np.arange(20) < 10
    for watch in (0.0, 0.8):
        state, process = begin(world), Surroundings(world.parameters)
        state.first_stocks[:] = state.stocks[:] = 60
        moved = levers(world, stocks_clear_group_flats=np.where(cleared, 3.0, 0.0), stocks_watch=np.where(cleared, 9.0, watch))
        for week in range(40):
            state.day = 7 * week + 6
            process.change(world, state, today(world, moved))
        gone = state.flows[:, FLOW_SLOT["stock_cleared"] + flats]
        came = state.flows[:, FLOW_SLOT["stock_new"] + flats]
        assert (state.stocks[:, flats] == 60 - gone + came).all()
        assert gone[~cleared].sum() == 0 < gone[cleared].sum()
        near_by = world.layers["proximity"]
        expected = 0.0
        for c in np.flatnonzero(cleared):
            rows = slice(near_by.indptr[c], near_by.indptr[c + 1])
            there, weight = near_by.indices[rows], near_by.weights[rows]
            expected += gone[c] * 0.7 * (np.exp(-np.where(cleared, 9.0, watch))[there] * weight).sum() / weight.sum()
        assert came[~cleared].sum() + came[cleared].sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))
        assert came[cleared].sum() <= 3


def test_pressure_is_what_the_rule_says() -> None:
    """Notices a factor that is dropped, or put on another kind."""
    world = little(compounds=3, residents=3000)
    state, process, p = begin(world), Surroundings(world.parameters), world.parameters
    assert (process.pressure(world, state, levers(world)) == world.flags).all()
    state.first_stocks[:] = 40
    state.stocks[:] = [10, 20, 30]
    state.rules_kept[:] = 0.3
    moved = levers(world, surroundings_service_burden=0.7, surroundings_street_burden=0.6, surroundings_works_pace=0.011)
    state.condition[:] = [0.3, 0.5, 0.99]  # the last needs no works
    found = process.pressure(world, state, moved) / world.flags
    power = p["problems.exposure_power"][KINDS.index("noise")]
    fed = {"structure": 0.25, "group_rental": 0.5, "street": 0.75 * 0.6, "noise": 0.5**power, "public_services": 0.7}
    for k, kind in enumerate(KINDS):
        usual = fed.get(kind, 1.0) * (1.0 - p["surroundings.own_doing"][k] * 0.3)
        works = 1.0 + 2.0 * 0.0055 / p["surroundings.works_usual_pace"] * p["surroundings.works_disturb"][k]
        assert found[:, k] == pytest.approx([usual * works, usual * works, usual], rel=1e-12), kind


def test_works_raise_the_condition_to_the_ceiling_and_no_further() -> None:
    """Notices works that lower a better house, or go on for ever."""
    world = little(compounds=3, residents=3000)
    state, process, p = begin(world), Surroundings(world.parameters), world.parameters
    state.condition[:] = [0.3, 0.8, 0.95]
    for _ in range(100):
        process.build(world, state, today(world, levers(world, surroundings_works_pace=0.004)))
    gain = 100 * 0.004 * p["surroundings.works_gain"]
    assert state.condition == pytest.approx([0.3 + gain, p["surroundings.works_ceiling"], 0.95], rel=1e-12)


def test_help_meets_needs_that_it_suits() -> None:
    """Notices a chance that is not the product, and help that meets what it cannot."""
    world = little(residents=400)
    state, process = begin(world), Surroundings(world.parameters)
    suits = dict(zip(KINDS, world.parameters["surroundings.help_suits"].tolist(), strict=True))
    for kind in ("hardship", "family", "structure"):
        for number in range(4000):
            add_problem(state, kind, number=number, known=0)
    process.help(world, state, today(world, levers(world, surroundings_help=0.21)))
    gone = state.problems.used["gone"].reshape(3, 4000)
    for kind, row in zip(("hardship", "family", "structure"), gone, strict=True):
        expected = 0.21 * suits[kind]
        assert row.mean() == expected if expected == 0 else near(row, expected)
    assert state.flows[0, FLOW_SLOT["helped"]] == gone.sum()


def test_gatherings_draw_those_who_feel_at_home() -> None:
    """Notices attendance that does not follow belonging, and a step in the wrong direction."""
    world = little(residents=20_000)
    p, state, process = world.parameters, begin(world), Gatherings(world.parameters)
    state.minds["belonging"][::2], state.minds["belonging"][1::2] = 0.3, 0.8
    state.day = 6
    before = state.acquaintances[0]
    process.hold(world, state, today(world, levers(world, gatherings_offered=60.0)))
    usual = p["attitudes.belonging_level"] + 4 * p["attitudes.belonging_ties"]
    came = state.minds["belonging"] != np.where(np.arange(world.population.n) % 2, np.float32(0.8), np.float32(0.3))
    for which, belonging in ((slice(0, None, 2), 0.3), (slice(1, None, 2), 0.8)):
        chance = 1.0 - np.exp(-60.0 / WEEKS * np.exp(p["gatherings.pull_belonging"] * (belonging - usual)))
        assert near(came[which], chance)
        after = belonging + p["gatherings.gain_belonging"] * (1.0 - belonging)
        assert state.minds["belonging"][which][came[which]] == pytest.approx(after, rel=1e-5)
    gained = p["gatherings.acquaintance"] * came.mean() - p["gatherings.forget"] * before
    assert state.acquaintances[0] == pytest.approx(before + gained, rel=1e-9)
    assert state.flows[0, FLOW_SLOT["attendances"]] == came.sum()
