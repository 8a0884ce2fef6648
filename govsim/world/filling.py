"""Columns of compounds that were not given, drawn from the stated figures of the compound's type.

Each compound draws from its own keys, so a filled column depends on its own id and type and on nothing
else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from govsim.scenario.parameters import Parameters
from govsim.vocabulary import SERVICES, TYPES
from govsim.world.draws import Draw, correlated, keys, normal, positive, share, uniform
from govsim.world.tables import F64, I64, U64

#: Most residents, and most homes, of one compound: residents number their neighbours in 16 bits.
MOST_PEOPLE: Final = 65_000

#: Fewest residents that a drawn compound has.
FEWEST_PEOPLE: Final = 20

NUMBERS: Final = (
    "type", "gated", "committees", "residents", "dwellings", "buildings", "dwelling_m2", "age", "condition",
    "fund", *(f"quality_{s}" for s in SERVICES), "oversight", "renter_share", "group_share", "elderly_share",
    "parking_pressure",
)  # fmt: skip
LABELS: Final = ("district", "town", "committee", "firm", "beat", "grid")


@dataclass
class Draft:
    """Compounds on their way into the tables: NaN or "" stands where nothing was given."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    x: F64  # metres
    y: F64  # metres
    numbers: dict[str, F64] = field(default_factory=dict)  # by name in NUMBERS
    labels: dict[str, list[str]] = field(default_factory=dict)  # by name in LABELS

    def __post_init__(self) -> None:
        for name in NUMBERS:
            self.numbers.setdefault(name, np.full(len(self.ids), np.nan))
        for name in LABELS:
            self.labels.setdefault(name, [""] * len(self.ids))

    def blanks(self) -> tuple[str, ...]:
        """Columns with a cell that was not given, as they are called in `Compounds`."""
        out = [name for name, column in self.numbers.items() if np.isnan(column).any()]
        out += [name for name, column in self.labels.items() if "" in column]
        return tuple(dict.fromkeys("quality" if name.startswith("quality_") else name for name in out))


def by_type(parameters: Parameters, name: str, types: I64) -> F64:
    """The parameter `world.<name>` of each compound's type."""
    return np.asarray(parameters[f"world.{name}"], np.float64)[types]


def number(parameters: Parameters, name: str) -> float:
    """One figure by its full name."""
    return float(parameters[name])


def people_per_home(parameters: Parameters) -> float:
    """Residents per home, empty homes counted."""
    return number(parameters, "world.household_size") * (1.0 - number(parameters, "residents.vacancy"))


def relative_sizes(owners: U64, types: I64, parameters: Parameters) -> F64:
    """Log-normal sizes, mean 1 within a commodity estate, times the relative size of the type."""
    spread = number(parameters, "world.size_spread")
    z = normal(owners, Draw.SIZE)
    return np.asarray(by_type(parameters, "relative_size", types) * np.exp(spread * z - 0.5 * spread**2))


def self_managed(owners: U64, types: I64, parameters: Parameters) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether a compound manages itself instead of having a property firm."""
    return np.asarray(uniform(owners, Draw.SELF_MANAGED) < by_type(parameters, "self_managed_share", types))


def fill(draft: Draft, map_seed: int, parameters: Parameters, type_shares: Sequence[float] | F64) -> None:
    """Fill every NaN among the numbers of `draft`, in place."""
    owners = keys(map_seed, "compound", draft.ids)
    n = draft.numbers

    def put(name: str, drawn: F64) -> None:
        n[name] = np.where(np.isnan(n[name]), drawn, n[name])

    edges = np.cumsum(np.asarray(type_shares, np.float64))
    drawn_type = np.searchsorted(edges / edges[-1], uniform(owners, Draw.TYPE), side="right")
    put("type", np.minimum(drawn_type, len(TYPES) - 1).astype(np.float64))
    types = n["type"].astype(np.int64)
    _fill_sizes(draft, owners, types, parameters, np.asarray(type_shares, np.float64))
    put("gated", (uniform(owners, Draw.GATED) < by_type(parameters, "gated_share", types)).astype(np.float64))

    def profile(name: str, score: F64, kind: Any = share) -> F64:
        drawn: F64 = kind(score, by_type(parameters, f"{name}_mean", types), by_type(parameters, f"{name}_sd", types))
        return drawn

    age = normal(owners, Draw.AGE)
    condition = correlated(age, normal(owners, Draw.CONDITION), number(parameters, "world.condition_age_correlation"))
    put("dwelling_m2", profile("home_area", normal(owners, Draw.HOME_AREA), positive))
    put("age", profile("age", age, positive))
    put("condition", profile("condition", condition))
    put("fund", profile("fund", normal(owners, Draw.FUND)))
    firm = normal(owners, Draw.QUALITY)
    for s, service in enumerate(SERVICES):
        alike = np.sqrt(number(parameters, "world.quality_correlation"))
        put(
            f"quality_{service}",
            profile("quality", correlated(firm, normal(owners, Draw.SERVICE + s), float(alike))),
        )
    put("oversight", _oversight(uniform(owners, Draw.OVERSIGHT), parameters))
    # a group-rented home is a let home
    group_given = np.nan_to_num(n["group_share"])
    put("renter_share", np.maximum(profile("renter", normal(owners, Draw.RENTER)), group_given))
    put("group_share", np.minimum(profile("group", normal(owners, Draw.GROUP)), n["renter_share"]))
    put("elderly_share", profile("elderly", normal(owners, Draw.ELDERLY)))
    put("parking_pressure", profile("parking", normal(owners, Draw.PARKING), positive))


def _fill_sizes(draft: Draft, owners: U64, types: I64, parameters: Parameters, type_shares: F64) -> None:
    """Residents, homes and buildings from one another where one is given, else from the type's size."""
    n = draft.numbers
    sizes = np.asarray(parameters["world.relative_size"], np.float64)
    typical = number(parameters, "world.residents_per_compound") / float(sizes @ type_shares / type_shares.sum())
    drawn = np.clip(np.round(typical * relative_sizes(owners, types, parameters)), FEWEST_PEOPLE, MOST_PEOPLE)
    home = people_per_home(parameters)
    residents = np.where(np.isnan(n["dwellings"]), drawn, np.round(n["dwellings"] * home))
    n["residents"] = np.where(np.isnan(n["residents"]), np.clip(residents, 1, MOST_PEOPLE), n["residents"])
    dwellings = np.clip(np.round(n["residents"] / home), np.fmax(n["buildings"], 1.0), MOST_PEOPLE)
    n["dwellings"] = np.where(np.isnan(n["dwellings"]), dwellings, n["dwellings"])
    buildings = np.ceil(n["dwellings"] / by_type(parameters, "dwellings_per_building", types))
    n["buildings"] = np.where(np.isnan(n["buildings"]), buildings, n["buildings"])
    committees = np.ceil(n["residents"] / number(parameters, "world.residents_per_committee_most"))
    n["committees"] = np.where(np.isnan(n["committees"]), committees, n["committees"])


def _oversight(u: F64, parameters: Parameters) -> F64:
    """How well the owners' committee works, by its state: working, inactive, captured, or none."""
    states = ("working", "inactive", "captured")
    edges = np.cumsum([number(parameters, f"world.committee_{s}") for s in states])
    levels = np.array([number(parameters, f"world.oversight_{s}") for s in (*states, "missing")])
    return np.asarray(levels[np.searchsorted(edges, u, side="right")])
