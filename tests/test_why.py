"""Why two paired runs differ: parts held in lockstep, shares of known size, events told apart."""

# the stubs of pandas take a cell, .loc[row, column], for anything that a cell may be
# mypy: disable-error-code="operator, arg-type, index, comparison-overlap"
from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from govsim.analysis.why import counts, first_difference, interval_of_ratio, mean_paths, only_in_one, path_shares, steps_of
from govsim.cli.why_words import WORDS
from govsim.experiment.event_table import events_table
from govsim.experiment.lockstep import PARTS, _arrays, _values, courses, home, lockstep
from govsim.observe.events import PLACES, STEPS
from govsim.observe.outcomes import FLOW_SLOT, OUTCOMES
from govsim.processes.day import Today
from govsim.processes.schedule import Step
from govsim.programmes.levers import levers
from govsim.report.through_grid import through_grid
from govsim.report.words import words
from govsim.scenario.parameters import defaults
from govsim.vocabulary import CRIMES, KINDS
from govsim.world.records import PERSON
from govsim.world.state import State
from govsim.world.world import World
from tests.worlds import burned, columns, differing, programme, rolled_out, run_bits, state_bits

NAMES = [part.name for part in PARTS]
DAYS = 28


@pytest.fixture(scope="module")
def held():
    """Household visits and answers, with each part held in turn."""
    arm = [rolled_out("household_visits"), rolled_out("whistle_report")]
    return lockstep(burned(), arm, DAYS, NAMES)


# ---- holding -----------------------------------------------------------------------------------------------------


def test_an_arm_without_effect_is_the_baseline_to_the_bit_whatever_is_held():
    """Notices a part that is copied too early, too late or only partly, and counters that drift by rounding."""
    idle = rolled_out("whistle_report", intensity=0.0)
    runs = lockstep(burned(), [idle.model_copy(update={"costs": ()})], DAYS, NAMES)
    plain = burned().fork(()).run(DAYS)
    for name, sim in runs.items():
        wrong = [w for w in differing(run_bits(sim), run_bits(plain)) if not w.startswith("treated")]
        assert wrong == [], name


def test_baseline_and_arm_are_those_of_runs_on_their_own(held):
    """Notices lockstep changing what it only should watch."""
    arm = [rolled_out("household_visits"), rolled_out("whistle_report")]
    assert differing(run_bits(held["baseline"]), run_bits(burned().fork(()).run(DAYS))) == []
    assert differing(run_bits(held["arm"]), run_bits(burned().fork(arm).run(DAYS))) == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_held_part_keeps_to_the_baseline_and_the_rest_does_not(held, part):
    """Notices a part that is left free, and one that takes the whole world back to the baseline with it."""
    base, sim = held["baseline"].state, held[f"held:{part.name}"].state
    for a, b in zip(_arrays(base, part), _arrays(sim, part), strict=True):
        assert columns("", _values(a)) == columns("", _values(b))
    assert differing(state_bits(held["arm"].state), state_bits(base)) != []
    if part.name in ("economy", "self_government", "crime"):
        assert differing(state_bits(sim), state_bits(base)) != []
    if part.name == "attitudes":
        assert "cases" in " ".join(differing(state_bits(sim), state_bits(base)))


def test_every_changing_array_belongs_to_one_part():
    """Notices a field of the state, or of a resident's record, that no part holds: effects would slip through it."""
    ours = [name for part in PARTS for name in part.fields]
    assert len(ours) == len(set(ours))
    assert {f.name for f in fields(State)} - set(ours) == {"day", "people", "treated", "flows"}
    changing = {name for part in PARTS for name in part.of_people}
    assert set(PERSON.names or ()) - changing == {"voice", "habitual", "hours"}


def test_every_outcome_has_a_home():
    """Notices an outcome whose home is no part of the state."""
    assert {home(o.name) for o in OUTCOMES} == {"", *NAMES}
    assert [home(n) for n in ("satisfaction", "cases_closed", "fees_paid", "crimes", "votes_held", "cost")] == [
        "attitudes", "casework", "economy", "crime", "self_government", "",
    ]  # fmt: skip


