"""Runs side by side: one row per unit of comparison, one column per arm; what every comparison of arms starts from.

A unit is what is paired and resampled: a replicate, with several points of a design its mean over them. Points are no
units: replicate k of every point draws the same random numbers, so what chance does to it, it does to all points alike, and
many points would look like much evidence. How worlds differ is told apart from chance: see regret, conditions, swings.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import BY_HEADLINE, arms_of, headline_values
from govsim.analysis.paired import BASELINE, ROUNDING
from govsim.errors import InputError

F64 = npt.NDArray[np.float64]

#: Fewer units than this are not resampled: a bootstrap of two says that everything is certain.
ENOUGH: Final = 5
RESAMPLES: Final = 4000
SEED: Final = 20_160_102  # any fixed number: the same runs give the same shares
SIGN: Final = {"up": 1.0, "down": -1.0, "neither": np.nan}


def point_values(outcomes: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Headlines of every run: point, arm, replicate, headline, value. Frames without `point` are of point 0."""
    outcomes, runs = (frame if "point" in frame.columns else frame.assign(point=0) for frame in (outcomes, runs))
    many = int(runs["replicate"].max()) + 1
    coded = [frame.assign(replicate=frame["point"] * many + frame["replicate"]) for frame in (outcomes, runs)]
    values = headline_values(*coded)
    point = values["replicate"].to_numpy() // many
    values = values.assign(replicate=values["replicate"] % many)
    values.insert(0, "point", point)
    return values


def units(values: pd.DataFrame) -> pd.DataFrame:
    """One value per arm, unit and headline: arm, replicate (the unit), headline, value, as `paired.compare` reads them.

    A unit that lacks a point, because a run failed there, is no unit of that arm: its mean would be of other worlds.
    """
    if "point" not in values.columns or values["point"].nunique() == 1:
        return values.drop(columns="point", errors="ignore")
    points = values.groupby(["arm", "replicate"], observed=True)["point"].transform("nunique")
    values = values[points == values["point"].nunique()]
    whole = values.groupby(["arm", "replicate", "headline"], sort=False, observed=True)["value"]
    return whole.mean().reset_index()


def at_same_replicates(values: pd.DataFrame) -> pd.DataFrame:
    """At every point only the replicates in which all arms that have runs there have one: means of arms can be compared."""
    arms = values.groupby("point")["arm"].nunique()
    here = values.groupby(["point", "replicate"], observed=True)["arm"].transform("nunique")
    return values[here == values["point"].map(arms)]


def side_by_side(values: pd.DataFrame, headline: str, in_all_arms: bool = True) -> pd.DataFrame:
    """One headline: units that have a value in every arm (rows) by arms (columns, the baseline first).

    Without `in_all_arms` all units, NaN where an arm has no value: each arm is paired with the baseline by itself.
    """
    mine = units(values)
    mine = mine[mine["headline"] == headline].astype({"arm": str})
    arms = arms_of(values)
    if mine.empty:
        raise InputError(f"not in these results: {headline}")
    if arms[0] != BASELINE:
        raise InputError(f'there is no arm "{BASELINE}" to compare with')
    table = mine.pivot(index="replicate", columns="arm", values="value").reindex(columns=arms)
    return table.dropna() if in_all_arms else table


def differences(table: pd.DataFrame, arm: str) -> F64:
    """Arm minus baseline over the units that have both; what is only rounding is exactly zero, or exactly equal."""
    pairs = table[[arm, BASELINE]].dropna()
    d = (pairs[arm] - pairs[BASELINE]).to_numpy(float)
    if not d.size:
        return d
    tolerance = ROUNDING * float(pairs.abs().to_numpy().max())
    d = np.where(np.abs(d) <= tolerance, 0.0, d)
    return np.full(d.size, d[0]) if np.ptp(d) <= tolerance else d


def sign_of(headline: str) -> float:
    """1 where more is better, -1 where less is, NaN where neither is."""
    return SIGN[BY_HEADLINE[headline].better]


def resampled(n: int, times: int = RESAMPLES) -> npt.NDArray[np.intp]:
    """Rows of `times` bootstrap samples of n units (times, n), always the same ones for the same n."""
    return np.random.default_rng(SEED).integers(0, n, (times, n))


def bootstrap_means(table: pd.DataFrame) -> F64:
    """Means of the columns of `table` in each bootstrap sample of its rows (RESAMPLES, columns); NaN below ENOUGH rows."""
    x = table.to_numpy(float)
    if len(x) < ENOUGH:
        return np.full((RESAMPLES, x.shape[1]), np.nan)
    weights = np.zeros((RESAMPLES, len(x)))
    np.add.at(weights, (np.arange(RESAMPLES)[:, None], resampled(len(x))), 1.0 / len(x))
    return np.asarray(weights @ x)


def middle(samples: F64, level: float = 0.95) -> tuple[float, float]:
    """The interval that holds the middle `level` of the samples; (NaN, NaN) where one of them is not a number."""
    if not samples.size or not np.isfinite(samples).all():
        return np.nan, np.nan
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
