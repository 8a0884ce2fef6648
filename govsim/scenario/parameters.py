"""The register of parameters: every number of the model with its unit, bounds, grade and source.

The defaults stand in the folder `parameters` beside this file and nowhere else: one TOML file per mechanism, one table
per parameter, so that `[arrivals]` in `problems.toml` is "problems.arrivals". A scenario may override them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.faults import known_words, part, refuse
from govsim.scenario.schema import Override, Strict, Text
from govsim.scenario.toml_file import Step, TomlFile, read_toml
from govsim.scenario.values import Reading, out_of_bounds, within
from govsim.vocabulary import INDEX

F64 = npt.NDArray[np.float64]
Grade = Literal["published", "calibrated", "assumed"]

DEFAULTS_FOLDER = Path(__file__).parent / "parameters"


@dataclass(frozen=True, eq=False)
class Parameter:
    """One parameter. `value` is a float, or a read-only float64 array over the words of its index spaces."""

    name: str  # group.name
    about: str
    unit: str
    value: float | F64  # shape (), (len(INDEX[by[0]]),) or (len(INDEX[by[0]]), len(INDEX[by[1]]))
    by: tuple[str, ...]  # index spaces of vocabulary.INDEX: none, one or two
    bounds: tuple[float, float]  # every element lies within, ends included
    grade: Grade
    source: str  # citation, calibration target, or the reason for the assumption
    range: tuple[float, float] | None  # factors for the sensitivity analysis
    sparse: bool = False  # of two index spaces: inner words that are absent are 0
    lever: bool = False  # a programme may move it, compound by compound
    origin: str = "default"  # or the file that set it


@dataclass(frozen=True, eq=False)
class Parameters:
    """All parameters of a run, read by name: `p["problems.arrivals"]`."""

    entries: Mapping[str, Parameter]
    _values: dict[str, float | F64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for entry in self.entries.values():
            if isinstance(entry.value, np.ndarray):
                entry.value.setflags(write=False)
        object.__setattr__(self, "_values", {name: entry.value for name, entry in self.entries.items()})

    def __reduce__(self) -> tuple[type[Parameters], tuple[Mapping[str, Parameter]]]:
        return Parameters, (self.entries,)  # an array that is unpickled is made read-only again

    def __getitem__(self, name: str) -> Any:
        """Value of one parameter: a float, or a read-only float64 array. KeyError names the nearest parameter."""
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(f'no parameter "{name}"; {known_words(name, self._values)}') from None

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def overridden(self, overrides: Mapping[str, Any], file: TomlFile | str) -> Parameters:
        """These parameters with those of a scenario's `[parameters]` in their place.

        `overrides` is group -> name -> {value, source | assumed, range}; a table of a few words changes these and
        leaves the others. `file` is what they were read from. Raises InputError with every fault.
        """
        changed, faults = override(self, overrides, file)
        refuse(faults)
        return changed

    def with_values(self, values: Mapping[str, float | F64], origin: str) -> Parameters:
        """These parameters with whole values replaced, as calibration and sensitivity analysis do.

        Arrays have the parameter's shape. Raises InputError for an unknown name, a wrong shape or a value out of
        bounds.
        """
        entries = dict(self.entries)
        faults: list[Fault] = []
        for name, value in values.items():
            entry = self.entries.get(name)
            if entry is None:
                faults.append(Fault(origin, None, name, _NO_SUCH, known_words(name, self.entries)))
                continue
            new = np.asarray(value, np.float64).copy()
            if new.shape != np.shape(entry.value):
                said = f"shape {new.shape}, not {np.shape(entry.value)}"
                faults.append(Fault(origin, None, name, Both(said, f"形状应为 {np.shape(entry.value)}，不是 {new.shape}")))
            elif not ((new >= entry.bounds[0]) & (new <= entry.bounds[1])).all():
                faults.append(Fault(origin, None, name, out_of_bounds(value), within(entry.bounds)))
            else:
                entries[name] = replace(entry, value=new if new.ndim else float(new), origin=origin)
        refuse(faults)
        return Parameters(entries)

    def scaled(self, factors: Mapping[str, float], origin: str = "sensitivity") -> Parameters:
        """These parameters with some multiplied by a factor and kept within their bounds."""
        known = {name: factor for name, factor in factors.items() if name in self.entries}
        scaled: dict[str, float | F64] = {name: np.clip(self[name] * f, *self.entries[name].bounds) for name, f in known.items()}
        return self.with_values({**factors, **scaled}, origin)


@cache
def defaults() -> Parameters:
    """The model's own parameters, read once a process. Raises InputError where a file of them is wrong."""
    return read_parameters(DEFAULTS_FOLDER)


def read_parameters(folder: Path) -> Parameters:
    """Every parameter of the TOML files of a folder. Raises InputError with all faults of all files."""
    entries: dict[str, Parameter] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            file = read_toml(path)
        except InputError as error:
            faults += error.faults
            continue
        for name, table in file.data.items():
            entry, wrong = _entry(f"{path.stem}.{name}", table, file)
            faults += wrong
            if entry is not None:
                entries[entry.name] = entry
    refuse(faults)
    return Parameters(entries)


# ---- one entry of a file of defaults -------------------------------------------------------------------

