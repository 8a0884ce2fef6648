"""Tables for the terminal, and the comparison as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from govsim.analysis.displacement import Displaced
from govsim.analysis.paired import COLUMNS, VarianceReduction
from govsim.report.around import around
from govsim.report.grids import SIGN, Grid, detail, overview, ratio
from govsim.report.words import Labels, Words, cells, printable, words, wrap

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLE: Final = {"": "", "better": "green", "worse": "red", "changed": "yellow"}
_TEXT_COLUMNS: Final = ("outcome", "arm", "unit", "truth", "better")
#: First characters that a spreadsheet takes for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def print_comparison(
    console: Console, comparison: pd.DataFrame, values: pd.DataFrame, labels: Labels, lang: str,
    details: Sequence[str] = (), saved: VarianceReduction | None = None, displaced: Displaced | None = None,
) -> None:  # fmt: skip
    """The overview in 100 columns, every figure of the arms in `details`, what changed around treated compounds, then
    what pairing saved.

    A terminal that cannot show Chinese gets English. One that is too narrow breaks the lines: no digit is
    lost.
    """
    w = words(lang if _can_show(console.encoding, words(lang)("overview")) else "en")
    grids = [overview(comparison, values, w, labels)]
    grids += [detail(comparison, arm, w, labels, short=True) for arm in details]
    grids += around(displaced, w, labels) if displaced is not None else []
    for grid in grids:
        print_grid(console, grid)
        console.print()
    if saved is not None:
        console.print(safe(variance_line(saved, w), console.encoding), markup=False, highlight=False)


def print_grid(console: Console, grid: Grid, least: int = 14, head: int = 10) -> None:
    """One table and its notes, in at most 100 columns; labels keep `least` of them, heads break at `head`."""
    width = min(console.width, 100)
    console.print(terminal_table(grid, console.encoding, width, least, head), crop=False)
    for note in grid.notes:
        console.print(safe(wrap(note, width), console.encoding), markup=False, highlight=False)


def terminal_table(grid: Grid, encoding: str, width: int = 100, least: int = 14, head: int = 10) -> Table:
    """`grid` for a terminal of that encoding: what it cannot show is escaped, and rules are plain ASCII.

    Each figure keeps one place to its right for its mark, so that the figures of a column stay aligned. The
    column of labels takes what the others leave, `least` cells at least. Heads break at `head` cells.
    """
    from rich.box import Box
    from rich.table import Table
    from rich.text import Text

    marked = len(grid.head) - grid.unmarked  # columns from here on need no place for a mark
    heads = [[safe(wrap(line, head if k else 99), encoding) for line in lines] for k, lines in enumerate(grid.head)]
    rows = [
        [_marked(safe(c.text, encoding), (SIGN[c.mark] or " ") if k < marked else "") for k, c in enumerate(figures, 1)]
        for _, figures in grid.rows
    ]
    # The mark hangs over: heads end where the digits end.
    over = [" " if 1 <= k < marked else "" for k in range(len(heads))]
    heads = [[line.replace("\n", o + "\n") + o for line in lines] for lines, o in zip(heads, over, strict=True)]
    widths = [
        max(cells(part) for text in [*heads[k], *(row[k - 1] for row in rows)] for part in text.split("\n"))
        for k in range(1, len(heads))
    ]
    left = max(least, min(width - sum(widths) - len(widths), max((cells(label) for label, _ in grid.rows), default=0)))
    rule = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
    table = Table(title=Text(safe(grid.title, encoding)), title_justify="left", box=rule, padding=0, show_edge=False)
    table.width = left + sum(widths) + len(widths)
    for k, lines in enumerate(heads):
        side: Literal["left", "right"] = "left" if k == 0 else "right"
        table.add_column(Text("\n".join(lines)), justify=side, vertical="bottom", width=([left, *widths])[k], no_wrap=True)
    for (label, figures), row in zip(grid.rows, rows, strict=True):
        tall = max(text.count("\n") for text in row)
        texts = [text + "\n" * (tall - text.count("\n")) for text in (safe(wrap(label, left), encoding), *row)]
        styles = ("", *(_STYLE[c.mark] for c in figures))
        table.add_row(*(Text(text, style=style) for text, style in zip(texts, styles, strict=True)))
    return table


def _marked(text: str, sign: str) -> str:
    """The mark behind the figure, and as much room behind what stands below it."""
    first, *below = text.split("\n")
    return "\n".join([first + sign, *(line + " " for line in below)])


def variance_line(saved: VarianceReduction, w: Words) -> str:
    """One line: how many times fewer runs pairing needs."""
    if not saved.measured:
        return w("variance_none")
    return w("variance", median=ratio(saved.median), low=ratio(saved.low), high=ratio(saved.high))


def write_comparison_csv(comparison: pd.DataFrame, path: Path) -> Path:
    """The comparison for spreadsheets: UTF-8 with a byte order mark, the same bytes for the same findings.

    Text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay numbers; what is
    not known is an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [c for c in COLUMNS if c in comparison.columns]
    writer.writerow(columns)
    for row in comparison[columns].itertuples(index=False):
        writer.writerow([_cell(name, value) for name, value in zip(columns, row, strict=True)])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path


def _cell(column: str, value: object) -> object:
    if column in _TEXT_COLUMNS:
        return f"'{value}" if str(value).startswith(_FORMULA) else value
    return "" if pd.isna(value) else value  # type: ignore[call-overload]


def _can_show(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def safe(text: str, encoding: str) -> str:
    """`text` as this terminal can show it."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    return shown.encode(encoding, "backslashreplace").decode(encoding)
