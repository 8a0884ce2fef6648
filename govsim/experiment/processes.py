"""Runs on processes of this machine. A worker that dies, or takes too long, costs the run it was at and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from typing import Any

from govsim.experiment.executors import RETRIES
from govsim.experiment.one_run import Failed, Made, Task, Workshop, carry_out
from govsim.experiment.plan import Plan, Run
from govsim.experiment.warm import warm_up

#: Seconds that a dead worker is waited for.
PATIENCE = 10


@dataclass(frozen=True)
class _Job:
    """Runs that a worker is given at once, and how many workers have died of what they share."""

    runs: tuple[Run, ...]
    tries: int = 0


@dataclass
class _Worker:
    process: SpawnProcess
    line: Any  # our end of the pipe
    job: _Job | None = None
    left: list[Run] = field(default_factory=list)  # runs of the job that are not handed back yet
    at: tuple[Run, str] | None = None  # the run and the stage it is in
    since: float = 0.0  # when that stage began

    def begin(self, job: _Job) -> None:
        self.job, self.left, self.at, self.since = job, list(job.runs), None, time.monotonic()
        self.line.send(Task(job.runs))

    def heard(self) -> Iterator[Made | Failed]:
        """What the worker has said since it was last asked. Raises EOFError when it will say nothing more."""
        while self.job is not None and self.line.poll():
            word, *said = self.line.recv()
            if word == "begin":
                self.at, self.since = (said[0], said[1]), time.monotonic()
            elif word == "over":
                self.job = None
            else:
                self.left.remove(said[0].run)
                yield said[0]


class Processes:
    """Workers that stay warm from task to task. `timeout`: seconds that a burn-in or a run may take."""

    def __init__(self, plan: Plan, workers: int, timeout: float | None = None) -> None:
        self.plan, self.most, self.timeout = plan, workers, timeout
        self._pickled = pickle.dumps(plan)
        self._workers: list[_Worker] = []
        self._tries: dict[Run, int] = {}
        self._queue: deque[_Job] = deque()

    def results(self, tasks: Sequence[Task]) -> Iterator[Made | Failed]:
        self._queue.extend(_Job(task.runs) for task in tasks)
        while self._queue or any(w.job for w in self._workers):
            self._hand_out()
            busy = [w for w in self._workers if w.job]
            connection.wait([x for w in busy for x in (w.line, w.process.sentinel)], self._patience(busy))
            for worker in busy:
                yield from self._look_after(worker)

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.line.close()
        self._workers.clear()

    # ---- handing out and taking back ---------------------------------------------------------------------------

    def _hand_out(self) -> None:
        idle = [w for w in self._workers if w.job is None]
        while self._queue and (idle or len(self._workers) < self.most):
            worker = idle.pop() if idle else self._hire()
            job = self._queue.popleft()
            with suppress(OSError):  # it is dead: found out where workers are looked after
                worker.begin(job)

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), daemon=True)
        with deaf():
            process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))
        with suppress(OSError):
            ours.send_bytes(self._pickled)  # not an argument: start() would wait for ever on a worker that dies early
        return self._workers[-1]

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.line.close()

    def _patience(self, busy: Sequence[_Worker]) -> float | None:
        """Seconds until the first of the workers has taken too long; None: no limit."""
        if self.timeout is None:
            return None
        begun = [w.since for w in busy if w.at]
        return max(0.0, min(begun) + self.timeout - time.monotonic()) if begun else self.timeout

    def _look_after(self, worker: _Worker) -> Iterator[Made | Failed]:
        dead = not worker.process.is_alive()  # asked first: what it said before it died is still in the pipe
        try:
            yield from worker.heard()
        except (EOFError, OSError):
            dead = True
        if worker.job is None:
            return
        late = self.timeout is not None and worker.at is not None and time.monotonic() - worker.since > self.timeout
        if dead or late:
            if dead:
                worker.process.join(PATIENCE)  # its line may break a moment before the system says how it ended
            job, left, at = worker.job, worker.left, worker.at
            code = worker.process.exitcode
            self._dismiss(worker)
            yield from self._too_long(left, at) if late and not dead else self._died(job, left, at, code)

    def _too_long(self, left: list[Run], at: tuple[Run, str] | None) -> Iterator[Failed]:
        """A burn-in that takes too long does so for all that share it; a run only for itself."""
        assert at is not None
        run, stage = at
        gone = [run] if stage == "run" else list(left)
        for each in gone:
            yield Failed(each, stage, "timeout", 1, f"took longer than {self.timeout:g} s")
        self._again([each for each in left if each not in gone])

    def _died(self, job: _Job, left: list[Run], at: tuple[Run, str] | None, code: int | None) -> Iterator[Failed]:
        said = f"its worker ended with {code}" if code is None or code >= 0 else f"its worker was killed by signal {-code}"
        if at is None or at[1] != "run":
            stage = at[1] if at else "start"
            if job.tries < RETRIES:
                self._queue.append(_Job(tuple(left), job.tries + 1))
                return
            for run in left:
                yield Failed(run, stage, "killed", job.tries + 1, said)
            return
        run = at[0]
        self._tries[run] = self._tries.get(run, 0) + 1
        self._again([each for each in left if each != run])
        if run not in left:  # it was made: the worker died between two runs
            return
        if self._tries[run] > RETRIES:
            yield Failed(run, "run", "killed", self._tries[run], said)
        else:  # alone, and last: the others are safe from it
            self._queue.append(_Job((run,)))

    def _again(self, runs: list[Run]) -> None:
        if runs:
            self._queue.appendleft(_Job(tuple(runs)))


# ---- the worker's side --------------------------------------------------------------------------------------------


def serve(line: Any) -> None:
    """Make what is asked for until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the leading process decides when to stop
    threading.Thread(target=_end_with_the_leader, daemon=True).start()
    workshop = Workshop()
    with suppress(EOFError, OSError):  # the leader is gone
        plan: Plan = pickle.loads(line.recv_bytes())
        warm_up()  # once in a worker's life, and not at the expense of its first run
        while True:
            task = line.recv()
            for result in carry_out(plan, task, workshop, 1, lambda run, stage: line.send(("begin", run, stage))):
                line.send(("result", result))
            line.send(("over",))


def _end_with_the_leader() -> None:
    """A worker whose leader was killed ends in the middle of a run: nobody would take it."""
    leader = multiprocessing.parent_process()
    assert leader is not None
    connection.wait([leader.sentinel])
    os._exit(1)


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
