"""The compound network as networkx graphs and as one GraphML file that other tools can open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from govsim.vocabulary import TYPES
from govsim.world.tables import Compounds, Institutions, Layer


def to_networkx(layers: Mapping[str, Layer], compounds: Compounds, institutions: Institutions | None = None) -> dict[str, Any]:
    """One undirected `networkx.Graph` per layer; nodes are compound ids, all of them in every layer.

    Node attributes: name, type, x, y, residents, dwellings, and town, firm, beat and grid (names where
    `institutions` is given, else rows). Edge attribute: weight; graph attributes: name, unit.
    """
    nodes = _nodes(compounds, institutions)
    out: dict[str, Any] = {}
    for name, layer in layers.items():
        graph: Any = nx.Graph(name=name, unit=layer.unit)
        graph.add_nodes_from((i, dict(attributes)) for i, attributes in nodes)
        graph.add_weighted_edges_from(_edges(layer, compounds.ids))
        out[name] = graph
    return out


def write_graphml(
    path: Path, layers: Mapping[str, Layer], compounds: Compounds, institutions: Institutions | None = None
) -> None:
    """Write all layers as one multigraph; each edge has `layer` and `weight`. The file is whole or not there.

    `read_ties` reads it back, all layers at once.
    """
    graph: Any = nx.MultiGraph(name="compounds")
    for name, layer in layers.items():
        graph.graph[f"unit_{name}"] = layer.unit
    graph.add_nodes_from(_nodes(compounds, institutions))
    for name, layer in layers.items():
        graph.add_edges_from((a, b, {"layer": name, "weight": w}) for a, b, w in _edges(layer, compounds.ids))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        nx.write_graphml_xml(graph, unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _nodes(c: Compounds, institutions: Institutions | None) -> list[tuple[str, dict[str, Any]]]:
    """Ids with attributes as plain Python values, which GraphML can hold."""
    columns: dict[str, list[Any]] = {
        "name": list(c.names),
        "type": [TYPES[t] for t in c.type],
        "x": c.x.tolist(),
        "y": c.y.tolist(),
        "residents": c.residents.tolist(),
        "dwellings": c.dwellings.tolist(),
    }
    for word in ("town", "firm", "beat", "grid"):
        rows = getattr(c, word).tolist()
        columns[word] = rows if institutions is None else [getattr(institutions, f"{word}s")[r] for r in rows]
    return [(i, {word: column[r] for word, column in columns.items()}) for r, i in enumerate(c.ids)]


def _edges(layer: Layer, ids: tuple[str, ...]) -> list[tuple[str, str, float]]:
    """Each pair once, as ids with its weight."""
    rows = np.repeat(np.arange(len(ids)), np.diff(layer.indptr))
    once = rows < layer.indices
    triples = zip(rows[once].tolist(), layer.indices[once].tolist(), layer.weights[once].tolist(), strict=True)
    return [(ids[a], ids[b], w) for a, b, w in triples]
