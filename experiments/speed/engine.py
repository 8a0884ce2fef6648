"""The engine and the plain model at work: resident-days a second on the same world, and the parts of a day."""

from __future__ import annotations

import dataclasses
import re
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from experiments.speed.machine import REPEATS
from experiments.speed.plain_mesa import PlainModel
from govsim.processes.day import Today
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.world.state import State
from govsim.world.world import World, build

WARM_UP = 28  # days before the clock runs, so that there are problems, files and complaints


def minhang(residents: int, days: int = 364, replicate: int = 0) -> World:
    """A sample of Minhang with about so many residents, without burn-in."""
    whole = 2_482_200
    changes: dict[str, object] = {"time.burn_in_years": 0.0, "time.horizon_days": days}
    if residents < whole:
        changes["sample"] = residents / whole
    return build(load_scenario("minhang", changes=changes), replicate)


def plain_speed(world: World, days: int) -> float:
    """Resident-days a second of the plain Mesa model, with draws from its own generator."""
    return _speed(world, days, PlainModel(world))


def engine_speed(world: World, days: int, threads: int) -> float:
    """Resident-days a second of the engine."""
    return _speed(world, days, Simulation(world, threads=threads, detail="week"))


def _speed(world: World, days: int, model: PlainModel | Simulation) -> float:
    """The median of five stretches of `days` days, one after the other."""
    for _ in range(WARM_UP):
        model.step()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        for _ in range(days):
            model.step()
        seconds.append(time.perf_counter() - began)
    return world.population.n * days / median(seconds)


def passes(world: World, days: int) -> dict[str, float]:
    """Seconds of each step of the day (one thread), and of whole days, over `days` days: the middle one of five runs."""
    runs = []
    for _ in range(REPEATS):
        sim, spent = Simulation(world, detail="week"), {"whole": 0.0}
        sim._steps = tuple(dataclasses.replace(step, act=_watched(step, spent)) for step in sim._steps)
        for _ in range(WARM_UP):
            sim.step()
        spent.update(dict.fromkeys(spent, 0.0))
        began = time.perf_counter()
        for _ in range(days):
            sim.step()
        spent["whole"] = time.perf_counter() - began
        runs.append(spent)
    return sorted(runs, key=lambda run: run["whole"])[REPEATS // 2]


def _watched(step: Any, spent: dict[str, float]) -> Any:
    """A step that notes how long it takes."""
    act, name = step.act, step.name
    spent[name] = 0.0

    def watched(world: World, state: State, today: Today) -> None:
        began = time.perf_counter()
        act(world, state, today)
        spent[name] += time.perf_counter() - began

    return watched


def bytes_per_resident(world: World) -> float:
    """Bytes of state and ties per resident: the fixed columns, and what a running world adds."""
    state = Simulation(world).state
    running = state.people.nbytes + state.minds.nbytes + state.belief.nbytes
    return world.population.bytes_per_resident() + running / world.population.n


def peak_memory() -> float:
    """Peak gigabytes of this process. Linux's own high-water mark where there is one: what `resource` says there
    still counts the parent that a process was forked from."""
    status = Path("/proc/self/status")
    if status.exists():
        return float(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024 / 1e9  # type: ignore[index]
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def whole_district(days: int, threads: int) -> tuple[float, float, float, int]:
    """Minhang, everybody: seconds to build, seconds to run `days` days, peak gigabytes of this process, residents."""
    began = time.perf_counter()
    world = minhang(10**9, days)
    built = time.perf_counter()
    Simulation(world, threads=threads).run(days)
    done = time.perf_counter()
    peak = peak_memory()
    return built - began, done - built, peak, world.population.n


def small_run(replicate: int) -> int:
    """One run of about 20,000 residents for a year, people drawn anew; returns the number of residents."""
    world = minhang(20_000, replicate=replicate)
    Simulation(world).run(364)
    return world.population.n


def small_runs(runs: int, workers: int) -> float:
    """Seconds of some small runs on processes that are up and have their kernels."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        list(pool.map(small_run, range(2 * workers)))
        began = time.perf_counter()
        list(pool.map(small_run, range(runs)))
        return time.perf_counter() - began
