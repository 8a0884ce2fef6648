"""How far an experiment has come: read from its folder, without its lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from govsim.experiment import failures, manifest
from govsim.experiment.plan import Plan


@dataclass(frozen=True)
class Progress:
    """Replicates that are meant, runs that are done, rows of runs that failed."""

    replicates: int
    done: int
    failed: list[dict[str, Any]]


def progress_of(folder: Path, plan: Plan) -> Progress | None:
    """None where the folder holds nothing yet. Raises BusyError where it holds another experiment."""
    if not (folder / manifest.NAME).exists():
        return None
    manifest.check(folder, plan)
    there = {path.stem for path in (folder / "shards").glob("*.parquet") if path.name.count(".") == 1}
    meant = int(manifest.read(folder / manifest.NAME)["replicates"])
    plan = replace(plan, replicates=meant)
    done = {run for run in plan.runs() if plan.key(run) in there}
    return Progress(plan.replicates, len(done), [row for run, row in failures.rows(folder).items() if run not in done])
