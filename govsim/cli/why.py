"""`govsim why`: why a run with programmes differs from the same run without: the first event, the cases, the ways."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govsim.cli import carrying_out
from govsim.cli.parsing import Parser, scenario_argument, share, whole
from govsim.cli.speech import Speech, table, terminal
from govsim.cli.why_words import WORDS

if TYPE_CHECKING:
    import pandas as pd

NAME = "why"
ABOUT = (
    "why a programme changes a run: the first event, and the ways its effect takes",
    "项目为何改变结果：最早的分岔，以及效果经由哪些环节",
)

#: Cases that are told at most, and lines of counts.
CASES, LINES = 3, 12


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    scenario_argument(parser)
    add("--with", dest="programmes", metavar="ID", nargs="+", action="extend", required=True,
        help=say("programmes that act in one of the two worlds", "在其中一个世界里起作用的项目"))  # fmt: skip
    add("--outcomes", metavar="NAME", nargs="+", default=[],
        help=say("headlines whose effect is taken apart; the usual ones unless given",
                 "要分解其效果的指标；不写时用常用的几个"))  # fmt: skip
    add("--replicate", metavar="K", type=whole(say, 0, 9_999), default=0,
        help=say("which replicate, from 0 on", "第几次重复，从 0 起"))  # fmt: skip
    add("--replicates", metavar="N", type=whole(say, 1, 100), default=1,
        help=say("ways: mean over so many replicates, beginning with that one",
                 "分解效果时取这么多次重复的平均，自该次起"))  # fmt: skip
    add("--days", metavar="N", type=whole(say, 1, 3653), help=say("days to run, at most 3653", "运行天数，至多 3653"))
    add("--seed", metavar="N", type=whole(say, 0, 2**63 - 1), help=say("master seed", "随机种子"))
    add("--sample", metavar="F", type=share(say),
        help=say("share of the compounds to run, above 0, at most 1", "所运行小区的比例，大于 0，至多 1"))  # fmt: skip
    add(
        "--out",
        metavar="DIR",
        type=Path,
        help=say("also write the tables as CSV into this folder", "另将表格写为 CSV 存入此文件夹"),
    )


def act(said: argparse.Namespace, say: Speech) -> int:
    """Run the pairs, tell the first difference, take the effect apart."""
    from govsim.analysis.findings import question
    from govsim.experiment.why_runs import paired_events, paths
    from govsim.programmes.catalogue import programmes_of
    from govsim.report.words import words

    loaded = carrying_out.load(said, ["+".join(said.programmes)])
    known = programmes_of(loaded)
    ids = dict.fromkeys(part for word in said.programmes for part in word.split("+"))
    arm = [known[i] for i in ids]
    headlines = list(question(said.outcomes).outcomes)
    days = loaded.scenario.time.horizon_days
    baseline, treated = paired_events(loaded, arm, said.replicate, days)
    console = terminal()
    teller = Teller(say, console, baseline, treated)
    teller.tell()
    from govsim.analysis.why import mean_paths, path_shares
    from govsim.experiment.lockstep import home

    outcomes, runs = paths(loaded, arm, range(said.replicate, said.replicate + said.replicates), days)
    shares = mean_paths(path_shares(outcomes, runs, headlines, home))
    print_paths(console, shares, say, words(say.spoken))
    if said.out is not None:
        _write(said.out, teller.different, shares, say, console)
    return 0


def _write(folder: Path, different: pd.DataFrame, shares: pd.DataFrame, say: Speech, console: Any) -> None:
    from govsim.report.csv_file import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    console.print()
    console.print(say("Files:", "文件："))
    for name, frame in (("different-events.csv", different), ("ways.csv", shares)):
        console.print(f"  {write_csv(frame, folder / name)}", soft_wrap=True)


class Teller:
    """Two logs of events of the same replicate, told."""

    def __init__(self, say: Speech, console: Any, baseline: pd.DataFrame, arm: pd.DataFrame) -> None:
        from govsim.analysis.why import only_in_one

        self.say, self.console, self.logs = say, console, {"baseline": baseline, "arm": arm}
        self.different = only_in_one(baseline, arm)

    def tell(self) -> None:
        """The first difference, the story of the first few cases in both worlds, and counts."""
        from govsim.analysis.why import counts, first_difference

        say, first = self.say, first_difference(self.different)
        n, one = [len(log) for log in self.logs.values()], len(self.different)
        self.line(say(f"Without it {n[0]:,} events, with it {n[1]:,}; {one:,} are in one world only.",
                      f"没有项目时 {n[0]:,} 个事件，有项目时 {n[1]:,} 个；只见于其中一个世界的有 {one:,} 个。"))  # fmt: skip
        if first is None:
            self.line(say("The two worlds are alike in every event.", "两个世界的每个事件都相同。"))
            return
        self.line(say(f"The first difference is on day {first['day']} ({first['date']}):",
                      f"最早的分岔在第 {first['day']} 天（{first['date']}）："))  # fmt: skip
        self.line("  " + self.event(first, where=True))
        for case in list(dict.fromkeys(self.different["case"]))[:CASES]:
            self.case(str(case))
        self.console.print()
        head = (say("event", "事件"), say("about", "事由"), say("only without", "仅见于无项目"), say("only with", "仅见于有项目"))
        rows = [
            (self.word(r["kind"]), self.word(r["type"]), str(r["baseline"]), str(r["arm"]))
            for r in counts(self.different).head(LINES).to_dict("records")
        ]
        table(self.console, head, rows, right={2, 3}, title=say("Events that only one world has", "只见于一个世界的事件"))

    def case(self, case: str) -> None:
        """One case's steps in both worlds, beside each other in time."""
        from govsim.analysis.why import steps_of

        say = self.say
        self.console.print()
        self.line(say(f"Case {case}", f"案件 {case}"))
        for world, name in (("baseline", say("without", "无项目")), ("arm", say("with", "有项目"))):
            steps = steps_of(self.logs[world], case).to_dict("records")
            self.line(f"  {name}:")
            for step in steps[:20]:
                self.line(f"    {say('day', '第')} {step['day']}{say('', ' 天')}: {self.event(step)}")
            if not steps:
                self.line("    " + say("nothing", "无"))

    def event(self, step: Any, where: bool = False) -> str:
        """One event in plain words."""
        say, kind = self.say, str(step["kind"])
        start, goal = (self.word(step[k]) if isinstance(step[k], str) and step[k] else "" for k in ("from", "to"))
        what = {
            "opened": say(f"a file is opened ({start}), it lies at the {goal}", f"立案（{start}），由{goal}办理"),
            "reopened": say(f"a file is opened again ({start}), it lies at the {goal}", f"重新立案（{start}），由{goal}办理"),
            "complained": say(f"somebody complains ({start})", f"有居民投诉（{start}）"),
            "treated": say(f"the {start} treats it", f"{start}处置"),
            "handed_over": say(f"the {start} hands it to the {goal}", f"{start}转给{goal}"),
            "closed": say(f"the {start} closes it as {goal}", f"{start}办结：{goal}"),
            "crime": say(f"a crime: {self.word(step['type'])}", f"发生案件：{self.word(step['type'])}"),
        }[kind]
        if not where:
            return what
        building = step["building"]
        at = say(f"compound {step['compound']}", f"小区 {step['compound']}")
        if building is not None and building == building:
            at += say(f", building {int(building) + 1}", f" {int(building) + 1} 号楼")
        only = (
            say("only without the programme", "仅无项目时") if step["world"] == "baseline" else say("only with it", "仅有项目时")
        )
        return say(f"{what}; {self.word(step['type'])}, {at}; {only}", f"{what}；{self.word(step['type'])}，{at}；{only}")

    def word(self, text: object) -> str:
        """A word of the log for people."""
        return self.say(*WORDS[str(text)]) if str(text) in WORDS else str(text).replace("_", " ")

    def line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


