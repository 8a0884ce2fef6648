"""Sobol indices: which factor causes which share of an outcome's variance, alone and with all its interactions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.factors import layout_of
from govsim.analysis.side_by_side import SEED
from govsim.errors import InputError

F64 = npt.NDArray[np.float64]

RESAMPLES = 999
COLUMNS = ("factor", "alone", "alone_low", "alone_high", "total", "total_low", "total_high")


def sobol_indices(x: pd.DataFrame, y: F64) -> pd.DataFrame:
    """One row per factor, columns `COLUMNS`, from a Sobol design `x` (points, factors) and its outcome `y` (points,).

    Uses scipy's estimators (Saltelli 2010) and 95% bootstrap intervals. Raises InputError where `x` is no such design.
    """
    from scipy import stats

    if layout_of(x.to_numpy(float)) != "sobol":
        raise InputError("these points are no Sobol design: blocks of A, AB_1 .. AB_d, B are needed")
    d = x.shape[1]
    if np.ptp(y) == 0:
        return pd.DataFrame([(name, *[np.nan] * 6) for name in x.columns], columns=list(COLUMNS))
    f = y.reshape(-1, d + 2)
    functions: Any = {"f_A": f[:, 0][None], "f_B": f[:, -1][None], "f_AB": np.moveaxis(f[:, 1:-1], 1, 0)[:, None]}
    found = stats.sobol_indices(func=functions, n=len(f), rng=np.random.default_rng(SEED))
    spread = found.bootstrap(confidence_level=0.95, n_resamples=RESAMPLES)
    columns: list[Any] = [
        found.first_order, spread.first_order.confidence_interval.low, spread.first_order.confidence_interval.high,
        found.total_order, spread.total_order.confidence_interval.low, spread.total_order.confidence_interval.high,
    ]  # fmt: skip
    return pd.DataFrame(dict(zip(COLUMNS, [list(x.columns), *(np.ravel(c) for c in columns)], strict=True)))
