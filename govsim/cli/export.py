"""`govsim experiment export`: results as files for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from govsim.cli.analyse import results_folder
from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech, terminal
from govsim.errors import InputError
from govsim.scenario.bilingual import Both

FORMATS = ("csv", "stata", "ema", "salib")


def options(parser: Parser) -> None:
    """The options of `govsim experiment export`."""
    say, add = parser.say, parser.options.add_argument
    add("--to", choices=FORMATS, help=say(f"export: {', '.join(FORMATS)}", f"导出：{'、'.join(FORMATS)}"))
    add("--into", metavar="DIR", type=Path, help=say("export: where to; export/ in the folder of results unless given",
                                                     "导出：写到哪里；不写时为结果文件夹下的 export/"))  # fmt: skip


def act(said: argparse.Namespace, say: Speech) -> int:
    """Write the files and name them."""
    from govsim.experiment.results import read_results
    from govsim.report import exports

    if said.to is None:
        raise InputError(Both(f"export needs --to: {', '.join(FORMATS)}", f"导出须写 --to：{'、'.join(FORMATS)}"))
    folder = results_folder(said)
    results = read_results(folder)
    write = {"csv": exports.to_csv, "stata": exports.to_stata, "ema": exports.to_ema, "salib": exports.to_salib}[said.to]
    written = write(results, said.into or folder / "export")
    console = terminal()
    console.print(say("Files:", "文件："))
    for path in written:
        console.print(f"  {path}", soft_wrap=True)
    return 0
