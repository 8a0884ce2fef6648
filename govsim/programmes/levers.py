"""Levers: the named values that programmes move, compound by compound, and the one order in which moves stack.

A lever is a parameter marked `lever = true`; its value there is what holds without programmes. On each compound the
moves of all programmes are applied in this order: all factors (`multiply`), then all sums (`add`), then the highest
`at_least`, then the lowest `at_most`, then the parameter's own bounds; the last is recorded when it bites.
Institutions that serve several compounds feel the mean over residents of the compounds they serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from govsim.scenario.parameters import Parameter, Parameters
from govsim.scenario.schema import Effect
from govsim.world.tables import F64


@dataclass(frozen=True)
class Clamp:
    """A lever that its bounds held back: which, on how many compounds, and the value that was asked for."""

    lever: str
    compounds: int
    asked: float
    allowed: float


def levers(parameters: Parameters) -> dict[str, Parameter]:
    """All levers by name."""
    return {name: entry for name, entry in parameters.entries.items() if entry.lever}


def field(name: str) -> str:
    """Name of a lever's column in the record array that kernels read."""
    return name.replace(".", "_")


def at_rest(parameters: Parameters, n: int) -> np.ndarray:
    """Record array (n compounds) of all levers as they are without programmes."""
    known = levers(parameters)
    out = np.zeros(n, np.dtype([(field(name), "f8") for name in known], align=True))
    for name in known:
        out[field(name)] = parameters[name]
    return out


def stack(parameters: Parameters, n: int, moves: Sequence[tuple[Effect, F64]]) -> tuple[np.ndarray, list[Clamp]]:
    """Levers under all moves. Each move is an effect and its strength by compound (n,): 0 none, 1 the full dose.

    A strength of zero changes nothing, to the bit. Returns the record array and what the bounds held back.
    """
    out, clamps = at_rest(parameters, n), []
    for name in sorted({effect.lever for effect, _ in moves}):
        entry, value = parameters.entries[name], out[field(name)].copy()
        mine = [(effect, strength) for effect, strength in moves if effect.lever == name]
        for effect, strength in mine:
            if effect.do == "multiply":
                value = value * np.maximum(0.0, 1.0 + strength * (effect.dose - 1.0))  # never through zero
        for effect, strength in mine:
            if effect.do == "add":
                value = value + strength * effect.dose
        for do, pick in (("at_least", np.maximum), ("at_most", np.minimum)):
            goal = value
            for effect, strength in mine:
                if effect.do == do:
                    goal = pick(goal, value + strength * (pick(value, effect.dose) - value))
            value = goal
        kept = np.clip(value, *entry.bounds)
        if (held := kept != value).any():
            worst = int(np.argmax(np.abs(value - kept)))
            clamps.append(Clamp(name, int(held.sum()), float(value[worst]), float(kept[worst])))
        out[field(name)] = kept
    return out, clamps
