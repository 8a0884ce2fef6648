"""Figures of an experiment's findings: cost and gain, what moves an outcome, effects by quarter, effects by compound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from govsim.analysis.gainers import LOOKED_AT
from govsim.report.figures import FAINT, INK, LOOK, MOST_ARMS, WIDTH, blank, footnote, heading, panel, style
from govsim.report.grids import mark_of
from govsim.report.words import Labels, Words, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colour and shape of an arm; the same one in all panels.
ARMS: Final = tuple(
    (colour, shape) for shape in ("o", "s", "D") for colour in ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
)


def plane(money: pd.DataFrame, labels: Labels, lang: str) -> Figure:
    """The cost-effectiveness plane of `value_for_money.plane`: gain to the right, cost upwards, the frontier drawn."""
    with style():
        w = words(lang)
        figure = blank(5.2)
        ax = panel(figure, 5.2, (0.9, 0.95, WIDTH - 3.6, 3.7))
        ax.axhline(0, color=FAINT, linewidth=0.7, zorder=0)
        ax.axvline(0, color=FAINT, linewidth=0.7, zorder=0)
        edge = money[money["standing"] == "frontier"].sort_values(["cost", "gain"])
        ax.plot(edge["gain"], edge["cost"], color="#bbbbbb", linewidth=1.2, zorder=1)
        r: Any
        for k, r in enumerate(money.itertuples()):
            colour, shape = (INK, "o") if r.arm == "baseline" else ARMS[(k - 1) % len(ARMS)]
            if np.isfinite(r.gain_low):
                ax.plot([r.gain_low, r.gain_high], [r.cost, r.cost], color=colour, linewidth=1.2, zorder=2)
                ax.plot([r.gain, r.gain], [r.cost_low, r.cost_high], color=colour, linewidth=1.2, zorder=2)
            face = colour if r.standing == "frontier" else "white"
            name = wrap(w.arm(str(r.arm), labels), 30, lines=2)
            ax.plot(r.gain, r.cost, shape, color=colour, markerfacecolor=face, markersize=7, zorder=3, label=name)
        outcome = str(money["outcome"].iloc[0])
        ax.set_xlabel(w.finding("plane_x", name=w.headline(outcome), unit=w.unit(outcome)))
        ax.set_ylabel(w.finding("plane_y"))
        ax.margins(0.08)
        ax.xaxis.set_major_formatter("{x:,g}")
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8, labelspacing=0.9)
        heading(figure, 5.2, w.finding("plane_title"))
        footnote(figure, 5.2, w.finding("plane_note"))
        return figure


def tornado(swings: pd.DataFrame, outcome: str, labels: Labels, lang: str, most: int = 12) -> Figure:
    """The largest swings of an outcome: one panel for the baseline's level and one per arm's effect."""
    with style():
        w = words(lang)
        targets = list(dict.fromkeys(swings["of"].astype(str)))[:4]
        factors = list(dict.fromkeys(swings["factor"].astype(str)))
        tall = max(1.0, 0.3 * min(len(factors), most) + 0.2)
        height = 0.85 + len(targets) * (tall + 0.75) + 0.35
        figure = blank(height)
        for k, target in enumerate(targets):
            y = height - 0.85 - k * (tall + 0.75) - tall
            ax = panel(figure, height, (3.2, y, WIDTH - 3.5, tall))
            rows = swings[swings["of"] == target].head(most).iloc[::-1]
            _bars(ax, rows, w)
            ax.set_title(w.finding("of_level") if target == "baseline" else
                         w.finding("of_effect", arm=w.arm(target, labels)), loc="left", pad=4)  # fmt: skip
            ax.set_xlabel(w.unit(outcome))
        heading(figure, height, w.finding("tornado_title", name=w.headline(outcome)))
        footnote(figure, height, w.finding("tornado_note"))
        return figure


def _bars(ax: Axes, rows: pd.DataFrame, w: Words) -> None:
    for y, r in enumerate(rows.to_dict("records")):
        clear = r["low"] > 0 or r["high"] < 0
        ax.barh(y, r["swing"], height=0.55, color="#0072B2" if clear else "#c9c9c9", linewidth=0, zorder=1)
        if np.isfinite(r["low"]):
            ax.plot([r["low"], r["high"]], [y, y], color=INK, linewidth=1.0, zorder=2)
    ax.axvline(0, color=FAINT, linewidth=0.8)
    ax.set_yticks(range(len(rows)), [wrap(str(name), 44, lines=1) for name in rows["factor"]])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.xaxis.set_major_formatter("{x:,g}")


def over_time(effects: pd.DataFrame, labels: Labels, lang: str) -> Figure:
    """Effects by quarter: one panel per outcome, one mark per arm and quarter, side by side within the quarter."""
    from matplotlib.ticker import MaxNLocator

    with style():
        w = words(lang)
        names = list(dict.fromkeys(effects["outcome"].astype(str)))
        arms = list(dict.fromkeys(effects["arm"].astype(str)))[:MOST_ARMS]
        across = min(3, len(names))
        down = -(-len(names) // across)
        tall, gap = 1.7, 1.0
        legend = 0.25 * -(-len(arms) // 3)
        height = 0.75 + legend + down * (tall + gap) + 0.3
        figure = blank(height)
        width = (WIDTH - 0.2) / across
        for i, name in enumerate(names):
            row, column = divmod(i, across)
            y = height - 0.8 - legend - row * (tall + gap) - tall
            ax = panel(figure, height, (0.65 + column * width, y, width - 0.8, tall))
            _quarters(ax, effects[effects["outcome"] == name], arms, w, labels)
            ax.set_title(wrap(w.headline(name), 36, lines=1), loc="left", pad=5)
            ax.set_ylabel(wrap(w.unit(name), 26, lines=2))
            ax.set_xlabel(w.finding("quarter"))
            ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        handles, texts = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="upper left", bbox_to_anchor=(0.05, 1 - 0.35 / height), ncols=3, frameon=False,
                      fontsize=8, columnspacing=1.5)  # fmt: skip
        heading(figure, height, w.finding("time_title"))
        footnote(figure, height, w.finding("time_note"))
        return figure


def _quarters(ax: Axes, rows: pd.DataFrame, arms: list[str], w: Words, labels: Labels) -> None:
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    for k, arm in enumerate(arms):
        colour, shape = ARMS[k % len(ARMS)]
        mine = rows[rows["arm"] == arm]
        x = mine["quarter"].to_numpy(float) + 1 + 0.6 * (k - (len(arms) - 1) / 2) / len(arms)
        d, low, high = (mine[c].to_numpy(float) for c in ("difference", "low", "high"))
        clear = (low > 0) | (high < 0)
        ax.vlines(x, low, high, color=colour, linewidth=1.1, zorder=2)
        ax.plot(x, d, color=colour, linewidth=0.6, alpha=0.5, zorder=1)
        ax.plot(x[~clear], d[~clear], shape, color=colour, markerfacecolor="white", markersize=4.5, zorder=3)
        ax.plot(x[clear], d[clear], shape, color=colour, markersize=4.5, zorder=3)
        ax.plot([], [], shape, color=colour, markersize=4.5, label=wrap(w.arm(arm, labels), 40, lines=1))
    ax.set_xlim(0.4, rows["quarter"].max() + 1.6)
    ax.yaxis.set_major_formatter("{x:,g}")


def gainers(
    by_compound: pd.DataFrame, by_group: pd.DataFrame, places: pd.DataFrame, labels: Labels, lang: str,
    outcome: str = "satisfaction",
) -> Figure:  # fmt: skip
    """Effects by compound on one outcome: a panel per arm, a row per type of compound (or all), a dot per compound."""
    with style():
        w = words(lang)
        people = places.astype({"compound": str}).set_index("compound")
        mine = by_compound[by_compound["outcome"] == outcome]
        arms = list(dict.fromkeys(mine["arm"].astype(str)))[:8]
        by = "type" if "type" in people.columns else "all"
        grouped = by_group[(by_group["outcome"] == outcome) & (by_group["by"] == by)]
        groups = list(dict.fromkeys(grouped["group"].astype(str)))
        across, tall = min(2, len(arms)), max(1.0, 0.42 * len(groups) + 0.15)
        down = -(-len(arms) // across)
        height = 0.65 + down * (tall + 0.8) + 0.3
        figure = blank(height)
        left, width = 1.75, (WIDTH - 1.9) / across
        for i, arm in enumerate(arms):
            row, column = divmod(i, across)
            y = height - 0.75 - row * (tall + 0.8) - tall
            ax = panel(figure, height, (left + column * width, y, width - 0.25, tall))
            _dots(ax, mine[mine["arm"] == arm], grouped[grouped["arm"] == arm], people, groups, by, LOOKED_AT[outcome])
            ax.set_title(wrap(w.arm(arm, labels), 48, lines=1), loc="left", pad=4)
            ax.set_yticks(range(len(groups)), [w.finding(g) for g in groups] if column == 0 else [""] * len(groups))
            ax.tick_params(axis="y", length=0, labelcolor=INK)
        unit = w.unit("satisfaction") if outcome == "satisfaction" else ""
        heading(figure, height, w.finding("people_title", name=w.finding(f"of_{outcome}"), unit=unit))
        footnote(figure, height, w.finding("people_note_figure", way=w.finding(f"way_{LOOKED_AT[outcome]}")))
        return figure


def _dots(
    ax: Axes, mine: pd.DataFrame, grouped: pd.DataFrame, people: pd.DataFrame, groups: list[str], by: str, better: str
) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    names = mine["compound"].astype(str)
    group = people["type"].reindex(names).astype(str).to_numpy() if by == "type" else np.full(len(mine), "all")
    size = np.nan_to_num(people["residents"].reindex(names).to_numpy(float))
    d = mine["difference"].to_numpy(float)
    area = 40 * size / max(size.max(), 1.0) + 3
    for y, name in enumerate(groups):
        inside = group == name
        order = np.argsort(d[inside], kind="stable")
        # a fixed spread up and down, so that neighbours in size of effect do not hide each other
        shift = np.empty(len(order))
        shift[order] = 0.24 * (np.arange(len(order)) % 5 - 2) / 2
        ax.scatter(d[inside], y + shift, s=area[inside], color="#0072B2", alpha=0.45, linewidth=0, zorder=2)
        for r in grouped[grouped["group"] == name].to_dict("records"):
            colour = LOOK[mark_of(r["low"], r["high"], r["difference"], better)][0]
            ax.plot([r["low"], r["high"]], [y, y], color=colour, linewidth=1.8, zorder=3)
            ax.plot([r["difference"]] * 2, [y - 0.3, y + 0.3], color=colour, linewidth=2.0, zorder=4)
    ax.set_ylim(-0.6, len(groups) - 0.4)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter("{x:,g}")
