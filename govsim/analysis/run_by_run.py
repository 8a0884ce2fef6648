"""Figures of all runs from tables that need not fit into memory: some whole runs at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow.parquet as pq

from govsim.analysis.gainers import compound_values, over_points
from govsim.analysis.over_time import quarterly_values
from govsim.analysis.side_by_side import point_values

#: Rows that are read at once; a run has some tens of thousands.
ROWS: Final = 2_000_000
_RUN: Final = ("point", "arm", "replicate")

#: A table in memory, or the file that holds it.
Table = pd.DataFrame | Path


def some_runs(table: Table) -> Iterator[pd.DataFrame]:
    """The rows of some whole runs after the other. A file in which the rows of a run do not lie together comes at once."""
    if isinstance(table, pd.DataFrame) or not _together(table):
        yield table if isinstance(table, pd.DataFrame) else pd.read_parquet(table)
        return
    left = pd.DataFrame()
    for batch in pq.ParquetFile(table).iter_batches(ROWS):
        frame = pd.concat([left, _plain(batch.to_pandas())], ignore_index=True)
        run = _runs(frame)
        ended = run != run.iloc[-1]
        if ended.any():
            yield frame[ended]
        left = frame[~ended]
    yield left


def values_of(outcomes: Table, runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Headlines of every run (`point_values`), and by quarter (`quarterly_values`)."""
    whole, quarterly = [], []
    for rows in some_runs(outcomes):
        mine = _of(runs, rows)
        whole.append(point_values(rows, mine))
        quarterly.append(quarterly_values(rows, mine))
    return pd.concat(whole, ignore_index=True), pd.concat(quarterly, ignore_index=True)


def compound_values_of(compounds: Table, places: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Figures by compound of the runs in `runs` (`compound_values`), means over the points where there are several."""
    found, wanted = [], set(_runs(runs))
    for block in some_runs(compounds):
        rows = block[_runs(block).isin(wanted)]
        if len(rows):
            found.append(compound_values(rows, places, _of(runs, rows)))
    return over_points(pd.concat(found, ignore_index=True))


def _together(path: Path) -> bool:
    """Whether the rows of each run lie together, as `experiment.merge` writes them."""
    seen: set[object] = set()
    last: object = None
    for batch in pq.ParquetFile(path).iter_batches(ROWS, columns=_names(path)):
        run = _runs(_plain(batch.to_pandas()))
        for name in run[run != run.shift()]:
            if name != last and name in seen:
                return False
            seen.add(name)
            last = name
    return bool(seen)


def _names(path: Path) -> list[str]:
    there = pq.read_schema(path).names
    return [name for name in _RUN if name in there]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Without categories: those of two batches differ."""
    texts = [name for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(texts, str))


def _runs(frame: pd.DataFrame) -> pd.Series:
    """A name for the run of each row."""
    parts = [frame[name].astype(str) for name in _RUN if name in frame.columns]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + "\x1f" + part
    return whole


def _of(runs: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table of runs that belong to these."""
    mine = _runs(rows).unique()
    return runs[_runs(runs).isin(mine)]
