"""The catalogue: the programmes that come with govsim, one file each, and those that a scenario names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from govsim.errors import InputError
from govsim.scenario.load import Loaded, load_programme
from govsim.scenario.schema import Programme

FOLDER = Path(__file__).parent


@cache
def shipped() -> dict[str, Programme]:
    """The shipped programmes by id, in the order of their families and ids."""
    found = [load_programme(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {p.id: p for p in sorted(found, key=lambda p: (p.family, p.id))}


def programmes_of(loaded: Loaded) -> dict[str, Programme]:
    """The shipped programmes and the scenario's own. Raises InputError when an own one takes a shipped id."""
    known = dict(shipped())
    for own in loaded.programmes:
        if own.id in known:
            raise InputError(f'the programme file of "{own.id}" uses the id of a shipped programme: choose another id')
        known[own.id] = own
    return known


def parse_arm(text: str) -> tuple[str, ...]:
    """Programme ids of an arm: "baseline" has none, "a+b" has two; each at most once, sorted."""
    if text.strip() == "baseline":
        return ()
    return tuple(sorted({part.strip() for part in text.split("+") if part.strip()}))
