"""Designs: what a file may say, how points are laid out, what makes two runs the same, when there are enough."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from govsim.analysis.factors import by_scenario, factors, layout_of
from govsim.analysis.stopping import StopRule
from govsim.errors import InputError
from govsim.experiment import design as design_format
from govsim.experiment.design import Layout, Replicates
from govsim.experiment.factors import Axis
from govsim.experiment.fractional import fraction
from govsim.experiment.layouts import count, rows
from govsim.experiment.load_design import load_design, plan_of, shipped_designs
from govsim.experiment.merge import points_table
from govsim.experiment.plan import Run
from govsim.experiment.point import at_point
from govsim.experiment.run import tasks
from govsim.observe.outcomes import HEADLINES
from govsim.programmes.catalogue import programmes_of, shipped
from govsim.scenario.bilingual import told
from govsim.scenario.load import load_scenario
from govsim.scenario.parameters import defaults
from tests.designs import small

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted(path.parent for path in (ROOT / "experiments").glob("*/design.toml"))
SECTIONS = ("Expectation", "Design", "What came of it")


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_design(path)
    return [str(f) for f in caught.value.faults]


# ---- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_design_loads_and_says_first_what_it_expects(folder):
    """Notices a shipped design that no longer fits the model, one that is not found by its name, one whose README lacks the
    expectation, the commands or the place for what came of it, and one whose expectation names what is not looked at."""
    loaded = load_design(folder.name)
    assert loaded.path == folder / "design.toml"
    assert loaded.name == folder.name
    said = (folder / "README.md").read_text("utf-8")
    heads = re.findall(r"^## (.*)$", said, re.M)
    assert [h for h in heads if h in SECTIONS] == list(SECTIONS)
    parts = dict(zip(heads, re.split(r"^## .*$", said, flags=re.M)[1:], strict=True))
    numbered = re.findall(r"^(\d+)\. ", parts["Expectation"], re.M)
    assert numbered == [str(k + 1) for k in range(len(numbered))]
    assert len(numbered) >= 3
    assert f"`{loaded.design.outcomes[0]}`" in parts["Expectation"]
    assert f"    govsim experiment run {folder.name}\n" in parts["Design"]
    assert parts["What came of it"].strip()
    known = {h.name for h in HEADLINES}
    assert set(loaded.design.outcomes) <= known
    named = set(re.findall(r"`(\w+)`", parts["Expectation"]))
    assert named & known <= set(loaded.design.outcomes)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_design_stops_by_a_rule_that_can_be_paid_for(folder):
    """Notices a design that runs for days, one that judges by two replicates, and arms or points that are the same twice."""
    loaded = load_design(folder.name)
    rule = loaded.design.replicates
    if rule.number is None:
        assert rule.until is not None
        assert rule.at_least is not None
        assert rule.at_most is not None
        assert 4 <= rule.at_least < rule.at_most
    plan = plan_of(loaded, rule.number or rule.at_most)
    assert 8 < plan.size() <= 400
    assert len({plan.key(run) for run in plan.runs()}) == plan.size()


def test_arms_of_the_bundles_are_what_their_names_say():
    """Notices a programme of the record that a bundle has lost or gained, and a part that is not a part of its whole."""
    cited = {"putuo_same_heart_homeland": ("普陀-同心家园",), "minhang_package": ("社会治理 闵行实践", "三大工程")}
    wholes = {"putuo_same_heart_homeland": "homeland", "minhang_package": "together"}
    for name, accounts in cited.items():
        arms = {arm: {p.id for p in programmes} for arm, programmes in load_design(name).arms.items()}
        whole = arms[wholes[name]]
        of_the_record = {i for i, p in shipped().items() if any(a in c.text for a in accounts for c in p.citations)}
        assert whole == of_the_record - ({"home_renovation"} if name == "minhang_package" else set())
        parts = {arm: ids for arm, ids in arms.items() if arm != "baseline" and ids != whole and not arm.startswith("without_")}
        assert sum(len(ids) for ids in parts.values()) == len(whole)
        assert set().union(*parts.values()) == whole
        for arm, ids in arms.items():
            if arm.startswith("without_"):
                assert ids == whole - parts[arm.removeprefix("without_")]


def test_the_parts_of_the_tianyuan_model_are_the_whole():
    """Notices a change of the catalogue's entry that experiments/tianyuan_model/*.toml do not follow."""
    known = programmes_of(load_design("tianyuan_model").scenarios[0])
    whole, parts = known["tianyuan_model"], [known[f"tianyuan_{part}"] for part in ("officer", "gates", "watch")]

    def moves(programme):
        return Counter((e.lever, e.do, e.dose, e.range, e.share) for e in programme.effects)

    def hands(programme):
        return Counter({t.desk: round(1e6 * t.share) for t in programme.staff_time})

    def money(programme, key):
        return Counter({(c.payer, c.per): getattr(c, key) for c in programme.costs})

    assert sum((moves(p) for p in parts), Counter()) == moves(whole)
    assert sum((hands(p) for p in parts), Counter()) == hands(whole)
    for key in ("once", "a_year"):
        assert sum((money(p, key) for p in parts), Counter()) == +money(whole, key)
    assert {p.rollout for p in parts} == {whole.rollout}


