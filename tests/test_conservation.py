"""What must never be lost or made: people, homes, problems, files, complaints, working time, money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govsim.experiment.plan import make_plan
from govsim.experiment.run import facts
from govsim.observe.outcomes import BY_NAME
from govsim.processes.day import Today
from govsim.processes.schedule import Step
from govsim.programmes.arm import Arm
from govsim.programmes.levers import levers
from govsim.scenario.load import load_scenario
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import Cost, Programme, StaffTime
from govsim.simulation import Simulation
from govsim.vocabulary import CHANNELS, DESKS, PAYERS
from govsim.world.records import ILL, OPEN, WAITING
from govsim.world.state import State
from govsim.world.world import World, settle
from tests.worlds import (
    burned,
    by_compound,
    committees_of_putuo,
    differing,
    flow,
    programme,
    rolled_out,
    small_map,
    world_bits,
)

TWO_YEARS = 731
LEVERS = levers(defaults())


# ---- what holds after every day --------------------------------------------------------------------------------


def check_books(world: World, state: State) -> None:
    """Files, problems, complaints and the line refer to each other one to one."""
    problems, cases, complaints = state.problems.used, state.cases.used, state.complaints.used
    rows = np.arange(len(cases))
    assert (cases["result"] == OPEN).all(), "a closed file was kept"
    assert len(np.unique(cases["problem"])) == len(cases), "two files on one problem"
    assert (problems["case"][cases["problem"]] == rows).all(), "a file whose problem does not know it"
    assert (problems["compound"][cases["problem"]] == cases["compound"]).all()
    assert (problems["kind"][cases["problem"]] == cases["kind"]).all()
    assert np.count_nonzero(problems["case"] >= 0) == len(cases), "a problem with a file that is not there"
    assert ((problems["gone"] == 0) | (problems["case"] >= 0)).all(), "a problem kept without a reason"
    line = state.line.used
    assert sorted(line) == list(np.flatnonzero(cases["waiting"])), "the line is not the files that wait"
    assert (cases["arrives"][line] <= state.day).all(), "a file waits before it has arrived"
    kinds = state.desks["kind"][cases["desk"]]
    assert (kinds == cases["desk_kind"]).all(), "a file at a desk of another kind"
    busy = np.flatnonzero(state.people["busy"])
    assert np.array_equal(np.sort(complaints["resident"]), busy), "busy residents are not those with a complaint open"
    assert (complaints["done"] == 0).all()
    here = world.place[complaints["compound"]]
    number = complaints["resident"] - here["resident0"]
    assert ((number >= 0) & (number < here["residents"])).all(), "a complaint by somebody from elsewhere"
    waits = complaints["state"] == WAITING
    assert (waits | (complaints["state"] == ILL)).all()
    assert (complaints["case"][~waits] == -1).all(), "somebody ill answered holds a file"
    assert (complaints["case"][waits] >= 0).all(), "somebody waits for no file"
    assert (cases["problem"][complaints["case"][waits]] == complaints["problem"][waits]).all()
    assert (problems["gone"][complaints["problem"][~waits]] == 0).all(), "somebody ill answered about what is gone"


def check_values(world: World, state: State) -> None:
    """Shares within 0..1, counters not negative, nothing NaN."""
    for name in ("satisfaction", "trust_firm", "trust_committee", "trust_police", "belonging", "fear", "service_felt"):
        assert ((state.minds[name] >= 0) & (state.minds[name] <= 1)).all(), name
    assert (state.minds["annoyance"] >= 0).all()
    assert np.isfinite(state.minds["annoyance"]).all()
    for name in ("belief", "condition", "quality", "fund", "public"):
        values = getattr(state, name)
        assert ((values >= 0) & (values <= 1)).all(), name
    assert (state.visible >= 0).all()
    assert (state.visible[:, 1] <= state.visible[:, 0] * (1 + 1e-12)).all()
    assert (state.flows >= 0).all(), "a flow is negative"
    assert np.isfinite(state.flows).all()
    assert (state.problems.used["severity"] > 0).all()
    assert (state.desks["capacity"] >= 0).all()
    assert (state.people["on_platform"] <= world.population.online).all(), "on line without being on line"


def check_people(world: World, state: State) -> None:
    """Nobody is born, dies or moves; who somebody is does not change."""
    pop = world.population
    assert len(state.people) == len(state.minds) == len(state.belief) == pop.n == world.compounds.residents.sum()
    people, minds = world.persons()
    for name in ("voice", "habitual", "hours"):
        assert np.array_equal(state.people[name], people[name]), name
    for name in ("anchor", "taste", "building"):
        assert np.array_equal(state.minds[name], minds[name]), name


def check(world: World, state: State) -> None:
    """All that holds after every day."""
    check_books(world, state)
    check_values(world, state)
    check_people(world, state)


# ---- what adds up over a run -----------------------------------------------------------------------------------


def counts(rows: np.ndarray, n: int) -> np.ndarray:
    """Records by compound."""
    return np.bincount(rows["compound"], minlength=n)


def check_sums(start: Simulation, end: Simulation) -> None:
    """What came in, less what went out, is what is there; by compound, between two moments of a run."""
    n, flows = len(end.world.place), by_compound(end)

    def f(outcome: str, category: str | None = None) -> np.ndarray:
        return np.asarray(flow(flows, outcome, category))

    def change(rows: str) -> np.ndarray:
        return np.asarray(counts(getattr(end.state, rows).used, n) - counts(getattr(start.state, rows).used, n))

    assert np.array_equal(f("cases_opened") - f("cases_closed"), change("cases"))
    there = [counts(s.state.problems.used[s.state.problems.used["gone"] == 0], n) for s in (start, end)]
    ended = f("problems") - (there[1] - there[0])
    assert (ended >= f("cases_closed", "solved") + f("problems_unreported")).all()
    assert (f("cases_closed", "withdrawn") <= ended).all()
    # complaints: each begins once, and ends solved, given up, or because the problem went by itself
    left = f("first_complaints") - change("complaints")
    assert (left >= f("felt_solved") + f("given_up")).all()
    assert np.array_equal(f("answered"), f("felt_solved") + f("felt_failed"))
    for channel in ("firm", "committee", "platform"):  # nobody goes back down
        assert np.array_equal(f("complaints", channel), f("first_complaints", channel)), channel
    for channel in ("petition", "court"):  # nobody begins there
        assert not f("first_complaints", channel).any(), channel
    assert np.array_equal(f("complaints", "petition"), f("petitions"))
    assert (f("complaints", "hotline") - f("first_complaints", "hotline") >= f("repeat_complaints")).all()
    assert (f("complaints", "police") >= f("first_complaints", "police")).all()
    assert np.array_equal(f("hotline_complaints"), f("complaints", "hotline"))
    assert (f("petitioners") >= f("petitions")).all()
    assert (f("property_petitions") <= f("petitions")).all()
    # a file is opened by a complaint, by staff, by an unsatisfied call-back, or where somebody takes up old grievances;
    # what is not opened is joined
    again = f("cases_opened") + f("cases_joined") - f("complaints") - f("found")
    assert (again >= 0).all()
    assert (again <= f("reopened")).all()
    if not end.arm.levers["casework_backlog"].any():
        assert (again <= f("callbacks") - f("callbacks_satisfied")).all()
    assert (f("reopened") <= f("cases_opened")).all()
    for part, whole in (
        ("supervised_in_time", "supervised_closed"), ("supervised_closed", "cases_closed"),
        ("callbacks_satisfied", "callbacks"), ("callbacks", "answered"), ("mediations_settled", "mediations"),
        ("found_handled", "cases_closed"),
    ):  # fmt: skip
        assert (f(part) <= f(whole)).all(), part
    found = [counts(s.state.cases.used[s.state.cases.used["channel"] == -1], n) for s in (start, end)]
    assert (f("found_handled") <= f("found") - (found[1] - found[0])).all()
    assert (f("closing_days") >= 0).all()
    home = np.repeat(np.arange(n), end.world.place["residents"])
    joined = [np.bincount(home, s.state.people["on_platform"], n) for s in (start, end)]
    assert np.array_equal(f("platform_joined"), joined[1] - joined[0])


def check_working_time(start: Simulation, end: Simulation, capacity: np.ndarray) -> None:
    """Desks work no more than they have: capacity over the run (by kind of desk), less what was lent from tomorrow."""
    per_unit = end.world.parameters["casework.days_per_unit"]
    worked = flow_by_category(by_compound(end), "work").sum(0) / per_unit
    for k, name in enumerate(DESKS):
        mine = end.state.desks["kind"] == k
        lent = (start.state.desks["credit"] - end.state.desks["credit"])[mine].sum()
        assert worked[k] <= capacity[k] + lent + 1e-6, name


def flow_by_category(flows: np.ndarray, outcome: str) -> np.ndarray:
    """One outcome of counters, one column per category."""
    return np.stack([flow(flows, outcome, c) for c in BY_NAME[outcome].categories], axis=-1)


def offered(sim: Simulation, weekday: int) -> np.ndarray:
    """Working time that desks of each kind had on the day just run, in standard cases."""
    weekend = sim.world.parameters["casework.weekend"]
    share = (weekend if weekday >= 5 else 1.0) * 7.0 / (5.0 + 2.0 * weekend)
    return np.asarray(np.bincount(sim.state.desks["kind"], sim.state.desks["capacity"], len(DESKS)) * share)


EVERYTHING_UP = programme(
    *((name, "add", entry.bounds[1]) for name, entry in LEVERS.items() if not name.startswith("capacity.")),
    id="everything_up",
)
NOBODY_WORKS = programme(
    *((name, "at_most", 0.0) for name in LEVERS if name.startswith("capacity.")),
    ("casework.callback_reopen", "at_least", 1.0),
    id="nobody_works",
    start_day=90,
    end_day=400,
)
SHIPPED_AND_ENDING = [
    rolled_out("grand_linkage", start_day=30, end_day=500),
    rolled_out("community_platform"),
    rolled_out("household_visits", intensity=3.0, ramp_days=200),
    rolled_out("grand_mediation", coverage=0.5),
]  # fmt: skip
ARMS: dict[str, list[Programme]] = {
    "baseline": [],
    "shipped": SHIPPED_AND_ENDING,
    "everything up": [EVERYTHING_UP],
    "nobody works for a while": [NOBODY_WORKS],
}


@pytest.mark.parametrize("arm", ARMS)
def test_books_balance_over_two_years(arm: str) -> None:
    """Notices a file, complaint or problem that is lost, doubled, closed twice or counted in the wrong compound."""
    start = burned()
    before = world_bits(start.world)
    sim = start.fork(ARMS[arm])
    capacity = np.zeros(len(DESKS))
    while sim.day < TWO_YEARS:
        weekday = sim.date.weekday()
        sim.step(last=sim.day == TWO_YEARS - 1)
        capacity += offered(sim, weekday)
        if sim.day < 60 or sim.day % 7 == 0 or 85 < sim.day < 95:
            check(sim.world, sim.state)
    check_sums(start, sim)
    check_working_time(start, sim, capacity)
    assert differing(before, world_bits(sim.world)) == []
    used = flow(by_compound(sim), "cases_closed").sum()
    assert used > (100 if arm == "nobody works for a while" else 400)


moves = st.lists(
    st.sampled_from(sorted(LEVERS)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.sampled_from(["at_least", "at_most", "add", "multiply"]),
            st.one_of(st.floats(*LEVERS[name].bounds), st.sampled_from(LEVERS[name].bounds)),
        )
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(moves=moves, coverage=st.sampled_from([0.3, 0.7, 1.0]), intensity=st.floats(0.1, 3.0))
def test_books_balance_under_any_levers(moves: list[tuple[str, str, float]], coverage: float, intensity: float) -> None:
    """Notices a combination of levers within their bounds that breaks the books, overflows a pool or leaves 0..1."""
    start = burned()
    sim = start.fork([programme(*moves, coverage=coverage, intensity=intensity, start_day=2)])
    for _ in range(36):
        sim.step(last=sim.day == 35)
        check(sim.world, sim.state)
        for name, entry in LEVERS.items():
            values = sim.arm.levers[name.replace(".", "_")]
            assert ((values >= entry.bounds[0]) & (values <= entry.bounds[1])).all(), name
    check_sums(start, sim)


def test_every_problem_that_arose_is_there_was_solved_or_faded() -> None:
    """Notices a problem that vanishes, ends twice, or stays after it was solved."""
    start = committees_of_putuo()
    sim, faded = start.fork([rolled_out("grand_linkage")]), 0

    def counted(step: Step) -> Step:
        def act(world: World, state: State, today: Today) -> None:
            nonlocal faded
            faded -= int(state.problems.used["gone"].sum())
            step.act(world, state, today)
            faded += int(state.problems.used["gone"].sum())

        return replace(step, act=act) if step.name == "problems.fade" else step

    sim._steps = tuple(map(counted, sim._steps))
    sim.run(70)
    there = [int((s.state.problems.used["gone"] == 0).sum()) for s in (start, sim)]
    arose = flow(by_compound(sim), "problems").sum()
    solved = flow(by_compound(sim), "cases_closed", "solved").sum()
    assert there[0] + arose == there[1] + solved + faded
    assert min(arose, solved, faded) > 50


def test_weeks_hold_every_day_once() -> None:
    """Notices days that are lost or booked twice where a run stops and goes on in the middle of a week."""
    whole, parts = burned().fork([]).run(33), burned().fork([]).run(10).run(2).run(21)
    for sim in (whole, parts):
        assert sum(days for days, _, _ in sim.recorder.weeks) == 33
    assert [days for days, _, _ in whole.recorder.weeks] == [7, 7, 7, 7, 5]
    assert by_compound(parts) == pytest.approx(by_compound(whole), rel=1e-12)


def test_quarters_and_the_district_are_sums_of_weeks() -> None:
    """Notices a quarter that holds only its last week, a compound left out, and a stock that is summed over weeks."""
    base = burned()
    weekly, quarterly = base.fork([], "week").run(98), base.fork([], "quarter").run(98)
    assert [period for period, _, _ in quarterly.recorder.places] == [0, 1]
    for (_, flows, stocks), weeks in zip(quarterly.recorder.places, (slice(0, 13), slice(13, 14)), strict=True):
        of_weeks = weekly.recorder.places[weeks]
        assert flows == pytest.approx(sum(week[1] for week in of_weeks), rel=1e-12)
        assert stocks.tobytes() == of_weeks[-1][2].tobytes()
    for (_, district, _), (_, flows, _) in zip(quarterly.recorder.weeks, weekly.recorder.places, strict=True):
        assert district == pytest.approx(flows.sum(0), rel=1e-12)


def test_homes_hold_everybody_once() -> None:
    """Notices an empty household, two in one home, a home that is not there, and somebody never described."""
    for sim in (burned(), committees_of_putuo()):
        world, pop = sim.world, sim.world.population
        sizes = np.diff(pop.household_residents)
        assert (sizes >= 1).all()
        assert sizes.sum() == pop.n == world.compounds.residents.sum()
        for c in range(len(world.place)):
            homes = pop.household_home[pop.household_start[c] : pop.household_start[c + 1]]
            assert len(np.unique(homes)) == len(homes) <= world.compounds.dwellings[c]
            assert homes.max() < world.compounds.dwellings[c]
            assert pop.household_residents[pop.household_start[c]] == pop.resident_start[c]
        assert np.array_equal(np.diff(pop.building_start), world.compounds.buildings)
        residents = np.repeat(np.arange(len(pop.building_compound)), np.diff(pop.building_residents))
        first = np.repeat(pop.building_start[:-1], world.compounds.residents)
        people, minds = world.persons()
        assert np.array_equal(minds["building"], residents - first), "somebody lives in another building"
        grown = pop.age[pop.household_residents[:-1]]
        assert (grown > 0).all(), "a child heads a household"
        assert ((people["voice"] > 0) == (pop.age > 0)).all()
        assert (minds["anchor"] > 0).all()


def test_ties_are_shared_and_stay_inside_the_compound() -> None:
    """Notices a tie of one side only, to oneself, to the same household, to nobody or twice."""
    pop = committees_of_putuo().world.population
    household = np.repeat(np.arange(pop.households), np.diff(pop.household_residents))
    for c in range(len(pop.resident_start) - 1):
        rows = slice(pop.resident_start[c], pop.resident_start[c + 1])
        ties = pop.ties[rows]
        mine, slot = np.nonzero(ties != 65535)
        other = ties[mine, slot].astype(np.int64)
        assert (other < len(ties)).all()
        pairs = set(zip(mine.tolist(), other.tolist(), strict=True))
        assert len(pairs) == len(mine) > 0
        assert pairs == {(b, a) for a, b in pairs}
        assert (household[rows][mine] != household[rows][other]).all()


# ---- money -----------------------------------------------------------------------------------------------------

PER = ("compound", "household", "resident", "town", "residents_committee")
COSTS = tuple(
    Cost(payer=payer, per=per, once=1000.0 + 17 * k, a_year=300.0 + 7 * k, source="for a test")  # type: ignore[arg-type]
    for k, (payer, per) in enumerate(zip(PAYERS, (*PER, "town", "household"), strict=True))
)


def money(world: World, trial: Programme, days: int) -> np.ndarray:
    """What a programme costs over `days` of the scenario, by compound and payer, without running anything else."""
    arm, flows = Arm(world, [trial], {}, 1), np.zeros((len(world.place), flow_slots()))
    desks = world.desks.rows.copy()
    for day in range(-3, days):
        arm.advance(day, lambda *_: np.zeros(len(world.place)), desks, flows)
    return flow_by_category(flows, "cost")


def flow_slots() -> int:
    return sum(len(o.categories) for o in BY_NAME.values() if o.kind == "flow")


def units(world: World, per: str) -> float:
    """How many there are in the whole district, counted from the tables."""
    return float(
        {
            "compound": len(world.compounds.ids),
            "household": world.population.households,
            "resident": world.population.n,
            "town": len(world.institutions.towns) * world.scenario.sample,  # a sample bears its share
            "residents_committee": len(world.institutions.committees),
        }[per]
    )


def estate() -> World:
    """A world in which one estate has four residents' committees."""
    return settle(small_map("kangcheng", 1.0), 0)


