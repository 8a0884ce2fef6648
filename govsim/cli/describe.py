"""`govsim describe`: the day's schedule, the parameters in force, the outcomes, the levers, the network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from govsim.cli.parsing import Parser, scenario_argument, share
from govsim.cli.speech import Speech, table, terminal

if TYPE_CHECKING:
    import numpy as np

    from govsim.scenario.load import Loaded
    from govsim.scenario.parameters import Parameter
    from govsim.scenario.schema import Effect

NAME = "describe"
ABOUT = ("print what a scenario's model holds", "查看情景所用的模型：日程、参数、指标、杠杆、网络")

TOPICS = ("schedule", "parameters", "outcomes", "levers", "network")
TRUTHS: Final = {
    "happened": ("happened", "实际"), "reported": ("reported", "反映"), "recorded": ("recorded", "台账"),
    "felt": ("felt", "感受"), "resources": ("resources", "资源"),
}  # fmt: skip


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    parser.what.add_argument("topic", metavar="TOPIC", choices=TOPICS, help=", ".join(TOPICS))
    scenario_argument(parser)
    add("--group", metavar="NAME", help=say("parameters: only those of one group, with whole tables",
                                            "parameters：只看一组，列出全表"))  # fmt: skip
    add("--graphml", metavar="DIR", type=Path, help=say("network: also write it as GraphML into this folder",
                                                        "network：另存为 GraphML 文件"))  # fmt: skip
    add("--sample", metavar="F", type=share(say), help=say("network: share of the compounds", "network：小区的比例"))


def act(said: argparse.Namespace, say: Speech) -> int:
    """Print one topic."""
    from govsim.cli import carrying_out

    loaded = carrying_out.load(said)
    if said.topic == "network":
        from govsim.cli.describe_network import network

        network(loaded, said.graphml, say)
    elif said.topic == "parameters":
        parameters(loaded, said.group, say)
    else:
        {"schedule": schedule, "outcomes": outcomes, "levers": levers}[said.topic](loaded, say)
    return 0


def schedule(loaded: Loaded, say: Speech) -> None:
    """The steps of a day, in their order."""
    from govsim.processes.schedule import schedule as steps

    every = {
        "day": say("day", "日"), "week": say("week", "周"), "month": say("month", "月"), "quarter": say("quarter", "季"),
    }  # fmt: skip
    rows = [
        (str(k), s.name, every[s.every], s.does, s.reads, s.writes)
        for k, s in enumerate(steps(loaded.parameters, loaded.scenario.mechanisms), 1)
    ]  # fmt: skip
    head = ("", say("step", "步骤"), say("every", "每"), say("does", "做什么"), say("reads", "读"), say("writes", "写"))
    console = terminal()
    table(console, head, rows, right={0, 1})
    console.print()
    console.print(say(
        "Before the steps of a day, programmes set the levers of their compounds; after the last day of a week, "
        "outcomes are counted.",
        "每天各步骤之前，项目先调整所覆盖小区的杠杆；每周最后一天之后，统计各项结果。",
    ))  # fmt: skip


def parameters(loaded: Loaded, group: str | None, say: Speech) -> None:
    """Every parameter in force: value, unit, bounds, grade, source, and who set it."""
    from govsim.cli.programmes import WORDS
    from govsim.errors import Fault, InputError
    from govsim.report.words import wrap
    from govsim.scenario.bilingual import Both
    from govsim.scenario.faults import known_words

    entries = list(loaded.parameters.entries.values())
    groups = list(dict.fromkeys(e.name.split(".")[0] for e in entries))
    if group is not None and group not in groups:
        wrong = Both(f'no group of parameters "{group}"', f"没有参数组 “{group}”")
        raise InputError([Fault("", None, "", wrong, known_words(group, groups))])
    console = terminal()
    width = min(console.width, 100) - 4
    shown = [e for e in entries if group in (None, e.name.split(".")[0])]
    for entry in shown:
        low, high = entry.bounds
        console.print(f"{entry.name}", style="bold", end="")
        console.print(f"  {value(entry, whole=group is not None)}  [{entry.unit}]", soft_wrap=True)
        origin = say("the model's own", "模型默认") if entry.origin == "default" else entry.origin
        tried = "" if entry.range is None else say(
            f"; tried x {entry.range[0]:g} to x {entry.range[1]:g}",
            f"；敏感性分析 {entry.range[0]:g} 至 {entry.range[1]:g} 倍")  # fmt: skip
        lever = say("; a lever", "；杠杆") if entry.lever else ""
        for text in (
            entry.about,
            say(f"{low:g} to {high:g}{tried}; set by: {origin}{lever}",
                f"范围 {low:g} 到 {high:g}{tried}；来自：{origin}{lever}"),
            f"{say(*WORDS[entry.grade])}: {entry.source}",
        ):  # fmt: skip
            for line in wrap(text, width).split("\n"):
                console.print("    " + line, soft_wrap=True)
    grades = {g: sum(e.grade == g for e in shown) for g in ("published", "calibrated", "assumed")}
    changed = sum(e.origin != "default" for e in shown)
    console.print()
    tally = ", ".join(f"{n} {say(*WORDS[g])}" for g, n in grades.items())
    console.print(say(f"{len(shown)} parameters: {tally}; {changed} set by the scenario.",
                      f"共 {len(shown)} 个参数：{tally}；其中 {changed} 个由情景设定。"))  # fmt: skip


def value(entry: Parameter, whole: bool = False) -> str:
    """A parameter's value: a number, a few numbers by word, or in short how many and between which."""
    import numpy as np

    from govsim.vocabulary import INDEX

    if not isinstance(entry.value, np.ndarray):
        return f"{entry.value:g}"
    if entry.value.ndim == 1 and (whole or len(entry.value) <= 5):
        return _words(entry.by[0], entry.value)
    if whole:
        rows = zip(INDEX[entry.by[0]], entry.value, strict=True)
        return "; ".join(f"{word}: {_words(entry.by[1], row, entry.sparse)}" for word, row in rows)
    shape = " x ".join(f"{n} {space}s" for n, space in zip(entry.value.shape, entry.by, strict=True))
    return f"{entry.value.min():g} .. {entry.value.max():g} ({shape})"


