"""A finished folder of runs, read for the screen: arm by arm, so that memory does not grow with the number of programmes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from govsim.analysis.headlines import BY_HEADLINE, arms_of, headline_values
from govsim.analysis.screen import Claim, Screened, outcome_totals, screened
from govsim.scenario.schema import Programme


def screen_folder(folder: Path, programmes: Mapping[str, Programme]) -> Screened:
    """The screen of the arms in `folder`, each of them one of `programmes` (by id) beside the baseline.

    Needs runs, outcomes, compounds and places.parquet, as `govsim screen` leaves them.
    """
    runs = pd.read_parquet(folder / "runs.parquet").astype({"arm": str})
    claims = [Claim(arm, e.outcome, e.direction) for arm in arms_of(runs)[1:] for e in programmes[arm].expects]
    others = {claim.outcome for claim in claims} - set(BY_HEADLINE)
    values, totals = [], []
    for arm, outcomes in by_arm(folder / "outcomes.parquet"):
        values.append(headline_values(outcomes, runs[runs["arm"] == arm]))
        totals.append(outcome_totals(outcomes, others))
    return screened(
        pd.concat(values, ignore_index=True), pd.concat(totals, ignore_index=True), claims,
        by_arm(folder / "compounds.parquet"), pd.read_parquet(folder / "places.parquet"), runs,
    )  # fmt: skip


def by_arm(path: Path, rows_at_once: int = 65_536) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of each arm in turn; the file has them one arm after the other, the baseline first."""
    arm, parts = "", list[pd.DataFrame]()
    for batch in pq.ParquetFile(path).iter_batches(rows_at_once):
        for name, rows in batch.to_pandas().groupby("arm", sort=False, observed=True):
            if name != arm and parts:
                yield arm, pd.concat(parts, ignore_index=True)
                parts = []
            arm = str(name)
            parts.append(rows)
    if parts:
        yield arm, pd.concat(parts, ignore_index=True)
