"""Victims, police time, investigation, devices: closed forms and what must be conserved."""

from __future__ import annotations

import math

import numpy as np
import pytest

from govsim.kernels import aftermath, equipment, police
from govsim.kernels.venues import close_venue
from govsim.processes.guardianship import Guardianship
from govsim.processes.offending import Offenders, scene_of
from govsim.processes.policing import POLICE_DESK, Policing, Traces
from govsim.programmes.levers import at_rest
from govsim.simulation import Simulation
from govsim.vocabulary import CRIMES, POLICE_WORK
from govsim.world.records import CRIME, VENUE
from govsim.world.state import State, begin
from govsim.world.world import World
from tests.small_world import little, near, today
from tests.test_crime import burglar, busy
from tests.worlds import by_compound, flow

CALLS, RESPONSE, INVESTIGATION, PATROL, VISITS, PAPERWORK = (POLICE_WORK.index(w) for w in (
    "calls", "response", "investigation", "patrol", "visits", "paperwork"))  # fmt: skip


def crime(kind: str = "burglary", rows: int = 1, **values: object) -> np.ndarray:
    """Completed crimes of day 400 by nobody of the pool."""
    out = np.zeros(rows, CRIME)
    out["day"], out["number"], out["kind"], out["completed"] = 400, np.arange(rows), CRIMES.index(kind), 1
    for name in ("offender_home", "offender_born", "offender_number", "cleared_on", "due"):
        out[name] = -1
    for name, value in values.items():
        out[name] = value
    return out


def a_day(world: World, state: State, used: float, crimes: np.ndarray, **levers: float) -> np.ndarray:
    """Minutes of the beats on a weekday of the week when their desks worked on `used` cases; nothing else is due."""
    process, moved = Policing(world.parameters), at_rest(world.parameters, len(world.place))
    for name, value in levers.items():
        moved[name] = value
    state.day = 400
    state.desks["used"][world.desks.first[POLICE_DESK] : world.desks.first[POLICE_DESK + 1]] = used
    state.crime.crimes.rows, state.crime.crimes.n = crimes, len(crimes)
    process.work(world, state, today(world, moved))
    return state.crime.police.copy()


# ---- time -----------------------------------------------------------------------------------------------------------


def test_minutes_add_up_and_calls_are_taken_from_patrol() -> None:
    """Would notice minutes made of nothing, calls without cost, or patrol that is not what is left."""
    world = little(compounds=3, residents=6000)
    state, p = begin(world), world.parameters
    reports = crime("ebike_theft", rows=2, reported=1, recorded=1, due=500)
    quiet, loud = a_day(world, state, 0.2, reports.copy()), a_day(world, state, 1.7, reports.copy(), policing_officers=1.0)
    budget = p["policing.officer_minutes"] * 7 / (5 + 2 * p["policing.weekend"])
    assert quiet.sum(1) == pytest.approx(budget)
    assert loud.sum(1) == pytest.approx(budget)
    more = loud - quiet
    assert more[:, CALLS] == pytest.approx(1.5 * p["policing.call_minutes"])
    assert more[:, PATROL] == pytest.approx(-(1 - p["policing.visit_share"]) * 1.5 * p["policing.call_minutes"])
    assert quiet[world.place["beat"][0], RESPONSE] == pytest.approx(2 * p["policing.response_minutes"][2])
    assert quiet[:, PAPERWORK] == pytest.approx(p["policing.paperwork_share"] * budget)
    swamped = a_day(world, state, 500.0, reports.copy())
    assert swamped.sum(1) == pytest.approx(budget)
    assert swamped[:, PATROL] == pytest.approx(0, abs=1e-9)
    doubled = a_day(world, state, 0.2, reports.copy(), policing_officers=2.0)
    assert doubled.sum(1) == pytest.approx(2 * budget)


