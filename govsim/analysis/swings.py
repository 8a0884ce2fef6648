"""How far each uncertain factor swings an outcome: worlds where it is high against worlds where it is low. Any design."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.side_by_side import RESAMPLES, SEED, middle

F64 = npt.NDArray[np.float64]

COLUMNS = ("factor", "when_low", "when_high", "swing", "low", "high", "points_low", "points_high")
#: Low and high are the outer thirds of the values a factor takes; of two values, each.
THIRD = 1 / 3


def swings(x: pd.DataFrame, y: F64) -> pd.DataFrame:
    """One row per factor, largest swing first: mean of `y` (points,) where the factor is low and where it is high.

    `low` and `high` bound the swing at 95% (bootstrap of the points on each side). In a design that varies factors
    together, a swing holds what varies with the factor too.
    """
    rows = []
    draw = np.random.default_rng(SEED)
    for name in x.columns:
        v = x[name].to_numpy(float)
        below, above = y[v <= np.quantile(v, THIRD)], y[v >= np.quantile(v, 1 - THIRD)]
        bounds = (np.nan, np.nan)
        if min(len(below), len(above)) >= 3:
            samples = [side[draw.integers(0, len(side), (RESAMPLES, len(side)))].mean(axis=1) for side in (below, above)]
            bounds = middle(samples[1] - samples[0])
        when = float(below.mean()), float(above.mean())
        rows.append((name, *when, when[1] - when[0], *bounds, len(below), len(above)))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values("swing", key=np.abs, ascending=False, kind="stable", ignore_index=True)
