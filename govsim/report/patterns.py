"""The patterns for people: an aligned table for the terminal and a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Final

import pandas as pd

from govsim.analysis.patterns import COLUMNS
from govsim.analysis.published import families, patterns
from govsim.report.grids import number
from govsim.report.words import Words

#: Columns that are aligned to the right.
RIGHT: Final = (1, 3, 4)
_TEXT: Final = ("pattern", "family", "figure", "published", "basis", "source", "verdict", "why", "what")


def head(words: Words) -> tuple[str, ...]:
    """Heads of the table."""
    return tuple(words(k) for k in ("pattern", "published", "basis", "reached", "lowest_highest", "verdict"))


def rows(found: pd.DataFrame, words: Words) -> list[tuple[str, ...]]:
    """One row per figure, with a row for the name of each family."""
    out: list[tuple[str, ...]] = []
    family = ""
    r: Any
    for r in found.itertuples():
        if r.family != family:
            family = str(r.family)
            out.append((families()[family][words.lang], "", "", "", "", ""))
        known = patterns()[str(r.pattern)]
        name = "  " + (known.zh if words.lang == "zh" else known.en)
        basis = words.of("basis", r.basis)
        said, verdict = published(known.published, words), words.of("verdict", r.verdict)
        if r.verdict == "unmeasured":
            out.append((name, said, basis, "-", "-", verdict))
            continue
        span = f"{_figure(r.lowest)} .. {_figure(r.highest)}" if r.replicates > 1 else "-"
        out.append((name, said, basis, _figure(r.mean), span, verdict))
    return out


def reasons(found: pd.DataFrame, words: Words) -> list[str]:
    """Why figures could not be measured, one line per reason, with the figures it stops."""
    stopped: dict[str, list[str]] = {}
    r: Any
    for r in found[found["verdict"] == "unmeasured"].itertuples():
        known = patterns()[str(r.pattern)]
        stopped.setdefault(why(r, words), []).append(known.zh if words.lang == "zh" else known.en)
    return [reason + words("colon") + words("semicolon").join(names) for reason, names in stopped.items()]


def published(text: str, words: Words) -> str:
    """What the source says: figures stay, a direction in words is translated."""
    return words.tables["said"].get(text, text)


def why(r: Any, words: Words) -> str:
    """Why a figure could not be measured."""
    what = words.of("counted", r.what) if r.what else ""
    keys = {"few": "why_few", "short": "why_short", "constant": "why_constant", "none": "why_none", "idle": "why_idle"}
    return words(keys[r.why], what=what, n=f"{r.n:,.0f}", needed=f"{r.needed:,.0f}")


def summary(found: pd.DataFrame, words: Words) -> str:
    """How many hit, missed and could not be measured."""
    counts = found["verdict"].value_counts()
    return words("verdicts", **{k: int(counts.get(k, 0)) for k in ("hit", "miss", "unmeasured")})


def notes(words: Words) -> tuple[str, ...]:
    """What a reader has to know."""
    return words("patterns_note"), words("patterns_basis")


def write_patterns_csv(found: pd.DataFrame, path: Path) -> Path:
    """All columns, for spreadsheets; what could not be measured is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in found[list(COLUMNS)].itertuples(index=False):
        cells = zip(COLUMNS, row, strict=True)
        writer.writerow(["" if pd.isna(v) else v if k in _TEXT else f"{v:.6g}" for k, v in cells])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path


def _figure(x: float) -> str:
    size = abs(x)
    return number(x, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3)