def test_patrol_follows_residents_or_hot_spots_and_keeps_its_sum() -> None:
    """Would notice hot-spot patrol that adds minutes, or that takes them from another beat."""
    world = little(compounds=4, residents=9000)
    state = begin(world)
    state.crime.known[:] = [6.0, 0.0, 1.0, 0.5]
    a_day(world, state, 0.3, crime(rows=0))
    plain = state.crime.patrol.copy()
    a_day(world, state, 0.3, crime(rows=0), policing_hot_spot=2.0)
    hot = state.crime.patrol.copy()
    beat = world.place["beat"]
    assert np.bincount(beat, hot) == pytest.approx(np.bincount(beat, plain))
    assert np.bincount(beat, plain) == pytest.approx(state.crime.police[:, PATROL][: beat.max() + 1])
    for b in set(beat.tolist()):
        mine = beat == b
        people = world.place["residents"]
        assert plain[mine] / plain[mine].sum() == pytest.approx(people[mine] / people[mine].sum())
        weight = people + 2.0 * state.crime.known * 1000 / world.parameters["policing.hot_spot_scale"]
        assert hot[mine] / hot[mine].sum() == pytest.approx(weight[mine] / weight[mine].sum())


# ---- reporting and recording ----------------------------------------------------------------------------------------


def test_reporting_is_logistic_in_loss_trust_and_history() -> None:
    """Would notice a wrong sign, or a victim whose trust or past does not count."""
    world = little()
    state, p = begin(world), world.parameters
    rules, homes = Policing(p).victims, world.population.household_residents
    state.minds["trust_police"], state.minds["victim"] = 0.7, 0

    def log_odds(one: np.ndarray) -> float:
        x = aftermath.report_chance(one[0], homes, state.minds, 0.2, 0.0, rules)
        return math.log(x / (1 - x))

    usual = p["victims.report_level"][0] + p["victims.report_trust"] * (0.7 - p["victims.report_trust_reference"])
    assert log_odds(crime(loss=p["crime.loss_median"][0])) == pytest.approx(usual)
    assert log_odds(crime(loss=4 * p["crime.loss_median"][0])) == pytest.approx(usual + p["victims.report_loss"] * math.log(4))
    assert log_odds(crime(completed=0)) == pytest.approx(usual - p["victims.report_attempt"])
    state.minds["victim"] = 2
    assert log_odds(crime(completed=0)) == pytest.approx(usual - p["victims.report_attempt"] - p["victims.report_past"])
    shared = p["victims.report_level"][3] + p["victims.report_trust"] * (0.2 - p["victims.report_trust_reference"])
    assert log_odds(crime("vice", household=-1)) == pytest.approx(shared)


def tell(world: World, state: State, crimes: np.ndarray, feeling: bool = True) -> None:
    """Let crimes be told."""
    process = Policing(world.parameters, feeling=feeling)
    state.problems.room(len(crimes))
    Guardianship(world.parameters).look(world, state, today(world))
    traces = Traces(state.crime.felt, state.crime.known, state.crime.last_crime, state.crime.last_burglary)
    state.problems.n = aftermath.tell(
        400, crimes, 0, len(crimes), scene_of(world, state, today(world)), world.population.household_residents, state.minds,
        np.full(len(world.place), 0.5), process.crime_problem, state.problems.rows, state.problems.n, traces, state.flows,
        process.victims, process.police,
    )  # fmt: skip


def test_reported_recorded_and_left_behind_at_the_stated_shares() -> None:
    """Would notice recording that ignores reporting, or problems that come with every crime."""
    world = little(residents=900)
    state, p = begin(world), world.parameters
    state.minds["trust_police"] = 0.6
    homes = world.population
    rows = crime("ebike_theft", rows=3000, loss=900.0)
    rows["household"] = 4
    rows["building"] = np.searchsorted(homes.building_households, 4, side="right") - 1
    state.minds["victim"][homes.household_residents[4] : homes.household_residents[5]] = 1
    trust = float(np.float32(0.6))
    tell(world, state, rows, feeling=False)
    x = p["victims.report_level"][2] + p["victims.report_loss"] * math.log(0.5) - p["victims.report_past"]
    x += p["victims.report_trust"] * (trust - p["victims.report_trust_reference"])
    assert near(rows["reported"], 1 / (1 + math.exp(-x)), sd=0.5)
    assert near(rows["recorded"][rows["reported"] == 1], p["policing.recorded_share"][2], sd=0.5)
    assert (rows["due"][rows["recorded"] == 1] > 400).all()
    assert (rows["closed"] == 1 - rows["recorded"]).all()
    assert near(rows["due"][rows["recorded"] == 1], 401 + p["policing.investigation_delay"] - 0.5)
    assert state.problems.n == 1  # one a building, kind and day
    assert state.problems.rows["number"][0] >= 2048


