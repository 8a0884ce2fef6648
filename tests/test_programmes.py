"""Programmes: how levers stack, whom a rollout reaches and when, and what the shipped catalogue promises."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govsim import GovernanceModel
from govsim.errors import InputError
from govsim.experiment.plan import make_plan
from govsim.experiment.run import execute
from govsim.observe.outcomes import BY_NAME, FLOW_SLOT, HEADLINES, N_FLOWS
from govsim.observe.recorder import OBSERVABLE, Recorder
from govsim.programmes.arm import Arm
from govsim.programmes.catalogue import FOLDER, direction, disagreements, entries, parse_arm, parts, readings, shipped
from govsim.programmes.levers import at_rest, field, levers, stack
from govsim.programmes.rollout import Course, course, merged
from govsim.scenario.load import load_scenario, programme_from_text
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import Cost, Effect, Part, Programme, Rollout, StaffTime, Target, Trigger
from govsim.simulation import Simulation
from govsim.vocabulary import DESKS, PAYERS, TYPES
from govsim.world.compounds import take
from govsim.world.tables import Compounds
from tests.worlds import (
    burned,
    by_compound,
    columns,
    committees_of_putuo,
    differing,
    flow,
    programme,
    rolled_out,
    small_map,
    total,
)

P = defaults()
LEVERS = levers(P)
SHIPPED = tuple(sorted(shipped()))
HEADLINE = {h.name: h for h in HEADLINES}

#: Every programme of the five published accounts, by family.
RECORD = {
    "leadership": (
        "leader_project", "mass_training", "social_worker_career", "three_tier_platform", "frontline_delegation",
        "party_led_committee", "red_property", "co_governance_1_3_n_x", "joint_construction", "whistle_report",
        "service_purchase", "governance_talents",
    ),
    "order": (
        "no_illegal_structures", "no_group_rental", "vice_crackdown", "organised_crime_sweep", "grid_management",
        "grand_linkage", "joint_campaign", "standard_procedures",
    ),
    "safety": (
        "tianyuan_model", "smart_security", "smart_street", "one_officer_per_community", "safety_house", "safety_parlour",
        "ten_safe_domains", "smart_commercial_site", "city_brain",
    ),
    "disputes": (
        "petition_clearance", "grand_mediation", "domestic_violence_studio", "help_studio", "legal_advisers",
        "property_mediation", "enterprise_service_window",
    ),
    "property": (
        "property_assessment", "maintenance_fund_renewal", "agency_bookkeeping", "committee_formation", "firm_upgrade",
        "home_renovation", "beautiful_street",
    ),
    "participation": (
        "neighbourhood_centre", "community_platform", "all_round_posts", "service_hours", "one_stop_service",
        "household_visits", "deliberation", "village_rules_points", "building_self_rule", "activity_groups",
    ),
}  # fmt: skip
ACCOUNTS = (
    "《社会治理 闵行实践》, newspaper feature on Minhang district, figures to the end of 2017",
    "《实施“三大工程”推动“五治”协同 闵行全力打造市域社会治理现代化“样板”》, 上观新闻, 2021-08-23",
    "《上海创新城乡社区治理，推精准治理、协同治理、专业治理》, The Paper, December 2017",
    "《上海市闵行区探索新形势下社区建设管理体制的报告》, 闵行区机构编制委员会办公室, figures to the end of 2011",
    "《上海市普陀区：打造“零距离-社区治理共同体” 建设“美丽普陀-同心家园”》, 人民网, 2020-06-11",
)
PAPER = re.compile(r"^[A-Z]\w+.*\b(19|20)\d\d\b")  # author and year


def nobody(outcome: str, weeks: int) -> np.ndarray:
    """Nothing was recorded, and nobody may ask."""
    raise AssertionError("asked for recorded counts without need")


# ---- stacking --------------------------------------------------------------------------------------------------

HOW = ("multiply", "add", "at_least", "at_most")
doses = st.lists(
    st.sampled_from(sorted(LEVERS)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.sampled_from(HOW),
            st.floats(0.0, 1.2 * LEVERS[name].bounds[1]),
        )
    ),
    min_size=1,
    max_size=10,
)


def effects(moves: list[tuple[str, str, float]]) -> list[Effect]:
    return list(programme(*moves).effects)


@settings(deadline=None)
@given(moves=doses)
def test_levers_stack_in_the_stated_order(moves: list[tuple[str, str, float]]) -> None:
    """Notices another order than multiply, add, at_least, at_most, bounds, and another compound's strength."""
    strength = np.array([1.0, 0.0])
    out, clamps = stack(P, 2, [(effect, strength) for effect in effects(moves)])
    for name, entry in LEVERS.items():
        mine = {do: [dose for n, d, dose in moves if n == name and d == do] for do in HOW}
        value = float(P[name]) * float(np.prod(mine["multiply"])) + sum(mine["add"])
        value = max([value, *mine["at_least"]])
        value = min([value, *mine["at_most"]])
        low, high = entry.bounds
        expected = pytest.approx(min(max(value, low), high), rel=1e-12, abs=1e-12 * high)
        assert out[field(name)][0] == expected, name
        assert out[field(name)][1] == P[name], name
        held = [clamp for clamp in clamps if clamp.lever == name]
        if value > high * (1 + 1e-9):
            assert [(c.compounds, c.allowed) for c in held] == [(1, high)], name
            assert held[0].asked == pytest.approx(value, rel=1e-12)
        elif low < value < high * (1 - 1e-9):
            assert held == [], name


