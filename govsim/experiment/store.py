"""The store: one folder per experiment, one shard per run, written whole or not at all.

manifest.json is written first. A run is done when its shard is there and whole (see experiment.shard). The same command
goes on where it was stopped. Readers need no lock; whoever writes holds it, and the system lets go of it with the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from govsim.errors import BusyError
from govsim.experiment import failures, manifest, shard
from govsim.experiment.disk import leftovers, storage
from govsim.experiment.merge import TableFile, points_table, runs_table
from govsim.experiment.one_run import Failed
from govsim.experiment.plan import Plan, Run


class Store:
    """An experiment's folder, locked while it is open."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.shards = folder / "shards"
        self.corrupt: list[Path] = []  # shards that were put aside
        self.foreign: list[Path] = []  # files among the shards that are none of ours: neither read nor touched
        self._whole: set[str] = set()  # keys that were checked while the store was open
        self._lock = FileLock(folder / ".lock")

    def __enter__(self) -> Store:
        with storage(self.folder):
            self.shards.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise BusyError(f"another govsim is writing to {self.folder}: wait for it or use another --out") from None
            try:
                self._open()
            except BaseException:
                self._lock.release()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _open(self) -> None:
        """Check that the folder holds this experiment (or nothing) and clear what a crash left behind."""
        manifest.check(self.folder, self.plan)
        for left in leftovers(self.shards, self.folder):
            left.unlink(missing_ok=True)
        self.foreign = shard.foreign(self.shards)
        self.describe(self.plan)

    def describe(self, plan: Plan) -> None:
        """Write the manifest, `manifest.json`: of this plan, which may have more replicates than the one before."""
        self.plan = plan
        with storage(self.folder):
            manifest.write(self.folder, plan)

    def done(self, run: Run) -> bool:
        """Whether a run's shard is there and whole; a damaged one is put aside as .corrupt."""
        key = self.plan.key(run)
        if key in self._whole:
            return True
        path = self.path(key)
        if not path.exists():
            return False
        if not shard.is_whole(path, self.plan.events):
            with storage(self.folder):
                self.corrupt.append(shard.put_aside(path))
            return False
        self._whole.add(key)
        return True

    def save(self, run: Run, parts: shard.Parts) -> None:
        """Write one run."""
        key = self.plan.key(run)
        with storage(self.folder):
            shard.write(self.path(key), parts)
        self._whole.add(key)

    def failed(self, failed: Failed) -> None:
        """Write down a run that could not be finished."""
        with storage(self.folder):
            failures.append(self.folder, failures.row_of(self.plan, failed))

    def path(self, key: str) -> Path:
        """Where the shard of a run is, or would be."""
        return self.shards / f"{key}.parquet"

    def facts(self, run: Run) -> dict[str, Any]:
        """What is known of a finished run, one row of runs.parquet."""
        named = {"point": run.point} if self.plan.design is not None else {}
        return {**named, **shard.facts_in(self.path(self.plan.key(run))), "arm": run.arm}

    def merge(self) -> None:
        """Write the tables from the shards, in the order of the plan; runs that failed are not in them."""
        runs = [run for run in self.plan.runs() if self.done(run)]
        design = self.plan.design is not None
        with storage(self.folder):
            lost = {run: row for run, row in failures.rows(self.folder).items() if run.point < len(self.plan.points)}
            wanted = set(self.plan.runs())
            failures.keep_only(self.folder, [row for run, row in lost.items() if run in wanted and not self.done(run)])
            if design:
                points_table(self.folder / "points.parquet", self.plan)
            if not runs:
                return
            runs_table(self.folder / "runs.parquet", (self.facts(run) for run in runs))
            names = {"outcomes": "outcomes.parquet", "compounds": "compounds.parquet"}
            if self.plan.events:
                names["events"] = "events.parquet"
            for table, name in names.items():
                with TableFile(self.folder / name, shard.SCHEMAS[table], design) as file:
                    for run, path in self._files(runs, shard.TABLES[table]):
                        file.add(run, path)

    def _files(self, runs: Iterable[Run], end: str) -> Iterator[tuple[Run, Path]]:
        for run in runs:
            yield run, self.path(self.plan.key(run)).with_suffix(end)