def test_crime_is_felt_and_only_where_minds_may_move() -> None:
    """Would notice victims without fear, neighbours as afraid as victims, or minds that move with attitudes off."""
    world = little(residents=900)
    homes = world.population.household_residents
    moved = []
    for feeling in (False, True):
        state = begin(world)
        before, felt = state.minds.copy(), state.crime.felt[0]
        tell(world, state, crime(household=0, building=0, loss=3000.0), feeling)
        moved.append({name: state.minds[name].astype(float) - before[name] for name in before.dtype.names or ()})
        assert (state.minds["victim"][: homes[1]] == 1).all()
        assert not state.minds["victim"][homes[1] :].any()
        assert state.crime.felt[0] - felt == pytest.approx(1000 / world.place["residents"][0])
    assert not any(change.any() for name, change in moved[0].items() if name != "victim")
    inside = world.population.building_residents[1]
    fear = moved[1]["fear"]
    assert fear[: homes[1]].min() > fear[homes[1] : inside].max() > 0 == np.abs(fear[inside:]).max()
    for name in ("satisfaction", "belonging", "trust_police"):
        assert (moved[1][name][: homes[1]] < 0).all()
        assert not moved[1][name][homes[1] :].any()


# ---- investigation --------------------------------------------------------------------------------------------------


def test_cases_are_cleared_by_evidence_once_and_wait_for_time() -> None:
    """Would notice cases that are worked without time, twice, or not in order."""
    world = little(compounds=1, residents=2000, policing__officer_minutes=1000.0)
    state, p = begin(world), world.parameters
    due = crime("bicycle_theft", rows=400, reported=1, recorded=1, due=400, evidence=0.3)
    due["day"] = 399
    spent = a_day(world, state, 0.0, due)
    worked = (due["due"] != 400) | (due["closed"] == 1)
    least = p["policing.case_minutes"][1]
    assert 5 < worked.sum() < 400
    assert worked[: worked.sum()].all()
    assert spent[0, INVESTIGATION] == pytest.approx(worked.sum() * least)
    assert spent[0, PATROL] < least
    for _ in range(30):
        state.crime.police[:] = 0
        a_day(world, state, 0.0, due)
    assert ((due["due"] == -1) | (due["cleared"] == 1)).all()
    assert near(due["cleared"], 0.3, sd=0.46)
    assert due["closed"][due["cleared"] == 1].all()
    assert not due["closed"][due["cleared"] == 0].any()


def test_an_arrest_detains_warns_and_clears_earlier_crimes() -> None:
    """Would notice an arrest that has no effect, or one that clears what nobody recorded."""
    world = little(compounds=3, residents=4000, policing__earlier_cleared=0.999, policing__arrest_share=0.999)
    state = begin(world)
    state.crime.offenders.rows, state.crime.offenders.n = burglar(rows=3), 3
    rows = crime(rows=6, reported=1, recorded=1, compound=1, offender_home=0, offender_born=3, offender_number=1)
    rows["day"] = [350, 360, 370, 380, 390, 399]
    rows["recorded"][2] = rows["reported"][2] = 0
    rows["closed"][2], rows["offender_number"][3] = 1, 2
    rows["due"][5], rows["evidence"][5] = 400, 1.0
    a_day(world, state, 0.0, rows)
    assert rows["cleared"].tolist() == [1, 1, 0, 0, 1, 1]
    assert (state.crime.offenders.rows["away_until"] > 420).tolist() == [False, True, False]
    assert state.crime.caught.tolist() == [0, 1, 0]
    flows = state.flows
    assert flow(flows, "arrests", "burglar").tolist() == [0, 1, 0]
    assert flow(flows, "crimes_cleared").sum() == 4
    Policing(world.parameters).forget(world, state, today(world))
    alone = state.crime.alarm[1]
    assert alone == pytest.approx(1.0)
    assert state.crime.alarm.sum() == pytest.approx(1 + world.parameters["offenders.alarm_near"])


