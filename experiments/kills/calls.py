"""Calls of govsim as a person makes them: each a process of its own, in a session of its own, ended by its id alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def started(log: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    """`python -m WORDS`; what it says goes to a file."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH")) if p)}
    with log.open("ab") as said:
        command = [sys.executable, "-m", *map(str, words)]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=said, start_new_session=True)


def finished(log: Path, *words: str | Path) -> float:
    """Make a call to its end; seconds that it took. Raises SystemExit with what was said where it failed."""
    begun = time.monotonic()
    child = started(log, *words)
    try:
        code = child.wait()
    finally:
        killed(child)
    if code:
        raise SystemExit(f"{' '.join(map(str, words))} ended with {code}:\n{log.read_text('utf-8', 'replace')[-3000:]}")
    return time.monotonic() - begun


def killed(child: subprocess.Popen[bytes]) -> bool:
    """kill -9 of the whole group of a process of ours; whether it was alive."""
    alive = child.poll() is None
    if alive:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return alive


def at_work(leader: int) -> int:
    """How many worker processes of a leader there are (Linux): before they start, no run is alive."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = path.read_text().rpartition(")")[2].split()[:3]
            found += int(group) == leader and state != "Z" and "spawn_main" in (path.parent / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
    return found


@contextmanager
def a_cluster(folder: Path, workers: int = 2) -> Iterator[str]:
    """A Dask scheduler and its workers on this machine's own address; ends them all."""
    where, log, at = folder / "scheduler.json", folder / "cluster.log", ("--host", "127.0.0.1")
    where.unlink(missing_ok=True)
    ours = [
        started(log, "dask", "scheduler", *at, "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", where)
    ]
    try:
        while not where.exists():
            if ours[0].poll() is not None:
                raise SystemExit(f"no scheduler: {log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.1)
        worker = (
            "dask",
            "worker",
            "--scheduler-file",
            where,
            *at,
            "--nthreads",
            "1",
            "--dashboard-address",
            "127.0.0.1:0",
        )
        ours += [started(log, *worker, "--local-directory", folder / f"worker-{k}") for k in range(workers)]
        yield _address(where)
    finally:
        for child in reversed(ours):
            killed(child)


def _address(where: Path) -> str:
    import json

    return str(json.loads(where.read_text())["address"])