@settings(deadline=None)
@given(moves=doses)
def test_zero_strength_is_identity_to_the_bit(moves: list[tuple[str, str, float]]) -> None:
    """Notices a lever that is rounded, or set to its dose, by a programme that does not act."""
    out, clamps = stack(P, 3, [(effect, np.zeros(3)) for effect in effects(moves)])
    assert differing(columns("", out), columns("", at_rest(P, 3))) == []
    assert clamps == []


@settings(deadline=None)
@given(moves=doses, order=st.randoms(use_true_random=False), strength=st.floats(0.05, 1.0))
def test_the_order_of_programmes_does_not_matter(moves: Any, order: Any, strength: float) -> None:
    """Notices moves that are applied as they come."""
    forward = [(effect, np.full(1, strength)) for effect in effects(moves)]
    shuffled = forward.copy()
    order.shuffle(shuffled)
    a, b = stack(P, 1, forward)[0], stack(P, 1, shuffled)[0]
    for name in LEVERS:
        assert a[field(name)][0] == pytest.approx(b[field(name)][0], rel=1e-12, abs=1e-15), name


def test_an_arm_is_the_same_whatever_the_order_of_its_words() -> None:
    """Notices "b+a" that is run as another arm than "a+b"."""
    assert parse_arm("b+a") == parse_arm(" a + b + a ") == ("a", "b")
    assert parse_arm("baseline") == ()


@pytest.mark.parametrize(
    ("do", "dose", "half"),
    [("multiply", 1.8, 1.4), ("add", 0.6, 1.3), ("at_least", 1.5, 1.25), ("at_most", 0.2, 0.6)],
)
def test_half_strength_is_half_way(do: str, dose: float, half: float) -> None:
    """Notices strength that scales the wrong thing; the lever's rest is 1 and the dose acts on it alone."""
    assert P["capacity.town"] == 1.0
    for strength in (0.5, 1.0):
        out, _ = stack(P, 1, [(effects([("capacity.town", do, dose)])[0], np.full(1, strength))])
        full = {"multiply": dose, "add": 1.0 + dose}.get(do, dose)
        expected = half if strength == 0.5 else full
        assert out["capacity_town"][0] == pytest.approx(expected, rel=1e-12)


def test_more_of_two_programmes_is_not_less() -> None:
    """Notices factors that pass through zero: at three times the dose two programmes that shorten would lengthen."""
    moves = effects([("casework.handover_days", "multiply", 0.3), ("casework.handover_days", "multiply", 0.3)])
    tried = [stack(P, 1, [(e, np.full(1, s)) for e in moves])[0] for s in (0.5, 1.0, 1.5, 2.0, 3.0)]
    values = [levers_then["casework_handover_days"][0] for levers_then in tried]
    assert values == sorted(values, reverse=True)
    assert values[1] == pytest.approx(P["casework.handover_days"] * 0.09, rel=1e-12)


# ---- rollout ---------------------------------------------------------------------------------------------------


