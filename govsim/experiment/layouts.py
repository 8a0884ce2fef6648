"""Points of a design: every combination, a fraction of them, samples that fill the space, or one factor at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from govsim.experiment.design import Layout
from govsim.experiment.factors import Axis
from govsim.experiment.fractional import fraction
from govsim.experiment.point import Level, Point

Row = dict[str, Level]


def count(layout: Layout, axes: Sequence[Axis]) -> int:
    """How many points there are, without making them."""
    n = layout.points or 0
    if not axes:
        return 1
    counts: dict[str, Callable[[], int]] = {
        "list": lambda: len(layout.list),
        "factorial": lambda: prod(len(a.grid()) for a in axes),
        "fractional": lambda: fraction(len(axes), layout.resolution).points,
        "latin_hypercube": lambda: n,
        "sobol": lambda: n,
        "saltelli": lambda: n * (len(axes) + 2),
        "one_at_a_time": lambda: 1 + sum(sum(level != a.base for level in a.grid()) for a in axes),
    }
    return counts[layout.method]()


def rows(layout: Layout, axes: Sequence[Axis], seed: int) -> list[Row]:
    """The level of each factor at each point, by name; for "saltelli" also block and row."""
    if not axes:
        return [{}]
    if layout.method == "list":
        base: Row = {a.name: a.base for a in axes}
        return [{**base, **{k: _plain(v) for k, v in said.items()}} for said in layout.list]
    if layout.method == "factorial":
        return [dict(zip([a.name for a in axes], row, strict=True)) for row in product(*(a.grid() for a in axes))]
    if layout.method == "fractional":
        signs = fraction(len(axes), layout.resolution).signs()
        return [{a.name: a.ends()[int(s)] for a, s in zip(axes, row, strict=True)} for row in signs]
    if layout.method == "one_at_a_time":
        return _one_at_a_time(axes)
    return _samples(layout, axes, seed)


def _one_at_a_time(axes: Sequence[Axis]) -> list[Row]:
    base: Row = {a.name: a.base for a in axes}
    return [base, *({**base, a.name: level} for a in axes for level in a.grid() if level != a.base)]


def _samples(layout: Layout, axes: Sequence[Axis], seed: int) -> list[Row]:
    from scipy.stats import qmc

    n, d = layout.points or 0, len(axes)
    rng = np.random.default_rng(seed)
    if layout.method == "latin_hypercube":
        return [_at(axes, u) for u in qmc.LatinHypercube(d, rng=rng).random(n)]
    if layout.method == "sobol":
        return [_at(axes, u) for u in qmc.Sobol(d, rng=rng).random(n)]
    both = qmc.Sobol(2 * d, rng=rng).random(n)
    a, b = both[:, :d], both[:, d:]
    out = [{**_at(axes, u), "block": name, "row": k} for name, part in (("A", a), ("B", b)) for k, u in enumerate(part)]
    for j, axis in enumerate(axes):
        mixed = a.copy()
        mixed[:, j] = b[:, j]
        out += [{**_at(axes, u), "block": f"AB:{axis.name}", "row": k} for k, u in enumerate(mixed)]
    return out


def _at(axes: Sequence[Axis], u: Any) -> Row:
    return {a.name: a.at(float(x)) for a, x in zip(axes, u, strict=True)}


def _plain(value: Any) -> Level:
    return value if isinstance(value, (bool, str)) else float(value)


def points(layout: Layout, axes: Sequence[Axis], scenarios: int, seed: int) -> tuple[Point, ...]:
    """All points, scenario by scenario."""
    found = rows(layout, axes, seed)
    return tuple(
        point(s * len(found) + k, s, row, {a.name: a for a in axes}) for s in range(scenarios) for k, row in enumerate(found)
    )


def point(number: int, scenario: int, row: Mapping[str, Level], axes: Mapping[str, Axis]) -> Point:
    """One point. A level that is the scenario's own changes nothing, and is not said."""
    differs = [(axes[name], level) for name, level in row.items() if name in axes and level != axes[name].base]
    of = {
        kind: [(a, level) for a, level in differs if a.kind == kind]
        for kind in ("parameter", "mechanism", "programme", "rollout")
    }
    return Point(
        number,
        scenario,
        multiples=tuple((a.name, float(level)) for a, level in of["parameter"] if not a.by_value),
        values=tuple((a.name, float(level)) for a, level in of["parameter"] if a.by_value),
        off=tuple(a.name.split(".")[1] for a, level in of["mechanism"] if level is False),
        added=tuple(a.name for a, level in of["programme"] if level is True),
        rollouts=tuple((*a.name.split("."), level) for a, level in of["rollout"]),  # type: ignore[misc]
        levels=tuple(row.items()),
    )
