"""Kernels of problems and complaints against closed forms and brute force."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from experiments.speed.plain_draws import KeyedDraws
from govsim.kernels import attitudes as attitude_kernel
from govsim.kernels import complaints, pools
from govsim.kernels import problems as problem_kernel
from govsim.observe.slots import SLOTS
from govsim.processes.complaints import Complaints
from govsim.processes.problems import Problems
from govsim.programmes.levers import at_rest
from govsim.randomness import Process, uniform
from govsim.scenario.parameters import defaults
from govsim.vocabulary import KINDS
from govsim.world.records import BUILDING, COMPOUND, DWELLING
from govsim.world.residents import NO_TIE
from govsim.world.state import State, begin
from govsim.world.world import World
from tests.small_world import add_problem, little, near, today

# ---- people ---------------------------------------------------------------------------------------------------------


def test_everybody_is_described_in_every_compound():
    """Would notice a household, such as a compound's last, that the drawing of persons passes over."""
    world = little(compounds=4, residents=1200)
    population, (people, minds) = world.population, world.persons()
    heads = population.household_residents[:-1]
    assert (population.age[heads] > 0).all()
    assert (people["voice"][population.age > 0] > 0).all()
    assert (minds["anchor"] > 0).all()
    lonely = np.flatnonzero((population.ties == NO_TIE).all(1))
    assert len(lonely) < 0.2 * population.n


# ---- problems -------------------------------------------------------------------------------------------------------


def test_arrivals_follow_service_condition_flags_and_season():
    """Would notice a missing factor of the arrival rate, a wrong sign, or a year of another length."""
    world = little(compounds=2, residents=900)
    state, p, process = begin(world), world.parameters, Problems(world.parameters)
    season = process.season(4.0)
    assert season == pytest.approx(
        1 + p["problems.season_amplitude"] * math.cos(2 * math.pi * (4.0 - p["problems.season_peak"]) / 12)
    )
    state.condition[:] = [0.35, 0.8]
    state.quality[:] = [[0.5, 0.6, 0.7, 0.8, 0.9], [0.2, 0.3, 0.4, 0.5, 0.6]]
    means = np.zeros((2, len(KINDS)))
    problem_kernel.arrival_means(world.place, state.condition, state.quality, world.flags, season, process.rules, means)
    service = {"cleaning": 1, "greening": 2, "repair": 3, "security": 0, "fees": 4}
    for c in range(2):
        for k, kind in enumerate(KINDS):
            quality = state.quality[c, service.get(kind, 4)] - p["problems.service_reference"]
            condition = state.condition[c] - p["problems.condition_reference"]
            held = p["problems.service_effect"] * p["problems.service_share"][k] * quality
            held += p["problems.condition_effect"] * p["problems.condition_share"][k] * condition
            yearly = p["problems.arrivals"][k] * world.place["residents"][c] / 1000 * math.exp(-held)
            assert means[c, k] == pytest.approx(yearly / 365.25 * world.flags[c, k] * season[k], rel=1e-12)


