"""`govsim experiment analyse|export`, `govsim why` and the Python interface, end to end in both languages."""

# the stubs of pandas take a cell, .loc[row, column], for anything that a cell may be
# mypy: disable-error-code="operator, arg-type, index, comparison-overlap"
from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

import govsim
from govsim.analysis.findings import findings, question
from govsim.analysis.headlines import headline_values
from govsim.analysis.run_by_run import compound_values_of
from govsim.cli.main import main
from govsim.errors import InputError
from govsim.experiment.failures import append
from govsim.experiment.load_design import load_design, plan_of
from govsim.experiment.lockstep import PARTS
from govsim.experiment.manifest import read, write
from govsim.experiment.recalled import recalled_plan
from govsim.experiment.results import read_results
from govsim.experiment.why_runs import experiment_paths
from govsim.interface import compare, run
from tests.designs import small
from tests.made_up import folder_of

ROOT = Path(__file__).resolve().parents[1]
SHORT = {"time.burn_in_years": 0.2, "time.horizon_days": 28}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of the classroom as the command line writes it."""
    out = tmp_path_factory.mktemp("分析") / "课堂 对比"
    words = ["compare", "classroom", "--arms", "whistle_report", "household_visits", "--days", "35", "--replicates", "5"]
    assert main([*words, "--workers", "1", "--lang", "en", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("设计") / "点")


def flat(text: str) -> str:
    return "".join(text.split())


# ---- findings of a made-up experiment ----------------------------------------------------------------------------


def test_all_findings_of_a_made_up_experiment_are_those_it_was_made_of(made_up):
    """Notices a table whose arms, points or directions are mixed up on the way from the frames."""
    r = read_results(made_up)
    assert r.wanted == ["satisfaction", "open_problems_level"]
    found = findings(question(r.wanted, smallest=0.5), r.runs, r.outcomes, None, r.places, r.points)
    regret = found["regret"].set_index("arm")
    assert regret.loc["help", ["mean_regret", "max_regret", "share_best"]].tolist() == pytest.approx([0, 0, 1])
    assert regret.loc["harm", "max_regret"] == pytest.approx(1 + 4 * r.points["speed"].max())
    beats = found["beats"].set_index("arm")
    assert (beats.loc["help", "baseline"], beats.loc["harm", "baseline"]) == (1.0, 0.0)
    index = found["sensitivity"].set_index(["of", "factor"])
    assert set(index["method"]) == {"sobol"}
    assert index.loc[("baseline", "load"), "alone"] == pytest.approx(1, abs=0.15)
    assert index.loc[("help", "speed"), "alone"] == pytest.approx(1, abs=0.15)
    assert index.loc[("help", "load"), "alone"] == pytest.approx(0, abs=0.15)
    noise = found["noise"].set_index("of")
    assert noise.loc["help", "noise_share"] == pytest.approx(0, abs=1e-9)  # both arms have the same replicates
    assert 0 < noise.loc["baseline", "noise_share"] < 0.3
    money = found["money"].set_index("arm")
    spent = 40.0 * 17 / (1000 * 119 / 365.25)
    assert money.loc["help", "cost"] == pytest.approx(spent)
    assert money.loc["help", "ratio"] == pytest.approx(spent / (4 * r.points["speed"].mean()))
    assert money.loc["harm", "standing"] == "dominated"
    assert len(found["by_point"]) == 2 * len(r.points) * found["by_point"]["outcome"].nunique()
    assert found["over_time"]["quarter"].max() == 1


# ---- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ["which arm is better", "Value for money", "Who gains and who loses", "old public housing", "Household visits",
            "No effect as large", "Pairing: with independent seeds"]),
    ("zh", ["哪个方案更好", "花费是否值得", "谁得益，谁受损", "老公房小区", "大走访", "效果是否小于", "配对的收益"]),
])  # fmt: skip
def test_analyse_reads_what_compare_has_written(compared, lang, said, capsys):
    """Notices a table that is missing, words in the wrong language, and letters that a figure cannot show."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        words = ["experiment", "analyse", str(compared), "--lang", lang, "--smallest", "0.5"]
        assert main([*words, "--outcomes", "satisfaction", "open_problems_level", "felt_solved_share"]) == 0
    out = flat(capsys.readouterr().out)
    for text in said:
        assert flat(text) in out
    place = compared / "analysis"
    for name in ("comparison", "best", "replicates", "no_effect", "money", "goals", "over_time", "by_group", "headcount"):
        assert len(pd.read_csv(place / f"{name}.csv")) > 0, name
    drawn = {p.name for p in (place / "figures").iterdir()}
    assert {f"{f}-{lang}.{e}" for f in ("over_time", "money", "gainers") for e in ("png", "svg")} <= drawn
    assert all((place / "figures" / name).stat().st_size > 3000 for name in drawn)


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ["what it may cost", "Sobol indices", "How much is chance", "What moves satisfaction", "Means over the 64 points"]),
    ("zh", ["可能的损失", "Sobol 指数", "偶然占多少", "什么左右居民满意度", "64 个点的平均"]),
])  # fmt: skip
def test_analyse_reads_an_experiment_of_many_points(made_up, lang, said, capsys):
    """Notices findings over worlds that are not shown, and the design's outcomes not asked for."""
    assert main(["experiment", "analyse", str(made_up), "--lang", lang]) == 0
    out = flat(capsys.readouterr().out)
    for text in said:
        assert flat(text) in out
    assert (made_up / "analysis" / "figures" / f"swings-{lang}.png").stat().st_size > 3000


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ["Left out: baseline 1 of 5 replicates (runs failed: 1, not made yet: 0); help 2 of 5 replicates",
            "(runs failed: 2, not made yet: 1)."]),
    ("zh", ["未计入：基准5次重复中的1次（1次运行失败，0次尚未运行）；help5次重复中的2次（2次运行失败，1次尚未运行）。"]),
])  # fmt: skip
def test_units_that_failed_runs_took_are_named_under_the_table(tmp_path, lang, said, capsys):
    """Notices a comparison that says nothing of lost replicates, or takes a mean over the points that are left for whole."""
    folder = folder_of(tmp_path / "x", points=4, replicates=5)
    lost = {(0, "baseline", 0): 1, (3, "help", 1): 1, (5, "help", 1): 1, (2, "help", 4): 0}
    for name in ("runs", "outcomes"):
        frame = pd.read_parquet(folder / f"{name}.parquet")
        gone = [run in lost for run in zip(frame["point"], frame["arm"], frame["replicate"], strict=True)]
        frame[~pd.Series(gone)].to_parquet(folder / f"{name}.parquet")
    for (point, arm, k), failed in lost.items():
        if failed:
            append(folder, {"point": point, "arm": arm, "replicate": k, "said": "x"})
    design = 'outcomes = ["satisfaction"]\n'
    manifest = {"design_file": design, "arms": {"baseline": [], "harm": [], "help": []}, "replicates": 5}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert main(["experiment", "analyse", str(folder), "--lang", lang]) == 0
    out = flat(capsys.readouterr().out)
    for text in said:
        assert flat(text) in out
    dropped = pd.read_csv(folder / "analysis" / "dropped.csv").set_index("arm")
    assert dropped["dropped"].to_dict() == {"baseline": 1, "help": 2, "harm": 0}
    assert dropped.loc["help", ["runs_failed", "runs_not_made", "pairs_dropped"]].tolist() == [2, 1, 3]
    compared = pd.read_csv(folder / "analysis" / "comparison.csv").set_index(["outcome", "arm"])
    assert compared.loc[("satisfaction", "help"), "replicates"] == 2
    assert compared.loc[("satisfaction", "harm"), ["replicates", "difference"]].tolist() == pytest.approx([4, -1.0])


