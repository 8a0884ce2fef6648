"""The engine against its plain twin: the same rules written twice, with the same draws, must give the same counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from experiments.speed.plain_draws import KeyedDraws
from experiments.speed.plain_mesa import PlainModel
from govsim.observe.outcomes import CRIME_FLOWS, ECONOMY_FLOWS, FLOW_SLOT, FLOWS, N_FLOWS, SELF_RULE_FLOWS
from govsim.programmes.levers import at_rest
from govsim.randomness import stream
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import DESKS, KINDS, REACHES
from govsim.world.records import MIND
from govsim.world.state import begin
from govsim.world.world import World, build

WEEKS = 12
#: Counted by nobody here: money of programmes, and mechanisms 5 to 7, which are switched off.
LATER = {"cost"} | {o.name for o in (*ECONOMY_FLOWS, *SELF_RULE_FLOWS, *CRIME_FLOWS)} - {"volunteers_joined", "volunteers_left"}
COUNTERS = [(o.name, category) for o in FLOWS for category in o.categories]

#: Two districts, three towns, an estate with three residents' committees, and compounds of every kind.
COMPOUNDS = """\
id,x,y,type,district,town,firm,residents,dwellings,buildings,committees,renter_share,group_share,condition,quality
a,0,0,commodity,east,t1,f1,500,230,9,3,0.2,0.02,0.8,0.8
b,300,0,old_public,east,t1,f2,330,150,5,1,0.3,0.05,0.35,0.5
c,0,400,village,east,t2,f2,210,90,12,1,0.5,0.3,0.4,0.4
d,500,500,resettlement,west,t3,f1,290,120,2,1,0.3,0.1,0.6,0.6
e,900,100,open_block,west,t3,f3,170,80,30,1,0.4,0.1,0.5,0.55
"""

SCENARIO = """\
format = 1
name = { zh = "对照", en = "Twin" }
seed = 11
[time]
start = 2017-11-16
burn_in_years = 0.0
horizon_days = 91
[district]
compounds_file = "compounds.csv"
[mechanisms]
economy = false
self_government = false
crime = false
"""

#: Levers as programmes may move them, all at once and on every other compound.
MOVED = {
    "casework_premature_closing": 0.2, "casework_expired_closing": 0.5, "casework_dispatch_days": 3.0,
    "casework_right_first": 0.4, "casework_handover_days": 1.5, "casework_town_settles": 2.5, "casework_bounce": 0.6,
    "casework_hand_on": 0.9, "casework_callback_reopen": 0.9, "casework_work_spread": 0.9,
    "casework_department_fix": 0.95, "finding_grid_rate": 0.03, "finding_visits": 30.0, "platform_open": 0.7,
    "platform_ease": 2.5, "platform_answers": 0.8, "platform_promotion": 4.0, "committee_access": 0.7,
    "committee_skill": 0.9, "mediation_diversion": 0.8, "mediation_skill": 0.4, "accounts_openness": 0.35,
    "surroundings_works_pace": 0.002, "surroundings_rules_spread": 0.2, "surroundings_service_burden": 0.7,
    "surroundings_street_burden": 0.6, "surroundings_help": 0.02, "stocks_clear_structures": 3.0,
    "stocks_clear_group_flats": 2.0, "stocks_clear_premises": 4.0, "stocks_watch": 0.7, "gatherings_offered": 20.0,
    "casework_petition_settles": 0.4, "mediation_property": 0.6, "complaints_petition_pull": 0.7, "complaints_court_pull": 2.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    """1,500 residents with far more problems, anger and work than usual, so that every counter moves."""
    folder = tmp_path_factory.mktemp("twin")
    (folder / "compounds.csv").write_text(COMPOUNDS)
    (folder / "twin.toml").write_text(SCENARIO)
    loaded = load_scenario(folder / "twin.toml")
    p = loaded.parameters
    busy = {
        "problems.arrivals": 12 * p["problems.arrivals"],
        "complaints.base": 3 * p["complaints.base"],
        "complaints.petition": np.minimum(1.0, 20 * p["complaints.petition"]),
        "complaints.court": np.minimum(1.0, 40 * p["complaints.court"]),
        "complaints.police": np.minimum(1.0, 5 * p["complaints.police"]),
        "complaints.hotline_again_ill": 10 * p["complaints.hotline_again_ill"],
        "complaints.threshold_spread": 3.0,
        "casework.capacity": 6 * p["casework.capacity"],
        "casework.expires_after": 5.0,
        "casework.lapses_after": 6.0,
        "casework.lapse": 0.2,
        "casework.deadline": 9.0,
        "casework.handled_within": 6.0,
        "casework.weekend": np.maximum(0.2, p["casework.weekend"]),
        "finding.suggestion": 0.4,
        "platform.open": 1.0,
        "platform.answers": 0.5,
        "platform.adopt_alone": 0.05,
    }
    return build(dataclasses.replace(loaded, parameters=p.with_values(busy, "test")))


@pytest.fixture(scope="module")
def moved(world) -> np.ndarray:
    levers = at_rest(world.parameters, len(world.place))
    assert set(MOVED) <= set(levers.dtype.names or ())
    for name, value in MOVED.items():
        levers[name][::2] = value
    return levers


def booked(twin: PlainModel) -> np.ndarray:
    """The twin's counters by compound (n, N_FLOWS), set back."""
    out = np.array([[c.counted.get(counter, 0.0) for counter in COUNTERS] for c in twin.compounds])
    for compound in twin.compounds:
        compound.counted.clear()
    return out


