"""The tables of an experiment, put together from its shards; memory stays flat in the number of runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from govsim.experiment.disk import parquet_bytes, parquet_writer, read_parquet, write_whole
from govsim.experiment.plan import Plan, Run
from govsim.experiment.tables import TEXT

#: Rows that are written at once: few enough to hold, enough to be read fast.
GROUP = 400_000
RUNS_AT_ONCE = 10_000


class TableFile:
    """One table of all runs, written run by run; it is there when all runs are in it."""

    def __init__(self, path: Path, schema: pa.Schema, with_points: bool) -> None:
        fields = [("point", pa.int32())] if with_points else []
        self.schema = pa.schema([*fields, *schema])
        self.path, self.with_points = path, with_points
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def __enter__(self) -> TableFile:
        with ExitStack() as opened:
            self._writer = opened.enter_context(parquet_writer(self.path, self.schema))
            self._stack = opened.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            self._stack.__exit__(kind, error, at)

    def add(self, run: Run, path: Path) -> None:
        """The rows of one run, with the names it has in the plan."""
        table = read_parquet(path)
        n = table.num_rows
        arm = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([run.arm], pa.string()))
        table = table.set_column(table.column_names.index("arm"), "arm", arm.cast(TEXT))
        if self.with_points:
            table = table.add_column(0, "point", pa.array(np.full(n, run.point, np.int32)))
        self._waiting.append(table.cast(self.schema).replace_schema_metadata(None))
        self._rows += n
        if self._rows >= GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting).unify_dictionaries().combine_chunks()
            self._writer.write_table(table, row_group_size=GROUP)
        self._waiting, self._rows = [], 0


def runs_table(path: Path, facts: Iterable[dict[str, Any]]) -> None:
    """runs.parquet: one row per run."""
    rows = iter(facts)
    first = pa.Table.from_pylist(list(islice(rows, RUNS_AT_ONCE)))
    with parquet_writer(path, first.schema) as writer:
        writer.write_table(first)
        for block in _blocks(rows):
            writer.write_table(pa.Table.from_pylist(block, schema=first.schema))


def _blocks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while block := list(islice(rows, RUNS_AT_ONCE)):
        yield block


def points_table(path: Path, plan: Plan) -> None:
    """points.parquet: one row per point, one column per factor."""
    rows = [{"point": p.number, "scenario": plan.scenarios[p.scenario].path.stem, **dict(p.levels)} for p in plan.points]
    table = pa.Table.from_pylist(rows)
    at = table.column_names.index("point")
    table = table.set_column(at, "point", table.column("point").cast(pa.int32()))
    write_whole(path, parquet_bytes(table, {}))
