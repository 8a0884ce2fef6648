"""Tables as CSV for people: text that a spreadsheet would run is defused, numbers stay numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

#: First characters that a spreadsheet takes for a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, so that Excel shows Chinese; the same bytes for the same frame.

    A cell of text that begins like a formula gets a leading apostrophe; what is missing is an empty cell.
    """
    safe = pd.DataFrame({k: _defused_column(frame.iloc[:, k]) for k in range(frame.shape[1])})
    safe.columns = pd.Index([_defused(str(name)) for name in frame.columns])
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Writes `frame`; returns its path."""
    path.write_bytes(csv_bytes(frame))
    return path


def _defused_column(column: pd.Series) -> pd.Series:
    """Text defused, word by word where a column repeats few words; anything else as it is."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = [_defused(w) if isinstance(w, str) else w for w in column.cat.categories]
        return pd.Series(pd.Categorical.from_codes(column.cat.codes, pd.Index(words)), index=column.index)
    if pd.api.types.is_string_dtype(column.dtype) or column.dtype == object:
        return column.astype(object).map(lambda v: _defused(v) if isinstance(v, str) else v)
    return column


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
