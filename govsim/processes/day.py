"""What a process is told about today: the calendar, the levers as programmes have set them, and who may work in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Today:
    """The day as processes see it. `levers` is a record array, one row per compound (programmes.levers)."""

    date_weekday: int  # 0 Monday
    month_of_year: float  # 1.0 is 1 January, 7.5 the middle of July
    month: int  # 0 January
    levers: np.ndarray
    ranges: Sequence[tuple[int, int]]  # compounds split for threads; results do not depend on the split
    pool: ThreadPoolExecutor | None

    def spread(self, work: Callable[[int, int, int], Any]) -> list[Any]:
        """Run work(part, first compound, end) on each range, on threads if there are any; results in order."""
        parts = [(i, a, b) for i, (a, b) in enumerate(self.ranges)]
        if self.pool is None or len(parts) == 1:
            return [work(*part) for part in parts]
        return list(self.pool.map(lambda part: work(*part), parts))
