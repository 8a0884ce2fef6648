"""failures.jsonl: one row for each run that could not be finished, with all that is needed to look into it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from govsim.experiment.disk import write_whole
from govsim.experiment.one_run import Failed
from govsim.experiment.plan import Plan, Run

NAME = "failures.jsonl"


def rows(folder: Path) -> dict[Run, dict[str, Any]]:
    """The rows of a folder, the last of each run. A last line that was torn off by a crash is left out."""
    path = folder / NAME
    found: dict[Run, dict[str, Any]] = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            row = json.loads(line)
            found[Run(int(row["point"]), str(row["arm"]), int(row["replicate"]))] = row
        except (ValueError, KeyError, TypeError):  # torn, or blank
            continue
    return found


def row_of(plan: Plan, failed: Failed) -> dict[str, Any]:
    """What is written down of a failed run."""
    run = failed.run
    return {
        **run._asdict(),
        "key": plan.key(run),
        "seed": plan.seed,
        "levels": dict(plan.points[run.point].levels),
        "programmes": [p.id for p in plan.programmes(plan.points[run.point], run.arm)],
        "stage": failed.stage,
        "kind": failed.kind,
        "tries": failed.tries,
        "said": failed.said,
    }


def append(folder: Path, row: dict[str, Any]) -> None:
    """Add a row at the end, after a line that is whole."""
    path = folder / NAME
    before = path.read_bytes() if path.exists() else b""
    torn = before and not before.endswith(b"\n")
    with path.open("ab") as file:
        file.write((b"\n" if torn else b"") + _line(row))


def keep_only(folder: Path, kept: Iterable[dict[str, Any]]) -> None:
    """Write the file anew with these rows; without any it goes."""
    text = b"".join(map(_line, kept))
    if text:
        write_whole(folder / NAME, text)
    else:
        (folder / NAME).unlink(missing_ok=True)


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n"