def same_pools(sim: Simulation, twin: PlainModel) -> None:
    """Problems, files and complaints one by one, in the order in which they came about."""
    state, place = sim.state, sim.world.place
    there = state.problems.used[state.problems.used["gone"] == 0]
    local = there["building"] - place["building0"][there["compound"]]
    assert [
        (
            p.compound.row,
            KINDS.index(p.kind),
            p.born,
            p.entity & 4095,
            REACHES.index(p.reach),
            p.building.number,
            p.known,
            p.closings,
            p.file is not None,
        )
        for p in twin.problems
    ] == [
        (p["compound"], p["kind"], p["born"], p["number"], p["reach"], b, p["known"] > 0, p["closings"], p["case"] >= 0)
        for p, b in zip(there, local, strict=True)
    ]
    assert [p.severity for p in twin.problems] == there["severity"].tolist()
    desks = [desk for kind in DESKS for desk in twin.desks[kind]]
    rows = {desk: row for row, desk in enumerate(desks)}
    files = state.cases.used
    assert [
        (f.problem.compound.row, rows[f.desk], f.opened, f.arrives, f.hands, f.supervised, f.urgent, f.waiting)
        for f in twin.files
    ] == files[["compound", "desk", "opened", "arrives", "hands", "supervised", "priority", "waiting"]].tolist()
    line = state.line.used
    for row, desk in enumerate(desks):
        mine = line[files["desk"][line] == row]
        assert [twin.files.index(f) for f in desk.line] == mine.tolist(), desk.kind
    assert [desk.credit for desk in desks] == pytest.approx(state.desks["credit"].tolist(), rel=1e-9, abs=1e-12)
    assert [
        (place["resident0"][c.by.compound.row] + c.by.number, c.step, c.ill, c.used_hotline, c.file is not None)
        for c in twin.complaints
    ] == [(c["resident"], c["step"], c["state"], c["used_hotline"], c["case"] >= 0) for c in state.complaints.used]


