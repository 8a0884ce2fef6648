"""From a user's data to a scenario that runs: checks the files, copies them and writes DISTRICT.toml beside
them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path

from govsim.errors import Fault, InputError, StorageError
from govsim.scenario.bilingual import Both
from govsim.scenario.parameters import Parameters, defaults
from govsim.scenario.schema import District, Label, Scenario, Time
from govsim.world.compounds import build_map
from govsim.world.importers import read_compounds
from govsim.world.ties import read_ties


@dataclass(frozen=True)
class ImportReport:
    """What was imported, for people to check."""

    scenario: Path
    files: tuple[Path, ...]  # the copies that the scenario names
    compounds: int
    residents: int
    towns: int
    committees: int
    firms: int
    ties: int
    filled: tuple[str, ...]  # columns that were filled, wholly or where cells were blank


def import_district(
    compounds_path: Path,
    ties_path: Path | None,
    out_toml: Path,
    *,
    force: bool = False,
    parameters: Parameters | None = None,
) -> ImportReport:
    """Check a district's files and write a runnable scenario with copies of them beside it.

    Nothing is written unless all can be used. Files are renamed into place when whole, the scenario last.
    Raises InputError for faults in the data or, without `force`, for files that other content would
    replace; StorageError where the folder cannot be written.
    """
    draft = read_compounds(compounds_path, compounds_path.name)
    ties = read_ties(ties_path, ties_path.name, draft.ids) if ties_path else None
    district = District(compounds_file=compounds_path.name)
    title = _title(out_toml.stem)
    scenario = Scenario(format=1, name=Label(zh=title, en=title), time=Time(start=_START), district=district)
    compounds, institutions = build_map(scenario, parameters or defaults(), compounds_path.parent)
    wanted = {out_toml.with_name(p.name): p.read_bytes() for p in (compounds_path, ties_path) if p is not None}
    if len(wanted) < 1 + (ties_path is not None) or out_toml in wanted:
        said = Both("the files need names of their own", "各文件须有不同的文件名")
        raise InputError([Fault(compounds_path.name, None, "", said)])
    text = _text(title, compounds_path.name, ties_path.name if ties_path else None, compounds.filled)
    wanted[out_toml] = text.encode("utf-8")
    _write(wanted, force)
    return ImportReport(
        out_toml, tuple(wanted)[:-1], len(compounds), int(compounds.residents.sum()), len(institutions.towns),
        len(institutions.committees), len(institutions.firms), len(ties) if ties else 0, compounds.filled,
    )  # fmt: skip


#: First day of an imported scenario; the user changes it.
_START = dt.date(2024, 1, 1)


def _title(stem: str) -> str:
    """A name for people from a file's stem: printable, at most 80 characters."""
    return "".join(ch for ch in stem if ch.isprintable())[:80].strip() or "district"


def _text(title: str, compounds: str, ties: str | None, filled: tuple[str, ...]) -> str:
    quoted = json.dumps(title, ensure_ascii=False)
    columns = ", ".join(filled) or "none"
    lines = [
        "# A district from a user's own data. Change the dates, the seed and the names as you like.",
        f"# Columns that were absent or blank in some rows, filled from the stated figures: {columns}.",
        "format = 1",
        f"name = {{ zh = {quoted}, en = {quoted} }}",
        "seed = 1",
        "",
        "[time]",
        f"start = {_START.isoformat()}",
        "burn_in_years = 3.0",
        "horizon_days = 364",
        "",
        "[district]",
        f"compounds_file = {json.dumps(compounds, ensure_ascii=False)}",
        *([f"ties_file = {json.dumps(ties, ensure_ascii=False)}"] if ties else []),
        "map_seed = 1",
        "",
        "[comparison]",
        'arms = ["baseline"]',
        "replicates = 4",
    ]
    return "\n".join(lines) + "\n"


def _write(wanted: dict[Path, bytes], force: bool) -> None:
    """Put files in place, each whole or not at all; refuse to change one that is there, unless forced."""
    try:
        there = {path: path.read_bytes() for path in wanted if path.exists()}
        differ = [path for path, data in there.items() if data != wanted[path]]
        if differ and not force:
            hint = Both("force it, or choose another name", "请强制覆盖，或另取名字")
            said = Both("is there already with other content", "已存在且内容不同")
            raise InputError([Fault(str(path), None, "", said, hint) for path in differ])
        for path, data in wanted.items():
            if there.get(path) == data:
                continue
            unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            try:
                with unfinished.open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(unfinished, path)
            finally:
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{error.filename}: {error.strerror}") from error
