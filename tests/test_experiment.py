"""Experiments run: the same tables whoever makes the runs, nothing done twice, points that are what they say."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from govsim.analysis import run_by_run
from govsim.analysis.headlines import headline_values
from govsim.analysis.run_by_run import compound_values_of, some_runs, values_of
from govsim.analysis.stopping import StopRule
from govsim.cli.main import main
from govsim.errors import BusyError, GovsimError, InputError
from govsim.experiment import merge
from govsim.experiment.cluster import packed, unpacked
from govsim.experiment.load_design import load_design, plan_of
from govsim.experiment.one_run import Failed, Made, Workshop
from govsim.experiment.plan import Plan, Run
from govsim.experiment.point import Point, at_point
from govsim.experiment.processes import Processes
from govsim.experiment.run import execute
from govsim.experiment.store import Store
from govsim.experiment.tables import outcomes_table
from govsim.programmes.catalogue import shipped
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.world.world import World, build, read_map
from tests.designs import TABLES, small, tables


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small(tmp_path_factory.mktemp("设计 one"))


@pytest.fixture(scope="module")
def whole(design: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small design, run in this process without any disturbance."""
    out = tmp_path_factory.mktemp("结果 whole")
    assert execute(plan_of(load_design(design)), out).failed == ()
    return out


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in (folder / "shards").glob("*.parquet")}


class Backwards:
    """An executor that makes tasks in another order, and runs of a task too."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def results(self, tasks) -> Iterator[Made | Failed]:
        from govsim.experiment.one_run import Task, carry_out

        for task in reversed(tasks):
            yield from carry_out(self.plan, Task(tuple(reversed(task.runs))), Workshop())

    def close(self) -> None: ...


# ---- tables ------------------------------------------------------------------------------------------------------


def test_tables_name_points_and_arms(whole, design):
    """Notices a point lost or renumbered, levels under another point, an arm's rows under another name."""
    points, runs, outcomes, compounds = (pd.read_parquet(whole / name) for name in TABLES)
    assert points.to_dict("list") == {"point": [0, 1], "scenario": ["classroom"] * 2, "problems.arrivals": [0.75, 1.25]}
    keys = [(p, a, k) for p in (0, 1) for a in ("baseline", "household_visits") for k in (0, 1)]
    assert list(runs[["point", "arm", "replicate"]].itertuples(index=False, name=None)) == keys
    for frame in (outcomes, compounds):
        assert list(frame.columns[:3]) == ["point", "arm", "replicate"]
        found = frame[["point", "arm", "replicate"]].drop_duplicates().astype({"arm": str})
        assert list(found.itertuples(index=False, name=None)) == keys
    assert runs["programmes"].tolist() == ["", "", "household_visits", "household_visits"] * 2
    arisen = outcomes[(outcomes.outcome == "problems") & (outcomes.arm == "baseline")].groupby("point")["value"].sum()
    assert arisen[0] < arisen[1]
    manifest = json.loads((whole / "manifest.json").read_text("utf-8"))
    assert manifest["design_file"] == design.read_text("utf-8")
    assert {"code", "govsim", "numpy", "numba"} <= set(manifest["identity"])
    assert {"package", "commit", "python"} <= set(manifest["made_with"])


def test_a_run_at_a_point_is_the_run_of_a_scenario_that_says_so(whole, tmp_path):
    """Notices a point whose parameters do not reach the run, or reach more than they should; another seed at a point."""
    said = {k: 1.25 * float(v) for k, v in _arrivals().items()}
    changes = {"parameters.problems.arrivals": {"value": said, "assumed": "the point", "range": (0.5, 2.0)},
               "sample": 0.34, "time.burn_in_years": 0.0, "time.horizon_days": 7}  # fmt: skip
    loaded = load_scenario("classroom", changes=changes)
    sim = Simulation(build(loaded, 1), [shipped()["household_visits"]]).run(7)
    mine = outcomes_table(sim, "household_visits", 1).to_pandas()
    frame = pd.read_parquet(whole / "outcomes.parquet").astype({"arm": str})
    there = frame[(frame.point == 1) & (frame.arm == "household_visits") & (frame.replicate == 1)]
    assert mine["value"].tolist() == there["value"].tolist()
    assert mine["value"].sum() > 0


def _arrivals() -> dict[str, float]:
    from govsim.scenario.parameters import defaults
    from govsim.vocabulary import KINDS

    return dict(zip(KINDS, defaults()["problems.arrivals"], strict=True))


