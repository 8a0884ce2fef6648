"""Design files, read whole: every fault of the file and of its scenarios at once, and nothing run."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from govsim.errors import Fault, InputError
from govsim.experiment import layouts
from govsim.experiment.design import Design
from govsim.experiment.factors import Axis, fits, read_axis
from govsim.experiment.fractional import MOST_FACTORS, fraction
from govsim.experiment.plan import Plan
from govsim.observe.outcomes import HEADLINES
from govsim.observe.recorder import OBSERVABLE
from govsim.programmes.catalogue import parse_arm, programmes_of, shipped
from govsim.scenario.bilingual import Both
from govsim.scenario.checks import BASELINE, Check
from govsim.scenario.faults import known_words, refuse, validated
from govsim.scenario.load import Loaded, find_scenario, load_scenario
from govsim.scenario.named_files import inside
from govsim.scenario.schema import Programme, Rollout
from govsim.scenario.toml_file import TomlFile, read_toml, shortened

#: Runs of one experiment, at most: more cannot be what is meant.
RUNS_LIMIT = 1_000_000
FILE = "design.toml"


@dataclass(frozen=True, eq=False)
class LoadedDesign:
    """A design that was read and found whole, with its scenarios and what its factors mean."""

    design: Design
    path: Path
    file: TomlFile
    scenarios: tuple[Loaded, ...]
    axes: tuple[Axis, ...]
    arms: dict[str, tuple[Programme, ...]]  # the baseline first
    added: dict[str, Programme]  # programmes that factors switch on

    @property
    def name(self) -> str:
        """What the design is called by: its folder's name."""
        return self.path.parent.name if self.path.name == FILE else self.path.stem

    @property
    def seed(self) -> int:
        """Master seed: the design's, or its first scenario's."""
        return self.scenarios[0].scenario.seed

    def stated(self) -> list[str]:
        """Generators of a fractional factorial, in words."""
        if self.design.design.method != "fractional" or not self.axes:
            return []
        return fraction(len(self.axes), self.design.design.resolution).stated(tuple(a.name for a in self.axes))


# ---- where designs are -------------------------------------------------------------------------------------------


def shipped_designs() -> dict[str, Path]:
    """Shipped designs by name: in the installed package, or beside it in the repository."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "experiments", package.parent / "experiments")
    return {path.parent.name: path for place in places for path in sorted(place.glob(f"*/{FILE}"))}


def find_design(path_or_name: str | Path) -> Path:
    """The file that is meant: a shipped design for a bare name (InputError if unknown), a folder's design.toml, or the path."""
    said = str(path_or_name)
    if not re.fullmatch(r"[^./\\]+", said):
        path = Path(path_or_name)
        return path / FILE if path.is_dir() else path
    known = shipped_designs()
    if said in known:
        return known[said]
    message = Both(f'no shipped experiment "{shortened(said)}"', f"没有自带的实验 “{shortened(said)}”")
    files = Both("a file of your own is named with its ending .toml", "自己的文件须写出 .toml 后缀")
    raise InputError([Fault("", None, "", message, known_words(said, known).then(files, "; "))])


# ---- reading -----------------------------------------------------------------------------------------------------


def load_design(path_or_name: str | Path) -> LoadedDesign:
    """Read a design file, or a shipped one by its bare name. Raises InputError with every fault."""
    path = find_design(path_or_name)
    file = read_toml(path)
    design, faults = validated(Design, file)
    if design is None:
        refuse(faults)
    assert design is not None
    check = Check(file)
    scenarios = _scenarios(design, path, file, check)
    _outcomes(design, check)
    _replicates(design, check)
    if not scenarios:
        refuse(check.faults)
    programmes = programmes_of(scenarios[0])
    arms = _arms(design, check, programmes, scenarios[0].scenario.time.horizon_days)
    switched = [f.vary for f in design.factors if f.vary in programmes]
    used = {*switched, *(p.id for named in arms.values() for p in named)}
    for k, factor in enumerate(design.factors):
        if factor.vary in switched and any(p.id == factor.vary for named in arms.values() for p in named):
            en = f'"{factor.vary}" is in an arm already: it cannot also be a factor'
            check.wrong(("factors", k, "vary"), en, f"“{factor.vary}” 已在方案中，不能又作因素")
    check.once([f.vary for f in design.factors], ("factors",))
    found = [read_axis(f, check, ("factors", k), scenarios[0], programmes, used) for k, f in enumerate(design.factors)]
    axes = tuple(axis for axis in found if axis is not None)
    if len(axes) == len(design.factors):
        _layout(design, axes, check)
        _size(design, axes, len(scenarios), len(arms), check)
    refuse(check.faults)
    return LoadedDesign(design, path, file, scenarios, axes, arms, {i: programmes[i] for i in switched})


