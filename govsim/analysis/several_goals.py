"""Several goals at once: the arms that no other arm beats in all of them, and how surely each is one of those."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.side_by_side import ENOUGH, bootstrap_means, side_by_side, sign_of

F64 = npt.NDArray[np.float64]


def unbeaten(gains: F64) -> npt.NDArray[np.bool_]:
    """Which rows of (..., arms, goals) no other row beats: as good in every goal and better in one. More is better."""
    mine, other = gains[..., :, None, :], gains[..., None, :, :]
    beaten = (other >= mine).all(-1) & (other > mine).any(-1)
    return np.asarray(~beaten.any(-1))


def pareto(values: pd.DataFrame, headlines: Sequence[str]) -> pd.DataFrame:
    """arm, one column of gains per headline, unbeaten, probability_unbeaten. Headlines without a better way are left out."""
    goals = [h for h in headlines if np.isfinite(sign_of(h))]
    tables = [side_by_side(values, h).pipe(lambda t: t.sub(t["baseline"], axis=0)) * sign_of(h) for h in goals]
    rows = sorted(set.intersection(*(set(t.index) for t in tables)))
    tables = [t.loc[rows] for t in tables]
    arms = list(tables[0].columns)
    now = np.stack([t.mean().to_numpy(float) for t in tables], axis=-1)
    chance = np.full(len(arms), np.nan)
    if len(rows) >= ENOUGH:
        means = bootstrap_means(pd.concat(tables, axis=1))
        samples = np.moveaxis(means.reshape(len(means), len(goals), len(arms)), 1, 2)
        chance = unbeaten(samples).mean(axis=0)
    frame = pd.DataFrame({"arm": arms, **{h: now[:, k] for k, h in enumerate(goals)}})
    return frame.assign(unbeaten=unbeaten(now), probability_unbeaten=chance)
