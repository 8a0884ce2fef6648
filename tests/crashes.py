"""Experiments that are killed, for tests: a process that forks one after the other, so that each takes a blink.

    python -m tests.crashes DESIGN FOLDER random SEED KILLS     kill -9 after a random time, go on, kill again ...
    python -m tests.crashes DESIGN FOLDER steps 0 0             die before each single step of writing, one after the other
    python -m tests.crashes DESIGN FOLDER full 0 0              the disk is full at each single write, one after the other

After each death the folder is looked at; what is wrong is printed and the exit code is 1. At the end the experiment is
finished in FOLDER.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from govsim.errors import StorageError
from govsim.experiment import disk, shard
from govsim.experiment.load_design import load_design, plan_of
from govsim.experiment.plan import Plan
from govsim.experiment.run import execute, warm_up

DIED = 77


class Steps:
    """Counts the steps of writing (a write, a sync, a rename); before step number `last` the process is gone."""

    def __init__(self, last: int) -> None:
        self.done, self.last = 0, last

    def before(self, name: str, module: Any) -> None:
        real = getattr(module, name)

        def counted(*words: Any) -> Any:
            self.done += 1
            if self.done == self.last:
                os._exit(DIED)
            return real(*words)

        setattr(module, name, counted)


def in_child(act: Any) -> int:
    """Do something in a forked process and give its exit code, or minus its signal."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(act() or 0)
        except StorageError:
            os._exit(4)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def finished(folder: Path) -> dict[str, tuple[int, int]]:
    """Shards of finished runs, each read whole; a name that is there and not whole is a defect."""
    found = {}
    for path in (folder / "shards").glob("*.parquet"):
        if path.name.startswith("."):
            continue
        pq.ParquetFile(path).read()
        if path.name.count(".") == 1:
            assert shard.is_whole(path, events=False), f"{path.name} is there but not whole"
            found[path.name] = (path.stat().st_mtime_ns, path.stat().st_ino)
    for name in ("points", "runs", "outcomes", "compounds"):
        if (folder / f"{name}.parquet").exists():
            pq.ParquetFile(folder / f"{name}.parquet").read()
    return found


def kept(before: dict[str, tuple[int, int]], folder: Path) -> dict[str, tuple[int, int]]:
    """What is finished now; a finished run that was made again is a defect."""
    after = finished(folder)
    assert {n: after.get(n) for n in before} == before, "a finished run was lost or made again"
    return after


def at_random(plan: Plan, folder: Path, seed: int, kills: int) -> None:
    draw, died = random.Random(seed), 0
    done: dict[str, tuple[int, int]] = {}
    began = time.monotonic()
    assert in_child(lambda: execute(plan, folder.with_name("measured")) and 0) == 0
    span = time.monotonic() - began
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            execute(plan, folder)
            os._exit(0)
        time.sleep(draw.uniform(0.0, 1.0) * span * 0.7)
        os.kill(child, signal.SIGKILL)
        died += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        done = kept(done, folder)
    print(f"{died} killed, {len(done)} finished by then")
    assert died >= kills // 3


def at_each_step(plan: Plan, folder: Path) -> None:
    for last in range(1, 10_000):

        def act(last: int = last) -> int:
            steps = Steps(last)
            steps.before("put", disk)
            for name in ("fsync", "replace"):
                steps.before(name, os)
            execute(plan, folder)
            return 0

        before = finished(folder)
        code = in_child(act)
        kept(before, folder)
        if code == 0:
            print(f"{last - 1} steps of the last call")
            return
        assert code == DIED, code


def at_each_write(plan: Plan, folder: Path) -> None:
    """The disk takes half of the bytes of one write and no more: exit 4, nothing half written, and then it goes on."""
    for last in range(1, 10_000):

        def act(last: int = last) -> int:
            real, done = disk.put, 0

            def full(file: Any, data: bytes) -> None:
                nonlocal done
                done += 1
                if done == last:
                    real(file, data[: len(data) // 2])
                    raise OSError(errno.ENOSPC, "No space left on device")
                real(file, data)

            disk.put = full
            execute(plan, folder)
            return 0

        before = finished(folder)
        code = in_child(act)
        kept(before, folder)
        assert not list(disk.leftovers(folder, folder / "shards")), "a half-written file was left"
        if code == 0:
            return
        assert code == 4, code


def main(design: str, out: str, what: str, seed: str, kills: str) -> int:
    warm_up()
    plan, folder = plan_of(load_design(design)), Path(out)
    if what == "random":
        at_random(plan, folder, int(seed), int(kills))
    elif what == "steps":
        at_each_step(plan, folder)
    else:
        at_each_write(plan, folder)
    return in_child(lambda: execute(plan, folder) and 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
