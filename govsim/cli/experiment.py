"""`govsim experiment`: designed experiments, from the analysis of their results to files for other programs."""

from __future__ import annotations

import argparse
from types import ModuleType
from typing import Final

from govsim.cli import analyse, export
from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech

NAME = "experiment"
ABOUT = ("analyse and export experiments", "分析、导出实验")

#: What can be done with an experiment; each module has NAME, ABOUT, arguments and act, as the verbs have.
PARTS: Final[tuple[ModuleType, ...]] = (analyse, export)


def arguments(parser: Parser) -> None:
    """The parts of this verb."""
    say = parser.say
    parts = parser.add_subparsers(title=say("what to do", "做什么"), metavar="WHAT", dest="what", required=True)
    for part in PARTS:
        about = part.ABOUT[0 if say.spoken == "en" else 1]
        one = parts.add_parser(part.NAME, help=about, say=say, prog=f"govsim experiment {part.NAME}", about=about)
        part.arguments(one)
        one.set_defaults(part=part.act)


def act(said: argparse.Namespace, say: Speech) -> int:
    """Do the part that was asked for."""
    code: int = said.part(said, say)
    return code