@pytest.mark.parametrize(("name", "file"), [("tianyuan_model", "four_years.toml")])
def test_a_scenario_beside_a_design_has_the_district_that_it_names(name, file):
    """Notices a change of the shipped Minhang that the copy beside the design does not follow."""
    ours, theirs = load_scenario(ROOT / "experiments" / name / file), load_scenario("minhang")
    assert ours.scenario.district == theirs.scenario.district


@pytest.mark.parametrize("page", ["docs/experiments.md", "docs/zh/experiments.md"])
def test_the_page_lists_the_shipped_experiments_with_their_runs(page):
    """Notices an experiment that the list lacks, one that is gone, and a number of runs that the design no longer has."""
    rows = re.findall(r"^\| `(\w+)` +\|.*\| (\d+) +\|$", (ROOT / page).read_text("utf-8"), re.M)
    listed = {name: int(runs) for name, runs in rows}
    most = {}
    for name in shipped_designs():
        loaded = load_design(name)
        most[name] = plan_of(loaded, loaded.design.replicates.at_most).size()
    assert listed == most


@pytest.mark.parametrize("page", ["docs/experiments.md", "docs/zh/experiments.md"])
def test_the_design_of_the_page_can_be_run(page, tmp_path):
    """Notices an example that a reader copies and that is refused."""
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)
    (tmp_path / "page.toml").write_text(text, "utf-8")
    plan = plan_of(load_design(tmp_path / "page.toml"))
    assert len(plan.points) == 16
    assert list(plan.arms) == ["baseline", "whistle_report", "half"]


def test_the_schema_for_editors_is_that_of_the_code():
    """Notices a key of designs that editors do not know of."""
    assert (ROOT / "experiments" / "design.schema.json").read_text("utf-8") == design_format.json_schema()


