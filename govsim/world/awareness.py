"""What offenders know of the map: compounds within reach of each home, where buildings stand, what a place is worth.

Fixed when the world is built, and free of any policy: what programmes change enters only when an offender looks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtri

from govsim.randomness import Process, uniforms
from govsim.scenario.parameters import Parameters
from govsim.world.residents import Population
from govsim.world.tables import F64, I32, I64, U64, Compounds, Layer

NEAREST = 6


class Awareness(NamedTuple):
    """Columns over compounds, over buildings, and rows of compounds that are known from each home compound."""

    start: I64  # (n + 1,) where each home's row of known compounds begins
    known: I32  # compounds, nearest first, the home itself among them
    chance: F64  # cumulative share of searches, within each home's row
    nearest: I32  # (n, NEAREST) neighbours by the proximity layer, -1 none
    nearest_chance: F64  # (n, NEAREST) cumulative share among them
    x: F64  # metres, by building
    y: F64
    building_weight: F64  # by building: how inviting it is, log-normal
    compound_x: F64  # metres
    compound_y: F64
    log_wealth: F64  # of a home, relative to the usual
    openness: F64  # side gates and sight lines, standard normal
    gated: F64  # 1 enclosed


def awareness(c: Compounds, layers: dict[str, Layer], population: Population, streams: U64, p: Parameters) -> Awareness:
    """The table for a world. O(n x compounds within reach)."""
    start, known, chance = _known(c, population, p)
    nearest, nearest_chance = _nearest(c, layers["proximity"], p)
    x, y = _buildings(c, population, p)
    weight, openness = np.empty(len(x)), np.empty(len(c))
    for i in range(len(c)):
        b0, b1 = population.building_start[i : i + 2]
        z = ndtri(uniforms(streams[i], Process.TARGET, 0, np.arange(b1 - b0)))
        weight[b0:b1] = np.exp(p["offenders.building_spread"] * z)
        openness[i] = ndtri(uniforms(streams[i], Process.TARGET, 2, np.zeros(1, np.int64)))[0]
    wealth = c.dwelling_m2 / p["crime.wealth_reference"] * p["crime.wealth_type"][c.type]
    return Awareness(
        start, known, chance, nearest, nearest_chance, x, y, weight, c.x.astype(np.float64), c.y.astype(np.float64),
        np.log(wealth), openness, c.gated.astype(np.float64),
    )  # fmt: skip


def _known(c: Compounds, population: Population, p: Parameters) -> tuple[I64, I32, F64]:
    """Compounds within reach of each, at most `known_most` (the nearest), with weight homes x exp(-distance / scale)."""
    points = np.column_stack([c.x, c.y]).astype(np.float64) / 1000.0
    near = cKDTree(points).query_ball_point(points, p["offenders.reach"])
    homes = np.diff(population.household_start).astype(np.float64)
    scale, least, most = p["offenders.search_scale"], p["offenders.search_least"], int(p["offenders.known_most"])
    rows, chances = [], []
    for i, found in enumerate(near):
        them = np.sort(np.asarray(found, np.int64))
        km = np.hypot(*(points[them] - points[i]).T)
        first = np.argsort(km, kind="stable")[:most]
        weight = np.cumsum(homes[them[first]] * np.exp(-np.maximum(km[first], least) / scale))
        rows.append(them[first].astype(np.int32))
        chances.append(weight / weight[-1])
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return start, np.concatenate(rows), np.concatenate(chances)


def _nearest(c: Compounds, layer: Layer, p: Parameters) -> tuple[I32, F64]:
    """The strongest neighbours of each by the proximity layer, with weight exp(-distance / scale)."""
    n = len(c)
    nearest, chance = np.full((n, NEAREST), -1, np.int32), np.ones((n, NEAREST))
    for i in range(n):
        a, b = layer.indptr[i : i + 2]
        them = layer.indices[a:b]
        km = np.hypot(c.x[them] - c.x[i], c.y[them] - c.y[i]) / 1000.0
        first = np.argsort(km, kind="stable")[:NEAREST]
        weight = np.cumsum(np.exp(-km[first] / p["offenders.neighbour_scale"]))
        nearest[i, : len(first)] = them[first]
        if len(first) and weight[-1] > 0.0:
            chance[i, : len(first)] = weight / weight[-1]
    return nearest, chance


def _buildings(c: Compounds, population: Population, p: Parameters) -> tuple[F64, F64]:
    """Buildings stand on a square grid around the compound's place, row by row."""
    owner = population.building_compound
    local = np.arange(len(owner)) - population.building_start[owner]
    side = np.ceil(np.sqrt(c.buildings[owner]))
    gap = p["offenders.building_gap"]
    x = c.x[owner] + gap * (local % side - (side - 1.0) / 2.0)
    y = c.y[owner] + gap * (local // side - (side - 1.0) / 2.0)
    return x.astype(np.float64), y.astype(np.float64)
