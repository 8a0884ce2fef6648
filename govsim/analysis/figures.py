"""What a check finds: a figure, or why there is none; and the few sums that several checks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

ROUNDING: Final = 1e-9  # what is left of a column's spread below this share is rounding


@dataclass(frozen=True)
class Lack:
    """Why a figure could not be measured: `few` of `what` (`n`, where `needed` are needed), a run too `short` (days),
    `constant`: nothing varies, `none`: that part of the model is not there, `idle`: what was tried changed nothing at all."""

    why: Literal["few", "short", "constant", "none", "idle"]
    what: str = ""
    n: float = 0.0
    needed: float = 0.0


Figures = dict[str, float | Lack]


def enough(what: str, n: float, needed: float) -> Lack | None:
    """Nothing if there are enough, else why not."""
    return Lack("few", what, float(n), needed) if n < needed else None


def all_lack(names: tuple[str, ...], lack: Lack) -> Figures:
    """The same lack for several figures."""
    return dict.fromkeys(names, lack)


def correlation(a: F64, b: F64, *controls: F64) -> float | Lack:
    """Pearson's, or the partial one at equal controls; a Lack where there are too few rows or nothing varies."""
    known = np.all([np.isfinite(v) for v in (a, b, *controls)], axis=0)
    short = enough("compounds", int(known.sum()), 20 + 2 * len(controls))
    if short:
        return short
    rest = np.column_stack([np.ones(int(known.sum())), *(v[known] for v in controls)])
    left = [v[known] - rest @ np.linalg.lstsq(rest, v[known], rcond=None)[0] for v in (a, b)]
    if any(float(np.std(r)) <= ROUNDING * float(np.std(v[known])) for r, v in zip(left, (a, b), strict=True)):
        return Lack("constant")
    return float(np.corrcoef(left[0], left[1])[0, 1])


def over(above: float, below: float) -> float | Lack:
    """A ratio, or that there is nothing to divide by."""
    return above / below if below > 0 else Lack("constant")