def map_of_putuo() -> tuple[Compounds, Any]:
    district = small_map("putuo", 0.1)
    return district.compounds, district.institutions


def prepared(seed: int = 3, id: str = "trial", **rollout: Any) -> Course:
    compounds, institutions = map_of_putuo()
    return course(programme(("capacity.town", "multiply", 1.2), id=id, **rollout), None, compounds, institutions, seed)


def reached(ready: Course, day: int = 0, recent: Any = nobody) -> np.ndarray:
    ready.advance(day, recent)
    return np.flatnonzero(ready.strength(day) > 0)


@given(coverage=st.floats(0.0, 1.0), type_=st.sampled_from(["old_public", "commodity", None]))
@settings(max_examples=60, deadline=None)
def test_coverage_is_a_rounded_share_of_whom_the_programme_may_reach(coverage: float, type_: str | None) -> None:
    """Notices a share of all compounds instead of the eligible ones, cut instead of rounded."""
    target = Target(types=(type_,)) if type_ else None
    ready = prepared(coverage=coverage, target=target)
    rows = reached(ready)
    compounds, _ = map_of_putuo()
    eligible = compounds.type == TYPES.index(type_) if type_ else np.ones(len(compounds), bool)
    assert abs(len(rows) - coverage * eligible.sum()) <= 0.5
    assert eligible[rows].all()


def test_targets_are_met() -> None:
    """Notices a target that is ignored, or one that is joined by "or" instead of "and"."""
    compounds, institutions = map_of_putuo()
    town = institutions.towns[2]
    some = tuple(compounds.ids[k] for k in (3, 5, 8))
    assert [compounds.ids[k] for k in reached(prepared(target=Target(compounds=some)))] == list(some)
    in_town = reached(prepared(target=Target(towns=(town,))))
    assert np.array_equal(in_town, np.flatnonzero(compounds.town == 2))
    both = reached(prepared(target=Target(towns=(town,), types=("old_public",))))
    assert 0 < len(both) < len(in_town)
    assert np.array_equal(both, np.flatnonzero((compounds.town == 2) & (compounds.type == TYPES.index("old_public"))))


def test_small_coverage_is_nested_in_larger_coverage() -> None:
    """Notices an order that is drawn anew for each coverage: effects of more coverage could not be compared."""
    sets = [set(reached(prepared(coverage=c))) for c in (0.05, 0.1, 0.35, 0.8)]
    for few, many in itertools.pairwise(sets):
        assert few < many


def test_the_random_order_does_not_depend_on_which_other_compounds_exist() -> None:
    """Notices an order that is shuffled by row; and one that is the same for every seed or programme."""
    compounds, institutions = map_of_putuo()
    trial = programme(("capacity.town", "multiply", 1.2))
    rank = course(trial, None, compounds, institutions, 3).rank
    rows = np.arange(1, len(compounds), 3)
    fewer, served = take(compounds, institutions, rows)
    assert np.array_equal(course(trial, None, fewer, served, 3).rank, rank[rows])
    for other in (prepared(seed=4), prepared(id="another")):
        assert abs(np.corrcoef(other.rank, rank)[0, 1]) < 0.4
    assert len(np.unique(rank)) == len(rank)
    assert 0.35 < rank.mean() < 0.65


def test_ramp_start_and_end() -> None:
    """Notices a day too early or too late at any of the three, a lost intensity, and a ramp that overshoots."""
    ready = prepared(start_day=4, ramp_days=5, end_day=12, intensity=0.8, coverage=0.5)
    seen, changed, new = [], [], []
    for day in range(-2, 15):
        changed.append(ready.advance(day, nobody))
        seen.append(ready.strength(day).max())
        new.append(int(ready.newly_reached(day).sum()))
    expected = [0.8 * min(1.0, (day - 3) / 5) if 4 <= day < 12 else 0.0 for day in range(-2, 15)]
    assert seen == pytest.approx(expected, rel=1e-12)
    assert changed == [a != b for a, b in itertools.pairwise([0.0, *seen])]
    assert [day - 2 for day, n in enumerate(new) if n] == [4]
    assert max(new) == round(0.5 * len(ready.rank))