def test_new_problems_have_their_number_severity_reach_and_place():
    """Would notice arrivals off the Poisson mean, or a wrong severity, reach, building, home or share of a problem."""
    arrivals = 25 * defaults()["problems.arrivals"]
    world = little(compounds=2, residents=900, problems__arrivals=arrivals)
    state, rules, pop = begin(world), Problems(world.parameters).rules, world.population
    process, means, days = Problems(world.parameters), np.zeros((2, len(KINDS))), 300
    problem_kernel.arrival_means(world.place, state.condition, state.quality, world.flags, process.season(4.0), rules, means)
    for _ in range(days):
        process.arise(world, state, today(world))
        state.day += 1
    counts = state.flows[:, SLOTS.problems : SLOTS.problems + len(KINDS)]
    z = (counts - days * means) / np.sqrt(days * means)
    assert stats.chi2.sf((z**2).sum(), z.size) > 1e-4
    new = state.problems.used
    assert counts.sum() == len(new)
    assert near(new["severity"], rules.severity_least + rules.severity_spread, rules.severity_spread)
    wanted = np.diff(np.column_stack([np.zeros(len(KINDS)), rules.reach]), axis=1)
    found = np.zeros_like(wanted)
    np.add.at(found, (new["kind"], new["reach"]), 1)
    expected = wanted * found.sum(1, keepdims=True)
    possible = expected > 0
    assert not found[~possible].any()
    z = (found - expected)[possible] ** 2 / expected[possible]
    assert stats.chi2.sf(z.sum(), possible.sum() - len(KINDS)) > 1e-4
    home = new[new["reach"] == DWELLING]
    assert (pop.building_households[home["building"]] <= home["household"]).all()
    assert (home["household"] < pop.building_households[home["building"] + 1]).all()
    assert (pop.building_compound[new["building"]] == new["compound"]).all()
    homes = np.where(new["reach"] == BUILDING, np.diff(pop.building_households)[new["building"]], 1)
    homes = np.where(new["reach"] == COMPOUND, world.place["households"][new["compound"]], homes)
    assert new["share"] == pytest.approx(homes**-rules.sharing, rel=1e-6)
    first = new[new["compound"] == 0]
    buildings = np.bincount(first["building"], minlength=world.place["buildings"][0])
    assert stats.chisquare(buildings).pvalue > 1e-4


def test_problems_fade_at_their_rate():
    """Would notice a life in the wrong unit, service that has no effect, or a problem counted as unreported twice."""
    world = little()
    state, rules = begin(world), Problems(world.parameters).rules
    for number in range(2000):
        add_problem(state, "parking", number=number, known=number % 2)
    k = KINDS.index("parking")
    chance = (1 + rules.routine_effect * rules.service_share[k] * state.quality[0, rules.service[k]]) / rules.life[k]
    lived = np.zeros(2000)
    process = Problems(world.parameters)
    for _ in range(12 * int(rules.life[k])):
        lived += state.problems.used["gone"] == 0
        state.day += 1
        process.fade(world, state, today(world))
    assert near(lived, 1 / chance, math.sqrt(1 - chance) / chance)
    gone = state.problems.used["gone"] == 1
    assert gone.mean() > 0.99
    assert state.flows[0, SLOTS.problems_unreported] == gone[::2].sum()


def scattered(seed: int, world: World, n: int) -> State:
    """A state with `n` problems of all kinds, reaches and places."""
    rng, state, pop = np.random.default_rng(seed), begin(world), world.population
    for i in range(n):
        building = int(rng.integers(len(pop.building_compound)))
        homes = range(pop.building_households[building], pop.building_households[building + 1])
        reach = int(rng.integers(3)) if homes else COMPOUND
        add_problem(
            state, KINDS[rng.integers(13)], number=i, compound=pop.building_compound[building], building=building,
            household=rng.choice(homes) if reach == DWELLING else -1, reach=reach, gone=int(rng.random() < 0.2),
            severity=rng.uniform(0.5, 3), share=rng.uniform(0.01, 1),
        )  # fmt: skip
    return state


