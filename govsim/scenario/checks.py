"""What a schema cannot say: numbers that must agree with each other, and words that must be known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from govsim.errors import Fault
from govsim.observe.outcomes import BY_NAME, HEADLINES
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.faults import known_words
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import (
    Amount,
    CompoundType,
    Count,
    District,
    Estate,
    Programme,
    Rollout,
    Target,
    Time,
)
from govsim.scenario.toml_file import Step, TomlFile, shortened
from govsim.vocabulary import TYPES

POPULATION_LIMIT = 60_000_000
COMPOUNDS_LIMIT = 50_000
#: Residents of one compound: neighbours inside it are numbered with 16 bits.
COMPOUND_RESIDENTS_LIMIT = 65_000
SHARES_TOLERANCE = 1e-6
BASELINE = "baseline"

_COUNTS = ("compounds", "residents", "residents_committees", "towns", "firms", "area_km2")
_NEEDED = ("compounds", "residents", "residents_committees", "towns", "area_km2")
Path = tuple[Step, ...]


@dataclass
class Check:
    """Collects what is wrong in one file."""

    file: TomlFile
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, path: Path, en: str, zh: str, hint: str = NOTHING) -> None:
        self.faults.append(self.file.fault(path, Both(en, zh), hint))

    def unknown(self, path: Path, word: str, what: Both, known: Collection[str]) -> None:
        """A fault where a word is not among the known ones."""
        if word not in known:
            said = shortened(word)
            self.wrong(path, f'no {what} "{said}"', f"没有这个{what.zh}：{said}", known_words(word, known))

    # ---- the world --------------------------------------------------------------------------------------

    def time(self, time: Time) -> None:
        """Dates that a calendar holds."""
        if not 1900 <= time.start.year <= 2200:
            self.wrong(
                ("time", "start"),
                f"the year {time.start.year} is out of range",
                f"年份 {time.start.year} 超出范围",
                Both("allowed: 1900 to 2200", "可用：1900 到 2200"),
            )

    def district(self, district: District, left_out: Collection[str] = ()) -> None:
        """Totals, shares and estates of a district: complete, positive, within the limits, and consistent.

        `left_out` names keys that the file has but that could not be read: they are not missing.
        """
        if district.ties_file is not None and district.compounds_file is None:
            self.wrong(
                ("district", "ties_file"),
                "ties need a compounds_file that names the compounds",
                "ties_file 须与列出小区的 compounds_file 同用",
            )
        if district.compounds_file is None:
            self._complete(district, left_out)
        faults = len(self.faults)
        given = {key: said for key in _COUNTS if (said := getattr(district, key)) is not None}
        for key, said in given.items():
            if said.value <= 0:
                self.wrong(("district", key, "value"), f"{said.value} is not above 0", f"{said.value} 须大于 0")
        self._limit(district.compounds, "compounds", COMPOUNDS_LIMIT, Both("compounds", "个小区"))
        self._limit(district.residents, "residents", POPULATION_LIMIT, Both("residents", "名居民"))
        self._estates(district.estates)
        if len(self.faults) == faults:  # numbers that make no sense alone make none together
            self._consistent(district)
        self._shares(district.type_shares)

    def _complete(self, district: District, left_out: Collection[str]) -> None:
        if any(key not in District.model_fields for key in left_out):
            return  # a misspelt key may be the one that seems to be missing
        for key in (*_NEEDED, "type_shares"):
            if not getattr(district, key) and key not in left_out:
                self.wrong(
                    ("district", key),
                    "missing key",
                    "缺少这个键",
                    Both(
                        f"a synthetic district needs {', '.join(_NEEDED)} and type_shares; or give a compounds_file",
                        f"合成的城区须给出 {', '.join(_NEEDED)} 和 type_shares；或给出 compounds_file",
                    ),
                )

    def _limit(self, said: Count | None, key: str, limit: int, what: Both) -> None:
        if said is not None and said.value > limit:
            self.wrong(
                ("district", key, "value"),
                f"{said.value:,} {what} are too many",
                f"{said.value:,} {what.zh}，太多",
                Both(f"allowed: at most {limit:,}", f"可用：至多 {limit:,}"),
            )

    def _shares(self, shares: Mapping[CompoundType, Amount]) -> None:
        faults = len(self.faults)
        for word, said in shares.items():
            path = ("district", "type_shares", word)
            if not 0 <= said.value <= 1:
                self.wrong(
                    (*path, "value"),
                    f"{said.value:g} is not a share",
                    f"{said.value:g} 不是比例",
                    Both("allowed: from 0 to 1", "可用：0 到 1"),
                )
        total = sum(said.value for said in shares.values())
        if shares and len(self.faults) == faults and abs(total - 1) > SHARES_TOLERANCE:
            self.wrong(
                ("district", "type_shares"),
                f"the shares sum to {total:.7g}, not 1",
                f"各比例之和为 {total:.7g}，不是 1",
            )

    def _estates(self, estates: tuple[Estate, ...]) -> None:
        seen: set[str] = set()
        for place, estate in enumerate(estates):
            path: Path = ("district", "estates", place)
            if estate.id in seen:
                self.wrong((*path, "id"), f'"{estate.id}" is already taken', f"“{estate.id}” 已被使用")
            seen.add(estate.id)
            for key in ("dwellings", "residents", "committees"):
                if (value := getattr(estate, key).value) <= 0:
                    self.wrong((*path, key, "value"), f"{value} is not above 0", f"{value} 须大于 0")
            if estate.residents.value > COMPOUND_RESIDENTS_LIMIT:
                self.wrong(
                    (*path, "residents", "value"),
                    f"{estate.residents.value:,} residents are too many for one compound",
                    f"一个小区有 {estate.residents.value:,} 名居民，太多",
                    _COMPOUND_LIMIT,
                )

    def _consistent(self, district: District) -> None:
        """Totals against each other. Totals of the district include its estates."""
        total = {key: said.value for key in _COUNTS if (said := getattr(district, key)) is not None}
        named = {
            "compounds": len(district.estates),
            "residents": sum(estate.residents.value for estate in district.estates),
            "residents_committees": sum(estate.committees.value for estate in district.estates),
        }
        rest = {key: total[key] - count for key, count in named.items() if key in total}
        for key, left in rest.items():
            if left < 0:
                self._fewer(key, total[key], named[key], Both("in its estates", "各名列小区之和"))
        if min(rest.values(), default=-1) < 0:
            return
        for key in ("residents", "residents_committees"):
            if "compounds" in rest and key in rest and rest["compounds"] == 0 and rest[key] > 0:
                self.wrong(
                    ("district", key, "value"),
                    "more than its estates hold, and there is no other compound",
                    "多于各名列小区之和，而此外没有别的小区",
                )
        others = rest.get("compounds", 0)
        if others > 0 and "residents" in rest:
            if rest["residents"] < others:
                self._fewer("residents", rest["residents"], others, Both("compounds", "小区数"))
            if rest["residents"] > COMPOUND_RESIDENTS_LIMIT * others:
                self.wrong(
                    ("district", "residents", "value"),
                    f"{rest['residents'] / others:,.0f} residents a compound are too many",
                    f"平均每个小区 {rest['residents'] / others:,.0f} 名居民，太多",
                    _COMPOUND_LIMIT,
                )
        if others > 0 and rest.get("residents_committees", 1) < 1:
            self._fewer(
                "residents_committees",
                total["residents_committees"],
                named["residents_committees"] + 1,
                Both("that its estates and other compounds need", "名列小区和其他小区所需的"),
            )
        if rest.get("residents_committees", 0) > others > 0:
            self._fewer("compounds", others, rest["residents_committees"], Both("residents' committees", "居委会数"))
        for key, most, what in (
            ("towns", "residents_committees", Both("towns", "街镇数")),
            ("firms", "compounds", Both("firms", "物业企业数")),
        ):
            if key in total and most in total and total[key] > total[most]:
                self._fewer(most, total[most], total[key], what)

    def _fewer(self, key: str, count: float, than: float, what: Both) -> None:
        self.wrong(
            ("district", key, "value"),
            f"{count:,} is fewer than the {than:,} {what}",
            f"{count:,} 少于{what.zh} {than:,}",
        )

    # ---- programmes -------------------------------------------------------------------------------------

    def rollout(self, rollout: Rollout, path: Path, horizon_days: int | None = None) -> None:
        """Days in order, target types known, thresholds in order."""
        start = rollout.start_day or 0
        if rollout.end_day is not None and rollout.end_day <= start:
            self.wrong(
                (*path, "end_day"),
                f"day {rollout.end_day} is not after the start, day {start}",
                f"第 {rollout.end_day} 天不晚于开始的第 {start} 天",
            )
        if horizon_days is not None and start >= horizon_days:
            self.wrong(
                (*path, "start_day"),
                f"day {start} is after the last day of the run, {horizon_days - 1}",
                f"第 {start} 天晚于运行的最后一天 {horizon_days - 1}",
            )
        if rollout.target is not None:
            self._target(rollout.target, (*path, "target"))
        trigger = rollout.trigger
        if trigger is not None and trigger.below is not None and trigger.below > trigger.above:
            self.wrong(
                (*path, "trigger", "below"),
                f"{trigger.below:g} is above the threshold of the start, {trigger.above:g}",
                f"{trigger.below:g} 高于开始的阈值 {trigger.above:g}",
            )

    def _target(self, target: Target, path: Path) -> None:
        for place, word in enumerate(target.types):
            self.unknown((*path, "types", place), word, Both("compound type", "小区类型"), TYPES)
        for key in ("types", "compounds", "towns"):
            self.once(getattr(target, key), (*path, key))

    def outcomes(self, rollout: Rollout, path: Path, known: Collection[str]) -> None:
        """Outcomes that rank or trigger are known."""
        what = Both("outcome", "结果指标")
        if rollout.target is not None:
            self.unknown((*path, "target", "by"), rollout.target.by, what, known)
        if rollout.trigger is not None:
            self.unknown((*path, "trigger", "outcome"), rollout.trigger.outcome, what, known)

    def programme(self, programme: Programme) -> None:
        """Effects, costs and rollout of one programme file."""
        for key in ("effects", "citations"):
            if not getattr(programme, key) and not (key == "effects" and programme.includes):
                self.wrong((key,), "an empty list", "空列表", Both("give at least one", "至少给出一项"))
        for place, effect in enumerate(programme.effects):
            if not effect.range[0] <= effect.dose <= effect.range[1]:
                self.wrong(
                    ("effects", place, "range"),
                    f"the dose {effect.dose:g} is not within {effect.range}",
                    f"剂量 {effect.dose:g} 不在 {effect.range} 之内",
                )
            self.unknown(("effects", place, "lever"), effect.lever, Both("lever", "杠杆"), _levers())
        for place, expected in enumerate(programme.expects):
            known = {*BY_NAME, *(headline.name for headline in HEADLINES)}
            known |= {f"{outcome.name}.{category}" for outcome in BY_NAME.values() for category in outcome.categories}
            self.unknown(("expects", place, "outcome"), expected.outcome, Both("outcome", "结果指标"), known)
        for place, cost in enumerate(programme.costs):
            if not 0 <= cost.range[0] <= 1 <= cost.range[1]:
                self.wrong(("costs", place, "range"), "not two factors around 1", "不是包住 1 的两个倍数")
        self.rollout(programme.rollout, ("rollout",))

    # ---- arms -------------------------------------------------------------------------------------------

    def arms(self, arms: Collection[str], path: Path, known: Collection[str] | None) -> None:
        """Arms well formed, each once; of known programmes where `known` says which there are."""
        if not arms:
            self.wrong(
                path,
                "an empty list",
                "空列表",
                Both(f'such as ["{BASELINE}", ...]', f'例如 ["{BASELINE}", ...]'),
            )
        for place, arm in enumerate(arms):
            parts = arm_parts(arm)
            here = (*path, place)
            if arm.strip() != BASELINE and (not parts or BASELINE in parts or not all(map(_IDENTIFIER.fullmatch, parts))):
                self.wrong(
                    here,
                    f'"{shortened(arm)}" is not an arm',
                    f"“{shortened(arm)}” 不是一个方案",
                    Both(
                        'write "baseline", "programme" or "programme+programme"',
                        '请写 "baseline"、"programme" 或 "programme+programme"',
                    ),
                )
                continue
            self.once(parts, here)
            for part in parts if known is not None else ():
                self.unknown(here, part, Both("programme", "项目"), known or ())
        self.once([BASELINE if arm.strip() == BASELINE else "+".join(sorted(arm_parts(arm))) for arm in arms], path)

    def once(self, words: Collection[str], path: Path) -> None:
        for word, times in Counter(words).items():
            if times > 1:
                self.wrong(path, f'"{shortened(word)}" stands {times} times', f"“{shortened(word)}” 出现 {times} 次")


def _levers() -> list[str]:
    return [name for name, entry in defaults().entries.items() if entry.lever]


_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_COMPOUND_LIMIT = Both(f"allowed: at most {COMPOUND_RESIDENTS_LIMIT:,}", f"可用：至多 {COMPOUND_RESIDENTS_LIMIT:,}")


def arm_parts(arm: str) -> tuple[str, ...]:
    """Programme ids of an arm such as "whistle_report+standard_procedures"; none for the baseline."""
    return () if arm.strip() == BASELINE else tuple(part.strip() for part in arm.split("+"))