def test_stepped_wedge_reaches_all_in_equal_waves() -> None:
    """Notices waves of unequal size, a wave that is lost, a wrong distance between waves, and an order by row."""
    ready = prepared(start_day=10, target=Target(order="stepped_wedge", steps=4, step_days=7), coverage=0.9)
    ready.advance(10, nobody)
    days, sizes = np.unique(ready.reached[ready.reached >= 0], return_counts=True)
    assert list(days) == [10, 17, 24, 31]
    assert sizes.sum() == round(0.9 * len(ready.rank))
    assert np.ptp(sizes) <= 1
    assert sorted(ready.reached[ready.reached >= 0]) == list(ready.reached[np.argsort(ready.rank)][: sizes.sum()])
    assert ready.strength(16).sum() == sizes[0]
    assert ready.strength(17).sum() == sizes[:2].sum()


def test_worst_first_ranks_by_what_was_recorded_lately_per_resident() -> None:
    """Notices true problems instead of records, totals instead of rates, the wrong outcome, or weeks too far back."""
    sim = committees_of_putuo()
    n, people = len(sim.world.place), sim.world.place["residents"].astype(float)
    recorder = Recorder(sim.world)
    rng = np.random.default_rng(1)
    weeks = rng.integers(0, 50, (9, len(OBSERVABLE), n)).astype(np.float32)
    recorder.memory.extend(weeks)
    target = Target(order="worst_first", by="petitions", weeks=3)
    trial = programme(("capacity.town", "multiply", 1.2), coverage=0.5, target=target)
    ready = course(trial, None, sim.world.compounds, sim.world.institutions, 1)
    rate = weeks[-3:, OBSERVABLE.index("petitions")].sum(0) / people
    worst = np.argsort(-rate)[: round(n / 2)]
    assert set(reached(ready, 0, recorder.recent)) == set(worst)
    everything = weeks[:, OBSERVABLE.index("petitions")].sum(0)
    assert set(worst) != set(np.argsort(-everything)[: round(n / 2)])  # or the test would notice nothing
    assert recorder.recent("petitions", 3) == pytest.approx(rate * 1000 * 365.25 / 21, rel=1e-6)


def test_worst_first_in_a_run() -> None:
    """Notices a rank that is taken from another time than the start, or that the burn-in's records are lost."""
    base = burned("putuo", 0.02)
    target = Target(order="worst_first", weeks=2)
    sim = base.fork([programme(("finding.visits", "add", 9.0), start_day=56, coverage=0.4, target=target)]).run(77)
    hotline = sum(flow(flows, "complaints", "hotline") for period, flows, _ in sim.recorder.places if period in (6, 7))
    rate = hotline / sim.world.place["residents"]
    (ready,) = sim.arm.courses
    chosen = ready.reached >= 0
    assert chosen.sum() == round(0.4 * len(rate))
    assert (ready.reached[chosen] == 56).all()
    assert rate[chosen].min() >= rate[~chosen].max() > 0
    early = base.fork([programme(("finding.visits", "add", 9.0), coverage=0.4, target=target)]).run(1)
    assert not np.array_equal(early.arm.courses[0].reached >= 0, chosen)  # or the test would notice nothing


def scripted(ready: Course, figures: dict[int, float], days: int) -> list[int]:
    """Days on which the first compound is treated, when the recorded figure changes as scripted."""
    treated = []
    for day in range(days):
        figure = figures[max(d for d in figures if d <= day)]
        ready.advance(day, lambda *_, figure=figure: np.full(len(ready.rank), figure))
        if ready.strength(day)[0] > 0:
            treated.append(day)
    return treated


def test_triggers_start_and_stop_by_compound() -> None:
    """Notices a threshold met at equality, no gap between start and stop, days other than weekly, no restart."""
    trigger = Trigger(outcome="hotline_complaints", above=20.0, below=10.0)
    figures = {0: 20.0, 5: 20.5, 15: 10.0, 22: 9.5, 36: 15.0, 50: 30.0}
    days = scripted(prepared(trigger=trigger), figures, 64)
    assert days == [*range(7, 28), *range(56, 64)]
    for_ever = scripted(prepared(trigger=Trigger(outcome="complaints", above=20.0)), figures, 40)
    assert for_ever == [*range(7, 40)]
    ended = scripted(prepared(trigger=trigger, start_day=3, end_day=20), figures, 40)
    assert ended == [*range(10, 20)]


