"""Scenario files and programme files, read whole: every fault of every file at once, and nothing written."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.canonical import canonical
from govsim.scenario.checks import Check
from govsim.scenario.faults import known_words, refuse, validated
from govsim.scenario.named_files import named_files
from govsim.scenario.parameters import Parameters, defaults, override
from govsim.scenario.programme_file import load_programme, programme_from_text
from govsim.scenario.schema import Comparison, District, Programme, Rollout, Scenario, Time
from govsim.scenario.toml_file import Step, TomlFile, read_toml, shortened

__all__ = [
    "Loaded", "check_arms", "find_scenario", "load_programme", "load_scenario", "programme_from_text",
    "shipped_scenarios",
]  # fmt: skip

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A scenario that was read and found whole, with its parameters and its own programmes."""

    scenario: Scenario
    parameters: Parameters
    programmes: tuple[Programme, ...]  # from the scenario's programme_files
    path: Path
    file: TomlFile  # as written: text, and lines for messages
    text: str  # canonical: the same for two files that ask for the same runs, whatever their wording
    sha256: str  # of `text`

    def data_path(self, key: str) -> Path | None:
        """Path of the district's `compounds_file` or `ties_file`, None where none is named."""
        name = getattr(self.scenario.district, key)
        return None if name is None else self.path.parent / name


def load_scenario(
    path_or_name: str | Path,
    *,
    known_programmes: Collection[str] | None = None,
    known_outcomes: Collection[str] | None = None,
    changes: Mapping[str, object] | None = None,
) -> Loaded:
    """Read a scenario file, or a shipped scenario by its bare name such as "putuo".

    `known_programmes` and `known_outcomes` are ids that arms, rollouts and triggers may name (unchecked where None).
    `changes` puts values in place of the file's before it is checked: `{"time.horizon_days": 91, "sample": 0.1}`.
    Raises InputError with every fault of the file and of the files that it names.
    """
    path = find_scenario(path_or_name)
    file = read_toml(path)
    if changes:
        file = _changed(file, changes)
    scenario, faults = validated(Scenario, file)
    faults = [fault for fault in faults if not re.match(r"parameters\b", fault.key)]  # the register says it better
    parameters, wrong = override(defaults(), file.data.get("parameters", {}), file)
    faults += wrong
    programmes, digests, wrong = named_files(file, path.parent)
    faults += wrong
    check = Check(file)
    _check_sections(check, known_programmes, known_outcomes, [programme.id for programme in programmes])
    faults += check.faults
    refuse(sorted(faults, key=lambda fault: (fault.file != file.name, fault.file, fault.line or 0)))
    assert scenario is not None
    text = canonical(scenario, parameters, programmes, digests)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Loaded(scenario, parameters, programmes, path, file, text, digest)


def check_arms(
    loaded: Loaded,
    known_programmes: Collection[str],
    known_outcomes: Collection[str] | None = None,
    arms: Collection[str] | None = None,
) -> None:
    """Raise InputError where arms, rollouts or triggers name a programme or an outcome that there is not.

    The scenario's own programmes are known besides `known_programmes`. `arms`, such as those of a command line, are
    checked in the place of the file's.
    """
    check = Check(loaded.file)
    _check_sections(check, known_programmes, known_outcomes, [p.id for p in loaded.programmes], only_names=True)
    if arms is not None:
        check.faults = [fault for fault in check.faults if not fault.key.startswith("comparison.arms")]
        command = Check(TomlFile("", "", {}))
        command.arms(arms, ("arms",), {*known_programmes, *(p.id for p in loaded.programmes)})
        check.faults += command.faults
    refuse(check.faults)


# ---- where scenarios are -------------------------------------------------------------------------------


def shipped_folder() -> Path:
    """Folder of the shipped scenarios: in the installed package, or beside it in the repository."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def shipped_scenarios() -> dict[str, Path]:
    """Shipped scenarios by name."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.toml"))}


def find_scenario(path_or_name: str | Path) -> Path:
    """The file that is meant: a shipped scenario for a bare name (InputError if unknown), else the path itself."""
    said = str(path_or_name)
    if not re.fullmatch(r"[^./\\]+", said):
        return Path(path_or_name)
    shipped = shipped_scenarios()
    if said in shipped:
        return shipped[said]
    message = Both(f'no shipped scenario "{shortened(said)}"', f"没有自带的情景 “{shortened(said)}”")
    files = Both("a file of your own is named with its ending .toml", "自己的文件须写出 .toml 后缀")
    raise InputError([Fault("", None, "", message, known_words(said, shipped).then(files, "; "))])


# ---- parts of a scenario -------------------------------------------------------------------------------


def _changed(file: TomlFile, changes: Mapping[str, object]) -> TomlFile:
    data: dict[str, Any] = copy.deepcopy(file.data)
    for key, value in changes.items():
        *tables, last = key.split(".")
        here = data
        for table in tables:
            inner = here.setdefault(table, {})
            if not isinstance(inner, dict):
                raise InputError([file.fault((key,), Both(f'"{table}" is not a table', f"“{table}” 不是表"))])
            here = inner
        here[last] = tuple(value) if isinstance(value, list) else value
    return TomlFile(file.name, file.text, data)


def _section(model: type[M], data: object) -> tuple[M | None, set[str]]:
    """A part of the file without the keys that are wrong in it, which are named: so the rest is checked as well."""
    if not isinstance(data, Mapping):
        return None, set()
    try:
        return model.model_validate(data), set()
    except ValidationError as error:
        left_out = {str(detail["loc"][0]) for detail in error.errors(include_url=False) if detail["loc"]}
    try:
        return model.model_validate({key: value for key, value in data.items() if key not in left_out}), left_out
    except ValidationError:
        return None, left_out


def _check_sections(
    check: Check,
    programmes: Collection[str] | None,
    outcomes: Collection[str] | None,
    own: Collection[str],
    only_names: bool = False,
) -> None:
    data = check.file.data
    time, late = _section(Time, data.get("time"))
    horizon = time.horizon_days if time is not None and not late else None
    district, left_out = _section(District, data.get("district"))
    comparison, _ = _section(Comparison, data.get("comparison", {}))
    rollouts = data.get("programmes", {})
    known = None if programmes is None else {*programmes, *own}
    if not only_names and time is not None:
        check.time(time)
    if not only_names and district is not None:
        check.district(district, left_out)
    if comparison is not None:
        check.arms(comparison.arms, ("comparison", "arms"), known)
    for name, table in rollouts.items() if isinstance(rollouts, Mapping) else ():
        path: tuple[Step, ...] = ("programmes", name)
        if known is not None:
            check.unknown(path, name, Both("programme", "项目"), known)
        rollout, _ = _section(Rollout, table)
        if rollout is not None:
            if not only_names:
                check.rollout(rollout, path, horizon)
            if outcomes is not None:
                check.outcomes(rollout, path, outcomes)
