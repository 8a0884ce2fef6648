"""How many more replicates a question needs: for an interval of a stated width, or to tell an effect from none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.side_by_side import differences, side_by_side

F64 = npt.NDArray[np.float64]

MOST: Final = 1_000_000
#: With the replicates named, an effect of the size seen so far is told from none in this share of experiments.
POWER: Final = 0.8

COLUMNS = ("outcome", "arm", "units", "difference", "half_width", "wanted_half_width", "more_for_width", "more_to_decide")


def for_half_width(deviation: float, half_width: float) -> float:
    """Fewest replicates whose 95% interval (Student) is at most `half_width` to each side, for that standard deviation."""
    from scipy import stats

    if deviation == 0:
        return 2.0
    return _fewest(lambda n: float(stats.t.ppf(0.975, n - 1)) * deviation / np.sqrt(n) <= half_width)


def to_decide(deviation: float, difference: float) -> float:
    """Fewest replicates that tell a true difference of that size from none with power 80% at the 5% level."""
    from scipy import stats

    if difference == 0:
        return float("inf")
    if deviation == 0:
        return 2.0

    def enough(n: int) -> bool:
        quantiles = stats.t.ppf(0.975, n - 1) + stats.t.ppf(POWER, n - 1)
        return bool(quantiles * deviation / np.sqrt(n) <= abs(difference))

    return _fewest(enough)


def _fewest(enough: Callable[[int], bool]) -> float:
    """The smallest n from 2 on for which `enough` holds; infinite above MOST."""
    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST:
            return float("inf")
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (low, mid) if enough(mid) else (mid, high)
    return float(high)


def replicates_needed(values: pd.DataFrame, headline: str, half_width: float | None = None) -> pd.DataFrame:
    """One row per arm, columns `COLUMNS`: replicates beyond those there are; half the present width unless one is stated.

    NaN with fewer than three units: a spread from two is a guess.
    """
    from scipy import stats

    table, rows = side_by_side(values, headline, in_all_arms=False), []
    for arm in table.columns[1:]:
        d = differences(table, str(arm))
        n, mean = d.size, float(d.mean()) if d.size else np.nan
        if n < 3:
            rows.append((headline, arm, n, mean, np.nan, np.nan, np.nan, np.nan))
            continue
        deviation = float(d.std(ddof=1)) if np.ptp(d) > 0 else 0.0
        now = float(stats.t.ppf(0.975, n - 1)) * deviation / np.sqrt(n)
        wanted = now / 2 if half_width is None else half_width
        needed = (for_half_width(deviation, wanted), to_decide(deviation, mean))
        rows.append((headline, arm, n, mean, now, wanted, *(max(0.0, k - n) for k in needed)))
    return pd.DataFrame(rows, columns=list(COLUMNS))