def test_a_trigger_looks_at_its_own_outcome_and_compound() -> None:
    """Notices a figure of the district instead of the compound's, and a coverage that a trigger ignores."""
    asked = []
    ready = prepared(trigger=Trigger(outcome="petitions", above=3.0, weeks=6), coverage=0.5)
    figure = np.where(np.arange(len(ready.rank)) % 3 == 0, 5.0, 1.0)

    def recent(outcome: str, weeks: int) -> np.ndarray:
        asked.append((outcome, weeks))
        return figure

    rows = reached(ready, 0, recent)
    assert asked == [("petitions", 6)]
    covered = set(reached(prepared(coverage=0.5)))
    assert set(rows) == covered & set(np.flatnonzero(figure > 3.0))


def test_once_is_paid_once_when_a_trigger_starts_again() -> None:
    """Notices that setting up is paid anew at every restart: `once` is for when a unit is first reached."""
    world = committees_of_putuo().world
    cost = Cost(payer="town", per="compound", once=700.0, source="for a test")
    trigger = Trigger(outcome="complaints", above=20.0, below=10.0)
    arm = Arm(world, [programme(("capacity.town", "multiply", 1.2), costs=[cost], trigger=trigger)], {}, 1)
    flows, desks = np.zeros((len(world.place), N_FLOWS)), world.desks.rows.copy()
    for day in range(35):
        figure = 5.0 if 14 <= day < 21 else 30.0
        arm.advance(day, lambda *_, figure=figure: np.full(len(world.place), figure), desks, flows)
    assert flow(flows, "cost") == pytest.approx(700.0, rel=1e-12)


def test_a_scenario_says_only_what_differs() -> None:
    """Notices a scenario's rollout that wipes out the programme's own, or is itself ignored."""
    own = Rollout(start_day=5, ramp_days=60, coverage=0.5)
    assert merged(own, Rollout(coverage=0.25)) == Rollout(start_day=5, ramp_days=60, coverage=0.25)
    assert merged(own, None) == own
    assert merged(own, Rollout(start_day=0)).start_day == 0
    base = burned()
    trial = programme(("finding.visits", "add", 5.0), start_day=0)
    sim = Simulation(base.world, [trial], {"trial": Rollout(start_day=9)}, state=base.state.copy()).run(12)
    assert (sim.arm.courses[0].reached == 9).all()


# ---- the catalogue ---------------------------------------------------------------------------------------------


def test_every_file_is_in_the_catalogue_under_its_own_name() -> None:
    """Notices a file that is not read, or an id that differs from the file's name."""
    assert {path.stem for path in FOLDER.glob("*.toml")} - {"readings"} == set(shipped())
    assert {path.stem for path in FOLDER.glob("parts/*.toml")} == set(parts())
    assert all(id == p.id for id, p in shipped().items())


def test_every_programme_of_the_record_is_there() -> None:
    """Notices a programme of the accounts that is missing or under another family, and one that no account has."""
    assert {(p.family, p.id) for p in shipped().values()} == {(family, id) for family, ids in RECORD.items() for id in ids}


def test_no_two_programmes_do_the_same() -> None:
    """Notices an entry that was copied under another name: the same levers with the same doses, contents included."""
    seen: dict[frozenset[tuple[str, str, float, float]], str] = {}
    for p in shipped().values():
        does = frozenset((e.lever, e.do, e.dose, e.share) for e in p.effects)
        assert does not in seen, f"{p.id} and {seen.get(does)}"
        seen[does] = p.id


def test_parts_are_shared_and_inclusions_resolve() -> None:
    """Notices a part that one programme alone has, or none; an inclusion of nothing; contents that do not arrive, or whole."""
    known: dict[str, Programme | Part] = {**entries(), **parts()}
    users = [i.id for p in entries().values() for i in p.includes]
    assert set(users) <= set(known)
    assert {id: users.count(id) for id in parts() if users.count(id) < 2} == {}
    for p in entries().values():
        assert p.effects or p.includes, p.id
        assert len({i.id for i in p.includes}) == len(p.includes), p.id
        for i in p.includes:
            for e in known[i.id].effects:
                assert any(x.lever == e.lever and x.dose == e.dose and x.share == i.share for x in shipped()[p.id].effects), p.id
    outer, inner = shipped()["co_governance_1_3_n_x"], shipped()["red_property"]
    (cross,) = (e for e in outer.effects if e.lever == "self_government.cross")
    (own,) = (e for e in inner.effects if e.lever == "self_government.cross")
    assert cross.share == pytest.approx(0.4 * own.share, rel=1e-12)
    assert own.share == pytest.approx(0.6, rel=1e-12)


