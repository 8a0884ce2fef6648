"""Common random numbers: two runs differ only where something made them differ, to the bit."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from govsim import GovernanceModel
from govsim.experiment.plan import make_plan
from govsim.experiment.run import execute, simulations
from govsim.observe.outcomes import FLOW_SLOT
from govsim.programmes.catalogue import shipped
from govsim.scenario.load import load_scenario
from govsim.scenario.schema import Target
from govsim.simulation import Simulation
from govsim.world.state import begin
from govsim.world.world import build, settle
from tests.worlds import (
    Columns,
    burned,
    by_compound,
    columns,
    committees_of_putuo,
    differing,
    flow,
    recorded_bits,
    rolled_out,
    run_bits,
    short_run_digest,
    small_map,
    state_bits,
    world_bits,
)

SHIPPED = tuple(sorted(shipped()))
START = 28
#: What they move is looked at once a quarter, or happens seldom: nothing need differ after three months in a small world.
SLOW = {"agency_bookkeeping", "domestic_violence_studio"}
ROOT = Path(__file__).parents[1]


# ---- a programme that does not act -----------------------------------------------------------------------------


@pytest.mark.parametrize("id", SHIPPED)
def test_arms_are_identical_until_the_programme_starts(id: str) -> None:
    """Notices a lever, a capacity or money that moves a day early, a programme in a key, and one without effect."""
    base = committees_of_putuo().fork([])
    arm = committees_of_putuo().fork([rolled_out(id, start_day=START, ramp_days=0, intensity=3.0)])
    for _ in range(START):
        base.step()
        arm.step()
    assert differing(run_bits(base), run_bits(arm)) == []
    assert differing(columns("", base.arm.levers), columns("", arm.arm.levers)) == []
    base.step()
    arm.step()  # the first day on which it acts
    assert differing(columns("", base.arm.levers), columns("", arm.arm.levers))
    base.run(90)
    arm.run(90)
    assert differing(state_bits(base.state), state_bits(arm.state)) or id in SLOW


@pytest.mark.parametrize("without", [{"coverage": 0.0}, {"intensity": 0.0}], ids=["coverage", "intensity"])
@pytest.mark.parametrize("id", SHIPPED)
def test_a_programme_at_zero_strength_is_the_baseline(id: str, without: dict[str, float]) -> None:
    """Notices whatever a programme does by merely being there: a cost, staff time, a rounded lever, a draw."""
    base = committees_of_putuo().fork([]).run(56)
    arm = committees_of_putuo().fork([rolled_out(id, start_day=3, ramp_days=0, **without)]).run(56)
    assert differing(run_bits(base), run_bits(arm)) == []
    assert differing(columns("", base.arm.levers), columns("", arm.arm.levers)) == []
    assert not flow(by_compound(arm), "cost").any()


def test_arms_differ_only_in_the_town_that_a_programme_reaches() -> None:
    """Notices a draw that depends on who else drew: towns without a tie to the treated one must stay as they were.

    Departments and the court serve the whole district, so what they do may spread; with their levers at rest and
    a programme that only finds more, everything but files and what hangs on them stays put, beginning with problems.
    """
    sim = committees_of_putuo()
    town = sim.world.institutions.towns[0]
    base = sim.fork([]).run(35)
    arm = sim.fork([rolled_out("household_visits", ramp_days=0, target=Target(towns=(town,)))]).run(35)
    elsewhere = sim.world.compounds.town != 0
    a, b = by_compound(base), by_compound(arm)
    assert (flow(b, "visits")[~elsewhere] > flow(a, "visits")[~elsewhere]).all()
    for outcome in ("problems", "visits"):
        assert np.array_equal(flow(a, outcome)[elsewhere], flow(b, outcome)[elsewhere])


# ---- one more isolated compound --------------------------------------------------------------------------------

HEADER = "id,x,y,type,residents,district,town,committee,firm,beat,grid"
HERE = [
    "linden,0,0,commodity,900,centre,east,c1,f1,b1,g1",
    "maple,300,100,old_public,700,centre,east,c1,f2,b1,g1",
    "osmanthus,700,150,open_block,500,centre,east,c2,f1,b2,g2",
    "pear,1500,900,resettlement,800,centre,west,c3,f2,b3,g3",
    "rush,1800,1200,village,400,centre,west,c3,f3,b3,g3",
]
SCENARIO = """
format = 1
name = { zh = "试", en = "Trial" }
seed = 11
[time]
start = 2018-03-01
burn_in_years = 0.2
horizon_days = 91
[district]
compounds_file = "compounds.csv"
map_seed = 3
"""


def _run_of_file(folder: Path, rows: list[str], header: str = HEADER) -> Simulation:
    folder.mkdir()
    (folder / "compounds.csv").write_text("\n".join([header, *rows]), "utf-8")
    (folder / "trial.toml").write_text(SCENARIO, "utf-8")
    base = Simulation(build(load_scenario(folder / "trial.toml")), detail="week").burn()
    # everywhere: whom a programme reaches first, or at all, is decided over the whole district
    everything = [rolled_out(id, ramp_days=14, coverage=1.0, target=None) for id in SHIPPED]
    return base.fork(everything).run(119)


def _of_compound(sim: Simulation, id: str) -> Columns:
    """All that concerns one compound, with row numbers counted from the compound's own first rows."""
    world, state = sim.world, sim.state
    c = world.compounds.ids.index(id)
    here = world.place[c]
    residents = slice(here["resident0"], here["resident0"] + here["residents"])
    out = columns("people", state.people[residents]) | columns("minds", state.minds[residents])
    out |= columns("belief", state.belief[residents]) | columns("ties", world.population.ties[residents])
    for name in ("condition", "quality", "fund", "visible", "stocks", "rules_kept", "acquaintances", "sums", "flows"):
        out |= columns(name, getattr(state, name)[c])
    out |= _of_economy_and_self_rule(sim, c) | _of_crime(sim, c)
    out |= columns("public", state.public[here["town"]]) | columns("flags", world.flags[c])
    served = world.desks.desk[world.desks.compound == c]
    out |= columns("desks", state.desks[served])
    pools = {name: getattr(state, name).used for name in ("problems", "cases", "complaints")}
    own = {name: np.flatnonzero(rows["compound"] == c) for name, rows in pools.items()}
    rank = {name: {-1: -1, **{int(row): k for k, row in enumerate(rows)}} for name, rows in own.items()}
    for name, rows in pools.items():
        mine = rows[own[name]].copy()
        mine["compound"] = 0
        for reference, pool in (("problem", "problems"), ("case", "cases")):
            if reference in mine.dtype.names:
                mine[reference] = [rank[pool][int(row)] for row in mine[reference]]
        for column, first in (("building", "building0"), ("household", "household0"), ("resident", "resident0")):
            if column in mine.dtype.names:
                mine[column] = np.where(mine[column] < 0, -1, mine[column] - here[first])
        if name == "cases":
            mine["desk"] = [list(served).index(desk) for desk in mine["desk"]]
        out |= columns(name, mine)
    line = [rank["cases"][int(row)] for row in state.line.used if int(row) in rank["cases"]]
    out["line"] = bytes(str(line), "ascii")
    for period, flows, stocks in sim.recorder.places:
        out |= columns(f"week {period} flows", flows[c]) | columns(f"week {period} stocks", stocks[c])
    return out


