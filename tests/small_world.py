"""Small worlds for tests, and things put into them by hand."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from govsim.kernels import intake
from govsim.processes.day import Today
from govsim.programmes.levers import at_rest
from govsim.scenario.load import load_scenario
from govsim.vocabulary import CHANNELS, KINDS
from govsim.world.records import COMPOUND, PROBLEM
from govsim.world.state import State
from govsim.world.world import World, build


def near(values: Any, expected: float, sd: float | None = None) -> bool:
    """Whether a sample's mean lies within four standard errors of what is expected."""
    sample = np.asarray(values, float)
    spread = sample.std(ddof=1) if sd is None else sd
    return bool(abs(sample.mean() - expected) <= 4.0 * spread / math.sqrt(sample.size))


def little(compounds: int = 1, residents: int = 400, seed: int = 6, **values: Any) -> World:
    """A world of a few compounds with some parameters replaced; names are written group__name."""
    size: dict[str, object] = {"district.compounds.value": compounds, "district.residents.value": residents}
    few: dict[str, object] = {"district.firms.value": 1, "district.residents_committees.value": 1}
    loaded = load_scenario("classroom", changes=size | few | {"time.burn_in_years": 0.0})
    p = loaded.parameters
    new = {name.replace("__", "."): value for name, value in values.items()}
    filled = {name: np.broadcast_to(v, np.shape(p[name])) if np.ndim(p[name]) else v for name, v in new.items()}
    return build(dataclasses.replace(loaded, parameters=p.with_values(filled, "test")), seed=seed)


def today(world: World, levers: np.ndarray | None = None) -> Today:
    rest = at_rest(world.parameters, len(world.place)) if levers is None else levers
    return Today(0, 4.0, 3, rest, [(0, len(world.place))], None)


def add_problem(state: State, kind: str = "noise", born: int = 0, number: int = 0, **other: Any) -> int:
    """Append a problem of one whole compound, known, of severity and share one; returns its row."""
    state.problems.room(1)
    state.problems.rows[state.problems.n] = np.zeros((), PROBLEM)
    row = state.problems.rows[state.problems.n]
    said = {"household": -1, "case": -1, "severity": 1.0, "share": 1.0, "reach": COMPOUND, "known": 1} | other
    for name, value in (said | {"kind": KINDS.index(kind), "born": born, "number": number}).items():
        row[name] = value
    state.problems.n += 1
    return state.problems.n - 1


def add_file(world: World, state: State, problem: int, channel: str, wait: int = 0) -> int:
    """Open a file through a channel; returns its row."""
    state.cases.room(1)
    state.cases.n = intake.open_case(
        state.problems.rows, problem, CHANNELS.index(channel), wait, state.day, world.place, world.desks.first,
        state.cases.rows, state.cases.n,
    )  # fmt: skip
    return state.cases.n - 1
