"""Pool: an append-only array of records that grows before a kernel needs the room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Pool:
    """An append-only array of records with `n` in use; it grows before a kernel needs the room."""

    rows: np.ndarray
    n: int = 0

    def room(self, more: int) -> None:
        """Make sure that `more` records can be appended."""
        if self.n + more > len(self.rows):
            bigger = np.zeros(max(2 * len(self.rows), self.n + 2 * more), self.rows.dtype)
            bigger[: self.n] = self.rows[: self.n]
            self.rows = bigger

    @property
    def used(self) -> np.ndarray:
        """The records in use (a view)."""
        return self.rows[: self.n]
