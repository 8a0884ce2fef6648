"""`govsim screen`: every programme against the baseline on the same random numbers, in one table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from govsim.cli import carrying_out
from govsim.cli.parsing import Parser, length_and_place, scenario_argument, whole
from govsim.cli.speech import Speech, table, terminal

if TYPE_CHECKING:
    from govsim.analysis.screen import Screened
    from govsim.experiment.plan import Plan

NAME = "screen"
ABOUT = ("try every programme: what each moves, costs and harms", "逐一试行全部项目：改变什么、花费多少、有何副作用")

REPLICATES = 12
#: Columns that the names of programmes keep at least, and at which heads break.
LABEL, HEAD = 16, 6


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    scenario_argument(parser)
    add("--only", metavar="ID", nargs="+", action="extend", default=[],
        help=say("these programmes; all unless given", "只试行这些项目；不写时为全部"))  # fmt: skip
    add("--replicates", metavar="N", type=whole(say, 2, 10_000), default=REPLICATES,
        help=say(f"repetitions of each; {REPLICATES} unless given", f"每个项目的重复次数；不写时为 {REPLICATES}"))  # fmt: skip
    add("--workers", metavar="N", type=whole(say, 1, 1024),
        help=say("processes at work; all processors unless given; results do not depend on it",
                 "并行进程数；不写时用全部处理器；结果与此无关"))  # fmt: skip
    add("--yes", action="store_true", help=say("run it although it is very large", "规模很大也照常运行"))
    length_and_place(parser)


def act(said: argparse.Namespace, say: Speech) -> int:
    """Run what is missing, screen, print the table, name the files."""
    from govsim.experiment.places_table import write_places
    from govsim.experiment.plan import make_plan
    from govsim.programmes.catalogue import programmes_of
    from govsim.world.world import read_map

    loaded = carrying_out.load(said, said.only or None)
    arms = said.only or list(programmes_of(loaded))
    plan = make_plan(loaded, arms, said.replicates)
    folder = carrying_out.folder_of(said, plan, carrying_out.default_folder(loaded, NAME))
    district = read_map(loaded)
    carrying_out.announce(plan, district, folder, say, said.yes)
    carrying_out.carry_out(plan, folder, said.workers, say)
    write_places(folder, district)
    _report(plan, folder, say)
    return 0


def _report(plan: Plan, folder: Path, say: Speech) -> None:
    from govsim.analysis.screen_folder import screen_folder
    from govsim.programmes.catalogue import programmes_of
    from govsim.report.screen import screen_grid, sheets
    from govsim.report.screen_files import write_screen
    from govsim.report.tables import print_grid
    from govsim.report.words import words

    programmes, w = programmes_of(plan.loaded), words(say.spoken)
    found: Screened = screen_folder(folder, programmes)
    written = write_screen(folder, found, programmes, words(say.lang))
    console = terminal()
    console.print()
    print_grid(console, screen_grid(found, programmes, w), least=LABEL, head=HEAD)
    for title, head, rows, right in sheets(found, programmes, w):
        console.print()
        table(console, head, rows, right=right, title=title)
    console.print()
    console.print(say("Files:", "文件："))
    for path in written:
        console.print(f"  {path}", soft_wrap=True)
