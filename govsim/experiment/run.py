"""Carrying out a plan: what is not done yet is made, written down shard by shard, and merged into tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Protocol

from govsim.experiment.executors import Executor, Here
from govsim.experiment.one_run import Failed, Task, facts, simulations
from govsim.experiment.plan import Plan, Run
from govsim.experiment.processes import Processes, deaf
from govsim.experiment.store import Store
from govsim.experiment.warm import warm_up
from govsim.kernels.compiled import is_warm

__all__ = ["Done", "Rounds", "deaf", "execute", "facts", "simulations", "tasks", "warm_up"]

#: Told after each run: how many are done of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Done:
    """What came of a plan: how many replicates there are, the runs that failed, the shards that were damaged.

    `foreign`: files among the shards that somebody else put there, which are let be.
    """

    replicates: int
    failed: tuple[Failed, ...]
    corrupt: tuple[Path, ...]
    foreign: tuple[Path, ...] = ()


class Rounds(Protocol):
    """A stop rule: replicates are added until it has enough."""

    def first(self) -> int:
        """Replicates of the first round."""
        ...

    def then(self, store: Store, replicates: int) -> int | None:
        """Replicates of the next round, None when there are enough."""
        ...


def execute(
    plan: Plan,
    folder: Path,
    workers: int = 1,
    progress: Progress | None = None,
    *,
    executor: Executor | None = None,
    rounds: Rounds | None = None,
) -> Done:
    """Run what is not done yet, write a shard per run, then merge. The tables do not depend on who makes the runs.

    `rounds` decides how many replicates there are, in the place of the plan. Runs that fail are written down in
    failures.jsonl and handed back. Raises BusyError, StorageError; an interrupt leaves finished runs for the next call.
    """
    failed: dict[Run, Failed] = {}
    with Store(folder, plan) as store:
        asked = plan.replicates if rounds is None else rounds.first()
        try:
            while True:
                plan = replace(plan, replicates=asked)
                executor = _one_round(plan, store, workers, progress or (lambda *_: None), executor, failed)
                more = None if rounds is None else rounds.then(store, asked)
                if more is None:
                    break
                asked = more
        finally:
            if executor is not None:
                executor.close()
        store.merge()
        return Done(asked, tuple(failed.values()), tuple(store.corrupt), tuple(store.foreign))


def _one_round(
    plan: Plan, store: Store, workers: int, report: Progress, executor: Executor | None, failed: dict[Run, Failed]
) -> Executor | None:
    """Make what a plan lacks, with the executor of the round before if there was one."""
    if plan.replicates != store.plan.replicates:
        store.describe(plan)
    lacking = [run for run in plan.runs() if run not in failed and not store.done(run)]
    total = plan.size()
    done = total - len(lacking)
    report(done, total)
    todo = tasks(plan, lacking)
    if not todo:
        return executor
    twins = _twins(plan, lacking)
    if executor is None:
        executor = _executor(plan, workers, len(todo))
    for result in executor.results(todo):
        same = twins[result.run]
        if isinstance(result, Failed):
            for run in same:
                failed[run] = replace(result, run=run)
                store.failed(failed[run])
        else:
            store.save(result.run, result.parts)
        done += len(same)
        report(done, total)
    return executor


def _executor(plan: Plan, workers: int, todo: int) -> Executor:
    if workers <= 1 or todo <= 1:
        return Here(plan, max(1, workers))
    if not is_warm():
        warm_up()  # once, so that workers find the kernels compiled
    return Processes(plan, min(workers, todo))


def _twins(plan: Plan, runs: Iterable[Run]) -> dict[Run, list[Run]]:
    """Runs that are the same but for their names, by the first of them, which is made."""
    by_key: dict[str, list[Run]] = {}
    for run in runs:
        by_key.setdefault(plan.key(run), []).append(run)
    return {same[0]: same for same in by_key.values()}


def tasks(plan: Plan, runs: Iterable[Run]) -> list[Task]:
    """Runs gathered by replicate and world, each world once; replicate by replicate, so that worlds can be used again."""
    numbers: dict[object, int] = {}

    def place(run: Run) -> tuple[int, int]:
        return run.replicate, numbers.setdefault(plan.points[run.point].world(), len(numbers))

    first = sorted(_twins(plan, runs), key=place)
    return [Task(tuple(same)) for _, same in groupby(first, key=place)]
