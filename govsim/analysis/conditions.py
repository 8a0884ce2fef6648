"""When does one arm beat another? A box of at most two bounds on uncertain parameters, checked on worlds it has not seen.

A small, honest relative of PRIM (Friedman and Fisher 1999): the box is looked for in a random half of the worlds and
judged in the other. A rule of two bounds is taken only where it is clearly better than the best of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.side_by_side import SEED

B = npt.NDArray[np.bool_]

#: Fewer worlds than this say nothing: half of them are held out.
FEWEST: Final = 40
#: Bounds are tried at these shares of the worlds.
CUTS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: A second bound must raise the score by this factor.
WORTH_A_BOUND: Final = 1.1

COLUMNS = (
    "rule", "points_in_box", "density", "coverage", "base_share", "held_out_points", "held_out_density",
    "held_out_coverage", "p",
)  # fmt: skip


def when_true(points: pd.DataFrame, won: B) -> pd.DataFrame:
    """The simple rule under which `won` (points,) holds more often; `points` has one column of numbers per parameter.

    One row, columns `COLUMNS`, or none where there are fewer than FEWEST points, where it (almost) always or never holds,
    or where no rule is found. `density`: how often it holds inside the box; `coverage`: which part of all cases lies
    inside; `p`: chance of the held-out density if the rule were worth nothing (one-sided binomial test).
    """
    from scipy import stats

    empty = pd.DataFrame(columns=list(COLUMNS))
    seen = np.random.default_rng(SEED).permutation(len(won)) % 2 == 0  # low-discrepancy points alternate between halves
    if len(won) < FEWEST or not 1 < won[seen].sum() < seen.sum() - 1:
        return empty
    found = _search(points[seen].reset_index(drop=True), won[seen])
    if found is None:
        return empty
    inside = np.logical_and.reduce([_within(points, bound) for bound in found])
    here, there = inside & seen, inside & ~seen
    base = float(won[seen].mean())
    hits = int((won & there).sum())
    p = float(stats.binomtest(hits, int(there.sum()), base, alternative="greater").pvalue) if there.any() else np.nan
    row = (
        " & ".join(f"{name} {side} {cut:.4g}" for name, side, cut in found),
        int(here.sum()), _part(won & here, here), _part(won & here, won & seen), base,
        int(there.sum()), _part(won & there, there), _part(won & there, won & ~seen), p,
    )  # fmt: skip
    return pd.DataFrame([row], columns=list(COLUMNS))


Bound = tuple[str, str, float]


def _search(points: pd.DataFrame, won: B) -> tuple[Bound, ...] | None:
    """The best rule of one bound, or of two on different parameters where that is clearly better."""
    bounds = [(bound, _within(points, bound)) for bound in _bounds(points)]
    best: tuple[float, tuple[Bound, ...]] = (0.0, ())
    for bound, inside in bounds:
        best = max(best, (_score(inside, won), (bound,)), key=lambda pair: pair[0])
    single = best[0]
    for (a, in_a), (b, in_b) in combinations(bounds, 2):
        score = _score(in_a & in_b, won) / WORTH_A_BOUND if a[0] != b[0] else 0.0
        best = max(best, (score, (a, b)), key=lambda pair: pair[0]) if score > single else best
    return best[1] or None


def _bounds(points: pd.DataFrame) -> Iterator[Bound]:
    for name in points.columns:
        x = points[name].to_numpy(float)
        levels = np.unique(x)
        if len(levels) < 2:
            continue
        middles = (levels[:-1] + levels[1:]) / 2
        for cut in np.unique(middles if len(levels) <= len(CUTS) else np.quantile(x, CUTS)):
            yield str(name), "<=", float(cut)
            yield str(name), ">", float(cut)


def _within(points: pd.DataFrame, bound: Bound) -> B:
    name, side, cut = bound
    x = points[name].to_numpy(float)
    return np.asarray(x <= cut if side == "<=" else x > cut)


def _score(inside: B, won: B) -> float:
    """Weighted relative accuracy: size of the box times how much more often it holds inside than everywhere."""
    return float(inside.mean() * (won[inside].mean() - won.mean())) if inside.any() else 0.0


def _part(some: B, whole: B) -> float:
    return float(some.sum() / whole.sum()) if whole.any() else np.nan
