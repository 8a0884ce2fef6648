"""Baseline and arm in lockstep: what becomes of an effect when one mechanism keeps to the baseline's course.

A mechanism is held by its part of the state: after every step of the day that part of the arm is overwritten by the
baseline's of the same moment. So whatever else differs, the held mechanism does what it does in the baseline, and what
the programme sends through it is cut off. Counters of the held mechanism's own steps are the baseline's too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pandas as pd

from govsim.experiment.tables import outcomes_table
from govsim.observe.outcomes import CRIME_FLOWS, ECONOMY_FLOWS, SELF_RULE_FLOWS
from govsim.processes.day import Today
from govsim.processes.schedule import Step
from govsim.scenario.schema import Programme
from govsim.simulation import Simulation
from govsim.world.pool import Pool
from govsim.world.state import State
from govsim.world.world import World

F64 = np.ndarray


@dataclass(frozen=True)
class Part:
    """A mechanism's part of the state: whole fields of State, and columns of the residents' records.

    `steps`: first words of the names of the steps whose counts are its own.
    """

    name: str
    steps: tuple[str, ...]
    fields: tuple[str, ...]
    of_people: tuple[str, ...] = ()


#: Problems, complaints and files point at each other by row: they are held together or not at all.
PARTS: Final = (
    Part("casework", ("problems", "complaints", "casework", "books"),
         ("problems", "cases", "complaints", "line", "desks", "stocks", "first_stocks", "rules_kept"), ("busy",)),
    Part("attitudes", ("attitudes",), ("minds", "belief", "public", "visible", "sums", "acquaintances"), ("on_platform",)),
    Part("economy", ("economy",), ("economy", "quality", "condition", "fund")),
    Part("self_government", ("self_government",), ("self_rule",)),
    Part("crime", ("crime",), ("crime",)),
)  # fmt: skip
BY_NAME: Final = {part.name: part for part in PARTS}

#: Where outcomes that no list of flows settles are made.
_ATTITUDES: Final = (
    "satisfaction", "trust_firm", "trust_committee", "trust_police", "belonging", "fear", "annoyance", "belief",
    "volunteers", "volunteers_joined", "volunteers_left", "platform_users", "platform_joined",
)  # fmt: skip
_ECONOMY: Final = (
    "paying", "arrears", "firm_money", "fund_money", "service_quality", "effort", "condition", "fund_share", "trapped",
)  # fmt: skip
_CRIME: Final = ("offenders_free", "offenders_held", "venues", "cameras_working", "access_working", "year_without_burglary")


def home(outcome: str) -> str:
    """The part of the state that an outcome is counted in; empty for money that programmes cost."""
    if outcome in ("cost", "treated"):
        return ""
    if outcome in _ATTITUDES:
        return "attitudes"
    if outcome in _ECONOMY or outcome in {o.name for o in ECONOMY_FLOWS}:
        return "economy"
    if outcome == "owners_committees" or outcome in {o.name for o in SELF_RULE_FLOWS}:
        return "self_government"
    return "crime" if outcome in _CRIME or outcome in {o.name for o in CRIME_FLOWS} else "casework"


def lockstep(
    base: Simulation, programmes: Sequence[Programme], days: int, held: Sequence[str], watch: Callable[[], None] | None = None
) -> dict[str, Simulation]:
    """Runs `baseline`, `arm` and one `held:NAME` per part for `days` days from the moment of `base`, which stays as it is.

    `watch` is called after each day.
    """
    runs = {"baseline": base.fork(()), "arm": base.fork(programmes)}
    runs |= {f"held:{name}": base.fork(programmes) for name in held}
    tape: dict[str, _Moment] = {}
    parts = [BY_NAME[name] for name in held]
    _wrap(runs["baseline"], lambda step: _recording(step, parts, tape))
    for part in parts:
        _wrap(runs[f"held:{part.name}"], lambda step, part=part: _holding(step, part, tape))  # type: ignore[misc]
    for day in range(days):
        for sim in runs.values():  # the baseline first: the others are held to what it did today
            sim.step(last=day == days - 1)
        if watch is not None:
            watch()
    return runs


def courses(runs: dict[str, Simulation], replicate: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of outcomes and runs of a lockstep, as experiments write them; the arms are its names."""
    outcomes = pd.concat([outcomes_table(sim, name, replicate).to_pandas().astype({"arm": str}) for name, sim in runs.items()])
    rows = [
        {
            "arm": name, "replicate": replicate, "residents": int(sim.world.place["residents"].sum()),
            "compounds": len(sim.world.place), "days": sum(week[0] for week in sim.recorder.weeks),
        }
        for name, sim in runs.items()
    ]  # fmt: skip
    return outcomes.reset_index(drop=True), pd.DataFrame(rows)


# ---- holding -----------------------------------------------------------------------------------------------------


@dataclass
class _Moment:
    """The baseline after one step of the day: its counters before and after, and copies of the parts that are held."""

    flows_before: F64
    flows_after: F64
    parts: dict[str, list[np.ndarray]]


def _wrap(sim: Simulation, wrapped: Callable[[Step], Step]) -> None:
    sim._steps = tuple(wrapped(step) for step in sim._steps)


def _recording(step: Step, parts: Sequence[Part], tape: dict[str, _Moment]) -> Step:
    """The baseline's step, which also keeps what came of it."""

    def act(world: World, state: State, today: Today) -> None:
        before = state.flows.copy()
        step.act(world, state, today)
        kept = {part.name: [_values(a).copy() for a in _arrays(state, part)] for part in parts}
        tape[step.name] = _Moment(before, state.flows.copy(), kept)

    return replace(step, act=act)


def _holding(step: Step, part: Part, tape: dict[str, _Moment]) -> Step:
    """The arm's step, after which `part` is set to what it is in the baseline."""
    own = step.name.split(".")[0] in part.steps

    def act(world: World, state: State, today: Today) -> None:
        before = state.flows.copy() if own else None
        step.act(world, state, today)
        then = tape[step.name]
        for array, value in zip(_arrays(state, part), then.parts[part.name], strict=True):
            _put(array, value)
        if before is not None:  # where both stood equal, the sum is taken over to the bit
            moved = before + (then.flows_after - then.flows_before)
            state.flows[:] = np.where(before == then.flows_before, then.flows_after, moved)

    return replace(step, act=act)


def _arrays(state: State, part: Part) -> list[Any]:
    """The arrays and pools that make up a part of the state, always in the same order."""
    found: list[Any] = []
    for name in part.fields:
        value = attrgetter(name)(state)
        found += [value] if isinstance(value, (np.ndarray, Pool)) else list(vars(value).values())
    return found + [state.people[name] for name in part.of_people]


def _values(owner: np.ndarray | Pool) -> np.ndarray:
    return owner.used if isinstance(owner, Pool) else owner


def _put(owner: np.ndarray | Pool, value: np.ndarray) -> None:
    if isinstance(owner, Pool):
        owner.n = min(owner.n, len(owner.rows))
        owner.room(max(0, len(value) - owner.n))
        owner.rows[: len(value)] = value
        owner.n = len(value)
    else:
        owner[...] = value
