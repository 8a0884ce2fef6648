"""Desks against queueing theory; files and complaints are conserved, kept in order, and refer to what they mean."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from govsim.kernels import casework as kernel
from govsim.kernels import pools
from govsim.observe.outcomes import FLOW_SLOT
from govsim.observe.slots import SLOTS
from govsim.processes.casework import Casework
from govsim.programmes.levers import at_rest
from govsim.simulation import Simulation
from govsim.vocabulary import DEPARTMENTS, DESKS
from govsim.world.records import CASE, COMPLAINT, OPEN, PROBLEM, SOLVED, UNSOLVED
from govsim.world.state import State, begin
from govsim.world.world import World
from tests.small_world import add_file, add_problem, little, near, today

POLICE = DESKS.index("police")


@pytest.fixture(scope="module")
def office() -> World:
    """Every treatment takes one standard case; the police solve whatever they treat; every day is a working day."""
    return little(
        residents=300, casework__unit_work=1.0, casework__work_spread=0.0, casework__weekend=1.0, casework__fix=1.0,
        mediation__diversion=0.0, casework__expired_closing=0.0, casework__premature_closing=0.0,
    )  # fmt: skip


class Desk:
    """One police desk to which files are brought by hand."""

    def __init__(self, world: World, capacity: float) -> None:
        self.world, self.state, self.process = world, begin(world), Casework(world.parameters)
        self.row = int(world.desks.first[POLICE])
        self.state.desks["capacity"][self.row] = capacity
        self.today, self.number = today(world), 0

    def bring(self, channel: str = "police", count: int = 1) -> None:
        for _ in range(count):
            problem = add_problem(self.state, born=self.state.day, number=self.number % 4096)
            self.number += 1
            add_file(self.world, self.state, problem, channel)

    def work(self) -> None:
        """A day's work."""
        self.process.work(self.world, self.state, self.today)
        self.state.day += 1

    def tidy(self) -> None:
        self.process.tidy(self.world, self.state, self.today)

    def waiting(self) -> int:
        return int((self.state.cases.used["result"] == OPEN).sum())


def test_queue_is_that_of_lindley_and_waits_are_those_of_m_d_1(office):
    """Would notice a desk that loses, doubles or delays a file, saves up idle time, or counts waiting a day wrongly."""
    load, days = 0.7, 4500
    arrivals = np.random.default_rng(8).poisson(load, days)
    desk, length, lengths = Desk(office, capacity=1.0), 0, np.zeros(days)
    for day, count in enumerate(arrivals):
        desk.bring(count=int(count))
        desk.work()
        desk.tidy()
        length = max(0, length + int(count) - 1)  # Lindley's recursion
        assert desk.waiting() == length
        lengths[day] = length
    flows = desk.state.flows[0]
    assert flows[SLOTS.cases_closed] + length == arrivals.sum()
    batches = lengths.reshape(30, -1).mean(1)
    assert near(batches, load**2 / (2 * (1 - load)))  # mean queue of M/D/1
    waited = flows[SLOTS.closing_days] / flows[SLOTS.cases_closed]
    assert waited == pytest.approx(lengths.sum() / arrivals.sum(), rel=0.02)  # Little's law


@pytest.mark.parametrize(("capacity", "work"), [(0.3, 1.0), (2.5, 1.0), (0.7, 1.6)])
def test_backlog_is_worked_off_at_the_rate_of_the_desk(capacity, work):
    """Would notice credit that is lost or gained from one day to the next, or the wrong unit of work."""
    world = little(
        casework__unit_work=work, casework__work_spread=0.0, casework__weekend=1.0, casework__fix=1.0,
        casework__days_per_unit=0.35, mediation__diversion=0.0,
    )  # fmt: skip
    desk = Desk(world, capacity)
    desk.bring(count=60)
    for day in range(1, 15):
        desk.work()
        served = 60 - desk.waiting()
        assert served == math.ceil(day * capacity / work - 1e-9)
        assert desk.state.desks["credit"][desk.row] == pytest.approx(day * capacity - served * work)
        assert desk.state.flows[0, SLOTS.work + POLICE] == pytest.approx(served * work * 0.35)


def test_an_idle_desk_saves_up_nothing(office):
    """Would notice credit that piles up over idle days and is then spent at once."""
    desk = Desk(office, capacity=1.0)
    for _ in range(5):
        desk.work()
    desk.bring(count=4)
    desk.work()
    assert desk.waiting() == 3