def _of_economy_and_self_rule(sim: Simulation, c: int) -> Columns:
    """Fees, books, contract (the firm by its name) and committees of one compound."""
    world, economy, rule = sim.world, sim.state.economy, sim.state.self_rule
    here = world.place[c]
    homes = slice(here["household0"], here["household0"] + here["households"])
    out = columns("households", economy.households[homes])
    for name in ("effort", "fee", "accounts", "billed", "written_off", "first_fund", "repairs_due"):
        out |= columns(name, getattr(economy, name)[c])
    contract = economy.contracts[c : c + 1].copy()
    names = [world.institutions.firms[f] if f >= 0 else "" for f in (int(contract["firm"][0]), int(contract["former"][0]))]
    out |= {"firm": names[0].encode(), "former": names[1].encode()}
    if contract["firm"][0] >= 0:
        firm = economy.firms[contract["firm"][0] : contract["firm"][0] + 1]
        out |= columns("firm", firm)
    contract["firm"] = contract["former"] = 0
    out |= columns("contract", contract) | columns("owners", rule.owners[c : c + 1])
    out |= columns("oversight", rule.oversight[c]) | columns("openness", rule.openness[c])
    committees = slice(here["committee0"], here["committee0"] + here["committees"])
    return out | columns("committees", rule.committees[committees])