@pytest.mark.parametrize("place", ["putuo", "estate"])
def test_a_constant_programme_costs_units_times_rate_times_days(place: str) -> None:
    """Notices a day paid twice or not at all, a town counted once per compound, a wrong payer, and a lost factor."""
    world = estate() if place == "estate" else committees_of_putuo().world
    trial = programme(("capacity.town", "multiply", 1.2), costs=COSTS, start_day=5, end_day=80, intensity=0.7)
    paid = money(world, trial, 100).sum(0)
    for cost in COSTS:
        due = units(world, cost.per) * 0.7 * (cost.once + cost.a_year / 365.25 * 75)
        assert paid[PAYERS.index(cost.payer)] == pytest.approx(due, rel=1e-9)


def test_a_ramp_costs_its_area() -> None:
    """Notices a ramp that begins at nothing, ends a day late, or is not paid for: days 1 to r pay 1/r, 2/r ... 1."""
    world = committees_of_putuo().world
    cost = Cost(payer="district", per="resident", a_year=36.525, source="for a test")
    for ramp in (1, 2, 10, 60):
        paid = money(world, programme(("capacity.town", "multiply", 1.2), costs=[cost], ramp_days=ramp), 45).sum()
        area = sum(min(1.0, (day + 1) / ramp) for day in range(45))
        assert paid == pytest.approx(0.1 * area * world.population.n, rel=1e-9)


