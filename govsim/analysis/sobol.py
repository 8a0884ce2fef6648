"""Sobol indices: which factor causes which share of an outcome's variance, alone and with all its interactions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.factors import layout_of
from govsim.analysis.paired import ROUNDING
from govsim.analysis.side_by_side import SEED
from govsim.errors import InputError

F64 = npt.NDArray[np.float64]

RESAMPLES = 499
COLUMNS = ("factor", "alone", "alone_low", "alone_high", "total", "total_low", "total_high")


def sobol_indices(x: pd.DataFrame, y: F64) -> pd.DataFrame:
    """One row per factor, columns `COLUMNS`, from a Sobol design `x` (points, factors) and its outcome `y` (points,).

    Uses scipy's estimators (Saltelli 2010) and 95% intervals from a bootstrap of the blocks, with a seed of our own: the
    same runs give the same bounds. Of blocks whose number is no power of two the last ones are left out. Raises InputError
    where `x` is no such design.
    """
    from scipy import stats

    if layout_of(x.to_numpy(float)) != "sobol":
        raise InputError("these points are no Sobol design: blocks of A, AB_1 .. AB_d, B are needed")
    d = x.shape[1]
    if np.ptp(y) <= ROUNDING * np.abs(y).max():
        return pd.DataFrame([(name, *[np.nan] * 6) for name in x.columns], columns=list(COLUMNS))
    f = y.reshape(-1, d + 2)
    f = f[: 2 ** int(np.log2(len(f)))]

    def indices(rows: npt.NDArray[np.intp]) -> F64:
        """First-order and total indices from these blocks (2 d,)."""
        g = f[rows]
        functions: Any = {"f_A": g[:, 0][None], "f_B": g[:, -1][None], "f_AB": np.moveaxis(g[:, 1:-1], 1, 0)[:, None]}
        found = stats.sobol_indices(func=functions, n=len(g))
        return np.concatenate([np.ravel(np.asarray(part)) for part in (found.first_order, found.total_order)])

    alone, total = indices(np.arange(len(f))).reshape(2, d)
    draw = np.random.default_rng(SEED)
    samples = np.array([indices(draw.integers(0, len(f), len(f))) for _ in range(RESAMPLES)])
    low, high = np.quantile(samples, [0.025, 0.975], axis=0)
    columns = [list(x.columns), alone, low[:d], high[:d], total, low[d:], high[d:]]
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
