"""Displacement and diffusion: what changes around the compounds that a programme reaches, ring by ring.

Each arm is compared with the baseline of the same replicate, in the same compounds and quarters. So the baseline is
what would have happened, and no control area has to stand in for it. The weighted displacement quotient is given all
the same, since evaluations publish it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import DAYS_PER_YEAR, arms_of
from govsim.analysis.paired import BASELINE, interval

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

TREATED, ADJACENT, NEXT, REST = range(4)
RINGS: Final = ("treated", "adjacent", "next", "rest")
#: What is looked at: name -> (outcome, category, "*" sums all; better).
LOOKED_AT: Final[Mapping[str, tuple[str, str, str]]] = {
    "crimes": ("crimes", "*", "down"),
    "burglary": ("crimes", "burglary", "down"),
    "complaints": ("complaints", "*", "neither"),
}
#: Outcomes of compounds.parquet that are needed.
NEEDED: Final = ("treated", *dict.fromkeys(outcome for outcome, _, _ in LOOKED_AT.values()))
PER: Final = 1000.0  # households
WEEK, QUARTER = 7, 91  # days


@dataclass(frozen=True)
class Displaced:
    """What moved. Both tables have one block per arm that reaches some but not all compounds of some replicate.

    `rings`: arm, figure, ring, compounds and households (means over replicates), level (baseline), difference, low, high
    (per 1,000 households a year; 95% interval of the mean), replicates. `totals`: arm, figure, gain (what the treated
    compounds had less than in the baseline, all replicates), near and moved (what the two rings around them, and all
    others, had more), moved_per_gain (NaN without a gain), quotient (weighted displacement quotient of Bowers and Johnson
    2003; NaN where it is not defined).
    """

    rings: pd.DataFrame
    totals: pd.DataFrame


def rings_around(treated: npt.NDArray[np.bool_], indptr: I64, indices: npt.NDArray[np.integer]) -> I64:
    """Ring of each compound (n,): 0 treated, 1 tied to one of them, 2 tied to ring 1, 3 the rest."""
    ring = np.where(treated, TREATED, REST)
    owner = np.repeat(np.arange(treated.size), np.diff(indptr))
    for step in (ADJACENT, NEXT):
        reached = np.zeros(treated.size, bool)
        reached[indices[ring[owner] == step - 1]] = True
        ring[reached & (ring == REST)] = step
    return ring


def displacement(
    compounds: pd.DataFrame, places: pd.DataFrame, runs: pd.DataFrame, indptr: I64, indices: npt.NDArray[np.integer]
) -> Displaced:
    """Compare every partly treated arm with the baseline, ring by ring.

    `compounds` as in compounds.parquet (NEEDED outcomes); `places` has compound and households, in the order of the
    network, whose proximity layer is `indptr` and `indices`; `runs` has arm, replicate, days. Only periods from the first
    in which somewhere is treated enter.
    """
    wanted = compounds[compounds["outcome"].isin(NEEDED)].astype({"arm": str, "outcome": str, "category": str, "compound": str})
    order = {str(c): i for i, c in enumerate(places["compound"])}
    wanted = wanted.assign(place=wanted["compound"].map(order)).dropna(subset=["place"]).astype({"place": np.int64})
    households = places["households"].to_numpy(float)
    rings: list[tuple[object, ...]] = []
    totals: list[tuple[object, ...]] = []
    for arm in arms_of(runs)[1:]:
        found = list(_replicates(wanted, runs, arm, households, indptr, indices))
        if found:
            for figure in LOOKED_AT:
                rings += _rows(arm, figure, found)
                totals.append(_totals(arm, figure, found))
    return Displaced(pd.DataFrame(rings, columns=_RING_COLUMNS), pd.DataFrame(totals, columns=_TOTAL_COLUMNS))


_RING_COLUMNS: Final = ["arm", "figure", "ring", "compounds", "households", "level", "difference", "low", "high", "replicates"]
_TOTAL_COLUMNS: Final = ["arm", "figure", "gain", "near", "moved", "moved_per_gain", "quotient"]


@dataclass(frozen=True)
class _Pair:
    """One replicate of one arm and its baseline: counts by ring (4,) of each figure, and how large the rings are."""

    compounds: F64
    households: F64
    years: float
    baseline: Mapping[str, F64]
    treated: Mapping[str, F64]


def _replicates(
    frame: pd.DataFrame, runs: pd.DataFrame, arm: str, households: F64, indptr: I64, indices: npt.NDArray[np.integer]
) -> Iterator[_Pair]:
    """The replicates in which the arm reaches some but not all compounds, and for which there is a baseline."""
    for replicate, days in runs.loc[runs["arm"] == arm, ["replicate", "days"]].itertuples(index=False):
        here = frame[frame["replicate"] == replicate]
        mine, base = here[here["arm"] == arm], here[here["arm"] == BASELINE]
        reached = mine[(mine["outcome"] == "treated") & (mine["value"] > 0)]
        treated = np.zeros(households.size, bool)
        treated[reached["place"].to_numpy(np.int64)] = True
        if base.empty or not 0 < treated.sum() < treated.size:
            continue
        ring = rings_around(treated, indptr, indices)
        since, periods = int(reached["quarter"].min()), int(mine["quarter"].max()) + 1
        span = WEEK if periods == -(-int(days) // WEEK) else QUARTER
        years = (int(days) - since * span) / DAYS_PER_YEAR
        yield _Pair(
            _sum(ring, np.ones(ring.size)), _sum(ring, households), years,
            _counts(base[base["quarter"] >= since], ring), _counts(mine[mine["quarter"] >= since], ring),
        )  # fmt: skip


def _counts(frame: pd.DataFrame, ring: I64) -> dict[str, F64]:
    """Each figure's sum by ring."""
    out = {}
    for figure, (outcome, category, _) in LOOKED_AT.items():
        rows = frame[(frame["outcome"] == outcome) & ((category == "*") | (frame["category"] == category))]
        out[figure] = _sum(ring[rows["place"].to_numpy(np.int64)], rows["value"].to_numpy(float))
    return out