def plan_of(loaded: LoadedDesign, replicates: int | None = None) -> Plan:
    """All runs of a design; `replicates` in the place of the design's own (of a stop rule, those of its first round)."""
    d, first = loaded.design, loaded.scenarios[0]
    points = layouts.points(d.design, loaded.axes, len(loaded.scenarios), loaded.seed)
    said = {
        "arms": {arm: [p.id for p in programmes] for arm, programmes in loaded.arms.items()},
        "rollouts": {arm: {i: _plain(r) for i, r in table.rollouts.items()} for arm, table in d.arm.items()},
        "factors": [axis.described() for axis in loaded.axes],
        "layout": d.design.model_dump(mode="json"),
        "scenarios": [s.path.stem for s in loaded.scenarios],
    }
    number = replicates or d.replicates.number or d.replicates.at_least or 1
    return Plan(
        first, loaded.arms, number, first.scenario.time.horizon_days, loaded.seed, d.detail, d.events, points,
        loaded.scenarios[1:], {arm: table.rollouts for arm, table in d.arm.items()}, loaded.added, said,
        loaded.file.text,
    )  # fmt: skip


def _plain(rollout: Rollout) -> dict[str, Any]:
    return rollout.model_dump(mode="json", exclude_unset=True)


# ---- what a schema cannot say --------------------------------------------------------------------------------------


def _scenarios(design: Design, path: Path, file: TomlFile, check: Check) -> tuple[Loaded, ...]:
    if (design.scenario is None) == (not design.scenarios):
        both = Both('scenario = "classroom", or scenarios = ["classroom", ...]', 'scenario = "classroom" 或 scenarios = [...]')
        check.wrong(("scenario",), "give one scenario, or several", "须给出一个或几个情景", both)
        return ()
    check.once(design.scenarios, ("scenarios",))
    keys = {
        "seed": design.seed,
        "time.horizon_days": design.days,
        "sample": design.sample,
        "time.burn_in_years": design.burn_in_years,
    }
    changes: dict[str, object] = {key: value for key, value in keys.items() if value is not None}
    out = []
    for k, name in enumerate((design.scenario,) if design.scenario is not None else design.scenarios):
        at = ("scenario",) if design.scenario is not None else ("scenarios", k)
        where = _find(name, path, file, at, check)
        if where is None:
            continue
        try:
            out.append(load_scenario(where, known_programmes=shipped(), known_outcomes=OBSERVABLE, changes=changes))
        except InputError as error:
            check.faults += error.faults
    seeds = {(s.scenario.seed, s.scenario.time.horizon_days) for s in out}
    if len(seeds) > 1:
        check.wrong(
            ("scenarios",),
            "they differ in seed or days",
            "它们的种子或天数不同",
            Both("state seed and days here", "请在此写明 seed 和 days"),
        )
    return tuple(out) if len(out) == max(1, len(design.scenarios)) else ()


def _find(name: str, path: Path, file: TomlFile, at: tuple[str | int, ...], check: Check) -> Path | None:
    if name.endswith(".toml"):
        return inside(path.parent, name, file, at, check.faults)
    try:
        return find_scenario(name)
    except InputError as error:
        check.faults += [replace(fault, file=file.name, line=file.line(at), key=str(at[0])) for fault in error.faults]
        return None


def _outcomes(design: Design, check: Check) -> None:
    known = [h.name for h in HEADLINES]
    for k, name in enumerate(design.outcomes):
        check.unknown(("outcomes", k), name, Both("headline figure", "指标"), known)
    check.once(design.outcomes, ("outcomes",))


def _replicates(design: Design, check: Check) -> None:
    r, at = design.replicates, ("replicates",)
    rule = (r.at_least, r.at_most, r.until)
    if r.number is not None and any(x is not None for x in (*rule, r.half_width)):
        check.wrong(at, "a number and a stop rule", "既有次数又有停止规则", Both("keep one of them", "请只留其一"))
    elif r.number is None and None in rule:
        form = Both("number = 8, or at_least, at_most and until", "number = 8，或 at_least、at_most 和 until")
        check.wrong(at, "how many is not said", "没有写明次数", form)
    elif r.number is None and (r.until == "narrow") != (r.half_width is not None):
        check.wrong(at, 'half_width goes with until = "narrow"', 'half_width 须与 until = "narrow" 同用')
    elif r.at_least is not None and r.at_most is not None and r.at_least > r.at_most:
        check.wrong((*at, "at_least"), f"{r.at_least} is above at_most", f"{r.at_least} 大于 at_most")


