"""The machine's own limits: what no engine of this kind could pass here and now."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
from numba import njit

from govsim.kernels.pools import fill_words
from govsim.randomness import stream, uniform

REPEATS = 5


@njit(cache=True, nogil=True)
def draw_and_compare(key, n, days, chance):  # type: ignore[no-untyped-def]
    """How many of n residents x days meet a keyed chance: the least that a resident-day can be, one draw at a time."""
    met = 0
    for day in range(days):
        for i in range(n):
            if uniform(key, 11, 0, i, 0, day) < chance:
                met += 1
    return met


@njit(cache=True, nogil=True)
def compare_block(key, n, days, below, block):  # type: ignore[no-untyped-def]
    """The same with draws made in blocks of four words, as the engine does."""
    met = 0
    for day in range(days):
        for first in range(0, n, block.shape[0]):
            fill_words(key, 11, 0, 0, day, first // 4, block)
            for i in range(block.shape[0]):
                met += block[i] < below
    return met


def draws_a_second(n: int = 51_200, days: int = 200) -> tuple[float, float]:
    """Keyed draws compared a second on one thread: one at a time, and in blocks."""
    key, block = stream(1, "limit"), np.empty(1024, np.uint32)

    def one() -> None:
        draw_and_compare(key, n, days, 1e-3)

    def blocks() -> None:
        compare_block(key, n, days, np.uint32(4_294_967), block)

    return n * days / timed(one), n * days / timed(blocks)


def bytes_a_second(megabytes: int = 200) -> float:
    """Memory bandwidth of one thread: bytes read and written by copying an array that no cache holds."""
    source = np.ones(megabytes * 1_000_000 // 8)
    target = np.empty_like(source)
    return 2 * source.nbytes / timed(lambda: np.copyto(target, source))


def timed(work) -> float:  # type: ignore[no-untyped-def]
    """Seconds of a piece of work: the median of five, after one that does not count."""
    work()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return median(seconds)
