"""Where the plain model takes its chances from: keyed like the engine's draws, or one after the other."""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping
from math import cos, exp, log, pi, sqrt
from statistics import NormalDist
from typing import Protocol

FLOAT32 = struct.Struct("f")


class Draws(Protocol):
    """A source of chances in (0, 1)."""

    def stored(self, value: float, /) -> float:
        """A number as precise as the model keeps it: in the engine's 32 bits, or as it is."""

    def one(self, key: int, process: int, k: int, a: int, b: int, day: int) -> float:
        """One draw."""

    def two(self, key: int, process: int, k: int, a: int, b: int, day: int) -> tuple[float, float]:
        """Two independent draws."""

    def daily(self, key: int, process: int, a: int, day: int) -> float:
        """The draw that everybody makes every day: 32 bits are enough."""


def philox(key: int, words: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 (Salmon and others 2011) on Python's whole numbers: four words below 2^32 from key and counter."""
    low = 0xFFFFFFFF
    k0, k1 = key & low, key >> 32
    a, b, c, d = words
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (q >> 32) ^ b ^ k0, q & low, (p >> 32) ^ d ^ k1, p & low
        k0, k1 = (k0 + 0x9E3779B9) & low, (k1 + 0xBB67AE85) & low
    return a, b, c, d


class KeyedDraws:
    """Every draw is a function of its key, so that the engine draws the same: for comparing event by event."""

    def __init__(self) -> None:
        self._block: tuple[int, int, int, int] | None = None  # the last four daily draws: whose, and what
        self._words = (0, 0, 0, 0)

    @staticmethod
    def stored(value: float, /) -> float:
        """The nearest number that fits into 32 bits."""
        rounded: float = FLOAT32.unpack(FLOAT32.pack(value))[0]
        return rounded

    def one(self, key: int, process: int, k: int, a: int, b: int, day: int) -> float:
        """One draw with 53 bits."""
        return self.two(key, process, k, a, b, day)[0]

    def two(self, key: int, process: int, k: int, a: int, b: int, day: int) -> tuple[float, float]:
        """Two draws with 53 bits each."""
        w = philox(key, (a, b, process << 16 | k, day))
        return ((w[0] << 21 | w[1] >> 11) + 0.5) * 2.0**-53, ((w[2] << 21 | w[3] >> 11) + 0.5) * 2.0**-53

    def daily(self, key: int, process: int, a: int, day: int) -> float:
        """One draw with 32 bits; four neighbours share a counter."""
        block = (key, process, a // 4, day)
        if block != self._block:
            self._block, self._words = block, philox(key, (a // 4, 0, process << 16, day))
        return (self._words[a % 4] + 0.5) * 2.0**-32


class SequentialDraws:
    """Chances in the order in which they are asked for, as a Mesa model usually draws them: for measuring its speed."""

    def __init__(self, generator: random.Random) -> None:
        self.random = generator.random

    @staticmethod
    def stored(value: float, /) -> float:
        """The number itself."""
        return value

    def one(self, *_: int) -> float:
        """The next chance."""
        return self.random()

    def two(self, *_: int) -> tuple[float, float]:
        """The next two chances."""
        return self.random(), self.random()

    def daily(self, *_: int) -> float:
        """The next chance."""
        return self.random()


def poisson(mean: float, chance: float) -> int:
    """The count that a Poisson variable of this mean does not exceed with probability `chance`."""
    n, p = 0, exp(-mean)
    total = p
    while chance > total and p > 0.0:
        n += 1
        p *= mean / n
        total += p
    return n


def pick(shares: Mapping[str, float], chance: float) -> str:
    """A word by its share, from one chance."""
    total = upto = 0.0
    for share in shares.values():
        total += share
    for word, share in shares.items():
        upto += share
        if share > 0.0 and chance * total <= upto:
            return word
    return word


def normal(u: float, v: float) -> float:
    """A standard normal number from two chances (Box and Muller)."""
    return sqrt(-2.0 * log(u)) * cos(2.0 * pi * v)


def quantile(chance: float) -> float:
    """The standard normal number that is not exceeded with probability `chance`."""
    return NormalDist().inv_cdf(chance)
