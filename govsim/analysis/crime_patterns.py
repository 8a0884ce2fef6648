"""Patterns of burglary in space and time, of its victims and places, and of its seasons."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from govsim.analysis.figures import F64, Figures, Lack, all_lack, correlation, enough
from govsim.analysis.knox import SAME_BUILDING, knox, named, together
from govsim.experiment.observed import YEAR, Observed

#: Least numbers from which a figure is not mostly chance.
PAIRS: Final = 5.0  # expected pairs of a Knox band
HOMES: Final = 100  # burgled homes
BURGLARIES: Final = 200  # for concentration and offenders; per half for stability
SEASON: Final = 400  # burglaries: about 33 a month
PLACES: Final = 30  # compounds
NEAR: Final = ((0.0, 100.0), (100.0, 200.0), (200.0, 400.0))  # metres
SOON: Final = ((0.0, 14.0), (29.0, 56.0))  # days
WITHIN: Final = (0.0, 200.0)
MOST_K: Final = 100.0  # of a negative binomial: no clustering beyond chance


def near_repeat(seen: Observed) -> Figures:
    """Knox ratios over windows of one year."""
    names = ("knox_building", "knox_near", "knox_p", "knox_far", "knox_late")
    if seen.days < YEAR:
        return all_lack(names, Lack("short", "days", seen.days, YEAR))
    windows = list(seen.windows(seen.burglaries()))
    columns = [[w[k].to_numpy() for k in ("x", "y", "day", "building")] for w in windows]
    found = together([knox(x, y, day, building, metres=NEAR, days=SOON, draws=0) for x, y, day, building in columns])
    wide = together([knox(x, y, day, metres=(WITHIN,), days=SOON[:1]) for x, y, day, _ in columns])
    out: Figures = {}
    cells = {
        "knox_building": (SAME_BUILDING, 0),
        "knox_near": (named(NEAR[0]), 0),
        "knox_far": (named(NEAR[2]), 0),
        "knox_late": (named(NEAR[0]), 1),
    }
    for name, (space, column) in cells.items():
        row = found.space.index(space)
        expected = float(found.expected[row, column])
        out[name] = enough("pairs", expected, PAIRS) or float(found.ratio[row, column])
    out["knox_p"] = enough("pairs", float(wide.expected[0, 0]), PAIRS) or float(wide.p[0, 0])
    return out


def repeat_victims(seen: Observed) -> Figures:
    """How often the burgled homes of a year were burgled in it."""
    names = ("homes_once", "homes_twice", "homes_more")
    if seen.days < YEAR:
        return all_lack(names, Lack("short", "days", seen.days, YEAR))
    times = [w.loc[w["home"] >= 0, "home"].value_counts().to_numpy() for w in seen.windows(seen.burglaries())]
    each = np.concatenate(times)
    lack = enough("homes", each.size, HOMES)
    if lack:
        return all_lack(names, lack)
    shares = [float(np.mean(each == 1)), float(np.mean(each == 2)), float(np.mean(each >= 3))]
    return dict(zip(names, shares, strict=True))


def by_compound(frame: pd.DataFrame, n: int) -> F64:
    """Rows by compound (n,)."""
    return np.asarray(np.bincount(frame["compound"].to_numpy(np.int64), minlength=n), np.float64)


def concentration(seen: Observed) -> Figures:
    """How few compounds hold half of burglary, and whether they are the same ones later."""
    burglaries, n = seen.burglaries(), len(seen.places)
    lack = enough("compounds", n, PLACES)
    if lack:
        return all_lack(("half_of_burglary", "stable_places"), lack)
    shares = [_half(by_compound(w, n)) for w in seen.windows(burglaries) if len(w) >= BURGLARIES]
    most = max((len(w) for w in seen.windows(burglaries)), default=0)
    halves = [burglaries[burglaries["day"] < seen.days / 2], burglaries[burglaries["day"] >= seen.days / 2]]
    stable = enough("burglaries", min(map(len, halves)), BURGLARIES)
    return {
        "half_of_burglary": float(np.mean(shares)) if shares else Lack("few", "burglaries", most, BURGLARIES),
        "stable_places": stable or correlation(*(by_compound(half, n) for half in halves)),
    }


def _half(counts: F64) -> float:
    """Smallest share of the compounds that holds half of all."""
    upto = np.cumsum(np.sort(counts)[::-1])
    return float((np.searchsorted(upto, upto[-1] / 2) + 1) / counts.size)


def level_and_spread(seen: Observed) -> Figures:
    """Rate, share of compounds without one, and the negative binomial's k, over the whole years of the run."""
    names = ("burglary_rate", "zero_share", "k_moments", "k_likelihood")
    if seen.days < YEAR:
        return all_lack(names, Lack("short", "days", seen.days, YEAR))
    n = len(seen.places)
    lack = enough("compounds", n, PLACES)
    if lack:
        return all_lack(names, lack)
    years = [by_compound(w, n) for w in seen.windows(seen.burglaries())]
    counts = np.concatenate(years)
    rate = 100_000 * counts.sum() / (len(years) * seen.residents)
    few = enough("burglaries", float(counts.sum()), PLACES)
    return {
        "burglary_rate": float(rate),
        "zero_share": few or float(np.mean(counts == 0)),
        "k_moments": few or k_by_moments(counts),
        "k_likelihood": few or k_by_likelihood(counts),
    }


def k_by_moments(counts: F64) -> float:
    """mean^2 / (variance - mean), at most MOST_K."""
    mean, excess = counts.mean(), counts.var(ddof=1) - counts.mean()
    return float(min(MOST_K, mean**2 / excess)) if excess > 0 else MOST_K


def k_by_likelihood(counts: F64) -> float:
    """k of largest likelihood, the mean being the sample's, at most MOST_K."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    mean = counts.mean()

    def loss(log_k: float) -> float:
        k = np.exp(log_k)
        terms = gammaln(counts + k) - gammaln(k) + k * np.log(k / (k + mean)) + counts * np.log(mean / (k + mean))
        return -float(terms.sum())

    found = minimize_scalar(loss, bounds=(np.log(0.01), np.log(MOST_K)), method="bounded")
    return float(np.exp(found.x))


def season(seen: Observed) -> Figures:
    """Burglaries a day in February, in May, and on weekdays, over whole years."""
    names = ("february", "may", "weekdays")
    whole = seen.days // YEAR * YEAR
    if not whole:
        return all_lack(names, Lack("short", "days", seen.days, YEAR))
    day = seen.burglaries()["day"].to_numpy(np.int64)
    day = day[day < whole]
    lack = enough("burglaries", day.size, SEASON)
    if lack:
        return all_lack(names, lack)
    dates = [seen.start + dt.timedelta(days=k) for k in range(whole)]
    month, weekday = np.array([d.month for d in dates]), np.array([d.weekday() for d in dates])
    counts = np.bincount(day, minlength=whole)

    def mean_on(days: np.ndarray) -> float:
        return float(counts[days].mean())

    mean, rest = float(counts.mean()), mean_on(weekday >= 5)
    return {
        "february": mean_on(month == 2) / mean,
        "may": mean_on(month == 5) / mean,
        "weekdays": mean_on(weekday < 5) / rest if rest > 0 else Lack("constant"),
    }
