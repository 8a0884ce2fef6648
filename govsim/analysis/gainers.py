"""Who gains and who loses: effects by compound, by type of compound, by where it stood before, and by tenure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import DAYS_PER_YEAR, arms_of
from govsim.analysis.paired import interval

#: What is looked at by compound: name, better way.
LOOKED_AT: Final = {"satisfaction": "up", "complaints": "neither", "felt_solved_share": "up", "open_problems": "down"}
THIRDS: Final = ("lowest third", "middle third", "highest third")
UNIT: Final = "replicate"

COMPOUND = ("outcome", "arm", "compound", "baseline", "difference", "low", "high", "verdict")
GROUP = ("outcome", "arm", "by", "group", "compounds", "residents", "baseline", "difference", "low", "high", "gain", "lose")


def compound_values(compounds: pd.DataFrame, places: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Each run's figures by compound: point, arm, replicate, compound, outcome (of LOOKED_AT), value.

    Complaints are per 1,000 residents a year and problems per 1,000 residents. A share of nobody is missing.
    """
    if "point" not in compounds.columns:
        compounds, runs = compounds.assign(point=0), runs.assign(point=0)
    key = ["point", "arm", "replicate", "compound"]
    frame = compounds.astype({"arm": str, "compound": str, "outcome": str})
    sums = frame.groupby([*key, "outcome"], sort=False)["value"].sum().unstack("outcome")
    means = frame.groupby([*key, "outcome"], sort=False)["value"].mean().unstack("outcome")
    years = runs.astype({"arm": str}).set_index(["point", "arm", "replicate"])["days"] / DAYS_PER_YEAR
    people = places.astype({"compound": str}).set_index("compound")["residents"].astype(float)
    head = sums.index.to_frame(index=False)
    per_head = 1000.0 / head["compound"].map(people).to_numpy(float)
    lasted = years.reindex(pd.MultiIndex.from_frame(head[["point", "arm", "replicate"]])).to_numpy(float)
    answered = sums["answered"].to_numpy(float)
    found = {
        "satisfaction": means["satisfaction"].to_numpy(float),
        "complaints": sums["complaints"].to_numpy(float) * per_head / lasted,
        "felt_solved_share": np.divide(
            100 * sums["felt_solved"].to_numpy(float), answered, out=np.full(len(answered), np.nan), where=answered > 0
        ),
        "open_problems": means["open_problems"].to_numpy(float) * per_head,
    }
    return pd.concat([head.assign(outcome=name, value=column) for name, column in found.items()], ignore_index=True)


def over_points(values: pd.DataFrame) -> pd.DataFrame:
    """`compound_values` without points: means over them where there are several, of units that have a run at each."""
    if values["point"].nunique() == 1:
        return values.drop(columns="point")
    points = values.groupby(["arm", "replicate"])["point"].transform("nunique")
    whole = values[points == values["point"].nunique()]
    return whole.groupby(["arm", "replicate", "compound", "outcome"], sort=False)["value"].mean().reset_index()


def effects_by_compound(values: pd.DataFrame) -> pd.DataFrame:
    """One row per outcome, arm and compound: mean paired difference over runs, 95% interval (Student), columns `COMPOUND`.

    `verdict`: gains, loses or unclear (the interval holds zero); more, less where neither way is better; same where no
    run differs.
    """
    blocks = []
    for outcome, better in _looked_at(values):
        wide = values[values["outcome"] == outcome].pivot(index=["compound", UNIT], columns="arm", values="value")
        for arm in arms_of(values)[1:]:
            pairs = wide[["baseline", arm]].dropna()
            frame = pairs.assign(d=pairs[arm] - pairs["baseline"]).groupby("compound", sort=False)
            block = frame.agg(baseline=("baseline", "mean"), difference=("d", "mean"), spread=("d", "std"), n=("d", "size"))
            block["touched"] = frame["d"].agg(lambda d: bool((d != 0).any()))
            half = _student(block["n"].to_numpy()) * block["spread"] / np.sqrt(block["n"])
            block = block.assign(low=block["difference"] - half, high=block["difference"] + half).reset_index()
            block["verdict"] = [_verdict(r, better) for r in block.to_dict("records")]
            blocks.append(block.assign(outcome=outcome, arm=arm)[list(COMPOUND)])
    return pd.concat(blocks, ignore_index=True)


def _looked_at(values: pd.DataFrame) -> list[tuple[str, str]]:
    present = set(values["outcome"])
    return [(outcome, better) for outcome, better in LOOKED_AT.items() if outcome in present]


