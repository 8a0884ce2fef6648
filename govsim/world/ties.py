"""Ties between compounds that a user brings: CSV (from, to, weight, layer) or GraphML, strictly checked."""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np

from govsim.errors import Fault
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.faults import known_words, refuse
from govsim.scenario.schema import Scenario
from govsim.scenario.toml_file import shortened
from govsim.world.compounds import beside
from govsim.world.data_files import read_csv, read_text, reject
from govsim.world.importers import read_compounds
from govsim.world.tables import F32

#: Layer of a tie that names none.
DEFAULT_LAYER: Final = "social"
MOST_TIES: Final = 2_000_000
MOST_LAYERS: Final = 20
COLUMNS: Final = ("from", "to", "weight", "layer")


@dataclass(frozen=True)
class Ties:
    """Undirected ties, each pair once per layer, by id."""

    layer: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    weight: F32

    def __len__(self) -> int:
        return len(self.a)


def district_ties(scenario: Scenario, folder: Path) -> Ties | None:
    """The ties of a scenario that names a file of them, else None. Raises InputError with every fault.

    They name compounds of the whole file; a sample leaves out those that it does not reach.
    """
    district = scenario.district
    if district.ties_file is None:
        return None
    if district.compounds_file is None:
        said = Both("ties need a file of compounds", "有联系文件时须同时给出小区文件")
        refuse([Fault("scenario", None, "district.ties_file", said)])
    assert district.compounds_file is not None
    known = read_compounds(beside(folder, district.compounds_file), district.compounds_file).ids
    return read_ties(beside(folder, district.ties_file), district.ties_file, known)


def read_ties(path: Path, name: str, known: Iterable[str]) -> Ties:
    """Read a file of ties between `known` compounds; `name` stands in messages. InputError with all faults.

    A pair may stand in both directions with the same weight; it counts once.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        records = _from_csv(path, name)
    elif suffix == ".graphml":
        records = _from_graphml(path, name)
    else:
        reject(
            name,
            Both("unknown kind of file", "不认识的文件类型"),
            Both("allowed: .csv, .graphml", "可用：.csv、.graphml"),
        )
    return _checked(records, name, frozenset(known))


@dataclass(frozen=True)
class _Record:
    a: str
    b: str
    weight: str
    layer: str
    line: int | None
    key: str


def _from_csv(path: Path, name: str) -> list[_Record]:
    header, rows = read_csv(path, name, MOST_TIES)
    faults = [
        Fault(
            name,
            1,
            shortened(c),
            Both(f'unknown column "{shortened(c)}"', f"没有这一列：“{shortened(c)}”"),
            known_words(c, COLUMNS),
        )
        for c in header
        if c not in COLUMNS
    ]
    faults += [Fault(name, 1, c, Both("the column is missing", "缺少这一列")) for c in COLUMNS[:2] if c not in header]
    refuse(faults)
    return [
        _Record(r.cells["from"], r.cells["to"], r.cells.get("weight", ""), r.cells.get("layer", ""), r.line, "") for r in rows
    ]


def _from_graphml(path: Path, name: str) -> list[_Record]:
    text = read_text(path, name)
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        reject(name, Both("declares a document type; GraphML needs none", "含有文档类型声明；GraphML 不需要"))
    try:
        graph: Any = nx.read_graphml(io.BytesIO(text.encode("utf-8")), force_multigraph=True)
    except Exception as error:  # the reader raises whatever its XML and type conversions raise
        reject(
            name,
            Both(
                f"not a GraphML file: {shortened(str(error))}",
                f"不是有效的 GraphML 文件：{shortened(str(error))}",
            ),
        )
    if graph.number_of_edges() > MOST_TIES:
        reject(name, Both(f"more than {MOST_TIES} ties", f"超过 {MOST_TIES} 条联系"))
    return [
        _Record(str(a), str(b), str(data.get("weight", "")), str(data.get("layer", "")), None, f"edges[{i}]")
        for i, (a, b, data) in enumerate(graph.edges(data=True))
    ]


def _checked(records: list[_Record], name: str, known: Collection[str]) -> Ties:
    faults: list[Fault] = []
    kept: dict[tuple[str, str, str], float] = {}
    directions: set[tuple[str, str, str]] = set()

    def fault(record: _Record, en: str, zh: str, hint: Both = NOTHING) -> None:
        if len(faults) < 1000:
            faults.append(Fault(name, record.line, record.key, Both(en, zh), hint))

    for r in records:
        a, b = shortened(r.a), shortened(r.b)
        layer = r.layer or DEFAULT_LAYER
        unknown = [x for x in (r.a, r.b) if x not in known]
        for x in unknown:
            hint = known_words(x, known) if len(known) <= 2000 and len(faults) < 20 else NOTHING
            fault(r, f'no compound has the id "{shortened(x)}"', f"没有 id 为 “{shortened(x)}” 的小区", hint)
        if r.a == r.b and not unknown:
            fault(r, f'"{a}" is tied to itself', f"“{a}” 与自己相连")
        if not (layer.isidentifier() and layer.isascii() and layer == layer.lower() and len(layer) <= 40):
            fault(
                r,
                f'"{shortened(layer)}" cannot name a layer',
                f"层名不能是 “{shortened(layer)}”",
                Both("a-z, 0-9 and _", "只用 a-z、0-9 和 _"),
            )
        weight = _weight(r.weight)
        if not 0 < weight <= 1e6:
            fault(
                r,
                f"the weight {shortened(r.weight)} cannot be used",
                f"权重不能是 {shortened(r.weight)}",
                Both("above 0, to 1000000", "大于 0，不大于 1000000"),
            )
        pair = (layer, min(r.a, r.b), max(r.a, r.b))
        if (layer, r.a, r.b) in directions or kept.get(pair, weight) != weight:
            fault(
                r,
                f'"{a}" and "{b}" are tied twice in the layer {shortened(layer)}',
                f"“{a}” 与 “{b}” 在 {shortened(layer)} 层中重复",
            )
        directions.add((layer, r.a, r.b))
        kept.setdefault(pair, weight)
    if len({layer for layer, _, _ in kept}) > MOST_LAYERS:
        faults.append(Fault(name, None, "layer", Both(f"more than {MOST_LAYERS} layers", f"超过 {MOST_LAYERS} 层")))
    refuse(faults)
    layers, first, second = zip(*kept, strict=True) if kept else ((), (), ())
    return Ties(tuple(layers), tuple(first), tuple(second), np.array(list(kept.values()), np.float32))


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return math.nan
