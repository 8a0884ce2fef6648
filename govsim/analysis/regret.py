"""Choosing an arm before one knows which world is true: what each choice may cost, over the points of a design."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import arms_of
from govsim.analysis.side_by_side import sign_of

F64 = npt.NDArray[np.float64]


def payoffs(values: pd.DataFrame, headline: str) -> pd.DataFrame:
    """Points (rows) by arms (columns, baseline first): mean over replicates, turned so that more is better."""
    mine = values[values["headline"] == headline].astype({"arm": str})
    table = mine.groupby(["point", "arm"], sort=False)["value"].mean().unstack("arm")
    return (table[arms_of(values)] * sign_of(headline)).dropna().sort_index()


def regrets(payoff: pd.DataFrame) -> pd.DataFrame:
    """arm, mean_regret, max_regret, worst_point, share_best (ties shared), worst (payoff in its worst world), points.

    Regret is what the best arm of that world would have given more.
    """
    x = payoff.to_numpy(float)
    lost = x.max(axis=1, keepdims=True) - x
    best = lost == 0
    share = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return pd.DataFrame(
        {
            "arm": list(payoff.columns), "mean_regret": lost.mean(axis=0), "max_regret": lost.max(axis=0),
            "worst_point": payoff.index[lost.argmax(axis=0)], "share_best": share, "worst": x.min(axis=0), "points": len(x),
        }
    )  # fmt: skip


def beats(payoff: pd.DataFrame) -> pd.DataFrame:
    """Share of worlds in which the row's arm beats the column's; a draw counts half, an arm against itself is NaN."""
    x = payoff.to_numpy(float)
    won = (x[:, :, None] > x[:, None, :]) + 0.5 * (x[:, :, None] == x[:, None, :])
    share = won.mean(axis=0)
    np.fill_diagonal(share, np.nan)
    return pd.DataFrame(share, index=payoff.columns, columns=payoff.columns).rename_axis(index="arm", columns=None)
