"""Patterns of offenders and their trips, of reporting, and of trials of single measures."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from govsim.analysis.figures import Figures, Lack, enough, over
from govsim.experiment.observed import YEAR, Observed, Trial

BURGLARS: Final = 30  # offenders with a burglary
TRIPS: Final = 100
CASES: Final = 50  # crimes of a type
LOSSES: Final = 150  # completed burglaries, fifty in each third
VICTIMS: Final = 40  # crimes of past victims
COUNTED: Final = 50  # crimes in the treated half, in the baseline

TRIALS: Final = ("cameras", "access", "watch", "patrol")


def offenders(seen: Observed) -> Figures:
    """How unequal burglars are, and how far they go."""
    mine = seen.burglaries()
    mine = mine[mine["offender"] >= 0]
    busiest, shares = _by_burglar(seen, mine)
    trips = mine[["trip_km", "blind_km"]].dropna()
    lack = enough("trips", len(trips), TRIPS)
    return {
        "top_tenth": shares,
        "busiest": busiest,
        "trip_km": lack or float(trips["trip_km"].mean()),
        "decay": lack or over(float(trips["trip_km"].sum()), float(trips["blind_km"].sum())),
    }


def _by_burglar(seen: Observed, mine: pd.DataFrame) -> tuple[float | Lack, float | Lack]:
    """The most that one did in a year, and the share of the busiest tenth, over the whole years."""
    if seen.days < YEAR:
        lack = Lack("short", "days", seen.days, YEAR)
        return lack, lack
    years = [np.sort(w["offender"].value_counts().to_numpy())[::-1] for w in seen.windows(mine)]
    few = enough("offenders", min(each.size for each in years), BURGLARS)
    if few:
        return few, few
    tops = [each[: round(each.size / 10)].sum() / each.sum() for each in years]
    return float(max(each[0] for each in years)), float(np.mean(tops))


def reporting(seen: Observed) -> Figures:
    """What of crime is reported: by type, by loss, and by those who were victims before."""
    done = seen.crimes[(seen.crimes["completed"] > 0) & (seen.crimes["day"] >= 0)]
    share: Figures = {}
    for kind in ("burglary", "bicycle_theft", "fraud"):
        rows = done[done["kind"] == kind]
        share[kind] = enough(kind, len(rows), CASES) or float((rows["reported"] > 0).mean())
    burglary = share["burglary"]

    def against(kind: str) -> float | Lack:
        other = share[kind]
        if isinstance(burglary, Lack) or isinstance(other, Lack):
            return burglary if isinstance(burglary, Lack) else other
        return over(other, burglary)

    return {
        "burglary_reported": burglary,
        "theft_reported": against("bicycle_theft"),
        "fraud_reported": against("fraud"),
        "loss_reported": _by_loss(done[done["kind"] == "burglary"]),
        "past_victims": _past(seen, done),
    }


def _by_loss(burglaries: pd.DataFrame) -> float | Lack:
    lack = enough("burglaries", len(burglaries), LOSSES)
    if lack:
        return lack
    told = (burglaries["reported"] > 0).to_numpy()[np.argsort(burglaries["loss"].to_numpy(), kind="stable")]
    third = told.size // 3
    return over(float(told[-third:].mean()), float(told[:third].mean()))


def _past(seen: Observed, done: pd.DataFrame) -> float | Lack:
    """Reported share of those with a crime in the year before, over what others would report of the same types."""
    at_home = seen.crimes[(seen.crimes["home"] >= 0) & (seen.crimes["completed"] > 0)].sort_values("day", kind="stable")
    gap = at_home.groupby("home")["day"].diff()
    mine = at_home.assign(past=gap.le(YEAR).to_numpy())
    mine = mine[mine["day"] >= 0]
    lack = enough("victims", int(mine["past"].sum()), VICTIMS)
    if lack:
        return lack
    told = mine["reported"] > 0
    others = told[~mine["past"]].groupby(mine.loc[~mine["past"], "kind"]).mean()
    expected = mine.loc[mine["past"], "kind"].map(others).astype(float)
    known = expected.notna()
    return over(float(told[mine["past"]][known].sum()), float(expected[known].sum()))


def trials(seen: Observed) -> Figures:
    """Change of crime where a measure was tried, against the same compounds in the baseline, and what moved."""
    out: Figures = {}
    moved = []
    for name in TRIALS:
        it = seen.trials.get(name)
        if it is None or it.idle:
            out[f"trial_{name}"] = Lack("none" if it is None else "idle")
            continue
        out[f"trial_{name}"] = enough("crimes", it.base, COUNTED) or it.trial / it.base - 1
        if it.base >= COUNTED and it.base > it.trial:
            moved.append(_moved(it))
    out["trial_moved"] = float(np.mean(moved)) if moved else Lack("none" if not seen.trials else "constant")
    return out


def _moved(it: Trial) -> float:
    return (it.trial_elsewhere - it.base_elsewhere) / (it.base - it.trial)
