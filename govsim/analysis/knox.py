"""Space-time interaction of events: are pairs that are near in space nearer in time than chance would have them?

Knox (1964) counts pairs of events by distance and time apart. Chance: the times are dealt out anew among the places,
which keeps where and when much happens and breaks only their tie (Johnson and others 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bands = Sequence[tuple[float, float]]

#: Bands in which near repeats are looked for: metres (above low, up to high; the first holds zero), days (both ends).
METRES: Final[Bands] = ((0.0, 100.0), (100.0, 200.0), (200.0, 400.0))
DAYS: Final[Bands] = ((0.0, 14.0), (15.0, 28.0), (29.0, 56.0))
SAME_HOME, SAME_BUILDING = "same home", "same building"
DRAWS: Final = 199
SEED: Final = 20_160_101  # any fixed number: the same events give the same p-value


@dataclass(frozen=True)
class Knox:
    """Pairs by space band (rows, named in `space`) and time band (columns, `days`).

    `observed` counts pairs; `expected` is the exact mean over all ways to deal out the times; `permuted` (draws, rows,
    columns) are the counts of the draws. Same home lies within same building; distance bands hold neither of the two.
    """

    space: tuple[str, ...]
    days: tuple[tuple[float, float], ...]
    events: int
    observed: I64
    expected: F64
    permuted: I64

    @property
    def ratio(self) -> F64:
        """Observed over expected; NaN where nothing is expected."""
        blank = np.full(self.expected.shape, np.nan)
        return np.asarray(np.divide(self.observed, self.expected, out=blank, where=self.expected > 0))

    @property
    def p(self) -> F64:
        """Pseudo p-value: share of the draws, the events' own among them, with at least as many pairs."""
        at_least = (self.permuted >= self.observed).sum(axis=0)
        return np.asarray((1.0 + at_least) / (1.0 + len(self.permuted)))

    def cell(self, space: str, day: float) -> tuple[int, int]:
        """Row and column of a band by name and by a day in it."""
        return self.space.index(space), next(k for k, (low, high) in enumerate(self.days) if low <= day <= high)


def named(band: tuple[float, float]) -> str:
    """Name of a band of metres."""
    return f"{band[0]:g}-{band[1]:g} m"


def knox(
    x: npt.ArrayLike, y: npt.ArrayLike, day: npt.ArrayLike, building: npt.ArrayLike | None = None,
    home: npt.ArrayLike | None = None, *, metres: Bands = METRES, days: Bands = DAYS, draws: int = DRAWS, seed: int = SEED,
) -> Knox:  # fmt: skip
    """Count pairs of events (n,) at x, y (metres) and day. `building`, `home`: ids, below zero none known.

    With buildings, pairs of one building count in a band of their own and in no band of metres; likewise homes.
    Time O(n log n + pairs x draws).
    """
    x, y, day = (np.asarray(column, np.float64) for column in (x, y, day))
    ids = {SAME_HOME: home, SAME_BUILDING: building}
    known = {name: np.asarray(column, np.int64) for name, column in ids.items() if column is not None}
    space = (*known, *(named(band) for band in metres))
    pairs = [_of_one(column) for column in known.values()]
    pairs += _by_distance(x, y, metres, list(known.values()))
    a, b = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    row = np.repeat(np.arange(len(space)), [len(pair[0]) for pair in pairs])
    size = (len(space), len(days))
    in_band = np.array([_pairs_in(day, low, high) for low, high in days], np.float64)
    everyone = day.size * (day.size - 1) / 2
    chance = in_band / everyone if everyone else in_band
    rng = np.random.default_rng(seed)
    observed = _count(day, a, b, row, days, size)
    permuted = [_count(rng.permutation(day), a, b, row, days, size) for _ in range(draws)]
    expected = np.bincount(row, minlength=len(space))[:, None] * chance
    kept = tuple((float(low), float(high)) for low, high in days)
    return Knox(space, kept, day.size, observed, expected, np.array(permuted, np.int64).reshape(draws, *size))


def together(parts: Sequence[Knox]) -> Knox:
    """Several windows of time as one: pairs across two windows do not count."""
    first = parts[0]
    sums = [sum(getattr(part, name) for part in parts) for name in ("events", "observed", "expected", "permuted")]
    return Knox(first.space, first.days, *sums)


def _of_one(ids: I64) -> tuple[I64, I64]:
    """Pairs (a, b) of events with the same id, each once."""
    order = np.argsort(ids, kind="stable")
    order = order[ids[order] >= 0]
    _, first, size = np.unique(ids[order], return_index=True, return_counts=True)
    end = np.repeat(first + size, size)
    later = end - np.arange(order.size) - 1  # how many of the same id come after each
    a = np.repeat(np.arange(order.size), later)
    step = np.arange(a.size) - np.repeat(np.cumsum(later) - later, later) + 1
    return order[a], order[a + step]


def _by_distance(x: F64, y: F64, metres: Bands, ids: list[I64]) -> list[tuple[I64, I64]]:
    """Pairs of each band of metres, without those that share an id."""
    from scipy.spatial import cKDTree

    found = cKDTree(np.column_stack([x, y])).query_pairs(max(high for _, high in metres), output_type="ndarray")
    a, b = found.astype(np.int64).reshape(-1, 2).T
    apart = np.ones(a.size, bool)
    for column in ids:
        apart &= (column[a] != column[b]) | (column[a] < 0)
    a, b = a[apart], b[apart]
    gap = np.hypot(x[a] - x[b], y[a] - y[b])
    bands = [((gap > low) | ((low == 0) & (gap == 0))) & (gap <= high) for low, high in metres]
    return [(a[here], b[here]) for here in bands]


def _count(day: F64, a: I64, b: I64, row: I64, days: Bands, size: tuple[int, int]) -> I64:
    gap = np.abs(day[a] - day[b])
    out = np.empty(size, np.int64)
    for k, (low, high) in enumerate(days):
        out[:, k] = np.bincount(row[(gap >= low) & (gap <= high)], minlength=size[0])
    return out


def _pairs_in(day: F64, low: float, high: float) -> int:
    """How many of all pairs lie between low and high days apart."""
    t = np.sort(day)
    upto = np.searchsorted(t, t + high, side="right")
    below = np.searchsorted(t, t + low, side="left")
    if low <= 0:  # an event is no pair with itself, and a pair of one day counts once
        return int((upto - np.arange(t.size) - 1).sum())
    return int((upto - below).sum())