def test_week_end_and_weekday_shares_keep_the_weekly_capacity():
    """Would notice week-ends that add working time to the week, or take it away."""
    world = little()
    process, p = Casework(world.parameters), world.parameters
    week = 5 * process.weekday_share + 2 * process.weekend_share
    assert week == pytest.approx(np.full(len(DESKS), 7.0))
    assert process.weekend_share == pytest.approx(p["casework.weekend"] * process.weekday_share)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.booleans(), max_size=4), min_size=1, max_size=12), st.floats(0.4, 3.0))
def test_first_in_first_out_and_petitions_first(office, days, capacity):
    """Would notice a file that overtakes another of its kind, or a petition that waits behind an ordinary file."""
    desk, lines = Desk(office, capacity), (list[int](), list[int]())
    credit = 0.0
    for petitions in [*days, *[[]] * 40]:
        for petition in petitions:
            lines[not petition].append(desk.state.problems.n)
            desk.bring()
            desk.state.cases.rows[desk.state.cases.n - 1]["priority"] = petition
        before = {int(i) for i in np.flatnonzero(desk.state.cases.used["result"] != OPEN)}
        desk.work()
        closed = {int(i) for i in np.flatnonzero(desk.state.cases.used["result"] != OPEN)} - before
        credit += capacity
        expected = set()
        while credit > 0 and (lines[0] or lines[1]):
            expected.add((lines[0] or lines[1]).pop(0))
            credit -= 1.0
        if not (lines[0] or lines[1]):
            credit = min(credit, 0.0)
        assert closed == expected


def test_a_file_tried_again_goes_to_the_end_of_the_line():
    """Would notice a failed file that keeps its place, is treated twice a day, or gets lost."""
    world = little(
        casework__unit_work=1.0, casework__work_spread=0.0, casework__weekend=1.0, casework__fix=0.0,
        casework__premature_closing=0.0, casework__expired_closing=0.0, mediation__diversion=0.0,
    )  # fmt: skip
    desk = Desk(world, capacity=2.0)
    desk.bring(count=5)
    order = [0, 1, 2, 3, 4]
    for _ in range(6):
        desk.work()
        order = order[2:] + order[:2]
        assert desk.state.cases.rows["problem"][desk.state.line.used].tolist() == order
        assert desk.waiting() == 5


@pytest.mark.parametrize("chance", [0.0, 0.35, 1.0])
def test_failed_treatments_close_files_at_the_stated_chance(chance):
    """Would notice premature closing that happens to solved files, or at another chance; the problem must remain."""
    world = little(casework__unit_work=0.1, casework__weekend=1.0, casework__fix=0.3, casework__expired_closing=0.0,
                   mediation__diversion=0.0)  # fmt: skip
    levers = at_rest(world.parameters, 1)
    levers["casework_premature_closing"] = chance
    desk = Desk(world, capacity=1000.0)
    desk.today, n = today(world, levers), 3000
    desk.bring(count=n)
    desk.work()
    result, gone = desk.state.cases.used["result"], desk.state.problems.used["gone"]
    assert abs((result == SOLVED).sum() - 0.3 * n) < 4 * math.sqrt(0.21 * n)
    assert abs((result == UNSOLVED).sum() - 0.7 * chance * n) <= 4 * math.sqrt(0.7 * chance * (1 - 0.7 * chance) * n)
    assert np.array_equal(gone == 1, result == SOLVED)
    assert np.array_equal(desk.state.problems.used["closings"] == 1, result == UNSOLVED)
    assert (desk.state.problems.used["case"][result == UNSOLVED] == -1).all()


def test_working_time_spreads_evenly_around_its_mean():
    """Would notice a spread that shifts the mean, or that is the same for all files."""
    world = little(casework__unit_work=0.8, casework__weekend=1.0, casework__fix=1.0, casework__days_per_unit=1.0,
                   mediation__diversion=0.0)  # fmt: skip
    levers = at_rest(world.parameters, 1)
    levers["casework_work_spread"] = 0.5
    work = []
    for first in range(600):
        desk = Desk(world, capacity=100.0)
        desk.today, desk.number = today(world, levers), first
        desk.bring()
        desk.work()
        work.append(desk.state.flows[0, SLOTS.work + POLICE])
    assert stats.kstest(np.array(work) / 0.8 - 0.5, "uniform").pvalue > 1e-4


