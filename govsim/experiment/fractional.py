"""Two-level fractional factorials: generator words chosen so that no effect hides behind a shorter one than stated.

Box, Hunter and Hunter (2005), "Statistics for Experimenters", chapter 6: with resolution r no effect of p factors is
mixed up with one of fewer than r - p.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
import numpy.typing as npt

#: Words that are tried before more points are taken.
PATIENCE = 200_000
#: Factors that a fraction is looked for, by resolution: the search for 5 grows fast.
MOST_FACTORS = {3: 60, 4: 60, 5: 16}


@dataclass(frozen=True)
class Fraction:
    """`base` factors run through all their combinations; each further factor is the product of the factors in its word."""

    factors: int
    base: int
    words: tuple[tuple[int, ...], ...]  # numbers of the base factors, for each further factor

    @property
    def points(self) -> int:
        """How many points it has."""
        return int(2**self.base)

    def signs(self) -> npt.NDArray[np.bool_]:
        """High or low, (points, factors)."""
        n = np.arange(self.points)
        columns = [(n >> k) & 1 == 1 for k in range(self.base)]
        for word in self.words:
            low = np.ones(self.points, bool)
            for k in word:
                low ^= columns[k]
            # a product of signs: high where an even number of its factors is low
            columns.append(low if len(word) % 2 == 0 else ~low)
        return np.column_stack(columns)

    def stated(self, names: tuple[str, ...]) -> list[str]:
        """The generators in words, such as "d = a x b x c"."""
        return [f"{names[self.base + j]} = {' x '.join(names[k] for k in word)}" for j, word in enumerate(self.words)]


def fraction(factors: int, resolution: int) -> Fraction:
    """The smallest fraction that is found with at least this resolution; the full factorial where there is none."""
    for base in range(min(resolution - 1, factors), factors + 1):
        if base == factors:
            break
        words = _words(factors - base, base, resolution)
        if words is not None:
            return Fraction(factors, base, words)
    return Fraction(factors, factors, ())


def _words(more: int, base: int, resolution: int) -> tuple[tuple[int, ...], ...] | None:
    """Words for `more` factors such that every product of defining words has at least `resolution` letters."""
    if resolution < 5:  # any words of two letters or more will do, for 4 those of an odd number: no search is needed
        sizes = range(base, 1, -1) if resolution == 3 else [s for s in range(base, 2, -1) if s % 2 == 1]
        direct = tuple(islice((c for size in sizes for c in combinations(range(base), size)), more))
        return direct if len(direct) == more else None
    candidates = [c for size in range(base, resolution - 2, -1) for c in combinations(range(base), size)]
    tries = [0]

    def search(chosen: list[tuple[int, ...]], group: list[int], start: int) -> tuple[tuple[int, ...], ...] | None:
        if len(chosen) == more:
            return tuple(chosen)
        for at in range(start, len(candidates)):
            tries[0] += 1
            if tries[0] > PATIENCE:
                return None
            word = sum(1 << k for k in candidates[at]) | 1 << (base + len(chosen))
            new = [word ^ other for other in group]
            if min(w.bit_count() for w in new) < resolution:
                continue
            found = search([*chosen, candidates[at]], group + new, at + 1)
            if found is not None:
                return found
        return None

    return search([], [0], 0)
