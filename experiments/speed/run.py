"""Measures the engine against the plain model, its own passes, the machine and its goals: one table, and a CSV."""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from experiments.speed import engine, machine

HERE = Path(__file__).parent
FEWER = {"residents": 5_000, "plain_days": 7, "engine_days": 28, "year": 28, "runs": 4}  # to try the script


@dataclass(frozen=True)
class Row:
    """One measured figure and what it should be; `most`: the goals are upper bounds."""

    what: str
    value: float
    unit: str
    must: float | None = None
    wanted: float | None = None
    most: bool = False

    def verdict(self) -> str:
        """How it stands against its goals."""
        if self.must is None:
            return ""
        sign = -1 if self.most else 1
        if self.wanted is not None and sign * self.value >= sign * self.wanted:
            return "wanted"
        return "must" if sign * self.value >= sign * self.must else "MISSED"


def against_plain(residents: int, plain_days: int, engine_days: int) -> list[Row]:
    """The engine against the plain Mesa model on the same world, and against its own parts."""
    world = engine.minhang(residents)
    plain = engine.plain_speed(world, plain_days)
    one, two = (engine.engine_speed(world, engine_days, threads) for threads in (1, 2))
    spent = engine.passes(world, engine_days)
    whole = spent.pop("whole")
    single, block = machine.draws_a_second()
    rows = [
        Row("residents of the world compared", world.population.n, "people"),
        Row("plain Mesa model", plain / 1e6, "million resident-days/s"),
        Row("engine, 1 thread", one / 1e6, "million resident-days/s"),
        Row("engine, 2 threads", two / 1e6, "million resident-days/s"),
        Row("engine / plain Mesa, 1 thread", one / plain, "x", 150, 500),
        Row("engine / plain Mesa, 2 threads", two / plain, "x", 250, 900),
        Row("share of the day spent in its passes", 100 * sum(spent.values()) / whole, "%", 60, 80),
        *(Row(f"  of that: {name}", 100 * seconds / whole, "%") for name, seconds in spent.items()),
        Row("machine: one keyed draw and compare", single / 1e6, "million/s"),
        Row("machine: the same in blocks", block / 1e6, "million/s"),
        Row("engine, 1 thread / draws in blocks", 100 * one / block, "%"),
        Row("machine: memory copied, 1 thread", machine.bytes_a_second() / 1e9, "GB/s"),
        Row("state and ties per resident", engine.bytes_per_resident(world), "bytes", 96, 64, True),
    ]
    return rows


def district(days: int, small_world: float) -> list[Row]:
    """Everybody of Minhang, each time in a process of its own; `small_world`: million resident-days a second above."""
    said = [_in_child(f"print(*engine.whole_district({days}, 2))") for _ in range(machine.REPEATS)]
    runs = [tuple(map(float, line.split())) for line in said]
    build, run, peak = (median(r[i] for r in runs) for i in range(3))
    total = median(r[0] + r[1] for r in runs)
    speed = runs[0][3] * days / run / 1e6
    return [
        Row("whole Minhang: build", build, "s"),
        Row(f"whole Minhang: {days} days, 2 threads, with build", total, "s", 20, 8, True),
        Row("whole Minhang: peak memory", peak, "GB", 0.8, 0.5, True),
        Row("whole Minhang, 2 threads", speed, "million resident-days/s"),
        Row("cost of a resident-day, Minhang / small world", small_world / speed, "x", 1.5, 1.2, True),
    ]


