"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from govsim.errors import StorageError


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Turn an error of the disk into one that names the folder and says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"cannot write in {folder}: {reason}. Free some space or name another folder with --out; "
                           "the same command then goes on where it stopped") from error  # fmt: skip


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; what was written there takes the place of `path` at the end, if nothing went wrong."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
        _remember(path.parent)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    with whole_file(path) as partial, partial.open("wb") as file:
        put(file, data)


def put(file: BinaryIO, data: bytes) -> None:
    """Write bytes to an open file."""
    file.write(data)


def _remember(folder: Path) -> None:
    """Have the disk know the names in a folder, where the system can say so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def leftovers(*folders: Path) -> Iterator[Path]:
    """Files that were being written when a process ended."""
    for folder in folders:
        yield from folder.glob(".*.tmp")


def read_parquet(path: Path) -> pa.Table:
    """A table of ours. Opened here: Arrow does not know every name that the system can give a folder."""
    with path.open("rb") as file:
        return pq.read_table(file)


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A table that is written piece by piece and is there when all of it is."""
    with whole_file(path) as partial, partial.open("wb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        yield writer


def parquet_bytes(table: pa.Table, metadata: Mapping[str, object]) -> bytes:
    """A table as a Parquet file in memory; the same bytes for the same table."""
    sink = pa.BufferOutputStream()
    kept = table.replace_schema_metadata({b"govsim": json.dumps(metadata, sort_keys=True).encode()})
    pq.write_table(kept, sink, compression="zstd")
    return bytes(sink.getvalue())
