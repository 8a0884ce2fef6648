"""Arms compared with the baseline, run by run: replicate k of every arm draws the same random numbers.

So most of the noise is shared and cancels in the difference. `variance_reduction` says how much of it did.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import BY_HEADLINE, arms_of
from govsim.errors import InputError

F64 = npt.NDArray[np.float64]

BASELINE: Final = "baseline"
LEVEL: Final = 0.95
#: Below this many pairs Student's t is used: on normal differences the bootstrap's interval holds the mean in only
#: 88% of trials with 8 pairs, 90% with 12, and 94% with 20 (1,500 trials each; t holds it in 95%).
BOOTSTRAP_FROM: Final = 20
RESAMPLES: Final = 9999
SEED: Final = 20_160_101  # any fixed number: the same runs give the same interval
ROUNDING: Final = 1e-12  # differences smaller than this share of the values are rounding, not effects

COLUMNS: Final = (
    "outcome", "arm", "mean_baseline", "mean_arm", "difference", "low", "high", "relative",
    "probability_better", "replicates", "correlation", "unit", "truth", "better", "variance_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class VarianceReduction:
    """How many times fewer runs pairing needs than independent seeds, per headline and arm.

    `table` has outcome, arm, replicates, correlation, variance_ratio. `median`, `low`, `high` are over the
    rows with a ratio (NaN if there is none); `measured` counts them. A difference that never varies has no
    ratio.
    """

    table: pd.DataFrame
    median: float
    low: float
    high: float
    measured: int


@dataclass(frozen=True)
class _Pairs:
    """One headline of one arm: the values of the replicates that have both, and all that either has."""

    outcome: str
    arm: str
    baseline: F64
    treated: F64
    all_baseline: F64
    all_treated: F64

    def differences(self) -> F64:
        """Arm minus baseline; what is only rounding is exactly zero, or exactly equal."""
        d = self.treated - self.baseline
        if not d.size:
            return d
        tolerance = ROUNDING * max(np.abs(self.treated).max(), np.abs(self.baseline).max())
        d = np.where(np.abs(d) <= tolerance, 0.0, d)
        return np.full(d.size, d[0]) if np.ptp(d) <= tolerance else d


def compare(values: pd.DataFrame) -> pd.DataFrame:
    """Every arm against the baseline: one row per headline and arm, columns `COLUMNS`.

    `values` has arm, replicate, headline, value (see `headline_values`). Only replicates with a value in both
    arms enter a row; `replicates` counts them. `low` and `high` bound the mean difference at 95%: bias-
    corrected accelerated bootstrap of the pairs (Efron 1987) from 20 pairs on, Student's t from 2 to 19, NaN
    below. `relative` is difference / mean_baseline. `probability_better` is the posterior probability, under
    a flat prior and normal differences, that the mean difference goes the better way; NaN where neither way
    is better, where no run differs at all, and with fewer than two pairs. Headlines come in their own order,
    arms in that of `values`.
    """
    return pd.DataFrame([_compared(pair) for pair in _pairs(values)], columns=list(COLUMNS))


def variance_reduction(values: pd.DataFrame) -> VarianceReduction:
    """For all headlines: (variance of the arm + variance of the baseline) / variance of the difference."""
    columns = ["outcome", "arm", "replicates", "correlation", "variance_ratio"]
    table = pd.DataFrame(
        [(p.outcome, p.arm, p.baseline.size, _correlation(p), _variance_ratio(p)) for p in _pairs(values)],
        columns=columns,
    )
    ratios = table["variance_ratio"].dropna().to_numpy(float)
    if not ratios.size:
        return VarianceReduction(table, np.nan, np.nan, np.nan, 0)
    return VarianceReduction(table, float(np.median(ratios)), float(ratios.min()), float(ratios.max()), ratios.size)


def best_arm(comparison: pd.DataFrame, headline: str) -> str | None:
    """The arm with the largest difference in the better direction on one headline; None if no arm improves
    it."""
    rows = comparison[comparison["outcome"] == headline]
    gain = rows["difference"].to_numpy(float) * _sign(BY_HEADLINE[headline].better)
    if not np.any(gain > 0):
        return None
    return str(rows["arm"].iloc[int(np.nanargmax(gain))])


def _pairs(values: pd.DataFrame) -> Iterator[_Pairs]:
    """Headline by headline, arm by arm."""
    frame = values.astype({"arm": str, "headline": str})
    arms = arms_of(frame)
    if not arms or arms[0] != BASELINE:
        raise InputError(f'there is no arm "{BASELINE}" to compare with')
    unknown = sorted(set(frame["headline"]) - set(BY_HEADLINE))
    if unknown:
        raise InputError(f"not a headline: {', '.join(unknown)}")
    if frame.duplicated(["arm", "replicate", "headline"]).any():
        raise InputError("a run is there twice: the same arm, replicate and headline")
    wide = frame.pivot(index=["headline", "replicate"], columns="arm", values="value")
    present = set(frame["headline"])
    for name in BY_HEADLINE:
        if name not in present:
            continue
        block = wide.loc[name]
        base = block[BASELINE].to_numpy(float)
        for arm in arms[1:]:
            treated = block[arm].to_numpy(float)
            both = np.isfinite(base) & np.isfinite(treated)
            yield _Pairs(name, arm, base[both], treated[both], base[np.isfinite(base)], treated[np.isfinite(treated)])


def _compared(pair: _Pairs) -> tuple[object, ...]:
    headline, n = BY_HEADLINE[pair.outcome], pair.baseline.size
    # Without any pair each arm shows the mean of what it has: "none happened" may be true of one side only.
    mean_baseline = _mean(pair.baseline if n else pair.all_baseline)
    mean_arm = _mean(pair.treated if n else pair.all_treated)
    differences = pair.differences()
    difference = _mean(differences)
    low, high = interval(differences)
    relative = difference / mean_baseline if mean_baseline != 0 else np.nan
    return (
        pair.outcome, pair.arm, mean_baseline, mean_arm, difference, low, high, relative,
        _probability_better(differences, headline.better), n, _correlation(pair),
        headline.unit, headline.truth, headline.better, _variance_ratio(pair),
    )  # fmt: skip


def interval(differences: F64) -> tuple[float, float]:
    """95% interval of the mean of the differences, (n,) float64; (NaN, NaN) for fewer than two."""
    from scipy import stats

    n = differences.size
    if n < 2:
        return np.nan, np.nan
    mean = float(differences.mean())
    if np.ptp(differences) == 0:
        return mean, mean
    if n >= BOOTSTRAP_FROM:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a degenerate bootstrap is met below by the t interval
            bounds = stats.bootstrap(
                (differences,), np.mean, n_resamples=RESAMPLES, confidence_level=LEVEL, method="BCa",
                rng=np.random.default_rng(SEED),
            ).confidence_interval  # fmt: skip
        if np.isfinite(bounds.low) and np.isfinite(bounds.high):
            return float(bounds.low), float(bounds.high)
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * _standard_error(differences)
    return mean - half, mean + half


def _probability_better(differences: F64, better: str) -> float:
    from scipy import stats

    if better == "neither" or differences.size < 2 or not differences.any():
        return np.nan
    gain, error = float(differences.mean()) * _sign(better), _standard_error(differences)
    if error == 0:
        return float(gain > 0)
    return float(stats.t.cdf(gain / error, differences.size - 1))


def _sign(better: str) -> float:
    return {"up": 1.0, "down": -1.0, "neither": 0.0}[better]


def _mean(x: F64) -> float:
    return float(x.mean()) if x.size else np.nan


def _standard_error(x: F64) -> float:
    """Exactly zero for equal values, whose computed deviation may be rounding."""
    return float(x.std(ddof=1) / np.sqrt(x.size)) if np.ptp(x) > 0 else 0.0


def _correlation(pair: _Pairs) -> float:
    """Pearson; NaN with fewer than three pairs (two always give 1 or -1) or where an arm never varies."""
    a, b = pair.treated, pair.baseline
    if a.size < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return float(np.corrcoef(a, b)[0, 1])


def _variance_ratio(pair: _Pairs) -> float:
    """NaN with fewer than three pairs or where the difference never varies."""
    d = pair.differences()
    if d.size < 3 or np.ptp(d) == 0:
        return np.nan
    return float((pair.treated.var(ddof=1) + pair.baseline.var(ddof=1)) / d.var(ddof=1))