def test_loads_are_the_sums_over_problems_that_reach_a_building():
    """Would notice a load in the wrong building, a problem at home or gone that still weighs, or a lost weight."""
    world = little(compounds=3, residents=900)
    state, pop = scattered(1, world, 250), world.population
    start, order = pools.index_by_compound(state.problems.rows, state.problems.n, 3)
    weight = np.random.default_rng(2).uniform(0, 2, (13, 5))
    buildings, compounds = np.ones((len(pop.building_compound), 5)), np.ones((3, 5))
    problem_kernel.loads(state.problems.rows, start, order, weight, buildings, compounds)
    felt_b, felt_c = np.ones((len(buildings), 2)), np.ones((3, 2))
    share, disorder = np.array([9.0, 0.7, 0.3]), np.linspace(0, 1, 13)
    problem_kernel.felt_loads(state.problems.rows, start, order, share, disorder, felt_b, felt_c)
    homes = np.ones(pop.households)
    attitude_kernel.home_loads(state.problems.rows, state.problems.n, homes)
    there = [it for it in state.problems.used if not it["gone"]]
    for b in range(len(buildings)):
        mine = [it for it in there if it["reach"] == BUILDING and it["building"] == b]
        expected = sum((float(it["severity"]) * float(it["share"]) * weight[it["kind"]] for it in mine), np.zeros(5))
        assert buildings[b] == pytest.approx(expected, rel=1e-6)
        felt = sum(float(it["severity"]) * 0.7 * np.array([1, disorder[it["kind"]]]) for it in mine)
        assert felt_b[b] == pytest.approx(felt if mine else np.zeros(2), rel=1e-6)
    for c in range(3):
        mine = [it for it in there if it["reach"] == COMPOUND and it["compound"] == c]
        expected = sum((float(it["severity"]) * float(it["share"]) * weight[it["kind"]] for it in mine), np.zeros(5))
        assert compounds[c] == pytest.approx(expected, rel=1e-6)
        assert felt_c[c, 0] == pytest.approx(0.3 * sum(float(it["severity"]) for it in mine), rel=1e-6)
    for h in range(pop.households):
        mine = [float(it["severity"]) for it in there if it["reach"] == DWELLING and it["household"] == h]
        assert homes[h] == pytest.approx(sum(mine), rel=1e-6)


# ---- complaints -----------------------------------------------------------------------------------------------------


def complain(world: World, state: State, levers: np.ndarray, day: int) -> np.ndarray:
    """Today's first complaints: rows of resident, problem, channel."""
    process, pop, n = Complaints(world.parameters), world.population, len(world.place)
    buildings, compounds = np.zeros((len(pop.building_compound), 5)), np.zeros((n, 5))
    start, order = pools.index_by_compound(state.problems.rows, state.problems.n, n)
    problem_kernel.loads(state.problems.rows, start, order, process.suitability, buildings, compounds)
    out = np.zeros((4 * pop.n, 3), np.int32)
    count = complaints.first_complaints(
        0, n, day, world.place, pop.building_residents, pop.household_residents, buildings, compounds,
        state.problems.rows, start, order, process.suitability, state.people, state.belief, levers, process.first, out,
    )  # fmt: skip
    return out[:count]


def pulls(p: Any, person: Any, belief: Any, lever: Any) -> np.ndarray:
    """Hazard a day by channel, per unit of voice and load, as the process states it."""
    who = np.asarray(belief, float)[[0, 1, 1, 2, 3]]
    hazard = p["complaints.base"] * np.exp(p["complaints.belief_effect"] * (who - 0.5))
    hazard[1] *= 1 - (1 - p["complaints.access"][person["hours"]]) * (1 - lever["committee_access"])
    hazard[2] *= lever["platform_ease"] * bool(person["on_platform"] and lever["platform_open"] > 0)
    hazard[3] *= p["complaints.habitual_hotline"] if person["habitual"] else 1.0
    return np.asarray(hazard)


@pytest.mark.parametrize("habitual", [0, 1])
def test_chance_and_channel_of_a_complaint_are_those_of_competing_risks(habitual):
    """Would notice a chance off 1 - exp(-hazard), a channel off its share, or belief, access, ease or habit lost."""
    world = little(residents=2000, complaints__base=0.02)
    p, state = world.parameters, begin(world)
    levers = at_rest(p, 1)
    levers["platform_open"], levers["platform_ease"], levers["committee_access"] = 1.0, 1.7, 0.3
    state.people["voice"], state.people["hours"], state.people["on_platform"] = 0.8, 1, 1
    state.people["habitual"] = habitual
    state.belief[:] = [0.7, 0.35, 0.55, 0.2]
    it = add_problem(state, "street", severity=0.9, share=0.5)
    k = KINDS.index("street")
    hazard = p["complaints.suitability"][k, :5] * pulls(p, state.people[0], state.belief[0], levers[0])
    days = 25
    rows = np.concatenate([complain(world, state, levers, day) for day in range(days)])
    chance = -math.expm1(-0.8 * 0.9 * 0.5 * hazard.sum())
    n = days * world.population.n
    assert abs(len(rows) - n * chance) < 4 * math.sqrt(n * chance)
    assert (rows[:, 1] == it).all()
    possible = hazard > 0
    counts = np.bincount(rows[:, 2], minlength=5)
    assert not counts[~possible].any()
    assert stats.chisquare(counts[possible], len(rows) * hazard[possible] / hazard.sum()).pvalue > 1e-4


