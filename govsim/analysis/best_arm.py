"""Which arm is best, and how surely: the share of bootstrap samples of the pairs in which it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govsim.analysis.side_by_side import ENOUGH, bootstrap_means, side_by_side, sign_of

COLUMNS = ("outcome", "arm", "mean", "gain", "probability_improves", "probability_best", "units")


def best_arms(values: pd.DataFrame, headline: str) -> pd.DataFrame:
    """One row per arm, the baseline among them, columns `COLUMNS`.

    `gain` is the mean difference to the baseline in the better direction. `probability_best` shares a draw between
    arms that are equally good in it. Both probabilities are NaN with fewer than ENOUGH units and where neither way is better.
    """
    table, sign = side_by_side(values, headline), sign_of(headline)
    gains = table.sub(table["baseline"], axis=0) * sign
    n, arms = len(table), list(table.columns)
    if n < ENOUGH or np.isnan(sign):
        improves = best = np.full(len(arms), np.nan)
    else:
        means = bootstrap_means(gains)
        top = means >= means.max(axis=1, keepdims=True)
        best = (top / top.sum(axis=1, keepdims=True)).mean(axis=0)
        improves = ((means > 0) + 0.5 * (means == 0)).mean(axis=0)
        improves[0] = np.nan  # the baseline against itself
    means_of = table.mean().to_numpy(float), gains.mean().to_numpy(float)
    rows = zip([headline] * len(arms), arms, *means_of, improves, best, [n] * len(arms), strict=True)
    return pd.DataFrame(list(rows), columns=list(COLUMNS))
