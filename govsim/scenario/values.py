"""Numbers of a parameter as a file gives them: one, or a table by the words of one or two index spaces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from govsim.errors import Fault
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.faults import known_words
from govsim.scenario.toml_file import Step, TomlFile, shortened
from govsim.vocabulary import INDEX

F64 = npt.NDArray[np.float64]


def out_of_bounds(value: object) -> Both:
    """Message about a value that is too small, too large, or not a number."""
    return Both(f"{shortened(value)} is out of bounds", f"{shortened(value)} 超出范围")


def within(bounds: tuple[float, float]) -> Both:
    """Hint that says the bounds."""
    return Both(f"allowed: from {bounds[0]:g} to {bounds[1]:g}", f"可用：{bounds[0]:g} 到 {bounds[1]:g}")


@dataclass
class Reading:
    """Reads one number, or a table of numbers by the words of one or two index spaces, and collects what is wrong."""

    file: TomlFile
    path: tuple[Step, ...]
    by: tuple[str, ...]
    bounds: tuple[float, float]
    faults: list[Fault] = field(default_factory=list)

    def into(self, array: F64, value: object, *, partial: bool, sparse: bool) -> float | F64:
        """The value read over `array`, which holds what is kept where words are absent (if they may be)."""
        self._read(array, (), self.path, value, partial, sparse)
        return array if self.by else float(array)

    def _read(
        self,
        array: F64,
        at: tuple[int, ...],
        path: tuple[Step, ...],
        value: object,
        partial: bool,
        sparse: bool,
    ) -> None:
        if len(at) == len(self.by):
            array[at] = self._number(path, value)
            return
        space = self.by[len(at)]
        words = INDEX[space]
        if not isinstance(value, Mapping):
            self._fault(
                path,
                Both("needs a table", "须是表"),
                Both(f"by {space}: {', '.join(words)}", f"按 {space}：{', '.join(words)}"),
            )
            return
        for word, inner in value.items():
            if word in words:
                self._read(array, (*at, words.index(word)), (*path, word), inner, partial, sparse)
            else:
                free = [known for known in words if known not in value]
                self._fault((*path, word), Both(f"not a {space}", f"不属于 {space}"), known_words(str(word), free))
        lacking = [word for word in words if word not in value]
        may_lack = partial or (sparse and len(at) == 1)
        if lacking and not may_lack and all(word in words for word in value):  # a misspelt word is one fault, not two
            self._fault(path, Both(f"missing: {', '.join(lacking)}", f"缺少：{', '.join(lacking)}"))

    def _number(self, path: tuple[Step, ...], value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._fault(
                path,
                Both(f"{shortened(value)} is not a number", f"{shortened(value)} 不是数"),
                within(self.bounds),
            )
        elif not self.bounds[0] <= value <= self.bounds[1] or not math.isfinite(value):
            self._fault(path, out_of_bounds(value), within(self.bounds))
        else:
            return float(value)
        return math.nan

    def _fault(self, path: tuple[Step, ...], message: str, hint: str = NOTHING) -> None:
        self.faults.append(self.file.fault(path, message, hint))
