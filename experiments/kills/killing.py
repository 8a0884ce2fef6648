"""An experiment that is killed again and again at random moments, each time called anew, until it is finished."""

from __future__ import annotations

import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from experiments.kills.calls import at_work, finished, killed, started

#: Seconds between two looks at the folder.
PAUSE = 0.02


@dataclass(frozen=True)
class Kill:
    """One kill -9 that hit a living run: seconds since its call began, workers, shards before the call and then, torn files."""

    seconds: float
    workers: int
    before: int
    shards: int
    half_written: int


def shards(folder: Path) -> dict[str, tuple[int, int]]:
    """Finished runs: name of the shard, and what changes if it is written again."""
    found = {}
    for path in (folder / "shards").glob("*.parquet"):
        if path.name.count(".") == 1:
            found[path.name] = (path.stat().st_mtime_ns, path.stat().st_ino)
    return found


def killed_on_the_way(
    words: tuple[str | Path, ...], folder: Path, log: Path, runs: int, kills: int, seed: int, pace: float
) -> list[Kill]:
    """Call `words` until it ends by itself; kill it `kills` times, spread over the whole batch. Returns the kills that hit.

    When: workers are at work, so many shards are there as a sorted uniform draw of all runs but the last few says, and a
    random time more, of up to that of six runs (`pace`: seconds of one). Raises SystemExit where a finished run was lost
    or made again.
    """
    draw = random.Random(seed)
    due = sorted(draw.randrange(max(1, runs - 8)) for _ in range(kills))
    done: list[Kill] = []
    kept: dict[str, tuple[int, int]] = {}
    for target in due:
        begun, before = time.monotonic(), len(kept)
        child = started(log, *words)
        while child.poll() is None and (len(shards(folder)) < target or not at_work(child.pid)):
            time.sleep(PAUSE)
        _wait(child, draw.uniform(0.0, 6.0 * pace))
        workers = at_work(child.pid)
        hit = killed(child) and workers > 0
        now = shards(folder)
        if {name: now.get(name) for name in kept} != kept:
            raise SystemExit("a finished run was lost or made again")
        kept = now
        if hit and len(now) < runs:
            half = len([*folder.glob(".*.tmp"), *folder.glob("shards/.*.tmp")])
            done.append(Kill(time.monotonic() - begun, workers, before, len(now), half))
    finished(log, *words)
    if {name: now for name, now in shards(folder).items() if name in kept} != kept:
        raise SystemExit("a finished run was lost or made again")
    return done


def _wait(child: subprocess.Popen[bytes], seconds: float) -> None:
    until = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < until:
        time.sleep(PAUSE)
