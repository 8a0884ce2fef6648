"""The text that stands for a scenario where runs are told apart."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any

from govsim.scenario.parameters import Parameters
from govsim.scenario.schema import Programme, Scenario, Sourced, Strict

#: What people read, or what only chooses among runs: it does not change what one run gives.
_WORDS = frozenset({
    "name", "about", "source", "assumed", "grade", "citations", "harms", "needs", "expects", "provisional",
    "comparison", "parameters", "programme_files", "compounds_file", "ties_file",
})  # fmt: skip


def canonical(scenario: Scenario, parameters: Parameters, programmes: Collection[Programme], digests: Mapping[str, str]) -> str:
    """Everything that decides the result of a run but the arm and the replicate, as JSON with sorted keys.

    Two files that differ in order, comments, names or sources have the same text; a changed default, data file or
    own programme changes it.
    """
    said = {
        "scenario": _facts(scenario),
        "parameters": {name: _plain(entry.value) for name, entry in parameters.entries.items()},
        "programmes": {programme.id: _facts(programme) for programme in programmes},
        "files": dict(digests),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    return value if isinstance(value, float) else value.tolist()


def _facts(value: Any) -> Any:
    if isinstance(value, Sourced):
        return value.value
    if isinstance(value, Strict):
        return {key: _facts(getattr(value, key)) for key in type(value).model_fields if key not in _WORDS}
    if isinstance(value, Mapping):
        return {key: _facts(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_facts(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value
