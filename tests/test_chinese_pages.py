"""The catalogue's pages in Chinese: nothing left in English, nothing translated that is not there, no number changed."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from io import StringIO

import pytest
from rich.console import Console

from govsim.cli.programmes import Page, figure
from govsim.cli.speech import Speech
from govsim.cli.targets import OBSERVED, target_in_words, trigger_in_words
from govsim.errors import InputError
from govsim.observe.outcomes import BY_NAME, HEADLINES
from govsim.observe.recorder import OBSERVABLE
from govsim.programmes.catalogue import parts, shipped
from govsim.programmes.chinese import FOLDER, UNTRANSLATED, chinese, table
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import Target, Trigger

#: Names of authors.
NAMES = {"Belcourt", "Piza", "Saks", "Sidebottom"}
#: What the code calls things: a page may show it.
CODE = {*defaults().entries, *shipped(), *parts(), *BY_NAME, *(h.name for h in HEADLINES)}
CODE |= {f"{outcome.name}.{category}" for outcome in BY_NAME.values() for category in outcome.categories}


class Listening(Page):
    """A page in Chinese that breaks no lines and remembers which English texts it had translated."""

    def __init__(self) -> None:
        super().__init__(Speech("zh", "zh"))
        self.asked: list[str] = []
        self.console = Console(file=StringIO(), width=100, highlight=False, markup=False, emoji=False)

    def text(self, english: str) -> str:
        """As the page has it."""
        if english:
            self.asked.append(english)
        return super().text(english)

    def line(self, text: str, indent: int) -> None:
        """One paragraph, whole."""
        self.console.print(text, soft_wrap=True)


@cache
def page(name: str) -> tuple[str, tuple[str, ...]]:
    """A programme's page in Chinese, without its first line, which has both names; and the texts it had translated."""
    it = Listening()
    it.show(shipped()[name])
    assert isinstance(it.console.file, StringIO)
    return it.console.file.getvalue().split("\n", 1)[1], tuple(it.asked)


def english_left(line: str) -> list[str]:
    """Words of a line that are neither Chinese nor a name. The code's own may begin a line or stand in brackets."""
    found = re.findall(r"[（、；]([\w.]+)(?=[）、])|^([a-z_0-9.]+)(?=[ ：；])", line)
    shown = {word for pair in found for word in pair if word in CODE}
    return [word for word in re.findall(r"[A-Za-z][\w.'-]*\w", line) if word not in NAMES | shown]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_page_is_chinese_throughout(name: str) -> None:
    """Notices a text that a page shows in English, be it untranslated or never looked up."""
    shown, _ = page(name)
    assert not [line for line in shown.splitlines() if english_left(line) or UNTRANSLATED in line]


def test_every_text_is_translated() -> None:
    """Notices an English text without its Chinese; prints what to add to a file of the folder `chinese`."""
    missing: dict[str, str] = {}
    for name in shipped():
        for english in page(name)[1]:
            if english not in table():
                missing.setdefault(english, name)
    lines = [f'{json.dumps(english)} = ""  # {name}' for english, name in missing.items()]
    assert not missing, f"{len(missing)} texts without Chinese:\n" + "\n".join(lines)


def test_no_translation_is_stale() -> None:
    """Notices a translation whose English no page shows any more: the text was changed or taken out."""
    asked = {english for name in shipped() for english in page(name)[1]}
    assert not sorted(set(table()) - asked)


# ---- what the Chinese says -------------------------------------------------------------------------------------

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_RANGED = re.compile(rf"({_NUMBER})(?:( million| 万|万)[^\d-]{{0,4}})?(?:(?:-| to | 至 | 到 )({_NUMBER}))?( million| 万|万)?")


def numbers(text: str) -> Counter[float]:
    """The numbers in figures that a text gives: "0.3-1.0 million" and "30 万-100 万" are the same two."""
    out: Counter[float] = Counter()
    text = re.sub(r"\bk?m2\b|(?<=\d)\+X", "", text)
    for low, own, high, unit in _RANGED.findall(text):
        for digits, scale in ((low, own or unit), (high, unit)):
            if digits:
                size = {"million": 1e6, "万": 1e4}.get(scale.strip(), 1.0)
                out[round(float(digits.rstrip(",").replace(",", "")) * size, 6)] += 1
    return out


def dated(text: str) -> str:
    """A date's month as a figure, as Chinese has it."""
    return text.replace("December 2017", "12, 2017")


