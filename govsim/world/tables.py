"""The tables of a built world: columns in NumPy, one row per thing, compounds in the order of their ids in the file.

Everything here is fixed once built, but for `Compounds.condition`, `fund` and `quality`, which the model copies into
its state. Index columns are -1 where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int8]
U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Compounds:
    """One row per compound (小区), n rows. The map: the same for every replicate of a scenario."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    type: I8  # index into vocabulary.TYPES
    gated: npt.NDArray[np.bool_]
    x: F64  # metres
    y: F64  # metres
    district: I32  # row of districts: departments and the court serve one district
    town: I32  # row of towns
    firm: I32  # row of property firms, -1 none
    beat: I32  # row of police beats (one community officer each)
    grid: I32  # row of grids
    committees: I32  # number of residents' committees serving it (1, or more for a very large estate)
    first_committee: I32  # row of the first of them; they are consecutive
    residents: I32  # people
    dwellings: I32  # homes, vacant ones included
    buildings: I32
    dwelling_m2: F64  # mean floor area of a home, m2
    age: F64  # years since built
    condition: F64  # physical condition, 0 (ruin) to 1 (new)
    fund: F64  # maintenance fund, share of its first balance
    quality: F64  # (n, len(SERVICES)) service quality 0..1
    oversight: F64  # how well the owners' committee works, 0..1 (missing or captured 0.12, inactive 0.3, working 0.75)
    renter_share: F64  # share of homes let
    group_share: F64  # share of homes that are group-rented
    elderly_share: F64  # share of residents aged 60 or more
    parking_pressure: F64  # cars per place
    filled: tuple[str, ...] = ()  # columns that were not given but filled from stated marginals

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Institutions:
    """Names and rows of everybody who serves compounds; indices in `Compounds` point here."""

    districts: tuple[str, ...]
    towns: tuple[str, ...]
    town_district: I32
    committees: tuple[str, ...]
    committee_town: I32
    committee_beat: I32
    firms: tuple[str, ...]
    beats: tuple[str, ...]
    beat_town: I32
    grids: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """One layer of the compound network as compressed sparse rows; symmetric, no self-links, indices sorted."""

    name: str
    indptr: I64  # (n + 1,)
    indices: I32  # neighbours
    weights: F32  # strength of a tie, unit in `unit`
    unit: str
