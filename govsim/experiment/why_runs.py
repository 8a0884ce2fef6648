"""The runs behind "why": two worlds of one replicate with their events, and lockstep runs with parts held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from govsim.experiment import one_run
from govsim.experiment.event_table import events_table
from govsim.experiment.lockstep import PARTS, courses, lockstep
from govsim.experiment.plan import Plan, Run
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


def experiment_paths(
    plan: Plan, arm: str, replicates: Iterable[int], threads: int = 1, watch: Callable[[int], None] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `paths`, for an arm of an experiment at its first point: with that arm's rollouts, days and seed.

    `watch` is told how many days of a world have just been run.
    """
    tell, workshop, parts, frames = watch or (lambda _: None), one_run.Workshop(), running_parts(plan.loaded), []
    worlds = 2 + len(parts)
    for r in replicates:
        run = Run(0, arm, r)
        base = one_run.burned_in(plan, run, workshop, threads, lambda *_: None)
        tell(base.burn_in)
        runs = lockstep(base, plan.programmes(plan.points[0], arm), plan.days, parts, lambda: tell(worlds))
        frames.append(courses(runs, r))
    return pd.concat([f[0] for f in frames], ignore_index=True), pd.concat([f[1] for f in frames], ignore_index=True)


def days_of_paths(plan: Plan, replicates: int) -> int:
    """Days of worlds that `experiment_paths` runs: what it costs."""
    burn_in = round(plan.loaded.scenario.time.burn_in_years * 365.25 / 7) * 7
    return replicates * (burn_in + plan.days * (2 + len(running_parts(plan.loaded))))
