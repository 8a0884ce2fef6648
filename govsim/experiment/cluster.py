"""Runs on a Dask cluster: workers hand back the bytes of finished runs, and the leading process writes them.

No disk is shared. The cluster's machines need the same govsim; that is checked before anything is run.
"""

from __future__ import annotations

import faulthandler
import pickle
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from govsim.errors import GovsimError, InputError
from govsim.experiment.code_state import versions
from govsim.experiment.one_run import Failed, Made, Task, Workshop, carry_out
from govsim.experiment.plan import Plan
from govsim.scenario.bilingual import Both
from govsim.scenario.load import Loaded
from govsim.scenario.named_files import DATA_FILES

INSTALL: Final = 'pip install "govsim[cluster]"'
#: Tasks in the scheduler's hands for each thread of a worker: enough that none waits, few enough to hold.
AHEAD: Final = 2
PATIENCE: Final = 20  # seconds for the scheduler to answer


class Cluster:
    """Workers of a Dask scheduler. `timeout`: seconds that a task may take; its worker is then restarted by its nanny.

    The scheduler gives a task that took its worker down to others (`distributed.scheduler.allowed-failures` times, 3
    unless configured). The runs of tasks that are given up are tried at the end, one by one: only the one to blame is lost.
    """

    def __init__(self, plan: Plan, address: str, timeout: float | None = None) -> None:
        try:
            self.dask: Any = import_module("distributed")  # few of its types are known
        except ImportError:
            said = Both(f"--cluster needs the package distributed: {INSTALL}", f"--cluster 需要 distributed 包：{INSTALL}")
            raise InputError(said) from None
        self.plan, self.timeout = plan, timeout
        try:
            self.client = self.dask.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            said = Both(f"no Dask scheduler answers at {address}: {error}", f"{address} 没有 Dask 调度器应答：{error}")
            raise InputError(said) from None
        self._parcel = packed(plan)
        self._same_code()

    def _same_code(self) -> None:
        """Refuse a cluster whose machines would give other numbers."""
        mine = versions()
        for worker, theirs in self.client.run(versions).items():
            if differs := _differences(theirs, mine):
                self.close()
                raise InputError(
                    Both(f"worker {worker} has another govsim: {differs}", f"节点 {worker} 的 govsim 不同：{differs}")
                )

    def results(self, tasks: Sequence[Task]) -> Iterator[Made | Failed]:
        waiting, suspects, given = deque(tasks), deque[Task](), dict[Any, Task]()
        come = self.dask.as_completed([], loop=self.client.loop)
        while waiting or suspects or given:
            trial = bool(suspects) and not (waiting or given)
            while (waiting and len(given) < max(1, self._threads()) * AHEAD) or (trial and not given):
                task = suspects.popleft() if trial else waiting.popleft()
                future = self.client.submit(work, self._parcel, task, self.timeout, pure=False)
                given[future] = task
                come.add(future)
            future = next(come)
            task = given.pop(future)
            try:
                found = future.result()
            except self.dask.KilledWorker as error:
                if trial:
                    yield self._lost(task, error)
                else:  # another task may have killed them both: each run is tried again, with nothing beside it
                    suspects.extend(Task((run,)) for run in task.runs)
                continue
            except (self.dask.CancelledError, OSError) as error:
                raise GovsimError(f"the cluster is gone: {error}; finished runs are kept, the same command goes on") from error
            yield from found

    def close(self) -> None:
        self.client.close()

    def workers(self) -> int:
        """How many workers there are now."""
        return len(self.client.nthreads())

    def _threads(self) -> int:
        return int(sum(self.client.nthreads().values()))

    def _lost(self, task: Task, error: Exception) -> Failed:
        limit = "" if self.timeout is None else f" (or took longer than {self.timeout:g} s)"
        tries = int(import_module("dask").config.get("distributed.scheduler.allowed-failures")) + 1
        return Failed(task.runs[0], "unknown", "killed", tries, f"took its workers down{limit}: {error}")


def _differences(theirs: Mapping[str, str], mine: Mapping[str, str]) -> str:
    return ", ".join(f"{k}: there {theirs.get(k)}, here {v}" for k, v in mine.items() if theirs.get(k) != v)


# ---- the worker's side --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Files:
    """Data files of one scenario: name -> bytes."""

    files: dict[str, bytes]


_here = threading.local()


def work(parcel: bytes, task: Task, timeout: float | None) -> list[Made | Failed]:
    """All runs of a task. A task that takes too long takes its worker down with it: nothing else ends a thread."""
    if timeout is not None:
        faulthandler.dump_traceback_later(timeout * (1 + len(task.runs)), exit=True)
    try:
        workshop = _here.__dict__.setdefault("workshop", Workshop())
        return list(carry_out(unpacked(parcel), task, workshop))
    finally:
        if timeout is not None:
            faulthandler.cancel_dump_traceback_later()


def packed(plan: Plan) -> bytes:
    """A plan with the data files of its scenarios, for a machine that does not have them, and the versions it is made for."""
    beside = [_Files(_data(loaded)) for loaded in plan.scenarios]
    return pickle.dumps((versions(), pickle.dumps((plan, beside))))


def _data(loaded: Loaded) -> dict[str, bytes]:
    paths = [path for key in DATA_FILES if (path := loaded.data_path(key)) is not None]
    return {str(path.relative_to(loaded.path.parent)): path.read_bytes() for path in paths}


@lru_cache(maxsize=2)
def unpacked(parcel: bytes) -> Plan:
    """The plan of a parcel; its data files are put in a temporary folder of this worker.

    Raises InputError where the parcel is from another govsim: a worker may have come after the others were asked.
    """
    wanted, inside = pickle.loads(parcel)
    if differs := _differences(versions(), wanted):
        raise InputError(Both(f"a worker has another govsim: {differs}", f"有节点的 govsim 不同：{differs}"))
    plan, beside = pickle.loads(inside)
    scenarios = [_moved(loaded, files.files) for loaded, files in zip(plan.scenarios, beside, strict=True)]
    found: Plan = replace(plan, loaded=scenarios[0], more=tuple(scenarios[1:]))
    return found


def _moved(loaded: Loaded, files: dict[str, bytes]) -> Loaded:
    if not files:
        return loaded
    folder = Path(tempfile.mkdtemp(prefix="govsim-"))
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return replace(loaded, path=folder / loaded.path.name)
