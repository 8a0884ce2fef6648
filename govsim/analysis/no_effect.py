"""No effect worth mentioning: two one-sided tests (Schuirmann 1987) that a difference is smaller than stated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.side_by_side import differences, side_by_side

F64 = npt.NDArray[np.float64]

COLUMNS = ("outcome", "arm", "smallest", "difference", "low90", "high90", "p", "no_effect")


def equivalence(differences: F64, smallest: float) -> tuple[float, float, float]:
    """p that the mean difference is not within -smallest..smallest, and the bounds of its 90% interval.

    p below 0.05 and the 90% interval lying inside the bounds are the same finding.
    """
    from scipy import stats

    d = np.asarray(differences, float)
    if d.size < 2:
        return np.nan, np.nan, np.nan
    if np.ptp(d) == 0:
        return float(abs(d[0]) >= smallest), float(d[0]), float(d[0])
    above = stats.ttest_1samp(d, -smallest, alternative="greater").pvalue
    below = stats.ttest_1samp(d, smallest, alternative="less").pvalue
    half = float(stats.t.ppf(0.95, d.size - 1)) * float(d.std(ddof=1)) / np.sqrt(d.size)
    return float(max(above, below)), float(d.mean()) - half, float(d.mean()) + half


def no_effects(values: pd.DataFrame, headline: str, smallest: float) -> pd.DataFrame:
    """One row per arm, columns `COLUMNS`; `no_effect`: surely no effect as large as `smallest` either way."""
    table, rows = side_by_side(values, headline, in_all_arms=False), []
    for arm in table.columns[1:]:
        d = differences(table, str(arm))
        p, low, high = equivalence(d, smallest)
        rows.append((headline, arm, smallest, float(d.mean()) if d.size else np.nan, low, high, p, p < 0.05))
    return pd.DataFrame(rows, columns=list(COLUMNS))
