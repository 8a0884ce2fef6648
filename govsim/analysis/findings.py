"""All findings of one experiment: frames in, a dictionary of tidy frames out, one for each question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from govsim.analysis.best_arm import best_arms
from govsim.analysis.conditions import when_true
from govsim.analysis.dropped import dropped_units
from govsim.analysis.factors import factors
from govsim.analysis.gainers import effects_by_compound, effects_by_group, headcount
from govsim.analysis.headlines import BY_HEADLINE, MAIN, arms_of
from govsim.analysis.more_replicates import replicates_needed
from govsim.analysis.no_effect import no_effects
from govsim.analysis.noise_share import noise_share
from govsim.analysis.over_time import effects_over_time, onset_and_decay
from govsim.analysis.paired import BASELINE, compare
from govsim.analysis.regret import beats, payoffs, regrets
from govsim.analysis.run_by_run import Table, compound_values_of, values_of
from govsim.analysis.sensitivity import sensitivity
from govsim.analysis.several_arms import p_values
from govsim.analysis.several_goals import pareto
from govsim.analysis.side_by_side import at_same_replicates, sign_of, units
from govsim.analysis.swings import swings
from govsim.analysis.value_for_money import plane, price_of_avoiding
from govsim.errors import InputError

#: What is asked for where nobody said: the figures of one screen without the money.
USUAL = tuple(name for name in MAIN if name != "cost")

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Question:
    """What an experiment asks: `outcomes`, the primary one first; `smallest` effect on it that would matter."""

    outcomes: tuple[str, ...] = USUAL
    smallest: float | None = None
    half_width: float | None = None

    @property
    def primary(self) -> str:
        """The outcome that decides."""
        return self.outcomes[0]


def question(outcomes: Sequence[str], smallest: float | None = None, half_width: float | None = None) -> Question:
    """The question with the usual outcomes where none are named. Raises InputError for names that are no headlines."""
    unknown = [name for name in outcomes if name not in BY_HEADLINE]
    if unknown:
        raise InputError(f"not a headline: {', '.join(unknown)}; there are {', '.join(BY_HEADLINE)}")
    return Question(tuple(outcomes) or USUAL, smallest, half_width)


def findings(
    asked: Question, runs: pd.DataFrame, outcomes: Table, compounds: Table | None = None,
    places: pd.DataFrame | None = None, points: pd.DataFrame | None = None, absent: pd.DataFrame | None = None,
) -> Frames:  # fmt: skip
    """Every table that these frames allow, by name. Raises InputError where there is no arm beside the baseline.

    The large tables may be given as files: they are then read some runs at a time. `absent`: runs that were planned and are
    not there, as `experiment.results` finds them.
    """
    values, quarterly = values_of(outcomes, runs)
    if len(arms_of(values)) < 2:
        raise InputError("only the baseline was run: there is nothing to compare it with")
    present = set(values["headline"])
    names = [name for name in asked.outcomes if name in present]
    if not names:
        raise InputError(f"not in these results: {', '.join(asked.outcomes)}")
    whole = set(units(values)["arm"].astype(str))
    if len(whole) < 2 or BASELINE not in whole:
        raise InputError("at every replicate some run failed, of the baseline or of all other arms: nothing can be compared")
    found = _of_arms(asked, values[values["arm"].isin(whole)], names)
    if absent is not None:
        found["dropped"] = dropped_units(runs, absent)
    quarterly = quarterly[quarterly["arm"].isin(whole)]
    found["over_time"] = effects_over_time(quarterly, names)
    found["onset"] = onset_and_decay(found["over_time"])
    if compounds is not None:
        found |= _of_places(compounds, places, _on_the_map(runs, points))
    if points is not None and values["point"].nunique() > 1:
        found |= _of_points(names[0], values, points)
    return found


def _of_arms(asked: Question, values: pd.DataFrame, names: list[str]) -> Frames:
    primary, present = names[0], set(values["headline"])
    comparison = compare(units(values))
    tested = p_values(values, [name for name in BY_HEADLINE if name in present])
    found = {
        "comparison": comparison.merge(tested, on=["outcome", "arm"], how="left"),
        "best": pd.concat([best_arms(values, name) for name in names], ignore_index=True),
        "replicates": replicates_needed(values, primary, asked.half_width),
    }
    if asked.smallest is not None:
        found["no_effect"] = no_effects(values, primary, asked.smallest)
    goals = [name for name in dict.fromkeys([*names, "cost"]) if name in present and np.isfinite(sign_of(name))]
    found["goals"] = pareto(values, goals)
    if "cost" in present:
        found["money"] = plane(values, primary)
        found["avoided"] = price_of_avoiding(values)
    return found


def _on_the_map(runs: pd.DataFrame, points: pd.DataFrame | None) -> pd.DataFrame:
    """Runs of the first scenario, whose map the places are: another's compounds have the same names and are others."""
    if points is None or "scenario" not in points.columns or points["scenario"].nunique() == 1:
        return runs
    first = points.sort_values("point")["scenario"].iloc[0]
    return runs[runs["point"].isin(points.loc[points["scenario"] == first, "point"])]