def test_a_made_up_model_has_the_shares_it_was_made_of(monkeypatch):
    """Notices a share that is not (total - held) / total, a step whose part is put back too late, and lost counts.

    The programme raises quality by 0.25 (the economy's step). Problems counted a day are 8 for the programme directly, and
    40 times the gain in quality (casework's step): 18 a day, of which 10 run through the economy.
    """
    arm = programme((next(iter(levers(defaults()))), "multiply", 1.5), id="made_up")
    slot = FLOW_SLOT["problems"]

    def economy(world: World, state: State, today: Today) -> None:
        state.quality[:] = 0.5 + 0.25 * state.treated[:, None]

    def casework(world: World, state: State, today: Today) -> None:
        state.flows[:, slot] += 8.0 * state.treated + 40.0 * (state.quality[:, 0] - 0.5)

    steps = tuple(
        Step(name, "day", "", "", "", act) for name, act in (("economy.x", economy), ("casework.y", casework))
    )  # fmt: skip
    monkeypatch.setattr("govsim.simulation.schedule", lambda *_: steps)
    runs = lockstep(burned(), [arm], DAYS, ["economy", "attitudes", "casework"])
    frame = path_shares(*courses(runs, 0), ["problems_rate"], home).set_index("part")
    assert frame.loc["economy", "share"] == pytest.approx(10 / 18)
    assert frame.loc["attitudes", "share"] == 0
    assert frame.loc["casework", "share"] == pytest.approx(1)
    assert bool(frame.loc["casework", "home"])
    assert frame.loc["sum", "share"] == pytest.approx(10 / 18)
    assert frame.loc["rest", "share"] == pytest.approx(8 / 18)
    people, n = runs["arm"].world.place["residents"].sum(), len(runs["arm"].world.place)
    assert frame.loc["economy", "total"] == pytest.approx(18 * n * 365.25 * 1000 / people)


def test_shares_of_several_replicates_are_those_of_the_mean_effect():
    """Notices a mean of shares, in which a replicate without effect weighs as much as any."""
    rows = [("fear", r, "economy", t, t - x, x, x / t, False) for r, (t, x) in enumerate([(10.0, 5.0), (2.0, 2.0)])]
    frame = mean_paths(pd.DataFrame(
        rows, columns=["outcome", "replicate", "part", "total", "with_part_held", "through", "share", "home"],
    ))  # fmt: skip
    assert frame.loc[0, ["total", "through", "share"]].tolist() == [6.0, 3.5, pytest.approx(3.5 / 6)]
    assert frame.loc[0, "low"] < 0 < frame.loc[0, "high"]


def test_the_interval_of_a_share_holds_the_ratios_that_a_t_test_cannot_tell_apart():
    """Notices an interval of ratios that forgets that parts and totals vary together, or that has bounds without an effect."""
    draw = np.random.default_rng(3)
    total = 5.0 + draw.normal(0, 1.4, 7)
    part = 0.3 * total + draw.normal(0, 0.5, 7)
    low, high = interval_of_ratio(part, total)
    assert low < part.mean() / total.mean() < high
    for bound in (low, high):
        assert stats.ttest_1samp(part - bound * total, 0).pvalue == pytest.approx(0.05, rel=1e-6)
    assert interval_of_ratio(0.3 * total, total) == pytest.approx((0.3, 0.3), abs=1e-6)
    assert np.isnan(interval_of_ratio(part, total - 5.0)).all()
    assert np.isnan(interval_of_ratio(part[:1], total[:1])).all()


