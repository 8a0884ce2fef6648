"""A folder of results whose answers are known: satisfaction is a plain function of two factors and the arm."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from govsim.observe.outcomes import BY_NAME

WEEKS = 17
FACTORS = ("load", "speed")
#: Outcomes that are there besides satisfaction and cost, with the same value everywhere.
OTHERS = {"open_problems": 5.0, "answered": 4.0, "felt_solved": 0.5, "cost": 0.0}


def design(n: int = 32) -> np.ndarray:
    """A Sobol design of two factors on the unit square: blocks of A, AB_1, AB_2, B."""
    both = stats.qmc.Sobol(4, seed=2).random(n)
    blocks = [(a, (b[0], a[1]), (a[0], b[1]), b) for a, b in zip(both[:, :2], both[:, 2:], strict=True)]
    return np.array([row for block in blocks for row in block])


def satisfaction(arm: str, load: float, speed: float) -> float:
    """60 + 5 load; arm `help` adds 4 speed, arm `harm` takes 1."""
    return 60 + 5 * load + {"baseline": 0.0, "help": 4 * speed, "harm": -1.0}[arm]


def folder_of(folder: Path, points: int = 16, replicates: int = 2, arms: tuple[str, ...] = ("baseline", "help", "harm")) -> Path:
    """Writes the folder and returns it. Replicates lie 0.3 to each side of the function, in all points and arms alike."""
    x = design(points)
    keys = [(p, arm, r) for p in range(len(x)) for arm in arms for r in range(replicates)]
    runs = pd.DataFrame(keys, columns=["point", "arm", "replicate"]).assign(residents=1000, compounds=2, days=7 * WEEKS)
    shift = 0.3 * (2 * runs["replicate"] - (replicates - 1))
    level = [satisfaction(arm, *x[p]) for p, arm, _ in keys] + shift
    spent = 40.0 * (runs["arm"] == "help")
    slots = [(name, c, k == 0) for name in (*OTHERS, "satisfaction") for k, c in enumerate(BY_NAME[name].categories)]
    start = [dt.date(2018, 3, 1) + dt.timedelta(7 * w) for w in range(WEEKS)]
    weeks = pd.DataFrame({"period": range(WEEKS), "start": start, "days": 7, "partial": False})
    whole = runs[["point", "arm", "replicate"]].merge(weeks, how="cross")
    blocks = []
    for name, category, first in slots:
        of_run = {"satisfaction": level, "cost": spent}.get(name, pd.Series(OTHERS.get(name, 0.0), index=runs.index))
        value = np.repeat(of_run.to_numpy(float) * first, WEEKS)
        blocks.append(whole.assign(outcome=name, category=category, value=value))
    folder.mkdir(parents=True)
    pd.concat(blocks, ignore_index=True).to_parquet(folder / "outcomes.parquet")
    runs.to_parquet(folder / "runs.parquet")
    pd.DataFrame({"point": range(len(x)), **{f: x[:, k] for k, f in enumerate(FACTORS)}}).to_parquet(folder / "points.parquet")
    places = {"compound": ["=c1", "c2"], "name": ["梅园", "新村"], "type": ["village", "old_public"], "residents": [400, 600]}
    pd.DataFrame(places).to_parquet(folder / "places.parquet")
    said = {"design_file": 'outcomes = ["satisfaction", "open_problems_level"]\n'}
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    return folder