def test_one_replicate_and_arms_that_are_all_alike_give_no_false_certainty(tmp_path, capsys):
    """One replicate, outcomes all equal. Notices a p of nothing, "nan" on the screen, a warning, and marks without runs."""
    folder = folder_of(tmp_path / "x", points=4, replicates=1, arms=("baseline", "harm"))
    frame = pd.read_parquet(folder / "outcomes.parquet")
    frame.loc[frame["outcome"] == "satisfaction", "value"] = 61.5
    frame.to_parquet(folder / "outcomes.parquet")
    for lang in ("en", "zh"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert main(["experiment", "analyse", str(folder), "--lang", lang, "--smallest", "0.5", "--width", "0.1"]) == 0
        shown = capsys.readouterr()
        assert not re.search(r"\bnan\b|[<>] ?0\.001|\d[*!#]", shown.out)
        assert "Warning" not in shown.err
    compared = pd.read_csv(folder / "analysis" / "comparison.csv")
    assert compared["p"].isna().all()
    assert compared["low"].isna().all()


@pytest.mark.full
def test_the_same_results_give_the_same_files(made_up):
    """Notices a bootstrap without a fixed seed, and dates in figures."""
    main(["experiment", "analyse", str(made_up), "--lang", "en"])
    before = {p: p.read_bytes() for p in (made_up / "analysis").rglob("*") if p.is_file()}
    main(["experiment", "analyse", str(made_up), "--lang", "en"])
    assert {p.name for p, data in before.items() if p.read_bytes() != data} == set()


@pytest.mark.full
def test_another_process_gives_the_same_files(compared, tmp_path):
    """Notices rows in the order of a set, which differs from process to process: two analyses of one folder that differ."""
    kept = []
    for seed in ("1", "2", "3"):
        folder = shutil.copytree(compared, tmp_path / seed, ignore=shutil.ignore_patterns("shards", "figures", "analysis"))
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        words = [sys.executable, "-m", "govsim", "experiment", "analyse", str(folder)]
        assert subprocess.run(words, cwd=ROOT, env=env, capture_output=True, timeout=120).returncode == 0
        kept.append({p.name: p.read_bytes() for p in (folder / "analysis").glob("*.csv")})
    assert len(kept[0]) >= 12
    for other in kept[1:]:
        assert {name for name in kept[0] if kept[0][name] != other.get(name)} == set()


def test_mistakes_are_told(compared, tmp_path, capsys):
    """Notices a traceback in the place of an explanation."""
    assert main(["experiment", "analyse", str(tmp_path), "--lang", "en"]) == 2
    assert "holds no finished results" in capsys.readouterr().err
    assert main(["experiment", "analyse", str(compared), "--outcomes", "hapiness"]) == 2
    assert "hapiness" in capsys.readouterr().err
    assert main(["experiment", "export", str(compared), "--to", "salib", "--into", str(tmp_path / "x")]) == 2
    assert main(["experiment"]) == 2
    assert main(["experiment", "export", str(compared)]) == 2
    assert main(["experiment", "analyse", "no_such_design"]) == 2
    assert main(["why", "classroom", "--with", "whistle_blow"]) == 2


@pytest.mark.parametrize(("to", "file"), [("csv", "headlines.csv"), ("stata", "places.dta"), ("ema", "ema.tar.gz")])
def test_export_writes_the_files_it_names(compared, tmp_path, to, file, capsys):
    """Notices a format that the command does not reach, and Stata files that refuse our own tables."""
    assert main(["experiment", "export", str(compared), "--to", to, "--into", str(tmp_path), "--lang", "en"]) == 0
    assert str(tmp_path / file) in capsys.readouterr().out
    assert (tmp_path / file).stat().st_size > 200


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ["The first difference is on day", "only with", "Case c0", "The ways of the effect", "made there"]),
    ("zh", ["最早的分岔在第", "仅见于有项目", "案件 c0", "效果的路径", "产生于此"]),
])  # fmt: skip
def test_why_tells_the_story_and_the_ways(lang, said, tmp_path, capsys):
    """Notices a step without words, a missing way, and tables that are not written."""
    words = ["why", "classroom", "--with", "whistle_report", "--days", "42", "--lang", lang, "--out", str(tmp_path)]
    assert main([*words, "--outcomes", "felt_solved_share", "satisfaction"]) == 0
    out = capsys.readouterr().out
    for text in said:
        assert flat(text) in flat(out)
    ways = pd.read_csv(tmp_path / "ways.csv")
    assert set(ways["outcome"]) == {"felt_solved_share", "satisfaction"}
    assert (tmp_path / "different-events.csv").stat().st_size > 500


