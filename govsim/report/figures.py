"""Figures by matplotlib, without a screen and without pyplot: the same findings give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import COURSE, MAIN, arms_of
from govsim.analysis.paired import LEVEL
from govsim.report.grids import mark_of
from govsim.report.words import Labels, Words, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

F64 = npt.NDArray[np.float64]

# Okabe and Ito (2008): told apart by colour-blind readers, and each has a shape of its own.
LOOK: Final = {
    "better": ("#0072B2", "o"), "worse": ("#D55E00", "s"), "changed": ("#222222", "D"), "": ("#8a8a8a", "o"),
}  # fmt: skip
INK, FAINT, BAND = "#222222", "#6a6a6a", "#56B4E9"
WIDTH: Final = 10.0  # inches
MOST_ARMS: Final = 12  # rows in the weekly figure
LARGE: Final = 250_000  # bytes
_STYLE: Final[dict[Any, Any]] = {
    "font.family": ["DejaVu Sans", "Noto Sans SC"], "font.size": 9, "text.parse_math": False,
    "text.color": INK, "axes.unicode_minus": False, "axes.linewidth": 0.6, "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 9, "axes.labelsize": 8,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "xtick.color": FAINT, "ytick.color": FAINT,
    "xtick.major.size": 2.5, "ytick.major.size": 2.5, "svg.hashsalt": "govsim", "svg.fonttype": "path",
}  # fmt: skip


@contextmanager
def style() -> Iterator[None]:
    """Our fonts and looks for as long as a figure is drawn or saved; nothing global is left changed but the
    font."""
    import matplotlib
    from matplotlib.font_manager import fontManager
    from pylopdf_fonts_zh_cn import sans_path

    if not any(font.name == "Noto Sans SC" for font in fontManager.ttflist):
        fontManager.addfont(sans_path())
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "backend": "agg", **_STYLE}):
        yield


def effects(comparison: pd.DataFrame, labels: Labels, lang: str, names: Sequence[str] = MAIN) -> Figure:
    """Forest plot: one panel per headline, the paired differences of all arms with their intervals."""
    with style():
        w = words(lang)
        names = [n for n in names if n in set(comparison["outcome"])]
        arms = _sorted_arms(comparison, names[0])
        texts = [wrap(w.arm(arm, labels), 26, lines=2) for arm in arms]
        across = min(4, len(names))
        down = -(-len(names) // across)
        tall = max(1.0, 0.32 * len(arms) + 0.2)
        two = any("\n" in wrap(w.headline(n), 26, lines=2) for n in names)
        top, gap, bottom = (0.82 if two else 0.68), (1.05 if two else 0.9), 0.45
        height = top + down * (tall + gap) + bottom - (0.35 if two else 0.2)
        figure = blank(height)
        left, width = 1.95, (WIDTH - 1.95 - 0.15) / across
        for i, name in enumerate(names):
            row, column = divmod(i, across)
            y = height - top - row * (tall + gap) - tall
            ax = panel(figure, height, (left + column * width, y, width - 0.3, tall))
            _forest(ax, comparison[comparison["outcome"] == name].set_index("arm"), arms, w)
            ax.set_title(wrap(w.headline(name), 26, lines=2), loc="left", pad=5)
            ax.set_xlabel(wrap(w.unit(name), 28, lines=2))
            ax.set_yticks(range(len(arms)), texts if column == 0 else [""] * len(arms))
            ax.tick_params(axis="y", length=0, labelcolor=INK)
        heading(figure, height, w("effects_title"))
        enough = int(comparison["replicates"].max()) >= 2
        footnote(figure, height, w("effects_note") if enough else w("effects_few"))
        return figure


def course(weekly: pd.DataFrame, labels: Labels, lang: str, names: Sequence[str] = COURSE) -> Figure:
    """Week by week: the level of the baseline on top, below it one row per arm with the difference to it."""
    with style():
        w = words(lang)
        names = [n for n in names if n in set(weekly["headline"])]
        every = arms_of(weekly)
        arms = every[: MOST_ARMS + 1]
        top, tall, gap, bottom = 0.95, 0.72, 0.16, 0.75
        height = top + len(arms) * (tall + gap) + 0.1 + bottom
        figure = blank(height)
        left = 1.75
        width = (WIDTH - left - 0.15) / len(names)
        for column, name in enumerate(names):
            wide = weekly[weekly["headline"] == name].pivot(index=["arm", "replicate"], columns="period", values="value")
            panels = []
            for row, arm in enumerate(arms):
                y = height - top - row * (tall + gap) - tall - (0.1 if row else 0)
                ax = panel(figure, height, (left + column * width + 0.35, y, width - 0.5, tall))
                lines = wide.xs("baseline") if row == 0 else wide.xs(arm) - wide.xs("baseline")
                _band(ax, wide.columns.to_numpy(float), np.asarray(lines, dtype=float), zero=row > 0)
                if row < len(arms) - 1:
                    ax.set_xticklabels([])
                if column == 0:
                    text = wrap(w.arm(arm, labels), 20, lines=3)
                    figure.text(0.1 / WIDTH, (y + tall / 2) / height, text, va="center", fontsize=9)
                panels.append(ax)
            _same_height(panels[1:])
            panels[0].set_title(f"{wrap(w.headline(name), 30, 2)}\n{w.unit(name)}", loc="left", fontsize=8.5, pad=6)
            panels[-1].set_xlabel(w("week"))
        heading(figure, height, w("course_title"))
        enough = weekly["replicate"].nunique() >= 2
        note = w("course_note" if enough else "course_few", start=str(weekly["start"].astype(str).min())[:10])
        if len(every) > len(arms):
            note += " " + w("course_hidden", n=len(every) - len(arms))
        footnote(figure, height, note)
        return figure


def district(places: pd.DataFrame, labels: Labels, lang: str) -> Figure:
    """Map: compounds as circles, coloured by `value`, and beside it by `change` where the frame has it.

    `places` has compound, x, y (metres), residents, value, and may have change and arm (see
    `complaints_map`).
    """
    with style():
        w = words(lang)
        shown = ["value", "change"] if "change" in places.columns else ["value"]
        wide = (WIDTH - 0.2) / 2
        east, north = (float(np.ptp(places[k].to_numpy(float))) if len(places) else 0.0 for k in ("x", "y"))
        tall = min(max((wide - 1.35) * north / east if east > 0 else 0.0, 2.0), 6.0)
        height = tall + 1.75
        figure = blank(height)
        for i, column in enumerate(shown):
            ax = panel(figure, height, (0.55 + i * wide, 1.0, wide - 1.35, tall))
            _circles(figure, ax, places, column, w)
            title = w("map_level") if i == 0 else w("map_change", arm=w.arm(str(places["arm"].iloc[0]), labels))
            ax.set_title(wrap(title, 58, lines=2), loc="left", pad=6)
        heading(figure, height, w("map_title"))
        footnote(figure, height, w("map_note"))
        return figure


def svg(figure: Figure) -> str:
    """The figure as SVG text: letters are outlines, so it looks the same everywhere; it holds no date."""
    with style():
        text = io.StringIO()
        nothing: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(text, format="svg", metadata=nothing)
        return text.getvalue()


def save(figure: Figure, stem: Path) -> list[Path]:
    """Writes `stem`.png and `stem`.svg; returns their paths."""
    png, vector = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".svg")
    png.write_bytes(_png(figure))
    vector.write_text(svg(figure), encoding="utf-8", newline="\n")
    return [png, vector]


def _png(figure: Figure) -> bytes:
    """150 dots per inch; a large picture is kept in 256 colours of its own, a third of the size."""
    from PIL import Image

    raw, small = io.BytesIO(), io.BytesIO()
    with style():
        figure.savefig(raw, format="png", dpi=150, metadata={"Software": None})
    if raw.tell() < LARGE:
        return raw.getvalue()
    picture = Image.open(raw).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True, dpi=(150, 150))
    return small.getvalue()


def blank(height: float) -> Figure:
    """An empty figure as wide as all of them, `height` inches tall."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def panel(figure: Figure, height: float, box: tuple[float, float, float, float]) -> Axes:
    """Axes at (left, bottom, width, height) in inches."""
    x, y, w, h = box
    return figure.add_axes((x / WIDTH, y / height, w / WIDTH, h / height))


