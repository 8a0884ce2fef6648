"""The engine against its plain twin: the same rules written twice, with the same draws, must give the same counts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.speed.plain_draws import KeyedDraws
from experiments.speed.plain_mesa import PlainModel
from govsim.observe.outcomes import CRIME_FLOWS, ECONOMY_FLOWS, FLOW_SLOT, FLOWS, N_FLOWS, SELF_RULE_FLOWS
from govsim.programmes.levers import at_rest
from govsim.randomness import stream
from govsim.scenario.load import Loaded, load_scenario
from govsim.scenario.parameters import Parameters
from govsim.simulation import Simulation
from govsim.world.state import begin
from govsim.world.world import World, build
from tests.twin_comparison import (
    COUNTERS,
    booked,
    same_committees,
    same_crimes,
    same_firms,
    same_minds,
    same_offenders,
    same_pools,
)  # fmt: skip

WEEKS = 12
LONG = 46  # weeks that hold ten ends of months and four of quarters
#: Counters of property firms, committees, offenders and police: one of the worlds does without. Left out is what cannot be:
#: a committee that ceases to work by working, an attempt at being open.
OF_THE_WHOLE = {(o.name, category) for o in (*ECONOMY_FLOWS, *SELF_RULE_FLOWS, *CRIME_FLOWS) for category in o.categories} - {
    ("committees_fallen", "working"), ("crime_attempts", "vice"), ("volunteers_joined", "all"), ("volunteers_left", "all"),
}  # fmt: skip
BY_PROGRAMMES = {("money", "award")}  # nobody pays it otherwise

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

#: A small place with property firms that have it hard, with committees and much crime: all happens within 46 weeks.
SMALL_PLACE = """\
id,x,y,type,district,town,firm,residents,dwellings,buildings,committees,renter_share,group_share,condition,quality,oversight,fund
a,0,0,commodity,east,t1,f1,160,75,5,2,0.2,0.02,0.8,0.8,0.75,0.2
b,300,0,old_public,east,t1,f2,120,55,4,1,0.3,0.05,0.35,0.5,0.3,0.5
c,0,400,village,east,t1,f2,90,40,6,1,0.4,0.2,0.4,0.4,0.12,0.1
d,500,500,resettlement,west,t2,f1,110,50,2,1,0.3,0.1,0.6,0.6,0.3,0.7
e,900,100,commodity,west,t2,f3,100,45,4,1,0.3,0.1,0.5,0.35,0.75,0.2
f,900,400,commodity,west,t2,f2,80,36,3,1,0.3,0.1,0.9,0.7,0.3,0.4
"""

#: Levers as programmes may move them, all at once and on every other compound.
MOVED = {
    "casework_premature_closing": 0.2, "casework_expired_closing": 0.5, "casework_dispatch_days": 3.0,
    "casework_right_first": 0.4, "casework_handover_days": 1.5, "casework_town_settles": 2.5, "casework_bounce": 0.6,
    "casework_hand_on": 0.9, "casework_callback_reopen": 0.9, "casework_work_spread": 0.9,
    "casework_department_fix": 0.95, "finding_grid_rate": 0.03, "finding_visits": 30.0, "platform_open": 0.7,
    "platform_ease": 2.5, "platform_answers": 0.8, "platform_promotion": 4.0, "committee_access": 0.7,
    "committee_skill": 0.9, "mediation_diversion": 0.8, "mediation_skill": 0.4, "accounts_openness": 0.35,
    "policing_group_traced": 0.3, "policing_covers_closed": 0.5, "finding_cameras": 0.05, "self_government_classes": 9.0,
    "surroundings_works_pace": 0.002, "surroundings_rules_spread": 0.2, "surroundings_service_burden": 0.7,
    "surroundings_street_burden": 0.6, "surroundings_help": 0.02, "stocks_clear_structures": 3.0,
    "stocks_clear_group_flats": 2.0, "stocks_clear_premises": 4.0, "stocks_watch": 0.7, "gatherings_offered": 20.0,
    "casework_petition_settles": 0.4, "mediation_property": 0.6, "complaints_petition_pull": 0.7, "complaints_court_pull": 2.5,
    "surroundings_tidy": 0.4, "economy_reminders": 0.7, "economy_tilt": 0.8, "economy_skill": 1.1, "economy_award": 0.6,
    "economy_subsidy": 3.0, "economy_bid_reputation": 4.0, "self_government_push": 0.6, "self_government_veto": 0.5,
    "self_government_leader": 0.1, "self_government_staff_retention": 0.4, "self_government_cross": 0.3,
    "self_government_vetting": 0.1, "self_government_books": 0.5, "self_government_mobilise": 0.7,
    "self_government_fund_drive": 0.15, "crime_cameras": 0.7, "crime_access": 0.5, "crime_upkeep": 0.1, "crime_posts": 300.0,
    "crime_watch": 0.3, "crime_sheds": 0.6, "crime_advice": 0.8, "crime_conversion": 0.6, "crime_violence_reporting": 0.8,
    "crime_violence_settled": 0.5, "policing_officers": 1.4, "policing_hot_spot": 0.7, "policing_information": 0.5,
    "policing_partner_named": 0.9, "casework_petition_authority": 0.6, "casework_repair_price": 0.8, "casework_backlog": 0.2,
    "mediation_contact": 0.6, "mediation_fees": 0.3, "mediation_conflict": 0.4, "mediation_window": 0.1,
    "self_government_agreement": 0.6, "economy_merged": 5.0, "assessment_held": 1.0,
}  # fmt: skip


def loaded_from(folder: Path, compounds: str, scenario: str) -> Loaded:
    """A scenario of these texts."""
    (folder / "compounds.csv").write_text(compounds)
    (folder / "twin.toml").write_text(scenario)
    return load_scenario(folder / "twin.toml")


def busy(p: Parameters) -> dict[str, Any]:
    """Far more problems, anger and work than usual, so that every counter moves."""
    return {
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
        "casework.grievance_closings": 1,
        "casework.grievance_days": 12,
        "mediation.labour_share": 0.4,
        "casework.deadline": 9.0,
        "casework.handled_within": 6.0,
        "casework.weekend": np.maximum(0.2, p["casework.weekend"]),
        "finding.suggestion": 0.4,
        "platform.open": 1.0,
        "platform.answers": 0.5,
        "platform.adopt_alone": 0.05,
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    """1,500 residents and mechanisms 1 to 4."""
    loaded = loaded_from(tmp_path_factory.mktemp("twin"), COMPOUNDS, SCENARIO)
    return build(dataclasses.replace(loaded, parameters=loaded.parameters.with_values(busy(loaded.parameters), "test")))


@pytest.fixture(scope="module")
def whole_world(tmp_path_factory) -> World:
    """Few residents, all mechanisms; firms, committees and offenders whose fortunes change fast."""
    scenario = SCENARIO.replace("= false", "= true")
    loaded = loaded_from(tmp_path_factory.mktemp("firms"), SMALL_PLACE, scenario.replace("= 91", "= 322"))
    p = loaded.parameters
    hasty = {
        "economy.cost_shock": 0.05, "economy.reminders": 0.4, "economy.sue_after": 3.0, "economy.sue": 0.2,
        "economy.limit_months": 4.0, "economy.ahead": 0.1, "economy.leave_below": 0.9, "economy.leave": 0.35,
        "assessment.months": 3, "assessment.red_below": 0.6,
        "economy.gap_left": 25.0, "economy.gap_dismissed": 20.0, "economy.bid_least": 0.2,
        "casework.repair_cost": 9.0 * p["casework.repair_cost"], "casework.large_repair": 0.7,
        "self_government.leader_leaves": 0.3, "self_government.fall_inactive": 0.2, "self_government.fall_captured": 0.5,
        "self_government.attempt": 0.15, "self_government.firm_vote": 0.6, "self_government.fund_vote": 0.8,
        "self_government.term_years": 1.0, "self_government.dissolve": 0.9, "self_government.quorum": 0.3,
        "self_government.turnout_level": 0.5, "self_government.yes_fund": 1.5,
        "self_government.yes_firm_reference": 0.8, "self_government.conflict_bad": 0.9,
        "self_government.yes_election": -0.75, "self_government.integrity_mean": 0.4,
    }  # fmt: skip
    unsafe = {
        "offenders.pool": np.full(4, 1000.0), "offenders.career_mean": 120.0, "offenders.partner_share": 0.8,
        "offenders.active_share": 0.9, "offenders.give_up": 0.5, "offenders.hope_enough": 1.0,
        "offenders.detention_mean": 15.0, "offenders.detention_least": 3.0, "offenders.failure_effect": 0.2,
        "offenders.organised": np.array([0.3, 0.4, 0.8, 0.6]), "offenders.group_reach": 600.0,
        "offenders.rate_mean": 2.9 * p["offenders.rate_mean"], "offenders.memory_pull": 15.0,
        "offenders.forgetting": 60.0, "offenders.home_spread": 4.0, "offenders.entrance_scale": 10.0,
        "crime.level": p["crime.level"] + 2.0, "crime.violence": np.minimum(0.05, 300.0 * p["crime.violence"]),
        "crime.credulity": 0.4, "crime.caught_share": np.maximum(0.3, p["crime.caught_share"]), "crime.interrupt": 1.5,
        "policing.clear_base": 6.0 * p["policing.clear_base"], "policing.investigation_delay": 4.0, "policing.lapse": 20.0,
        "policing.statute": 90.0, "policing.officer_minutes": 900.0, "policing.call_minutes": 10.0,
        "victims.repeat_days": 365.0, "victims.problem_chance": np.minimum(0.9, 10.0 * p["victims.problem_chance"]),
        "victims.fear_neighbour": 0.01,
    }  # fmt: skip
    return build(dataclasses.replace(loaded, parameters=p.with_values(busy(p) | hasty | unsafe, "test")))


def moved(world: World) -> np.ndarray:
    """Levers of programmes at every other compound."""
    levers = at_rest(world.parameters, len(world.place))
    assert set(MOVED) <= set(levers.dtype.names or ())
    for name, value in MOVED.items():
        levers[name][::2] = value
    return levers


CASES = [("world", 1, False), ("world", 2, True), ("whole_world", 1, False), ("whole_world", 2, True)]


@pytest.mark.parametrize(("which", "threads", "programmes"), CASES)
def test_engine_and_twin_agree_event_by_event(request, which, threads, programmes):
    """Would notice any rule that the two state differently: one count of one compound in one week."""
    world = request.getfixturevalue(which)
    levers = moved(world) if programmes else at_rest(world.parameters, len(world.place))
    sim, twin = Simulation(world, threads=threads, detail="week"), PlainModel(world, KeyedDraws(), levers)
    sim.arm.levers = levers
    total = np.zeros(N_FLOWS)
    for week in range(LONG if which == "whole_world" else WEEKS):
        for _ in range(7):
            sim.step()
            twin.step()
        mine, engine = booked(twin), sim.recorder.places[week][1]
        wrong = ~np.isclose(mine, engine, rtol=1e-9, atol=0.0)
        assert not wrong.any(), [(week, c, COUNTERS[k], mine[c, k], engine[c, k]) for c, k in np.argwhere(wrong)]
        same_pools(sim, twin)
        same_firms(sim, twin)
        same_committees(sim, twin)
        if sim.world.scenario.mechanisms.crime:
            same_offenders(sim, twin)
            same_crimes(sim, twin)
        total += engine.sum(0)
    same_minds(sim, twin)
    moving = {counter for counter, n in zip(COUNTERS, total, strict=True) if n > 0.0}
    silent: set[Any] = {name for name, _ in COUNTERS} - {name for name, _ in moving} - {"cost"}  # the money of programmes
    if which == "world":
        silent -= {name for name, _ in OF_THE_WHOLE}
    else:
        silent |= OF_THE_WHOLE - moving - (set() if programmes else BY_PROGRAMMES)
    silent -= set() if programmes else {"stock_cleared", "helped"}
    assert not silent, f"nothing compared for {silent}"  # a rule that never acts is not tested


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
