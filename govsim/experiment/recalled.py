"""A folder's experiment called back from its manifest, so that some of it can be run once more.

The manifest holds the scenario with every parameter, but not the words of people and not the data files of a district.
What is put together is checked against the hash of the scenario: it gives the same runs, or it is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from govsim.errors import InputError
from govsim.experiment.code_state import versions
from govsim.experiment.plan import Plan
from govsim.programmes.catalogue import programmes_of
from govsim.scenario.bilingual import Both
from govsim.scenario.canonical import canonical
from govsim.scenario.load import Loaded
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import Programme, Rollout, Scenario
from govsim.scenario.toml_file import TomlFile

#: What is said in the place of a source: the manifest keeps values, not where they come from.
ORIGIN: Final = "as in the manifest"
_COUNTS: Final = ("compounds", "residents", "residents_committees", "towns", "firms", "area_km2")
_OF_ESTATES: Final = ("dwellings", "residents", "committees")


def recalled_plan(manifest: Mapping[str, Any], known: Sequence[Loaded] = ()) -> Plan:
    """The plan of a folder at one point: its first scenario as that stands, with the folder's arms, days and seed.

    `known`: scenarios that may be used where they are the folder's, data files included. Raises InputError where another
    version of the model made the folder, or where the scenario cannot be put together again.
    """
    identity, mine = manifest["identity"], versions()
    differs = [f"{key}: there {identity.get(key)}, here {value}" for key, value in mine.items() if identity.get(key) != value]
    if differs:
        raise InputError(Both(
            f"these results were made by another version of the model ({'; '.join(differs)}): it cannot run them again",
            f"这些结果由模型的另一版本得出（{'; '.join(differs)}），无法再次运行",
        ))  # fmt: skip
    sha = str(identity["scenario"]).split("+")[0]
    loaded = next((one for one in known if one.sha256 == sha), None) or _recalled(manifest["scenarios"], sha)
    programmes = programmes_of(loaded)
    arms = {arm: tuple(programmes[i] for i in ids) for arm, ids in manifest["arms"].items()}
    said = (manifest.get("design") or {}).get("rollouts", {})
    rollouts = {arm: {i: Rollout.model_validate_json(json.dumps(r)) for i, r in of.items()} for arm, of in said.items()}
    return Plan(
        loaded, dict(sorted(arms.items(), key=lambda item: item[0] != "baseline")), int(manifest["replicates"]),
        int(identity["days"]), int(identity["seed"]), identity["detail"], rollouts=rollouts,
    )  # fmt: skip


def _recalled(scenarios: Mapping[str, Any], sha: str) -> Loaded:
    """The scenario whose text has this hash."""
    for stem, said in scenarios.items():
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        if hashlib.sha256(text.encode()).hexdigest() != sha:
            continue
        if said["files"]:
            raise InputError(Both(
                f"{stem}.toml reads a district from files, which results do not hold: give the design that names it, or ask "
                f"govsim why {stem}.toml",
                f"{stem}.toml 的城区读自数据文件，而结果中没有这些文件：请给出引用它的设计文件，或用 govsim why {stem}.toml",
            ))  # fmt: skip
        return _loaded(stem, said, text, sha)
    raise InputError(Both("the manifest does not hold the scenario that it names", "清单中没有它所指的情景"))


def _loaded(stem: str, said: Mapping[str, Any], text: str, sha: str) -> Loaded:
    label = {"zh": stem[:80], "en": stem[:80]}
    scenario = Scenario.model_validate_json(json.dumps({**said["scenario"], "name": label, "district": _district(said)}))
    values = {name: value if isinstance(value, float) else np.array(value) for name, value in said["parameters"].items()}
    parameters = defaults().with_values(values, ORIGIN)
    programmes = tuple(_programme(table) for table in said["programmes"].values())
    if canonical(scenario, parameters, programmes, {}) != text:
        raise InputError(Both("the scenario cannot be put together from the manifest", "无法由清单还原情景"))
    return Loaded(scenario, parameters, programmes, Path(f"{stem}.toml"), TomlFile(f"{stem}.toml", "", {}), text, sha)


def _district(said: Mapping[str, Any]) -> dict[str, Any]:
    district = dict(said["scenario"]["district"])
    district |= {key: _assumed(district[key]) for key in _COUNTS if district.get(key) is not None}
    district["type_shares"] = {key: _assumed(value) for key, value in district["type_shares"].items()}
    district["estates"] = [
        {**e, "name": {"zh": e["id"], "en": e["id"]}, **{key: _assumed(e[key]) for key in _OF_ESTATES}}
        for e in district["estates"]
    ]
    return district


def _programme(said: Mapping[str, Any]) -> Programme:
    """A programme of the scenario's own with what acts, and none of the words."""
    label = {"zh": said["id"], "en": said["id"]}
    table = {**said, "name": label, "about": label, "citations": []}
    table["effects"] = [{**effect, "grade": "assumed", "source": ORIGIN} for effect in said["effects"]]
    for key in ("costs", "staff_time"):
        table[key] = [{**one, "source": ORIGIN} for one in said[key]]
    return Programme.model_validate_json(json.dumps(table))


def _assumed(value: float) -> dict[str, Any]:
    return {"value": value, "assumed": ORIGIN}
