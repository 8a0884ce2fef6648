"""Words of a command line become arguments; help and complaints in both languages, Chinese aligned."""

from __future__ import annotations

import argparse
import math
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from govsim.cli.speech import Speech
from govsim.report.words import wrap
from govsim.vocabulary import MECHANISMS

#: What argparse complains about, and the same in Chinese.
_COMPLAINTS = (
    (r"unrecognized arguments: (.*)", "没有这样的参数：{0}"),
    (r"the following arguments are required: (.*)", "缺少参数：{0}"),
    (r"argument (.*?): expected one argument", "{0}：须给出一个值"),
    (r"argument (.*?): expected at least one argument", "{0}：须给出至少一个值"),
    (r"argument (.*?): invalid choice: (.*) \(choose from (.*)\)", "{0}：没有 {1}；可用：{2}"),
    (r"argument (.*?): (.*)", "{0}：{1}"),
)


class Layout(argparse.HelpFormatter):
    """Help whose lines are broken by width on the screen, where a Chinese character takes two columns."""

    usage_word = "usage: "

    def __init__(self, prog: str) -> None:
        # argparse counts letters; the Chinese word for usage is three columns wider than it believes
        super().__init__(prog, max_help_position=28, width=shutil.get_terminal_size().columns - 5)

    def add_usage(self, usage, actions, groups, prefix=None):  # type: ignore[no-untyped-def]
        super().add_usage(usage, actions, groups, self.usage_word if prefix is None else prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width).split("\n")

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = [line for part in text.split("\n") for line in wrap(part, width - len(indent)).split("\n")]
        return "\n".join(indent + line for line in lines)


class ChineseLayout(Layout):
    """The same with a Chinese heading."""

    usage_word = "用法："


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks the terminal's language; a complaint ends the program with 2."""

    def __init__(self, say: Speech, prog: str, about: str, epilog: str = "") -> None:
        super().__init__(
            prog=prog, description=about, epilog=epilog, add_help=False, allow_abbrev=False,
            formatter_class=ChineseLayout if say.spoken == "zh" else Layout,
        )  # fmt: skip
        self.say = say
        self.what = self.add_argument_group(say("what", "对象"))
        self.options = self.add_argument_group(say("options", "选项"))
        self.options.add_argument("-h", "--help", action="help", help=say("show this and exit", "显示本说明"))
        self.options.add_argument(
            "--lang", choices=("zh", "en"),
            help=say("language; the system's unless given", "语言；不写时与系统相同"),
        )  # fmt: skip

    def error(self, message: str) -> NoReturn:
        if self.say.spoken == "zh":
            for pattern, chinese in _COMPLAINTS:
                if found := re.fullmatch(pattern, message, re.DOTALL):
                    message = chinese.format(*found.groups())
                    break
        hint = self.say(f"{self.prog} --help says what there is", f"用法见 {self.prog} --help")
        sys.stderr.write(f"{self.prog}: {message}\n    {hint}\n")
        raise SystemExit(2)


def whole(say: Speech, low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`."""

    def read(text: str) -> int:
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,19}", text) else None
        if value is None or not low <= value <= high:
            said = say(f"{text[:40]}: needs a whole number from {low} to {high}",
                       f"{text[:40]}：须为 {low} 到 {high} 的整数")  # fmt: skip
            raise argparse.ArgumentTypeError(said)
        return value

    return read


def share(say: Speech) -> Callable[[str], float]:
    """Reads a number above 0, at most 1."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value <= 1:
            said = say(f"{text[:40]}: needs a number above 0, at most 1", f"{text[:40]}：须为大于 0、不大于 1 的数")
            raise argparse.ArgumentTypeError(said)
        return value

    return read


def seconds(say: Speech) -> Callable[[str], float]:
    """Reads a number of seconds, above 0."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            said = say(f"{text[:40]}: needs a number of seconds above 0", f"{text[:40]}：须为大于 0 的秒数")
            raise argparse.ArgumentTypeError(said)
        return value

    return read


def scenario_argument(parser: Parser) -> None:
    """SCENARIO: a file or a shipped name."""
    parser.what.add_argument(
        "scenario", metavar="SCENARIO",
        help=parser.say("a scenario file, or the name of a shipped one, such as putuo",
                        "情景文件，或自带情景的名字，如 putuo"),
    )  # fmt: skip


def choices_of_a_run(parser: Parser) -> None:
    """The options that `run` and `compare` share."""
    say, add = parser.say, parser.options.add_argument
    length_and_place(parser)
    add("--events", action="store_true",
        help=say("also write events.parquet: every crime and every step of every case file",
                 "另写 events.parquet：每起案件、每个工单的每一步"))  # fmt: skip


def length_and_place(parser: Parser) -> None:
    """What is run for how long, and where it is written."""
    say, add = parser.say, parser.options.add_argument
    add("--seed", metavar="N", type=whole(say, 0, 2**63 - 1), help=say("master seed", "随机种子"))
    add("--days", metavar="N", type=whole(say, 1, 3653), help=say("days to run, at most 3653", "运行天数，至多 3653"))
    add("--sample", metavar="F", type=share(say),
        help=say("share of the compounds to run, above 0, at most 1", "所运行小区的比例，大于 0，至多 1"))  # fmt: skip
    add("--off", metavar="MECHANISM", nargs="+", action="extend", default=[], choices=MECHANISMS,
        help=say(f"switch mechanisms off, to see what carries a result: {', '.join(MECHANISMS)}",
                 f"关闭若干机制，看结果靠什么成立：{'、'.join(MECHANISMS)}"))  # fmt: skip
    add("--out", metavar="DIR", type=Path, help=say("folder for the results; results/... unless given",
                                                    "结果文件夹；不写时为 results/ 下"))  # fmt: skip
    new_option(parser)


def new_option(parser: Parser) -> None:
    """--new: never into a folder that holds another experiment."""
    say = parser.say
    parser.options.add_argument(
        "--new", action="store_true",
        help=say("where the folder holds another experiment, use the next free one beside it: NAME-2, NAME-3 ...",
                 "文件夹中是另一个实验时，改用旁边下一个可用的：名字-2、名字-3 ……"),
    )  # fmt: skip
