"""The runs behind "why": two worlds of one replicate with their events, and lockstep runs with parts held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from govsim.experiment.event_table import events_table
from govsim.experiment.lockstep import PARTS, courses, lockstep
from govsim.scenario.load import Loaded
from govsim.scenario.schema import Programme
from govsim.simulation import Simulation
from govsim.world.world import read_map, settle


def burned_in(loaded: Loaded, replicate: int) -> Simulation:
    """The world of a replicate at the end of its burn-in."""
    return Simulation(settle(read_map(loaded), replicate, loaded.scenario.seed)).burn()


def paired_events(loaded: Loaded, arm: Sequence[Programme], replicate: int, days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The event tables of the baseline and of the arm: the same replicate, hence the same names of cases."""
    base = burned_in(loaded, replicate)
    tables = []
    for name, programmes in (("baseline", ()), ("arm", tuple(arm))):
        sim = base.fork(programmes, events=True).run(days)
        tables.append(events_table(sim, name, replicate).to_pandas())
    return tables[0], tables[1]


def running_parts(loaded: Loaded) -> list[str]:
    """Parts of the state that a scenario's mechanisms move: holding the others would change nothing."""
    on = loaded.scenario.mechanisms.model_dump()
    return [part.name for part in PARTS if any(on.get(step, False) for step in part.steps)]


def paths(
    loaded: Loaded, arm: Sequence[Programme], replicates: Iterable[int], days: int, held: Sequence[str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of lockstep runs (arms baseline, arm and held:PART) of several replicates."""
    parts = running_parts(loaded) if held is None else list(held)
    frames = [courses(lockstep(burned_in(loaded, r), arm, days, parts), r) for r in replicates]
    return pd.concat([f[0] for f in frames], ignore_index=True), pd.concat([f[1] for f in frames], ignore_index=True)