def test_rows_stay_a_day_after_they_are_closed() -> None:
    """Would notice a row that goes before an observer could see how it ended."""
    rows = crime(rows=4)
    rows["day"], rows["closed"], rows["due"] = [10, 20, 30, 390], [1, 1, 0, 1], [30, 399, -1, 391]
    n = aftermath.put_away(400, rows, 4, 365, 365.0)
    assert n == 3
    assert rows["day"][:3].tolist() == [20, 30, 390]
    assert rows["closed"][1] == 1
    assert rows["due"][1] == 400
    assert aftermath.put_away(407, rows, 3, 365, 365.0) == 1


def test_a_closed_venue_reopens_unless_its_rooms_are_converted() -> None:
    """Would notice a lever of conversion that nobody reads, or venues that survive their closing."""
    world = little()
    rules, levers = Policing(world.parameters).police, at_rest(world.parameters, 1)
    flows = begin(world).flows
    for share, stays in ((0.0, 1.0), (0.4, 0.6)):
        levers["crime_conversion"] = share
        who = burglar(rows=600)
        for o in who:
            venue = np.zeros(1, VENUE)
            venue["offender_born"], venue["offender_number"] = 3, o["number"]
            close_venue(crime("vice")[0], 400, venue, 1, o, world.place, levers, flows, rules)
            assert venue["closed"][0] == 1
        assert near(who["ends"] > 400, stays, sd=0.5)
    assert flow(flows, "venues_closed").sum() == 1200


# ---- devices --------------------------------------------------------------------------------------------------------


def test_devices_settle_where_mending_meets_wear() -> None:
    """Would notice devices that never break, are mended without money, or new ones that are born broken."""
    world = little(compounds=2, residents=900)
    state, p = begin(world), world.parameters
    security, levers = state.crime.security, at_rest(world.parameters, 2)
    rules = Guardianship(p).devices
    effort, money = np.array([0.5, 0.9]), np.array([0.8, 0.0])
    levers["crime_upkeep"] = [0.01, 0.0]
    for _ in range(3000):
        equipment.keep_up(security, effort, money, levers, rules)
    mend = p["crime.mends"] * 0.4 + 0.01
    assert security["cameras_work"][0] == pytest.approx(mend / (mend + p["crime.camera_breaks"]), rel=1e-6)
    assert security["access_works"][0] == pytest.approx(mend / (mend + p["crime.access_breaks"]), rel=1e-6)
    assert security["cameras_work"][1] < 1e-6
    had = security["cameras"][1]
    levers["crime_cameras"] = 0.95
    equipment.keep_up(security, effort, money, levers, rules)
    assert security["cameras"][1] == 0.95
    new = (0.95 - had) / 0.95
    assert security["cameras_work"][1] == pytest.approx(new * (1 - p["crime.camera_breaks"]), rel=1e-5)


def test_cues_move_with_what_stands_there() -> None:
    """Would notice a cue with the wrong sign, or one that does not reach what offenders see."""
    world = little(compounds=3, residents=3000)
    state = begin(world)
    process, now = Guardianship(world.parameters), today(world)
    process.look(world, state, now)
    before = state.crime.sight.copy()
    state.crime.security["cameras"][1] = state.crime.security["cameras_work"][1] = 1.0
    state.condition[2] -= 0.2
    process.look(world, state, now)
    after = state.crime.sight
    assert (after["pull"][1, :3] < before["pull"][1, :3]).all()
    assert (after["pull"][2, :3] > before["pull"][2, :3]).all()  # worse condition outweighs a neighbour's cameras
    assert (after["pull"][0, :3] < before["pull"][0, :3]).all()  # cues are blurred over neighbours
    assert (after["pull"][:, 3] == before["pull"][:, 3]).all()


def test_past_knowledge_of_offenders_rules_is_shared() -> None:
    """Would notice two meanings of one parameter in the two processes that read it."""
    p = little().parameters
    assert Offenders(p).rules.detention_mean == Policing(p).police.detention_mean == p["offenders.detention_mean"]
    assert police.PATROL == PATROL
    assert police.PAPERWORK == PAPERWORK


@pytest.mark.full
def test_police_time_of_a_run_is_the_budget() -> None:
    """Would notice minutes that are counted twice or lost on the way to the counters."""
    world = busy()
    sim = Simulation(world, detail="week").run(28)
    flows = by_compound(sim)
    beats = len(np.unique(world.place["beat"]))
    assert flow(flows, "police_minutes").sum() == pytest.approx(28 * beats * world.parameters["policing.officer_minutes"])
