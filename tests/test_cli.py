"""The command line: its verbs, files, exit codes and languages, on the classroom's six compounds."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from govsim.cli import compare
from govsim.cli.describe import moved
from govsim.cli.main import main
from govsim.cli.progress import span
from govsim.cli.speech import Speech, speech
from govsim.experiment import plan as plans
from govsim.experiment import run as runs_on
from govsim.experiment.store import Store
from govsim.programmes.catalogue import shipped
from govsim.report.words import cells
from govsim.scenario.load import load_scenario
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import Effect
from govsim.vocabulary import TENURES
from govsim.world.people_marginals import check_people
from govsim.world.world import World, build

ROOT = Path(__file__).resolve().parents[1]
COMPARE = ["compare", "classroom", "--arms", "baseline", "whistle_report", "--arms", "household_visits",
           "--days", "14", "--replicates", "2", "--workers", "1", "--lang", "zh", "--out"]  # fmt: skip
CONTRACT = ["outcome", "arm", "mean_baseline", "mean_arm", "difference", "low", "high", "relative",
            "probability_better", "replicates", "correlation"]  # fmt: skip
BAD = """format = 1
name = { zh = "坏", en = "Bad" }
sede = 3
[time]
start = 2016-01-01
horizon_days = -5
[district]
compounds = { value = 6 }
"""


def shell(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m govsim` in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, "-m", "govsim", *words], env=env, cwd=ROOT, capture_output=True, timeout=120)


def living(session: int) -> list[str]:
    """Command lines of the processes of a session that are at work (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its) == session and state != "Z":
                found.append((stat.parent / "cmdline").read_text())
        except OSError:  # it has ended meanwhile
            continue
    return found


