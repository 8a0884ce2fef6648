"""Value for money: cost against effect, the arms that are worth considering, and what one more unit of effect costs."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import BY_HEADLINE
from govsim.analysis.paired import ROUNDING, interval
from govsim.analysis.side_by_side import bootstrap_means, middle, side_by_side, sign_of, units

F64 = npt.NDArray[np.float64]

COST: Final = "cost"
#: Whose avoidance is priced: headlines that count events per resident-year.
AVOIDED: Final = ("complaints_rate", "hotline_rate", "petition_rate", "crime_rate", "burglary_rate")
PLANE: Final = (
    "outcome", "arm", "cost", "cost_low", "cost_high", "gain", "gain_low", "gain_high",
    "probability_dearer_better", "probability_cheaper_better", "standing", "next_to", "ratio", "ratio_low", "ratio_high",
)  # fmt: skip


def _both(values: pd.DataFrame, headline: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Differences to the baseline in cost and in gain (less is a gain where less is better), the same units in both."""
    cost, outcome = side_by_side(values, COST), side_by_side(values, headline)
    rows = cost.index.intersection(outcome.index)
    sign = sign_of(headline)
    sign = -1.0 if np.isnan(sign) else sign  # a rate of complaints: fewer bought
    cost, outcome = cost.loc[rows], outcome.loc[rows]
    return cost.sub(cost["baseline"], axis=0), outcome.sub(outcome["baseline"], axis=0) * sign


def plane(values: pd.DataFrame, headline: str) -> pd.DataFrame:
    """The cost-effectiveness plane: one row per arm (the baseline at 0, 0), columns `PLANE`.

    `cost` is in yuan per resident a year, `gain` in the headline's unit, both as differences to the baseline with 95%
    intervals. `standing` is "frontier", "dominated" (another arm gives at least as much for no more money) or "extended"
    (a mixture of two others does). `ratio` is the price of one more unit against `next_to`, the next cheaper arm of the
    frontier; its interval is empty where samples leave open whether there is a gain at all.
    """
    cost, gain = _both(values, headline)
    arms = list(cost.columns)
    c, g = cost.mean().to_numpy(float), gain.mean().to_numpy(float)
    standing, order = frontier(c, g)
    both = pd.concat([cost, gain], axis=1)
    means = bootstrap_means(both)
    cs, gs = means[:, : len(arms)], means[:, len(arms) :]
    rows = []
    for k, arm in enumerate(arms):
        bounds = (*interval(cost[arm].to_numpy(float)), *interval(gain[arm].to_numpy(float)))
        chances = [_share(cs[:, k] > 0, gs[:, k] > 0, means), _share(cs[:, k] <= 0, gs[:, k] > 0, means)]
        place = order.index(k) if k in order else 0
        before = order[place - 1] if place > 0 else None
        ratio = (np.nan, np.nan, np.nan)
        if before is not None:
            ratio = _ratio(c[k] - c[before], g[k] - g[before], cs[:, k] - cs[:, before], gs[:, k] - gs[:, before])
        name = "" if before is None else arms[before]
        rows.append((headline, arm, c[k], *bounds[:2], g[k], *bounds[2:], *chances, standing[k], name, *ratio))
    return pd.DataFrame(rows, columns=list(PLANE))


def frontier(cost: F64, gain: F64) -> tuple[list[str], list[int]]:
    """How each arm stands (see `plane`), and the rows of the frontier from the cheapest on. All (n,)."""
    n = len(cost)
    standing = ["frontier"] * n
    for k in range(n):
        no_worse = (cost <= cost[k]) & (gain >= gain[k])
        better = (cost < cost[k]) | (gain > gain[k])
        if np.any(no_worse & better):
            standing[k] = "dominated"
    seen: set[tuple[float, float]] = set()
    order: list[int] = []
    for k in sorted((k for k in range(n) if standing[k] == "frontier"), key=lambda k: (cost[k], k)):
        if (cost[k], gain[k]) in seen:
            continue  # equal in both: the first stands for them
        seen.add((cost[k], gain[k]))
        while len(order) >= 2 and _price(cost, gain, order[-2], order[-1]) >= _price(cost, gain, order[-1], k):
            standing[order.pop()] = "extended"
        order.append(k)
    return standing, order


def _price(cost: F64, gain: F64, a: int, b: int) -> float:
    return float((cost[b] - cost[a]) / (gain[b] - gain[a]))


def _share(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_], means: F64) -> float:
    return float(np.mean(a & b)) if np.isfinite(means).all() else np.nan


def _ratio(cost: float, gain: float, costs: F64, gains: F64) -> tuple[float, float, float]:
    """Price of one unit of gain and its interval; no price where there is no gain, no interval where samples disagree."""
    spread = float(np.abs(gains).max()) if np.isfinite(gains).all() else 0.0
    price = cost / gain if gain > ROUNDING * spread else np.nan  # runs that cancel leave rounding, not a gain
    if not np.isfinite(gains).all() or np.quantile(gains, 0.025) <= 0:
        return price, np.nan, np.nan
    sure = gains > 0
    return (price, *middle(costs[sure] / gains[sure]))


def price_of_avoiding(values: pd.DataFrame) -> pd.DataFrame:
    """outcome, arm, cost, avoided (per 1,000 residents a year), price (yuan for each one avoided), low, high.

    The price is empty where the arm does not lower the rate, its interval where the runs leave open whether it does.
    """
    rows = []
    present = set(values["headline"].astype(str))
    for headline in (h for h in AVOIDED if h in present):
        if not np.nanmax(units(values).query("headline == @headline")["value"]) > 0:
            continue  # nothing of the kind happened in any arm
        cost, gain = _both(values, headline)
        gain = gain / BY_HEADLINE[headline].scale
        if len(cost) < 1:
            continue
        both = pd.concat([cost, gain], axis=1)
        means = bootstrap_means(both)
        for k, arm in enumerate(cost.columns[1:], 1):
            c, g = float(cost[arm].mean()), float(gain[arm].mean())
            rows.append((headline, arm, c, 1000 * g, *_ratio(c, g, means[:, k], means[:, cost.shape[1] + k])))
    return pd.DataFrame(rows, columns=["outcome", "arm", "cost", "avoided", "price", "low", "high"])
