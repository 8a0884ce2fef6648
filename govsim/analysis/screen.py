"""Many programmes at a glance: what each moves, what it costs, for whom, and whether it does what its entry expects.

Where fifty programmes are looked at together, one in twenty would seem to act by chance alone. So a figure counts as moved
only where its p, corrected by Holm over all programmes, is below `CLEAR`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from govsim.analysis.gainers import compound_values, effects_by_compound, effects_by_group, over_points
from govsim.analysis.headlines import BY_HEADLINE, MAIN
from govsim.analysis.paired import compare, interval
from govsim.analysis.several_arms import p_values
from govsim.analysis.side_by_side import differences, units
from govsim.analysis.value_for_money import COST, price_of_avoiding

#: The figures by which programmes are told apart: those of one screen without the money.
FIGURES: Final = tuple(name for name in MAIN if name != COST)
#: What one less of is priced.
PRICED: Final = {"complaint": "complaints_rate", "crime": "crime_rate"}
#: By this people are better or worse off.
FELT: Final = "satisfaction"
CLEAR: Final = 0.05
#: An effect that surely lies within this share of the baseline's level is called small.
SMALL: Final = 0.05

PROGRAMMES: Final = (
    "arm", "verdict", "clear", "worse", "cost", "cost_low", "cost_high",
    "complaint_price", "complaint_low", "complaint_high", "crime_price", "crime_low", "crime_high", "better_off", "worse_off",
)  # fmt: skip
EXPECTED: Final = ("arm", "outcome", "direction", "difference", "low", "high", "verdict")

#: The rows of compounds.parquet of each arm, the baseline's first.
ByArm = Iterable[tuple[str, pd.DataFrame]]


class Claim(NamedTuple):
    """What a programme's entry says that it moves."""

    arm: str
    outcome: str
    direction: str


@dataclass(frozen=True)
class Screened:
    """`effects`: every headline of every programme, as `paired.compare` with p and p_holm. `programmes`: a row each, columns
    `PROGRAMMES`; `expected`: a row per claim, columns `EXPECTED`; `groups`: as `gainers.effects_by_group`.

    Verdicts of programmes: moves (a main figure clearly), small (surely none by more than SMALL of its level), undecided, and
    same (no run differs from the baseline in any figure). `better_off` and `worse_off` are shares of residents whose
    compound's satisfaction clearly rose or fell. Verdicts of claims: met, against, unclear, same.
    """

    values: pd.DataFrame
    effects: pd.DataFrame
    programmes: pd.DataFrame
    expected: pd.DataFrame
    groups: pd.DataFrame


def screened(
    values: pd.DataFrame, totals: pd.DataFrame, claims: Sequence[Claim], compounds: ByArm, places: pd.DataFrame,
    runs: pd.DataFrame,
) -> Screened:  # fmt: skip
    """All findings. `values` are headlines of every run; `totals` (arm, replicate, outcome, value) what else claims name."""
    present = set(values["headline"])
    tested = p_values(values, [name for name in BY_HEADLINE if name in present])
    effects = compare(units(values)).merge(tested, on=["outcome", "arm"], how="left")
    people, groups = _for_whom(compounds, places, runs)
    rows = _programmes(effects, values).merge(people, on="arm", how="left")
    return Screened(values, effects, rows[list(PROGRAMMES)], _claims(claims, effects, totals), groups)


