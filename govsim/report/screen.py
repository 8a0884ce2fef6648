"""The screen of all programmes for people: one table, then what moves nothing, what its entry does not say, and harms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from govsim.analysis.screen import CLEAR, FIGURES, SMALL, Screened
from govsim.report.grids import Cell, Grid, Row, mark_of, number
from govsim.report.words import Words
from govsim.scenario.schema import Programme

#: A table as `cli.speech.table` prints it: its title, head and rows, and which columns are aligned to the right.
Sheet = tuple[str, tuple[str, ...], list[tuple[str, ...]], set[int]]
#: So many other figures are named that a programme moves.
NAMED: Final = 4


def screen_grid(found: Screened, programmes: Mapping[str, Programme], w: Words) -> Grid:
    """One row per programme under its family: effects in % of the baseline, with half the interval below each; money; people."""
    by: dict[tuple[str, str], Any] = {(str(r.arm), str(r.outcome)): r for r in found.effects.itertuples()}
    digits = {name: _decimals([_percent(by[arm, name]) for arm in found.programmes["arm"]]) for name in FIGURES}
    rows: list[Row] = []
    families = dict.fromkeys(programmes[arm].family for arm in found.programmes["arm"])
    order = found.programmes["arm"].map(lambda arm: list(families).index(programmes[arm].family))
    family = ""
    r: Any
    for r in found.programmes.iloc[order.argsort(kind="stable")].itertuples():
        programme = programmes[r.arm]
        if programme.family != family:
            family = programme.family
            rows.append((w.of("family", family).upper(), (Cell(""),) * (len(FIGURES) + 5)))
        effects = tuple(_effect(by[r.arm, name], digits[name]) for name in FIGURES)
        money = (
            Cell(number(r.cost, 1 if r.cost < 100 else 0)),
            _price(r.cost, r.complaint_price, r.complaint_low), _price(r.cost, r.crime_price, r.crime_low),
        )  # fmt: skip
        harms = len(r.worse.split())
        people = (Cell(f"{_share(r.better_off)}/{_share(r.worse_off)}"), Cell(str(harms) if harms else ""))
        rows.append((_name(programme, w), (*effects, *money, *people)))
    head = [(w.of("screen", "programme"),), *((w.of("screen", name),) for name in FIGURES)]
    head += [(w.of("screen", key),) for key in ("cost", "complaint", "crime", "people", "harms")]
    return Grid(w.of("screen", "title"), tuple(head), tuple(rows), _notes(found, w), unmarked=5)


def _effect(r: Any, digits: int) -> Cell:
    difference, half = _percent(r)
    if not math.isfinite(difference):
        return Cell("-")
    clear = bool(r.p_holm < CLEAR)
    while clear and digits < 4 and abs(difference) < 0.5 * 10**-digits:  # never a marked zero
        digits += 1
    text = number(difference, digits, signed=True)
    if math.isfinite(half):
        text += f"\n±{number(half, digits)}"
    return Cell(text, mark_of(r.low, r.high, r.difference, r.better) if clear else "")


def _percent(r: Any) -> tuple[float, float]:
    """The difference and half its interval, in % of the baseline's level."""
    if not r.mean_baseline > 0:
        return math.nan, math.nan
    return 100 * r.difference / r.mean_baseline, 50 * (r.high - r.low) / r.mean_baseline


def _decimals(percent: list[tuple[float, float]]) -> int:
    """As many digits as the runs can tell: none where intervals are several per cent wide, two where all is below one."""
    largest = max((abs(x) for x, _ in percent if math.isfinite(x)), default=0.0)
    if largest < 1:
        return 2
    return 0 if float(np.nanmedian([half for _, half in percent])) >= 3 else 1


def _price(cost: float, price: float, low: float) -> Cell:
    """Yuan for one less; in brackets where the runs leave open whether there is a gain at all."""
    if cost == 0 or not math.isfinite(price):
        return Cell("")
    return Cell(_short(price) if math.isfinite(low) else f"({_short(price)})")


