"""What is to be run: a scenario, arms, replicates, days. Frozen; its hash names the experiment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np

from govsim import __version__
from govsim.errors import InputError
from govsim.programmes.catalogue import parse_arm, programmes_of
from govsim.scenario.faults import known_words
from govsim.scenario.load import Loaded
from govsim.scenario.schema import Programme

Detail = Literal["quarter", "week"]

#: Version of the files that are written; a reader refuses what it does not know.
FORMAT = 1
#: Rows of compounds.parquet per compound, run and period (see tables.COMPOUND_OUTCOMES) and bytes per row on disk.
BYTES_PER_ROW = 3.0
#: Largest estimated size of the tables, in bytes, that is run without being asked for.
LARGEST = 4e9


@dataclass(frozen=True)
class Plan:
    """Arms x replicates of one scenario. `arms` maps the name of an arm to its programmes; the first is compared with."""

    loaded: Loaded
    arms: dict[str, tuple[Programme, ...]]
    replicates: int
    days: int
    seed: int
    detail: Detail = "quarter"
    events: bool = False  # keep the log of events too

    def key(self, arm: str, replicate: int) -> str:
        """Name of a run's shard: a hash of everything that its numbers depend on."""
        programmes = [p.model_dump(mode="json") for p in self.arms[arm]]
        text = json.dumps([self.identity(), programmes, replicate], sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def identity(self) -> dict[str, object]:
        """What makes two runs comparable: scenario, seed, days, detail and versions."""
        return {
            "format": FORMAT,
            "govsim": __version__,
            "numpy": np.__version__,
            "numba": numba.__version__,
            "scenario": self.loaded.sha256,
            "seed": self.seed,
            "days": self.days,
            "detail": self.detail,
            "events": self.events,
        }


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
    return len(plan.arms) * plan.replicates * compounds * periods * len(outcomes) * BYTES_PER_ROW
