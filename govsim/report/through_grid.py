"""Through which mechanism an arm's effect runs, as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from govsim.analysis.headlines import BY_HEADLINE
from govsim.report.grids import Cell, Grid, Row, decimals, mark_of, number
from govsim.report.words import Labels, Words

if TYPE_CHECKING:
    import pandas as pd


def through_grid(ways: pd.DataFrame, outcome: str, arm: str, labels: Labels, w: Words) -> Grid:
    """One row per mechanism that carries something, their sum, the rest, and the whole effect.

    `ways` is `analysis.why.mean_paths` of the arm. Where the effect is not clear over the replicates there are no shares.
    """
    rows = ways[ways["outcome"] == outcome].to_dict("records")
    whole = rows[0]
    several = math.isfinite(whole["low"])
    clear = several and (whole["low"] > 0 or whole["high"] < 0)
    d = decimals([r["through"] for r in rows])
    better = BY_HEADLINE[outcome].better

    def row(label: str, amount: float, low: float, high: float, *share: float) -> Row:
        cells = [Cell(number(amount, d, signed=True), mark_of(low, high, amount, better)), _span(low, high, d)]
        return label, (*cells, *(_shares(*share) if clear or not several else (Cell(""), Cell(""))))

    made: list[Row] = []
    for r in rows:
        name = w.of("part", r["part"])
        if r["home"]:
            made.append((name, (Cell(w.finding("made_there")), *[Cell("")] * 3)))
        elif r["through"] != 0 or r["part"] in ("sum", "rest"):
            bounds = (r["through_low"], r["through_high"])
            made.append(row(name, r["through"], *bounds, r["share"], r["share_low"], r["share_high"]))
    made.append(row(w.finding("whole"), whole["total"], whole["low"], whole["high"], math.nan, math.nan, math.nan))
    head = ((w.finding("mechanism"),), *((w.finding(k),) for k in ("amount", "interval", "share", "interval")))
    title = w.finding("through", arm=w.arm(arm, labels), name=w.headline(outcome), unit=w.unit(outcome))
    return Grid(title, head, tuple(made), tuple(_notes(rows, several, clear, w)))


def _notes(rows: list[dict[Any, Any]], several: bool, clear: bool, w: Words) -> list[str]:
    notes = [w.finding("through_note", n=int(rows[0]["replicates"])), w("marks")]
    idle = [w.of("part", r["part"]) for r in rows if r["through"] == 0 and not r["home"] and r["part"] not in ("sum", "rest")]
    if idle:
        notes.append(w.finding("idle_parts", names=w.finding("comma").join(idle)))
    if not several:
        notes.append(w.finding("through_few"))
    elif not clear:
        notes.append(w.finding("through_unclear"))
    return notes


def _span(low: float, high: float, digits: int) -> Cell:
    return Cell(f"{number(low, digits, True)} .. {number(high, digits, True)}" if math.isfinite(low + high) else "")


def _shares(share: float, low: float, high: float) -> tuple[Cell, Cell]:
    if not math.isfinite(share):
        return Cell(""), Cell("")
    span = f"{number(100 * low, 0)}% .. {number(100 * high, 0)}%" if math.isfinite(low + high) else ""
    return Cell(f"{number(100 * share, 0)}%"), Cell(span)
