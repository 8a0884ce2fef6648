"""Layers of the compound network: symmetric, sparse, the same whoever else exists, readable elsewhere."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pytest

from govsim.errors import InputError
from govsim.scenario.parameters import Parameters, defaults
from govsim.world.compounds import take
from govsim.world.filling import Draft, fill
from govsim.world.graph_files import to_networkx, write_graphml
from govsim.world.network import build_layers
from govsim.world.serving import assign, tables
from govsim.world.tables import Compounds, Institutions, Layer
from govsim.world.ties import Ties, read_ties

KM = 1000.0


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return defaults()


def district(x, y, parameters, **labels) -> tuple[Compounds, Institutions]:
    """Compounds at the given kilometres, all else filled."""
    ids = tuple(f"k{i}" for i in range(len(x)))
    draft = Draft(ids, tuple(f"小区{i}" for i in ids), np.array(x) * KM, np.array(y) * KM, labels=labels)
    fill(draft, 7, parameters, parameters["world.type_share"])
    assign(draft, 7, parameters)
    return tables(draft, parameters, ())


@pytest.fixture(scope="module")
def scattered(parameters):
    """150 compounds on 36 km2 in three towns, and one of them 20 km away."""
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 6, (2, 150))
    x[149] = 26.0
    return district(x, y, parameters, town=[f"t{i % 3}" for i in range(150)])


def dense(layer: Layer) -> np.ndarray:
    n = len(layer.indptr) - 1
    out = np.zeros((n, n), np.float32)
    for i in range(n):
        row = slice(layer.indptr[i], layer.indptr[i + 1])
        assert (np.diff(layer.indices[row]) > 0).all()  # sorted, no pair twice
        out[i, layer.indices[row]] = layer.weights[row]
    return out


def test_layers_are_symmetric_without_self_links(scattered, parameters):
    """Would notice a tie that only one side has, a self-link, unsorted indices or a wrong dtype."""
    c, i = scattered
    layers = build_layers(c, i, parameters, map_seed=7)
    assert list(layers) == ["proximity", "firm", "beat", "grid", "town", "social"]
    for name, layer in layers.items():
        w = dense(layer)
        assert layer.name == name
        assert np.array_equal(w, w.T), name
        assert not np.diag(w).any(), name
        assert (layer.weights > 0).all(), name
        kinds = [a.dtype.name for a in (layer.indptr, layer.indices, layer.weights)]
        assert kinds == ["int64", "int32", "float32"]


def test_proximity_is_every_pair_within_the_radius(parameters):
    """Would notice metres taken for kilometres, a wrong decay, or the nearest left out or taken too far."""
    # 0-1: 0.5 km, 1-2: 1.0, 0-2: 1.5 (too far), 3 is 3 km off (its nearest is 2), 4 is 7 km off
    c, i = district([0.0, 0.5, 1.5, 4.5, 11.5], [0.0] * 5, parameters)
    w = dense(build_layers(c, i, parameters)["proximity"])
    wanted = {(0, 1): 0.5, (1, 2): 1.0, (2, 3): 3.0}
    found = {(a, b): w[a, b] for a, b in zip(*np.nonzero(np.triu(w)), strict=True)}
    assert found == pytest.approx({pair: np.exp(-km / 0.4) for pair, km in wanted.items()}, rel=1e-5)


@pytest.mark.parametrize("members", [1, 2, 3, 4, 5, 6, 7, 8, 9, 30])
def test_shared_layers_are_connected_and_sum_to_one(parameters, members):
    """Would notice a group torn apart, a pair counted twice in a small ring, a hub, or groups mixed up."""
    rng = np.random.default_rng(members)
    x, y = rng.uniform(0, 3, (2, members + 5))
    town = ["a"] * 2 + ["b"] * members + ["a"] * 3
    c, i = district(x, y, parameters, town=town)
    w = dense(build_layers(c, i, parameters)["town"])
    here = np.array(town) == "b"
    assert not w[np.ix_(here, ~here)].any()
    inside = w[np.ix_(here, here)]
    assert ((inside > 0).sum(1) == min(members - 1, 6)).all()
    assert inside.sum(1) == pytest.approx(np.full(members, float(members > 1)), rel=1e-6)
    assert nx.is_connected(nx.from_numpy_array(inside))


def test_friendships_have_the_stated_number(parameters):
    """Would notice ties counted twice, the decay left out, or numbers that do not grow with residents."""
    x, y = np.meshgrid(np.arange(20) * 0.3, np.arange(20) * 0.3)
    c, i = district(x.ravel(), y.ravel(), parameters)
    c = dataclasses.replace(c, residents=np.full(400, 2_000, np.int32))
    w = dense(build_layers(c, i, parameters)["social"])
    at = np.column_stack([c.x, c.y]) / KM
    km = np.hypot(*(at[:, None] - at[None]).T)
    nearness = np.where((km > 0) & (km <= 3.0), np.exp(-km), 0.0)
    have = 2_000 * nearness.sum(1) + 5_000
    mean = 0.5 * 2_000**2 * nearness / np.sqrt(np.outer(have, have))
    assert w.sum() == pytest.approx(mean.sum(), rel=0.01)
    assert 0.35 < mean.sum() / c.residents.sum() < 0.5
    near, far = abs(km - 0.6) < 0.16, abs(km - 1.6) < 0.16
    assert w[near].mean() / w[far].mean() == pytest.approx(mean[near].mean() / mean[far].mean(), rel=0.02)


def test_friendships_depend_on_the_pair_alone(scattered, parameters):
    """Would notice draws keyed by row: here the compounds come in reverse order and from another set."""
    c, i = scattered
    whole = dense(build_layers(c, i, parameters, map_seed=7)["social"])
    far = np.concatenate([np.arange(149), [149]])[::-1]
    turned = dataclasses.replace(c, ids=tuple(c.ids[r] for r in far), x=c.x[far], y=c.y[far], residents=c.residents[far])
    assert np.array_equal(dense(build_layers(turned, i, parameters, map_seed=7)["social"])[::-1, ::-1], whole)
    fewer, j = take(c, i, np.arange(149))  # without the compound 20 km away
    assert np.array_equal(dense(build_layers(fewer, j, parameters, map_seed=7)["social"]), whole[:149, :149])
    assert not whole[149].any()
    assert not np.array_equal(dense(build_layers(c, i, parameters, map_seed=8)["social"]), whole)


def test_given_ties_replace_and_add_layers(scattered, parameters):
    """Would notice given ties mixed with drawn ones, weights lost, or a crash on ties outside a sample."""
    c, i = scattered
    ties = Ties(
        ("social", "social", "kin"),
        ("k0", "k5", "k3"),
        ("k2", "not_in_sample", "k1"),
        np.array([3.5, 1, 2], np.float32),
    )
    layers = build_layers(c, i, parameters, ties)
    found = dense(layers["social"])
    assert found[0, 2] == found[2, 0] == 3.5
    assert found.sum() == 7.0
    assert dense(layers["kin"])[1, 3] == 2.0
    assert layers["proximity"].indices.tolist() == build_layers(c, i, parameters)["proximity"].indices.tolist()


def test_networkx_and_graphml_round_trip(scattered, parameters, tmp_path):
    """Would notice a lost layer, weight, isolated compound or Chinese name in the export."""
    c, i = scattered
    layers = build_layers(c, i, parameters, map_seed=7)
    graphs = to_networkx(layers, c, i)
    path = tmp_path / "网络.graphml"
    write_graphml(path, layers, c, i)
    read = nx.read_graphml(path, force_multigraph=True)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert read.nodes["k3"] == graphs["town"].nodes["k3"]
    assert read.nodes["k3"]["name"] == "小区k3"
    ties = read_ties(path, path.name, c.ids)
    for name, graph in graphs.items():
        assert list(graph) == list(c.ids)
        assert graph.graph["unit"] == layers[name].unit
        sent = {tuple(sorted((a, b))): w for a, b, w in graph.edges(data="weight")}
        back = {(a, b): w for layer, a, b, w in zip(ties.layer, ties.a, ties.b, ties.weight, strict=True) if layer == name}
        assert back == pytest.approx(sent, rel=1e-6), name
        assert len(sent) == len(layers[name].indices) // 2


def test_single_compound_and_crowded_map(parameters):
    """Would notice a crash on one compound, and memory taken for a map given in the wrong unit."""
    c, i = district([0.0], [0.0], parameters)
    assert all(len(layer.indices) == 0 for layer in build_layers(c, i, parameters).values())
    n = 9_000
    crowd = dataclasses.replace(c, ids=tuple(map(str, range(n))), x=np.zeros(n), y=np.zeros(n))
    with pytest.raises(InputError, match="in metres"):
        build_layers(crowd, i, parameters)