def _short(x: float) -> str:
    """Two figures or more in few places: 59, 2.4k, 158k, 1.5M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if x >= size:
            return number(x / size, 1 if x < 10 * size else 0) + letter
    return number(x, 0)


def _share(x: float) -> str:
    return number(100 * x, 0) if math.isfinite(x) else "-"


def _name(programme: Programme, w: Words) -> str:
    return programme.name.zh if w.lang == "zh" else programme.name.en


def _notes(found: Screened, w: Words) -> tuple[str, ...]:
    pairs = int(found.effects["replicates"].max())
    levels = found.effects.drop_duplicates("outcome").set_index("outcome")["mean_baseline"]
    said = w("semicolon").join(f"{w.headline(n)} {number(float(levels[n]), 1)} {w.unit(n)}" for n in FIGURES)
    return (
        w.of("screen", "note_levels").format(levels=said),
        w.of("screen", "note_marks").format(n=len(found.programmes), pairs=pairs),
        w.of("screen", "note_money"), w.of("screen", "note_people"),
    )  # fmt: skip


# ---- what the table does not show ------------------------------------------------------------------------------


def sheets(found: Screened, programmes: Mapping[str, Programme], w: Words) -> list[Sheet]:
    """Programmes that move none of the table's figures, claims that are not met, what clearly gets worse; none that is empty."""
    made = (_unmoved(found, programmes, w), _unmet(found, programmes, w), _harms(found, programmes, w))
    return [sheet for sheet in made if sheet[2]]


def _unmoved(found: Screened, programmes: Mapping[str, Programme], w: Words) -> Sheet:
    rows: list[tuple[str, ...]] = []
    r: Any
    for r in found.programmes[found.programmes["verdict"] != "moves"].itertuples():
        mine = found.effects[found.effects["arm"] == r.arm]
        main = mine[mine["outcome"].isin(FIGURES)]
        reach = 100 * np.maximum(main["low"].abs(), main["high"].abs()) / main["mean_baseline"].abs()
        widest, name = max(zip(reach.fillna(-1.0), main["outcome"], strict=True))
        within = f"±{number(widest, 1)}% ({w.headline(str(name))})" if widest >= 0 else "-"
        verdict = w.of("screen", r.verdict).format(share=f"{100 * SMALL:g}")
        rows.append((_name(programmes[r.arm], w), verdict, within, _moved(mine, r.clear.split(), w)))
    head = tuple(w.of("screen", k) for k in ("programme", "verdict", "within", "elsewhere"))
    return w.of("screen", "unmoved"), head, rows, set()


def _moved(mine: pd.DataFrame, names: list[str], w: Words) -> str:
    """What a programme clearly moves, the surest first."""
    clear = mine[mine["outcome"].isin(names)].sort_values("p", kind="stable")
    said = [f"{w.headline(str(r.outcome))} {_signed(r)}" for r in clear.head(NAMED).itertuples()]
    more = len(clear) - NAMED
    return w("semicolon").join([*said, *([w.of("screen", "and_more").format(n=more)] if more > 0 else [])]) or "-"


def _signed(r: Any) -> str:
    percent = _percent(r)[0]
    return f"{percent:+.3g}%" if math.isfinite(percent) else f"{r.difference:+.3g}"


def _unmet(found: Screened, programmes: Mapping[str, Programme], w: Words) -> Sheet:
    rows: list[tuple[str, ...]] = []
    r: Any
    for r in found.expected[found.expected["verdict"] != "met"].itertuples():
        name = w.outcome(r.outcome)
        figures = f"{r.difference:+.3g}", f"{r.low:+.3g} .. {r.high:+.3g}" if math.isfinite(r.low) else "-"
        said = w.of("screen", f"claim_{r.verdict}")
        rows.append((_name(programmes[r.arm], w), f"{name} {w.of('screen', r.direction)}", *figures, said))
    head = (*(w.of("screen", k) for k in ("programme", "expected")), w("difference"), w("interval"), w.of("screen", "verdict"))
    met = int((found.expected["verdict"] == "met").sum())
    return w.of("screen", "unmet").format(met=met, n=len(found.expected)), head, rows, {2, 3}


def _harms(found: Screened, programmes: Mapping[str, Programme], w: Words) -> Sheet:
    rows: list[tuple[str, ...]] = []
    r: Any
    for r in found.programmes[found.programmes["worse"] != ""].itertuples():
        mine = found.effects[found.effects["arm"] == r.arm]
        rows.append((_name(programmes[r.arm], w), _moved(mine, r.worse.split(), w)))
    return w.of("screen", "harmed"), (w.of("screen", "programme"), w.of("screen", "clearly_worse")), rows, set()