def print_paths(console: Any, shares: pd.DataFrame, say: Speech, w: Any) -> None:
    """The ways of each outcome's effect: one line per outcome, one column per part of the model that carries anything."""
    from govsim.report.grids import decimals, number

    names = list(dict.fromkeys(shares["part"]))
    carries = shares.groupby("part")["through"].agg(lambda x: bool((x != 0).any()))
    shown = [name for name in names if carries[name] or name in ("sum", "rest")]
    rows = []
    for outcome, block in shares.groupby("outcome", sort=False):
        total, low, high = (float(block[k].iloc[0]) for k in ("total", "low", "high"))
        clear = low != low or low > 0 or high < 0
        parts = {r["part"]: r for r in block.to_dict("records")}
        cells = []
        for name in shown:
            share_of = parts[name]["share"] if clear else float("nan")
            text = "" if share_of != share_of else number(100 * share_of, 0) + "%"
            cells.append(say("made there", "产生于此") if parts[name]["home"] and text else text)
        label = f"{w.headline(str(outcome))} ({w.unit(str(outcome), short=True)})"
        rows.append((label, number(total, decimals([total]), signed=True), *cells))
    console.print()
    head = (say("figure", "指标"), say("effect", "效果"), *(w.of("part", name) for name in shown))
    table(console, head, rows, right=set(range(1, len(head))), title=say("The ways of the effect", "效果的路径"))
    idle = [w.of("part", name) for name in names if name not in shown]
    if idle:
        console.print(say(f"Nothing runs through: {', '.join(idle)}.", f"没有经由：{'、'.join(idle)}。"))
    console.print(say(
        "Each part in turn is kept to the course it takes without the programme: the share of the effect that this takes "
        "away runs through it. Where the figure itself is made all of the effect passes; that is not in the sum. Rest: "
        "straight to where it is made; below zero where one way passes several parts in turn. No shares where the effect is "
        "not clear over the replicates; of one replicate they hold its chance too.",
        "依次让每个环节保持没有项目时的进程：效果因此失去的份额即经由该环节。指标本身产生之处，效果必经，不计入合计。"
        "其余：直接作用于指标产生之处；一条路径先后经过几个环节时为负。各次重复合起来仍不明确的效果不列份额；"
        "只有一次重复时，份额中含偶然。",
    ))  # fmt: skip
