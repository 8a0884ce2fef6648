"""Patterns that must emerge: what was reached, over replicates, beside what was published; hit, miss or not measurable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from govsim.analysis import crime_patterns, offender_patterns, place_patterns, voice_patterns
from govsim.analysis.figures import Figures, Lack
from govsim.analysis.published import Pattern, patterns
from govsim.experiment.observed import Observed

Verdict = Literal["hit", "miss", "unmeasured"]

#: What is looked at, and what each check finds.
CHECKS: Final[tuple[Callable[[Observed], Figures], ...]] = (
    crime_patterns.near_repeat, crime_patterns.repeat_victims, crime_patterns.concentration,
    crime_patterns.level_and_spread, crime_patterns.season, offender_patterns.offenders, offender_patterns.reporting,
    voice_patterns.complainers, voice_patterns.counts, voice_patterns.volume, voice_patterns.official_and_felt,
    place_patterns.perception, place_patterns.safety_and_service, place_patterns.trap, offender_patterns.trials,
)  # fmt: skip

COLUMNS: Final = (
    "pattern", "family", "figure", "published", "low", "high", "basis", "source", "mean", "lowest", "highest",
    "replicates", "verdict", "why", "what", "n", "needed",
)  # fmt: skip


def measured(seen: Observed) -> Figures:
    """Every figure of one replicate; what is not a finite number is a Lack."""
    found: Figures = {}
    for check in CHECKS:
        found |= check(seen)
    return {name: value if isinstance(value, Lack) or np.isfinite(value) else Lack("constant") for name, value in found.items()}


def findings(replicates: Sequence[Observed], trials: bool = False) -> pd.DataFrame:
    """One row per pattern, columns COLUMNS, in the order of published_patterns.toml; trials only if they were run.

    The verdict is on the mean over the replicates in which the figure could be measured; `why`, `what`, `n` and `needed`
    say why it could not in any.
    """
    found = [measured(seen) for seen in replicates]
    shown = [p for p in patterns().values() if trials or p.family != "trial"]
    return pd.DataFrame([_row(p, [f[p.name] for f in found]) for p in shown], columns=list(COLUMNS))


def _row(p: Pattern, values: list[float | Lack]) -> tuple[object, ...]:
    known = [v for v in values if not isinstance(v, Lack)]
    head = (p.name, p.family, p.en, p.published, p.low, p.high, p.basis, p.source)
    if not known:
        lack = max((v for v in values if isinstance(v, Lack)), key=lambda v: v.n)
        return (*head, np.nan, np.nan, np.nan, 0, "unmeasured", lack.why, lack.what, lack.n, lack.needed)
    mean = float(np.mean(known))
    verdict: Verdict = "hit" if p.low <= mean <= p.high else "miss"
    return (*head, mean, min(known), max(known), len(known), verdict, "", "", 0.0, 0.0)
