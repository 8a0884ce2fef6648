"""Organised offenders: who is brought in with whom, at what cost in police time, and which venues close with them."""

from __future__ import annotations

import numpy as np
import pytest

from govsim.kernels.groups import follow_groups, is_organised
from govsim.processes.policing import Policing
from govsim.programmes.levers import at_rest
from govsim.vocabulary import POLICE_WORK
from govsim.world.records import VENUE
from govsim.world.state import State, begin
from govsim.world.world import World
from tests.small_world import little, near
from tests.test_crime import burglar

ROWS, DAY = 600, 400


def followed(world: World, rows: np.ndarray, venues: np.ndarray, left: float = 1e9, **moved: float) -> tuple[State, float]:
    """The day after the first offender's arrest; returns the state, and the minutes that it took."""
    state, process, levers = begin(world), Policing(world.parameters), at_rest(world.parameters, len(world.place))
    for name, value in moved.items():
        levers[name] = value
    rows["arrested"] = -1
    rows["arrested"][0], rows["away_until"][0] = DAY - 1, DAY + 60
    minutes = np.zeros((len(world.institutions.beats), len(POLICE_WORK)))
    rest = np.full(len(minutes), left)
    follow_groups(
        DAY, rows, len(rows), venues, len(venues), world.place, world.awareness, levers, minutes, rest, state.flows,
        process.groups,
    )  # fmt: skip
    assert minutes[:, POLICE_WORK.index("investigation")].sum() == pytest.approx(minutes.sum())
    assert minutes.sum() == pytest.approx((left - rest).sum(), abs=1e-3)
    return state, float(minutes.sum())


def test_a_share_of_those_who_enter_a_trade_is_organised_for_life() -> None:
    """Would notice a trait that is drawn anew, that follows the trade of the day, or another trade's share."""
    world = little(offenders__organised=0.35)
    rules, rows = Policing(world.parameters).groups, burglar(rows=ROWS)
    key = world.place["stream"][0]
    first = [is_organised(o, key, rules) for o in rows]
    assert near(first, 0.35, sd=0.48)
    rows["trade"] = 1
    assert [is_organised(o, key, rules) for o in rows] == first
    shares = np.array([0.2, 0.3, 0.8, 0.1])
    rules = rules._replace(organised=shares)
    for trade, share in enumerate(shares):
        rows["number"] = 4096 * trade + np.arange(ROWS)
        assert near([is_organised(o, key, rules) for o in rows], share, sd=0.48), trade


def test_members_near_by_are_brought_in_with_the_stated_chance() -> None:
    """Would notice tracing of those who belong to no group, live far away or sit already; and one that costs no time."""
    world = little(compounds=2, residents=3000, offenders__organised=1.0)
    here, there = (np.array([world.awareness.compound_x[c], world.awareness.compound_y[c]]) for c in (0, 1))
    apart = float(np.hypot(*(here - there)))
    none = np.zeros(0, VENUE)
    for reach, reached in ((0.9 * apart, 1), (1.1 * apart, 2)):
        near_by = little(compounds=2, residents=3000, offenders__organised=1.0, offenders__group_reach=reach)
        rows = burglar(rows=ROWS)
        rows["home"][ROWS // 2 :] = 1
        rows["away_until"][1:40] = DAY + 9
        state, spent = followed(near_by, rows, none, policing_group_traced=0.3)
        taken = rows["arrested"] == DAY
        assert not taken[:40].any()
        assert near(taken[40 : ROWS // 2], 0.3, sd=0.46)
        assert near(taken[ROWS // 2 :], 0.3, sd=0.46) if reached == 2 else not taken[ROWS // 2 :].any()
        assert spent == pytest.approx(taken.sum() * near_by.parameters["policing.group_minutes"])
        assert state.flows.sum() == taken.sum()
        assert (rows["away_until"][taken] > DAY).all()
    rows = burglar(rows=ROWS)
    followed(little(offenders__organised=0.0), rows, none, policing_group_traced=0.3)
    assert not (rows["arrested"] == DAY).any()


def test_a_beat_without_time_follows_nobody() -> None:
    """Would notice members who are brought in on time that the beat does not have."""
    world = little(offenders__organised=1.0)
    minutes = world.parameters["policing.group_minutes"]
    rows = burglar(rows=ROWS)
    followed(world, rows, np.zeros(0, VENUE), left=3.5 * minutes, policing_group_traced=0.9)
    assert (rows["arrested"] == DAY).sum() == 3


def test_two_arrests_lead_further_than_one() -> None:
    """Would notice a chance that is added up, or that only the first arrest counts."""
    world = little(offenders__organised=1.0)
    rows = burglar(rows=ROWS)
    state, levers = begin(world), at_rest(world.parameters, 1)
    levers["policing_group_traced"] = 0.4
    rows["arrested"], rows["arrested"][:2] = -1, DAY - 1
    rows["away_until"][:2] = DAY + 60
    minutes, left = np.zeros((1, len(POLICE_WORK))), np.full(1, 1e9)
    follow_groups(
        DAY, rows, ROWS, np.zeros(0, VENUE), 0, world.place, world.awareness, levers, minutes, left, state.flows,
        Policing(world.parameters).groups,
    )  # fmt: skip
    assert near(rows["arrested"][2:] == DAY, 1 - 0.6**2, sd=0.48)


def test_covers_close_with_the_group() -> None:
    """Would notice covers that stay open, those of others that close, or a closing that is not counted."""
    world = little(offenders__organised=0.5)
    rows = burglar(rows=ROWS)
    rules, key = Policing(world.parameters).groups, world.place["stream"][0]
    member = np.array([is_organised(o, key, rules) for o in rows])
    rows[[0, int(np.argmax(member))]] = rows[[int(np.argmax(member)), 0]]  # the one who was arrested is a member
    member = np.array([is_organised(o, key, rules) for o in rows])
    venues = np.zeros(ROWS, VENUE)
    venues["offender_born"], venues["offender_number"] = 3, rows["number"]
    state, spent = followed(world, rows, venues, policing_covers_closed=0.6)
    assert spent == 0.0
    assert not venues["closed"][~member].any()
    assert near(venues["closed"][1:][member[1:]], 0.6, sd=0.49)
    assert state.flows.sum() == venues["closed"].sum()
    untouched = np.zeros(ROWS, VENUE)
    untouched["offender_born"], untouched["offender_number"] = 3, rows["number"]
    followed(world, rows, untouched)
    assert not untouched["closed"].any()
