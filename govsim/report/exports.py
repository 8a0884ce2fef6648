"""Results for other programs: CSV, Stata, the archives of EMA Workbench, and the arrays of SALib."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from govsim.analysis.factors import by_scenario, factors, layout_of
from govsim.analysis.side_by_side import point_values
from govsim.errors import InputError, StorageError
from govsim.experiment.results import Results
from govsim.report.csv_file import write_csv

#: Stata 14 and newer read this; it is the oldest version that holds Chinese.
STATA: Final = 118
#: Longest name of a Stata variable.
LONGEST: Final = 32
#: Version of the archive that EMA Workbench 2.2 and newer write.
EMA: Final = 0.1


def to_csv(results: Results, out: Path) -> list[Path]:
    """Every table as tidy CSV (see `report.csv_file`)."""
    return _each_table(results, out, ".csv", lambda frame, path: write_csv(frame, path))


def to_stata(results: Results, out: Path) -> list[Path]:
    """Every table as a Stata file of version 118; dates are Stata dates, names are cut to 32 letters."""
    return _each_table(results, out, ".dta", write_stata)


def write_stata(frame: pd.DataFrame, path: Path) -> Path:
    """One frame as a Stata file, with the names of its columns as labels where they had to be changed."""
    names = stata_names([str(c) for c in frame.columns])
    kept = frame.copy()
    kept.columns = pd.Index(names)
    dates = {}
    for name in names:
        column = kept[name]
        sample = column.dropna()
        if len(sample) and hasattr(sample.iloc[0], "isoformat"):
            kept[name] = pd.to_datetime(column)
            dates[name] = "%td"
        elif isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(column.dtype):
            kept[name] = column.astype(object).where(column.notna(), "").astype(object)
        elif pd.api.types.is_bool_dtype(column.dtype):
            kept[name] = column.astype(np.int8)
        elif column.dtype == object:
            empty = sample.empty or isinstance(sample.iloc[0], str)
            kept[name] = column.where(column.notna(), "").astype(object) if empty else column.astype(float)
    labels = {new: str(old)[:80] for new, old in zip(names, frame.columns, strict=True) if new != str(old)}
    kept.to_stata(path, write_index=False, version=STATA, convert_dates=dates, variable_labels=labels)  # type: ignore[arg-type]
    return path


def stata_names(names: list[str]) -> list[str]:
    """Names that Stata takes: letters (Chinese ones too), digits and _, no digit first, at most 32, all different."""
    taken: set[str] = set()
    out = []
    for name in names:
        clean = re.sub(r"\W", "_", name)
        clean = (f"_{clean}" if clean[:1].isdigit() or not clean else clean)[:LONGEST]
        nth, unique = 1, clean
        while unique.lower() in taken:
            nth += 1
            unique = f"{clean[: LONGEST - len(str(nth)) - 1]}_{nth}"
        taken.add(unique.lower())
        out.append(unique)
    return out


def to_ema(results: Results, out: Path) -> list[Path]:
    """One row per point, arm and replicate: ema.tar.gz, which ema_workbench's load_results reads.

    experiments.csv has the factors, `policy` (the arm), `scenario` (the point), `replicate` and `model`; each headline is
    a scalar outcome, a file of one number per row.
    """
    x, y = _wide(results)
    experiments = x.reset_index().rename(columns={"arm": "policy", "point": "scenario"}).assign(model="govsim")
    kinds = {str(c): "category" if c in ("policy", "model") else str(experiments[c].dtype) for c in experiments.columns}
    members = {"experiments.csv": experiments.to_csv(index=False)}
    for name in y.columns:
        members[f"{name}.cls"] = y[name].to_csv(header=False, index=False, na_rep="nan")
    about = {"version": EMA, "outcomes": [["ScalarOutcome", n, f"{n}.cls"] for n in map(str, y.columns)], "experiments": kinds}
    members["metadata.json"] = json.dumps(about)
    path = out / "ema.tar.gz"
    with _writing(out), tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            data = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return [path]


def to_salib(results: Results, out: Path) -> list[Path]:
    """What SALib's analyses take: problem.json, X and Y as CSV and NPY (points by factors, points by `outputs`).

    Rows are the points in the order of the design, a Sobol design's in that of SALib. Y is the mean over replicates: the
    baseline's level, and for every arm its difference to it; NaN where all runs of a point failed. Of a design over several
    scenarios each has a folder with its name. Raises InputError for a comparison at one point.
    """
    if results.points is None:
        raise InputError("these results have no points: SALib needs a design that varies factors")
    values = point_values(results.outcomes, results.runs)
    blocks = by_scenario(factors(results.points), results.points)
    written = [_of_salib(x, values, out / name if len(blocks) > 1 else out) for name, x in blocks.items()]
    return [path for paths in written for path in paths]


def _of_salib(x: pd.DataFrame, values: pd.DataFrame, out: Path) -> list[Path]:
    bounds = [[float(x[c].min()), float(x[c].max())] for c in x.columns]
    problem: dict[str, Any] = {
        "num_vars": x.shape[1], "names": [str(c) for c in x.columns], "bounds": bounds, "layout": layout_of(x.to_numpy(float)),
    }  # fmt: skip
    mean = values.groupby(["headline", "arm", "point"], sort=False)["value"].mean().unstack("point").reindex(columns=x.index)
    columns = {}
    for headline, arm in mean.index:
        row = mean.loc[headline, arm]
        columns[f"{headline}-{arm}"] = row if arm == "baseline" else row - mean.loc[headline, "baseline"]
    y = pd.DataFrame(columns, index=x.index)
    problem["outputs"] = list(y.columns)
    with _writing(out):
        (out / "problem.json").write_text(json.dumps(problem, ensure_ascii=False, indent=1), encoding="utf-8")
        np.save(out / "X.npy", x.to_numpy(float))
        np.save(out / "Y.npy", y.to_numpy(float))
        written = [out / "problem.json", write_csv(x.reset_index(), out / "X.csv"), write_csv(y.reset_index(), out / "Y.csv")]
    return [*written, out / "X.npy", out / "Y.npy"]


def _wide(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Factors and headlines, one row per point, arm and replicate."""
    values = point_values(results.outcomes, results.runs).astype({"arm": str})
    y = values.pivot(index=["point", "arm", "replicate"], columns="headline", values="value")
    y = y[list(dict.fromkeys(values["headline"]))]
    if results.points is None:
        return pd.DataFrame(index=y.index), y
    x = results.points.set_index("point")
    return x.loc[y.index.get_level_values("point")].set_axis(y.index), y


def _each_table(results: Results, out: Path, ending: str, write: Callable[[pd.DataFrame, Path], Path]) -> list[Path]:
    """Every table of the folder, and the headlines of every run, written one after the other."""
    written = []
    with _writing(out):
        for path in sorted(results.folder.glob("*.parquet")):
            written.append(write(pd.read_parquet(path), out / (path.stem + ending)))
        written.append(write(point_values(results.outcomes, results.runs), out / ("headlines" + ending)))
    return written


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        out.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StorageError(f"the export could not be written to {out}: {error.strerror or error}") from error