def test_memory_stays_flat_and_the_rows_the_same(whole, design, tmp_path, monkeypatch):
    """Notices a table gathered whole before it is written, and rows that depend on how many are written at once."""
    monkeypatch.setattr(merge, "GROUP", 100)
    monkeypatch.setattr(merge, "RUNS_AT_ONCE", 3)
    with Store(whole, plan_of(load_design(design))) as store:
        before = {name: pd.read_parquet(whole / name) for name in TABLES}
        kept = tables(whole)
        store.merge()
    assert pq.ParquetFile(whole / "outcomes.parquet").num_row_groups >= 8
    assert pq.ParquetFile(whole / "runs.parquet").num_row_groups == 3
    for name, frame in before.items():
        pd.testing.assert_frame_equal(pd.read_parquet(whole / name), frame, check_categorical=False)
        (whole / name).write_bytes(kept[name])


def test_an_analysis_that_reads_some_runs_at_a_time_is_the_whole_one(whole, monkeypatch, tmp_path):
    """Notices a run that is cut where a block ends, lost, or counted twice, and rows that are read all at once."""
    tables = (whole / "outcomes.parquet", whole / "compounds.parquet")
    runs = pd.read_parquet(whole / "runs.parquet")
    places = pd.DataFrame({"compound": pd.read_parquet(tables[1])["compound"].astype(str).unique()}).assign(residents=700)
    frames = [pd.read_parquet(table) for table in tables]
    at_once = (*values_of(frames[0], runs), compound_values_of(frames[1], places, runs))
    rows = len(frames[0]) // 8
    for size in (rows // 2 + 7, rows, 2 * rows + 1):
        monkeypatch.setattr(run_by_run, "ROWS", size)
        blocks = list(some_runs(tables[0]))
        assert sum(map(len, blocks)) == len(frames[0])
        assert max(map(len, blocks)) <= size + rows
        piecewise = (*values_of(tables[0], runs), compound_values_of(tables[1], places, runs))
        for one, other in zip(at_once, piecewise, strict=True):
            keys = [name for name in one.columns if name != "value"]
            left, right = (frame.sort_values(keys, ignore_index=True) for frame in (one, other))
            pd.testing.assert_frame_equal(left, right, check_exact=True)
    frames[0].sort_values("outcome", kind="stable").to_parquet(tmp_path / "mixed.parquet")  # runs in pieces: read whole
    assert len(list(some_runs(tmp_path / "mixed.parquet"))) == 1


# ---- the same, whoever makes the runs ----------------------------------------------------------------------------


def test_the_order_of_the_work_changes_no_byte(whole, design, tmp_path):
    """Notices results that depend on which run came first, or on a world that was used before."""
    plan = plan_of(load_design(design))
    execute(plan, tmp_path, executor=Backwards(plan))
    assert tables(tmp_path) == tables(whole)
    shards = [{p.name: p.read_bytes() for p in (f / "shards").glob("*.parquet")} for f in (tmp_path, whole)]
    assert shards[0] == shards[1]


def test_processes_change_no_byte(whole, design, tmp_path):
    """Notices results that depend on processes, and workers that outlive the experiment."""
    import multiprocessing

    plan = plan_of(load_design(design))
    execute(plan, tmp_path, executor=Processes(plan, 2))
    assert tables(tmp_path) == tables(whole)
    assert not multiprocessing.active_children()


def test_replicates_are_added_and_none_is_made_again(design, whole, tmp_path):
    """Notices a replicate that depends on how many there are, and finished runs made anew."""
    loaded = load_design(design)
    execute(plan_of(loaded, 1), tmp_path)
    before = stamps(tmp_path)
    execute(plan_of(loaded, 2), tmp_path)
    after = stamps(tmp_path)
    assert len(after) == 2 * len(before)
    assert {name: after[name] for name in before} == before
    assert tables(tmp_path) == tables(whole)


def test_a_world_is_used_again_only_where_it_is_the_same():
    """Notices a world kept although a parameter that it was built from differs, and one built for nothing."""
    loaded = load_scenario("classroom", changes={"sample": 0.34})
    shop = Workshop()
    for multiples, maps, worlds in (
        ((), 1, 1),
        ((("casework.bounce", 0.8),), 1, 1),  # nobody's home depends on it
        ((("problems.compound_spread", 1.2),), 1, 2),  # a lasting factor of each compound does
        ((("residents.tenant_share", 1.1),), 1, 3) if "residents.tenant_share" in loaded.parameters else ((), 1, 3),
    ):
        at = at_point(loaded, Point(multiples=multiples))
        world = shop.world(at, 0, 2, 6)
        fresh = build(at, 2, 6)
        assert shop.built == {"maps": maps, "worlds": worlds}
        assert world.parameters is at.parameters
        for name in {f.name for f in fields(World)} - {"scenario", "parameters"}:
            assert pickle.dumps(getattr(world, name)) == pickle.dumps(getattr(fresh, name)), (multiples, name)


# ---- stop rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "replicates"), [(1e6, 2), (1e-6, 5)])
def test_replicates_come_until_there_are_enough_or_at_most(tmp_path, width, replicates):
    """Notices a rule that never looks, never stops, or forgets its maximum; and a resumed one that ends elsewhere."""
    rule = f'{{ at_least = 2, at_most = 5, step = 2, until = "narrow", half_width = {width} }}'
    loaded = load_design(small(tmp_path / "d", ("{ number = 2 }", rule), ("days = 7", "days = 21")))
    outs = []
    for _ in range(2):
        stop = StopRule(loaded.design.replicates, "belonging")
        outs.append(execute(plan_of(loaded), tmp_path / "out", rounds=stop))
        runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
        assert runs["replicate"].max() + 1 == outs[-1].replicates == replicates
    assert json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["replicates"] == replicates


def test_the_rule_looks_at_paired_differences_of_the_primary_outcome(whole, design):
    """Notices an arm paired with the baseline of another point or replicate, and another headline looked at."""
    plan, rule = plan_of(load_design(design)), load_design(design).design.replicates
    runs, outcomes = (pd.read_parquet(whole / f"{name}.parquet") for name in ("runs", "outcomes"))
    expected = []
    for p in (0, 1):
        v = headline_values(outcomes[outcomes.point == p], runs[runs.point == p])
        wide = v[v.headline == "belonging"].pivot(index="replicate", columns="arm", values="value")
        expected.append((wide["household_visits"] - wide["baseline"]).tolist())
    with Store(whole, plan) as store:
        found = StopRule(rule, "belonging").differences(store, 2)
        assert [d.tolist() for d in found] == expected
        assert len({x for d in expected for x in d} - {0.0}) >= 2  # replicates differ: an exchange would be seen
        alone = Store(whole, plan)
        alone.plan = Plan(**{**{f: getattr(plan, f) for f in ("loaded", "replicates", "days", "seed", "points", "design")},
                             "arms": {"baseline": ()}})  # fmt: skip
        (between,) = StopRule(rule, "problems_rate").differences(alone, 2)
        assert (between > 0).all()


# ---- the folder ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("levels = [0.75, 1.25]", "levels = [0.8, 1.25]"), "factors[0].levels: there [0.75, 1.25], here [0.8, 1.25]"),
        (('"household_visits"]', '"grid_management"]'), "arms.grid_management: there null"),
        (("days = 7", "days = 14"), "days: there 7, here 14"),
        (("sample = 0.34", "sample = 0.5"), "classroom.scenario.sample: there 0.34, here 0.5"),
    ],
)
def test_another_experiment_in_the_folder_is_refused_with_what_differs(whole, tmp_path, change, said):
    """Notices two experiments mixed in one folder, and a refusal that does not say why."""
    before = {p: p.read_bytes() for p in whole.rglob("*.*") if p.is_file()}
    with pytest.raises(BusyError) as caught:
        execute(plan_of(load_design(small(tmp_path, change))), whole)
    assert said in str(caught.value)
    assert {p: p.read_bytes() for p in before} == before


