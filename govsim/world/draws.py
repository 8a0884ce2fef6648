"""Keyed draws of the map, and the quantile functions that turn them into sizes, shares and counts.

Every draw is a function of (map seed, id, what is drawn): no draw depends on which other compounds exist,
on which columns a file gave, or on the order of anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import cast

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtr, ndtri, pdtrik

from govsim.randomness import Process, stream, uniforms
from govsim.world.tables import F64, I64, U64


class Draw(IntEnum):
    """What is drawn on the map. The numbers are part of every key: append, never renumber."""

    X = 0
    Y = 1
    TYPE = 2
    SIZE = 3
    TOWN_SIZE = 4
    GATED = 5
    HOME_AREA = 6
    AGE = 7
    CONDITION = 8
    FUND = 9
    QUALITY = 10
    SERVICE = 11  # and the next four: one per service
    OVERSIGHT = 16
    RENTER = 17
    GROUP = 18
    ELDERLY = 19
    PARKING = 20
    SELF_MANAGED = 21
    FIRM = 22
    SAMPLE = 23
    FRIENDS = 24


def keys(map_seed: int, kind: str, ids: Iterable[str]) -> U64:
    """One 64-bit key per id; `kind` keeps compounds apart from towns and committees of the same name."""
    return np.array([stream(map_seed, "map", kind, i) for i in ids], dtype=np.uint64)


def uniform(keys: U64, what: Draw | int) -> F64:
    """One draw in (0, 1) per key."""
    # `uniforms` broadcasts its key, so an array of owners is drawn at once
    return np.asarray(uniforms(cast(np.uint64, keys), Process.MAP, int(what), np.zeros(len(keys), np.uint64)), np.float64)


def normal(keys: U64, what: Draw | int) -> F64:
    """One standard normal draw per key."""
    return np.asarray(ndtri(uniform(keys, what)), np.float64)


def correlated(first: F64, second: F64, correlation: float) -> F64:
    """Standard normal that has this correlation with `first`; both arguments independent standard normal."""
    return np.asarray(correlation * first + np.sqrt(1.0 - correlation**2) * second, np.float64)


def share(z: F64, mean: F64, sd: F64) -> F64:
    """Beta quantile of the normal scores `z`: a share in 0..1 with this mean and standard deviation.

    A standard deviation that no beta distribution with one peak can have is cut to one that it can.
    """
    inside = np.clip(mean, 1e-6, 1.0 - 1e-6)
    most = 0.95 * np.sqrt(inside * (1.0 - inside))
    concentration = inside * (1.0 - inside) / np.square(np.clip(sd, 1e-6, most)) - 1.0
    drawn = betaincinv(inside * concentration, (1.0 - inside) * concentration, ndtr(z))
    return np.where((mean <= 0.0) | (mean >= 1.0) | (sd <= 0.0), mean, drawn)


def positive(z: F64, mean: F64, sd: F64) -> F64:
    """Gamma quantile of the normal scores `z`: a positive figure with this mean and standard deviation."""
    shape = np.square(np.maximum(mean, 1e-9) / np.maximum(sd, 1e-6))
    drawn = gammaincinv(shape, ndtr(z)) * np.maximum(mean, 1e-9) / shape
    return np.where((mean <= 0.0) | (sd <= 0.0), mean, drawn)


def counts(u: F64, mean: F64) -> I64:
    """Poisson quantile of the draws `u`."""
    return np.asarray(np.maximum(np.ceil(pdtrik(u, mean)), 0.0), np.int64)
