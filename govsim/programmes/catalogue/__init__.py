"""The catalogue: the programmes that come with govsim, one file each, and those that a scenario names.

A programme may contain others, or parts that several share (folder `parts`): what they do is written once. Second,
blind readings of the sources stand in `readings.toml`; a programme without one is provisional.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from govsim.errors import InputError
from govsim.scenario.faults import known_words
from govsim.scenario.load import Loaded, load_programme
from govsim.scenario.schema import Cost, Effect, Part, Programme, StaffTime

FOLDER = Path(__file__).parent
Direction = Literal["up", "down"]


@cache
def readings() -> dict[str, dict[str, Direction]]:
    """What a second reader, who had not seen the entries, says each programme moves: id -> lever -> direction."""
    path = FOLDER / "readings.toml"
    return dict(tomllib.loads(path.read_text("utf-8"))) if path.exists() else {}


@cache
def parts() -> dict[str, Part]:
    """What several programmes do in the same way, by id."""
    found = [Part.model_validate(_frozen(tomllib.loads(p.read_text("utf-8")))) for p in sorted(FOLDER.glob("parts/*.toml"))]
    return {part.id: part for part in found}


def _frozen(value: object) -> object:
    """Lists as tuples: the schema is strict."""
    if isinstance(value, list):
        return tuple(_frozen(v) for v in value)
    return {k: _frozen(v) for k, v in value.items()} if isinstance(value, dict) else value


@cache
def entries() -> dict[str, Programme]:
    """The shipped programmes as they are written, by id, in the order of their families and ids."""
    found = [load_programme(path) for path in sorted(FOLDER.glob("*.toml")) if path.stem != "readings"]
    return {p.id: p for p in sorted(found, key=lambda p: (p.family, p.id))}


@cache
def shipped() -> dict[str, Programme]:
    """The shipped programmes by id, each with all that it contains."""
    known = entries()
    every = {id: whole(p, known) for id, p in known.items()}
    return {id: p.model_copy(update={"provisional": bool(disagreements(p))}) for id, p in every.items()}


def direction(effect: Effect) -> Direction:
    """Whether an effect raises or lowers its lever."""
    if effect.do == "multiply":
        return "up" if effect.dose > 1.0 else "down"
    if effect.do == "add":
        return "up" if effect.dose > 0.0 else "down"
    return "up" if effect.do == "at_least" else "down"


def disagreements(programme: Programme) -> list[str]:
    """Where a shipped programme and its second reading differ and nobody has said why; one line each.

    The reader was sparing: levers beyond the reading are no disagreement, another direction always is, and a lever of the
    reading that the programme leaves alone must be settled in its entry.
    """
    if programme.id not in readings():
        return ["no second reading"]
    moves = {effect.lever: direction(effect) for effect in programme.effects}
    settled = {s.lever for s in programme.settled}
    out = []
    for lever, way in readings()[programme.id].items():
        if lever in moves and moves[lever] != way:
            out.append(f"{lever}: {moves[lever]} here, {way} in the second reading")
        elif lever not in moves and lever not in settled:
            out.append(f"{lever}: {way} in the second reading only")
    return out


def whole(programme: Programme, known: Mapping[str, Programme]) -> Programme:
    """A programme with the effects, staff time and costs of all that it contains, each at its share.

    Raises InputError for a name that is not known, and for a programme that contains itself.
    """
    effects, staff, costs = _contents(programme, known, (programme.id,))
    return programme.model_copy(update={"effects": effects, "staff_time": staff, "costs": costs})


Contents = tuple[tuple[Effect, ...], tuple[StaffTime, ...], tuple[Cost, ...]]


def _contents(it: Programme | Part, known: Mapping[str, Programme], path: tuple[str, ...]) -> Contents:
    effects, staff, costs = it.effects, it.staff_time, it.costs
    for include in getattr(it, "includes", ()):
        inner = known.get(include.id) or parts().get(include.id)
        if inner is None:
            names = {*known, *parts()}
            raise InputError(f'{it.id}: contains "{include.id}", which is not known; {known_words(include.id, names)}')
        if include.id in path:
            raise InputError(f"{it.id}: programmes that contain themselves: {' > '.join((*path, include.id))}")
        more, hands, money = _contents(inner, known, (*path, include.id))
        s = include.share
        effects += tuple(e.model_copy(update={"share": e.share * s}) for e in more)
        staff += tuple(t.model_copy(update={"share": t.share * s}) for t in hands)
        costs += tuple(c.model_copy(update={"once": c.once * s, "a_year": c.a_year * s}) for c in money)
    return effects, staff, costs


def programmes_of(loaded: Loaded) -> dict[str, Programme]:
    """The shipped programmes and the scenario's own. Raises InputError when an own one takes a shipped id."""
    known = dict(shipped())
    for own in loaded.programmes:
        if own.id in known:
            raise InputError(f'the programme file of "{own.id}" uses the id of a shipped programme: choose another id')
        known[own.id] = whole(own, entries())
    return known


def parse_arm(text: str) -> tuple[str, ...]:
    """Programme ids of an arm: "baseline" has none, "a+b" has two; each at most once, sorted."""
    if text.strip() == "baseline":
        return ()
    return tuple(sorted({part.strip() for part in text.split("+") if part.strip()}))
