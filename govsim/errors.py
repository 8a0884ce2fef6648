"""Errors that tell a person what is wrong, where, and what to do; each has its exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GovsimError(Exception):
    """Anything govsim can explain to its user. `exit_code` is what the command line returns."""

    exit_code = 1


@dataclass(frozen=True)
class Fault:
    """One thing wrong in an input file: where, what, and what to do about it."""

    file: str
    line: int | None  # 1-based; None where the file as a whole is meant
    key: str  # dotted path, "" for the whole file
    message: str
    hint: str = ""  # what is allowed, or the nearest valid key

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" [{self.key}]" if self.key else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{place}:{key} {self.message}{hint}"


class InputError(GovsimError):
    """A file or an argument from outside cannot be used. Holds every fault found, not just the first."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault] | str) -> None:
        self.faults = (Fault("", None, "", faults),) if isinstance(faults, str) else tuple(faults)
        super().__init__(faults if isinstance(faults, str) else "\n".join(map(str, self.faults)))


class BusyError(GovsimError):
    """The output folder is in use or holds another experiment."""

    exit_code = 3


class StorageError(GovsimError):
    """The disk is full, read-only or missing."""

    exit_code = 4
