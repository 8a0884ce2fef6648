"""Several arms at once: p-values of the paired differences, corrected so that many arms do not find an effect by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.side_by_side import differences, side_by_side

F64 = npt.NDArray[np.float64]


def holm(p: F64) -> F64:
    """Holm's (1979) step-down correction of p-values, (n,); NaN (no test) stays NaN and counts for nothing."""
    out = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    factors = len(order) - np.arange(len(order))
    out[order] = np.minimum(1.0, np.maximum.accumulate(factors * p[order]))
    return out


def p_values(values: pd.DataFrame, headlines: list[str]) -> pd.DataFrame:
    """outcome, arm, p, p_holm: paired t-tests of no difference to the baseline, corrected over the arms of each headline.

    Where no pair differs at all there is nothing to test: NaN.
    """
    from scipy import stats

    blocks = []
    for headline in headlines:
        table = side_by_side(values, headline, in_all_arms=False)
        arms = list(table.columns[1:])
        p = np.full(len(arms), np.nan)
        for k, arm in enumerate(arms):
            d = differences(table, str(arm))
            if d.size >= 2 and d.any():
                p[k] = float(stats.ttest_1samp(d, 0.0).pvalue) if np.ptp(d) > 0 else 0.0
        blocks.append(pd.DataFrame({"outcome": headline, "arm": arms, "p": p, "p_holm": holm(p)}))
    return pd.concat(blocks, ignore_index=True)