# ---- through what ------------------------------------------------------------------------------------------------


def test_the_runs_behind_through_are_those_of_the_experiment(compared):
    """Notices another world, seed, length or rollout than the folder's: its numbers would be taken apart wrongly."""
    r = read_results(compared)
    frames = experiment_paths(recalled_plan(r.manifest), "household_visits", [1, 3])
    again, whole = headline_values(*frames), headline_values(r.outcomes, r.runs)
    for arm, theirs in (("arm", "household_visits"), ("baseline", "baseline")):
        for k in (1, 3):
            mine, other = (
                v[(v["arm"] == name) & (v["replicate"] == k)]["value"].tolist() for v, name in ((again, arm), (whole, theirs))
            )
            assert mine == pytest.approx(other, rel=0, abs=0, nan_ok=True)
    assert {a for a in again["arm"] if a.startswith("held:")} == {f"held:{part.name}" for part in PARTS}


def test_a_scenario_is_called_back_with_its_own_programmes_and_rollouts(tmp_path):
    """Notices a part of the scenario that the manifest loses, an arm's own rollout that is left out, and a guess."""
    shutil.copy(ROOT / "govsim" / "programmes" / "catalogue" / "whistle_report.toml", tmp_path / "mine.toml")
    mine = (tmp_path / "mine.toml").read_text("utf-8").replace('id = "whistle_report"', 'id = "mine"')
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    text = (
        (ROOT / "scenarios" / "classroom.toml").read_text("utf-8").replace("[time]", 'programme_files = ["mine.toml"]\n[time]', 1)
    )
    more = '[parameters.problems.arrivals]\nvalue = { noise = 0.0031 }\nsource = "a test"\n[programmes.mine]\nintensity = 1.5\n'
    (tmp_path / "own.toml").write_text(text + more, encoding="utf-8")
    add = '\n[arm.half]\nprogrammes = ["mine"]\nrollouts.mine = { intensity = 0.5, start_day = 3 }\n'
    design = small(tmp_path, ('"classroom"', '"own.toml"'), ('"household_visits"', '"half"'), add=add)
    plan = plan_of(load_design(design))
    write(tmp_path, plan)
    manifest = read(tmp_path / "manifest.json")
    back = recalled_plan(manifest)
    assert back.loaded.sha256 == plan.loaded.sha256
    assert [p.id for p in back.loaded.programmes] == ["mine"]
    (ours,), (theirs,) = (one.programmes(one.points[0], "half") for one in (back, plan))
    assert ours.rollout == theirs.rollout
    assert (ours.rollout.intensity, ours.rollout.start_day) == (0.5, 3)
    assert [(e.lever, e.dose) for e in ours.effects] == [(e.lever, e.dose) for e in theirs.effects]
    assert list(back.arms) == list(plan.arms)
    assert (back.days, back.seed) == (7, 6)
    identity = {**manifest["identity"], "code": "other"}
    with pytest.raises(InputError, match="another version of the model"):
        recalled_plan({**manifest, "identity": identity})
    scenarios = {"own": {**manifest["scenarios"]["own"], "files": {"compounds_file": "0"}}}
    with pytest.raises(InputError, match="does not hold the scenario"):
        recalled_plan({**manifest, "scenarios": scenarios})


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ["Through what: how Household visits", "made there: all", "whole effect", "2 replicates", "days of a world", "took"]),
    ("zh", ["经由何处：大走访", "产生于此：全部", "总效果", "2 次重复", "世界日", "用时"]),
])  # fmt: skip
def test_through_takes_the_best_arm_apart(compared, lang, said, capsys):
    """Notices a command that runs another arm than it says, words that are missing, and a file that is not written."""
    words = ["experiment", "analyse", str(compared), "--lang", lang, "--outcomes", "satisfaction"]
    assert main([*words, "--through", "household_visits", "--through-replicates", "2"]) == 0
    shown = capsys.readouterr()
    for text in said:
        assert flat(text) in flat(shown.out + shown.err)
    ways = pd.read_csv(compared / "analysis" / "through.csv").set_index("part")
    assert set(ways["arm"]) == {"household_visits"}
    assert ways.loc["sum", "through"] + ways.loc["rest", "through"] == pytest.approx(ways.loc["sum", "total"])
    assert "--through" not in shown.out.replace("--through-replicates", "")