def test_another_version_of_the_code_is_refused(whole, design, monkeypatch):
    """Notices runs of two versions of the model under one name."""
    from govsim.experiment import plan as plans

    monkeypatch.setattr(plans, "versions", lambda: {"govsim": "9.9", "numpy": "1", "numba": "1", "code": "other"})
    with pytest.raises(BusyError, match=r"code: there .*, here other"):
        execute(plan_of(load_design(design)), whole)


def test_words_and_outcomes_may_change(whole, tmp_path):
    """Notices a folder refused because somebody corrected the question or wants to look at another figure."""
    path = small(tmp_path, ("A question?", "The question?"), ('"satisfaction"]', '"fear"]'))
    before = stamps(whole)
    assert execute(plan_of(load_design(path)), whole).failed == ()
    assert stamps(whole) == before


# ---- the command line ----------------------------------------------------------------------------------------------


def test_run_and_status_on_the_command_line(design, whole, tmp_path, capsys):
    """Notices another table than that of the interface, a status that counts wrongly, or that needs the lock."""
    out = tmp_path / "实验 '结果'"
    assert main(["experiment", "status", str(design), "--out", str(out)]) == 0
    assert "nothing in" in capsys.readouterr().out
    assert not out.exists()
    assert main(["experiment", "run", str(design.parent), "--out", str(out), "--workers", "1", "--lang", "zh"]) == 0
    assert "重复 2 次" in capsys.readouterr().out
    assert tables(out) == tables(whole)
    next((out / "shards").glob("*.compounds.parquet")).with_suffix("").with_suffix(".parquet").unlink()
    with Store(out, plan_of(load_design(design))):
        assert main(["experiment", "status", str(design), "--out", str(out)]) == 0
    assert "7 of 8 runs done" in capsys.readouterr().out


