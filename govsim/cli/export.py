"""`govsim experiment export`: results as files for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from govsim.cli.analyse import folder_argument, found_folder
from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech, terminal

NAME = "export"
ABOUT = ("write results for spreadsheets, Stata, EMA Workbench or SALib", "把结果导出给电子表格、Stata、EMA Workbench 或 SALib")

FORMATS = ("csv", "stata", "ema", "salib")


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    folder_argument(parser)
    add("--to", choices=FORMATS, required=True, help=", ".join(FORMATS))
    add("--out", metavar="DIR", type=Path, help=say("where to; export/ in the folder unless given",
                                                    "写到哪里；不写时为该文件夹下的 export/"))  # fmt: skip


def act(said: argparse.Namespace, say: Speech) -> int:
    """Write the files and name them."""
    from govsim.experiment.results import read_results
    from govsim.report import exports

    folder = found_folder(said.folder)
    results = read_results(folder)
    written = {"csv": exports.to_csv, "stata": exports.to_stata, "ema": exports.to_ema, "salib": exports.to_salib}[said.to](
        results, said.out or folder / "export"
    )
    console = terminal()
    console.print(say("Files:", "文件："))
    for path in written:
        console.print(f"  {path}", soft_wrap=True)
    return 0