def outcome_totals(outcomes: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """arm, replicate, outcome, value: each run's sum over weeks of what is named: an outcome, or `outcome.category`."""
    wanted = set(names)
    rows = outcomes[outcomes["outcome"].isin({name.partition(".")[0] for name in wanted})]
    rows = rows.astype({"arm": str, "outcome": str, "category": str})
    one = rows.assign(outcome=rows["outcome"] + "." + rows["category"])
    both = pd.concat([rows, one], ignore_index=True)
    return both[both["outcome"].isin(wanted)].groupby(["arm", "replicate", "outcome"], sort=False)["value"].sum().reset_index()


# ---- programmes ------------------------------------------------------------------------------------------------


def _programmes(effects: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """One row per programme but for whom it is good."""
    prices = price_of_avoiding(values).set_index(["arm", "outcome"])
    rows = []
    for arm, mine in effects.groupby("arm", sort=False):
        clear = mine[mine["p_holm"] < CLEAR]
        said = zip(clear["outcome"], clear["difference"], clear["better"], strict=True)
        worse = [str(name) for name, difference, better in said if _worse(difference, better)]
        cost = mine[mine["outcome"] == COST].iloc[0]
        money = (cost["difference"], cost["low"], cost["high"])
        each = [
            prices.loc[(arm, of), ["price", "low", "high"]] if (arm, of) in prices.index else (np.nan,) * 3
            for of in PRICED.values()
        ]
        rows.append((arm, _verdict(mine), _named(clear["outcome"]), _named(worse), *money, *each[0], *each[1]))
    return pd.DataFrame(rows, columns=list(PROGRAMMES[:-2]))


def _worse(difference: float, better: str) -> bool:
    return better != "neither" and (difference > 0) != (better == "up")


def _named(names: Iterable[str]) -> str:
    return " ".join(name for name in names if name != COST)


def _verdict(mine: pd.DataFrame) -> str:
    others = mine[mine["outcome"] != COST]
    if not others["p"].notna().any():
        return "same"
    main = others[others["outcome"].isin(FIGURES)]
    if (main["p_holm"] < CLEAR).any():
        return "moves"
    reach = np.maximum(main["low"].abs(), main["high"].abs())
    return "small" if bool((reach <= SMALL * main["mean_baseline"].abs()).all()) else "undecided"


# ---- claims ----------------------------------------------------------------------------------------------------


def _claims(claims: Sequence[Claim], effects: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    known: dict[tuple[str, str], Any] = {(str(r.arm), str(r.outcome)): r for r in effects.itertuples()}
    rows = []
    for claim in claims:
        r = known.get((claim.arm, claim.outcome))
        if r is not None:
            moved, figures = math.isfinite(r.p), (r.difference, r.low, r.high)
        else:
            wide = totals[totals["outcome"] == claim.outcome].pivot(index="replicate", columns="arm", values="value")
            d = differences(wide[["baseline", claim.arm]].dropna(), claim.arm)
            moved, figures = bool(d.any()), (float(d.mean()), *interval(d))
        rows.append((*claim, *figures, _met(claim.direction, *figures) if moved else "same"))
    return pd.DataFrame(rows, columns=list(EXPECTED))


def _met(direction: str, difference: float, low: float, high: float) -> str:
    if not (low > 0 or high < 0):
        return "unclear"
    return "met" if (difference > 0) == (direction == "up") else "against"


# ---- for whom --------------------------------------------------------------------------------------------------


def _for_whom(compounds: ByArm, places: pd.DataFrame, runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares of residents better and worse off, and effects by group, by satisfaction; one programme after the other."""
    people = places.astype({"compound": str}).set_index("compound")["residents"].astype(float)
    shares, groups = [], []
    baseline: pd.DataFrame | None = None
    for arm, rows in compounds:
        mine = over_points(compound_values(rows, places, runs[runs["arm"].astype(str) == arm]))
        mine = mine[mine["outcome"] == FELT]
        if baseline is None:
            baseline = mine
            continue
        both = pd.concat([baseline, mine], ignore_index=True)
        by_compound = effects_by_compound(both)
        groups.append(effects_by_group(both, by_compound, places))
        verdict = by_compound.set_index("compound")["verdict"]
        weight = people.reindex(verdict.index)
        shares.append((arm, *(float(weight[verdict == word].sum() / weight.sum()) for word in ("gains", "loses"))))
    return pd.DataFrame(shares, columns=["arm", "better_off", "worse_off"]), pd.concat(groups, ignore_index=True)
