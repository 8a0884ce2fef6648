"""A finished experiment's folder, read: its frames, its points, the map, and which outcomes it asked for."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from govsim.errors import InputError
from govsim.experiment import failures
from govsim.scenario.bilingual import Both


@dataclass(frozen=True)
class Results:
    """What stands in an experiment's folder. Tables are read when they are first asked for."""

    folder: Path
    manifest: Mapping[str, Any]
    design: Mapping[str, Any]  # what the design says; empty for a comparison without one

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run."""
        return pd.read_parquet(self.folder / "runs.parquet")

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per run, week, outcome and category."""
        return pd.read_parquet(self.folder / "outcomes.parquet")

    @cached_property
    def compounds(self) -> pd.DataFrame:
        """One row per run, quarter, compound, outcome and category."""
        return pd.read_parquet(self.folder / "compounds.parquet")

    @cached_property
    def points(self) -> pd.DataFrame | None:
        """The points of the design with the values of its factors; None for a comparison at one point."""
        path = self.folder / "points.parquet"
        return pd.read_parquet(path) if path.exists() else None

    @cached_property
    def places(self) -> pd.DataFrame | None:
        """The map, one row per compound; None where it was not written."""
        path = self.folder / "places.parquet"
        return pd.read_parquet(path) if path.exists() else None

    @cached_property
    def absent(self) -> pd.DataFrame:
        """Runs that the manifest counts and the tables lack: point, arm, replicate, and whether one failed or is not made yet."""
        arms, n = self.manifest.get("arms", {}), int(self.manifest.get("replicates", 0))
        points = [0] if self.points is None else self.points["point"].tolist()
        here = self.runs if "point" in self.runs.columns else self.runs.assign(point=0)
        there = set(zip(here["point"], here["arm"].astype(str), here["replicate"], strict=True))
        lost = [(p, arm, k) for p in points for arm in arms for k in range(n) if (p, arm, k) not in there]
        failed = {tuple(run) for run in failures.rows(self.folder)}
        frame = pd.DataFrame(lost, columns=["point", "arm", "replicate"])
        return frame.assign(failed=[run in failed for run in lost])

    @property
    def wanted(self) -> list[str]:
        """Headlines that the design names, the primary one first; empty where it names none."""
        return [str(name) for name in self.design.get("outcomes", ())]

    @property
    def wanted_half_width(self) -> float | None:
        """Half width of the primary outcome's interval that the design asks for, if it does."""
        said = self.design.get("replicates")
        width = said.get("half_width") if isinstance(said, Mapping) else None
        return None if width is None else float(width)


def read_results(folder: Path) -> Results:
    """Open a folder that `compare` or an experiment has written. Raises InputError where it holds no finished results."""
    for name in ("manifest.json", "runs.parquet", "outcomes.parquet"):
        if not (folder / name).is_file():
            raise InputError(Both(
                f"{folder} holds no finished results: {name} is missing", f"{folder} 中没有完成的结果：缺少 {name}"
            ))  # fmt: skip
    design = folder / "design.toml"
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        text = design.read_text("utf-8-sig") if design.is_file() else manifest.get("design_file")
        said = tomllib.loads(text) if text else manifest.get("design") or {}
    except ValueError as error:
        raise InputError(f"{folder}: a file cannot be read: {error}") from None
    return Results(folder, manifest, said)