def heading(figure: Figure, height: float, text: str) -> None:
    """What the figure is about, at its top."""
    figure.text(0.1 / WIDTH, 1 - 0.1 / height, text, fontsize=12, va="top")


def footnote(figure: Figure, height: float, text: str) -> None:
    """How to read the figure, at its bottom."""
    figure.text(0.1 / WIDTH, 0.1 / height, wrap(text, 165), fontsize=8, color=FAINT, va="bottom", linespacing=1.35)


def _sorted_arms(comparison: pd.DataFrame, name: str) -> list[str]:
    """By the difference on one headline, the best at the end (drawn on top); arms without one come first."""
    rows = comparison[comparison["outcome"] == name]
    gain = rows["difference"] * (-1 if str(rows["better"].iloc[0]) == "down" else 1)
    order = gain.fillna(-np.inf).sort_values(kind="stable").index
    return [str(arm) for arm in rows.loc[order, "arm"]]


def _forest(ax: Axes, rows: pd.DataFrame, arms: Sequence[str], w: Words) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.axvline(0, color=FAINT, linewidth=0.8, zorder=1)
    for y, arm in enumerate(arms):
        ax.axhline(y, color="#ececec", linewidth=0.6, zorder=0)
        low, high, difference = map(float, rows.loc[arm, ["low", "high", "difference"]])
        if not np.isfinite(difference):
            ax.text(
                0.5,
                y,
                w("none"),
                transform=ax.get_yaxis_transform(),
                ha="center",
                va="center",
                color=FAINT,
                backgroundcolor="white",
            )
            continue
        mark = mark_of(low, high, difference, str(rows.loc[arm, "better"]))
        colour, shape = LOOK[mark]
        if np.isfinite(low):
            ax.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
        ax.plot(
            difference,
            y,
            shape,
            color=colour,
            markersize=5,
            zorder=3,
            markerfacecolor=colour if mark else "white",
        )
    ax.set_ylim(-0.6, len(arms) - 0.4)
    ax.margins(x=0.08)
    ax.spines["left"].set_visible(False)
    long = max(map(abs, ax.get_xlim())) >= 1000  # long numbers need more room
    steps = [1, 2, 3, 4, 5, 10] if long else [1, 2, 5, 10]
    ax.xaxis.set_major_locator(MaxNLocator(3 if long else 4, steps=steps, min_n_ticks=2))
    ax.xaxis.set_major_formatter("{x:,g}")