@pytest.mark.parametrize("id", [id for id, part in sorted(parts().items()) if part.costs])
def test_who_contains_a_part_pays_for_it(id: str) -> None:
    """Notices a part whose money is lost on the way, paid whole where a share is done, or paid twice."""
    users = [(p.id, i.share) for p in entries().values() for i in p.includes if i.id == id]
    assert len(users) > 1
    for user, share in users:
        for cost in parts()[id].costs:
            mine = [c for c in shipped()[user].costs if c.source == cost.source]
            assert [(c.payer, c.per) for c in mine] == [(cost.payer, cost.per)]
            assert (mine[0].once, mine[0].a_year) == pytest.approx((cost.once * share, cost.a_year * share), rel=1e-12)


def test_a_part_is_paid_for_in_a_run() -> None:
    """Notices an inclusion that costs nothing once a world runs: deliberation pays for its councils' evenings, year by year."""
    base = committees_of_putuo()
    sim = base.fork([rolled_out("deliberation", ramp_days=0)], "week").run(70)
    world, councils, rules = sim.world, parts()["residents_councils"].costs[0], parts()["agreed_rules"].costs[0]
    own = shipped()["deliberation"].costs[0]
    households = world.place["households"].sum()
    people = world.compounds.residents.astype(float)
    of_committee = np.bincount(world.compounds.first_committee, people)[world.compounds.first_committee]
    committees = (world.compounds.committees * people / of_committee).sum()
    yearly = councils.a_year * committees + 0.3 * rules.a_year * households
    expected = own.once * committees + 70 / 365.25 * yearly
    assert flow(by_compound(sim), "cost", "town").sum() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("id", sorted(parts()))
def test_a_part_is_whole(id: str) -> None:
    """Notices a part whose lever is not one, whose dose moves nothing or lies outside its range, or without a reason."""
    part = parts()[id]
    assert part.effects
    for effect in part.effects:
        assert effect.lever in LEVERS, effect.lever
        assert effect.range[0] <= effect.dose <= effect.range[1], effect.lever
        assert len(effect.source) > 10
    assert all(taken.desk in DESKS and len(taken.source) > 5 for taken in part.staff_time)
    assert all(cost.once + cost.a_year > 0 and len(cost.source) > 10 for cost in part.costs)
    assert re.search(r"[\u4e00-\u9fff]", part.about.zh)
    assert not re.search(r"[\u4e00-\u9fff]", part.about.en)


def test_the_words_of_a_file_are_those_of_the_model() -> None:
    """Notices a payer, desk or type that a file may name but the model does not know, or the other way round."""
    assert get_args(Cost.model_fields["payer"].annotation) == PAYERS
    assert get_args(StaffTime.model_fields["desk"].annotation) == DESKS
    known = HEADLINE.keys() | BY_NAME.keys() | {f"{o.name}.{c}" for o in BY_NAME.values() for c in o.categories}
    assert {e.outcome for p in shipped().values() for e in p.expects} <= known
    assert set(OBSERVABLE) <= BY_NAME.keys()


