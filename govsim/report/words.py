"""The words people read, in Chinese and English; the labels of programmes come from the caller."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from govsim.errors import InputError
from govsim.observe.outcomes import HEADLINES

#: Arm -> language -> label, as the catalogue of programmes gives it.
Labels = Mapping[str, Mapping[str, str]]

LANGUAGES: Final = ("zh", "en")
_HEADLINE: Final = {h.name: h for h in HEADLINES}
_WIDE: Final = r"\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
#: A Chinese character with the punctuation that may not begin a line, or a run of other letters.
_PIECE: Final = re.compile(rf"[{_WIDE}][，。；：、！？）》”]*|[^\s{_WIDE}]+")


@dataclass(frozen=True)
class Words:
    """One language."""

    lang: str
    tables: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, **values: object) -> str:
        """One text, its `{places}` filled."""
        text = self.tables["text"][key]
        return text.format(**values) if values else text

    def finding(self, key: str, **values: object) -> str:
        """One text of the analysis of experiments."""
        text = self.tables["findings"][key]
        return text.format(**values) if values else text

    def of(self, table: str, name: str) -> str:
        """One word of another table."""
        return self.tables[table][name]

    def headline(self, name: str) -> str:
        """Full label of a headline."""
        return _HEADLINE[name].zh if self.lang == "zh" else _HEADLINE[name].en

    def outcome(self, name: str) -> str:
        """Label of a headline, or of another outcome that programmes name."""
        return self.tables["outcome"].get(name) or self.headline(name)

    def short(self, name: str) -> str:
        """Label of a headline for a narrow column; spaces are where it may break."""
        return self.tables["short"][name]

    def unit(self, name: str, short: bool = False) -> str:
        """Unit of a headline, written out or for a narrow column."""
        return self.tables["short_unit" if short else "unit"][_HEADLINE[name].unit]

    def truth(self, name: str) -> str:
        """Which of the truths a headline is."""
        return self.tables["truth"][_HEADLINE[name].truth]

    def arm(self, arm: str, labels: Labels) -> str:
        """Label of an arm; that of `a+b` is made from its parts; an arm without a label shows its own
        name."""
        if arm == "baseline" and arm not in labels:
            return self("baseline")
        if arm not in labels and "+" in arm:
            return " + ".join(self.arm(part, labels) for part in arm.split("+"))
        return printable(labels.get(arm, {}).get(self.lang) or arm)


@cache
def words(lang: str) -> Words:
    """The words of one language, `zh` or `en`; anything else is an InputError."""
    if lang not in LANGUAGES:
        raise InputError(f'no such language: "{lang}"; there are {", ".join(LANGUAGES)}')
    text = Path(__file__).with_name(f"words_{lang}.toml").read_text(encoding="utf-8")
    return Words(lang, tomllib.loads(text))


def printable(text: str) -> str:
    """`text` without control and direction-changing characters, which could garble a terminal or a page."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


def cells(text: str) -> int:
    """Width in terminal cells: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, width: int, lines: int = 99) -> str:
    """Break `text` into lines of at most `width` cells, at spaces or inside long runs of Chinese.

    What does not fit into `lines` lines ends in three dots; a word longer than a line is cut.
    """
    done, line = [], ""
    for piece in _pieces(text, width):
        while cells(line + piece.rstrip()) > width:
            cut = 0 if line.strip() else _fitting(piece, width)
            done.append((line + piece[:cut]).rstrip())
            line, piece = "", piece[cut:].lstrip()
        line += piece if line else piece.lstrip()
    done = [line for line in [*done, line.rstrip()] if line]
    if len(done) > lines:
        last = done[lines - 1]
        done = [*done[: lines - 1], last[: _fitting(last, width - 3)] + "..."]
    return "\n".join(done)


def _pieces(text: str, width: int) -> list[str]:
    """What a line may not break inside of: words, short Chinese names, spaces, else single Chinese
    characters."""
    found: list[str] = []
    for word in re.findall(r"\s+|\S+", text):
        found += [word] if cells(word) <= min(width, 20) else _PIECE.findall(word)
    return found


def _fitting(text: str, width: int) -> int:
    """How many leading characters fit into `width` cells, at least one."""
    used = 0
    for i, c in enumerate(text):
        used += cells(c)
        if used > width:
            return max(i, 1)
    return len(text)