def _arms(design: Design, check: Check, programmes: Mapping[str, Programme], days: int) -> dict[str, tuple[Programme, ...]]:
    check.arms(design.arms, ("arms",), {*programmes, *design.arm})
    arms: dict[str, tuple[Programme, ...]] = {BASELINE: ()}
    for said in design.arms:
        if said in design.arm:
            ids: Collection[str] = sorted(set(design.arm[said].programmes))
        else:
            ids = parse_arm(said)
        arms[said if said in design.arm else "+".join(ids) or BASELINE] = tuple(programmes[i] for i in ids if i in programmes)
    for name, table in design.arm.items():
        if name in programmes or name == BASELINE:
            check.wrong(("arm", name), f'"{name}" has a meaning already', f"“{name}” 已另有含义")
        if name not in design.arms:
            check.wrong(
                ("arm", name),
                "is not among the arms",
                "不在 arms 之中",
                Both(f'add "{name}" to arms', f"请把 “{name}” 加入 arms"),
            )
        for k, id in enumerate(table.programmes):
            check.unknown(("arm", name, "programmes", k), id, Both("programme", "项目"), programmes)
        for id, rollout in table.rollouts.items():
            check.unknown(("arm", name, "rollouts", id), id, Both("programme of this arm", "此方案中的项目"), table.programmes)
            check.rollout(rollout, ("arm", name, "rollouts", id), days)
            check.outcomes(rollout, ("arm", name, "rollouts", id), OBSERVABLE)
    return arms


def _layout(design: Design, axes: tuple[Axis, ...], check: Check) -> None:
    layout, at = design.design, ("design",)
    sampled = layout.method in ("latin_hypercube", "sobol", "saltelli")
    if sampled != (layout.points is not None):
        en, zh = (
            ("points is missing", "缺少 points") if sampled else ("this method has its own number of points", "此方法自有点数")
        )
        check.wrong((*at, "points"), en, zh)
    n = layout.points or 1
    if layout.method in ("sobol", "saltelli") and n & (n - 1):
        near = 1 << (n.bit_length() - 1)
        check.wrong(
            (*at, "points"),
            f"{n} is not a power of two",
            f"{n} 不是 2 的幂",
            Both(f"such as {near} or {2 * near}", f"例如 {near} 或 {2 * near}"),
        )
    most = MOST_FACTORS[layout.resolution]
    if layout.method == "fractional" and len(axes) > most:
        check.wrong(at, f"more than {most} factors", f"多于 {most} 个因素")
    if sampled and not axes:
        check.wrong(at, "nothing varies", "没有变动的因素")
    if (layout.method == "list") != bool(layout.list):
        check.wrong((*at, "list"), 'goes with method = "list"', 'list 须与 method = "list" 同用')
    by_name = {a.name: a for a in axes}
    for k, row in enumerate(layout.list):
        for name, level in row.items():
            path = (*at, "list", k, name)
            check.unknown(path, name, Both("factor", "因素"), by_name)
            if name in by_name and not fits(by_name[name], level):
                check.wrong(path, f"{shortened(level)} is not a level of it", f"{shortened(level)} 不是它的水平")


def _size(design: Design, axes: tuple[Axis, ...], scenarios: int, arms: int, check: Check) -> None:
    """Refuse what nobody can mean before it is laid out."""
    if check.faults:
        return
    replicates = design.replicates.number or design.replicates.at_most or 1
    total = layouts.count(design.design, axes) * scenarios * arms * replicates
    if total > RUNS_LIMIT:
        some = fraction(min(len(axes), MOST_FACTORS[4]), 4).points
        smaller = f'method = "fractional" has {some:,} points, "sobol" as many as you say'
        smaller_zh = f'method = "fractional" 有 {some:,} 个点，"sobol" 点数自定'
        hint = Both(f"allowed: at most {RUNS_LIMIT:,}; {smaller}", f"可用：至多 {RUNS_LIMIT:,}；{smaller_zh}")
        check.wrong(("design",), f"{total:,} runs are too many", f"{total:,} 次运行太多", hint)
