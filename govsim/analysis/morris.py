"""Morris screening: which factors matter at all, and which of them bend or interact, from few points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.factors import layout_of
from govsim.analysis.side_by_side import SEED
from govsim.errors import InputError

F64 = npt.NDArray[np.float64]

COLUMNS = ("factor", "size", "size_low", "size_high", "slope", "bend")


def screening(x: pd.DataFrame, y: F64) -> pd.DataFrame:
    """One row per factor from trajectories `x` (points, factors) and `y` (points,), columns `COLUMNS`.

    An elementary effect is the change of the outcome when one factor goes over its whole range, as seen in one step.
    `size` is the mean of their sizes (mu*, Campolongo 2007) with its 95% interval, `slope` their mean (mu), `bend` their
    standard deviation (sigma): large where the effect depends on where one stands. Needs SALib (extra `calibrate`).
    """
    if layout_of(x.to_numpy(float)) != "morris":
        raise InputError("these points are no Morris design: trajectories that move one factor at a time are needed")
    try:
        from SALib.analyze import morris
    except ImportError:
        raise InputError('Morris screening needs SALib: pip install "govsim[calibrate]"') from None
    low, high = x.min().to_numpy(), x.max().to_numpy()
    unit = (x.to_numpy(float) - low) / (high - low)  # so that effects are per range, whatever a factor's unit
    problem = {"num_vars": x.shape[1], "names": list(x.columns), "bounds": [[0.0, 1.0]] * x.shape[1]}
    found = morris.analyze(problem, unit, np.asarray(y, float), num_resamples=999, seed=SEED)
    size, half = np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float)
    return pd.DataFrame(
        {
            "factor": list(x.columns), "size": size, "size_low": size - half, "size_high": size + half,
            "slope": np.asarray(found["mu"], float), "bend": np.asarray(found["sigma"], float),
        }
    )  # fmt: skip