def test_analyse_names_the_command_that_tells_through_what(compared, capsys):
    """Notices a hint that is not a command, and an arm that does not exist taken for the best one."""
    words = ["experiment", "analyse", str(compared), "--lang", "en", "--outcomes", "satisfaction"]
    assert main(words) == 0
    hint = capsys.readouterr().out.strip().splitlines()[-1].split(": ", 1)[1]
    assert shlex.split(hint) == ["govsim", "experiment", "analyse", str(compared), "--through"]
    assert main([*words, "--through", "whistle"]) == 2
    assert 'no arm "whistle"' in capsys.readouterr().err


# ---- the interface -----------------------------------------------------------------------------------------------


def test_run_and_compare_give_what_the_commands_give(compared):
    """Notices another seed, replicate or arm behind the same names."""
    once = run("classroom", ["whistle_report"], replicate=3, days=35, events=True)
    both = compare("classroom", ["whistle_report", "household_visits"], replicates=5, days=35)
    mine = both.headlines[(both.headlines["arm"] == "whistle_report") & (both.headlines["replicate"] == 3)]
    assert once.headlines["value"].tolist() == pytest.approx(mine["value"].tolist(), rel=1e-12, nan_ok=True)
    assert once.arm == "whistle_report"
    assert once.events is not None
    assert set(once.events["kind"]) >= {"opened", "closed"}
    told = pd.read_csv(compared / "comparison.csv").set_index(["outcome", "arm"])["difference"]
    assert both.effects.set_index(["outcome", "arm"])["difference"].tolist() == pytest.approx(told.tolist(), nan_ok=True)
    assert both.folder is None


