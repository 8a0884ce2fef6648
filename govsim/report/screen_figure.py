"""The screen as a picture: one row per programme, one column per figure, coloured where the effect is clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from govsim.analysis.screen import FIGURES, Screened
from govsim.report.figures import FAINT, INK, LOOK, WIDTH, blank, footnote, heading, panel, style
from govsim.report.grids import Cell, Grid
from govsim.report.screen import screen_grid
from govsim.report.words import Words, wrap
from govsim.scenario.schema import Programme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW: Final = 0.2  # inches
NAMES: Final = 2.6  # inches for the names of programmes


def screen_figure(found: Screened, programmes: Mapping[str, Programme], w: Words) -> Figure:
    """The effects, the cost and the residents better and worse off of all programmes; deeper colour: larger in its column."""
    grid = screen_grid(found, programmes, w)
    shown = [*range(len(FIGURES) + 1), len(FIGURES) + 3]  # without prices and harms, which the table has
    with style():
        tall = ROW * len(grid.rows)
        top, bottom = 0.8, 0.6
        height = top + tall + bottom
        figure = blank(height)
        ax = panel(figure, height, (NAMES, bottom, WIDTH - NAMES - 0.15, tall))
        ax.set_xlim(0, len(shown))
        ax.set_ylim(len(grid.rows), 0)
        ax.set_axis_off()
        depths = _depths(grid)
        for y, (label, cells) in enumerate(grid.rows):
            family = not any(cell.text for cell in cells)
            ax.text(-0.1, y + 0.5, label if family else wrap(label, 40, lines=1), ha="right", va="center",
                    fontsize=8, color=FAINT if family else INK)  # fmt: skip
            ax.axhline(y + 1, color="#ececec", linewidth=0.5, zorder=0)
            for x, k in enumerate(shown):
                _cell(ax, x, y, cells[k], depths[y][k] if k < len(FIGURES) else None)
        for x, k in enumerate(shown):
            text = grid.head[k + 1][0].replace("- ", "").replace("/ ", "/")
            text = text.replace(" ", "") if w.lang == "zh" else wrap(text, 12)
            ax.text(x + 0.5, -0.2, text, ha="center", va="bottom", fontsize=8, color=INK)
        heading(figure, height, grid.title)
        footnote(figure, height, w.of("screen", "figure_note").format(n=len(found.programmes)))
        return figure


def _cell(ax: Axes, x: int, y: int, cell: Cell, depth: float | None) -> None:
    """One figure; `depth` from 0 to 1 where it is an effect: what is not clear is pale."""
    from matplotlib.patches import Rectangle

    if cell.mark:
        most = 0.25 if cell.mark == "changed" else 0.55
        alpha = 0.15 + most * (depth or 0.0)
        ax.add_patch(Rectangle((x + 0.04, y + 0.08), 0.92, 0.84, color=LOOK[cell.mark][0], alpha=alpha, linewidth=0))
    colour = INK if cell.mark or depth is None else FAINT
    ax.text(x + 0.5, y + 0.53, cell.text.split("\n")[0], ha="center", va="center", fontsize=8, color=colour)


def _depths(grid: Grid) -> list[list[float]]:
    """Each clear effect's size against the largest clear one of its column, on a root scale; 0 elsewhere."""
    sizes = np.zeros((len(grid.rows), len(FIGURES)))
    for y, (_, cells) in enumerate(grid.rows):
        for k in range(len(FIGURES)):
            if cells[k].mark:
                sizes[y, k] = abs(float(cells[k].text.split("\n")[0].replace(",", "")))
    largest = np.maximum(sizes.max(axis=0), 1e-12)
    return [[float(depth) for depth in row] for row in np.sqrt(sizes / largest)]
