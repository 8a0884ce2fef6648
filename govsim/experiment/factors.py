"""Factors: what a word of a design means, which levels it has, and what a level does to a point."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from govsim.experiment.design import Factor
from govsim.experiment.point import Level
from govsim.programmes.rollout import merged
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.checks import Check
from govsim.scenario.faults import known_words, listed
from govsim.scenario.load import Loaded
from govsim.scenario.schema import Programme, Rollout, Target
from govsim.scenario.toml_file import Step, shortened
from govsim.vocabulary import MECHANISMS

Kind = Literal["parameter", "programme", "rollout", "mechanism"]
#: Keys of a rollout that may vary: what is allowed, what holds where nothing is said, whether it is whole.
ROLLOUT: Final[dict[str, tuple[float, float, float, bool]]] = {
    "intensity": (0.0, 3.0, 1.0, False),
    "coverage": (0.0, 1.0, 1.0, False),
    "start_day": (0.0, 3652.0, 0.0, True),
    "ramp_days": (0.0, 3652.0, 0.0, True),
}
ORDER: Final = "order"
ORDERS: Final = get_args(Target.model_fields[ORDER].annotation)


@dataclass(frozen=True)
class Axis:
    """A factor that was found whole. `levels` where it has some; else all numbers from `low` to `high`."""

    name: str
    kind: Kind
    base: Level  # what the scenario has
    levels: tuple[Level, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    by_value: bool = False

    def grid(self) -> tuple[Level, ...]:
        """Levels of a factorial."""
        return self.levels or (self.low, self.high)

    def ends(self) -> tuple[Level, Level]:
        """The two levels of a design with two."""
        return self.grid()[0], self.grid()[-1]

    def at(self, u: float) -> Level:
        """The level at a share of the way, 0 to 1."""
        if self.levels:
            return self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)]
        if self.log:
            return float(math.exp(math.log(self.low) + u * (math.log(self.high) - math.log(self.low))))
        value = self.low + u * (self.high - self.low)
        return round(value) if self.whole else float(value)

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return self.kind == "rollout" and self.name.split(".")[1] in ROLLOUT and ROLLOUT[self.name.split(".")[1]][3]

    def described(self) -> dict[str, Any]:
        """What enters the identity of a design."""
        if self.levels:
            return {"vary": self.name, "levels": list(self.levels), "by_value": self.by_value}
        return {"vary": self.name, "low": self.low, "high": self.high, "log": self.log, "by_value": self.by_value}


def read_axis(
    factor: Factor,
    check: Check,
    path: tuple[Step, ...],
    loaded: Loaded,
    programmes: Mapping[str, Programme],
    used: Collection[str],
) -> Axis | None:
    """What a factor means, or None and faults. `used`: programmes of the arms, and those that factors switch on."""
    word, _, key = factor.vary.partition(".")
    if factor.vary in loaded.parameters:
        return _parameter(factor, check, path, loaded)
    if word == "mechanisms" and key in MECHANISMS:
        return _switch(factor, check, path, "mechanism", bool(getattr(loaded.scenario.mechanisms, key)))
    if word in programmes and not key:
        return _switch(factor, check, path, "programme", False)
    if word in programmes and key in (*ROLLOUT, ORDER):
        if word not in used:
            check.wrong((*path, "vary"), f'no arm has "{word}"', f"没有方案含有 “{word}”")
        return _of_rollout(factor, check, path, merged(programmes[word].rollout, loaded.scenario.programmes.get(word)))
    known = [*loaded.parameters.entries, *programmes, *(f"mechanisms.{m}" for m in MECHANISMS)]
    known += [f"{p}.{k}" for p in used for k in (*ROLLOUT, ORDER)]
    said = shortened(factor.vary)
    hint = known_words(factor.vary, known)
    check.wrong((*path, "vary"), f'nothing that can vary is called "{said}"', f"没有可以变动的 “{said}”", hint)
    return None


def _switch(factor: Factor, check: Check, path: tuple[Step, ...], kind: Kind, base: bool) -> Axis | None:
    if factor.low is not None or factor.high is not None or any(not isinstance(x, bool) for x in factor.levels):
        check.wrong(path, "is on or off", "只有开与关", Both("levels = [false, true], or none", "levels = [false, true]，或不写"))
        return None
    return Axis(factor.vary, kind, base, tuple(factor.levels) or (False, True))


def _of_rollout(factor: Factor, check: Check, path: tuple[Step, ...], rollout: Rollout) -> Axis | None:
    key = factor.vary.split(".")[1]
    if key == ORDER:
        base = (rollout.target or Target()).order
        wrong = [x for x in factor.levels if x not in ORDERS]
        if wrong or not factor.levels or factor.low is not None or factor.high is not None:
            check.wrong((*path, "levels"), "needs levels that are orders", "须以 levels 列出次序", listed(ORDERS))
            return None
        return Axis(factor.vary, "rollout", base, tuple(factor.levels))
    least, most, rest, whole = ROLLOUT[key]
    said = getattr(rollout, key)
    axis = _numbers(factor, check, path, (least, most), Both("of this key", "此键"), "rollout", rest if said is None else said)
    if axis is not None and whole:
        numbers = [*axis.levels, *([] if axis.levels else [axis.low, axis.high])]
        if any(float(x) != round(float(x)) for x in numbers):
            check.wrong(path, "needs whole numbers of days", "须为整数天数")
            return None
        axis = Axis(
            axis.name, axis.kind, int(axis.base), tuple(round(float(x)) for x in axis.levels), axis.low, axis.high, axis.log
        )
    return axis


def _parameter(factor: Factor, check: Check, path: tuple[Step, ...], loaded: Loaded) -> Axis | None:
    entry = loaded.parameters.entries[factor.vary]
    if factor.by == "value":
        if entry.by:
            check.wrong((*path, "by"), "a table varies only by a factor", "表格参数只能按倍数变动")
            return None
        return _numbers(factor, check, path, entry.bounds, Both("of this parameter", "此参数"), "parameter", float(entry.value))
    if entry.range is None:
        own = Both('state by = "value", or give it a range in the scenario', '请写 by = "value"，或在情景中给出 range')
        check.wrong(path, "a parameter without a range does not vary by a factor", "没有 range 的参数不能按倍数变动", own)
        return None
    return _numbers(factor, check, path, entry.range, Both("of its range", "其 range"), "parameter", 1.0)


def _numbers(
    factor: Factor, check: Check, path: tuple[Step, ...], bounds: tuple[float, float], of: Both, kind: Kind, base: float
) -> Axis | None:
    by_value, faults = factor.by == "value", len(check.faults)
    for k, x in enumerate(factor.levels):
        if isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x):
            check.wrong((*path, "levels", k), f"{shortened(x)} is not a number", f"{shortened(x)} 不是数")
        else:
            _within(x, check, (*path, "levels", k), bounds, of)
    if factor.levels and (factor.low is not None or factor.high is not None):
        check.wrong(path, "give levels, or low and high", "levels 与 low、high 只能择一", NOTHING)
    low = bounds[0] if factor.low is None else factor.low
    high = bounds[1] if factor.high is None else factor.high
    _within(low, check, (*path, "low"), bounds, of)
    _within(high, check, (*path, "high"), bounds, of)
    if not factor.levels and not low < high:
        check.wrong(path, f"low {low:g} is not below high {high:g}", f"low {low:g} 须小于 high {high:g}")
    log = factor.scale == "log" if factor.scale else kind == "parameter" and not by_value and low > 0
    if log and low <= 0 and not factor.levels:
        check.wrong((*path, "scale"), "log needs a low above 0", "log 要求 low 大于 0")
    if len(check.faults) > faults:
        return None
    if factor.levels:
        return Axis(factor.vary, kind, base, tuple(float(x) for x in factor.levels), by_value=by_value)
    return Axis(factor.vary, kind, base, (), float(low), float(high), log, by_value)


def _within(x: float, check: Check, path: tuple[Step, ...], bounds: tuple[float, float], of: Both) -> None:
    if not bounds[0] <= x <= bounds[1]:
        said = Both(f"allowed {of}: {bounds[0]:g} to {bounds[1]:g}", f"{of.zh}可用：{bounds[0]:g} 到 {bounds[1]:g}")
        check.wrong(path, f"{x:g} is out of bounds", f"{x:g} 超出范围", said)


def fits(axis: Axis, level: object) -> bool:
    """Whether a level of a listed point is one that the factor may have."""
    if axis.levels and level in axis.levels and isinstance(level, bool) == isinstance(axis.levels[0], bool):
        return True
    number = isinstance(level, (int, float)) and not isinstance(level, bool)
    return number and not axis.levels and bool(axis.low <= np.float64(level) <= axis.high)  # type: ignore[arg-type]