def test_what_the_interface_cannot_use_is_an_input_error(tmp_path):
    """Notices a typing mistake that runs the baseline."""
    with pytest.raises(InputError, match="whistle_report"):
        run("classroom", ["whistle_repot"])
    with pytest.raises(InputError):
        run("classroom", days=0)
    loaded = govsim.load_scenario("classroom", changes=SHORT)
    assert len(run(loaded).headlines) > 20
    assert compare(loaded, ["whistle_report"], replicates=2, out=tmp_path / "o").folder == tmp_path / "o"
    assert (tmp_path / "o" / "runs.parquet").exists()


def test_importing_govsim_is_light():
    """Notices a call of the interface that is imported with the package: `govsim --help` would wait for numba."""
    code = "import sys, govsim; from govsim import experiment; assert callable(experiment); " \
           "print([m for m in ('numba', 'mesa', 'pandas', 'scipy', 'numpy') if m in sys.modules])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.full
def test_the_notebook_runs_as_a_script(capsys):
    """Notices a call of the interface that was renamed while docs/notebook.py still has it."""
    runpy.run_path(str(ROOT / "docs" / "notebook.py"))
    out = capsys.readouterr().out
    assert "satisfaction" in out
    assert "whistle_report" in out
    assert (ROOT / "docs" / "notebook.py").read_text("utf-8").count("\n# %%") == 2


