"""Text about a mistake, in English and in Chinese: a plain English string that also knows its Chinese."""

from __future__ import annotations

from typing import Literal

from govsim.errors import Fault

Language = Literal["en", "zh"]


class Both(str):
    """English text; `zh` is the same in Chinese."""

    zh: str

    def __new__(cls, en: str, zh: str) -> Both:
        text = super().__new__(cls, en)
        text.zh = zh
        return text

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.zh

    def then(self, other: str, gap: str = " ") -> Both:
        """This text, a gap, and another; empty texts leave no gap."""
        if not other or not self:
            other_zh = getattr(other, "zh", other)
            return Both(str(self) + other, self.zh + other_zh)
        return Both(f"{self!s}{gap}{other!s}", f"{self.zh}{gap}{getattr(other, 'zh', other)}")


NOTHING = Both("", "")


def told(fault: Fault, language: Language = "en") -> str:
    """One fault as text for people, in the language asked for (English where there is no Chinese)."""
    if language == "en":
        return str(fault)
    message, hint = (getattr(text, "zh", text) for text in (fault.message, fault.hint))
    return str(Fault(fault.file, fault.line, fault.key, message, hint))
