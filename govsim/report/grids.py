"""What the tables say, apart from how they are drawn: the terminal and the page show the same cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from govsim.analysis.headlines import MAIN, arms_of
from govsim.report.words import Labels, Words

Mark = Literal["", "better", "worse", "changed"]
SIGN: Final[dict[Mark, str]] = {"": "", "better": "*", "worse": "!", "changed": "#"}


@dataclass(frozen=True)
class Cell:
    """One figure as text, and whether its interval leaves zero out."""

    text: str
    mark: Mark = ""


#: A label and its cells.
Row = tuple[str, tuple[Cell, ...]]


@dataclass(frozen=True)
class Grid:
    """A table: `head` has one tuple of lines per column; the last `unmarked` columns never carry a mark."""

    title: str
    head: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    unmarked: int = 0


def mark_of(low: float, high: float, difference: float, better: str) -> Mark:
    """Empty where the interval holds zero or there is none."""
    if not (low > 0 or high < 0):
        return ""
    if better == "neither":
        return "changed"
    return "better" if (difference > 0) == (better == "up") else "worse"


def decimals(sizes: Sequence[float]) -> int:
    """Digits after the point that show two figures of the middle size, at most three; one for nothing."""
    positive = [abs(x) for x in sizes if math.isfinite(x) and x != 0]
    if not positive:
        return 1
    return min(max(1 - math.floor(math.log10(float(np.median(positive)))), 0), 3)


def number(x: float, digits: int, signed: bool = False) -> str:
    """Fixed decimals with thousands separators; zero has no sign."""
    text = f"{x:{'+' if signed else ''},.{digits}f}"
    return f"{0:.{digits}f}" if float(text.replace(",", "")) == 0 else text


def ratio(x: float) -> str:
    """A ratio in two or more figures: 1.3, 48, 5,310."""
    return f"{x:,.1f}" if x < 10 else f"{x:,.0f}"


def overview(comparison: pd.DataFrame, values: pd.DataFrame, words: Words, labels: Labels, names: Sequence[str] = MAIN) -> Grid:
    """One row per arm, one column per headline: the level of the baseline, then differences to it."""
    present = set(values["headline"])
    names = [name for name in names if name in present]
    by: dict[tuple[str, str], Any] = {(str(r.outcome), str(r.arm)): r for r in comparison.itertuples()}
    base = values[values["arm"] == "baseline"].groupby("headline", observed=True)["value"].mean()
    digits = {n: _digits([r.difference for (o, _), r in by.items() if o == n], float(base[n])) for n in names}
    level = tuple(Cell(_level(float(base[n]), digits[n], words)) for n in names)
    rows = [(words.arm("baseline", labels), level)]
    for arm in arms_of(values)[1:]:
        rows.append((words.arm(arm, labels), tuple(_difference(by[n, arm], digits[n], words) for n in names)))
    head = tuple((words.truth(n), words.short(n), words.unit(n, short=True)) for n in names)
    notes = _notes(comparison, rows, words)
    if not comparison.empty:
        notes = (words("overview_note"), *notes)
    return Grid(words("overview"), ((words("arm"),), *head), tuple(rows), notes)


def detail(comparison: pd.DataFrame, arm: str, words: Words, labels: Labels, short: bool = False) -> Grid:
    """Every headline of one arm, one row each; `short` writes the units for a narrow column."""
    rows: list[Row] = []
    mine = comparison[comparison["arm"] == arm]
    r: Any
    for r in mine.itertuples():
        name, d = str(r.outcome), _digits([r.difference], r.mean_baseline)
        label = f"{words.headline(name)} ({words.unit(name, short)})"
        rows.append((label, (
            Cell(_level(r.mean_baseline, d, words)), Cell(_level(r.mean_arm, d, words)), _difference(r, d,
            words), Cell(_interval(r, d, words)), Cell(_percent(r.relative, signed=True)),
            Cell(_percent(r.probability_better)), Cell(str(r.replicates)),
        )))  # fmt: skip
    keys = ("figure", "level", "with_arm", "difference", "interval", "relative", "probability", "pairs")
    title = words("detail", arm=words.arm(arm, labels))
    return Grid(title, tuple((words(k),) for k in keys), tuple(rows), _notes(mine, rows, words))


def _digits(differences: Sequence[float], level: float) -> int:
    moved = [x for x in differences if math.isfinite(x) and x != 0]
    return decimals(moved or [level])


def _level(x: float, digits: int, words: Words) -> str:
    return number(x, digits) if math.isfinite(x) else words("none")


def _difference(r: Any, digits: int, words: Words) -> Cell:
    if not math.isfinite(r.difference):
        return Cell(_without(r, words))
    mark = mark_of(r.low, r.high, r.difference, r.better)
    while mark and digits < 4 and abs(r.difference) < 0.5 * 10**-digits:  # never a marked zero
        digits += 1
    return Cell(number(r.difference, digits, signed=True), mark)


def _interval(r: Any, digits: int, words: Words) -> str:
    if not math.isfinite(r.difference):
        return _without(r, words)
    if not math.isfinite(r.low):
        return words("not_enough")
    return f"{number(r.low, digits, signed=True)} .. {number(r.high, digits, signed=True)}"


def _without(r: Any, words: Words) -> str:
    """Why there is no difference: one side has none of it, or no replicate has it in both arms."""
    return "-" if math.isfinite(r.mean_baseline) and math.isfinite(r.mean_arm) else words("none")


def _percent(x: float, signed: bool = False) -> str:
    if not math.isfinite(x):
        return ""
    if not signed and (x > 0.99 or x < 0.01):  # a probability is never shown as certain
        return "> 99%" if x > 0.99 else "< 1%"
    return number(100 * x, 1 if abs(x) < 0.1 and signed else 0, signed) + "%"


def _notes(comparison: pd.DataFrame, rows: Sequence[Row], words: Words) -> tuple[str, ...]:
    """What a reader of these rows has to know, and nothing more."""
    if comparison.empty:
        return (words("no_arms"),)
    pairs = int(comparison["replicates"].max())
    notes = [words("marks"), words("chance")] if pairs >= 2 else [words("not_enough_legend", n=pairs)]
    if any(cell.text == words("none") for _, cells in rows for cell in cells):
        notes.append(words("none_legend"))
    return tuple(notes)