@pytest.mark.parametrize("id", SHIPPED)
def test_a_shipped_programme_is_whole(id: str) -> None:
    """Notices a lever that is not one, a dose outside its range or bounds, one language, a figure without a reason."""
    p = shipped()[id]
    for effect in p.effects:
        assert effect.lever in LEVERS, effect.lever
        entry = LEVERS[effect.lever]
        assert effect.range[0] <= effect.dose <= effect.range[1], effect.lever
        for dose in (effect.dose, *effect.range):
            alone = effect.model_copy(update={"dose": dose})
            moved, clamps = stack(P, 1, [(alone, np.ones(1))])
            assert clamps == [], f"{effect.lever} {dose:g} passes its bounds {entry.bounds}"
            if dose == effect.dose:
                assert moved[field(effect.lever)][0] != P[effect.lever], f"{effect.lever} is not moved"
        assert len(effect.source) > 10
    for text in (p.name, p.about):
        assert re.search(r"[\u4e00-\u9fff]", text.zh)
        assert re.search(r"[A-Za-z]{3}", text.en)
        assert not re.search(r"[\u4e00-\u9fff]", text.en)
    assert len(re.findall(r"[。！？]", p.about.zh)) == 2
    assert len(re.findall(r"[.!?](?= [A-Z]|$)", p.about.en)) == 2
    assert any(c.text in ACCOUNTS for c in p.citations)
    assert all(c.text in ACCOUNTS or PAPER.match(c.text) for c in p.citations)
    assert all(len(c.reason) > 10 for c in p.citations)
    assert p.costs or p.staff_time, "nothing is free"
    for cost in p.costs:
        assert cost.payer in PAYERS
        assert cost.once > 0 or cost.a_year > 0
        assert len(cost.source) > 10
    assert p.expects
    assert p.needs
    assert p.harms


EXPECTED = [(p.id, e.outcome, e.direction) for p in shipped().values() for e in p.expects]


def measured(sim: Simulation, name: str) -> float:
    """A headline, or an outcome's total, of one run."""
    if name not in HEADLINE:
        return total(sim, *_whole((name.partition(".")[0], name.partition(".")[2] or "*")))
    top, per = HEADLINE[name].numerator, HEADLINE[name].per
    below = total(sim, *_whole(per)) if not isinstance(per, str) else 1.0
    return total(sim, *_whole(top)) / below


def _whole(pair: tuple[str, str]) -> tuple[str, str | None]:
    return pair[0], None if pair[1] == "*" else pair[1]


@pytest.fixture(scope="module")
def paired_years() -> dict[tuple[str, str], np.ndarray]:
    """Arm less baseline of every expected outcome, over six replicates of one year; 21 compounds of Putuo."""
    out: dict[tuple[str, str], list[float]] = {}
    for replicate in range(6):
        base = burned("putuo", 0.03, replicate)
        without = base.fork([]).run(364)
        for id, outcomes in itertools.groupby(EXPECTED, lambda e: e[0]):
            arm = base.fork([shipped()[id]]).run(364)
            for _, outcome, _ in outcomes:
                out.setdefault((id, outcome), []).append(measured(arm, outcome) - measured(without, outcome))
    return {key: np.array(values) for key, values in out.items()}


@pytest.mark.full
@pytest.mark.timeout(1800)  # the first one makes all 324 years
@pytest.mark.parametrize(("id", "outcome", "direction"), EXPECTED)
def test_a_shipped_programme_moves_what_it_says(
    paired_years: dict[tuple[str, str], np.ndarray], id: str, outcome: str, direction: str
) -> None:
    """Notices a programme that does the opposite of what its file says, or nothing, in the mean over replicates."""
    gain = paired_years[id, outcome] * (1 if direction == "up" else -1)
    assert gain.mean() > 0, f"{gain}"


def test_entries_agree_with_their_second_reading() -> None:
    """Notices an entry without a reading, a direction that was turned round, and a note that settles nothing."""
    assert set(readings()) == set(SHIPPED)
    for id, entry in shipped().items():
        assert disagreements(entry) == [], id
        assert not entry.provisional
        moved = {effect.lever for effect in entry.effects}
        for note in entry.settled:
            assert note.lever in readings()[id]
            assert note.lever not in moved
        turned = [e.model_copy(update={"do": "at_most" if direction(e) == "up" else "at_least"}) for e in entry.effects]
        if moved & set(readings()[id]):
            assert disagreements(entry.model_copy(update={"effects": tuple(turned)})), id


# ---- own programmes --------------------------------------------------------------------------------------------