@pytest.mark.full
def test_a_design_is_run_from_python_and_read_back(tmp_path):
    """Notices a package that cannot be called, and results that analyse does not understand."""
    design = tmp_path / "小.toml"
    design.write_text(DESIGN, encoding="utf-8")
    folder = govsim.experiment(design, tmp_path / "out")
    r = read_results(folder)
    assert r.wanted == ["felt_solved_share", "satisfaction"]
    assert r.points is not None
    assert r.places is not None
    found = findings(question(r.wanted), r.runs, r.outcomes, r.compounds, r.places, r.points)
    assert set(found["swings"]["factor"]) == {"casework.bounce"}
    assert main(["experiment", "analyse", str(design), "--out", str(folder), "--lang", "zh"]) == 0


@pytest.mark.full
def test_two_scenarios_are_never_one_map(tmp_path, capsys):
    """Notices compounds of two scenarios that have the same name taken for one, and a design that analyse cannot read."""
    text = ('scenario = "classroom"', 'scenarios = ["classroom", "mine.toml"]\nseed = 6')
    shipped, few = (ROOT / "scenarios" / "classroom.toml").read_text("utf-8"), "residents = { value = 4_800,"
    assert few in shipped
    (tmp_path / "mine.toml").write_text(shipped.replace(few, "residents = { value = 9_600,"), encoding="utf-8")
    out = tmp_path / "out"
    design = small(tmp_path, text, ("levels = [0.75, 1.25]", "levels = [1.25]"))
    assert main(["experiment", "run", str(design), "--workers", "2", "--out", str(out), "--lang", "en"]) == 0
    assert main(["experiment", "analyse", str(design), "--out", str(out), "--lang", "en"]) == 0
    r = read_results(out)
    assert r.points is not None
    assert r.points["scenario"].tolist() == ["classroom", "mine"]
    alone = r.runs["point"] == 0
    wanted = compound_values_of(r.compounds, r.places, r.runs[alone])
    told = pd.read_csv(out / "analysis" / "by_compound.csv")
    base = wanted[(wanted["arm"] == "baseline") & (wanted["outcome"] == "satisfaction")].groupby("compound")["value"].mean()
    mine_told = told[told["outcome"] == "satisfaction"].set_index("compound")["baseline"]
    assert mine_told.to_dict() == pytest.approx(base.to_dict())


@pytest.mark.full
def test_through_finds_a_district_that_was_read_from_files(tmp_path, capsys):
    """Notices a district that only its files describe: results do not hold them, the design that names them does."""
    data = ROOT / "scenarios" / "example_district"
    own = tmp_path / "own.toml"
    assert main(["import", str(data / "compounds.csv"), "--ties", str(data / "ties.csv"), "--out", str(own)]) == 0
    design, out = small(tmp_path, ('"classroom"', '"own.toml"')), tmp_path / "out"
    assert main(["experiment", "run", str(design), "--workers", "2", "--out", str(out)]) == 0
    words = ["--through", "--through-replicates", "1", "--lang", "en"]
    assert main(["experiment", "analyse", str(design), "--out", str(out), *words]) == 0
    shown = capsys.readouterr().out
    assert "Through what: how Household visits" in shown
    assert "not at the points of the design" in shown
    assert main(["experiment", "analyse", str(out), *words]) == 2
    assert "govsim why own.toml" in capsys.readouterr().err


DESIGN = """format = 1
name = { zh = "小", en = "Small" }
scenario = "classroom"
arms = ["baseline", "whistle_report"]
outcomes = ["felt_solved_share", "satisfaction"]
days = 28
[question]
zh = "试"
en = "Trial?"
[[factors]]
vary = "casework.bounce"
[design]
method = "factorial"
[replicates]
number = 2
"""
