"""What residents learn, feel and pass on: closed forms of answers, petitions, attitudes and the platform."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from govsim.observe.outcomes import FLOW_SLOT
from govsim.observe.slots import SLOTS
from govsim.processes.attitudes import Attitudes
from govsim.processes.complaints import Complaints
from govsim.programmes.levers import at_rest
from govsim.vocabulary import CHANNELS
from govsim.world.records import BUILDING, SOLVED, UNSOLVED
from govsim.world.residents import NO_TIE
from govsim.world.state import State, begin
from govsim.world.world import World
from tests.small_world import add_file, add_problem, little, today


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("result", [SOLVED, UNSOLVED])
def test_what_one_answer_teaches(channel, result):
    """Would notice an answer that teaches the wrong belief, a wrong step or sign, or a lost public record."""
    world = little(complaints__call_back=0.0)
    state, p = begin(world), world.parameters
    state.belief[:] = [0.3, 0.4, 0.6, 0.7]
    before, belief = state.minds[5].copy(), state.belief[5].astype(float)
    state.public[:] = 0.44
    row = add_problem(state)
    case = add_file(world, state, row, channel)
    state.cases.rows[case]["result"], state.problems.rows[row]["gone"] = result, int(result == SOLVED)
    state.complaints.rows[0] = (5, 0, row, case, 0, 0, CHANNELS.index(channel), 0, 0, 0)
    state.complaints.n, state.people["busy"][5] = 1, 1
    Complaints(p).hear(world, state, today(world))
    solved = result == SOLVED
    end = "solved" if solved else "failed"
    column = {"firm": 0, "committee": 1, "platform": 1, "police": 3}.get(channel, 2)
    belief[column] += p[f"complaints.learn_{end}"] * ((1.0 if solved else 0.0) - belief[column])
    assert state.belief[5] == pytest.approx(belief, rel=1e-6)
    assert (state.belief[4] == state.belief[6]).all()
    sign = 1 if solved else -1
    trusts = {"firm": "trust_firm", "police": "trust_police"}
    for name in ("trust_firm", "trust_committee", "trust_police"):
        step = sign * p[f"complaints.trust_{end}"] if name == trusts.get(channel, "trust_committee") else 0.0
        assert state.minds[5][name] == pytest.approx(min(1.0, before[name] + step), rel=1e-6), name
    step = sign * p[f"complaints.satisfaction_{end}"]
    assert state.minds[5]["satisfaction"] == pytest.approx(min(1.0, before["satisfaction"] + step), rel=1e-6)
    moved = ((1.0 if solved else 0.0) - 0.44) / p["complaints.public_memory"] if column == 2 else 0.0
    assert state.public[0] == pytest.approx(0.44 + moved, rel=1e-9)
    assert state.people["busy"][5] == (0 if solved else 1)
    seen = [1.0, float(solved)] if channel in ("committee", "platform") else [0.0, 0.0]
    assert state.visible[0].tolist() == seen
    assert state.flows[0, FLOW_SLOT[f"felt_{end}"] + CHANNELS.index(channel)] == 1


@pytest.mark.parametrize(("least", "annoyance", "signers"), [(0.45, 0.0, 6), (0.55, 0.0, 1), (0.55, 1.0, 6)])
def test_petition_spreads_along_a_line(least, annoyance, signers):
    """Would notice a cascade that jumps a gap, counts somebody twice, leaves the building, or misreads a threshold."""
    world = little(
        complaints__threshold_least=least, complaints__threshold_spread=0.0, complaints__threshold_scale=4.0,
        complaints__grievance_weight=0.9, complaints__petition=1.0, complaints__police=0.0, complaints__court=0.0,
        complaints__hotline_ill=0.0, complaints__give_up_ill=0.0,
    )  # fmt: skip
    state, ties = begin(world), world.population.ties
    ties[:] = NO_TIE
    for i in range(20):  # a line 0 - 1 - ... - 19
        ties[i, :2] = [i - 1, i + 1] if i else [1, NO_TIE]
    state.people["voice"], state.minds["building"] = 1.0, 0
    state.people["voice"][8] = 0.0  # a child
    state.minds["building"][:2] = 1  # the next house
    state.minds["annoyance"], state.minds["service_felt"] = annoyance, 0.5
    state.belief[:, 2] = 0.0
    row = add_problem(state, reach=BUILDING)
    state.complaints.rows[0] = (4, 0, row, -1, 0, 0, 0, 1, 0, 0)  # resident 4 was ill answered
    state.complaints.n = 1
    while not state.flows[0, SLOTS.petitioners]:  # until the draw falls on a petition
        state.day += 1
        Complaints(world.parameters).go_on(world, state, today(world))
    # the second signer faces 2 / 4 (and grievance 0.9 x 1/2 x 1/2); 2 to 7 can be reached from 4
    assert state.flows[0, SLOTS.petitioners] == signers
    assert state.flows[0, SLOTS.petitions : SLOTS.petitions + 2].tolist() == [float(signers == 1), float(signers > 1)]
    assert state.cases.used["priority"].tolist() == [1]


def test_second_steps_are_competing_risks():
    """Would notice a wrong hazard of hotline, police, petition, court or giving up, or somebody who steps twice."""
    world = little(
        residents=2000, complaints__drive_cap=3.0, complaints__police=0.004, complaints__petition=0.009,
        complaints__court=0.003,
    )  # fmt: skip
    p = world.parameters
    kind, severity = 5, 1.3
    base, state = Complaints(p), begin(world)
    state.people["voice"], state.belief[:, 2] = 2.0, 0.3
    n = world.population.n
    state.problems.room(n)
    for i in range(n):
        add_problem(state, number=i, severity=severity, closings=1)
    state.complaints.room(n)
    state.cases.room(n)
    drive = min(3.0, math.sqrt(2.0)) * severity
    hazards = np.array([
        p["complaints.hotline_ill"] * drive * math.exp(p["complaints.belief_effect"] * (0.3 - 0.5)),
        p["complaints.police"][kind] * drive, p["complaints.petition"][kind] * drive * 0.7,
        p["complaints.court"][kind] * drive, p["complaints.give_up_ill"],
    ])  # fmt: skip
    counts = np.zeros(5)
    days = 12
    for day in range(days):
        state.day, state.cases.n, state.flows[:] = day, 0, 0.0
        state.problems.rows["case"] = -1
        for i in range(n):
            state.complaints.rows[i] = (i, 0, i, -1, -5, -5, 0, 1, 0, 0)
        state.complaints.n = n
        base.go_on(world, state, today(world))
        by_channel = state.flows[0, SLOTS.complaints : SLOTS.complaints + 7]
        counts += [by_channel[3], by_channel[4], by_channel[5], by_channel[6], state.flows[0, SLOTS.given_up]]
        assert state.flows[0, SLOTS.reopened] == state.cases.n == by_channel.sum()
    expected = n * days * -math.expm1(-hazards.sum()) * hazards / hazards.sum()
    assert (np.abs(counts - expected) < 4 * np.sqrt(np.maximum(expected, 1))).all(), (counts, expected)


# ---- attitudes ------------------------------------------------------------------------------------------------------

#: Nobody influences anybody, nothing forgets: each attitude is left alone with its goal.
ALONE = dict.fromkeys(
    (
        "satisfaction_neighbours", "belonging_neighbours", "fear_neighbours", "belief_neighbours", "belief_forget",
        "belief_public", "belief_rumour", "satisfaction_bother", "satisfaction_trust", "satisfaction_service",
        "service_bother", "fear_disorder", "fear_ties", "fear_police", "trust_committee_belief",
        "trust_police_belief", "trust_police_fear", "belonging_ties", "belonging_satisfaction",
        "trust_firm_books", "trust_firm_service",
    ),
    0.0,
)  # fmt: skip


def alone(**values: Any) -> tuple[World, State]:
    """A small world whose residents go to their own goals, but for what `values` (of attitudes.toml) say."""
    world = little(**{f"attitudes__{name}": value for name, value in (ALONE | values).items()})
    return world, begin(world)


def weeks(world: World, state: State, n: int, levers: np.ndarray | None = None) -> None:
    process = Attitudes(world.parameters)
    for _ in range(n):
        process.live(world, state, today(world, levers))


@pytest.mark.parametrize(
    ("feeling", "level", "up", "down"),
    [
        ("trust_committee", "trust_committee_level", "trust_up", "trust_down"),
        ("trust_police", "trust_police_level", "trust_up", "trust_down"),
        ("fear", "fear_level", "fear_up", "fear_down"),
        ("belonging", "belonging_level", "belonging_rate", "belonging_rate"),
    ],
)
def test_attitudes_go_to_their_level_at_their_half_life(feeling, level, up, down):
    """Would notice rates taken the wrong way round, a rate a day instead of a week, or a wrong goal."""
    world, state = alone()
    p, half = world.parameters, world.population.n // 2
    goal = p[f"attitudes.{level}"]
    state.minds[feeling][:half], state.minds[feeling][half:] = goal - 0.2, goal + 0.2
    steps = 9
    weeks(world, state, steps)
    rise, fall = p[f"attitudes.{up}"], p[f"attitudes.{down}"]
    assert state.minds[feeling][:half] == pytest.approx(
        goal - 0.2 * 0.5 ** (steps / (math.log(0.5) / math.log1p(-rise))), rel=1e-5
    )
    assert state.minds[feeling][half:] == pytest.approx(
        goal + 0.2 * 0.5 ** (steps / (math.log(0.5) / math.log1p(-fall))), rel=1e-5
    )


def test_satisfaction_returns_to_the_own_anchor_and_falls_faster_than_it_rises():
    """Would notice one anchor for all, or good news that weighs as much as bad."""
    world, state = alone()
    anchor, p = state.minds["anchor"].astype(float), world.parameters
    for sign, rate in ((-1, p["attitudes.satisfaction_up"]), (1, p["attitudes.satisfaction_down"])):
        inside = (anchor > 0.2) & (anchor < 0.8)
        state.minds["satisfaction"] = anchor + 0.15 * sign
        weeks(world, state, 6)
        expected = anchor + 0.15 * sign * (1 - rate) ** 6
        assert state.minds["satisfaction"][inside] == pytest.approx(expected[inside], rel=1e-5)
    assert p["attitudes.satisfaction_down"] > p["attitudes.satisfaction_up"]


def test_trust_in_the_firm_follows_service_and_open_books():
    """Would notice trust that ignores what is felt of service, or books that do not speed it up."""
    world, state = alone(trust_firm_service=0.8, trust_firm_books=0.22, service_up=0.0, service_down=0.0)
    p, levers = world.parameters, at_rest(world.parameters, 1)
    levers["accounts_openness"], state.self_rule.openness[0] = 0.25, 0.33
    state.minds["trust_firm"], state.minds["service_felt"] = 0.3, 0.7
    weeks(world, state, 1, levers)
    books = 0.33 + 0.25
    goal = p["attitudes.trust_firm_level"] + 0.8 * 0.7 + 0.22 * (books - p["attitudes.books_reference"])
    rate = p["attitudes.trust_up"] * (p["attitudes.trust_books_least"] + p["attitudes.trust_books_speed"] * books)
    assert goal > 0.3
    assert state.minds["trust_firm"] == pytest.approx(0.3 + rate * (goal - 0.3), rel=1e-6)


def test_annoyance_and_felt_service_follow_problems():
    """Would notice annoyance that misses the home, the building or the compound, or bother off a / (a + 1)."""
    world, state = alone(service_bother=0.35, service_up=0.5, service_down=0.5)
    p, pop = world.parameters, world.population
    add_problem(state, reach=0, household=3, severity=2.0)
    add_problem(state, reach=BUILDING, building=1, severity=1.5, number=1)
    add_problem(state, severity=0.8, number=2)
    add_problem(state, severity=9.0, number=3, gone=1)
    weeks(world, state, 1)
    share = p["attitudes.annoyance_share"]
    load = np.full(pop.n, 0.8 * share[2]) + 1.5 * share[1] * (state.minds["building"] == 1)
    load[pop.household_residents[3] : pop.household_residents[4]] += 2.0 * p["attitudes.annoyance_home"]
    assert state.minds["annoyance"] == pytest.approx(p["attitudes.annoyance_rate"] * load, rel=1e-5)
    a = state.minds["annoyance"].astype(float)
    goal = state.minds["taste"] + state.quality[0].mean() - 0.35 * (a / (a + 1) - p["attitudes.bother_reference"])
    before = begin(world).minds["service_felt"]
    assert state.minds["service_felt"] == pytest.approx(np.clip((before + goal) / 2, 0, 1), rel=1e-5)


def test_neighbours_pull_only_like_minded_ones():
    """Would notice influence across the bound of confidence, a mean of the wrong people, or an update out of turn."""
    world, state = alone(satisfaction_neighbours=0.2, fear_neighbours=0.1, satisfaction_up=0.0, satisfaction_down=0.0)
    p, ties = world.parameters, world.population.ties
    ties[:] = NO_TIE
    ties[0, :2], ties[1, 0], ties[2, 0] = [1, 2], 0, 0
    confidence = p["attitudes.confidence"]
    values = np.array([0.4, 0.4 + 0.9 * confidence, 0.4 + 1.1 * confidence])
    state.minds["satisfaction"][:3] = values
    state.minds["fear"], state.minds["fear"][2] = p["attitudes.fear_level"], p["attitudes.fear_level"]
    weeks(world, state, 1)
    mean = values[1]  # resident 2 is too far away
    expected = [values[0] + 0.2 * (mean - values[0]), values[1] + 0.2 * (values[0] - values[1]), values[2]]
    assert state.minds["satisfaction"][:3] == pytest.approx(expected, rel=1e-6)
    state.minds["fear"][:3] = fear = np.array([0.2, 0.5, 0.6])
    goal, up, down = p["attitudes.fear_level"], p["attitudes.fear_up"], p["attitudes.fear_down"]
    weeks(world, state, 1)
    own = fear + np.where(goal > fear, up, down) * (goal - fear)
    seen = np.array([0.55, 0.2, 0.2])
    assert state.minds["fear"][:3] == pytest.approx(own + 0.1 * (seen - own), rel=1e-5)


def test_beliefs_forget_follow_the_record_and_what_is_visible():
    """Would notice a belief that learns from the wrong source, or platform answers that reach who is not on it."""
    world, state = alone(belief_forget=0.05, belief_public=0.1, belief_visible=0.2)
    p, levers = world.parameters, at_rest(world.parameters, 1)
    levers["platform_answers"] = 0.5
    state.belief[:] = [0.8, 0.7, 0.6, 0.2]
    state.public[:], state.visible[:] = 0.9, [10.0, 4.0]
    state.people["on_platform"][::2] = 1
    weeks(world, state, 1, levers)
    committee = 0.7 + 0.05 * (0.5 - 0.7)
    hotline = 0.6 + 0.1 * (p["attitudes.belief_public_weight"] * 0.9 - 0.6)
    away = [0.8 + 0.05 * (0.5 - 0.8), committee, hotline, 0.2 + 0.05 * (0.5 - 0.2)]
    assert state.belief[1] == pytest.approx(away, rel=1e-6)
    assert state.belief[2] == pytest.approx([away[0], committee + 0.2 * 0.5 * (0.4 - committee), *away[2:]], rel=1e-6)
    fade = 0.5 ** (1 / p["platform.memory"])
    assert state.visible[0] == pytest.approx([10 * fade, 4 * fade])


def test_platform_grows_from_outside_and_from_its_users():
    """Would notice a platform without word of mouth or promotion, or users who are counted twice."""
    world = little(residents=6000, platform__adopt_alone=0.01, platform__adopt_others=0.2)
    p, state, pop = world.parameters, begin(world), world.population
    process, levers = Attitudes(p), at_rest(world.parameters, 1)
    process.join(world, state, today(world, levers))
    assert not state.people["on_platform"].any()  # closed
    levers["platform_open"], levers["platform_promotion"] = 0.8, 1.5
    tenure = np.repeat(pop.household_tenure, np.diff(pop.household_residents))
    online = np.bincount(tenure[pop.online == 1], minlength=3)
    users, ease = np.zeros(3), p["platform.adopt_tenure"]
    for week in range(25):
        state.day = 7 * week + 6
        process.join(world, state, today(world, levers))
        rate = (0.01 * 1.5 + 0.2 * users.sum() / online.sum()) * ease * 0.8
        users += (online - users) * -np.expm1(-rate)
    joined = np.bincount(tenure[state.people["on_platform"] == 1], minlength=3)
    assert not state.people["on_platform"][pop.online == 0].any()
    assert 0.2 < users.sum() / online.sum() < 0.9
    assert joined.sum() == state.flows[0, SLOTS.platform_joined]
    assert joined.sum() == pytest.approx(users.sum(), rel=0.06)
    assert (np.abs(joined - users) < 4 * np.sqrt(online * 0.25) + 0.02 * online).all()