def test_which_problem_is_a_fair_race():
    """Would notice a choice off the problems' shares of the hazard, or the same draw for two problems."""
    world = little(residents=2000, complaints__base=0.05)
    p, state, levers = world.parameters, begin(world), at_rest(world.parameters, 1)
    kinds, weights = ("street", "repair", "street"), np.array([1.0, 0.6, 0.5])
    for number, (kind, severity) in enumerate(zip(kinds, weights, strict=True)):
        add_problem(state, kind, number=number, severity=severity, share=0.5)
    pull = pulls(p, state.people[0], state.belief[0], levers[0])
    state.people["hours"], state.people["habitual"] = state.people[0]["hours"], state.people[0]["habitual"]
    share = weights * [(p["complaints.suitability"][KINDS.index(kind), :5] * pull).sum() for kind in kinds]
    rows = np.concatenate([complain(world, state, levers, day) for day in range(10)])
    assert len(rows) > 500
    assert stats.chisquare(np.bincount(rows[:, 1]), len(rows) * share / share.sum()).pvalue > 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_screening_changes_nothing(seed):
    """Would notice a bound of the screening that is too low for somebody: strong beliefs, a habit, an easy platform."""
    world = little(compounds=3, residents=900, complaints__base=0.03)
    state, p, pop = scattered(seed, world, 60), world.parameters, world.population
    rng = np.random.default_rng(seed)
    levers = at_rest(p, 3)
    levers["platform_open"], levers["platform_ease"] = 1.0, [3.0, 0.5, 1.0]
    levers["committee_access"] = [0.0, 1.0, 0.5]
    state.people["on_platform"] = rng.random(pop.n) < 0.7
    state.people["busy"] = rng.random(pop.n) < 0.1
    state.belief[:] = np.where(rng.random((pop.n, 4)) < 0.6, 1.0, rng.random((pop.n, 4)))
    expected, suits = set(), p["complaints.suitability"][:, :5]
    day = 30
    for c, place in enumerate(world.place):
        key, first = place["stream"], int(place["resident0"])
        for i in range(first, first + place["residents"]):
            who, building = state.people[i], place["building0"] + state.minds["building"][i]
            if who["busy"]:
                continue
            pull = pulls(p, who, state.belief[i], levers[c])
            shared = 0.0
            for row, it in enumerate(state.problems.used):
                hazard = float(it["severity"]) * (suits[it["kind"]] * pull).sum()
                if it["gone"] or it["compound"] != c:
                    continue
                if it["reach"] == COMPOUND or (it["reach"] == BUILDING and it["building"] == building):
                    shared += hazard * float(it["share"])
                h = it["household"]
                if h >= 0 and pop.household_residents[h] <= i < pop.household_residents[h + 1]:
                    entity = int(it["kind"]) * 4096 + int(it["number"])
                    member = i - int(pop.household_residents[h])
                    u = uniform(key, Process.COMPLAIN_OWN.value, member, entity, int(it["born"]), day)
                    if u < -math.expm1(-float(who["voice"]) * hazard):
                        expected.add((i, row))
            if KeyedDraws().daily(int(key), Process.COMPLAIN, i - first, day) < -math.expm1(-float(who["voice"]) * shared):
                expected.add((i, -1))
    rows = complain(world, state, levers, day)
    at_home = state.problems.used["reach"][rows[:, 1]] == DWELLING
    assert {(int(r[0]), int(r[1]) if h else -1) for r, h in zip(rows, at_home, strict=True)} == expected
    assert len(rows) == len(expected) > 20


# ---- finding --------------------------------------------------------------------------------------------------------


