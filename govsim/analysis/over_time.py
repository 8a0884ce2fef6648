"""Effects over time: the paired difference quarter by quarter, when it sets in, where it peaks, and how it fades."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from govsim.analysis.headlines import BY_HEADLINE
from govsim.analysis.paired import interval
from govsim.analysis.side_by_side import point_values, side_by_side

#: Weeks of a quarter; a last quarter shorter than this many weeks joins the one before.
QUARTER: Final = 13
SHORT: Final = 4

COLUMNS = ("outcome", "arm", "quarter", "baseline", "difference", "low", "high", "units")
COURSE = ("outcome", "arm", "onset", "peak", "peak_difference", "last_difference", "faded", "half_gone")


def quarterly_values(outcomes: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Headlines of every run and quarter: point, arm, replicate, headline, value, quarter (0 is the first)."""
    if "point" not in outcomes.columns:
        outcomes, runs = outcomes.assign(point=0), runs.assign(point=0)
    weeks = int(outcomes["period"].max()) + 1
    last = max(1, weeks // QUARTER + (weeks % QUARTER >= SHORT))
    quarter = np.minimum(outcomes["period"] // QUARTER, last - 1)
    blocks = []
    for q in range(last):
        mine = outcomes[quarter == q]
        days = mine.drop_duplicates(["point", "arm", "replicate", "period"]).groupby(["point", "arm", "replicate"], observed=True)
        length = days["days"].sum().rename("days").reset_index().astype({"arm": str})
        sizes = runs.drop(columns="days").astype({"arm": str}).merge(length, on=["point", "arm", "replicate"])
        blocks.append(point_values(mine, sizes).assign(quarter=q))
    return pd.concat(blocks, ignore_index=True)


def effects_over_time(quarterly: pd.DataFrame, headlines: list[str]) -> pd.DataFrame:
    """Paired differences by quarter with 95% intervals, columns `COLUMNS`; quarters without the outcome are NaN."""
    rows = []
    for quarter, values in quarterly.groupby("quarter"):
        for headline in headlines:
            table = side_by_side(values, headline, in_all_arms=False)
            for arm in table.columns[1:]:
                pairs = table[["baseline", arm]].dropna()
                d = (pairs[arm] - pairs["baseline"]).to_numpy(float)
                mean = (float(pairs["baseline"].mean()), float(d.mean())) if d.size else (np.nan, np.nan)
                rows.append((headline, arm, int(str(quarter)), *mean, *interval(d), d.size))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["outcome", "arm", "quarter"], key=_in_order, kind="stable", ignore_index=True)


def _in_order(column: pd.Series) -> pd.Series:
    names = list(BY_HEADLINE)
    if column.name == "outcome":
        return column.map(names.index)
    return column.map(list(pd.unique(column)).index) if column.name == "arm" else column


def onset_and_decay(effects: pd.DataFrame) -> pd.DataFrame:
    """One row per outcome and arm, columns `COURSE`; quarters count from 1, NaN where there is none.

    `onset`: first quarter whose interval leaves zero out. `peak`: the quarter of the largest difference among those.
    `faded`: share of the peak that is gone in the last quarter (below zero: still growing the same way, above one:
    turned round). `half_gone`: first quarter after the peak in which at most half of it is left.
    """
    rows = []
    for (outcome, arm), block in effects.groupby(["outcome", "arm"], sort=False):
        block = block.sort_values("quarter")
        d, quarter = block["difference"].to_numpy(float), block["quarter"].to_numpy(int) + 1
        clear = (block["low"].to_numpy(float) > 0) | (block["high"].to_numpy(float) < 0)
        if not clear.any():
            rows.append((outcome, arm, np.nan, np.nan, np.nan, d[-1] if d.size else np.nan, np.nan, np.nan))
            continue
        peak = int(np.nanargmax(np.where(clear, np.abs(d), -1.0)))
        left = d / d[peak]
        later = np.flatnonzero((np.arange(d.size) > peak) & (left <= 0.5))
        half = float(quarter[later[0]]) if later.size else np.nan
        rows.append((outcome, arm, quarter[clear.argmax()], quarter[peak], d[peak], d[-1], 1 - left[-1], half))
    return pd.DataFrame(rows, columns=list(COURSE))
