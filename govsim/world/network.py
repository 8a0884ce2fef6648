"""The compound network: one layer per kind of tie, as compressed sparse rows.

Layers of nearness and of friendship hold every pair within reach. Layers of what compounds share (firm,
beat, grid, town) would be cliques, which grow with the square of a group; who shares what is in the tables
anyway. So a group of up to seven is a clique, and in a larger one each compound is tied to three on either
side in the order of their bearing from the group's middle. Either way the group is connected, nobody is a
false hub, the weights of a compound sum to 1, and a layer has at most six entries per compound.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from govsim.errors import InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.parameters import Parameters
from govsim.world.draws import Draw, counts, keys, uniform
from govsim.world.filling import number
from govsim.world.tables import F64, I32, I64, Compounds, Institutions, Layer
from govsim.world.ties import Ties

Pairs = tuple[I64, I64]

#: Members on either side to whom a compound of a large group is tied.
SIDE: Final = 3

#: More pairs than this within reach are refused before memory is taken.
MOST_PAIRS: Final = 20_000_000

SHARED: Final = ("firm", "beat", "grid", "town")


def build_layers(
    compounds: Compounds,
    institutions: Institutions,
    parameters: Parameters,
    ties: Ties | None = None,
    *,
    map_seed: int = 1,
) -> dict[str, Layer]:
    """All layers by name: proximity, firm, beat, grid, town, social, and those that `ties` adds.

    A layer that `ties` names stands in the place of the drawn one. `map_seed` draws the friendships. Ties
    of compounds not in `compounds` (left out by a sample) are dropped. O(n log n + pairs within reach).
    Raises InputError where the map is so dense that pairs cannot be held.
    """
    n = len(compounds)
    layers = [_proximity(compounds, parameters)]
    for what in SHARED:
        pairs, weight = _shared(getattr(compounds, what), compounds.x, compounds.y)
        layers.append(_layer(what, n, pairs, weight, "share of a compound's ties in this layer"))
    layers.append(_social(compounds, parameters, map_seed))
    out = {layer.name: layer for layer in layers}
    if ties is not None:
        row = {i: r for r, i in enumerate(compounds.ids)}
        a = np.array([row.get(i, -1) for i in ties.a], np.int64)
        b = np.array([row.get(i, -1) for i in ties.b], np.int64)
        named = np.array(ties.layer)
        for name in dict.fromkeys(ties.layer):
            kept = (named == name) & (a >= 0) & (b >= 0)
            pairs = (np.minimum(a, b)[kept], np.maximum(a, b)[kept])
            out[name] = _layer(name, n, pairs, ties.weight[kept].astype(np.float64), "as given")
    return out


def _layer(name: str, n: int, pairs: Pairs, weights: F64, unit: str) -> Layer:
    """A symmetric layer from pairs (a < b, each once)."""
    a, b = pairs
    both = np.concatenate([weights, weights]).astype(np.float32)
    matrix = coo_array((both, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(n, n)).tocsr()
    matrix.sort_indices()
    indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    return Layer(name, indptr, indices, matrix.data.astype(np.float32), unit)


# ---- nearness ----------------------------------------


def _pairs_within(compounds: Compounds, km: float) -> tuple[Pairs, F64]:
    """All pairs (a < b) within a distance, and their distances in km."""
    points = np.column_stack([compounds.x, compounds.y]) / 1000.0
    tree = cKDTree(points)
    if len(points) > 1000 and (tree.count_neighbors(tree, km) - len(points)) // 2 > MOST_PAIRS:
        said = Both(
            f"more than {MOST_PAIRS} pairs of compounds within {km:g} km",
            f"相距 {km:g} 公里以内的小区超过 {MOST_PAIRS} 对",
        )
        raise InputError(said.then(Both("; are x and y in metres?", "；x、y 的单位是米吗？"), ""))
    found = tree.query_pairs(km, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    a, b = found[:, 0], found[:, 1]
    return (a, b), np.hypot(*(points[a] - points[b]).T)


def _proximity(compounds: Compounds, parameters: Parameters) -> Layer:
    """Pairs within the radius, and the nearest of a compound that has none; weight exp(-distance/scale)."""
    n = len(compounds)
    scale = number(parameters, "world.proximity_scale")
    (a, b), km = _pairs_within(compounds, number(parameters, "world.proximity_radius"))
    lonely = np.setdiff1d(np.arange(n), np.concatenate([a, b]))
    if n > 1 and len(lonely):
        points = np.column_stack([compounds.x, compounds.y]) / 1000.0
        found, which = cKDTree(points).query(points[lonely], k=2)
        gap, nearest = np.asarray(found)[:, 1], np.asarray(which)[:, 1]  # the first is the compound itself
        close = gap <= number(parameters, "world.nearest_limit")
        extra = np.sort(np.column_stack([lonely, nearest])[close].astype(np.int64), axis=1)
        extra = np.unique(extra, axis=0)
        a, b = np.concatenate([a, extra[:, 0]]), np.concatenate([b, extra[:, 1]])
        km = np.hypot(*(points[a] - points[b]).T)
    return _layer("proximity", n, (a, b), np.exp(-km / scale), f"exp(-km/{scale:g})")


# ---- what compounds share ----------------------------------------


def _shared(group: I32, x: F64, y: F64) -> tuple[Pairs, F64]:
    """Ties among members of each group; weight 1 / (number of ties of a member)."""
    size = np.bincount(group)
    members = size[group]
    bearing = np.arctan2(
        y - (np.bincount(group, y) / np.maximum(size, 1))[group],
        x - (np.bincount(group, x) / np.maximum(size, 1))[group],
    )
    order = np.lexsort((bearing, group))
    start = np.concatenate([[0], np.cumsum(size)])[group[order]]
    place, m = np.arange(len(group)) - start, members[order]
    found: list[npt.NDArray[np.int64]] = []
    for step in range(1, SIDE + 1):
        # in a small ring the last step meets from both sides, or is taken already: a pair counts once
        here = (m > 2 * step) | ((m == 2 * step) & (place < step))
        other = order[start[here] + (place[here] + step) % m[here]]
        found.append(np.column_stack([order[here], other]))
    pairs = np.sort(np.concatenate(found).astype(np.int64), axis=1)
    degree = np.minimum(members - 1, 2 * SIDE).astype(np.float64)
    return (pairs[:, 0], pairs[:, 1]), 1.0 / np.maximum(degree[pairs[:, 0]], 1.0)


# ---- friendship across compounds ----------------------------------------


def _social(compounds: Compounds, parameters: Parameters, map_seed: int) -> Layer:
    """Friendships between residents of two compounds: Poisson, one keyed draw per unordered pair of ids.

    Mean `ties * Ri * Rj * w / sqrt((Si + half) * (Sj + half))` with w = exp(-km/scale) and S = sum of R * w
    over the compounds within reach: about `ties` per resident where many live near, fewer on the edge.
    """

    def figure(name: str) -> float:
        return number(parameters, f"world.social_{name}")

    n = len(compounds)
    people = compounds.residents.astype(np.float64)
    (a, b), km = _pairs_within(compounds, figure("reach"))
    w = np.exp(-km / figure("scale"))
    near = np.bincount(a, people[b] * w, n) + np.bincount(b, people[a] * w, n) + figure("half")
    mean = figure("ties") * people[a] * people[b] * w / np.sqrt(np.maximum(near[a] * near[b], 1e-300))
    owners = keys(map_seed, "compound", compounds.ids)
    friends = counts(uniform(owners[a] ^ owners[b], Draw.FRIENDS), mean)
    some = friends > 0
    return _layer("social", n, (a[some], b[some]), friends[some].astype(np.float64), "friendships")