def _of_crime(sim: Simulation, c: int) -> Columns:
    """Crimes in one compound, its devices, what offenders see, and those who live there; compounds by their ids."""
    world, crime, ids = sim.world, sim.state.crime, np.array(sim.world.compounds.ids)
    here = world.place[c]
    out = columns("security", crime.security[c : c + 1]) | columns("sight", crime.sight[c : c + 1])
    for name in ("alarm", "felt", "known", "patrol", "last_crime"):
        out |= columns(name, getattr(crime, name)[c])
    out |= columns("police", crime.police[here["beat"]])
    crimes = crime.crimes.used[crime.crimes.used["compound"] == c].copy()
    homes = np.where(crimes["offender_home"] < 0, "nobody", ids[crimes["offender_home"]]).tolist()
    out["offenders of crimes"] = str(homes).encode()
    crimes["compound"] = crimes["offender_home"] = 0
    for column, first in (("building", "building0"), ("household", "household0")):
        crimes[column] = np.where(crimes[column] < 0, -1, crimes[column] - here[first])
    out |= columns("crimes", crimes)
    living = crime.offenders.used[crime.offenders.used["home"] == c]
    for name in ("born", "ends", "away_until", "rate", "hope", "success_day", "failure_day"):
        out |= columns(f"offenders {name}", living[name])
    return out


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("id", ["aaa", "zzz"])
def test_one_more_isolated_compound_changes_nothing_elsewhere(tmp_path: Path, id: str, place: str) -> None:
    """Notices a draw, a queue or a name that depends on a compound's row, on its rank or on how many there are."""
    far = f"{id},100000,0,commodity,1300,far district,far town,far committee,far firm,far beat,far grid"
    at = {"first": 0, "middle": 2, "last": len(HERE)}[place]
    before = _run_of_file(tmp_path / "before", HERE)
    after = _run_of_file(tmp_path / "after", [*HERE[:at], far, *HERE[at:]])
    opened = FLOW_SLOT["cases_opened"]
    assert sum(w[1][opened] for w in after.recorder.weeks) > sum(w[1][opened] for w in before.recorder.weeks)
    for known in before.world.compounds.ids:
        assert differing(_of_compound(before, known), _of_compound(after, known)) == [], known
    assert before.state.cases.n >= 10
    assert before.state.complaints.n >= 10


# ---- threads, processes, interpreters --------------------------------------------------------------------------


def test_threads_change_nothing() -> None:
    """Notices a race, a sum whose order follows the threads, or results that are put together out of order."""
    runs = []
    for threads in (1, 2, 4):
        sim = Simulation(committees_of_putuo().world, list(shipped().values()), threads=threads, detail="week")
        runs.append(run_bits(sim.run(28)))
        assert len(sim._ranges) > 1 or threads == 1
    assert differing(runs[0], runs[1]) == []
    assert differing(runs[0], runs[2]) == []


@pytest.mark.full
def test_workers_write_the_same_bytes(tmp_path: Path) -> None:
    """Notices rows that follow the order in which processes finish, and times or names of machines in the tables."""
    loaded = load_scenario("classroom", changes={"time.burn_in_years": 0.2})
    plan = make_plan(loaded, ["grand_linkage", "whistle_report+household_visits"], replicates=4, days=100)
    tables = ("outcomes.parquet", "compounds.parquet", "runs.parquet")
    written = []
    for workers in (1, 2, 4):
        execute(plan, tmp_path / str(workers), workers)
        written.append({name: (tmp_path / str(workers) / name).read_bytes() for name in tables})
    for name in tables:
        assert written[0][name] == written[1][name] == written[2][name], name
        assert len(written[0][name]) > 1000


def test_other_interpreters_give_the_same_bits() -> None:
    """Notices a result that follows the order of a set, the hash of a string, or (GOVSIM_OTHER_PYTHON) a version.

    GOVSIM_OTHER_PYTHON names another Python that has the packages of constraints.txt.
    """
    here = short_run_digest()
    runs = [(sys.executable, "0"), (sys.executable, "4711")]
    if other := os.environ.get("GOVSIM_OTHER_PYTHON"):
        runs.append((other, "random"))
    for python, seed in runs:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [python, "-m", "tests.worlds"]
        said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500)
        assert said.returncode == 0, said.stderr
        assert said.stdout.strip() == here, python


# ---- copies ----------------------------------------------------------------------------------------------------


def test_a_fork_without_programmes_is_the_base_continued() -> None:
    """Notices an array that a fork shares with its base, or something that it forgets to take along."""
    base = burned("classroom", replicate=1).fork([])
    for _ in range(17):  # in the middle of a week
        base.step()
    arm = base.fork([])
    before = state_bits(base.state)
    for _ in range(30):
        arm.step()
    assert differing(before, state_bits(base.state)) == []
    for _ in range(30):
        base.step()
    assert differing(state_bits(base.state), state_bits(arm.state)) == []
    assert len(base.recorder.memory) == len(arm.recorder.memory)
    for ours, theirs in zip(base.recorder.memory, arm.recorder.memory, strict=True):
        assert np.array_equal(ours, theirs)
    for a, b in zip(base.recorder.weeks[-4:], arm.recorder.weeks[-4:], strict=True):
        assert a[1].tobytes() == b[1].tobytes()


