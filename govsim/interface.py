"""The few calls that most work needs, named as the commands are: load_scenario, run, compare, screen.

    from govsim import compare, run
    print(run("classroom", ["household_visits"], days=91).headlines)
    print(compare("classroom", ["whistle_report"], replicates=8, days=91).effects)

`from govsim import experiment` gives the package `govsim.experiment`, which can be called as `experiment` here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from govsim.analysis.headlines import headline_values
from govsim.analysis.paired import compare as compare_frames
from govsim.analysis.screen import Screened
from govsim.analysis.screen_folder import screen_folder
from govsim.analysis.stopping import StopRule
from govsim.errors import GovsimError, InputError
from govsim.experiment.event_table import events_table
from govsim.experiment.executors import Executor
from govsim.experiment.load_design import load_design, plan_of
from govsim.experiment.lockstep import courses
from govsim.experiment.places_table import write_places
from govsim.experiment.plan import Plan, make_plan
from govsim.experiment.results import read_results
from govsim.experiment.run import execute
from govsim.programmes.catalogue import parse_arm, programmes_of
from govsim.scenario.faults import known_words
from govsim.scenario.load import Loaded, load_scenario
from govsim.simulation import Simulation
from govsim.world.world import read_map, settle

__all__ = ["Comparison", "Run", "compare", "experiment", "load_scenario", "run", "screen"]


@dataclass(frozen=True, eq=False)
class Run:
    """One finished run: `headlines` (headline, value), `outcomes` week by week, `events` where they were asked for."""

    arm: str
    headlines: pd.DataFrame
    outcomes: pd.DataFrame
    events: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Finished arms: `effects` (as comparison.csv), `headlines` of every run, `runs`, `outcomes`; `folder` holds the files."""

    effects: pd.DataFrame
    headlines: pd.DataFrame
    runs: pd.DataFrame
    outcomes: pd.DataFrame
    folder: Path | None = None


def run(
    scenario: str | Path | Loaded, programmes: Sequence[str] = (), *, replicate: int = 0, days: int | None = None,
    seed: int | None = None, threads: int = 1, events: bool = False,
) -> Run:  # fmt: skip
    """Run a scenario once: a path, a shipped name or a loaded one. `programmes` are ids of the catalogue or its own.

    Raises InputError for what cannot be used.
    """
    loaded = _loaded(scenario)
    ids, known = parse_arm("+".join(programmes) or "baseline"), programmes_of(loaded)
    unknown = [f'no programme "{i}"; {known_words(i, known)}' for i in ids if i not in known]
    if unknown:
        raise InputError("\n".join(unknown))
    length = loaded.scenario.time.horizon_days if days is None else days
    if length < 1 or replicate < 0:
        raise InputError(f"days = {length}, replicate = {replicate}: at least one day, and replicates count from 0")
    arm = "+".join(ids) or "baseline"
    base = Simulation(settle(read_map(loaded), replicate, seed), threads=threads).burn()
    sim = base.fork([known[i] for i in ids], events=events).run(length)
    outcomes, runs = courses({arm: sim}, replicate)
    log = events_table(sim, arm, replicate).to_pandas() if events else None
    return Run(arm, headline_values(outcomes, runs)[["headline", "value"]], outcomes, log)


def compare(
    scenario: str | Path | Loaded, arms: Sequence[str] | None = None, *, replicates: int | None = None,
    days: int | None = None, seed: int | None = None, workers: int = 1, out: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:  # fmt: skip
    """Run arms (the scenario's own unless given; `a+b` joins programmes) against the baseline on the same random numbers.

    With `out` the folder is written as `govsim compare` writes it and the same call goes on where it stopped. More than
    one worker starts processes: call it under `if __name__ == "__main__":` in a script.
    """
    plan = make_plan(_loaded(scenario), arms, replicates, days, seed)
    if out is None:
        with tempfile.TemporaryDirectory() as place:
            execute(plan, Path(place), workers, progress)
            return _comparison(Path(place), None)
    execute(plan, Path(out), workers, progress)
    return _comparison(Path(out), Path(out))


def screen(
    scenario: str | Path | Loaded, programmes: Sequence[str] | None = None, *, replicates: int = 12, days: int | None = None,
    seed: int | None = None, workers: int = 1, out: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Screened:  # fmt: skip
    """Run each programme (all of the catalogue and the scenario's own unless given) against the baseline, and screen them.

    With `out` the runs are kept there and the same call goes on where it stopped. More than one worker starts processes.
    """
    loaded = _loaded(scenario)
    known = programmes_of(loaded)
    plan = make_plan(loaded, list(programmes or known), replicates, days, seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) if out is None else Path(out)
        execute(plan, folder, workers, progress)
        write_places(folder, read_map(loaded))
        return screen_folder(folder, known)


def experiment(design: str | Path, out: str | Path | None = None, *, workers: int = 1, cluster: str | None = None) -> Path:
    """Run a design (a file, or the name of a shipped one) and return the folder of its results, results/NAME unless given.

    The same call goes on where it stopped. Raises GovsimError where runs failed; those that finished are kept.
    """
    read = load_design(design)
    plan = plan_of(read, None)
    folder = Path("results") / read.name[:120] if out is None else Path(out)
    wanted = read.design.replicates
    rounds = None if wanted.number else StopRule(wanted, read.design.outcomes[0])
    done = execute(plan, folder, workers, executor=_cluster(plan, cluster), rounds=rounds)
    write_places(folder, read_map(plan.loaded))
    if done.failed:
        raise GovsimError(f"{len(done.failed)} runs failed: {folder / 'failures.jsonl'} says why; the others are kept")
    return folder


def _cluster(plan: Plan, address: str | None) -> Executor | None:
    if address is None:
        return None
    from govsim.experiment.cluster import Cluster

    return Cluster(plan, address, None)


def _loaded(scenario: str | Path | Loaded) -> Loaded:
    return scenario if isinstance(scenario, Loaded) else load_scenario(scenario)


def _comparison(place: Path, folder: Path | None) -> Comparison:
    results = read_results(place)
    values = headline_values(results.outcomes, results.runs)
    return Comparison(compare_frames(values), values, results.runs, results.outcomes, folder)