def test_only_reached_compounds_cost() -> None:
    """Notices money for compounds that are not reached, or reached later, and a `once` that is paid every day."""
    world = committees_of_putuo().world
    trial = programme(("capacity.town", "multiply", 1.2), costs=COSTS, coverage=0.5)
    paid = money(world, trial, 30)
    reached = paid.sum(1) > 0
    assert reached.sum() == round(0.5 * len(reached)) > 0
    at = PAYERS.index("city")  # per compound
    assert paid[reached, at] == pytest.approx(COSTS[at].once + COSTS[at].a_year / 365.25 * 30, rel=1e-9)


def test_money_in_a_run_is_the_money_of_its_programmes() -> None:
    """Notices money that a process books or the recorder loses: a run's cost is its arm's, and nothing else."""
    base = burned()
    trial = programme(("capacity.town", "multiply", 1.2), costs=COSTS, start_day=3)
    sim, without = base.fork([trial]).run(60), base.fork([]).run(60)
    assert flow_by_category(by_compound(sim), "cost") == pytest.approx(money(base.world, trial, 60), rel=1e-9)
    assert not flow(by_compound(without), "cost").any()


def test_staff_time_is_taken_and_given_back() -> None:
    """Notices staff time that is free, taken twice, taken from other desks, or not given back to the bit at the end."""
    sim = burned().fork([])
    taken = [StaffTime(desk="committee", share=0.25, source="for a test")]
    trial = programme(("capacity.police", "multiply", 1.5), staff_time=taken, start_day=2, end_day=4, intensity=0.8)
    arm = sim.fork([trial])
    kinds, seen = sim.state.desks["kind"], []
    for _ in range(6):
        arm.step()
        seen.append(arm.state.desks["capacity"] / sim.state.desks["capacity"])
    for k, name in enumerate(DESKS):
        expected = {"committee": 1 - 0.25 * 0.8, "police": 1 + 0.5 * 0.8}.get(name, 1.0)
        for day in (2, 3):
            assert seen[day][kinds == k] == pytest.approx(expected, rel=1e-12), name
    for day in (0, 1, 4, 5):
        assert (seen[day] == 1.0).all(), day