def _band(ax: Axes, weeks: F64, lines: F64, zero: bool) -> None:
    """Mean of the replicates (rows of `lines`) and the 95% interval of that mean, week by week."""
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    n = np.isfinite(lines).sum(axis=0)
    mean = np.divide(np.nansum(lines, axis=0), n, out=np.full(n.size, np.nan), where=n > 0)
    square = np.nansum((lines - mean) ** 2, axis=0)
    error = np.sqrt(np.divide(square, n * (n - 1), out=np.full(n.size, np.nan), where=n > 1))
    half = _student(n) * error
    if zero:
        ax.axhline(0, color=FAINT, linewidth=0.7)
    ax.fill_between(weeks, mean - half, mean + half, color=BAND if zero else "#bbbbbb", alpha=0.55, linewidth=0)
    ax.plot(weeks, mean, color="#0072B2" if zero else INK, linewidth=1.0)
    ax.margins(x=0.01)
    ax.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    if weeks.size > 26:  # quarters, or years
        ax.xaxis.set_major_locator(MultipleLocator(13 if weeks.size <= 110 else 52 * -(-weeks.size // 260)))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _student(n: npt.NDArray[np.int64]) -> F64:
    from scipy import stats

    return np.asarray(stats.t.ppf((1 + LEVEL) / 2, np.maximum(n - 1, 1)), dtype=float)


def _same_height(panels: Sequence[Axes]) -> None:
    """One scale for all arms of a headline, so that rows can be compared."""
    if panels:
        low, high = (f(ax.get_ylim()[k] for ax in panels) for k, f in ((0, min), (1, max)))
        for ax in panels:
            ax.set_ylim(low, high)


def _circles(figure: Figure, ax: Axes, places: pd.DataFrame, column: str, w: Words) -> None:
    value = places[column].to_numpy(float)
    known = value[np.isfinite(value)]
    size = np.abs(known) if column == "change" else known
    limit = float(np.quantile(size, 0.98)) if known.size else 1.0  # a few extremes would grey out the rest
    limit = limit or 1.0
    low, colours = (-limit, "PuOr_r") if column == "change" else (0.0, "cividis_r")
    residents = places["residents"].to_numpy(float)
    area = 3600 / max(len(places), 12) * residents / max(float(residents.mean()), 1.0)
    order = np.argsort(-residents, kind="stable")  # small circles lie on large ones
    dots = ax.scatter(
        places["x"].to_numpy(float)[order] / 1000, places["y"].to_numpy(float)[order] / 1000, s=area[order],
        c=value[order], cmap=colours, vmin=low, vmax=limit, edgecolors="#444444", linewidths=0.4,
        plotnonfinite=True,
    )  # fmt: skip
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.08)
    ax.set_xlabel(w("map_km"))
    ax.set_ylabel(w("map_km"))
    beyond = [bool((known < low).any()), bool((known > limit).any())]
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    box = ax.get_position()
    beside = figure.add_axes((box.x1 + 0.012, box.y0, 0.014, box.height))
    bar = figure.colorbar(dots, cax=beside, extend=extend[beyond[0], beyond[1]])
    bar.outline.set_linewidth(0.4)