def _sum(ring: I64, values: F64) -> F64:
    return np.asarray(np.bincount(ring, values, len(RINGS)), np.float64)


def _rows(arm: str, figure: str, found: list[_Pair]) -> Iterator[tuple[object, ...]]:
    """One row per ring that has households in some replicate."""
    for k, name in enumerate(RINGS):
        there = [pair for pair in found if pair.households[k] > 0]
        if not there:
            continue
        scale = np.array([PER / (pair.households[k] * pair.years) for pair in there])
        base = scale * np.array([pair.baseline[figure][k] for pair in there])
        difference = scale * np.array([pair.treated[figure][k] for pair in there]) - base
        low, high = interval(difference)
        size = [float(np.mean([getattr(pair, what)[k] for pair in found])) for what in ("compounds", "households")]
        yield (arm, figure, name, *size, float(base.mean()), float(difference.mean()), low, high, len(there))


def _totals(arm: str, figure: str, found: list[_Pair]) -> tuple[object, ...]:
    before = np.sum([pair.baseline[figure] for pair in found], axis=0)
    after = np.sum([pair.treated[figure] for pair in found], axis=0)
    gain = float(before[TREATED] - after[TREATED])
    more = after - before
    near, moved = float(more[ADJACENT:REST].sum()), float(more[ADJACENT:].sum())
    return (arm, figure, gain, near, moved, moved / gain if gain > 0 else np.nan, quotient(before, after))


def quotient(before: F64, after: F64) -> float:
    """Weighted displacement quotient from counts by ring (4,): above 0 the rings around gained too (diffusion); from 0 to
    -1 some of the gain moved there; below -1 more than the gain. NaN where the treated did not gain against the rest.

    (B1/C1 - B0/C0) / (A1/C1 - A0/C0): A treated, B rings 1 and 2, C the rest; 0 before, 1 after (Bowers and Johnson 2003).
    """
    if before[REST] <= 0 or after[REST] <= 0:
        return float("nan")
    target = float(after[TREATED] / after[REST] - before[TREATED] / before[REST])
    buffer = float(after[ADJACENT:REST].sum() / after[REST] - before[ADJACENT:REST].sum() / before[REST])
    return buffer / target if target < 0 else float("nan")
