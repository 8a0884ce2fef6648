"""Results in other programs' files: they read back as they were, and no cell runs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from govsim.errors import InputError, StorageError
from govsim.experiment.results import Results, read_results
from govsim.report.csv_file import csv_bytes
from govsim.report.exports import stata_names, to_csv, to_ema, to_salib, to_stata, write_stata
from tests.made_up import folder_of

NASTY = pd.DataFrame({
    "name": ["=HYPERLINK(1)", "+1", "-2", "@x", "\tx", "梅园,新村", 'a"b', None],
    "amount": [-1.5, 2.0, np.nan, 0.25, 1e-7, 3.0, -4.0, 5.0],
    "count": range(8),
})  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return read_results(folder_of(tmp_path_factory.mktemp("实验 结果") / "一"))


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers():
    """Notices text that a spreadsheet would run, a negative number that becomes text, and Chinese without its mark."""
    raw = csv_bytes(NASTY)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(1)", "'+1", "'-2", "'@x", "'\tx", "梅园,新村", 'a"b', ""]
    back = pd.read_csv(io.BytesIO(raw))
    assert back["amount"].tolist() == pytest.approx(NASTY["amount"].tolist(), nan_ok=True)
    assert csv_bytes(pd.DataFrame({"=x": pd.Categorical(["-a", "b"])})).decode("utf-8-sig") == "'=x\n'-a\nb\n"


def test_every_table_is_exported(results, tmp_path):
    """Notices a table that is left out, and values that differ."""
    written = {p.name: p for p in to_csv(results, tmp_path / "csv")}
    assert {f"{t}.csv" for t in ("runs", "outcomes", "points", "places", "headlines")} <= set(written)
    back = pd.read_csv(written["outcomes.csv"])
    assert back["value"].to_numpy() == pytest.approx(results.outcomes["value"].to_numpy())
    assert pd.read_csv(written["places.csv"])["compound"].tolist() == ["'=c1", "c2"]
    assert back["arm"].tolist() == results.outcomes["arm"].astype(str).tolist()


def test_stata_reads_back_what_was_written(results, tmp_path):
    """Notices Chinese that is lost, dates that are text, missing numbers that become zero, and long names that collide."""
    frame = pd.DataFrame({
        "小区名称": ["梅园新村", "=1", ""], "x" * 40: [1, 2, 3], "x" * 40 + "y": [1.5, np.nan, -2.0],
        "day": [dt.date(2018, 3, 1), dt.date(2018, 3, 2), None], "yes": [True, False, True],
    })  # fmt: skip
    back = pd.read_stata(write_stata(frame, tmp_path / "中文.dta"))
    assert back.columns[0] == "小区名称"
    assert back["小区名称"].tolist() == ["梅园新村", "=1", ""]
    assert all(len(c) <= 32 for c in back.columns)
    assert back.iloc[:, 2].tolist() == pytest.approx([1.5, np.nan, -2.0], nan_ok=True)
    assert back["day"].dt.date.tolist()[:2] == [dt.date(2018, 3, 1), dt.date(2018, 3, 2)]
    assert back["yes"].tolist() == [1, 0, 1]
    assert stata_names(["a b", "a-b", "1st", "A_B"]) == ["a_b", "a_b_2", "_1st", "A_B_3"]
    written = {p.name: p for p in to_stata(results, tmp_path / "stata")}
    outcomes = pd.read_stata(written["outcomes.dta"])
    assert outcomes["value"].to_numpy() == pytest.approx(results.outcomes["value"].to_numpy())
    assert pd.api.types.is_datetime64_any_dtype(outcomes["start"])


def test_the_archive_is_the_one_ema_workbench_reads(results, tmp_path):
    """Notices an outcome without its file, rows out of step with the experiments, and text that is no category."""
    (path,) = to_ema(results, tmp_path)
    with tarfile.open(path, "r:gz") as archive:
        members = {m.name: archive.extractfile(m).read() for m in archive.getmembers()}  # type: ignore[union-attr]
    about = json.loads(members["metadata.json"])
    experiments = pd.read_csv(io.BytesIO(members["experiments.csv"]))
    assert set(about["experiments"]) == set(experiments.columns)
    assert about["experiments"]["policy"] == "category"
    assert {"load", "speed", "policy", "scenario", "replicate", "model"} <= set(experiments.columns)
    for kind, name, file in about["outcomes"]:
        assert kind == "ScalarOutcome"
        column = pd.read_csv(io.BytesIO(members[file]), header=None, index_col=False)
        assert column.shape == (len(experiments), 1), name
    mean = pd.read_csv(io.BytesIO(members["satisfaction.cls"]), header=None)[0]
    arm = experiments[experiments["policy"] == "help"].index
    wanted = 60 + 5 * experiments["load"] + 4 * experiments["speed"]
    assert (mean - wanted)[arm].abs().max() < 1
    assert len(experiments) == len(results.runs)


def test_ema_workbench_itself_reads_it(results, tmp_path):
    """Notices a change of the format in ema_workbench (where it is installed)."""
    utilities = pytest.importorskip("ema_workbench.util.utilities")
    experiments, outcomes = utilities.load_results(str(to_ema(results, tmp_path)[0]))
    assert len(experiments) == len(results.runs)
    assert isinstance(experiments["policy"].dtype, pd.CategoricalDtype)
    assert outcomes["satisfaction"].shape == (len(experiments),)


def test_salib_gets_points_in_the_order_of_its_design(results, tmp_path):
    """Notices X and Y out of step, levels in the place of differences, and bounds that are not those of the points."""
    to_salib(results, tmp_path)
    problem = json.loads((tmp_path / "problem.json").read_text("utf-8"))
    x = np.load(tmp_path / "X.npy")
    assert (problem["names"], problem["num_vars"], problem["layout"]) == (["load", "speed"], 2, "sobol")
    assert np.allclose(problem["bounds"], np.array([x.min(0), x.max(0)]).T)
    y = pd.read_csv(tmp_path / "Y.csv")
    assert y["point"].tolist() == list(range(len(x)))
    assert y["satisfaction-baseline"].to_numpy() == pytest.approx(60 + 5 * x[:, 0], abs=1e-9)
    assert y["satisfaction-help"].to_numpy() == pytest.approx(4 * x[:, 1], abs=1e-9)
    sobol = pytest.importorskip("SALib.analyze.sobol")
    found = sobol.analyze(problem, y["satisfaction-baseline"].to_numpy(), calc_second_order=False, seed=1)
    assert found["S1"] == pytest.approx([1, 0], abs=0.1)


def test_what_cannot_be_exported_says_why(results, tmp_path):
    """Notices an empty file in the place of an error, and a traceback where the disk is at fault."""
    plain = Results(results.folder, {}, {})
    plain.__dict__["points"] = None
    with pytest.raises(InputError, match="no points"):
        to_salib(plain, tmp_path)
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(StorageError, match="taken"):
        to_csv(results, tmp_path / "taken")
    with pytest.raises(InputError, match="holds no finished results"):
        read_results(tmp_path)
    assert Path(tmp_path / "taken").read_text() == "mine"
