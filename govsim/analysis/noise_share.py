"""How much of an outcome's variance is chance: replicates of the same world against worlds, by components of variance."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ("points", "replicates", "between_points", "shared_by_points", "rest", "noise_share")


def noise_share(table: pd.DataFrame) -> pd.DataFrame:
    """One row, columns `COLUMNS`, from one value per point (rows) and replicate (columns), none missing.

    Replicate k of every point draws the same random numbers, so replicates are crossed with points: besides the variance
    between points there is what a replicate does to all points alike (`shared_by_points`) and the rest. The one-way
    analysis would take the shared part for a smaller variance between points. `noise_share` is (shared + rest) / total.
    Components are estimated from mean squares; a negative estimate is zero. NaN with fewer than two points or replicates.
    """
    x = table.to_numpy(float)
    points, replicates = x.shape
    if points < 2 or replicates < 2:
        return pd.DataFrame([(points, replicates, *[np.nan] * 4)], columns=list(COLUMNS))
    of_points, of_replicates = x.mean(axis=1), x.mean(axis=0)
    rest = x - of_points[:, None] - of_replicates + x.mean()
    error = float((rest**2).sum()) / ((points - 1) * (replicates - 1))
    between = max(0.0, float(of_points.var(ddof=1)) - error / replicates)
    shared = max(0.0, float(of_replicates.var(ddof=1)) - error / points)
    total = between + shared + error
    share = (shared + error) / total if total > 0 else np.nan
    return pd.DataFrame([(points, replicates, between, shared, error, share)], columns=list(COLUMNS))
