"""manifest.json: what a folder holds, written first; another experiment in the same folder is refused with what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from govsim.errors import BusyError
from govsim.experiment.code_state import described
from govsim.experiment.disk import write_whole
from govsim.experiment.plan import Plan
from govsim.experiment.shard import FORMAT

NAME = "manifest.json"
#: Differences that are named, at most.
SHOWN = 12


def check(folder: Path, plan: Plan) -> None:
    """Raise BusyError where a folder holds another experiment, or a manifest that cannot be read."""
    path = folder / NAME
    if not path.exists():
        return
    theirs = read(path)
    there, here = theirs["identity"], plan.identity()
    keys = [key for key in here if there.get(key) != here[key]]
    if not keys:
        return
    lines = [f"{key}: there {there.get(key)}, here {here[key]}" for key in keys]
    for key, mine in (("scenarios", _scenarios(plan)), ("design", plan.design)):
        lines += [f"  {line}" for line in _differences(theirs.get(key), mine)][:SHOWN]
    raise BusyError(f"{folder} holds another experiment; add --new, or use another --out\n  " + "\n  ".join(lines))


def next_free(folder: Path, plan: Plan) -> Path:
    """The folder itself where it may hold this experiment, else the first of FOLDER-2, FOLDER-3 ... that may.

    So the same call goes on where it stopped, and no folder is ever touched that holds something else.
    """
    place, number = folder, 1
    while True:
        try:
            check(place, plan)
            return place
        except BusyError:
            number += 1
            place = folder.with_name(f"{folder.name}-{number}")


def read(path: Path) -> dict[str, Any]:
    """A manifest. Raises BusyError where it is not one."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found["identity"], dict):
            return dict(found)
    except (ValueError, KeyError, TypeError):
        pass
    raise BusyError(f"{path} cannot be read: add --new, or use another --out (nothing was changed)") from None


def write(folder: Path, plan: Plan) -> None:
    """Say what the folder is going to hold."""
    said = {
        "format": FORMAT,
        "identity": plan.identity(),
        "made_with": described(),
        "arms": {arm: [p.id for p in programmes] for arm, programmes in plan.arms.items()},
        "points": len(plan.points),
        "replicates": plan.replicates,
        "runs": plan.size(),
        "scenarios": _scenarios(plan),
        "design": plan.design,
        "design_file": plan.written,
    }
    write_whole(folder / NAME, json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode())


def _scenarios(plan: Plan) -> dict[str, Any]:
    return {loaded.path.stem: json.loads(loaded.text) for loaded in plan.scenarios}


def _differences(there: object, here: object, at: str = "") -> Iterator[str]:
    """Where two nested tables differ, key path by key path."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in dict.fromkeys([*there, *here]):
            yield from _differences(there.get(key), here.get(key), f"{at}.{key}" if at else str(key))
    elif isinstance(there, list) and isinstance(here, list) and _tables(there, here):
        for k, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from _differences(one, other, f"{at}[{k}]")
    elif json.dumps(there) != json.dumps(here):
        yield f"{at}: there {_short(there)}, here {_short(here)}"


def _tables(there: list[Any], here: list[Any]) -> bool:
    return len(there) == len(here) and all(isinstance(x, Mapping) for x in (*there, *here))


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."
