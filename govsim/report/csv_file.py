"""Tables as CSV for people: text that a spreadsheet would run is defused, numbers stay numbers."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

import pandas as pd

#: First characters that a spreadsheet takes for a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, so that Excel shows Chinese; the same bytes for the same frame.

    A cell of text that begins like a formula gets a leading apostrophe; what is missing is an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_defused(str(name)) for name in frame.columns])
    columns = [_cells(frame[name]) for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode("utf-8-sig")


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Writes `frame`; returns its path."""
    path.write_bytes(csv_bytes(frame))
    return path


def _cells(column: pd.Series) -> list[object]:
    missing = column.isna().to_numpy()
    values = column.astype(object).to_numpy()
    return ["" if m else _defused(v) if isinstance(v, str) else v for v, m in zip(values, missing, strict=True)]


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