def test_a_table_of_ways_has_no_shares_where_the_effect_is_not_clear():
    """Notices shares of an effect that may be none, the figure's own mechanism in the sum, and a mark without a direction."""
    columns = ["outcome", "replicate", "part", "total", "with_part_held", "through", "share", "home"]

    def ways(totals: list[float]) -> pd.DataFrame:
        rows = []
        for r, t in enumerate(totals):
            parts = (("casework", 0.75 * t, False), ("attitudes", t, True), ("crime", 0.0, False), ("sum", 0.75 * t, False))
            rows += [("fear", r, part, t, t - x, x, x / t, own) for part, x, own in (*parts, ("rest", 0.25 * t, False))]
        return mean_paths(pd.DataFrame(rows, columns=columns))

    grid = through_grid(ways([-2.0, -2.5, -3.0]), "fear", "a+b", {}, words("en"))
    cells = {label: [cell.text for cell in row] for label, row in grid.rows}
    assert list(cells) == ["problems, casework", "attitudes", "sum", "rest", "whole effect"]
    assert cells["problems, casework"][0] == "-1.9"
    assert cells["problems, casework"][2:] == ["75%", "75% .. 75%"]
    assert cells["attitudes"][0] == "made there: all"
    assert grid.rows[0][1][0].mark == "better"  # less fear
    assert "Nothing runs through: crime." in grid.notes
    unclear = through_grid(ways([-2.0, 2.5, 0.7]), "fear", "a+b", {}, words("zh"))
    assert {cell.text for _, row in unclear.rows for cell in row[2:]} == {""}
    assert any("不明确" in note for note in unclear.notes)


# ---- events ------------------------------------------------------------------------------------------------------


def log(*events: tuple[int, str, str, str, str | None]) -> pd.DataFrame:
    rows = [(day, kind, "noise", case, start, to, np.nan) for day, kind, case, start, to in events]
    return pd.DataFrame(rows, columns=["day", "kind", "type", "case", "from", "to", "building"])


def test_events_of_one_world_only_are_found_in_their_order():
    """Notices two like complaints of one day taken for one, missing values that are never equal, and days out of order."""
    case, again = "c/noise/x/0/1", "c/noise/x/0/2"
    opened, told = (1, "opened", case, "hotline", "desk town"), (2, "complained", case, "hotline", None)
    ours = log(opened, told, told, (5, "closed", case, "desk town", "solved"))
    theirs = log(opened, told, (4, "closed", case, "desk town", "unsolved"), (9, "reopened", again, "police", "desk town"))
    different = only_in_one(ours, theirs)
    assert different[["day", "kind", "world"]].to_numpy().tolist() == [
        [2, "complained", "baseline"], [4, "closed", "arm"], [5, "closed", "baseline"], [9, "reopened", "arm"],
    ]  # fmt: skip
    first = first_difference(different)
    assert first is not None
    assert (first["day"], first["kind"]) == (2, "complained")
    assert first_difference(only_in_one(ours, ours)) is None
    assert steps_of(theirs, "c/noise/x/0/1")["kind"].tolist() == ["opened", "complained", "closed", "reopened"]
    table = counts(different).set_index("kind")
    assert table.loc["closed", ["baseline", "arm"]].tolist() == [1, 1]
    assert table.loc["reopened", ["baseline", "arm"]].tolist() == [0, 1]


def test_worlds_are_alike_until_the_programme_begins():
    """Notices names of cases that depend on the world, and a first difference before there can be one."""
    arm = rolled_out("household_visits", start_day=10)
    logs = [events_table(burned().fork(p, events=True).run(42), n, 0).to_pandas() for n, p in (("baseline", ()), ("arm", (arm,)))]
    different = only_in_one(*logs)
    assert len(different) > 0
    assert different["day"].min() >= 10
    assert len(logs[0]) + len(logs[1]) - len(different) == 2 * (len(logs[0]) - (different["world"] == "baseline").sum())


def test_every_word_of_the_logs_has_its_words():
    """Notices a kind, desk or ending that `govsim why` would show as it stands in the code."""
    assert {*STEPS, "crime", *KINDS, *CRIMES, *PLACES} - {""} <= set(WORDS)
    assert {*NAMES, "sum", "rest"} == set(words("en").tables["part"])
