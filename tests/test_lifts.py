"""Lifts for old buildings: who is asked, who agrees, when the lift runs, and what becomes of hardship."""

from __future__ import annotations

import math

import numpy as np
import pytest

from govsim.kernels import lifts as kernel
from govsim.processes.lifts import Lifts
from govsim.processes.self_government import SelfGovernment
from govsim.processes.surroundings import Surroundings
from govsim.programmes.levers import at_rest
from govsim.randomness import Process, two_uniforms, uniform
from govsim.vocabulary import KINDS
from govsim.world.state import begin
from tests.small_world import little, near, today


def asked(world, state, offered, day=91, **moved):
    """One quarter in which owners of a share of the buildings are asked."""
    levers = at_rest(world.parameters, len(world.place))
    levers["lifts_offered"] = offered
    for name, value in moved.items():
        levers[name] = value
    state.day = day
    Lifts(world.parameters, SelfGovernment(world.parameters).rules).decide(world, state, today(world, levers))
    return levers


def plain_vote(world, state, building, levers, day):
    """The vote of one building of the first compound, said in plain words."""
    v, pop, here = world.parameters, world.population, world.place[0]
    committees = state.self_rule.committees
    drive = (committees["leader"] * committees["staff"])[: here["committees"]].mean()
    common = levers["self_government_agreement"][0]
    skill = levers["committee_skill"][0] + v["self_government.skill_effect"] * (
        committees["skill"][: here["committees"]].mean() - v["self_government.skill_reference"]
    )
    entitled = present = agreed = 0
    for h in range(pop.building_households[building], pop.building_households[building + 1]):
        if pop.household_tenure[h] != 0:
            continue
        entitled += 1
        head = state.minds[pop.household_residents[h]]
        voice = state.people["voice"][pop.household_residents[h]]
        x = (
            v["self_government.turnout_level"]
            + v["self_government.turnout_service"] * (v["self_government.turnout_service_reference"] - head["service_felt"])
            + v["self_government.turnout_voice"] * math.log(max(voice, 0.01))
            + v["self_government.turnout_oversight"]
            * (state.self_rule.oversight[0] - v["self_government.turnout_oversight_reference"])
            + v["self_government.turnout_satisfaction"]
            * (head["satisfaction"] - v["self_government.turnout_satisfaction_reference"])
            + v["self_government.turnout_mobilise"] * levers["self_government_mobilise"][0]
            + v["self_government.turnout_canvass"][2] * drive
        )
        number = h - here["household0"]
        u, w = two_uniforms(here["stream"], int(Process.VOTE), 3, number, 0, day)
        if u < 1 / (1 + math.exp(-x)):
            present += 1
            height = uniform(here["stream"], int(Process.OWNERS), 12, number, 0, 0)
            agreed += w < 1 / (
                1 + math.exp(-(v["lifts.yes"] + v["lifts.yes_height"] * (height - 0.5) + v["lifts.yes_skill"] * skill + common))
            )
    return present >= v["self_government.quorum"] * entitled and agreed >= 0.75 * present


def test_each_building_votes_for_itself_by_the_laws_quorum() -> None:
    """Notices a lost term, tenants or other buildings that vote, a simple majority, and a lift that stands at once."""
    world = little(residents=9000, lifts__missing=0.6, lifts__yes=1.6, self_government__turnout_level=0.9)
    state = begin(world)
    levers = asked(world, state, 1.0, committee_skill=0.3, self_government_mobilise=0.5, self_government_agreement=0.1)
    here, key = world.place[0], world.place["stream"][0]
    expected = []
    for b in range(here["buildings"]):
        lacking = uniform(key, int(Process.OWNERS), 11, b, 0, 0) < 0.6
        expected.append(lacking and plain_vote(world, state, here["building0"] + b, levers, 91))
    got = state.self_rule.lifts >= 0
    assert got.tolist() == expected
    assert 0.1 < np.mean(expected) < 0.5  # or the test would notice little
    assert (state.self_rule.lifts[got] == 91 + world.parameters["lifts.build_days"]).all()


def test_only_those_who_are_asked_vote_and_no_building_twice() -> None:
    """Notices lifts that nobody offered, a share asked that is not the lever's, and a lift that is voted on again."""
    world = little(
        compounds=3, residents=40_000, lifts__missing=1.0, lifts__yes=5.0, lifts__yes_height=0.0,
        self_government__turnout_level=5.0,
    )  # fmt: skip
    state = begin(world)
    asked(world, state, 0.0)
    assert (state.self_rule.lifts == -1).all()
    asked(world, state, 0.3)
    first = state.self_rule.lifts.copy()
    assert near(first >= 0, 0.3)
    asked(world, state, 0.3, day=182)
    assert (state.self_rule.lifts[first >= 0] == first[first >= 0]).all()
    assert near(state.self_rule.lifts >= 0, 1 - 0.7**2)


def test_the_ground_floor_is_against_and_skill_brings_floors_together() -> None:
    """Notices a slope with the wrong sign, and a middle that is not the stated readiness."""
    world = little()
    p = Lifts(world.parameters, SelfGovernment(world.parameters).rules).rules
    v = world.parameters
    assert kernel.yes_logit(0.5, 0.0, p) == pytest.approx(v["lifts.yes"], rel=1e-12)
    assert kernel.yes_logit(1.0, 0.3, p) - kernel.yes_logit(0.0, 0.0, p) == pytest.approx(
        v["lifts.yes_height"] + 0.3 * v["lifts.yes_skill"], rel=1e-12
    )


def test_help_with_hard_decisions_brings_more_lifts() -> None:
    """Notices canvassing and mediation between floors that reach no vote."""
    world = little(compounds=6, residents=30_000, lifts__missing=0.9)
    built = []
    for help_ in (0.0, 1.0):
        state = begin(world)
        for quarter in range(4):
            asked(
                world, state, 0.5, day=91 * quarter, committee_skill=0.3 * help_, self_government_mobilise=help_,
                self_government_agreement=0.2 * help_,
            )  # fmt: skip
        built.append(int((state.self_rule.lifts >= 0).sum()))
    assert built[1] > 1.5 * built[0] > 0


def test_hardship_falls_when_the_lift_runs() -> None:
    """Notices a lift that helps while it is built, another kind of problem that falls, and a share of all homes."""
    world = little(residents=9000, lifts__missing=0.6)
    state, process, p = begin(world), Surroundings(world.parameters), world.parameters
    rest = at_rest(p, 1)
    lifts = Lifts(p, SelfGovernment(p).rules)
    here, key = world.place[0], world.place["stream"][0]
    lacking = np.array([uniform(key, int(Process.OWNERS), 11, b, 0, 0) < 0.6 for b in range(here["buildings"])])
    homes = np.diff(world.population.building_households)
    chosen = np.flatnonzero(lacking)[::3]
    state.self_rule.lifts[chosen] = 200
    for day in (193, 200):
        state.day = day
        lifts.open(world, state, today(world))
        found = process.pressure(world, state, rest)[0] / world.flags[0]
        share = homes[chosen].sum() / homes[lacking].sum() if day == 200 else 0.0
        expected = np.ones(len(KINDS))
        expected[KINDS.index("hardship")] = 1.0 - p["lifts.hardship"] * share
        assert found == pytest.approx(expected, rel=1e-12)
    assert 0.2 < share < 0.5
