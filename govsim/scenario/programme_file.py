"""One programme file, read whole."""

from __future__ import annotations

from pathlib import Path

from govsim.errors import Fault
from govsim.scenario.checks import Check
from govsim.scenario.faults import refuse, validated
from govsim.scenario.schema import Programme
from govsim.scenario.toml_file import TomlFile, parse_toml, read_toml


def load_programme(path: str | Path) -> Programme:
    """Read one programme file. Raises InputError with every fault."""
    return _programme(read_toml(Path(path)))


def programme_from_text(text: str, name: str = "programme") -> Programme:
    """A programme from TOML text; `name` stands for the file in messages. Raises InputError with every fault."""
    return _programme(parse_toml(text, name))


def _programme(file: TomlFile) -> Programme:
    programme, faults = read_programme(file)
    refuse(faults)
    assert programme is not None
    return programme


def read_programme(file: TomlFile) -> tuple[Programme | None, list[Fault]]:
    """The programme in a file, or None, and everything wrong with it."""
    programme, faults = validated(Programme, file)
    if programme is None:
        return None, faults
    check = Check(file)
    check.programme(programme)
    return programme, check.faults
