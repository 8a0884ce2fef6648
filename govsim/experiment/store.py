"""The store: one folder per experiment, one shard per run, written whole or not at all.

manifest.json is written first. A run is done when its shard is there and whole: `shards/<key>.parquet` is renamed
into place last, after `shards/<key>.compounds.parquet`. The same command goes on where it was stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from govsim.errors import BusyError, StorageError
from govsim.experiment.event_table import EVENTS_SCHEMA
from govsim.experiment.plan import FORMAT, Plan
from govsim.experiment.tables import COMPOUNDS_SCHEMA, OUTCOMES_SCHEMA


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Turn an error of the disk into one that names the folder and says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"cannot write in {folder}: {reason}. Free some space or name another folder with --out; "
                           "the same command then goes on where it stopped") from error  # fmt: skip


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def parquet_bytes(table: pa.Table, metadata: Mapping[str, object]) -> bytes:
    """A table as a Parquet file in memory; the same bytes for the same table."""
    sink = pa.BufferOutputStream()
    kept = table.replace_schema_metadata({b"govsim": json.dumps(metadata, sort_keys=True).encode()})
    pq.write_table(kept, sink, compression="zstd")
    return bytes(sink.getvalue())


class Store:
    """An experiment's folder, locked while it is open."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.shards = folder / "shards"
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
        path = self.folder / "manifest.json"
        mine = self.plan.identity()
        if path.exists():
            try:
                theirs = json.loads(path.read_text("utf-8"))["identity"]
            except (ValueError, KeyError, TypeError):
                raise BusyError(f"{path} cannot be read: use another --out (nothing was changed)") from None
            differs = [f"{k}: there {theirs.get(k)}, here {v}" for k, v in mine.items() if theirs.get(k) != v]
            if differs:
                raise BusyError(f"{self.folder} holds another experiment; use another --out\n  " + "\n  ".join(differs))
        for left in [*self.shards.glob(".*.tmp"), *self.folder.glob(".*.tmp")]:
            left.unlink(missing_ok=True)
        manifest = {
            "format": FORMAT,
            "identity": mine,
            "arms": {arm: [p.id for p in programmes] for arm, programmes in self.plan.arms.items()},
            "replicates": self.plan.replicates,
            "runs": len(self.plan.arms) * self.plan.replicates,
            "scenario": self.plan.loaded.text,
        }
        write_whole(path, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode())

    def done(self, arm: str, replicate: int) -> bool:
        """Whether a run's shard is there and whole; a damaged one is put aside as .corrupt."""
        path = self._path(arm, replicate)
        if not path.exists():
            return False
        try:
            self.facts(arm, replicate)
            pq.ParquetFile(path).read()
            for part in self._parts():
                pq.ParquetFile(path.with_suffix(part)).read()
        except Exception:
            path.rename(path.with_suffix(".corrupt"))
            return False
        return True

    def _parts(self) -> tuple[str, ...]:
        """What a run has beside its own shard."""
        return (".compounds.parquet", ".events.parquet") if self.plan.events else (".compounds.parquet",)

    def save(
        self,
        arm: str,
        replicate: int,
        outcomes: pa.Table,
        compounds: pa.Table,
        facts: Mapping[str, object],
        events: pa.Table | None = None,
    ) -> None:
        """Write one run: compounds (and events) first, the run's own shard last."""
        path = self._path(arm, replicate)
        with storage(self.folder):
            write_whole(path.with_suffix(".compounds.parquet"), parquet_bytes(compounds, facts))
            if events is not None:
                write_whole(path.with_suffix(".events.parquet"), parquet_bytes(events, facts))
            write_whole(path, parquet_bytes(outcomes, facts))

    def facts(self, arm: str, replicate: int) -> dict[str, object]:
        """What is known of a finished run, one row of runs.parquet."""
        metadata = pq.read_schema(self._path(arm, replicate)).metadata
        found: dict[str, object] = json.loads(metadata[b"govsim"])
        return found

    def merge(self) -> None:
        """Write runs.parquet, outcomes.parquet and compounds.parquet from the shards, in the order of the plan."""
        runs = [(arm, r) for arm in self.plan.arms for r in range(self.plan.replicates)]
        with storage(self.folder):
            facts = pa.Table.from_pylist([self.facts(arm, r) for arm, r in runs])
            write_whole(self.folder / "runs.parquet", parquet_bytes(facts, {}))
            self._concatenate("outcomes.parquet", [self._path(*run) for run in runs], OUTCOMES_SCHEMA)
            places = [self._path(*run).with_suffix(".compounds.parquet") for run in runs]
            self._concatenate("compounds.parquet", places, COMPOUNDS_SCHEMA)
            if self.plan.events:
                logs = [self._path(*run).with_suffix(".events.parquet") for run in runs]
                self._concatenate("events.parquet", logs, EVENTS_SCHEMA)

    def _concatenate(self, name: str, paths: list[Path], schema: pa.Schema) -> None:
        """One row group per run, so that memory stays flat in the number of runs."""
        partial = self.folder / f".{name}.{os.getpid()}.tmp"
        try:
            with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
                for path in paths:
                    writer.write_table(pq.read_table(path).cast(schema).replace_schema_metadata(None))
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(self.folder / name)
        finally:
            partial.unlink(missing_ok=True)

    def _path(self, arm: str, replicate: int) -> Path:
        return self.shards / f"{self.plan.key(arm, replicate)}.parquet"