def test_what_the_bounds_hold_back_is_recorded() -> None:
    """Notices a lever that is held at its bound in silence, and a record of one that is not."""
    bound = LEVERS["casework.bounce"].bounds[1]
    asked = burned().world.parameters["casework.bounce"] + 0.5 * 4.0
    moves = (("casework.bounce", "add", 4.0), ("casework.right_first", "add", 0.01))
    trial = programme(*moves, intensity=0.5, coverage=0.5)
    sim = burned().fork([trial]).run(3)
    (clamp,) = sim.arm.clamps.values()
    assert (clamp.lever, clamp.compounds, clamp.allowed) == ("casework.bounce", 3, bound)
    assert clamp.asked == pytest.approx(asked, rel=1e-12)
    plan = make_plan(load_scenario("classroom"), ["grand_linkage"], replicates=1)
    row = facts(plan, sim, "grand_linkage", 0)
    assert "casework.bounce" in str(row["clamped"])
    assert "right_first" not in str(row["clamped"])


def test_channels_and_payers_have_their_own_counters() -> None:
    """Notices two outcomes that share a counter, which would make every sum above hold by accident."""
    names = [(o.name, c) for o in BY_NAME.values() if o.kind == "flow" for c in o.categories]
    marks = np.arange(flow_slots(), dtype=float)
    assert [float(flow(marks, *name)) for name in names] == list(marks)
    assert len(CHANNELS) == 7