def _words(space: str, row: np.ndarray, sparse: bool = False) -> str:
    from govsim.vocabulary import INDEX

    return ", ".join(f"{w} {v:g}" for w, v in zip(INDEX[space], row.tolist(), strict=True) if v or not sparse) or "-"


def outcomes(loaded: Loaded, say: Speech) -> None:
    """What is counted, and which of the truths each is."""
    from govsim.observe.outcomes import FLOWS, HEADLINES, STOCKS
    from govsim.report.words import words

    console, w = terminal(), words(say.spoken)
    name, truth, unit, about = say("name", "名称"), say("truth", "事实"), say("unit", "单位"), say("what it is", "含义")
    rows = [
        (say(*TRUTHS[h.truth]), h.name, say(h.en, h.zh), w.unit(h.name),
         {"up": say("up", "升"), "down": say("down", "降"), "neither": say("-", "—")}[h.better])
        for h in HEADLINES
    ]  # fmt: skip
    title = say("Headline figures: what arms are compared on", "主要指标：各方案据此比较")
    table(console, (truth, name, about, unit, say("better", "好转")), rows, title=title)
    for title, found in (
        (say("Flows: counted over a week", "流量：按周累计"), FLOWS),
        (say("Stocks: measured on a week's last day", "存量：每周最后一天测量"), STOCKS),
    ):
        console.print()
        rows = [(say(*TRUTHS[o.truth]), o.name, o.about, o.unit, _categories(o.categories)) for o in found]
        table(console, (truth, name, about, unit, say("categories", "类别")), rows, title=title)


def _categories(words: tuple[str, ...]) -> str:
    if words == ("all",):
        return ""
    return ", ".join(words) if len(words) <= 3 else f"{len(words)}: {words[0]} ... {words[-1]}"


def levers(loaded: Loaded, say: Speech) -> None:
    """What programmes can move, and how their moves stack."""
    from govsim.programmes.catalogue import programmes_of
    from govsim.programmes.levers import levers as known
    from govsim.report.words import wrap

    movers: dict[str, list[str]] = {}
    for programme in programmes_of(loaded).values():
        for effect in programme.effects:
            movers.setdefault(effect.lever, []).append(programme.id)
    console = terminal()
    nothing = say("no programme", "没有项目")
    for name, e in known(loaded.parameters).items():
        by = ", ".join(dict.fromkeys(movers.get(name, ()))) or nothing
        console.print(name, style="bold", end="")
        rest = say("at rest", "平时")
        console.print(f"  {rest} {value(e)}, {e.bounds[0]:g} .. {e.bounds[1]:g} [{e.unit}]", soft_wrap=True)
        for text in (e.about, say(f"moved by: {by}", f"改变它的项目：{by}")):
            for line in wrap(text, min(console.width, 100) - 4).split("\n"):
                console.print("    " + line, soft_wrap=True)
    console.print()
    console.print(say(
        "Stacking order on each compound: all factors (multiply), then all sums (add), then the highest at_least, "
        "then the lowest at_most, then the bounds; what the bounds hold back is recorded.",
        "各小区的叠加次序：先全部相乘（multiply），再全部相加（add），再取最高的 at_least，"
        "再取最低的 at_most，最后不超出范围；被范围截去的部分会记录下来。",
    ))  # fmt: skip


def moved(entry: Parameter, effect: Effect) -> float:
    """What one effect at full dose, or at its share of it, makes of a lever at rest, bounds included."""
    rest = float(entry.value)
    full = {"multiply": rest * effect.dose, "add": rest + effect.dose, "at_least": max(rest, effect.dose),
            "at_most": min(rest, effect.dose)}[effect.do]  # fmt: skip
    return min(max(rest + effect.share * (full - rest), entry.bounds[0]), entry.bounds[1])
