"""Scenario files and programme files, read whole: every fault of every file at once, and nothing written."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.checks import Check
from govsim.scenario.faults import known_words, refuse, validated
from govsim.scenario.parameters import Parameters, defaults, override
from govsim.scenario.schema import Comparison, District, Programme, Rollout, Scenario, Sourced, Strict, Time
from govsim.scenario.toml_file import Step, TomlFile, parse_toml, read_toml, shortened

M = TypeVar("M", bound=BaseModel)

#: Largest file of compounds or ties that a scenario may name, in bytes.
DATA_SIZE_LIMIT = 64 << 20
#: The files a district may be read from, and how their names may end.
DATA_FILES = {"compounds_file": (".csv", ".geojson", ".json"), "ties_file": (".csv", ".graphml")}


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
    programmes, digests, wrong = _named_files(file, path.parent)
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


def load_programme(path: str | Path) -> Programme:
    """Read one programme file. Raises InputError with every fault."""
    return _programme(read_toml(Path(path)))


def programme_from_text(text: str, name: str = "programme") -> Programme:
    """A programme from TOML text; `name` stands for the file in messages. Raises InputError with every fault."""
    return _programme(parse_toml(text, name))


def _programme(file: TomlFile) -> Programme:
    programme, faults = _read_programme(file)
    refuse(faults)
    assert programme is not None
    return programme


def _read_programme(file: TomlFile) -> tuple[Programme | None, list[Fault]]:
    programme, faults = validated(Programme, file)
    if programme is None:
        return None, faults
    check = Check(file)
    check.programme(programme)
    return programme, check.faults


# ---- where scenarios are ----------------------------------------------------------------------------------------


def shipped_folder() -> Path:
    """Folder of the shipped scenarios: in the installed package, or beside it in the repository."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def shipped_scenarios() -> dict[str, Path]:
    """Shipped scenarios by name."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.toml"))}


def find_scenario(path_or_name: str | Path) -> Path:
    """The file that is meant: a shipped scenario for a bare name, else the path itself. InputError for an unknown name."""
    said = str(path_or_name)
    if not re.fullmatch(r"[^./\\]+", said):
        return Path(path_or_name)
    shipped = shipped_scenarios()
    if said in shipped:
        return shipped[said]
    message = Both(f'no shipped scenario "{shortened(said)}"', f"没有自带的情景 “{shortened(said)}”")
    files = Both("a file of your own is named with its ending .toml", "自己的文件须写出 .toml 后缀")
    raise InputError([Fault("", None, "", message, known_words(said, shipped).then(files, "; "))])


# ---- parts of a scenario ----------------------------------------------------------------------------------------


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


def _named_files(file: TomlFile, folder: Path) -> tuple[tuple[Programme, ...], dict[str, str], list[Fault]]:
    """Programmes and data files that a scenario names: the programmes, hashes of the data files, and every fault."""
    faults: list[Fault] = []
    programmes: dict[str, Programme] = {}
    names = file.data.get("programme_files", ())
    for place, name in enumerate(names if isinstance(names, tuple) else ()):
        key: tuple[Step, ...] = ("programme_files", place)
        path = _inside(folder, name, file, key, faults)
        if path is None:
            continue
        try:
            programme, wrong = _read_programme(read_toml(path, str(folder / name)))
        except InputError as error:
            faults += error.faults
            continue
        faults += wrong
        if programme is None:
            continue
        if programme.id in programmes:
            said = Both(f'a second programme "{programme.id}"', f"第二个名为 “{programme.id}” 的项目")
            faults.append(file.fault(key, said))
        programmes[programme.id] = programme
    digests = {}
    district = file.data.get("district")
    for data_key, endings in DATA_FILES.items():
        name = district.get(data_key) if isinstance(district, Mapping) else None
        if name is not None and (path := _inside(folder, name, file, ("district", data_key), faults)) is not None:
            digests[data_key] = _digest(path, endings, file, data_key, faults)
    return tuple(programmes.values()), digests, faults


def _inside(folder: Path, name: object, file: TomlFile, key: tuple[Step, ...], faults: list[Fault]) -> Path | None:
    """Path of a file named in a scenario, or None and a fault where it is not a file in the scenario's own folder."""
    if not isinstance(name, str):
        return None  # the schema has said so
    outside = Both("files must lie in the scenario's own folder", "文件须放在情景文件所在的文件夹内")
    hint = Both("write a name such as compounds.csv: no /absolute path, no ..", "请写 compounds.csv 这样的名字：不用绝对路径，不用 ..")
    pure = PureWindowsPath(name)  # splits at / and at \ alike
    if not name.isprintable() or pure.drive or pure.root or ".." in pure.parts or "\\" in name:
        faults.append(file.fault(key, outside, hint))
        return None
    home = folder.resolve()
    try:
        path = (home / name).resolve()
        exists, regular = path.exists(), path.is_file()
    except (OSError, RuntimeError):  # a name too long for the system, or symbolic links in a circle
        exists, regular, path = False, False, home / "-"
    if not path.is_relative_to(home):
        faults.append(file.fault(key, outside, Both("the symbolic link leaves it", "符号链接指向了文件夹之外")))
    elif not exists:
        near = [other.name for other in home.iterdir() if other.is_file()]
        said = Both(f'no file "{shortened(name)}" beside the scenario', f"情景文件旁没有文件 “{shortened(name)}”")
        faults.append(file.fault(key, said, known_words(name, near)))
    elif not regular:
        faults.append(file.fault(key, Both("not a regular file", "不是普通文件")))
    else:
        return path
    return None


def _digest(path: Path, endings: tuple[str, ...], file: TomlFile, key: str, faults: list[Fault]) -> str:
    """SHA-256 of a data file; "" and a fault where it cannot be one."""
    where = ("district", key)
    if path.suffix.lower() not in endings:
        listed = ", ".join(endings)
        faults.append(file.fault(where, Both(f"its name must end in one of {listed}", f"文件名须以 {listed} 之一结尾")))
        return ""
    try:
        if path.stat().st_size > DATA_SIZE_LIMIT:
            size = DATA_SIZE_LIMIT >> 20
            faults.append(file.fault(where, Both(f"larger than {size} MiB", f"超过 {size} MiB")))
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        faults.append(file.fault(where, Both(f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}")))
        return ""


# ---- canonical text ---------------------------------------------------------------------------------------------

#: What people read, or what only chooses among runs: it does not change what one run gives.
_WORDS = frozenset({
    "name", "about", "source", "assumed", "grade", "citations", "harms", "needs", "expects", "provisional",
    "comparison", "parameters", "programme_files", "compounds_file", "ties_file",
})  # fmt: skip


def canonical(
    scenario: Scenario, parameters: Parameters, programmes: Collection[Programme], digests: Mapping[str, str]
) -> str:
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