def batches(runs: int) -> list[Row]:
    """Many small runs on processes."""
    two, one = engine.small_runs(runs, 2), engine.small_runs(runs // 2, 1) * runs / (runs // 2)
    return [
        Row("small runs (20,000 residents, a year), 2 workers", runs / two, "runs/s"),
        Row("256 small runs, 2 workers", 256 * two / runs, "s", 30, 12, True),
        Row("two workers against one", one / two, "x", 1.7, 1.9),
    ]


def command_line() -> list[Row]:
    """Starting up, a warm small run, and compiling everything for the first time."""
    nothing = median(_seconds(sys.executable, "-c", "pass") for _ in range(machine.REPEATS))
    command = (sys.executable, "-m", "govsim")
    words = median(_seconds(*command, "--help") for _ in range(machine.REPEATS))
    code = "from govsim.experiment.run import warm_up; warm_up()"
    with tempfile.TemporaryDirectory() as folder:
        outs = [str(Path(folder) / f"out{n}") for n in range(machine.REPEATS + 1)]  # the first one compiles
        small = median([_seconds(*command, "run", "classroom", "--out", out) for out in outs][1:])
        fresh = {"NUMBA_CACHE_DIR": folder, "XDG_CACHE_HOME": folder}
        cold, warm = _seconds(sys.executable, "-c", code, **fresh), _seconds(sys.executable, "-c", code, **fresh)
    return [
        Row("python -c pass", nothing, "s"),
        Row("govsim --help / python -c pass", words / nothing, "x", 8, 5, True),
        Row("govsim run classroom, whole process", small, "s", 1.5, 1.0, True),
        Row("compiling everything (cold - warm)", cold - warm, "s", 25, 12, True),
    ]


def starsim(one: float, agents: int = 100_000, days: int = 200) -> list[Row]:
    """Starsim's SIS model with four contacts a day, if it is installed; `one`: the engine on one thread."""
    try:
        import starsim as ss  # type: ignore[import-not-found]
    except ImportError:
        return []
    seconds = []
    for _ in range(machine.REPEATS):
        sim = ss.Sim(n_agents=agents, dur=days, dt=1, diseases="sis", networks=ss.RandomNet(n_contacts=4), verbose=0)
        sim.init()
        began = time.perf_counter()
        sim.run()
        seconds.append(time.perf_counter() - began)
    theirs = agents * days / median(seconds) / 1e6
    return [Row("Starsim SIS", theirs, "million agent-days/s"), Row("engine / Starsim SIS", one / theirs, "x", 4, 10)]


def _in_child(code: str) -> str:
    """What a fresh Python prints."""
    return _done(sys.executable, "-c", f"from experiments.speed import engine; {code}")


def _seconds(*words: str, **environment: str) -> float:
    """Wall time of a command."""
    began = time.perf_counter()
    _done(*words, **environment)
    return time.perf_counter() - began


def _done(*words: str, **environment: str) -> str:
    """What a command prints; SystemExit with its own words when it fails."""
    said = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, cwd=HERE.parents[1])
    if said.returncode:
        sys.exit(f"{' '.join(words)}:\n{said.stderr}")
    return said.stdout.strip()


def show(rows: list[Row]) -> None:
    """One aligned table."""
    wide = max(len(row.what) for row in rows)
    print(f"{'what':<{wide}}  {'measured':>9}  {'must':>6}  {'wanted':>6}  {'':<7} unit")
    for row in rows:
        goals = [("<=" if row.most else "") + f"{g:g}" if g is not None else "" for g in (row.must, row.wanted)]
        print(f"{row.what:<{wide}}  {row.value:>9.4g}  {goals[0]:>6}  {goals[1]:>6}  {row.verdict():<7} {row.unit}")


def main() -> None:
    """Measure, print, and write results.csv."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--quick", action="store_true", help="small and short, to try the script; no results.csv")
    words.add_argument("--starsim", action="store_true", help="also Starsim's SIS model, if it is installed")
    said = words.parse_args()
    size = {"residents": 50_000, "plain_days": 7, "engine_days": 182, "year": 364, "runs": 32}
    size = FEWER if said.quick else size
    rows = against_plain(size["residents"], size["plain_days"], size["engine_days"])
    speed = {row.what: row.value for row in rows}
    if said.starsim:
        rows += starsim(speed["engine, 1 thread"])
    rows += batches(size["runs"]) + command_line()
    if not said.quick:
        rows += district(size["year"], speed["engine, 2 threads"])
    if hasattr(os, "getloadavg"):
        busy = os.getloadavg()[2]
        rows.append(Row("processes that wanted the machine, last 15 minutes", busy, "(ours included)"))
    show(rows)
    if not said.quick:
        with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["what", "value", "unit", "must", "wanted", "goals_are_upper_bounds", "verdict"])
            out.writerows([*astuple(row), row.verdict()] for row in rows)
