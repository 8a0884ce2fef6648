"""Common random numbers: every draw is a pure function of who draws what, when.

A draw is keyed by (seed, replicate, owner) through its 64-bit stream, and by (process, k, a, b, day) through the
counter, where a and b name the entity inside the owner (a resident's number, a problem's kind and day of birth ...).
No draw depends on who else drew, so two arms differ only where a programme made them differ, and the number of
threads, processes or machines changes nothing. A programme is never part of a key.

Philox4x32-10 (Salmon and others 2011, "Parallel random numbers: as easy as 1, 2, 3"): chosen because it is tested
against the published answers, has no state, and maps a 64-bit key and four 32-bit words straight onto the above.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Any

import numpy as np
from numba import njit

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_16 = np.uint64(16)
_21 = np.uint64(21)
_11 = np.uint64(11)
_TO_UNIT = 2.0**-53
_TO_UNIT_32 = 2.0**-32


class Process(IntEnum):
    """Who draws. The numbers are part of every key: append, never renumber."""

    MAP = 1
    HOUSEHOLDS = 2
    PEOPLE = 3
    TIES = 4
    FLAGS = 5
    ARISE = 6
    SHAPE = 7  # severity, reach and place of a new problem
    FADE = 8
    FIND = 9
    VISIT = 10
    COMPLAIN = 11  # about what is shared
    COMPLAIN_OWN = 12  # about what is at home
    CHOOSE = 13  # which problem, which channel
    SECOND_STEP = 14
    JOIN = 15  # a collective petition
    TREAT = 16
    HAND_OVER = 17
    EXPIRE = 18
    CALL_BACK = 19
    ADOPT = 20
    START = 21  # initial attitudes
    ASSIGN = 22  # which compounds a programme reaches
    PAYER = 23  # what kind of payer a household is
    PAY = 24  # whether it pays this month
    SUE = 25
    MARKET = 26  # costs, bids, firms that leave
    OWNERS = 27  # owners' committees: founding, decay, capture
    VOTE = 28
    STAFF = 29  # residents' committees: leaders and staff
    CAREER = 30  # offenders: who, when, how active
    GO_OUT = 31
    SEARCH = 32  # where an offender looks
    ACCEPT = 33
    TARGET = 34  # building and home
    ATTEMPT = 35
    REPORT = 36
    CLEAR = 37  # investigation and arrest
    DETAIN = 38
    VENUE = 39
    VIOLENCE = 40
    DEVICE = 41  # security equipment breaks and is mended
    VOLUNTEER = 42
    STOCK = 43  # what is put up, let or opened anew, and what is cleared
    HELP = 44
    GATHER = 45


def stream(seed: int, *owner: object) -> np.uint64:
    """64-bit key of an owner's stream, e.g. `stream(seed, replicate, "compound", id)`. Stable across versions of Python."""
    text = "\x1f".join([str(seed), *map(str, owner)]).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


def _rounds(key: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Any:
    """Ten rounds of Philox4x32 on uint64 words that hold 32 bits each; scalars or NumPy arrays alike."""
    k0 = key & _LOW
    k1 = key >> _32
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


philox = njit(inline="always")(_rounds)


@njit(inline="always")
def words(key, process, k, a, b, day):
    """Four random 32-bit words (as uint64) of one key. All integers must be >= 0 and below 2^32; k below 65,536."""
    return philox(
        np.uint64(key),
        np.uint64(a),
        np.uint64(b),
        (np.uint64(process) << _16) | np.uint64(k),
        np.uint64(day),
    )


@njit(inline="always")
def uniform(key, process, k, a, b, day):
    """One draw in (0, 1) with 53 bits."""
    w = words(key, process, k, a, b, day)
    return (np.float64((w[0] << _21) | (w[1] >> _11)) + 0.5) * _TO_UNIT


@njit(inline="always")
def two_uniforms(key, process, k, a, b, day):
    """Two independent draws in (0, 1) for the price of one."""
    w = words(key, process, k, a, b, day)
    return (
        (np.float64((w[0] << _21) | (w[1] >> _11)) + 0.5) * _TO_UNIT,
        (np.float64((w[2] << _21) | (w[3] >> _11)) + 0.5) * _TO_UNIT,
    )


@njit(inline="always")
def unit32(word):
    """A 32-bit word as a draw in (0, 1)."""
    return (np.float64(word) + 0.5) * _TO_UNIT_32


@njit(inline="always")
def normal(key, process, k, a, b, day):
    """One standard normal draw (Box and Muller)."""
    u, v = two_uniforms(key, process, k, a, b, day)
    return np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)


@njit
def poisson(mean: float, u: float) -> int:
    """Poisson count by inverse CDF from one uniform: it never falls when the mean rises (so arms stay paired)."""
    p = np.exp(-mean)
    total, n = p, 0
    while u > total and n < 10_000:
        n += 1
        p *= mean / n
        total += p
        if p < 1e-18 and n > mean:
            break
    return n


@njit
def binomial(n: int, p: float, u: float) -> int:
    """Binomial count by inverse CDF from one uniform: it never falls when p rises (so arms stay paired).

    Very many trials are counted in equal parts from the same uniform, as (1 - p)^n would be zero in the computer.
    """
    if p <= 0.0 or n <= 0:
        return 0
    if p >= 1.0:
        return n
    parts = 1 + int(-n * np.log1p(-p) / 600.0)
    count = 0
    for part in range(parts):
        trials = n // parts + (1 if part < n % parts else 0)
        chance = (1.0 - p) ** trials
        total, k = chance, 0
        while u > total and k < trials:
            chance *= (trials - k) / (k + 1) * p / (1.0 - p)
            k += 1
            total += chance
        count += k
    return count


def uniforms(key: np.uint64, process: int, k: int, a: np.ndarray, b: int = 0, day: int = 0) -> np.ndarray:
    """The NumPy twin of `uniform` for an array of entities `a`; float64 of the same shape, the same bits."""
    c0 = np.asarray(a).astype(np.uint64)
    full = np.full_like
    w = _rounds(
        full(c0, key),
        c0,
        full(c0, b),
        full(c0, (int(process) << 16) | k),
        full(c0, day),
    )
    return np.asarray((((w[0] << _21) | (w[1] >> _11)).astype(np.float64) + 0.5) * _TO_UNIT)