def shards(folder: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (folder / "shards").glob("*.parquet")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished comparison in a folder whose name has Chinese and spaces."""
    out = tmp_path_factory.mktemp("results") / "社区 对比" / "结果 一"
    assert main([*COMPARE, str(out)]) == 0
    return out


# ---- compare ----------------------------------------------------------------------------------------------------


def test_compare_leaves_the_files_of_the_contract(folder):
    """Notices a file that is missing or empty, and a column of comparison.csv that is renamed or moved."""
    for name in ("manifest.json", "runs.parquet", "outcomes.parquet", "compounds.parquet", "report-zh.html"):
        assert (folder / name).stat().st_size > 500
    figures = {p.name for p in (folder / "figures").iterdir()}
    assert {f"{f}-zh.{e}" for f in ("effects", "course", "map") for e in ("png", "svg")} <= figures
    with (folder / "comparison.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][: len(CONTRACT)] == CONTRACT
    assert {row[1] for row in rows[1:]} == {"whistle_report", "household_visits"}
    runs = pd.read_parquet(folder / "runs.parquet")
    assert len(runs) == 6
    assert set(runs["days"]) == {14}
    assert list(json.loads((folder / "manifest.json").read_text("utf-8"))["arms"]) == sorted(set(runs["arm"]))


def flat(text):
    """Text without its line breaks and spaces: how wide the terminal is does not matter."""
    return "".join(text.split())


def test_compare_goes_on_where_it_stopped_and_prints_the_table(folder, capsys):
    """Notices runs done twice, a lost shard not made again, and a table without its arms or its files."""
    before = shards(folder)
    lost = next(name for name in before if not name.endswith(".compounds.parquet"))
    (folder / "shards" / lost).unlink()
    whole = (folder / "outcomes.parquet").read_bytes()
    assert main([*COMPARE, str(folder)]) == 0
    after = shards(folder)
    assert {n for n in before if after[n] != before[n]} == {lost, lost.replace(".parquet", ".compounds.parquet")}
    assert (folder / "outcomes.parquet").read_bytes() == whole
    said = capsys.readouterr()
    for words in ("街镇吹哨、部门报到", "大走访", "基准", "配对效果", str(folder / "report-zh.html"), "effects-zh.png"):
        assert flat(words) in flat(said.out)
    assert "6 次运行中 5 次已经完成" in said.err


def test_the_language_of_the_report_is_that_asked_for(folder, capsys):
    """Notices --lang en giving Chinese, or the language becoming part of what names a run."""
    before = shards(folder)
    words = ["en" if word == "zh" else word for word in COMPARE]
    assert main([*words, str(folder)]) == 0
    assert flat("Whistle and report") in flat(capsys.readouterr().out)
    assert (folder / "report-en.html").exists()
    assert shards(folder) == before


def test_a_folder_with_another_experiment_is_left_alone(folder, capsys):
    """Notices results of two seeds mixed in one folder."""
    before = {p: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    assert main([*COMPARE, str(folder), "--seed", "99"]) == 3
    assert str(folder) in capsys.readouterr().err
    assert {p: p.read_bytes() for p in before} == before


def test_a_folder_that_is_in_use_is_left_alone(folder):
    """Notices two experiments writing to one folder."""
    with FileLock(folder / ".lock"):
        assert main([*COMPARE, str(folder)]) == 3


def test_a_file_in_the_folders_place_is_an_error_of_the_disk(tmp_path, capsys):
    """Notices a traceback, or another code than 4, where nothing can be written."""
    (tmp_path / "taken").write_text("mine")
    assert main([*COMPARE, str(tmp_path / "taken")]) == 4
    assert str(tmp_path / "taken") in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"


def test_what_is_very_large_waits_for_yes(tmp_path, capsys, monkeypatch):
    """Notices a huge experiment started unasked, and --yes without effect."""
    monkeypatch.setattr(plans, "LARGEST", 10.0)
    monkeypatch.setattr(compare, "_report", lambda *_: None)
    small = [
        "compare",
        "classroom",
        "--arms",
        "baseline",
        "--days",
        "7",
        "--replicates",
        "1",
        "--out",
        str(tmp_path / "o"),
    ]
    assert main(small) == 2
    assert "--yes" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    assert main([*small, "--yes"]) == 0
    assert (tmp_path / "o" / "outcomes.parquet").exists()


def test_an_interrupt_keeps_what_is_finished(tmp_path, capsys, monkeypatch):
    """Notices a traceback, a lost run or another code than 130 after Ctrl-C, and signal handlers left behind."""
    handlers = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    save = Store.save
    saved: list[str] = []

    def interrupted(self, *words):
        if saved:
            os.kill(os.getpid(), signal.SIGINT)
        saved.append(words[0])
        save(self, *words)

    words = [w if w != "zh" else "en" for w in COMPARE]
    monkeypatch.setattr(compare, "_report", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "save", interrupted)
        assert main([*words, str(tmp_path)]) == 130
    said = capsys.readouterr().err
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert len(shards(tmp_path)) == 2  # one run: its weeks and its compounds
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert main([*words, str(tmp_path)]) == 0
    assert "1 of 6 runs is there already" in capsys.readouterr().err


def test_a_run_that_fails_is_told_and_written_down(tmp_path, capsys, monkeypatch):
    """Notices a traceback on the screen, no trace of it anywhere, or another code than 1."""

    def broken(*_):
        raise RuntimeError("desk 7 has no rows")

    monkeypatch.setattr(runs_on, "execute", broken)
    assert main([*COMPARE, str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "desk 7 has no rows" in said
    assert "Traceback" not in said
    assert "Traceback" in (tmp_path / "failure.txt").read_text()


@pytest.mark.full
def test_ctrl_c_ends_workers_too(tmp_path):
    """Notices orphan workers, a traceback of theirs, or a wait for runs that were under way."""
    words = ["compare", "classroom", "--replicates", "8", "--days", "3653", "--workers", "2", "--out", str(tmp_path)]
    words += ["--arms", "baseline", *list(shipped())[:20]]  # so that a worker has much to do after the first arm
    command = [sys.executable, "-m", "govsim", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True) as child:
        while not (tmp_path / "shards").exists() or not shards(tmp_path):
            assert child.poll() is None
            time.sleep(0.1)
        begun = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does: all processes at once
        _, said = child.communicate(timeout=60)
        assert time.monotonic() - begun < 5
        assert child.returncode == 130
        assert b"Traceback" not in said
    until = time.monotonic() + 5
    while living(child.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not living(child.pid)


@pytest.mark.full
def test_the_number_of_workers_changes_no_byte(folder, tmp_path):
    """Notices results that depend on processes."""
    assert main([*(w if w != "1" else "2" for w in COMPARE), str(tmp_path)]) == 0
    for name in ("runs.parquet", "outcomes.parquet", "compounds.parquet", "comparison.csv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


# ---- run --------------------------------------------------------------------------------------------------------


def test_run_prints_every_headline_and_takes_a_sample(tmp_path, capsys):
    """Notices --with, --sample or --seed dropped on the way to the run, and a headline left out."""
    words = ["run", "classroom", "--with", "household_visits", "whistle_report", "--days", "7", "--sample", "0.5",
             "--seed", "4", "--out", str(tmp_path)]  # fmt: skip
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "Household visits + Whistle and report" in said
    assert "per 100,000 residents a year" in said
    assert said.count("\n") > 25
    run = pd.read_parquet(tmp_path / "runs.parquet").iloc[0]
    assert (run["arm"], run["seed"], run["compounds"]) == ("household_visits+whistle_report", 4, 3)


# ---- what a person gets wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fault_of_a_scenario_is_told_at_once(tmp_path, capsys, lang):
    """Notices a fault that hides others, a line that is lost, and anything written before the check."""
    scenario = tmp_path / "坏 情景.toml"
    scenario.write_text(BAD, encoding="utf-8")
    assert main(["compare", str(scenario), "--out", str(tmp_path / "out"), "--lang", lang]) == 2
    said = capsys.readouterr().err
    for part in (
        "坏 情景.toml:3: [sede]",
        "坏 情景.toml:6: [time.horizon_days]",
        "坏 情景.toml:8: [district.compounds",
    ):
        assert part in said
    assert ("没有这个键" if lang == "zh" else "unknown key") in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "en", "zh"),
    [
        (["compare", "clasroom"], 'did you mean "classroom"', "是否想写 “classroom”"),
        (["compare", "classroom", "--arms", "whistle_reprt", "gird_management"], "grid_management", "没有这个项目"),
        (["run", "classroom", "--days", "0"], "from 1 to 3653", "须为 1 到 3653 的整数"),
        (["run", "classroom", "--sample", "nan"], "at most 1", "不大于 1"),
        (["run"], "required: SCENARIO", "缺少参数：SCENARIO"),
        (["describe", "everything", "classroom"], "invalid choice", "没有 'everything'"),
        (["run", "classroom", "--frobnicate"], "--frobnicate", "没有这样的参数"),
        (["programmes", "whistle_reprt"], "whistle_report", "没有项目"),
        (["describe", "parameters", "classroom", "--group", "problem"], "problems", "没有参数组"),
        (["import", "nowhere.csv", "--out", "x.toml"], "nowhere.csv", "nowhere.csv"),
    ],
)
def test_a_wrong_word_is_explained_in_both_languages(words, en, zh, capsys, tmp_path, monkeypatch):
    """Notices another code than 2, a traceback, a hint that is missing, and English where Chinese was asked for."""
    monkeypatch.chdir(tmp_path)
    for lang, expected in (("en", en), ("zh", zh)):
        assert main([*words, "--lang", lang]) == 2
        said = capsys.readouterr().err
        assert expected in said
        assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_all_unknown_programmes_are_named(capsys):
    """Notices that only the first of several wrong arms is told."""
    assert main(["compare", "classroom", "--arms", "whistle_reprt", "gird_management+household_visits"]) == 2
    said = capsys.readouterr().err
    assert "whistle_reprt" in said
    assert "gird_management" in said


# ---- languages and terminals -------------------------------------------------------------------------------------


def test_help_starts_without_heavy_libraries():
    """Notices an import that makes `govsim --help` slow."""
    heavy = ("mesa", "numba", "pandas", "scipy", "matplotlib", "pyarrow", "pydantic", "numpy")
    code = f"import sys; from govsim.cli.main import main; main(['-h']); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("verb", ["run", "compare", "describe", "programmes", "import"])
def test_help_is_chinese_and_fits(verb, capsys, monkeypatch):
    """Notices a help text without Chinese, and lines longer than the screen because Chinese is twice as wide."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main([verb, "--help", "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("用法：govsim " + verb)
    assert max(cells(line) for line in lines) <= 80
    options = re.split(r"\n  (?=-)", "\n".join(lines))[1:]
    assert len(options) >= 2
    assert all(re.search("[\u4e00-\u9fff]", text) for text in options)


def test_an_ascii_terminal_is_no_obstacle():
    """Notices a crash on the first Chinese letter that a terminal cannot show."""
    done = shell("programmes", "community_platform", "--lang", "zh", PYTHONIOENCODING="ascii", LANG="zh_CN.UTF-8")
    assert done.returncode == 0
    text = done.stdout.decode("ascii")
    assert "\\u793e\\u533a\\u901a  Community platform" in text
    assert "What it moves" in text  # English where Chinese cannot be shown


def test_the_language_is_that_of_the_system_unless_asked_for():
    """Notices --lang losing against LANG, LC_ALL not winning over LANG, and Chinese sent to an ASCII terminal."""
    assert speech([], {"LANG": "zh_CN.UTF-8"}, "utf-8") == Speech("zh", "zh")
    assert speech([], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "utf-8") == Speech("en", "en")
    assert speech(["run", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "utf-8") == Speech("en", "en")
    assert speech(["run", "--lang=zh"], {}, "ascii") == Speech("zh", "en")


def test_times_are_told_in_words():
    """Notices seconds taken for minutes."""
    say = Speech("en", "en")
    assert [span(s, say) for s in (7.4, 240, 9000)] == ["7 s", "4 min", "2.5 h"]


# ---- describe, programmes, import --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "en", "zh"),
    [
        ("schedule", "complaints.hear", "每周最后一天"),
        ("parameters", "problems.service_effect", "个参数"),
        ("outcomes", "felt_solved_share", "居民感受解决率"),
        ("levers", "casework.bounce", "叠加次序"),
        ("network", "proximity", "孤立"),
    ],
)
def test_describe_prints_each_topic(topic, en, zh, capsys):
    """Notices a topic that fails or says nothing in one of the languages."""
    for lang, expected in (("en", en), ("zh", zh)):
        assert main(["describe", topic, "classroom", "--lang", lang]) == 0
        assert expected in capsys.readouterr().out


def test_parameters_in_force_are_those_of_the_scenario(tmp_path, capsys):
    """Notices defaults printed in place of what the scenario sets, and its source lost."""
    said = (ROOT / "scenarios" / "classroom.toml").read_text("utf-8")
    own = '\n[parameters.problems.service_effect]\nvalue = 2.75\nsource = "my own survey"\n'
    (tmp_path / "mine.toml").write_text(said + own, encoding="utf-8")
    assert main(["describe", "parameters", str(tmp_path / "mine.toml"), "--group", "problems"]) == 0
    out = capsys.readouterr().out
    block = out[out.index("problems.service_effect") :].split("problems.condition_effect")[0]
    assert "2.75" in block
    assert flat("my own survey") in flat(block)
    assert "mine.toml" in flat(block)
    assert "casework." not in out


def test_the_network_can_be_exported(tmp_path, capsys):
    """Notices --graphml without effect."""
    assert main(["describe", "network", "classroom", "--graphml", str(tmp_path / "网 络")]) == 0
    assert "<graphml" in (tmp_path / "网 络" / "classroom.graphml").read_text("utf-8")[:400]


def test_every_programme_has_a_page(capsys):
    """Notices a programme missing from the list, or whose page fails or leaves out a lever or a source."""
    assert main(["programmes", "--lang", "zh"]) == 0
    listed = capsys.readouterr().out
    for programme in shipped().values():
        assert programme.name.zh in listed
        assert programme.name.en in listed
        for lang in ("zh", "en"):
            assert main(["programmes", programme.id, "--lang", lang]) == 0
        page = capsys.readouterr().out
        assert ("provisional" in page) == programme.provisional
        for said in [e.lever for e in programme.effects] + [c.text[:20] for c in programme.citations]:
            assert said in page


def test_a_dose_is_shown_within_the_levers_bounds():
    """Notices a dose applied in the wrong way, a share of it shown as the whole, or a value beyond what the bounds allow."""
    entry = defaults().entries["casework.bounce"]
    rest = float(entry.value)

    def full(do, dose, share=1.0):
        effect = Effect(lever=entry.name, do=do, dose=dose, range=(dose, dose), grade="assumed", source="test", share=share)
        return moved(entry, effect)

    assert full("multiply", 0.5) == pytest.approx(0.5 * rest)
    assert full("add", 0.01) == pytest.approx(rest + 0.01)
    assert full("at_least", rest + 0.02) == pytest.approx(rest + 0.02)
    assert full("at_most", rest + 0.02) == pytest.approx(rest)
    assert full("add", 99.0) == entry.bounds[1]
    assert full("multiply", 0.5, 0.3) == pytest.approx(0.85 * rest)
    assert full("at_least", rest + 0.02, 0.3) == pytest.approx(rest + 0.006)


def test_a_district_is_imported_and_runs(tmp_path, capsys):
    """Notices an import that cannot be run, that hides what it filled, or that replaces files unasked."""
    data, out = ROOT / "scenarios" / "example_district", tmp_path / "我 的" / "mine.toml"
    words = ["import", str(data / "compounds.csv"), "--ties", str(data / "ties.csv"), "--out", str(out)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "10 compounds" in said
    assert "parking_pressure" in said
    assert main(["describe", "network", str(out)]) == 0
    assert "joint_meeting" in capsys.readouterr().out
    out.write_text("mine\n", encoding="utf-8")
    assert main(words) == 2
    assert out.read_text("utf-8") == "mine\n"
    assert main([*words, "--force"]) == 0
    assert out.read_text("utf-8") != "mine\n"


# ---- residents beside what is stated -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> World:
    return build(load_scenario("classroom"))


def test_residents_meet_what_is_stated(world):
    """Notices a marginal read from the wrong parameter or column; 4,800 people leave a few per cent to chance."""
    rows = {m.name: m for m in check_people(world)}
    near = [name for name in rows if name.startswith(("households: ", "working, ", "online, "))]
    for name in [*near, "ties within the building", "working shifts", "anchor of satisfaction", "household size"]:
        assert rows[name].stated == pytest.approx(rows[name].generated, abs=0.04), name
    assert rows["ties per resident"].generated == pytest.approx(rows["ties per resident"].stated, rel=0.1)
    for tenure in ("owner", "tenant"):
        row = rows[f"{tenure}: readiness to complain"]
        assert row.generated == pytest.approx(row.stated, rel=0.25)
    stake = defaults()["residents.stake"]
    ratio = (rows["tenant: readiness to complain"].stated or 0.0) / (rows["owner: readiness to complain"].stated or 1.0)
    assert ratio == pytest.approx(stake[1] / stake[0])


def test_marginals_are_counted_as_they_say(world):
    """Notices a share taken of the wrong people: the figures counted again, resident by resident."""
    p, rows = world.population, {m.name: m for m in check_people(world)}
    _, minds = world.persons()
    tenants: list[int] = []
    pairs = inside = 0
    for h in range(p.households):
        if TENURES[p.household_tenure[h]] == "tenant":
            tenants += range(p.household_residents[h], p.household_residents[h + 1])
    old = sum(p.age[i] == 3 for i in tenants)
    assert rows["tenant: aged 60+"].generated == pytest.approx(old / len(tenants))
    for c in range(len(world.compounds)):
        first = p.resident_start[c]
        for i in range(first, p.resident_start[c + 1]):
            for j in p.ties[i]:
                if j != 65535:
                    pairs += 1
                    inside += minds["building"][i] == minds["building"][first + int(j)]
    assert rows["ties per resident"].generated == pytest.approx(pairs / p.n)
    assert rows["ties within the building"].generated == pytest.approx(inside / pairs)
    assert np.isfinite([m.generated for m in rows.values()]).all()
