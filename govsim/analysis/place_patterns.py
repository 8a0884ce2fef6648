"""Patterns over compounds: perception, safety beside service, the service trap and the ways out of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from govsim.analysis.crime_patterns import by_compound
from govsim.analysis.figures import F64, Figures, Lack, all_lack, correlation, enough
from govsim.experiment.observed import YEAR, Observed

PLACES: Final = 30  # compounds
TRAPPED: Final = 10  # compounds in the trap
BURGLARIES: Final = 50
HORIZON: Final = 2 * YEAR  # days; what is called a trap lasts for years


def _column(seen: Observed, name: str, per: str | None = None) -> F64:
    values = seen.places[name].to_numpy(float)
    return values / seen.places[per].to_numpy(float) if per else values


def _controls(seen: Observed) -> list[F64]:
    """What differs between compounds anyway: size, age, who lives there, and type."""
    p = seen.places
    kinds = [(p["type"] == t).to_numpy(float) for t in sorted(set(p["type"]))[1:]]
    return [np.log(_column(seen, "residents")), *(_column(seen, k) for k in ("age", "renter_share", "elderly_share")), *kinds]


def perception(seen: Observed) -> Figures:
    """Signs and sizes of partial correlations over compounds, at equal size, age, people and type."""
    same = _controls(seen)
    belonging, problems = _column(seen, "belonging"), _column(seen, "problems", "residents")
    crimes = _column(seen, "crimes", "households")
    crime = enough("crimes", float(seen.places["crimes"].sum()), BURGLARIES)
    attention = np.log1p(_column(seen, "attention", "households"))
    return {
        "services_physical": correlation(_column(seen, "quality"), _column(seen, "physical", "residents"), *same),
        "belonging_social": correlation(belonging, _column(seen, "social", "residents"), *same),
        "belonging_crime": crime or correlation(belonging, crimes, *same),
        "committee_disorder": correlation(attention, _column(seen, "annoyance"), problems, *same),
    }


def safety_and_service(seen: Observed) -> Figures:
    """Burglary beside service quality and payment; safe compounds in the trap."""
    burglaries, n = seen.burglaries(), len(seen.places)
    few = enough("burglaries", len(burglaries), BURGLARIES)
    rate = by_compound(burglaries, n) / seen.places["households"].to_numpy(float)
    trapped = seen.places["trapped_end"].to_numpy(bool)
    last = by_compound(burglaries[burglaries["day"] >= seen.days - YEAR], n)
    short = Lack("short", "days", seen.days, YEAR) if seen.days < YEAR else None
    safe = enough("trapped", int(trapped.sum()), TRAPPED)
    return {
        "burglary_quality": few or correlation(rate, _column(seen, "quality")),
        "burglary_paying": few or correlation(rate, _column(seen, "paying")),
        "safe_trapped": few or short or safe or float(np.mean(last[trapped] == 0)),
    }


def trap(seen: Observed) -> Figures:
    """Who is in the service trap, who leaves it, who falls into it, and what changed where it was left."""
    start, end = (seen.places[k].to_numpy(bool) for k in ("trapped_start", "trapped_end"))
    names = ("trap_start", "trap_stays", "good_fall", "leavers_changed")
    lack = enough("compounds", start.size, PLACES)
    if lack:
        return all_lack(names, lack)
    few = Lack("short", "days", seen.days, HORIZON) if seen.days < HORIZON else enough("trapped", int(start.sum()), TRAPPED)
    good = ~start
    changed = seen.places["changed"].to_numpy(bool)
    left, stayed = start & ~end, start & end
    some = enough("leavers", int(left.sum()), 5) or enough("trapped", int(stayed.sum()), 5)
    return {
        "trap_start": float(start.mean()),
        "trap_stays": few or float(end[start].mean()),
        "good_fall": float(end[good].mean()) if good.any() else Lack("few", "compounds", 0, 1),
        "leavers_changed": few or some or float(changed[left].mean() - changed[stayed].mean()),
    }
