"""When there are enough replicates: the primary outcome's paired differences are known well enough, or decided.

Looking several times at growing data finds an effect where there is none more often than one look does. "decided"
therefore divides its 5% by the number of looks (Bonferroni): cautious, and true whatever the outcome's distribution of looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from govsim.analysis.headlines import headline_values
from govsim.experiment.design import Replicates
from govsim.experiment.disk import read_parquet
from govsim.experiment.plan import Run
from govsim.experiment.store import Store

F64 = npt.NDArray[np.float64]
ERROR: Final = 0.05
BASELINE: Final = "baseline"


@dataclass
class StopRule:
    """Adds replicates until every paired difference of the primary outcome is narrow enough, or decided; or there are `at_most`.

    Arms are compared with the baseline of their point; where the baseline is the only arm, points with the first of
    their scenario.
    """

    rule: Replicates
    outcome: str
    _values: dict[str, float] = field(default_factory=dict, init=False)

    def first(self) -> int:
        """Replicates of the first round."""
        return self.rule.at_least or 2

    def then(self, store: Store, replicates: int) -> int | None:
        """Replicates of the next round, None when there are enough."""
        most = self.rule.at_most or replicates
        if replicates >= most or all(self.enough(d) for d in self.differences(store, replicates)):
            return None
        return min(replicates + self.rule.step, most)

    def looks(self) -> int:
        """How often the data are looked at, at most; the last round is not followed by another."""
        most, least = self.rule.at_most or 0, self.first()
        return max(1, -(-(most - least) // self.rule.step))

    def enough(self, differences: F64) -> bool:
        """Whether one paired difference, by replicate, is known well enough."""
        from scipy import stats

        n = differences.size
        if n < 2:
            return False
        error = ERROR / self.looks() if self.rule.until == "decided" else ERROR
        spread = float(differences.std(ddof=1)) if np.ptp(differences) > 0 else 0.0
        half = float(stats.t.ppf(1 - error / 2, n - 1)) * spread / np.sqrt(n)
        if self.rule.until == "narrow":
            return bool(half <= (self.rule.half_width or 0.0))
        return bool(half == 0.0 or abs(float(differences.mean())) > half)  # all equal: nothing more to learn

    def differences(self, store: Store, replicates: int) -> list[F64]:
        """Paired differences by replicate: one array per point and arm. Runs that failed are left out, with their pairs."""
        plan = store.plan
        value = {run: self._value(store, run) for run in plan.runs(replicates) if store.done(run)}
        arms = [arm for arm in plan.arms if arm != BASELINE]
        first = {p.scenario: p.number for p in reversed(plan.points)}
        pairs = [((p.number, arm), (p.number, BASELINE)) for p in plan.points for arm in arms]
        if not arms:
            pairs = [((p.number, BASELINE), (first[p.scenario], BASELINE)) for p in plan.points if p.number != first[p.scenario]]
        out = []
        for (point, arm), (other, base) in pairs:
            both = [(value.get(Run(point, arm, k), np.nan), value.get(Run(other, base, k), np.nan)) for k in range(replicates)]
            d = np.array([a - b for a, b in both], float)
            out.append(d[np.isfinite(d)])
        return out

    def _value(self, store: Store, run: Run) -> float:
        key = store.plan.key(run)
        if key not in self._values:
            rows = read_parquet(store.path(key)).to_pandas().assign(arm=run.arm)
            values = headline_values(rows, pd.DataFrame([store.facts(run)]))
            mine = values.loc[values["headline"] == self.outcome, "value"]
            self._values[key] = float(mine.iloc[0]) if len(mine) else np.nan
        return self._values[key]