def test_every_fault_of_a_design_is_told_at_once_in_both_languages(tmp_path):
    """Notices a fault that hides others, a line that is lost, and a message without its Chinese."""
    path = small(
        tmp_path,
        ('"household_visits"]', '"household_vists", "half"]'),
        ('"hotline_rate"', '"hotline_rat"'),
        ("levels = [0.75, 1.25]", "levels = [0.75, 9.0]"),
        ("{ number = 2 }", "{ number = 2, at_least = 3 }"),
        add='[[factors]]\nvary = "problems.arivals"\n[arm.half]\nprogrammes = ["grid_managment"]\n',
    )
    with pytest.raises(InputError) as caught:
        load_design(path)
    said = "\n".join(map(str, caught.value.faults))
    for part in (
        'design.toml:5: [arms[1]] no programme "household_vists"', 'did you mean "household_visits"',
        'did you mean "hotline_rate"',
        "9 is out of bounds", "0.75 to 1.25", "a number and a stop rule", 'did you mean "problems.arrivals"', "grid_management",
    ):  # fmt: skip
        assert part in said, part
    for fault in caught.value.faults:
        assert any("\u4e00" <= c <= "\u9fff" for c in told(fault, "zh")), fault


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('scenario = "classroom"', 'scenario = "clasroom"', 'did you mean "classroom"'),
        ('scenario = "classroom"', 'scenario = "../secret.toml"', "own folder"),
        ('scenario = "classroom"', 'scenarios = []\nquestoin = "x"', "unknown key"),
        ("days = 7", "days = 0", "from 1 to 3653"),
        ("{ number = 2 }", '{ at_least = 4, at_most = 2, until = "decided" }', "4 is above at_most"),
        ("{ number = 2 }", '{ at_least = 2, at_most = 4, until = "narrow" }', "half_width"),
        ("{ number = 2 }", "{}", "how many is not said"),
        ("levels = [0.75, 1.25]", "low = 1.2\nhigh = 1.1", "is not below high"),
        ("levels = [0.75, 1.25]", "levels = [true]", "is not a number"),
        ("problems.arrivals", "grid_management.intensity", 'no arm has "grid_management"'),
        ("problems.arrivals", "household_visits", "is on or off"),
        ("levels = [0.75, 1.25]", '[design]\nmethod = "sobol"\npoints = 6', "not a power of two"),
        ("levels = [0.75, 1.25]", '[design]\nmethod = "sobol"', "points is missing"),
        ("levels = [0.75, 1.25]", '[design]\nmethod = "list"', "list"),
        ("levels = [0.75, 1.25]", '[design]\nmethod = "list"\nlist = [{ "problems.arrivals" = 3.0 }]', "not a level"),
        ("levels = [0.75, 1.25]", 'by = "value"', "a table varies only by a factor"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, old, new, said):
    """Notices a design that runs although it cannot mean what it says."""
    assert said in "\n".join(faults_of(small(tmp_path, (old, new))))


def test_a_grid_that_explodes_is_refused_before_it_is_laid_out(tmp_path):
    """Notices 10^8 points being made, or the refusal without a way out."""
    names = [n for n, e in defaults().entries.items() if e.range and e.range[0] < e.range[1] and n != "problems.arrivals"][:27]
    path = small(tmp_path, add="".join(f'\n[[factors]]\nvary = "{n}"\n' for n in names))
    (said,) = faults_of(path)
    assert f"{2**28 * 4:,} runs are too many" in said
    assert 'method = "fractional"' in said


# ---- layouts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "resolution", "points"), [
    (3, 3, 4), (4, 4, 8), (5, 5, 16), (6, 4, 16), (7, 3, 8), (7, 4, 16), (8, 4, 16), (8, 5, 64), (11, 4, 32), (15, 3, 16),
])  # fmt: skip
def test_a_fraction_mixes_up_no_more_than_it_says(k, resolution, points):
    """Notices a generator word that aliases a factor with fewer others than the resolution promises, or wasted points.

    The numbers of points are those of the standard tables (Box, Hunter and Hunter).
    """
    found = fraction(k, resolution)
    assert found.points == points
    signs = np.where(found.signs(), 1, -1)
    assert len({tuple(row) for row in signs}) == points
    for size in range(1, resolution):
        for columns in itertools.combinations(range(k), size):
            assert abs(signs[:, columns].prod(1).sum()) == 0, columns
    for j, word in enumerate(found.words):
        assert (signs[:, found.base + j] == signs[:, list(word)].prod(1)).all()


AXES = (
    Axis("problems.arrivals", "parameter", 1.0, (), 0.5, 2.0, log=True),
    Axis("household_visits", "programme", False, (False, True)),
    Axis("household_visits.start_day", "rollout", 3, (), 0.0, 30.0),
)


