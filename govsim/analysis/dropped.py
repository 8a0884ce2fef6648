"""Units that an arm's comparison lacks because a run of theirs failed, or is not made yet."""

from __future__ import annotations

import pandas as pd

from govsim.analysis.headlines import arms_of
from govsim.analysis.paired import BASELINE

COLUMNS = ("arm", "units", "dropped", "pairs_dropped", "runs_failed", "runs_not_made", "replicates")


def dropped_units(runs: pd.DataFrame, absent: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, columns `COLUMNS`, from the table of runs and those that are `absent` (see experiment.results).

    A unit is a replicate; it is dropped where the arm lacks a run of it at any point. A pair is dropped where the arm or
    the baseline lacks one. `replicates` names the dropped ones.
    """
    arms = arms_of(pd.concat([runs[["arm"]].astype(str), absent[["arm"]].astype(str)]))
    units = pd.concat([runs["replicate"], absent["replicate"]]).nunique()
    gone = {arm: sorted({int(k) for k in absent.loc[absent["arm"] == arm, "replicate"]}) for arm in arms}
    rows = []
    for arm in arms:
        mine = absent[absent["arm"] == arm]
        pairs = set(gone[arm]) | set(gone[BASELINE])
        failed = int(mine["failed"].sum())
        named = " ".join(map(str, gone[arm]))
        rows.append((arm, units, len(gone[arm]), len(pairs), failed, len(mine) - failed, named))
    return pd.DataFrame(rows, columns=list(COLUMNS))