def test_numbers_are_the_same() -> None:
    """Notices a number that was dropped, added or mistaken by a power of ten."""
    assert not [text for english, text in table().items() if numbers(text) != numbers(dated(english))]


def test_numbers_are_read_in_both_languages() -> None:
    """Notices a reader of numbers that takes nothing for something, or overlooks a power of ten."""
    assert numbers("0.3-1.0 million yuan, 1,072 of 2.5 million") == numbers("30 万-100 万元，1,072，250 万")
    assert numbers("2.3 million m2") == numbers("230 万平方米") != numbers("23 万平方米")
    assert numbers("4,600 to 5,200") == numbers("4,600 至 5,200") == Counter({4600.0: 1, 5200.0: 1})


@pytest.mark.parametrize("file", sorted(p.name for p in FOLDER.glob("*.toml")))
def test_punctuation_is_chinese(file: str) -> None:
    """Notices half-width punctuation in Chinese, but not in a parameter's name, a text left in English, and space at an end."""
    for line in (FOLDER / file).read_text("utf-8").splitlines():
        if not line.startswith('"'):
            continue
        text = line.split('" = "', 1)[1].removesuffix('"')
        text = re.sub(r"[a-z_]+\.[a-z_]+", lambda name: "" if name[0] in CODE else name[0], text)
        assert text == text.strip(), line
        assert re.search(r"[\u4e00-\u9fff]", text), line
        assert not re.search(r"(?<!\d)[,.:;!?()'\"]|[,.:;!?()'\"](?!\d)", text), line


def test_a_sentence_stays_a_sentence() -> None:
    """Notices harms and needs, which are sentences, without a full stop, and notes, which are none, with one."""
    for p in shipped().values():
        for text in filter(None, (p.harms, p.needs)):
            assert chinese(text).endswith("。"), text
        for text in [*(e.source for e in p.effects), *(c.reason for c in p.citations), *(e.why for e in p.expects)]:
            assert not chinese(text).endswith("。"), text


def test_figures_are_written_out() -> None:
    """Notices powers of ten, which the readers of a page do not use, and digits that get lost."""
    assert [figure(x) for x in (18_600_000.0, 3e-05, 0.25, 4.0)] == ["18,600,000", "0.00003", "0.25", "4"]


# ---- the table and the words -----------------------------------------------------------------------------------


def test_what_is_not_translated_is_marked() -> None:
    """Notices English that passes for a translation."""
    assert chinese("nobody wrote this") == UNTRANSLATED + "nobody wrote this"


@pytest.mark.parametrize("second", ['"b" = ""', '"b" = 3', '[b]\n"c" = "丙"', '"a" = "乙"'])
def test_the_table_is_read_strictly(tmp_path, second: str) -> None:
    """Notices an empty text, a table, a number, or a second translation of the same text that is let through."""
    (tmp_path / "one.toml").write_text('"a" = "甲"\n', "utf-8")
    assert table(tmp_path) == {"a": "甲"}
    table.cache_clear()
    (tmp_path / "two.toml").write_text(second + "\n", "utf-8")
    with pytest.raises(InputError, match=r"two\.toml"):
        table(tmp_path)
    table.cache_clear()


def test_targets_and_triggers_are_told_in_words() -> None:
    """Notices a recorded count without a name, and a number of a target or trigger that is left out."""
    assert set(OBSERVED) == set(OBSERVABLE)
    zh, en = Speech("zh", "zh"), Speech("en", "en")
    target = Target(types=("old_public",), towns=("T7",), order="worst_first", by="petitions", weeks=11)
    assert target_in_words(target, zh) == "老公房小区；街镇 T7；先差后好，按最近 11 周的信访排序"
    assert target_in_words(target, en) == "old public housing; towns T7; worst first, by petitions of 11 weeks"
    waves = Target(order="stepped_wedge", steps=3, step_days=17)
    assert target_in_words(waves, zh) == "分 3 批推开，每批相隔 17 天"
    assert "3 waves 17 days" in target_in_words(waves, en)
    assert target_in_words(Target(), zh) == "全部小区"
    trigger = Trigger(outcome="hotline_complaints", above=12.5, below=7.5, weeks=19)
    for words in (trigger_in_words(trigger, zh), trigger_in_words(trigger, en)):
        assert all(figure in words for figure in ("12.5", "7.5", "19"))