@pytest.mark.parametrize("layout", [
    Layout(method="factorial"), Layout(method="fractional"), Layout(method="latin_hypercube", points=10),
    Layout(method="sobol", points=16), Layout(method="saltelli", points=8), Layout(method="one_at_a_time"),
], ids=lambda layout: layout.method)  # fmt: skip
def test_points_are_as_many_as_counted_within_bounds_and_the_same_each_time(layout):
    """Notices a count that is wrong before it is refused or run, a level out of bounds, and points that change."""
    found: list[dict[str, Any]] = rows(layout, AXES, 5)
    assert len(found) == count(layout, AXES)
    assert found == rows(layout, AXES, 5)
    for row in found:
        assert 0.5 <= row["problems.arrivals"] <= 2.0
        assert row["household_visits"] in (False, True)
        assert isinstance(row["household_visits.start_day"], (int, float))
        assert 0 <= row["household_visits.start_day"] <= 30
    if layout.points:
        assert found != rows(layout, AXES, 6)


def test_samples_fill_the_space():
    """Notices a hypercube with two points in a stratum, a factor that is not spread in its logarithm, a lost switch."""
    found: list[dict[str, Any]] = rows(Layout(method="latin_hypercube", points=20), AXES, 1)
    strata = sorted(math.floor(20 * math.log(r["problems.arrivals"] / 0.5) / math.log(4)) for r in found)
    assert strata == list(range(20))
    assert sum(r["household_visits"] for r in found) == 10
    sobol: list[dict[str, Any]] = rows(Layout(method="sobol", points=16), AXES, 1)
    assert sum(r["problems.arrivals"] > 1.0 for r in sobol) == 8


def test_saltelli_blocks_are_those_that_scipy_takes():
    """Notices columns of the wrong block exchanged: indices of the Ishigami function would be nonsense."""
    axes = [Axis(n, "parameter", 0.0, (), -math.pi, math.pi, by_value=True) for n in "abc"]
    found = rows(Layout(method="saltelli", points=1024), axes, 3)

    def ishigami(block: str) -> Any:
        x = np.array([[r[n] for n in "abc"] for r in found if r["block"] == block]).T
        return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])

    f: Any = {
        "f_A": ishigami("A")[None],
        "f_B": ishigami("B")[None],
        "f_AB": np.array([ishigami(f"AB:{n}")[None] for n in "abc"]),
    }
    indices = stats.sobol_indices(func=f, n=1024)
    assert np.ravel(indices.first_order) == pytest.approx([0.3139, 0.4424, 0.0], abs=0.05)
    assert np.ravel(indices.total_order) == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.05)


def test_a_sobol_design_of_two_scenarios_is_one_for_each(tmp_path):
    """Notices a design that its own analysis does not know again, because its scenarios follow one another."""
    text = ('scenario = "classroom"', 'scenarios = ["classroom", "kangcheng"]\nseed = 6')
    factor = '[[factors]]\nvary = "casework.bounce"\n[design]\nmethod = "saltelli"\npoints = 8\n'
    plan = plan_of(load_design(small(tmp_path, text, ("levels = [0.75, 1.25]", ""), add=factor)))
    points_table(tmp_path / "points.parquet", plan)
    points = pd.read_parquet(tmp_path / "points.parquet")
    blocks = by_scenario(factors(points), points)
    assert {name: (len(x), layout_of(x.to_numpy())) for name, x in blocks.items()} == {
        "classroom": (32, "sobol"), "kangcheng": (32, "sobol"),
    }  # fmt: skip
    assert blocks["classroom"].to_numpy().tolist() == blocks["kangcheng"].to_numpy().tolist()


# ---- what makes two runs the same --------------------------------------------------------------------------------


def test_what_a_run_does_not_feel_is_not_in_its_key(tmp_path):
    """Notices baselines run again for each dose, replicates that change keys, and points that should differ and do not."""
    path = small(tmp_path, add='\n[[factors]]\nvary = "household_visits.intensity"\nlevels = [0.5, 1.0]\n')
    plan, more = (plan_of(load_design(path), n) for n in (2, 7))
    keys = {run: plan.key(run) for run in plan.runs()}
    assert {run: more.key(run) for run in plan.runs()} == keys
    assert len(keys) == 4 * 2 * 2
    assert keys[Run(0, "baseline", 0)] == keys[Run(1, "baseline", 0)]
    assert keys[Run(0, "household_visits", 0)] != keys[Run(1, "household_visits", 0)]
    assert len(set(keys.values())) == (2 * 1 + 4) * 2
    grouped = tasks(plan, plan.runs())
    assert sorted(len(t.runs) for t in grouped) == [3, 3, 3, 3]  # a baseline and two doses share a world
    assert len({run for t in grouped for run in t.runs}) == 12


