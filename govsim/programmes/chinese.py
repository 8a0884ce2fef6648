"""The Chinese of what the catalogue says in English: one table, keyed by the English text itself.

So a text that is changed loses its translation, which shows, and no translation stays on without its text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from govsim.errors import InputError

FOLDER: Final = Path(__file__).parent / "catalogue" / "chinese"
#: Stands before a text that nobody has translated, so that it is not taken for Chinese.
UNTRANSLATED: Final = "〔未译〕"


@cache
def table(folder: Path = FOLDER) -> Mapping[str, str]:
    """English -> Chinese. Raises InputError for what is not a pair of texts, and for an English text that occurs twice."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        for english, text in tomllib.loads(path.read_text("utf-8")).items():
            if not isinstance(text, str) or not text.strip():
                raise InputError(f'{path.name}: "{english}" has no Chinese text')
            if english in found:
                raise InputError(f'{path.name}: "{english}" is translated in another file already')
            found[english] = text
    return found


def chinese(english: str) -> str:
    """The Chinese of a text of the catalogue; a text without is marked."""
    return table().get(english) or UNTRANSLATED + english
