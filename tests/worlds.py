"""Small worlds that several tests run, and a way to compare two runs to the bit.

`python -m tests.worlds` prints the digest of a short run, for comparing interpreters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np

from govsim.observe.outcomes import BY_NAME, FLOW_SLOT, STOCK_SLOT
from govsim.programmes.catalogue import shipped
from govsim.scenario.load import load_scenario
from govsim.scenario.schema import Account, Citation, Cost, Effect, Label, Programme, Rollout, StaffTime
from govsim.simulation import Simulation
from govsim.world.pool import Pool
from govsim.world.state import State
from govsim.world.world import Map, World, read_map, settle

Columns = dict[str, bytes]


# ---- worlds ----------------------------------------------------------------------------------------------------


@cache
def small_map(scenario: str = "classroom", sample: float = 1.0, burn_in_years: float = 0.2) -> Map:
    """The map of a shipped scenario, with a short burn-in."""
    return read_map(load_scenario(scenario, changes={"time.burn_in_years": burn_in_years, "sample": sample}))


@cache
def burned(scenario: str = "classroom", sample: float = 1.0, replicate: int = 0) -> Simulation:
    """A world after its burn-in. It is shared: fork it, never step it."""
    return Simulation(settle(small_map(scenario, sample), replicate), detail="week").burn()


def committees_of_putuo() -> Simulation:
    """Some compounds of Putuo, served by a few committees in several towns."""
    return burned("putuo", 0.01)


# ---- programmes ------------------------------------------------------------------------------------------------


def programme(
    *effects: tuple[str, str, float],
    id: str = "trial",
    costs: Sequence[Cost] = (),
    staff_time: Sequence[StaffTime] = (),
    **rollout: Any,
) -> Programme:
    """A made-up programme: effects are (lever, how, dose)."""
    return Programme(
        format=1, id=id, name=Label(zh="试", en="Trial"), family="order", about=Account(zh="试", en="A trial."),
        effects=tuple(
            Effect(lever=lever, do=do, dose=dose, range=(dose, dose), grade="assumed", source="for a test")  # type: ignore[arg-type]
            for lever, do, dose in effects
        ),
        rollout=Rollout(**rollout), costs=tuple(costs), staff_time=tuple(staff_time),
        citations=(Citation(text="a test", reason="made up"),),
    )  # fmt: skip


def rolled_out(id: str, **rollout: Any) -> Programme:
    """A shipped programme with another rollout."""
    known = shipped()[id]
    return known.model_copy(update={"rollout": known.rollout.model_copy(update=rollout)})


# ---- what happened in a run ------------------------------------------------------------------------------------


def flow(flows: np.ndarray, outcome: str, category: str | None = None) -> np.ndarray:
    """One outcome of counters (..., slots): a category, or the sum of all."""
    first, known = FLOW_SLOT[outcome], BY_NAME[outcome].categories
    if category is not None:
        return np.asarray(flows[..., first + known.index(category)])
    return np.asarray(flows[..., first : first + len(known)].sum(-1))


def total(sim: Simulation, outcome: str, category: str | None = None) -> float:
    """A flow's sum, or a stock's mean, over the weeks of a run."""
    if outcome in FLOW_SLOT:
        return float(flow(np.sum([w[1] for w in sim.recorder.weeks], axis=0), outcome, category))
    first, known = STOCK_SLOT[outcome], BY_NAME[outcome].categories
    mean = np.mean([w[2] for w in sim.recorder.weeks], axis=0)
    if category is not None:
        return float(mean[first + known.index(category)])
    return float(mean[first : first + len(known)].sum())


def by_compound(sim: Simulation) -> np.ndarray:
    """Flows of the whole run by compound (compounds, slots); the run keeps detail by week."""
    return np.asarray(np.sum([flows for _, flows, _ in sim.recorder.places], axis=0))


# ---- bits ------------------------------------------------------------------------------------------------------


def columns(name: str, array: np.ndarray) -> Columns:
    """The bytes of an array, field by field: what lies between the fields of a record is nobody's value."""
    if array.dtype.names is None:
        return {name: array.tobytes()}
    return {f"{name}.{column}": array[column].tobytes() for column in array.dtype.names}


def state_bits(state: State) -> Columns:
    """Everything that changes in a run, as bytes by name: every field of State, whatever is added to it."""
    return _bits("", state)


def _bits(name: str, owner: Any) -> Columns:
    out: Columns = {}
    for f in fields(owner):
        value, inner = getattr(owner, f.name), f"{name}{f.name}"
        if isinstance(value, Pool):
            out |= columns(inner, value.used)
        elif is_dataclass(value):
            out |= _bits(inner + ".", value)
        else:
            out |= columns(inner, np.asarray(value))
    return out


def recorded_bits(sim: Simulation) -> Columns:
    """What the recorder has kept."""
    out: Columns = {}
    for week, (days, flows, stocks) in enumerate(sim.recorder.weeks):
        out |= {f"week {week} days": bytes([days]), **columns(f"week {week} flows", flows)}
        out |= columns(f"week {week} stocks", stocks)
    for i, (period, flows, stocks) in enumerate(sim.recorder.places):
        out |= {f"period {i} number": bytes([period]), **columns(f"period {i} flows", flows)}
        out |= columns(f"period {i} stocks", stocks)
    for week, observed in enumerate(sim.recorder.memory):
        out |= columns(f"memory {week}", observed)
    return out


def run_bits(sim: Simulation) -> Columns:
    """State and records of a run."""
    return state_bits(sim.state) | recorded_bits(sim)


def world_bits(world: World) -> Columns:
    """The arrays of a world, people and map included."""
    out: Columns = {}
    for owner in (world.compounds, world.institutions, world.population, world.desks):
        for f in fields(owner):
            if isinstance(value := getattr(owner, f.name), np.ndarray):
                out |= columns(f"{type(owner).__name__}.{f.name}", value)
    for name, layer in world.layers.items():
        out |= columns(name + ".indptr", layer.indptr) | columns(name + ".indices", layer.indices)
        out |= columns(name + ".weights", layer.weights)
    return out | columns("place", world.place) | columns("flags", world.flags)


def differing(a: Columns, b: Columns) -> list[str]:
    """Names whose bytes differ or that only one side has."""
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def digest(*parts: Iterable[tuple[str, bytes]]) -> str:
    """One hash of named bytes."""
    out = hashlib.blake2b(digest_size=16)
    for part in parts:
        for name, data in part:
            out.update(f"{name}:{len(data)};".encode() + data)
    return out.hexdigest()


def short_run_digest() -> str:
    """Map, people, and four weeks under all shipped programmes in two small worlds, as one hash."""
    parts: list[Columns] = []
    for base in (burned(), committees_of_putuo()):
        sim = base.fork([rolled_out(id, ramp_days=14, coverage=0.6) for id in shipped()]).run(28)
        parts += [world_bits(base.world), run_bits(sim)]
    return digest(*(part.items() for part in parts))


if __name__ == "__main__":
    print(short_run_digest())
