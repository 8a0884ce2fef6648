"""The report as one HTML file: nothing is fetched, nothing runs, the same findings give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from govsim.analysis.displacement import Displaced
from govsim.analysis.headlines import BY_HEADLINE, arms_of
from govsim.report.around import around
from govsim.report.grids import SIGN, Grid, detail, overview
from govsim.report.words import Labels, Words, printable, words

#: Columns of the table of runs that are not parameters; the time a run took differs from machine to machine.
_RUN_COLUMNS: Final = (
    "arm", "replicate", "seed", "residents", "households", "compounds", "days", "first_day", "wall_seconds",
)  # fmt: skip


def page(
    lang: str, labels: Labels, runs: pd.DataFrame, values: pd.DataFrame, comparison: pd.DataFrame,
    figures: Sequence[tuple[str, str]], *, title: str = "", question: str = "", saved: str = "",
    versions: Mapping[str, str] | None = None, displaced: Displaced | None = None,
) -> str:  # fmt: skip
    """The whole page as text. `figures` are (caption, SVG) pairs; `versions` is shown as given, name to
    version; `displaced` is what changed around treated compounds."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    w = words(lang)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    # Only our own drawings go in unescaped; matplotlib has escaped the names in them.
    drawn = [(caption, Markup(_inline(svg, f"f{i}-"))) for i, (caption, svg) in enumerate(figures)]
    return environment.get_template("page.html.j2").render(
        w=w, title=printable(title) or w("title"), question=printable(question), saved=saved, sign=SIGN,
        overview=_written_out(overview(comparison, values, w, labels), values, w),
        details=[detail(comparison, arm, w, labels) for arm in arms_of(values)[1:]],
        around=around(displaced, w, labels) if displaced is not None else [],
        figures=drawn, about=_about(runs, labels, w, versions or {}),
    )  # fmt: skip


def _written_out(grid: Grid, values: pd.DataFrame, w: Words) -> Grid:
    """The overview with full labels and units: a page has room for them."""
    full = {w.short(n): (w.truth(n), w.headline(n), w.unit(n)) for n in BY_HEADLINE}
    head = tuple(full[lines[1]] if len(lines) == 3 else lines for lines in grid.head)
    return Grid(grid.title, head, grid.rows, grid.notes)


def _inline(svg: str, prefix: str) -> str:
    """The <svg> element alone, its ids made its own so that several can stand on one page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(<[^<>]*?\sid=")', rf"\1{prefix}", body)
    return re.sub(r'(url\(#|href="#)', rf"\1{prefix}", body)


def _about(runs: pd.DataFrame, labels: Labels, w: Words, versions: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Blocks of (heading, facts): what was run; then parameters and versions, folded away."""
    arms = arms_of(runs)
    facts = [
        (w("arms"), ", ".join(w.arm(arm, labels) for arm in arms)),
        (w("replicates"), _span(runs.groupby("arm", observed=True)["replicate"].nunique())),
        (w("seeds"), _span(runs["seed"])),
        *((w(name), _span(runs[name])) for name in ("residents", "households", "compounds", "days", "first_day")),
    ]
    blocks = [("", facts)]
    parameters = [(printable(str(name)), _only(runs[name], w)) for name in runs.columns if str(name) not in _RUN_COLUMNS]
    if parameters:
        blocks.append((w("parameters"), parameters))
    if versions:
        blocks.append((w("versions"), [(printable(k), printable(v)) for k, v in versions.items()]))
    return blocks


def _span(column: pd.Series[str] | pd.Series[int]) -> str:
    """One value, or the lowest and the highest."""
    low, high = column.min(), column.max()
    return _text(low) if low == high else f"{_text(low)} .. {_text(high)}"


def _only(column: pd.Series[str], w: Words) -> str:
    """The value that all runs share, or that they differ."""
    different = column.astype(str).unique()
    return printable(str(different[0])) if len(different) == 1 else w("varies")


def _text(value: object) -> str:
    return printable(str(value))[:10] if "-" in str(value) else str(value)