def test_a_model_that_is_pickled_or_copied_continues_identically() -> None:
    """Notices state that lies outside what is copied: a counter, a work array, a programme's course, a generator."""
    changes = {"time.burn_in_years": 0.1, "programmes.grand_linkage.trigger": {"outcome": "complaints", "above": 1.0}}
    model = GovernanceModel(load_scenario("classroom", changes=changes), ["grand_linkage"])
    sim = model.simulation
    for _ in range(10):
        model.step()
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    before = run_bits(sim)
    for other in copies:
        for _ in range(40):
            other.step()
    assert differing(before, run_bits(sim)) == []
    for _ in range(40):
        model.step()
    for other in copies:
        assert differing(run_bits(sim), run_bits(other.simulation)) == []
        assert differing(world_bits(sim.world), world_bits(other.world)) == []
        other.release()
    model.release()


def test_a_run_leaves_its_world_as_it_was() -> None:
    """Notices a process that writes into the world, which the arms of a comparison share."""
    world = settle(small_map("putuo", 0.01), 2)
    before = world_bits(world)
    Simulation(world, list(shipped().values())).run(56)
    assert differing(before, world_bits(world)) == []


# ---- replicates ------------------------------------------------------------------------------------------------


def test_more_replicates_and_another_order_of_arms_change_nothing() -> None:
    """Notices a stream that runs on from one replicate or arm to the next, and replicates that are copies."""
    loaded = load_scenario("classroom", changes={"time.burn_in_years": 0.1})
    arms = ["grand_linkage", "household_visits"]
    few, many = (make_plan(loaded, arms, replicates=n, days=35) for n in (1, 3))
    alone = {arm: run_bits(sim) for arm, sim in simulations(few, 0, ["baseline", *arms])}
    other = {arm: run_bits(sim) for arm, sim in simulations(many, 1, ["baseline", *arms])}
    again = {arm: run_bits(sim) for arm, sim in simulations(many, 0, [*reversed(arms), "baseline"])}
    for arm in alone:
        assert differing(alone[arm], again[arm]) == []
        assert {"people.voice", "minds.anchor", "problems.severity"} <= set(differing(alone[arm], other[arm]))


@pytest.mark.parametrize("changed", ["seed", "replicate"])
def test_seed_and_replicate_are_in_every_key(changed: str) -> None:
    """Notices a draw that forgets the seed or the replicate, and a map that is drawn anew for each replicate."""
    district = small_map()
    world = settle(district, 0, seed=5)
    other = settle(district, 1, seed=5) if changed == "replicate" else settle(district, 0, seed=6)
    same = {"Compounds.residents", "Compounds.x", "Compounds.quality", "proximity.indices"}
    assert not same & set(differing(world_bits(world), world_bits(other)))
    (a, a_minds), (b, b_minds) = world.persons(), other.persons()
    ages = world.population.age != other.population.age
    for column in (a["voice"] != b["voice"], a_minds["anchor"] != b_minds["anchor"], ages):
        assert column.mean() > 0.3
    # with the same people, what happens to them differs too
    twin = replace(world, place=other.place)
    one, two = Simulation(world).run(7), Simulation(twin, state=begin(world)).run(7)
    assert differing(columns("", one.state.problems.used), columns("", two.state.problems.used))


def test_pairing_works() -> None:
    """Notices draws that shift when a programme acts: pairing by the same people alone is not enough.

    Hotline complaints by compound over four weeks, less the compound's mean over eight replicates: of an arm with the
    baseline's draws, of the same arm and people with other draws, and of the arm in another replicate.
    """
    programmes = [rolled_out("grand_linkage", ramp_days=0)]
    counts: dict[str, list[np.ndarray]] = {"baseline": [], "paired": [], "other draws": []}
    for replicate in range(8):
        base = burned("putuo", 0.02, replicate)
        place = base.world.place.copy()
        place["stream"] += np.uint64(1)
        other = Simulation(replace(base.world, place=place), programmes, detail="week", state=base.state.copy())
        for name, sim in (("baseline", base.fork([])), ("paired", base.fork(programmes)), ("other draws", other)):
            counts[name].append(flow(by_compound(sim.run(28)), "complaints", "hotline"))
    without, paired, redrawn = (np.array(v, float) - np.mean(v, axis=0) for v in counts.values())
    assert without.std() > 2
    assert np.corrcoef(without.ravel(), paired.ravel())[0, 1] > 0.8
    assert abs(np.corrcoef(without.ravel(), np.roll(paired, 1, axis=0).ravel())[0, 1]) < 0.4  # 0, standard error 0.1
    assert np.var(paired - without) < 0.4 * np.var(redrawn - without)


def test_recorded_bits_hold_weeks() -> None:
    """Notices a comparison of runs that compares nothing."""
    sim = burned().fork([]).run(21)
    assert {"week 2 flows", "period 2 stocks", "memory 12"} <= recorded_bits(sim).keys()
    kept = {"people.busy", "minds.taste", "problems.case", "line", "desks.credit", "public"}
    assert kept <= state_bits(sim.state).keys()
