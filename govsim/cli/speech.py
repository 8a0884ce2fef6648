"""How the command line speaks: Chinese or English, to a terminal of any width and encoding."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from govsim.errors import GovsimError, InputError
from govsim.scenario.bilingual import Language, told

if TYPE_CHECKING:
    from rich.console import Console

#: Columns of what is not written to a terminal, unless the variable COLUMNS says otherwise.
WIDTH = 100


@dataclass(frozen=True)
class Speech:
    """The language of the files that are written, `lang`, and that of the terminal, `spoken`."""

    lang: Language
    spoken: Language

    def __call__(self, en: str, zh: str) -> str:
        """The text in the language of the terminal."""
        return zh if self.spoken == "zh" else en


def speech(words: Sequence[str], environment: Mapping[str, str], encoding: str) -> Speech:
    """The language asked for with --lang, else that of the system; English where Chinese cannot be shown."""
    lang: Language = "zh" if _system_language(environment).startswith("zh") else "en"
    asked = [w.removeprefix("--lang=") for w in words if w.startswith("--lang=")]
    asked += [b for a, b in pairwise(words) if a == "--lang"]
    if asked and asked[-1] in ("zh", "en"):
        lang = "zh" if asked[-1] == "zh" else "en"
    try:
        "中文".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return Speech(lang if asked else "en", "en")
    return Speech(lang, lang)


def _system_language(environment: Mapping[str, str]) -> str:
    return next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(k))), "").lower()


def terminal(where: Literal["out", "error"] = "out") -> Console:
    """A console that never fails on a letter and does not colour or cut what is sent to a file."""
    from rich.console import Console

    stream = sys.stdout if where == "out" else sys.stderr
    width = None if stream.isatty() or os.environ.get("COLUMNS") else WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def table(
    console: Console, head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = (), title: str = ""
) -> None:
    """Print a plain table; columns in `right` are aligned to the right and never broken."""
    from rich.table import Table
    from rich.text import Text

    sheet = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=Text(title) if title else None, title_justify="left")
    for k, name in enumerate(head):
        sheet.add_column(Text(name, style="bold"), justify="right" if k in right else "left", no_wrap=k in right, overflow="fold")
    for row in rows:
        sheet.add_row(*(Text(cell) for cell in row))
    console.print(sheet)


def explain(error: GovsimError, say: Speech) -> str:
    """What is wrong, for the person who can put it right: every fault of an input, one after the other."""
    if isinstance(error, InputError):
        return "\n".join(told(fault, say.spoken).removeprefix(": ") for fault in error.faults)
    lead = {
        3: say("", "输出文件夹被占用，或存有另一个实验："),
        4: say("", "无法写入磁盘："),
    }.get(error.exit_code, "")
    return lead + str(error)
