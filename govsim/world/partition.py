"""Sharing out totals exactly, and cutting a map into compact, contiguous parts."""

from __future__ import annotations

import numpy as np

from govsim.world.tables import F64, I64


def apportion(total: int, weights: F64, at_least: int = 0) -> I64:
    """Whole numbers in proportion to `weights` that sum to `total` (largest remainder), each >= `at_least`.

    Ties go to the earlier row. Raises ValueError when `total` is less than the sum of the minima.
    """
    free = total - at_least * len(weights)
    if free < 0 or len(weights) == 0:
        raise ValueError(f"{total} cannot be shared among {len(weights)} with at least {at_least} each")
    weights = np.asarray(weights, np.float64)
    weights = weights if weights.sum() > 0 else np.ones(len(weights))
    exact = free * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: free - int(whole.sum())]] += 1
    return np.asarray(whole + at_least, np.int64)


def cut(x: F64, y: F64, weights: F64, parts: F64) -> I64:
    """Number of the part each point falls in: a k-d cut, so parts are rectangles of the map without overlap.

    `parts` are the wanted sums of `weights`, in proportion; every part gets at least one point. O(n log n).
    Raises ValueError when there are more parts than points.
    """
    if len(parts) > len(x):
        raise ValueError(f"{len(x)} points cannot fill {len(parts)} parts")
    out: I64 = np.zeros(len(x), np.int64)
    stack = [(np.arange(len(x)), 0, len(parts))]
    while stack:
        rows, first, last = stack.pop()
        if last - first == 1:
            out[rows] = first
            continue
        axis = x if np.ptp(x[rows]) >= np.ptp(y[rows]) else y
        rows = rows[np.argsort(axis[rows], kind="stable")]
        middle = (first + last) // 2
        wanted = float(parts[first:middle].sum() / parts[first:last].sum())
        before = np.concatenate([[0.0], np.cumsum(weights[rows])])
        at = int(np.argmin(np.abs(before - wanted * before[-1])))
        at = min(max(at, middle - first), len(rows) - (last - middle))
        stack += [(rows[:at], first, middle), (rows[at:], middle, last)]
    return out
