"""Running a plan: one burned-in world per replicate, from which all arms fork; replicates on processes."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from govsim.experiment.event_table import events_table
from govsim.experiment.plan import Plan
from govsim.experiment.store import Store
from govsim.experiment.tables import compounds_table, outcomes_table
from govsim.kernels.compiled import mark_warm
from govsim.simulation import Simulation
from govsim.world.world import read_map, settle

#: Told after each run: how many are done of how many.
Progress = Callable[[int, int], None]


def simulations(plan: Plan, replicate: int, arms: list[str], threads: int = 1) -> Iterator[tuple[str, Simulation]]:
    """The arms of one replicate, finished, one after the other; the world and its burn-in are shared."""
    world = settle(read_map(plan.loaded), replicate, plan.seed)
    base = Simulation(world, threads=threads, detail=plan.detail).burn()
    for arm in arms:
        yield arm, base.fork(plan.arms[arm], events=plan.events).run(plan.days)


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
        "programmes": "+".join(p.id for p in plan.arms[arm]),
        "clamped": "; ".join(
            f"{k.lever} held at {k.allowed:g} (asked {k.asked:g}) on {k.compounds} compounds" for k in sim.arm.clamps.values()
        ),
    }


@dataclass(frozen=True)
class Task:
    """The arms of one replicate that are not done yet."""

    replicate: int
    arms: tuple[str, ...]


def execute(plan: Plan, folder: Path, workers: int = 1, progress: Progress | None = None) -> None:
    """Run what is not done yet, write a shard per run, then merge. The result does not depend on `workers`.

    Raises BusyError, StorageError; an interrupt leaves finished runs on disk for the next call.
    """
    with Store(folder, plan) as store:
        todo: list[Task] = []
        for r in range(plan.replicates):
            arms = tuple(arm for arm in plan.arms if not store.done(arm, r))
            if arms:
                todo.append(Task(r, arms))
        total = len(plan.arms) * plan.replicates
        done = total - sum(len(t.arms) for t in todo)
        report = progress or (lambda *_: None)
        report(done, total)
        if workers <= 1 or len(todo) <= 1:
            for task in todo:
                for _ in _run(plan, folder, task, max(1, workers)):
                    done += 1
                    report(done, total)
        else:
            _on_processes(plan, folder, todo, workers, done, total, report)
        store.merge()


def _run(plan: Plan, folder: Path, task: Task, threads: int) -> Iterator[str]:
    store = Store(folder, plan)  # the lock is held by the process that leads
    for arm, sim in simulations(plan, task.replicate, list(task.arms), threads):
        store.save(
            arm, task.replicate, outcomes_table(sim, arm, task.replicate), compounds_table(sim, arm, task.replicate),
            facts(plan, sim, arm, task.replicate), events_table(sim, arm, task.replicate) if plan.events else None,
        )  # fmt: skip
        yield arm


# ---- processes --------------------------------------------------------------------------------------------------

_PLAN: list[tuple[Plan, Path]] = []


def _start_worker(plan: Plan, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the leading process decides when to stop
    _PLAN.append((plan, folder))


def _work(task: Task) -> int:
    plan, folder = _PLAN[0]
    return len(list(_run(plan, folder, task, 1)))


def _on_processes(plan: Plan, folder: Path, todo: list[Task], workers: int, done: int, total: int, report: Progress) -> None:
    """Replicates on processes. Kernels are compiled here first, so that workers find them in the cache."""
    warm_up()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(todo)), context, _start_worker, (plan, folder)) as pool:
        with deaf():
            pending: set[Future[int]] = {pool.submit(_work, task) for task in todo}
        try:
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += future.result()
                    report(done, total)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@contextmanager
def deaf() -> Iterator[None]:
    """Within this, Ctrl-C is not heard: processes started here inherit that, and none is left half started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def warm_up() -> None:
    """Compile all kernels (or load them from the cache) on a world of one or two compounds."""
    from govsim.scenario.load import load_scenario

    loaded = load_scenario("classroom", changes={"sample": 0.01, "time.burn_in_years": 0.0})
    Simulation(settle(read_map(loaded), 0), detail="week").run(7)
    mark_warm()