@pytest.mark.parametrize(("mean", "right_first"), [(4.0, 1.0), (2.5, 0.0), (0.0, 1.0)])
def test_hand_over_takes_a_day_and_a_geometric_delay(mean, right_first):
    """Would notice a delay off its distribution, a wrong address that costs nothing, or a wrong department."""
    world = little(casework__unit_work=0.01, casework__weekend=1.0, casework__authority=0.0)
    levers = at_rest(world.parameters, 1)
    levers["casework_handover_days"], levers["casework_right_first"] = mean, right_first
    levers["casework_dispatch_days"] = 0.0
    state, process, n = begin(world), Casework(world.parameters), 3000
    state.desks["capacity"] = 1e6
    for number in range(n):
        add_file(world, state, add_problem(state, "structure", number=number), "hotline")
    process.work(world, state, today(world, levers))
    department = state.cases.used[state.cases.used["desk_kind"] == DESKS.index("department")]
    assert (department["desk"] == world.desks.first[6] + DEPARTMENTS.index("city_management")).all()
    share = 0.9  # of structures, see casework.competent
    assert world.parameters["casework.competent"][6, 4] == share
    assert abs(len(department) - share * n) < 4 * math.sqrt(share * (1 - share) * n)
    delay = department["arrives"] - 1 - (0 if right_first else 1 + int(mean))
    if mean == 0.0:
        assert (delay == 0).all()
        return
    chance = 1 / (1 + mean)
    cells = np.arange(12)
    expected = np.append(chance * (1 - chance) ** cells, (1 - chance) ** 12) * len(delay)
    observed = np.append(np.bincount(delay, minlength=12)[:12], (delay >= 12).sum())
    assert stats.chisquare(observed, expected).pvalue > 1e-4
    assert near(delay, mean, math.sqrt(1 - chance) / chance)
    assert state.flows[0, SLOTS.hand_overs] == len(department) * (2 - right_first)


def test_old_files_are_closed_only_after_their_deadline():
    """Would notice a deadline that is a day off, or the deadline or the chance of the wrong sort of file."""
    world = little(casework__expires_after=15.0, casework__lapses_after=11.0, casework__lapse=0.1)
    levers, process = at_rest(world.parameters, 1), Casework(world.parameters)
    levers["casework_expired_closing"] = 0.25
    state = begin(world)
    state.desks["capacity"] = 0.0  # nobody works
    for number in range(2000):
        add_file(world, state, add_problem(state, number=number), "police" if number % 2 else "hotline")
    for day in range(22):
        state.day = day
        process.work(world, state, today(world, levers))
        still = state.cases.used["result"] == OPEN
        for supervised, after, chance in ((1, 15, 0.25), (0, 11, 0.1)):
            left = still[state.cases.used["supervised"] == supervised].sum()
            share = (1 - chance) ** max(0, day - after)
            assert abs(left - 1000 * share) <= 4 * math.sqrt(1000 * share * (1 - share))


# ---- conservation ---------------------------------------------------------------------------------------------------


@settings(max_examples=6, deadline=None)
@given(
    st.integers(0, 10_000),
    st.fixed_dictionaries({
        "platform__open": st.sampled_from([0.0, 1.0]), "finding__grid_rate": st.floats(0.0, 0.1),
        "casework__premature_closing": st.floats(0.0, 1.0), "casework__callback_reopen": st.floats(0.0, 1.0),
        "casework__expired_closing": st.floats(0.0, 1.0), "casework__bounce": st.floats(0.0, 0.9),
    }),
)  # fmt: skip
def test_files_complaints_and_people_are_conserved(seed, levers):
    """Would notice a file, complaint or problem lost, doubled or mixed up, or somebody who stays busy for ever."""
    p = little().parameters
    more = {"problems__arrivals": 10 * p["problems.arrivals"], "complaints__base": 3 * p["complaints.base"]}
    world = little(compounds=2, residents=500, seed=seed, **(levers | more))
    sim = Simulation(world, detail="week")
    total: Counter[str] = Counter()
    for _ in range(7):
        sim.run(7)
        flows = sim.recorder.places[-1][1]
        for name, width in (("cases_opened", 1), ("cases_closed", 3), ("first_complaints", 7)):
            total[name] += int(flows[:, FLOW_SLOT[name] : FLOW_SLOT[name] + width].sum())
        consistent(sim.state, world)
        assert total["cases_opened"] == total["cases_closed"] + sim.state.cases.n
    assert total["first_complaints"] >= sim.state.complaints.n > 0


