"""`govsim programmes`: the catalogue, and one programme as a page to hand to a colleague."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech, terminal
from govsim.cli.targets import target_in_words, trigger_in_words

if TYPE_CHECKING:
    from govsim.scenario.parameters import Parameters
    from govsim.scenario.schema import Cost, Effect, Programme, Rollout

NAME = "programmes"
ABOUT = ("list the programmes, or show one of them", "列出治理项目，或详细介绍其中一个")

#: Words of programme files in both languages.
WORDS: Final[dict[str, tuple[str, str]]] = {
    "published": ("published", "有出处"), "calibrated": ("calibrated", "校准"), "assumed": ("assumed", "假设"),
    "city": ("city", "市"), "district": ("district", "区"), "town": ("town", "街镇"),
    "committee": ("residents' committee", "居委会"), "firm": ("property firm", "物业企业"),
    "owners": ("owners", "业主"), "society": ("society", "社会单位"),
    "mediators": ("mediators", "调解组织"), "police": ("police", "派出所"),
    "petition_office": ("petition office", "信访部门"),
    "department": ("departments", "职能部门"), "court": ("court", "法院"),
    "up": ("up", "上升"), "down": ("down", "下降"),
}  # fmt: skip
#: What a cost is counted by.
PER: Final[dict[str, tuple[str, str]]] = {
    "compound": ("compound", "每个小区"), "household": ("household", "每户"), "resident": ("resident", "每名居民"),
    "town": ("town", "每个街镇"), "residents_committee": ("residents' committee", "每个居委会"),
}  # fmt: skip


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    parser.what.add_argument(
        "id",
        metavar="ID",
        nargs="?",
        help=parser.say("one programme; the whole list without", "某个项目；不写则列出全部"),
    )


def act(said: argparse.Namespace, say: Speech) -> int:
    """Print the list, or one page."""
    from govsim.errors import Fault, InputError
    from govsim.programmes.catalogue import shipped
    from govsim.scenario.bilingual import Both
    from govsim.scenario.faults import known_words

    known = shipped()
    if said.id is None:
        _list(known, say)
    elif said.id in known:
        Page(say).show(known[said.id])
    else:
        wrong = Both(f'no programme "{said.id}"', f"没有项目 “{said.id}”")
        raise InputError([Fault("", None, "", wrong, known_words(said.id, known))])
    return 0


def _list(known: dict[str, Programme], say: Speech) -> None:
    """All programmes by family, both names side by side."""
    from govsim.report.words import cells, words

    console = terminal()
    wide = max(len(i) for i in known)
    middle = max(cells(p.name.zh) for p in known.values())
    for family in dict.fromkeys(p.family for p in known.values()):
        console.print(words(say.spoken).of("family", family), style="bold")
        for p in known.values():
            if p.family == family:
                gap = " " * (middle - cells(p.name.zh) + 2)
                console.print(f"  {p.id:{wide}}  {p.name.zh}{gap}{p.name.en}", soft_wrap=True)
    provisional = sum(p.provisional for p in known.values())
    console.print()
    console.print(say(
        f"{len(known)} programmes, {provisional} of them provisional: no second, blind reading of the sources yet.",
        f"共 {len(known)} 个项目，其中 {provisional} 个为暂定：尚未由第二人独立核对出处。",
    ))  # fmt: skip
    console.print(say("One of them: govsim programmes ID", "查看其中一个：govsim programmes ID"))


def figure(x: float) -> str:
    """Six digits of a number, never in powers of ten."""
    return format(Decimal(f"{x:g}"), ",f")


class Page:
    """One programme as text."""

    def __init__(self, say: Speech) -> None:
        from govsim.scenario.parameters import defaults

        self.say, self.console = say, terminal()
        self.parameters: Parameters = defaults()

    def show(self, p: Programme) -> None:
        """Print all that the catalogue knows of it."""
        from govsim.report.words import words

        say = self.say
        family = words(say.spoken).of("family", p.family)
        self.console.print(f"{p.name.zh}  {p.name.en}", style="bold")
        status = say("; provisional: the sources await a second, blind reading", "；暂定：出处尚待第二人独立核对")
        self.line(say("; ", "；").join([p.id, family]) + (status if p.provisional else ""), 0)
        self.console.print()
        self.line(say(p.about.en, p.about.zh), 0)
        self.part(say("What it moves", "改变什么"), [self.effect(e) for e in p.effects])
        if p.includes:
            contained = [
                [f"{i.id} {self.named(i.id)}", say(f"{100 * i.share:g}% of it", f"按 {100 * i.share:g}% 计")] for i in p.includes
            ]
            self.part(say("It contains (their effects are listed above)", "包含（其作用已列在上面）"), contained)
        self.part(say("Rollout", "推行方式"), [[self.rollout(p.rollout)]])
        nothing = say("none stated", "未说明")
        self.part(say("Costs", "费用"), [self.cost(c) for c in p.costs] or [[nothing]])
        staff = [
            [say(f"{self.word(s.desk)}: {100 * s.share:g}% of working time at full dose",
                 f"{self.word(s.desk)}：满剂量时占工作时间 {100 * s.share:g}%"), self.text(s.source)] for s in p.staff_time
        ]  # fmt: skip
        self.part(say("Staff time it takes", "占用人力"), staff or [[nothing]])
        self.part(say("Harms", "副作用"), [[self.text(p.harms) or nothing]])
        self.part(say("Needs", "前提条件"), [[self.text(p.needs) or nothing]])
        self.part(say("Expected", "预期"), [self.expected(e.outcome, e.direction, e.why) for e in p.expects])
        self.part(say("Sources", "出处"), [[self.text(c.text), self.text(c.reason)] for c in p.citations])
        if p.settled:
            left = [[self.lever(s.lever), self.text(s.why)] for s in p.settled]
            self.part(say("Where the second reading differs", "与第二次核对不一致之处"), left)

    def named(self, id: str) -> str:
        """Name of a programme or of a part that another contains."""
        from govsim.programmes.catalogue import entries, parts

        if id in entries():
            return self.say(entries()[id].name.en, entries()[id].name.zh)
        return self.say(parts()[id].about.en, parts()[id].about.zh)

    def word(self, key: str) -> str:
        """A word of the file in the terminal's language."""
        return self.say(*WORDS[key])

    def text(self, english: str) -> str:
        """A text of the catalogue, which is written in English, in the terminal's language."""
        from govsim.programmes.chinese import chinese

        return chinese(english) if english and self.say.spoken == "zh" else english

    def lever(self, name: str) -> str:
        """A lever's name and what it is."""
        return name + self.say(": ", "：") + self.text(self.parameters.entries[name].about)

    def line(self, text: str, indent: int) -> None:
        """One paragraph, broken at the width of the screen."""
        from govsim.report.words import wrap

        for line in wrap(text, min(self.console.width, 100) - indent).split("\n"):
            self.console.print(" " * indent + line, soft_wrap=True)

    def part(self, title: str, items: list[list[str]]) -> None:
        """A heading and its items: the first paragraph of each stands out."""
        self.console.print()
        self.console.print(title, style="bold")
        for first, *others in items:
            self.line(first, 2)
            for other in others:
                self.line(other, 6)

    def effect(self, e: Effect) -> list[str]:
        """A lever: from what it is at rest to what the full dose makes of it."""
        from govsim.cli.describe import moved

        entry = self.parameters.entries[e.lever]
        rest, full, dose = figure(float(self.parameters[e.lever])), figure(moved(entry, e)), figure(e.dose)
        do = {"multiply": self.say("times", "乘以"), "add": self.say("plus", "加上"),
              "at_least": self.say("at least", "至少"), "at_most": self.say("at most", "至多")}[e.do]  # fmt: skip
        low, high = (figure(x) for x in e.range)
        of = "" if e.share == 1 else self.say(f", {100 * e.share:g}% of it", f"，取其 {100 * e.share:g}%")
        return [
            self.lever(e.lever),
            self.say(f"{do} {dose}{of}: from {rest} to {full} {entry.unit}",
                     f"{do} {dose}{of}：由 {rest} 变为 {full}（{self.text(entry.unit)}）"),
            self.say(f"tried from {low} to {high}; {self.word(e.grade)}: {e.source}",
                     f"敏感性分析范围 {low} 到 {high}；{self.word(e.grade)}：{self.text(e.source)}"),
        ]  # fmt: skip

    def rollout(self, r: Rollout) -> str:
        """When, where, how strongly."""
        say, parts = self.say, []
        parts.append(say(f"from day {r.start_day or 0}", f"第 {r.start_day or 0} 天开始"))
        if r.ramp_days:
            parts.append(say(f"full strength after {r.ramp_days} days", f"{r.ramp_days} 天后达到满剂量"))
        if r.end_day is not None:
            parts.append(say(f"ends on day {r.end_day}", f"第 {r.end_day} 天结束"))
        covered = 100 * (1.0 if r.coverage is None else r.coverage)
        parts.append(say(f"reaches {covered:g}% of the target compounds", f"覆盖 {covered:g}% 的目标小区"))
        if r.intensity is not None and r.intensity != 1:
            parts.append(say(f"{r.intensity:g} times the dose", f"剂量的 {r.intensity:g} 倍"))
        if r.target is not None:
            parts.append(say("target: ", "对象：") + target_in_words(r.target, say))
        if r.trigger is not None:
            parts.append(trigger_in_words(r.trigger, say))
        return say("; ", "；").join(parts)

    def cost(self, c: Cost) -> list[str]:
        """Who pays how much."""
        say, payer, per = self.say, self.word(c.payer), self.say(*PER[c.per])
        sums = [say(f"{figure(c.once)} yuan once", f"一次性 {figure(c.once)} 元")] if c.once else []
        sums += [say(f"{figure(c.a_year)} yuan a year", f"每年 {figure(c.a_year)} 元")] if c.a_year else []
        low, high = c.range
        return [
            say(f"{payer} pays per {per}: {', '.join(sums)} (tried x {low:g} to x {high:g})",
                f"{payer}出资，{per}{'，'.join(sums)}（敏感性分析 {low:g} 至 {high:g} 倍）"),
            self.text(c.source),
        ]  # fmt: skip

    def expected(self, outcome: str, direction: str, why: str) -> list[str]:
        """An outcome that should move, and why."""
        from govsim.report.words import words

        name, way = words(self.say.spoken).outcome(outcome), self.word(direction)
        return [self.say(f"{name} ({outcome}): {way}", f"{name}（{outcome}）：{way}"), self.text(why)]