def test_progress_grows_with_a_stop_rule(tmp_path, capsys):
    """Notices more runs done than there are."""
    rule = '{ at_least = 2, at_most = 3, step = 1, until = "narrow", half_width = 1e-9 }'
    design = small(tmp_path / "d", ("{ number = 2 }", rule), ('"hotline_rate"', '"belonging"'))
    assert main(["experiment", "run", str(design), "--out", str(tmp_path / "out"), "--lang", "en"]) == 0
    said = capsys.readouterr()
    assert "12 of 12 runs" in said.err
    assert "3 replicates of each run" in said.out
    assert main(["experiment", "status", str(design), "--out", str(tmp_path / "out"), "--lang", "en"]) == 0
    assert "12 of 12 runs done (3 replicates)" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "said"), [
    (["experiment", "run", "tuning_gird"], 'did you mean "tuning_grid"'),
    (["experiment", "walk", "tuning_grid"], "invalid choice"),
    (["experiment", "run", "tuning_grid", "--run-timeout", "0"], "seconds above 0"),
    (["experiment", "run", "design.yaml"], "only TOML"),
])  # fmt: skip
def test_a_wrong_word_is_explained(words, said, capsys, tmp_path, monkeypatch):
    """Notices another code than 2 or a hint that is missing."""
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--lang", "en"]) == 2
    assert said in capsys.readouterr().err


# ---- a cluster -----------------------------------------------------------------------------------------------------


def test_a_parcel_brings_the_data_files_along(tmp_path, monkeypatch):
    """Notices a cluster that looks for the district's files where only the leading machine has them."""
    out = tmp_path / "own" / "mine.toml"
    data = Path(__file__).resolve().parents[1] / "scenarios" / "example_district"
    assert main(["import", str(data / "compounds.csv"), "--ties", str(data / "ties.csv"), "--out", str(out)]) == 0
    plan = Plan(load_scenario(out), {"baseline": ()}, 1, 7, 1)
    there = unpacked(packed(plan))
    assert there.loaded.path != plan.loaded.path
    ours, theirs = read_map(plan.loaded), read_map(there.loaded)
    assert list(ours.compounds.ids) == list(theirs.compounds.ids)
    assert np.array_equal(ours.compounds.x, theirs.compounds.x)
    assert there.key(Run(0, "baseline", 0)) == plan.key(Run(0, "baseline", 0))


def test_a_worker_that_comes_later_with_another_version_is_refused(design, monkeypatch):
    """Notices a worker that joins after the others were asked and gives other numbers, and a refusal that does not travel."""
    from govsim.experiment import cluster

    parcel = packed(plan_of(load_design(design)))
    monkeypatch.setattr(cluster, "versions", lambda: {"govsim": "9.9", "numpy": "1", "numba": "1", "code": "other"})
    cluster.unpacked.cache_clear()
    with pytest.raises(InputError) as caught:
        unpacked(parcel)
    assert "code: there other" in str(pickle.loads(pickle.dumps(caught.value)))


def test_without_the_extra_the_command_says_what_to_install(design, tmp_path, capsys, monkeypatch):
    """Notices a traceback where distributed is not installed."""
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    words = ["experiment", "run", str(design), "--out", str(tmp_path), "--cluster", "tcp://127.0.0.1:1"]
    assert main(words) == 2
    assert 'pip install "govsim[cluster]"' in capsys.readouterr().err


@pytest.mark.parametrize("error", [InputError, GovsimError])
def test_errors_of_a_cluster_are_errors_for_people(error):
    """Notices errors that the command line would print as tracebacks."""
    assert issubclass(error, GovsimError)
