"""Findings on the map: one row per compound."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govsim.analysis.headlines import DAYS_PER_YEAR
from govsim.analysis.paired import BASELINE


def complaints_map(compounds: pd.DataFrame, places: pd.DataFrame, runs: pd.DataFrame, arm: str | None = None) -> pd.DataFrame:
    """Complaints per 1,000 residents a year in the baseline, and their change in one arm.

    `compounds` has arm, replicate, compound, outcome, value (a compound without rows had no complaints);
    `places` has compound, x, y (metres), residents; `runs` says how many runs and days stand behind each arm.
    Returns compound, x, y, residents, value and, for an arm, change (arm minus baseline) and arm. NaN where
    nobody lives.
    """
    frame = places[["compound", "x", "y", "residents"]].copy()
    frame["value"] = _rate(compounds, frame, runs, BASELINE)
    if arm is not None:
        frame["change"] = _rate(compounds, frame, runs, arm) - frame["value"]
        frame["arm"] = arm
    return frame


def _rate(compounds: pd.DataFrame, places: pd.DataFrame, runs: pd.DataFrame, arm: str) -> pd.Series[float]:
    rows = compounds[(compounds["arm"] == arm) & (compounds["outcome"] == "complaints")]
    filed = rows.groupby("compound", observed=True)["value"].sum().reindex(places["compound"]).fillna(0.0)
    years = float(runs.loc[runs["arm"] == arm, "days"].sum()) / DAYS_PER_YEAR
    people = places["residents"].to_numpy(float)
    exposure = np.where(people > 0, people * years, np.nan)
    return pd.Series(1000 * filed.to_numpy(float) / exposure, index=places.index)
