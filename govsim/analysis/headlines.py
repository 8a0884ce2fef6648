"""Headline figures: what people compare, computed per run over the whole horizon, or week by week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.errors import InputError
from govsim.observe.outcomes import BY_NAME, HEADLINES, Headline

F64 = npt.NDArray[np.float64]

BY_HEADLINE: Final = {h.name: h for h in HEADLINES}
#: The few that fit on one screen; every kind of truth, and the money, is among them.
MAIN: Final = (
    "open_problems_level", "burglary_rate", "hotline_rate", "petition_rate",
    "felt_solved_share", "collection", "satisfaction", "cost",
)  # fmt: skip
#: Those on which the gain from pairing is judged: costs hardly vary between replicates.
PAIRED: Final = tuple(name for name in MAIN if name != "cost")
#: Those that are drawn week by week.
COURSE: Final = ("open_problems_level", "hotline_rate", "felt_solved_share", "satisfaction")

DAYS_PER_YEAR: Final = 365.25
#: Outcomes that together are "crimes_and_attempts".
BOTH: Final = ("crimes", "crime_attempts")
_RUN: Final = ["arm", "replicate"]
_WEEK: Final = ["arm", "replicate", "period"]


def headline_values(outcomes: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Every headline of every run: columns arm, replicate, headline, value, in the order of `runs`.

    `outcomes` has one row per arm, replicate, week, outcome and category; `runs` one per arm and replicate. A
    ratio whose denominator is zero is NaN (none happened), never 0. A headline whose outcomes are not in the
    frame is left out. Raises InputError where the two frames do not describe the same complete runs.
    """
    weeks, amounts = _weeks(outcomes, runs)
    first = np.flatnonzero(~weeks.duplicated(_RUN).to_numpy())
    days = weeks["days"].to_numpy(float)
    total = np.add.reduceat(days, first)
    share = (days / np.repeat(total, np.diff([*first, len(weeks)])))[:, None]
    stock = np.array([BY_NAME[str(column[0])].kind == "stock" for column in amounts.columns])
    summed = np.add.reduceat(np.where(stock, amounts.to_numpy(float) * share, amounts.to_numpy(float)), first)
    whole = pd.DataFrame(summed, columns=amounts.columns)
    sizes = {name: column[first] for name, column in _sizes(weeks).items()}
    return _tidy(weeks.iloc[first][_RUN], whole, sizes, total, runs)


def weekly_values(outcomes: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The same figures week by week: columns arm, replicate, period, start, headline, value."""
    weeks, amounts = _weeks(outcomes, runs)
    return _tidy(weeks[[*_WEEK, "start"]], amounts, _sizes(weeks), weeks["days"].to_numpy(float), runs)


def _sizes(weeks: pd.DataFrame) -> dict[str, F64]:
    return {name: weeks[name].to_numpy(float) for name in ("residents", "compounds")}


def arms_of(frame: pd.DataFrame) -> list[str]:
    """The arms in order of appearance, the baseline first."""
    arms = [str(arm) for arm in pd.unique(frame["arm"].astype(str))]
    return sorted(arms, key=lambda arm: arm != "baseline")


def _weeks(outcomes: pd.DataFrame, runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The weeks (sorted by run and period, with their days and residents) and their amounts, one column per
    (outcome, category). Refuses gaps: a missing count must not be taken for none."""
    needed = {h.numerator[0] for h in HEADLINES} | {h.per[0] for h in HEADLINES if isinstance(h.per, tuple)}
    needed |= set(BOTH)
    rows = outcomes[outcomes["outcome"].isin(needed)].astype({"arm": str, "outcome": str, "category": str})
    if rows.empty:
        raise InputError("the outcomes are empty: no run has been counted")
    if rows.duplicated([*_WEEK, "outcome", "category"]).any():
        raise InputError("an outcome is there twice for the same run and week")
    amounts = rows.pivot(index=_WEEK, columns=["outcome", "category"], values="value")
    if int(amounts.isna().to_numpy().sum()) != int(rows["value"].isna().sum()):
        raise InputError("some weeks of some runs lack outcomes that others have")
    calendar = rows.drop_duplicates(_WEEK).set_index(_WEEK)[["start", "days"]].reindex(amounts.index).reset_index()
    sizes = runs.astype({"arm": str}).set_index(_RUN)[["residents", "compounds", "days"]].rename(columns={"days": "run_days"})
    if not sizes.index.is_unique:
        raise InputError("a run is there twice in the table of runs")
    weeks = calendar.join(sizes, on=_RUN)
    seen = weeks.groupby(_RUN)["days"].sum()
    if len(seen) != len(sizes) or not seen.eq(sizes["run_days"].reindex(seen.index)).all():
        raise InputError("the table of runs and the outcomes do not hold the same runs and days")
    return weeks, amounts.reset_index(drop=True)


def _tidy(keys: pd.DataFrame, amounts: pd.DataFrame, sizes: Mapping[str, F64], days: F64, runs: pd.DataFrame) -> pd.DataFrame:
    """One block of rows per headline, arms in the order of `runs`."""
    blocks = []
    for headline in HEADLINES:
        value = _ratio(headline, amounts, sizes, days)
        if value is not None:
            blocks.append(keys.assign(headline=headline.name, value=value))
    if not blocks:
        raise InputError("the outcomes hold none of those the headline figures are made from")
    frame = pd.concat(blocks, ignore_index=True)
    order = {arm: i for i, arm in enumerate(arms_of(runs))}
    return frame.sort_values("arm", key=lambda arm: arm.map(order), kind="stable", ignore_index=True)


def _ratio(headline: Headline, amounts: pd.DataFrame, sizes: Mapping[str, F64], days: F64) -> F64 | None:
    """scale * numerator / denominator per row; NaN where the denominator is zero; None if an outcome is
    missing."""
    above = _total(amounts, headline.numerator)
    if headline.per == "one":
        below: F64 | None = np.ones(len(amounts))
    elif headline.per in ("residents", "compounds"):
        below = sizes[headline.per]
    elif headline.per in ("resident_years", "compound_years"):
        below = sizes[f"{headline.per.removesuffix('_years')}s"] * days / DAYS_PER_YEAR
    elif headline.per == "crimes_and_attempts":
        parts = [_total(amounts, (name, headline.numerator[1])) for name in BOTH]
        below = None if parts[0] is None or parts[1] is None else parts[0] + parts[1]
    else:
        assert isinstance(headline.per, tuple)
        below = _total(amounts, headline.per)
    if above is None or below is None:
        return None
    share: F64 = np.divide(above, below, out=np.full(len(amounts), np.nan), where=below != 0)
    return headline.scale * share


def _total(amounts: pd.DataFrame, of: tuple[str, str]) -> F64 | None:
    """The amounts of one outcome: of one category, or summed over all (`*`)."""
    outcome, category = of
    names = [c for c in amounts.columns if c[0] == outcome and category in ("*", c[1])]
    return amounts[names].to_numpy(float).sum(axis=1) if names else None
