"""The table of what changed around the compounds that a programme reaches: the same cells on the terminal and the page."""

from __future__ import annotations

import math
from typing import Any

from govsim.analysis.displacement import LOOKED_AT, PER, RINGS, Displaced
from govsim.analysis.headlines import arms_of
from govsim.report.grids import Cell, Grid, Row, decimals, mark_of, number
from govsim.report.words import Labels, Words


def around(found: Displaced, words: Words, labels: Labels) -> list[Grid]:
    """One small table per arm that reaches some but not all compounds; none if there is no such arm."""
    if found.rings.empty:
        return []
    return [_one(found, arm, words, labels) for arm in arms_of(found.rings)]


def _one(found: Displaced, arm: str, words: Words, labels: Labels) -> Grid:
    mine = found.rings[found.rings["arm"] == arm]
    by: dict[tuple[str, str], Any] = {(str(r.ring), str(r.figure)): r for r in mine.itertuples()}
    digits = {f: decimals([r.difference for (_, g), r in by.items() if g == f]) for f in LOOKED_AT}
    rows: list[Row] = []
    for ring in RINGS:
        here = [by[ring, figure] for figure in LOOKED_AT if (ring, figure) in by]
        if not here:
            continue
        cells = [Cell(f"{here[0].compounds:,.0f}")]
        for r in here:
            d, better = digits[str(r.figure)], LOOKED_AT[str(r.figure)][2]
            cells.append(Cell(number(r.difference, d, signed=True), mark_of(r.low, r.high, r.difference, better)))
            cells.append(Cell(_span(r.low, r.high, d)))
        rows.append((words.of("ring", ring), tuple(cells)))
    head = [(words("ring"),), (words("compounds"),)]
    for figure in LOOKED_AT:
        head += [(words.of("displaced", figure),), (words("interval"),)]
    title = words("around", arm=words.arm(arm, labels))
    return Grid(title, tuple(head), tuple(rows), tuple(_notes(found, arm, words, int(mine["replicates"].max()))))


def _span(low: float, high: float, digits: int) -> str:
    return f"{number(low, digits, signed=True)} .. {number(high, digits, signed=True)}" if math.isfinite(low) else "-"


def _notes(found: Displaced, arm: str, words: Words, pairs: int) -> list[str]:
    """What the figures are, and for each what became of the gain."""
    notes = [words("around_note", per=f"{PER:,.0f}")]
    if pairs < 2:
        notes.append(words("not_enough_legend", n=pairs))
    r: Any
    for r in found.totals[found.totals["arm"] == arm].itertuples():
        name = words.of("displaced", str(r.figure))
        if LOOKED_AT[str(r.figure)][2] != "down":
            continue
        if not math.isfinite(r.moved_per_gain):
            notes.append(words("around_no_gain", figure=name))
            continue
        quotient = number(r.quotient, 2, signed=True) if math.isfinite(r.quotient) else words("none")
        share = number(100 * r.moved_per_gain, 0, signed=True)
        notes.append(words("around_moved", figure=name, gain=number(r.gain, 0), share=share, quotient=quotient))
    return notes
