"""From a plan to finished runs, in one process: worlds are built once, burned in once, and forked for every arm."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from govsim.experiment.event_table import events_table
from govsim.experiment.plan import Plan, Run
from govsim.experiment.point import at_point
from govsim.experiment.shard import Parts, pack
from govsim.experiment.tables import compounds_table, outcomes_table
from govsim.scenario.load import Loaded
from govsim.scenario.parameters import Parameters
from govsim.simulation import Simulation
from govsim.world.world import Map, World, read_map, settle

#: Told what is begun: a run, and the stage: "world", "burn_in", "run".
Begin = Callable[[Run, str], None]


@dataclass(frozen=True)
class Task:
    """Runs that share a world and its burn-in: those of one replicate at points where the world is the same."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Made:
    """A finished run."""

    run: Run
    parts: Parts


@dataclass(frozen=True)
class Failed:
    """A run that could not be finished: in which stage, how (error, killed, timeout), after how many tries, what was said."""

    run: Run
    stage: str
    kind: str
    tries: int
    said: str


class Watched(Parameters):
    """Parameters that remember which of them were read."""

    def __getitem__(self, name: str) -> Any:
        self.__dict__.setdefault("read", set()).add(name)
        return super().__getitem__(name)


@dataclass
class _Kept:
    """A map or a world, and the values of the parameters that it was built from."""

    of: tuple[object, ...]
    thing: Any
    read: Mapping[str, Any]

    def fits(self, of: tuple[object, ...], parameters: Parameters) -> bool:
        return self.of == of and all(np.array_equal(parameters[name], value) for name, value in self.read.items())


@dataclass
class Workshop:
    """Builds worlds; the last map and the last world are used again where nothing that they were built from differs."""

    _map: _Kept | None = None
    _world: _Kept | None = None
    built: dict[str, int] = field(default_factory=lambda: {"maps": 0, "worlds": 0})

    def world(self, loaded: Loaded, scenario: int, replicate: int, seed: int) -> World:
        """The world of a scenario (as it is at a point) for one replicate."""
        of = (loaded.sha256, scenario, replicate, seed)
        if self._world is None or not self._world.fits(of, loaded.parameters):
            watched = Watched(loaded.parameters.entries)
            district = replace(self._district(loaded, scenario), parameters=watched)
            self._world = self._keep(of, settle(district, replicate, seed), watched, loaded)
            self.built["worlds"] += 1
        world: World = self._world.thing
        return replace(world, scenario=loaded.scenario, parameters=loaded.parameters)

    def _district(self, loaded: Loaded, scenario: int) -> Map:
        of = (loaded.sha256, scenario)
        if self._map is None or not self._map.fits(of, loaded.parameters):
            watched = Watched(loaded.parameters.entries)
            self._map = self._keep(of, read_map(replace(loaded, parameters=watched)), watched, loaded)
            self.built["maps"] += 1
        district: Map = self._map.thing
        return replace(district, scenario=loaded.scenario, parameters=loaded.parameters)

    def _keep(self, of: tuple[object, ...], thing: object, watched: Watched, loaded: Loaded) -> _Kept:
        read = set(watched.__dict__.get("read", ())) | (set(self._map.read) if self._map and isinstance(thing, World) else set())
        return _Kept(of, thing, {name: loaded.parameters[name] for name in read})


def carry_out(
    plan: Plan, task: Task, workshop: Workshop, threads: int = 1, begin: Begin | None = None
) -> Iterator[Made | Failed]:
    """The runs of a task, one after the other. An exception in one of them is handed back, not raised."""
    tell = begin or (lambda *_: None)
    first, stage = task.runs[0], "world"
    try:
        tell(first, stage)
        base = burned_in(plan, first, workshop, threads, tell)
    except Exception as error:
        for run in task.runs:
            yield _failed(run, getattr(error, "govsim_stage", stage), error)
        return
    for run in task.runs:
        tell(run, "run")
        try:
            sim = base.fork(plan.programmes(plan.points[run.point], run.arm), events=plan.events).run(plan.days)
            made = Made(run, parts_of(plan, sim, run))
        except Exception as error:
            yield _failed(run, "run", error)
        else:
            yield made


def burned_in(plan: Plan, run: Run, workshop: Workshop, threads: int, tell: Begin) -> Simulation:
    """The world of a run at the moment when its arms begin to differ."""
    point = plan.points[run.point]
    loaded = at_point(plan.scenarios[point.scenario], point)
    world = workshop.world(loaded, point.scenario, run.replicate, plan.seed)
    tell(run, "burn_in")
    try:
        # programmes come with the rollouts that they have in their arm: nothing of the scenario's is left to add
        return Simulation(world, rollouts={}, threads=threads, detail=plan.detail).burn()
    except Exception as error:
        error.govsim_stage = "burn_in"  # type: ignore[attr-defined]
        raise


def simulations(plan: Plan, replicate: int, arms: list[str], threads: int = 1) -> Iterator[tuple[str, Simulation]]:
    """The arms of one replicate at the first point, finished, one after the other; the world and its burn-in are shared."""
    base = burned_in(plan, Run(0, arms[0], replicate), Workshop(), threads, lambda *_: None)
    for arm in arms:
        yield arm, base.fork(plan.programmes(plan.points[0], arm), events=plan.events).run(plan.days)


def parts_of(plan: Plan, sim: Simulation, run: Run) -> Parts:
    """The files of a finished run. They do not say for which point and arm it was made: it may stand for several."""
    k = run.replicate
    events = events_table(sim, "", k) if plan.events else None
    return pack(facts(plan, sim, "", k), outcomes_table(sim, "", k), compounds_table(sim, "", k), events)


def facts(plan: Plan, sim: Simulation, arm: str, replicate: int) -> dict[str, object]:
    """One row of runs.parquet. Nothing in it depends on when or where the run was made."""
    place = sim.world.place
    return {
        "arm": arm,
        "replicate": replicate,
        "seed": plan.seed,
        "residents": int(place["residents"].sum()),
        "households": int(place["households"].sum()),
        "compounds": len(place),
        "days": plan.days,
        "first_day": sim.world.scenario.time.start.isoformat(),
        "burn_in_days": sim.burn_in,
        "programmes": "+".join(p.id for p in sim.programmes),
        "clamped": "; ".join(
            f"{k.lever} held at {k.allowed:g} (asked {k.asked:g}) on {k.compounds} compounds" for k in sim.arm.clamps.values()
        ),
    }


def _failed(run: Run, stage: str, error: Exception) -> Failed:
    said = "".join(traceback.format_exception(error))
    return Failed(run, stage, "error", 1, said)
