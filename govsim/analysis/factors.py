"""The points of a design: its uncertain factors as numbers, and how the points were laid out."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

F64 = npt.NDArray[np.float64]

Layout = Literal["sobol", "morris", "other"]
#: Columns of points.parquet that are no factors.
NO_FACTORS: Final = ("point", "scenario", "block", "row")


def factors(points: pd.DataFrame) -> pd.DataFrame:
    """One row per point (index `point`, in the order of the design), one column of numbers per factor that varies.

    A Sobol design whose points are written block by block (columns `block`: A, B, AB:FACTOR, and `row`) is put in the order
    of its rows: A, AB_1 .. AB_d, B. Levels that are words are numbered in the order of the alphabet.
    """
    table = points.set_index("point").sort_index()
    if {"block", "row"} <= set(table.columns):
        blocks = ["A", *(b for b in pd.unique(table["block"].astype(str)) if b.startswith("AB")), "B"]
        order = table["block"].astype(str).map({name: k for k, name in enumerate(blocks)})
        table = table.assign(_block=order).sort_values(["row", "_block"], kind="stable").drop(columns="_block")
    varied = [c for c in table.columns if c not in NO_FACTORS and table[c].nunique() > 1]
    columns = {c: _numbers(table[c]) for c in varied}
    return pd.DataFrame(columns, index=table.index).astype(float)


def by_scenario(x: pd.DataFrame, points: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of `factors` scenario by scenario, by the scenario's name: each holds the whole layout of the design."""
    if "scenario" not in points.columns:
        return {"": x}
    names = points.set_index("point")["scenario"].astype(str).reindex(x.index)
    return {str(name): x[names == name] for name in names.unique()}


def _numbers(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    codes, _ = pd.factorize(column.astype(str), sort=True)
    return pd.Series(codes, index=column.index)


def layout_of(x: F64) -> Layout:
    """How points (n, d) follow one another.

    sobol: blocks of d + 2 rows A, AB_1 .. AB_d, B as Saltelli (2010) orders them, row AB_j being A with column j of B.
    morris: blocks of d + 1 rows, each differing from the one before in one column, every column once. Told from the
    numbers alone, so designs made elsewhere are read too.
    """
    n, d = x.shape
    if d >= 1 and n % (d + 2) == 0 and n >= 2 * (d + 2) and _is_sobol(x.reshape(-1, d + 2, d)):
        return "sobol"
    if d >= 1 and n % (d + 1) == 0 and n >= 2 * (d + 1) and _is_morris(x.reshape(-1, d + 1, d)):
        return "morris"
    return "other"


def _is_sobol(blocks: F64) -> bool:
    d = blocks.shape[2]
    wanted = np.repeat(blocks[:, :1], d, axis=1)
    wanted[:, np.arange(d), np.arange(d)] = blocks[:, -1]
    return bool(np.array_equal(wanted, blocks[:, 1:-1]))


def _is_morris(blocks: F64) -> bool:
    moved = np.diff(blocks, axis=1) != 0
    return bool((moved.sum(axis=2) == 1).all() and (moved.sum(axis=1) == 1).all())
