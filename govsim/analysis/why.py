"""Why two paired runs differ: the first event that one has and the other has not, and the ways an effect takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from govsim.analysis.headlines import BY_HEADLINE, headline_values
from govsim.analysis.paired import LEVEL, interval

#: What makes two events of two worlds the same event.
SAME: Final = ["day", "kind", "type", "case", "from", "to"]
#: The order of a day in words; ties are broken by the case.
_ORDER: Final = ("opened", "reopened", "complained", "treated", "handed_over", "closed", "crime")
PATH: Final = ("outcome", "replicate", "part", "total", "with_part_held", "through", "share", "home")


def only_in_one(baseline: pd.DataFrame, arm: pd.DataFrame) -> pd.DataFrame:
    """Events that only one of two worlds has, in order: the columns of the logs, and `world` ("baseline" or "arm").

    Both frames are event tables of the same replicate. An event that occurs twice in one and once in the other (several
    complaints about one case on one day) is there once.
    """
    frames = []
    for world, mine, other in (("baseline", baseline, arm), ("arm", arm, baseline)):
        mine, other = _keyed(mine), _keyed(other)
        kept = mine[~mine["_key"].isin(set(other["_key"]))]
        frames.append(kept.assign(world=world))
    both = pd.concat(frames, ignore_index=True)
    order = both["kind"].map({kind: k for k, kind in enumerate(_ORDER)})
    sorted_rows = both.assign(_order=order).sort_values(["day", "_order", "case", "world"], kind="stable")
    return sorted_rows.drop(columns=["_key", "_order"]).reset_index(drop=True)


def _keyed(events: pd.DataFrame) -> pd.DataFrame:
    """With `_key`: what the event is, and the how-manieth of its like it is."""
    text = events[SAME].astype(object).where(events[SAME].notna(), "").astype(str).agg("\x1f".join, axis=1)
    nth = text.groupby(text).cumcount().astype(str)
    return events.astype({"kind": str, "case": str}).assign(_key=text + "\x1f" + nth)


def first_difference(different: pd.DataFrame) -> pd.Series | None:
    """The first event of `only_in_one`, None where the worlds are alike."""
    return None if different.empty else different.iloc[0]


def steps_of(events: pd.DataFrame, case: str) -> pd.DataFrame:
    """All steps of the problem that a case is about, in order: a case's name without its last number is the problem's."""
    problem = case.rsplit("/", 1)[0]
    names = events["case"].astype(str)
    mine = events[(names == case) | names.str.rsplit("/", n=1).str[0].eq(problem)]
    return mine.sort_values("day", kind="stable").reset_index(drop=True)


def counts(different: pd.DataFrame) -> pd.DataFrame:
    """kind, type, baseline, arm: how many events only one world has, the most frequent first."""
    table = different.astype({"kind": str, "type": str}).groupby(["kind", "type", "world"]).size().unstack("world", fill_value=0)
    table = table.reindex(columns=["baseline", "arm"], fill_value=0)
    order = (-table.sum(axis=1)).argsort(kind="stable")
    return table.iloc[order].reset_index().rename_axis(columns=None)


# ---- ways ----------------------------------------------------------------------------------------------------------


def path_shares(outcomes: pd.DataFrame, runs: pd.DataFrame, headlines: list[str], home: Callable[[str], str]) -> pd.DataFrame:
    """How much of an effect runs through which part of the model, columns `PATH`.

    The frames have arms `baseline`, `arm` and `held:PART` (see `experiment.lockstep`). total = arm - baseline;
    with_part_held = held - baseline; through = total - with_part_held. Two more rows per outcome: part `sum` over the
    parts that are not the outcome's own home, and part `rest` = total - sum: what goes straight to where the outcome is
    made, and what parts do together (negative where one effect passes through several parts in turn). `home` marks the
    part in which the outcome is counted, through which all of an effect must go. Shares are NaN where there is no effect.
    """
    values = headline_values(outcomes, runs)
    rows = []
    for (headline, replicate), block in values.groupby(["headline", "replicate"], sort=False):
        if headline not in headlines:
            continue
        v = block.set_index("arm")["value"]
        total = float(v["arm"] - v["baseline"])
        own, summed = home(BY_HEADLINE[str(headline)].numerator[0]), 0.0
        for arm in (a for a in v.index if str(a).startswith("held:")):
            part = str(arm).removeprefix("held:")
            left = float(v[arm] - v["baseline"])
            summed += 0.0 if part == own else total - left
            rows.append((headline, replicate, part, total, left, total - left, _share(total - left, total), part == own))
        rows.append((headline, replicate, "sum", total, np.nan, summed, _share(summed, total), False))
        rows.append((headline, replicate, "rest", total, np.nan, total - summed, _share(total - summed, total), False))
    frame = pd.DataFrame(rows, columns=list(PATH))
    order = {name: k for k, name in enumerate(headlines)}
    return frame.sort_values(["outcome", "replicate"], key=lambda c: c.map(order) if c.name == "outcome" else c, kind="stable",
                             ignore_index=True)  # fmt: skip


def _share(part: float, total: float) -> float:
    return part / total if total != 0 and np.isfinite(total) else np.nan


def mean_paths(paths: pd.DataFrame) -> pd.DataFrame:
    """Over replicates: means of the amounts, and shares of the mean total (not means of shares).

    `low` and `high` bound the mean total at 95%, `through_low` and `through_high` the mean amount, `share_low` and
    `share_high` the share (Fieller 1954). NaN with one replicate; shares have bounds only where the total is clear.
    """
    groups = paths.groupby(["outcome", "part"], sort=False)
    mean = groups[["total", "with_part_held", "through"]].mean().reset_index()
    share = [_share(a, b) for a, b in zip(mean["through"], mean["total"], strict=True)]
    bounds = []
    for _, block in groups:
        total, through = block["total"].to_numpy(float), block["through"].to_numpy(float)
        bounds.append((*interval(total), *interval(through), *interval_of_ratio(through, total)))
    names = ("low", "high", "through_low", "through_high", "share_low", "share_high")
    columns = dict(zip(names, np.array(bounds).T, strict=True))
    return mean.assign(share=share, home=groups["home"].first().to_numpy(), replicates=groups.size().to_numpy(), **columns)


def interval_of_ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """95% interval of mean(x) / mean(y) over pairs (Fieller 1954); NaN where mean(y) is not clear of zero.

    All ratios r are inside for which the mean of x - r y is not clear of zero by Student's t.
    """
    from scipy import stats

    n = len(x)
    if n < 2:
        return np.nan, np.nan
    spread = np.atleast_2d(np.cov(x, y)) * float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) ** 2 / n
    square, linear = y.mean() ** 2 - spread[1, 1], x.mean() * y.mean() - spread[0, 1]
    root = linear**2 - square * (x.mean() ** 2 - spread[0, 0])
    if square <= 0 or root < 0:
        return np.nan, np.nan
    return float((linear - np.sqrt(root)) / square), float((linear + np.sqrt(root)) / square)