OWN = """
format = 1
id = "own_visits"
family = "participation"
name = { zh = "自办走访", en = "Own visits" }
about = { zh = "试。", en = "A trial." }
rollout = { start_day = 7, ramp_days = 0, coverage = 1.0, intensity = 1.0 }
costs = [{ payer = "society", per = "household", once = 3.0, source = "for a test" }]
citations = [{ text = "a test", reason = "made up" }]
[[effects]]
lever = "finding.visits"
do = "add"
dose = 12.0
range = [2.0, 20.0]
grade = "assumed"
source = "for a test"
[[expects]]
outcome = "visits"
direction = "up"
why = "for a test"
"""
SCENARIO = """
format = 1
name = { zh = "试", en = "Trial" }
programme_files = ["own.toml"]
[time]
start = 2018-03-01
burn_in_years = 0.1
horizon_days = 35
[district]
compounds = { value = 3, assumed = "few" }
residents = { value = 1500, assumed = "few" }
residents_committees = { value = 1, assumed = "one" }
towns = { value = 1, assumed = "one" }
area_km2 = { value = 0.5, assumed = "small" }
type_shares = { commodity = { value = 1.0, assumed = "one type" } }
[programmes.own_visits]
coverage = 0.67
[comparison]
arms = ["baseline", "own_visits", "own_visits+grand_linkage"]
replicates = 2
"""


def test_an_own_programme_runs_from_file_to_tables(tmp_path: Path) -> None:
    """Notices an own programme that is read but does not act, or whose rollout in the scenario is ignored."""
    (tmp_path / "own.toml").write_text(OWN, "utf-8")
    (tmp_path / "trial.toml").write_text(SCENARIO, "utf-8")
    loaded = load_scenario(tmp_path / "trial.toml")
    execute(make_plan(loaded), tmp_path / "out")
    frame = pq.read_table(tmp_path / "out" / "compounds.parquet").to_pandas()
    cost = frame[frame["outcome"] == "cost"].groupby(["arm", "replicate", "compound"], observed=True)["value"].sum()
    own = cost["own_visits"].unstack()
    assert (own > 0).sum(axis=1).tolist() == [2, 2]
    assert not cost["baseline"].any()
    weeks = pq.read_table(tmp_path / "out" / "outcomes.parquet").to_pandas()
    visits = weeks[weeks["outcome"] == "visits"].pivot_table("value", "period", "arm", aggfunc="sum", observed=True)
    assert visits["own_visits"][0] == visits["baseline"][0]
    assert (visits["own_visits"][1:] > 3 * visits["baseline"][1:]).all()
    model = GovernanceModel(tmp_path / "trial.toml", ["own_visits"])
    for _ in range(14):
        model.step()
    assert flow(model.state.flows, "cost").sum() == 0.0  # read and set back at the end of the week
    paid = sum(flow(week[1], "cost").sum() for week in model.simulation.recorder.weeks)
    households = model.world.place["households"][model.simulation.arm.courses[0].reached >= 0].sum()
    assert paid == pytest.approx(3.0 * households, rel=1e-12)
    model.release()


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ('"finding.visits"', '"finding.visit"', "finding.visits"),
        ('"finding.visits"', '"problems.arrivals"', "problems.arrivals"),
        ('"finding.visits"', '"finding.visible"', "finding.visible"),
        ('"society"', '"sponsor"', "society"),
        ("dose = 12.0", "dose = 25.0", "range"),
        ('outcome = "visits"', 'outcome = "visit"', "visits"),
        ('outcome = "visits"', 'outcome = "visits.every"', 'no outcome "visits.every"'),
    ],
)
def test_a_programme_file_that_cannot_work_is_refused(good: str, bad: str, named: str) -> None:
    """Notices a lever or outcome that is only missed in the middle of a run: the file's own check must name it."""
    programme_from_text(OWN)
    with pytest.raises(InputError, match=re.escape(named)):
        programme_from_text(OWN.replace(good, bad))


def test_programmes_without_effect_cost_nothing_before_they_start() -> None:
    """Notices money or levers in the burn-in, which all arms share."""
    base = burned()
    sim = Simulation(base.world, [shipped()["grand_linkage"]], detail="week").burn()
    assert differing(columns("", sim.arm.levers), columns("", at_rest(P, len(base.world.place)))) == []
    assert not sim.state.flows[:, FLOW_SLOT["cost"] : FLOW_SLOT["cost"] + len(PAYERS)].any()
    assert flow(by_compound(sim.run(7)), "cost").all()
