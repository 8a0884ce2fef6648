"""Offenders: where they look, what they take up, what they remember; crime in whole worlds."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govsim import GovernanceModel
from govsim.kernels import offenders as kernel
from govsim.kernels import targets
from govsim.kernels.violence import presence_beyond_usual, quarrel
from govsim.processes.guardianship import Guardianship
from govsim.processes.offending import Offenders, Scene, scene_of
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import CRIMES, KINDS, TRADES
from govsim.world.records import BUILDING, COMPOUND, CRIME, OFFENDER
from govsim.world.state import State, begin
from govsim.world.world import World, build
from tests.small_world import add_problem, little, near, today
from tests.worlds import by_compound, differing, flow, programme, run_bits

DAYS = 3000
LEVERS = (
    ("crime.cameras", "at_least", 0.9),
    ("crime.access", "at_least", 0.8),
    ("crime.posts", "add", 400.0),
    ("crime.watch", "add", 0.2),
)


def burglar(rows: int = 1, home: int = 0, rate: float = 0.4) -> np.ndarray:
    """Burglars at large who remember nothing, for the days from 400 on."""
    out = np.zeros(rows, OFFENDER)
    out["home"], out["born"], out["number"], out["ends"], out["partner"] = home, 3, np.arange(rows), 10**6, -1
    out["rate"], out["hope"] = rate, 0.26
    for name in ("success_compound", "success_building", "success_home", "success_day", "failure_compound", "failure_day"):
        out[name] = -1
    return out


def scene(world: World, state: State) -> Scene:
    """A day in that world, with cues as on a first day of the week."""
    now = today(world)
    Guardianship(world.parameters).look(world, state, now)
    return scene_of(world, state, now)


# ---- where they look ------------------------------------------------------------------------------------------------


def test_searches_follow_homes_and_distance() -> None:
    """Would notice a table with another decay, without homes, or rows of the wrong home compound."""
    world = little(compounds=5, residents=3000, offenders__search_scale=0.4)
    p, rules, o = world.parameters, Offenders(world.parameters).rules, burglar(home=2)[0]
    found = [kernel.candidate(o, world.place[2]["stream"], d, 0, 0.0, world.awareness, rules) for d in range(DAYS)]
    assert {m for _, m in found} == {-1}
    c = world.compounds
    km = np.hypot(c.x - c.x[2], c.y - c.y[2]) / 1000
    weight = world.place["households"] * np.exp(-np.maximum(km, p["offenders.search_least"]) / 0.4)
    for i in range(5):
        assert near([j == i for j, _ in found], weight[i] / weight.sum(), sd=0.5)


@pytest.mark.parametrize("age", [1, 12, 60])
def test_returns_follow_a_power_law_of_forgetting(age: int) -> None:
    """Would notice another law, a success that never pulls, or a return that goes somewhere else."""
    world = little(compounds=4, residents=2400)
    rules, o = Offenders(world.parameters).rules, burglar()[0]
    p = world.parameters
    back = []
    for d in range(400, 400 + DAYS):
        o["success_compound"][5], o["success_building"][5], o["success_day"][5] = 3, world.place["building0"][3], d - age
        back.append(kernel.candidate(o, world.place[0]["stream"], d, 0, kernel.memory_total(o, d, rules), world.awareness, rules))
    weight = p["offenders.memory_pull"] * (1 + age / p["offenders.forgetting"]) ** -p["offenders.forgetting_power"]
    returns = [c for c, m in back if m == 5]
    assert near([m == 5 for _, m in back], weight / (1 + weight), sd=0.5)
    assert near([c == 3 for c in returns], p["offenders.same_compound"], sd=0.4)
    assert len(returns) + sum(m == -1 for _, m in back) == DAYS


@pytest.mark.parametrize("memory", [-1, 2])
def test_buildings_are_chosen_by_weight_and_nearness(memory: int) -> None:
    """Would notice a race that is not multinomial, or a return that forgets where it was."""
    world = little(compounds=1, residents=1500)
    state, rules, o = begin(world), Offenders(world.parameters).rules, burglar()[0]
    ground, known = world.awareness, 1
    o["success_building"][2], o["success_compound"][2] = known, 0
    view = scene(world, state)
    chosen = [targets.choose_building(o, world.place[0]["stream"], d, 0, memory, view, rules) for d in range(DAYS)]
    weight = ground.building_weight.copy()
    if memory >= 0:
        metres = np.hypot(ground.x - ground.x[known], ground.y - ground.y[known])
        p = world.parameters
        a = p["offenders.estate_share"]
        weight *= (1 - a) * np.exp(-metres / p["offenders.entrance_scale"]) + a * np.exp(-metres / p["offenders.estate_scale"])
    assert np.unique(ground.x).size * np.unique(ground.y).size >= len(ground.x) > 3
    for b in range(len(weight)):
        assert near([x == b for x in chosen], weight[b] / weight.sum(), sd=0.5)


def test_back_at_the_entrance_he_goes_for_the_home_he_knows() -> None:
    """Would notice repeat victims that come only by chance, or a known home that is sought in another building."""
    world = little(compounds=1, residents=1500)
    state, rules, o = begin(world), Offenders(world.parameters).rules, burglar()[0]
    h0, h1 = world.population.building_households[1:3]
    o["success_building"][0], o["success_home"][0] = 1, h0 + 2
    view = scene(world, state)

    def homes(building: int) -> list[int]:
        return [targets.choose_home(o, world.place[0]["stream"], d, 0, building, 0, view, rules) for d in range(1500)]

    again = np.mean([h == h0 + 2 for h in homes(1)])
    least = world.parameters["offenders.same_home"]
    assert least - 0.03 < again <= 1.0
    assert again < 0.999
    assert h0 + 2 not in homes(2)
    assert all(h0 <= h < h1 for h in homes(1))


# ---- what they take up ----------------------------------------------------------------------------------------------


def test_acceptance_equals_its_plain_twin() -> None:
    """Would notice a dropped or doubled factor of what an offender weighs: reward, presence, guards, alarm, own failures."""
    world = little(compounds=3, residents=2000)
    state, p = begin(world), world.parameters
    state.crime.alarm[:] = [0.3, 1.4, 0.0]
    state.crime.patrol[:] = [20.0, 55.0, 90.0]
    view, rules = scene(world, state), Offenders(p).rules
    view.levers["crime_posts"] = 70.0
    o, day = burglar()[0], 500
    o["failure_compound"][3], o["failure_day"][3] = 1, day - 30
    for trade in range(3):
        o["trade"] = trade
        for c in range(3):
            seen = state.crime.sight[c]
            met = (
                p["crime.guard_encounters"] * seen["guards"]
                + p["crime.neighbour_encounters"] * seen["home"][0] / p["crime.home_reference"] * seen["control"]
                + p["crime.watch_encounters"] * seen["watch"]
                + p["crime.patrol_encounters"] * state.crime.patrol[c]
                + p["crime.post_encounters"] * 70.0
            )
            far = math.dist((world.compounds.x[1], world.compounds.y[1]), (world.compounds.x[c], world.compounds.y[c]))
            near_by = 1.0 if c == 1 else (p["offenders.failure_near"] if far <= p["offenders.failure_reach"] else 0.0)
            bad = near_by * math.exp(-30 / p["offenders.failure_memory"])
            x = seen["pull"][trade] - p["crime.home_effect"][trade] * (seen["home"][0] - p["crime.home_reference"])
            wanted = 1 / (1 + math.exp(-x)) * math.exp(-p["crime.exposure"][trade] * met)
            wanted *= math.exp(-p["offenders.alarm_effect"] * state.crime.alarm[c] - p["offenders.failure_effect"] * bad)
            assert targets.acceptance(o, c, day, view, rules) == pytest.approx(wanted, rel=1e-9)


def test_without_memory_and_second_looks_crime_is_thinned() -> None:
    """Would notice trips that are not thinned by acceptance alone: counts must be Poisson-like with the mean of the product."""
    world = little(
        compounds=1, residents=1500, offenders__memory_pull=0.0, offenders__look_again=0.0, offenders__hope_power=0.0,
        offenders__give_up=0.0, offenders__failure_effect=0.0, offenders__active_share=0.999, crime__caught_share=0.0,
        crime__access_block=0.0,
    )  # fmt: skip
    state, rules = begin(world), Offenders(world.parameters).rules
    view, people, n = scene(world, state), burglar(rows=60, rate=0.3), 0
    crimes, caught = np.zeros(60 * 300, CRIME), np.zeros(1)
    expected = 60 * 0.3 * 0.9 * targets.acceptance(people[0], 0, 400, view, rules)
    daily = []
    for day in range(400, 700):
        before, n = n, targets.rob(day, 0.9, people, 60, view, crimes, n, state.flows, caught, rules)
        daily.append(n - before)
    assert near(daily, expected)
    assert 0.75 < np.var(daily) / np.mean(daily) < 1.25
    done = crimes[:n]["completed"].mean()
    stopped = 1 - math.exp(-world.parameters["crime.interrupt"] * targets.encounters(0, view, rules))
    assert near(crimes[:n]["completed"], (1 - stopped) * world.parameters["crime.completed_share"][0])
    assert 0 < done < 1
    assert caught.sum() == 0


def test_hope_falls_with_empty_days_and_rises_with_success() -> None:
    """Would notice blocked offenders who go on as before, or who all give up at once."""
    world = little(compounds=1, residents=500, offenders__give_up=0.3)
    rules, people = Offenders(world.parameters).rules, burglar(rows=400)
    key = world.place[0]["stream"]
    for o in people:
        for day in range(400, 415):
            kernel.come_home_empty(o, key, day, rules)
    thieves, gone = people["trade"] == TRADES.index("thief"), people["ends"] < 10**6
    assert (people["hope"] < 0.26 * 0.9**14)[~thieves].all()
    assert not (thieves & gone).all()
    assert 0.05 < thieves.mean() < 0.95
    assert 0.05 < gone.mean() < 0.95
    o = burglar()[0]
    kernel.remember_success(o, 0, 1, 2, 400, rules)
    assert o["hope"] == pytest.approx(0.26 + (1 - 0.26) / world.parameters["offenders.hope_weight"])


def test_detention_has_the_stated_mean() -> None:
    """Would notice a detention without its shortest part, or one draw for all."""
    world = little()
    rules, people = Offenders(world.parameters).rules, burglar(rows=4000)
    for o in people:
        kernel.arrest(o, world.place[0]["stream"], 400, rules)
    held = people["away_until"] - 400
    assert near(held, world.parameters["offenders.detention_least"] + world.parameters["offenders.detention_mean"] + 0.5)
    assert held.min() > world.parameters["offenders.detention_least"]


# ---- careers --------------------------------------------------------------------------------------------------------


def test_the_pool_is_steady_and_offenders_leave_only_when_their_career_is_over() -> None:
    """Would notice offenders that get lost, an inflow that does not match the pool, or a start without the detained."""
    world = little(compounds=4, residents=30000, offenders__pool=300.0, offenders__career_mean=150.0)
    state, process, p = begin(world), Offenders(world.parameters), world.parameters
    pool = state.crime.offenders
    renter = world.compounds.renter_share - p["offenders.renter_reference"]
    expected = 4 * 300 / 1e5 * (world.place["residents"] * np.exp(p["offenders.pool_renters"] * renter)).sum()
    assert abs(pool.n - expected) < 4 * math.sqrt(expected)
    assert near(pool.used["away_until"] > 0, float(p["offenders.held_at_start"].mean()), sd=0.5)
    counts = []
    for state.day in range(400):
        before = {(o["home"], o["born"], o["number"]): o["ends"] for o in pool.used}
        process.enter(world, state, today(world))
        after = {(o["home"], o["born"], o["number"]) for o in pool.used}
        assert len(after) == pool.n
        assert all(ends < state.day for who, ends in before.items() if who not in after)
        partners = pool.used["partner"]
        paired = np.flatnonzero(partners >= 0)
        assert np.array_equal(pool.used["home"][partners[paired]], pool.used["home"][paired])
        counts.append(pool.n)
    assert abs(np.mean(counts[200:]) - expected) < 4 * math.sqrt(expected)


# ---- whole worlds ---------------------------------------------------------------------------------------------------

MUCH = {"offenders.pool": 900.0, "crime.violence": 3e-4}


def busy(compounds: int = 12, residents: int = 9600, off: tuple[str, ...] = (), **more: Any) -> World:
    """A world with many offenders for its size."""
    size = {"district.compounds.value": compounds, "district.residents.value": residents, "district.area_km2.value": 12.0}
    loaded = load_scenario("classroom", changes=size | {"time.burn_in_years": 0.0} | {f"mechanisms.{m}": False for m in off})
    p = loaded.parameters
    new = {name: np.full(np.shape(p[name]), v) if np.ndim(p[name]) else v for name, v in (MUCH | more).items()}
    return build(dataclasses.replace(loaded, parameters=p.with_values(new, "test")), seed=9)


def events(sim: Simulation) -> set[tuple[Any, ...]]:
    """Crimes of a run that its pool still holds, by what happened where and by whom."""
    names = ["day", "compound", "kind", "household", "completed", "offender_home", "offender_born", "offender_number"]
    return {tuple(row) for row in sim.state.crime.crimes.used[names].tolist()}


@pytest.fixture(scope="module")
def ran() -> Simulation:
    return Simulation(busy(), detail="week").run(182)


def test_every_crime_is_in_one_place_of_the_books(ran: Simulation) -> None:
    """Would notice a crime that is counted twice or not at all, or cleared without having been recorded."""
    flows, rows = by_compound(ran), ran.state.crime.crimes.used
    for k, kind in enumerate(CRIMES):
        mine = rows[rows["kind"] == k]
        assert flow(flows, "crimes", kind).sum() == mine["completed"].sum()
        assert flow(flows, "crime_attempts", kind).sum() == (mine["completed"] == 0).sum()
        for name in ("reported", "recorded", "cleared"):
            assert flow(flows, f"crimes_{name}", kind).sum() == mine[name].sum()
        assert len(mine) > 0
    assert (rows["cleared"] <= rows["recorded"]).all()
    assert (rows["recorded"] <= rows["reported"]).all()
    assert (rows["closed"] >= rows["cleared"]).all()
    assert (rows["closed"] >= 1 - rows["recorded"]).all()
    assert np.array_equal(rows["cleared"] == 1, rows["cleared_on"] >= 0)
    assert (np.diff(rows["day"]) >= 0).all()
    names = np.unique(rows[["day", "compound", "kind", "number"]])
    assert len(names) == len(rows)
    assert flow(flows, "losses").sum() == pytest.approx(rows["loss"].sum(dtype=float), rel=1e-6)


def test_repeats_are_counted_as_they_happened(ran: Simulation) -> None:
    """Would notice near repeats of the same home, or repeats without an end."""
    rows = ran.state.crime.crimes.used
    mine = rows[(rows["kind"] == 0) & (rows["completed"] == 1)]
    again = near_by = 0
    for i, one in enumerate(mine):
        earlier = mine[:i]
        again += bool((earlier["household"] == one["household"]).any())
        recent = earlier[(one["day"] - earlier["day"] <= 14) & (earlier["household"] != one["household"])]
        near_by += bool((np.hypot(recent["x"] - one["x"], recent["y"] - one["y"]) <= 200).any())
    flows = by_compound(ran)
    assert flow(flows, "repeat_victims").sum() == again > 0
    assert flow(flows, "near_repeats").sum() == near_by > 0
    victims = ran.state.minds["victim"][ran.world.population.household_residents[mine["household"]]]
    assert (victims > 0).all()


def test_switched_off_there_is_no_crime() -> None:
    """Would notice a step of crime that runs although the mechanism is off."""
    sim = Simulation(busy(off=("crime",)), detail="week").run(28)
    flows = by_compound(sim)
    assert sim.state.crime.crimes.n == 0
    assert not any(flow(flows, name).any() for name in ("crimes", "crime_attempts", "arrests", "police_minutes"))


def test_violence_comes_out_of_disputes_only() -> None:
    """Would notice violence at a rate of its own."""
    quiet = Simulation(busy(off=("problems", "complaints", "casework")), detail="week").run(56)
    assert flow(by_compound(quiet), "crimes", "violence").sum() == 0
    assert flow(by_compound(quiet), "crimes", "burglary").sum() > 0


@pytest.mark.parametrize("without", [{"coverage": 0.0}, {"intensity": 0.0}], ids=["coverage", "intensity"])
def test_levers_of_crime_at_zero_strength_change_nothing(without: dict[str, Any]) -> None:
    """Would notice a lever that is rounded, or one that acts by being named."""
    world = busy()
    arm = Simulation(world, [programme(*LEVERS, **without)], {}, detail="week").run(42)
    assert differing(run_bits(arm), run_bits(Simulation(world, (), {}, detail="week").run(42))) == []


def test_treating_one_compound_leaves_most_events_elsewhere() -> None:
    """Would notice draws that shift when somebody else is stopped: pairs of runs would be worthless."""
    world = busy(off=("problems", "complaints", "casework", "attitudes"))
    treated = programme(*LEVERS, target={"compounds": (world.compounds.ids[4],)})
    a, b = (events(Simulation(world, arm, {}).run(84)) for arm in ((), (treated,)))
    here = {e for e in a | b if e[1] == 4}
    elsewhere_a, elsewhere_b = a - here, b - here
    assert len(elsewhere_a & elsewhere_b) > 0.85 * len(elsewhere_a | elsewhere_b)
    assert len(b & here) < len(a & here)


HEADER = "id,x,y,type,residents,district,town,committee,firm,beat,grid"
HERE = [
    "linden,0,0,commodity,1900,centre,east,c1,f1,b1,g1", "maple,300,100,old_public,1700,centre,east,c1,f2,b1,g1",
    "osmanthus,700,150,open_block,1500,centre,east,c2,f1,b2,g2", "pear,1500,900,resettlement,1800,centre,west,c3,f2,b3,g3",
]  # fmt: skip
FAR = "zelkova,900000,900000,commodity,1500,far,away,c9,f9,b9,g9"
SCENARIO = """
format = 1
name = { zh = "试", en = "Trial" }
seed = 11
[time]
start = 2018-03-01
burn_in_years = 0.0
horizon_days = 91
[district]
compounds_file = "compounds.csv"
map_seed = 3
[parameters.offenders.pool]
value = { burglar = 500.0, thief = 500.0, vice_operator = 200.0, swindler = 200.0 }
assumed = "many, for a test"
range = [0.5, 2.0]
"""


def test_an_isolated_compound_changes_no_crime_elsewhere(tmp_path: Path) -> None:
    """Would notice weights or chances that are normalised over all compounds."""
    seen = []
    for name, rows in (("alone", HERE), ("more", [FAR, *HERE])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "compounds.csv").write_text("\n".join([HEADER, *rows]), "utf-8")
        (folder / "trial.toml").write_text(SCENARIO, "utf-8")
        sim = Simulation(build(load_scenario(folder / "trial.toml"))).run(84)
        ids, first = sim.world.compounds.ids, sim.world.place["household0"]
        rows_there = [r for r in sim.state.crime.crimes.used if ids[r["compound"]] != "zelkova"]
        seen.append(
            [
                (
                    int(r["day"]), ids[r["compound"]], int(r["kind"]), int(r["number"]), int(r["completed"]), int(r["reported"]),
                    int(r["recorded"]), int(r["cleared_on"]),
                    int(r["household"]) - int(first[r["compound"]]) * (r["household"] >= 0), round(float(r["loss"]), 2),
                )
                for r in rows_there
            ]
        )  # fmt: skip
    assert seen[0] == seen[1]
    assert len(seen[0]) > 50


def test_offenders_show_themselves_as_agents() -> None:
    """Would notice views that do not follow the day, lose their person, or cannot be selected."""
    model = GovernanceModel("classroom", burn_in=False)
    everybody = model.offenders()
    assert len(everybody) == model.state.crime.offenders.n > 3
    who = next(iter(everybody))
    assert who in model.offenders(who.trade)
    assert who.rate > 0
    assert 0 < who.hope < 1
    assert who.compound == model.world.compounds.ids[who.home]
    model.state.crime.offenders.rows["away_until"][0] = 10**6
    assert not next(iter(model.offenders())).is_free
    assert len(model.offenders().select(lambda o: not o.is_free)) >= 1
    model.release()


def test_presence_beyond_the_usual_calms_disputes_on_common_ground_only() -> None:
    """Would notice a calm indoors or with the usual patrol, posts that do nothing, or patrol that calms another compound."""
    world = little(compounds=4, residents=9000, crime__presence_calms=0.004)
    place, rules = world.place, Offenders(world.parameters).rules
    levers, minutes, beyond = today(world).levers, np.zeros((len(world.institutions.beats), 6)), np.zeros(4)
    minutes[:, 3] = 130.0
    people = np.bincount(place["beat"], place["residents"], len(minutes))
    usual = 130.0 * place["residents"] / people[place["beat"]]
    presence_beyond_usual(place, usual, minutes, levers, 1.0, 200.0, beyond)
    assert beyond.tolist() == [0.0] * 4
    levers["policing_officers"] = 1.25
    presence_beyond_usual(place, usual, minutes, levers, 1.0, 200.0, beyond)
    assert beyond == pytest.approx(50.0 * place["residents"] / people[place["beat"]])
    levers["policing_officers"] = 1.0
    levers["crime_posts"] = [240.0, 0.0, 0.0, 0.0]
    patrol = usual + np.array([10.0, -20.0, 0.0, 7.0])
    presence_beyond_usual(place, patrol, minutes, levers, 1.0, 200.0, beyond)
    assert beyond == pytest.approx([250.0, -20.0, 0.0, 7.0])
    state, hazard, each = begin(world), np.full(13, 0.3), 3000
    for number in range(12 * each // 4):
        kind = KINDS[number // 4000]
        for compound in (0, 1):
            add_problem(state, kind, number=number % 4000, compound=compound, reach=(COMPOUND, BUILDING)[number % 2],
                        building=place["building0"][compound])  # fmt: skip
    state.crime.crimes.room(state.problems.n)
    first = int(place["building0"][0]), int(place["building0"][1])
    n = quarrel(
        400, state.problems.rows, state.problems.n, hazard, place, world.population.building_households, world.awareness,
        beyond, state.crime.crimes.rows, 0, rules,
    )  # fmt: skip
    assert first[0] != first[1]
    assert n > 0
    turned = state.crime.crimes.rows["compound"][:n]
    indoors = 12 * each // 8
    for compound in (0, 1):
        chance = 0.3 * np.array([1.0, np.exp(-0.004 * beyond[compound])])
        error = np.sqrt(indoors * (chance * (1 - chance)).sum())
        assert (turned == compound).sum() == pytest.approx(indoors * chance.sum(), abs=4 * error)