def test_a_point_is_the_scenario_with_its_levels(tmp_path):
    """Notices a multiple taken for a value, a level lost on its way, a programme not switched on, a rollout not changed."""
    path = small(
        tmp_path,
        ('levels = [0.75, 1.25]\n', ''),
        add='[[factors]]\nvary = "casework.bounce"\nby = "value"\nlow = 0.1\nhigh = 0.4\n'
        '[[factors]]\nvary = "mechanisms.attitudes"\n[[factors]]\nvary = "grid_management"\n'
        '[[factors]]\nvary = "household_visits.order"\nlevels = ["random", "worst_first"]\n'
        '[[factors]]\nvary = "household_visits.coverage"\nlevels = [0.5, 1.0]\n'
        '[design]\nmethod = "list"\nlist = [{ "problems.arrivals" = 0.8, "casework.bounce" = 0.15, '
        '"mechanisms.attitudes" = false, grid_management = true, "household_visits.order" = "worst_first", '
        '"household_visits.coverage" = 0.5 }]\n',
    )  # fmt: skip
    plan = plan_of(load_design(path))
    (point,) = plan.points
    there = at_point(plan.loaded, point)
    assert there.parameters["problems.arrivals"] == pytest.approx(0.8 * defaults()["problems.arrivals"])
    assert there.parameters["casework.bounce"] == 0.15
    assert not there.scenario.mechanisms.attitudes
    assert there.scenario.mechanisms.crime
    assert [p.id for p in plan.programmes(point, "baseline")] == ["grid_management"]
    grid, whistle = plan.programmes(point, "household_visits")
    assert whistle.rollout.coverage == 0.5
    assert whistle.rollout.target is not None
    assert whistle.rollout.target.order == "worst_first"
    assert grid.rollout == plan.added["grid_management"].rollout


def test_an_arm_with_a_dose_of_its_own(tmp_path):
    """Notices a dose of one arm that reaches another, or none."""
    path = small(tmp_path, ('"household_visits"]', '"household_visits", "half"]'),
                 add='[arm.half]\nprogrammes = ["household_visits"]\n'
                     'rollouts.household_visits = { intensity = 0.5 }\n')  # fmt: skip
    plan = plan_of(load_design(path))
    (half,), (full,) = (plan.programmes(plan.points[0], arm) for arm in ("half", "household_visits"))
    assert half.rollout.intensity == 0.5
    assert full.rollout.intensity != 0.5


# ---- when there are enough ----------------------------------------------------------------------------------------


def test_narrow_is_students_interval():
    """Notices a standard deviation in the place of the standard error, or the wrong quantile."""
    d = np.array([1.0, 2.0, 4.0, 7.0, 3.0])
    half = stats.sem(d) * stats.t.ppf(0.975, 4)
    for width, enough in ((half * 1.001, True), (half * 0.999, False)):
        rule = Replicates(at_least=2, at_most=9, until="narrow", half_width=width)
        assert StopRule(rule, "satisfaction").enough(d) is enough


def test_decided_pays_for_looking_often():
    """Notices a sign taken for clear at 5% at each of many looks, and one replicate taken for enough."""
    d = np.array([1.0, 2.0, 4.0, 7.0, 3.0])
    p = 2 * stats.t.sf(d.mean() / stats.sem(d), 4)
    for looks, enough in ((math.floor(0.05 / p), True), (math.ceil(0.05 / p), False)):
        rule = StopRule(Replicates(at_least=2, at_most=2 + looks, step=1, until="decided"), "satisfaction")
        assert rule.looks() == looks
        assert rule.enough(d) is enough
    assert not rule.enough(d[:1])
    assert rule.enough(np.zeros(4))  # runs that never differ have nothing more to say
