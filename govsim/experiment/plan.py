"""What is to be run: points, arms, replicates, days. Frozen; its hash names the experiment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from govsim.errors import InputError
from govsim.experiment.code_state import versions
from govsim.experiment.point import Point, rolled_out
from govsim.experiment.shard import FORMAT
from govsim.programmes.catalogue import parse_arm, programmes_of
from govsim.scenario.faults import known_words
from govsim.scenario.load import Loaded
from govsim.scenario.schema import Programme, Rollout

Detail = Literal["quarter", "week"]

#: Rows of compounds.parquet per compound, run and period (see tables.COMPOUND_OUTCOMES) and bytes per row on disk.
BYTES_PER_ROW = 3.0
#: Largest estimated size of the tables, in bytes, that is run without being asked for.
LARGEST = 4e9


class Run(NamedTuple):
    """One run of a plan: which point (its number), arm and replicate."""

    point: int
    arm: str
    replicate: int


@dataclass(frozen=True)
class Plan:
    """Points x arms x replicates. `arms` maps the name of an arm to its programmes; the first is compared with."""

    loaded: Loaded
    arms: dict[str, tuple[Programme, ...]]
    replicates: int
    days: int
    seed: int
    detail: Detail = "quarter"
    events: bool = False  # keep the log of events too
    points: tuple[Point, ...] = (Point(),)
    more: tuple[Loaded, ...] = ()  # further scenarios that points may stand in
    rollouts: Mapping[str, Mapping[str, Rollout]] = field(default_factory=dict)  # arm -> programme -> what differs
    added: Mapping[str, Programme] = field(default_factory=dict)  # programmes that points switch on
    design: Mapping[str, Any] | None = None  # what the file of a design says but for its words and its replicates
    written: str | None = None  # the text of the design's file, for the manifest
    _dumps: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def scenarios(self) -> tuple[Loaded, ...]:
        """All scenarios, by the number that points give."""
        return (self.loaded, *self.more)

    def runs(self, replicates: int | None = None) -> Iterator[Run]:
        """All runs in the order of the tables."""
        for point in self.points:
            for arm in self.arms:
                for replicate in range(self.replicates if replicates is None else replicates):
                    yield Run(point.number, arm, replicate)

    def size(self) -> int:
        """How many runs there are."""
        return len(self.points) * len(self.arms) * self.replicates

    def programmes(self, point: Point, arm: str) -> tuple[Programme, ...]:
        """The programmes of an arm at a point, each with the rollout that it has there."""
        own = self.scenarios[point.scenario].scenario.programmes
        there = {p.id: p for p in (*self.arms[arm], *(self.added[i] for i in point.added))}
        return tuple(rolled_out(there[i], point, own, self.rollouts.get(arm, {})) for i in sorted(there))

    def key(self, run: Run) -> str:
        """Name of a run's shard: a hash of everything that its numbers depend on.

        Runs that are the same under two names (an arm at points that differ in nothing it feels) share one shard.
        """
        point = self.points[run.point]
        policy = (point.policy(), run.arm)
        if policy not in self._dumps:
            self._dumps[policy] = [p.model_dump(mode="json") for p in self.programmes(point, run.arm)]
        sha = self.scenarios[point.scenario].sha256
        said = [self._shared(), sha, point.world()[1:], self._dumps[policy], run.replicate]
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def _shared(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            **versions(),
            "seed": self.seed,
            "days": self.days,
            "detail": self.detail,
            "events": self.events,
        }

    def identity(self) -> dict[str, object]:
        """What makes two runs comparable: scenario, seed, days, detail and versions; for a design, also what it says."""
        shas = [loaded.sha256 for loaded in self.scenarios]
        said = json.dumps(self.design, sort_keys=True, ensure_ascii=False)
        design = None if self.design is None else hashlib.blake2b(said.encode(), digest_size=12).hexdigest()
        return {**self._shared(), "scenario": "+".join(shas), "design": design}


def make_plan(
    loaded: Loaded,
    arms: Sequence[str] | None = None,
    replicates: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    detail: Detail = "quarter",
    events: bool = False,
) -> Plan:
    """Fill in the scenario's own arms, replicates, days and seed. Raises InputError naming every unknown programme."""
    scenario = loaded.scenario
    known = programmes_of(loaded)
    names = list(arms) if arms else list(scenario.comparison.arms)
    if "baseline" in names:  # compared with, so first
        names.remove("baseline")
    names = ["baseline", *names]
    ids = {name: parse_arm(name) for name in names}
    unknown = sorted({i for parts in ids.values() for i in parts if i not in known})
    if unknown:
        lines = [f'no programme "{i}"; {known_words(i, known)}' for i in unknown]
        raise InputError("\n".join(lines))
    wanted = {"+".join(parts) or "baseline": tuple(known[i] for i in parts) for parts in ids.values()}
    whole = scenario.comparison.replicates if replicates is None else replicates
    length = scenario.time.horizon_days if days is None else days
    for name, value, most in (("--replicates", whole, 10_000), ("--days", length, 3653)):
        if not 1 <= value <= most:
            raise InputError(f"{name} {value}: allowed are 1 to {most}")
    return Plan(loaded, wanted, whole, length, scenario.seed if seed is None else seed, detail, events)


def estimated_bytes(plan: Plan, compounds: int, outcomes: Collection[object]) -> float:
    """Size of compounds.parquet, by far the largest table, as a rough figure before anything is run."""
    weeks = -(-plan.days // 7)
    periods = weeks if plan.detail == "week" else -(-weeks // 13)
    return plan.size() * compounds * periods * len(outcomes) * BYTES_PER_ROW
