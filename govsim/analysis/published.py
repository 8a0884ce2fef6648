"""The published patterns: what a run is held against. They stand in published_patterns.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Basis = Literal["read", "account", "remembered", "derived"]


@dataclass(frozen=True)
class Pattern:
    """One figure of a pattern. A value from `low` to `high` is a hit; `published` is what the source says."""

    name: str
    family: str
    en: str
    zh: str
    published: str
    low: float
    high: float
    basis: Basis
    source: str


@cache
def patterns() -> Mapping[str, Pattern]:
    """All patterns by name, in the order of the file."""
    return {name: Pattern(name, **row) for name, row in _file()["pattern"].items()}


def families() -> Mapping[str, Mapping[str, str]]:
    """What each family of patterns is called: name -> language -> title."""
    found: Mapping[str, Mapping[str, str]] = _file()["family"]
    return found


@cache
def _file() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(Path(__file__).with_name("published_patterns.toml").read_text("utf-8"))