def same_minds(sim: Simulation, twin: PlainModel) -> None:
    """What residents feel and believe, to the precision of 32 bits."""
    state = sim.state
    everybody = [resident for compound in twin.compounds for resident in compound.residents]
    for name in MIND.names or ():
        if name != "building":
            mine = [getattr(resident, name) for resident in everybody]
            np.testing.assert_allclose(mine, state.minds[name], rtol=3e-6, atol=1e-9, err_msg=name)
    np.testing.assert_allclose([r.belief for r in everybody], state.belief, rtol=3e-6, atol=1e-9)
    assert [r.on_platform for r in everybody] == state.people["on_platform"].astype(bool).tolist()
    assert [r.busy for r in everybody] == state.people["busy"].astype(bool).tolist()
    np.testing.assert_allclose(twin.public, state.public, rtol=1e-9)
    np.testing.assert_allclose([c.visible for c in twin.compounds], state.visible, rtol=1e-9)


@pytest.mark.parametrize(("threads", "programmes"), [(1, False), (2, True)], ids=["at_rest", "levers_moved"])
def test_engine_and_twin_agree_event_by_event(world, moved, threads, programmes):
    """Would notice any rule that the two state differently: one count of one compound in one of twelve weeks."""
    levers = moved if programmes else at_rest(world.parameters, len(world.place))
    sim, twin = Simulation(world, threads=threads, detail="week"), PlainModel(world, KeyedDraws(), levers)
    sim.arm.levers = levers
    total = np.zeros(N_FLOWS)
    for week in range(WEEKS):
        for _ in range(7):
            sim.step()
            twin.step()
        mine, engine = booked(twin), sim.recorder.places[week][1]
        wrong = ~np.isclose(mine, engine, rtol=1e-9, atol=0.0)
        assert not wrong.any(), [(week, c, COUNTERS[k], mine[c, k], engine[c, k]) for c, k in np.argwhere(wrong)]
        same_pools(sim, twin)
        total += engine.sum(0)
    same_minds(sim, twin)
    silent = {name for (name, _), n in zip(COUNTERS, total, strict=True) if n == 0.0} - LATER
    silent -= set() if programmes else {"stock_cleared", "helped"}  # nobody does it without a programme
    spoken = {name for (name, _), n in zip(COUNTERS, total, strict=True) if n > 0.0}
    assert silent <= spoken, f"nothing compared for {silent - spoken}"  # a rule that never acts is not tested


OUTCOMES = (
    "problems", "problems_unreported", "complaints", "first_complaints", "repeat_complaints", "petitions", "given_up",
    "cases_opened", "cases_joined", "cases_closed", "closing_days", "reopened", "hand_overs", "callbacks", "answered",
    "felt_solved", "mediations", "found", "visits", "platform_joined", "work",
)  # fmt: skip


@pytest.mark.full
def test_engine_and_twin_agree_in_distribution(world):
    """Would notice a key that is used twice, and so makes two chances one; the twin's are drawn one after the other."""
    replicates, weeks = 12, 6
    state, engine, plain = begin(world), np.zeros((replicates, N_FLOWS)), np.zeros((replicates, N_FLOWS))
    for r in range(replicates):
        place = world.place.copy()
        place["stream"] = [stream(5, r, i) for i in world.compounds.ids]
        sim = Simulation(dataclasses.replace(world, place=place), state=state.copy(), detail="week").run(7 * weeks)
        engine[r] = sum(flows.sum(0) for _, flows, _ in sim.recorder.places)
        twin = PlainModel(world, seed=r)
        for _ in range(7 * weeks):
            twin.step()
        plain[r] = booked(twin).sum(0)
    for outcome in (o for o in FLOWS if o.name in OUTCOMES):
        slots = slice(FLOW_SLOT[outcome.name], FLOW_SLOT[outcome.name] + len(outcome.categories))
        a, b = engine[:, slots], plain[:, slots]
        error = np.sqrt((a.var(0, ddof=1) + b.var(0, ddof=1)) / replicates)
        apart = np.abs(a.mean(0) - b.mean(0)) > 4.0 * np.maximum(error, 1.0 / replicates)
        assert not apart.any(), (outcome.name, a.mean(0), b.mean(0), error)