def test_grid_rounds_find_what_can_be_seen():
    """Would notice a chance off rate x visibility, a known problem or one at home that is found, or a file too few."""
    world = little()
    state, p, levers = begin(world), world.parameters, at_rest(world.parameters, 1)
    levers["finding_grid_rate"] = 0.3
    for number in range(3000):
        add_problem(state, KINDS[number % 13], number=number, known=0, reach=COMPOUND if number % 5 else DWELLING)
    for number in range(50):
        add_problem(state, "street", born=-1, number=number)
    Problems(p).find(world, state, today(world, levers))
    found = state.problems.used["known"] == 2
    outside = (state.problems.used["reach"] == COMPOUND) & (state.problems.used["born"] == 0)
    chance = np.where(outside, 0.3 * p["finding.visible"][state.problems.used["kind"]], 0.0)
    assert not found[chance == 0.0].any()
    assert abs(found.sum() - chance.sum()) < 4 * math.sqrt((chance * (1 - chance)).sum())
    assert state.cases.used["problem"].tolist() == np.flatnonzero(found).tolist()
    assert (state.problems.used["case"][found] == np.arange(found.sum())).all()


def test_cameras_find_what_lies_in_the_street_and_nothing_indoors():
    """Would notice cameras that see into buildings, kinds that no camera knows, or that what workers find is added twice."""
    world = little()
    state, p, levers = begin(world), world.parameters, at_rest(world.parameters, 1)
    levers["finding_cameras"], levers["finding_grid_rate"] = 0.4, 0.2
    for number in range(6000):
        add_problem(state, KINDS[number % 13], number=number, known=0, reach=(DWELLING, BUILDING, COMPOUND)[number % 3])
    Problems(p).find(world, state, today(world, levers))
    problems = state.problems.used
    by_workers = 0.2 * p["finding.visible"][problems["kind"]] * (problems["reach"] != DWELLING)
    by_cameras = 0.4 * p["finding.on_street"][problems["kind"]] * (problems["reach"] == COMPOUND)
    chance, found = 1 - (1 - by_workers) * (1 - by_cameras), problems["known"] == 2
    assert not found[chance == 0.0].any()
    for reach in (BUILDING, COMPOUND):
        mine = problems["reach"] == reach
        assert abs(found[mine].sum() - chance[mine].sum()) < 4 * math.sqrt((chance * (1 - chance))[mine].sum())


def test_visits_come_at_their_rate_build_trust_and_bring_up_the_worst():
    """Would notice visits a year taken as a month's, trust that grows in the wrong home, or a lesser problem told."""
    world = little(residents=800, finding__suggestion=1.0, finding__suggestion_cap=1.0)
    state, p, levers = begin(world), world.parameters, at_rest(world.parameters, 1)
    levers["finding_visits"], levers["finding_grid_rate"] = 6.0, 0.0
    state.minds["annoyance"] = 1.0  # everybody visited speaks
    before = state.minds["trust_committee"].astype(float)
    mild, worst, told = (add_problem(state, severity=s, number=i, known=k) for i, (s, k) in enumerate([(1, 0), (2, 0), (3, 1)]))
    homes = int(world.place["households"][0])
    days = 0
    while not state.flows[0, SLOTS.visits]:
        state.day += 1
        days += 1
        Problems(p).find(world, state, today(world, levers))
    visited = np.flatnonzero(state.minds["trust_committee"] > before)
    grown = before[visited] + p["finding.visit_trust"] * (1 - before[visited])
    once = np.isclose(state.minds["trust_committee"][visited], grown, rtol=1e-6)
    assert once.mean() > 0.9
    home = np.searchsorted(world.population.household_residents, visited, "right") - 1
    assert len(set(home)) <= state.flows[0, SLOTS.visits]
    known = state.problems.used["known"]
    assert known[worst] == 2 or (state.flows[0, SLOTS.visits] == 0)
    assert known[told] == 1
    assert known[mild] == (2 if state.flows[0, SLOTS.found + 1] > 1 else 0)
    counts = []
    for _ in range(300):
        state.flows[:], state.day = 0.0, state.day + 1
        Problems(p).find(world, state, today(world, levers))
        counts.append(state.flows[0, SLOTS.visits])
    mean = 6.0 / 365.25 * homes
    assert near(counts, mean, math.sqrt(mean))