def _of_places(compounds: Table, places: pd.DataFrame | None, runs: pd.DataFrame) -> Frames:
    """Effects by compound; without the map only where residents are known."""
    if places is None:
        return {}
    values = compound_values_of(compounds, places, runs)
    by_compound = effects_by_compound(values)
    return {
        "by_compound": by_compound,
        "by_group": effects_by_group(values, by_compound, places),
        "headcount": headcount(by_compound),
        "places": places,
    }


def _of_points(primary: str, values: pd.DataFrame, points: pd.DataFrame) -> Frames:
    x = factors(points)
    found: Frames = {"by_point": _by_point(values[values["headline"] == primary])}
    values = at_same_replicates(values)
    mine = values[values["headline"] == primary]
    if np.isfinite(sign_of(primary)):
        payoff = payoffs(values, primary)
        found["regret"], found["beats"] = regrets(payoff), beats(payoff).reset_index()
        rows = x.reindex(payoff.index)
        rules = [when_true(rows, (payoff[arm] > payoff["baseline"]).to_numpy()).assign(arm=arm) for arm in payoff.columns[1:]]
        found["conditions"] = pd.concat([r for r in rules if len(r)] or [rules[0]], ignore_index=True)
    noise, swung, indices = [], [], []
    for name, table in _targets(mine).items():
        noise.append(noise_share(table.dropna()).assign(of=name))
        y = table.mean(axis=1).dropna()
        rows = x.loc[x.index.isin(y.index)]
        if rows.shape[1] == 0 or rows.empty:
            continue
        swung.append(swings(rows, y.reindex(rows.index).to_numpy(float)).assign(of=name))
        indices.append(sensitivity(x, y, points).assign(of=name))
    found["noise"] = pd.concat(noise, ignore_index=True)
    if swung:
        found["swings"] = pd.concat(swung, ignore_index=True)
    indices = [table for table in indices if len(table)]
    if indices:
        found["sensitivity"] = pd.concat(indices, ignore_index=True)
    return found


def _targets(mine: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What factors may act on: the baseline's level, and each arm's effect; points (rows) by replicates (columns)."""
    wide = mine.pivot(index="point", columns=["arm", "replicate"], values="value").sort_index()
    arms = arms_of(mine)
    levels = {arm: pd.DataFrame(wide.xs(arm, axis=1, level="arm")) for arm in arms}
    return {arm: level if arm == arms[0] else level - levels[arms[0]] for arm, level in levels.items()}


def _by_point(mine: pd.DataFrame) -> pd.DataFrame:
    """The paired comparison at every point by itself."""
    blocks = [compare(block.drop(columns="point")).assign(point=point) for point, block in mine.groupby("point")]
    return pd.concat(blocks, ignore_index=True)
