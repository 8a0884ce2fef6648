"""Which factor causes how much of an outcome's variance: the indices that a design allows, scenario by scenario."""

from __future__ import annotations

from typing import Final

import pandas as pd

from govsim.analysis.factors import by_scenario, layout_of
from govsim.analysis.morris import screening
from govsim.analysis.sobol import sobol_indices

#: Blocks that are left at least: an interval needs two.
FEWEST: Final = 2


def sensitivity(x: pd.DataFrame, y: pd.Series, points: pd.DataFrame) -> pd.DataFrame:
    """Sobol indices or Morris screening of `y` (by point); empty where the design is neither.

    `x` has the points in the order of the design (see `factors.factors`), `points` their scenarios. A design that is laid
    out over several scenarios holds one block of points for each: indices are of one scenario, never across two, and column
    `scenario` says of which. Blocks of a design that lack a point, because its runs failed, are left out whole.
    """
    blocks = by_scenario(x, points)
    found = []
    for name, rows in blocks.items():
        layout = layout_of(rows.to_numpy(float))
        if layout == "other":
            continue
        size = x.shape[1] + (2 if layout == "sobol" else 1)
        there = y.reindex(rows.index).notna().to_numpy().reshape(-1, size).all(axis=1)
        if there.sum() < FEWEST:
            continue
        rows = rows[there.repeat(size)]
        measure = sobol_indices if layout == "sobol" else screening
        table = measure(rows, y.reindex(rows.index).to_numpy(float)).assign(method=layout)
        found.append(table.assign(scenario=name) if len(blocks) > 1 else table)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
