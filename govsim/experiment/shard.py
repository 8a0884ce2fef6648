"""One run on disk: its tables in files that vouch for each other, and nothing that is not whole.

`<key>.compounds.parquet` (and `<key>.events.parquet`) are written first, `<key>.parquet` last: its metadata holds the
facts of the run, a hash of the bytes of the others and one of its own rows. A run is done when all of them agree.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from govsim.experiment.disk import parquet_bytes, write_whole
from govsim.experiment.event_table import EVENTS_SCHEMA
from govsim.experiment.tables import COMPOUNDS_SCHEMA, OUTCOMES_SCHEMA

#: Version of the files that are written; a reader refuses what it does not know.
FORMAT = 2
#: The tables of a run: name in the folder, and what the shard's file name ends in.
TABLES = {"outcomes": ".parquet", "compounds": ".compounds.parquet", "events": ".events.parquet"}
_OURS = re.compile(r"[0-9a-f]{24}(\.(compounds|events))?\.(parquet|corrupt)")
SCHEMAS = {"outcomes": OUTCOMES_SCHEMA, "compounds": COMPOUNDS_SCHEMA, "events": EVENTS_SCHEMA}


@dataclass(frozen=True)
class Parts:
    """The files of one run, ready to be written: end of the name -> bytes, in the order in which they are written."""

    files: Mapping[str, bytes]


def pack(facts: Mapping[str, object], outcomes: pa.Table, compounds: pa.Table, events: pa.Table | None = None) -> Parts:
    """The files of a run. The same run gives the same bytes, wherever it was made."""
    files = {TABLES["compounds"]: parquet_bytes(compounds, {"format": FORMAT})}
    if events is not None:
        files[TABLES["events"]] = parquet_bytes(events, {"format": FORMAT})
    beside = {end: _digest(data) for end, data in files.items()}
    seal = {"format": FORMAT, "facts": dict(facts), "rows": outcomes.num_rows, "files": beside, "content": content(outcomes)}
    files[TABLES["outcomes"]] = parquet_bytes(outcomes, {**seal, "seal": _sealed(seal)})
    return Parts(files)


def write(path: Path, parts: Parts) -> None:
    """Write a run's files, its own shard last."""
    for end, data in parts.files.items():
        write_whole(path.with_suffix(end), data)


def facts_in(path: Path) -> dict[str, object]:
    """What is known of a finished run, from the metadata of its shard."""
    with path.open("rb") as file:
        found: dict[str, object] = _seal(pq.read_schema(file))["facts"]
    return found


def is_whole(path: Path, events: bool) -> bool:
    """Whether all files of a run are there and are what was written."""
    try:
        table = pq.read_table(io.BytesIO(path.read_bytes()))
        seal = _seal(table.schema)
        wanted = {TABLES["compounds"], *([TABLES["events"]] if events else [])}
        return bool(
            seal.pop("seal") == _sealed(seal)
            and seal["format"] == FORMAT
            and table.schema.remove_metadata().equals(OUTCOMES_SCHEMA)
            and seal["rows"] == table.num_rows
            and seal["content"] == content(table)
            and set(seal["files"]) >= wanted
            and all(_digest(path.with_suffix(end).read_bytes()) == seal["files"][end] for end in wanted)
        )
    except Exception:  # whatever a damaged file does to those who read it
        return False


def put_aside(path: Path) -> Path:
    """Rename a damaged shard so that nobody reads it; the others of its run stay for who wants to look."""
    aside = path.with_suffix(".corrupt")
    path.replace(aside)
    return aside


def foreign(folder: Path) -> list[Path]:
    """Files in a folder of shards whose names are none of ours."""
    return sorted(path for path in folder.iterdir() if not _OURS.fullmatch(path.name))


def content(table: pa.Table) -> str:
    """Hash of the rows of a table without missing values, however they are laid out in memory or on disk."""
    found = hashlib.blake2b(digest_size=16)
    for name in table.column_names:
        column = table.column(name)
        kind = column.type
        if pa.types.is_dictionary(kind):
            found.update("\n".join(column.cast(pa.string()).to_pylist()).encode())
        else:
            found.update(column.to_numpy().tobytes())
    return found.hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _sealed(seal: Mapping[str, object]) -> str:
    return _digest(json.dumps(seal, sort_keys=True).encode())


def _seal(schema: pa.Schema) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema.metadata[b"govsim"])
    return found