Space = Literal[
    "kind", "channel", "belief", "desk", "department", "competent", "service", "type", "reach", "tenure", "age",
    "working_hours", "month", "stock", "owners_state", "vote", "payer_type", "crime", "trade", "police_work", "weekday",
]  # fmt: skip
Bounds = tuple[float, float]


class _Entry(Strict):
    about: Text
    unit: Text
    by: Space | Annotated[tuple[Space, ...], Field(max_length=2)] = ()
    value: Any
    bounds: Bounds
    grade: Grade
    source: Annotated[Text, Field(min_length=1)]
    range: Bounds | None = None
    sparse: bool = False
    lever: bool = False


def _entry(name: str, table: object, file: TomlFile) -> tuple[Parameter | None, list[Fault]]:
    key = name.split(".")[1]
    said, faults = part(_Entry, table, file, (key,))
    if said is None:
        return None, faults
    by = (said.by,) if isinstance(said.by, str) else said.by
    if said.bounds[0] >= said.bounds[1]:
        faults.append(file.fault((key, "bounds"), Both("the lower bound is not below the upper", "下界须小于上界")))
    if said.sparse and len(by) != 2:
        faults.append(file.fault((key, "sparse"), Both("only for two index spaces", "只用于两个索引")))
    if said.grade == "assumed" and said.range is None:
        faults.append(file.fault((key, "range"), Both("an assumed parameter needs a range", "假设的参数须给出 range")))
    faults += _range_faults(said.range, file, (key, "range"))
    read = Reading(file, (key, "value"), by, said.bounds)
    blank = np.full([len(INDEX[space]) for space in by], 0.0 if said.sparse else np.nan)
    value = read.into(blank, said.value, partial=False, sparse=said.sparse)
    faults += read.faults
    if faults:
        return None, faults
    return Parameter(
        name,
        said.about,
        said.unit,
        value,
        by,
        said.bounds,
        said.grade,
        said.source,
        said.range,
        said.sparse,
        said.lever,
    ), []


def _range_faults(factors: tuple[float, float] | None, file: TomlFile, path: tuple[Step, ...]) -> list[Fault]:
    if factors is None or (0 <= factors[0] <= 1 <= factors[1]):
        return []
    return [
        file.fault(
            path,
            Both("not two factors around 1", "不是包住 1 的两个倍数"),
            Both("such as [0.5, 2.0]", "例如 [0.5, 2.0]"),
        )
    ]


# ---- overrides -----------------------------------------------------------------------------------------

_NO_SUCH = Both("no such parameter", "没有这个参数")


def override(base: Parameters, overrides: object, file: TomlFile | str) -> tuple[Parameters, list[Fault]]:
    """As `Parameters.overridden`, but hands back the faults (with the parameters that had none)."""
    source = file if isinstance(file, TomlFile) else TomlFile(file, "", {})
    groups: dict[str, dict[str, Parameter]] = {}
    for name, entry in base.entries.items():
        group, short = name.split(".")
        groups.setdefault(group, {})[short] = entry
    entries = dict(base.entries)
    faults: list[Fault] = []
    for group, tables in _tables(overrides, (), source, faults):
        path: tuple[Step, ...] = ("parameters", group)
        if group not in groups:
            faults.append(source.fault(path, Both("no such group of parameters", "没有这一组参数"), known_words(group, groups)))
            continue
        for short, said in _tables(tables, (group,), source, faults):
            if short not in groups[group]:
                faults.append(source.fault((*path, short), _NO_SUCH, known_words(short, groups[group])))
                continue
            entry, wrong = _overridden(groups[group][short], said, source, (*path, short))
            entries[entry.name] = entry
            faults += wrong
    return Parameters(entries), faults


def _tables(value: object, under: tuple[Step, ...], file: TomlFile, faults: list[Fault]) -> list[tuple[str, object]]:
    if isinstance(value, Mapping):
        return list(value.items())
    form = '[parameters.problems.arrivals] value = ..., source = "..."'
    faults.append(file.fault(("parameters", *under), Both("not a table", "不是表"), Both(f"write {form}", f"请写 {form}")))
    return []


def _overridden(entry: Parameter, said: object, file: TomlFile, path: tuple[Step, ...]) -> tuple[Parameter, list[Fault]]:
    if isinstance(said, Override):
        given: Override = said
    else:
        checked, wrong = part(Override, said, file, path)
        if checked is None:
            return entry, wrong
        given = checked
    faults = _range_faults(given.range, file, (*path, "range"))
    read = Reading(file, (*path, "value"), entry.by, entry.bounds)
    value = read.into(np.array(entry.value, np.float64), given.value, partial=True, sparse=entry.sparse)
    faults += read.faults
    why = given.source or given.assumed or ""
    if entry.by and isinstance(given.value, Mapping) and len(given.value) < len(INDEX[entry.by[0]]):
        why = f"{', '.join(given.value)}: {why}; others: {entry.source}"
    grade: Grade = "assumed" if given.assumed is not None else "published"
    new_range = given.range or entry.range
    if grade == "assumed" and new_range is None:
        faults.append(
            file.fault(
                path,
                Both("an assumed parameter needs a range", "假设的参数须给出 range"),
                Both("add range = [0.5, 2.0]", "请加上 range = [0.5, 2.0]"),
            )
        )
    if faults:
        return entry, faults
    return replace(entry, value=value, source=why, grade=grade, range=new_range, origin=file.name), []