def _student(n: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """97.5% quantile of Student's t with n - 1 degrees of freedom; NaN below two."""
    from scipy import stats

    return np.asarray(np.where(n > 1, stats.t.ppf(0.975, np.maximum(n - 1, 1)), np.nan))


def _verdict(row: Mapping[Hashable, Any], better: str) -> str:
    if not row["touched"]:
        return "same"
    if not (row["low"] > 0 or row["high"] < 0):
        return "unclear"
    up = row["difference"] > 0
    if better == "neither":
        return "more" if up else "less"
    return "gains" if up == (better == "up") else "loses"


def effects_by_group(values: pd.DataFrame, by_compound: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Effects by group of compounds, weighted by residents, columns `GROUP`; `gain`, `lose`: compounds that clearly do.

    Groups are thirds of where a compound stands (its mean over all arms and runs: grouping by the baseline alone would show
    gains of the low as an artefact, Oldham 1962), and where `places` has them, types and thirds of the share of homes let.
    """
    places = places.astype({"compound": str}).set_index("compound")
    rows = []
    for outcome, better in _looked_at(values):
        mine = values[values["outcome"] == outcome]
        wide = mine.pivot(index=["compound", UNIT], columns="arm", values="value")
        level = wide.mean(axis=1).groupby("compound").mean()
        for by, groups in _groupings(places, level).items():
            for group in sorted(set(groups.dropna()), key=lambda g: (THIRDS.index(g) if g in THIRDS else -1, g)):
                members = groups.index[groups == group]
                block = wide[wide.index.get_level_values("compound").isin(members)]
                weight = places["residents"].astype(float)
                for arm in arms_of(values)[1:]:
                    base, treated = (_weighted(block[a], block[arm], block["baseline"], weight) for a in ("baseline", arm))
                    d = (treated - base).to_numpy(float)
                    said = by_compound[
                        (by_compound["outcome"] == outcome) & (by_compound["arm"] == arm) & by_compound["compound"].isin(members)
                    ]["verdict"]
                    counts = [
                        int((said == word).sum()) for word in (("gains", "loses") if better != "neither" else ("less", "more"))
                    ]
                    mean = (float(base.mean()), float(d.mean())) if d.size else (np.nan, np.nan)
                    people = int(weight.reindex(members).sum())
                    rows.append((outcome, arm, by, group, len(members), people, *mean, *interval(d), *counts))
    return pd.DataFrame(rows, columns=list(GROUP))


def _groupings(places: pd.DataFrame, level: pd.Series) -> dict[str, pd.Series]:
    """Groups of compounds by name: compound -> group. Thirds need six compounds."""
    out: dict[str, pd.Series] = {"all": pd.Series("all", index=level.index)}
    if "type" in places.columns:
        out["type"] = places["type"].astype(str).reindex(level.index)
    for name, column in (("level", level), ("renter_share", places.get("renter_share"))):
        if column is not None and column.notna().sum() >= 6 and column.nunique() >= 3:
            order = column.rank(method="first") - 1
            third = (3 * order // column.notna().sum()).map(dict(enumerate(THIRDS)))
            out[name] = third.reindex(level.index)
    return out


def _weighted(column: pd.Series, one: pd.Series, other: pd.Series, weight: pd.Series) -> pd.Series:
    """Mean of a column over the compounds that have both values, by residents, for every run."""
    there = (one + other).notna()
    kept = column[there]
    w = kept.index.get_level_values("compound").map(weight.to_dict()).to_numpy(float)
    frame = pd.DataFrame({"above": kept.to_numpy(float) * w, "below": w}, index=kept.index)
    sums = frame.groupby(UNIT).sum()
    return sums["above"] / sums["below"]


def headcount(by_compound: pd.DataFrame) -> pd.DataFrame:
    """outcome, arm, and how many compounds have each verdict, with quantiles of the compounds' differences."""
    rows = []
    for (outcome, arm), block in by_compound.groupby(["outcome", "arm"], sort=False):
        words = ("gains", "loses") if LOOKED_AT[str(outcome)] != "neither" else ("less", "more")
        counts = [int((block["verdict"] == word).sum()) for word in (*words, "unclear", "same")]
        quantiles = np.quantile(block["difference"], [0.1, 0.5, 0.9])
        rows.append((outcome, arm, len(block), *counts, *quantiles))
    return pd.DataFrame(rows, columns=["outcome", "arm", "compounds", "gain", "lose", "unclear", "same", "p10", "p50", "p90"])