def consistent(state: State, world: World) -> None:
    """Who has a complaint open is busy; a problem has at most one open file; a waiting file is in line once."""
    problems, cases, complaints, line = (pool.used for pool in (state.problems, state.cases, state.complaints, state.line))
    assert np.array_equal(np.sort(complaints["resident"]), np.flatnonzero(state.people["busy"]))
    assert (cases["result"] == OPEN).all()
    assert (problems["case"][cases["problem"]] == np.arange(len(cases))).all()
    assert (problems["case"] >= 0).sum() == len(cases)
    assert np.array_equal(np.sort(line), np.flatnonzero(cases["waiting"]))
    assert (problems["compound"][cases["problem"]] == cases["compound"]).all()
    with_file = complaints[complaints["case"] >= 0]
    assert (cases["problem"][with_file["case"]] == with_file["problem"]).all()
    homes = world.population.resident_start
    assert (np.searchsorted(homes, complaints["resident"], "right") - 1 == complaints["compound"]).all()
    assert not problems["gone"][complaints[complaints["case"] < 0]["problem"]].any()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_tidying_keeps_order_and_references(data):
    """Would notice a record that is dropped, kept or moved wrongly, or a reference that points to a neighbour."""
    n = data.draw(st.integers(0, 12))
    problems, cases = np.zeros(n, PROBLEM), np.zeros(0, CASE)
    open_files = [i for i in range(n) if data.draw(st.booleans())]
    problems["gone"], problems["case"] = [data.draw(st.integers(0, 1)) for _ in range(n)], -1
    problems["born"] = np.arange(n) + 100
    closed = [data.draw(st.integers(0, n - 1)) for _ in range(data.draw(st.integers(0, 4)))] if n else []
    order = data.draw(st.permutations([(i, OPEN) for i in open_files] + [(i, UNSOLVED) for i in closed]))
    cases = np.zeros(len(order), CASE)
    for row, (i, result) in enumerate(order):
        cases[row]["problem"], cases[row]["result"], cases[row]["opened"] = i, result, 1000 + row
        if result == OPEN:
            problems["case"][i] = row
    there = [i for i in range(n) if not problems["gone"][i] or problems["case"][i] >= 0]
    complaints = np.zeros(data.draw(st.integers(0, 8)) if there else 0, COMPLAINT)
    for row in range(len(complaints)):
        i = data.draw(st.sampled_from(there))
        case = problems["case"][i] if data.draw(st.booleans()) else -1
        complaints[row]["problem"], complaints[row]["case"], complaints[row]["resident"] = i, case, 50 + row
        complaints[row]["done"] = data.draw(st.integers(0, 1))
    line = np.array(data.draw(st.permutations(range(len(cases)))), np.int32)
    name = {i: int(problems["born"][i]) for i in range(n)}
    file = {i: int(cases["opened"][i]) for i in range(len(cases))} | {-1: -1}
    keep_problems = [name[i] for i in there]
    keep_cases = [(file[r], name[int(c["problem"])]) for r, c in enumerate(cases) if c["result"] == OPEN]
    keep_complaints = [(int(c["resident"]), name[int(c["problem"])], file[int(c["case"])]) for c in complaints if not c["done"]]
    keep_line = [file[int(r)] for r in line if cases["result"][r] == OPEN]
    owner = {name[i]: file[int(problems["case"][i])] for i in there}
    a, b, c, d = pools.compact(problems, n, cases, len(cases), complaints, len(complaints), line, len(line))
    opened = [*cases["opened"][:b].tolist(), -1]
    born = problems["born"][:a].tolist()
    assert born == keep_problems
    assert [(opened[i], born[it["problem"]]) for i, it in enumerate(cases[:b])] == keep_cases
    assert [(it["resident"], born[it["problem"]], opened[it["case"]]) for it in complaints[:c]] == keep_complaints
    assert [opened[i] for i in line[:d]] == keep_line
    assert {born[i]: opened[problems["case"][i]] for i in range(a)} == owner


def test_a_pool_that_is_too_small_is_an_error_and_not_a_loss():
    """Would notice records dropped in silence where a pool is full."""
    world = little()
    state = begin(world)
    row: Any = add_problem(state)
    add_file(world, state, row, "police")
    with pytest.raises(IndexError, match="line"):
        kernel.queue_up(0, state.cases.rows, 1, np.zeros(0, np.int32), 0)
