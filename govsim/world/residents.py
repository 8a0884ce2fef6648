"""Residents with households, homes, buildings and ties, drawn compound by compound from stated marginals.

A compound is a slice of every column: residents are sorted by compound, building and household. Each compound draws
from its own stream, so it has the same people whatever other compounds exist.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from govsim.kernels.people import MAX_TIES, befriend, describe, settle
from govsim.scenario.parameters import Parameters
from govsim.world.records import MIND, PERSON
from govsim.world.tables import F64, I32, I64, U8, U16, U64, Compounds

NO_TIE = 65535


@dataclass(frozen=True)
class Population:
    """Columns of residents, households and buildings. `*_start` arrays are offsets with one more entry than rows."""

    resident_start: I64  # by compound
    household_start: I64  # by compound
    building_start: I64  # by compound
    building_residents: I64  # resident offset, by building
    building_households: I64  # household offset, by building
    household_residents: I32  # resident offset, by household
    building_compound: I32
    household_tenure: U8  # index into vocabulary.TENURES
    household_home: U16  # number of the home within its compound (vacant homes are numbered too)
    age: U8  # index into vocabulary.AGE_BANDS
    online: U8  # 1: would use an online platform if there were one
    ties: U16  # (n, 8) neighbours, numbered within the compound; 65535 none

    @property
    def n(self) -> int:
        """Number of residents."""
        return int(self.resident_start[-1])

    @property
    def households(self) -> int:
        """Number of households (occupied homes)."""
        return int(self.household_start[-1])

    def bytes_per_resident(self) -> float:
        """Bytes of the fixed columns, ties included, per resident."""
        return float(sum(getattr(self, f.name).nbytes for f in fields(self)) / max(self.n, 1))


class _Marginals(NamedTuple):
    """What the drawing kernel needs, in the kernel's own order."""

    group_weight: float
    household_spread: float
    age_owner: F64
    age_tenant: F64
    age_group: F64
    working: F64
    shift_share: float
    online: F64
    voice_spread: float
    habitual_share: float
    habitual_voice: float
    stake: F64
    ties_started: float
    ties_in_building: float
    ties_tenant: float
    anchor_mean: float
    anchor_spread: float
    taste_spread: float


def _marginals(p: Parameters) -> _Marginals:
    return _Marginals(
        p["residents.group_household_weight"],
        p["residents.household_spread"],
        p["residents.age_owner"],
        p["residents.age_tenant"],
        p["residents.age_group_tenant"],
        p["residents.working"],
        p["residents.shift_share"],
        p["residents.online"],
        p["residents.voice_spread"],
        p["residents.habitual_share"],
        p["residents.habitual_voice"],
        p["residents.stake"],
        p["residents.ties_started"],
        p["residents.ties_in_building"],
        p["residents.ties_tenant"],
        p["residents.anchor_mean"],
        p["residents.anchor_spread"],
        p["residents.taste_spread"],
    )


def occupied_homes(compounds: Compounds, parameters: Parameters) -> I64:
    """Households by compound (n,): homes that are not vacant, at most one per resident."""
    occupied = np.round(compounds.dwellings * (1.0 - parameters["residents.vacancy"])).astype(np.int64)
    return np.asarray(np.maximum(np.minimum(np.minimum(occupied, compounds.dwellings), compounds.residents), 1), np.int64)


def people(compounds: Compounds, streams: U64, parameters: Parameters) -> Population:
    """Draw everybody. `streams` holds one key per compound; totals per compound are met exactly."""
    m = _marginals(parameters)
    n_people = compounds.residents.astype(np.int64)
    occupied = occupied_homes(compounds, parameters)

    def starts(counts: I64) -> I64:
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])

    r0, h0, b0 = starts(n_people), starts(occupied), starts(compounds.buildings.astype(np.int64))
    n, nh, nb = int(r0[-1]), int(h0[-1]), int(b0[-1])
    out = Population(
        r0,
        h0,
        b0,
        np.zeros(nb + 1, np.int64),
        np.zeros(nb + 1, np.int64),
        np.zeros(nh + 1, np.int32),
        np.repeat(np.arange(len(compounds), dtype=np.int32), compounds.buildings),
        np.zeros(nh, np.uint8),
        np.zeros(nh, np.uint16),
        np.zeros(n, np.uint8),
        np.zeros(n, np.uint8),
        np.full((n, MAX_TIES), NO_TIE, np.uint16),
    )
    out.building_residents[-1], out.building_households[-1], out.household_residents[-1] = n, nh, n
    for c in range(len(compounds)):
        r, h, b = slice(r0[c], r0[c + 1]), slice(h0[c], h0[c + 1]), slice(b0[c], b0[c + 1])
        settle(
            streams[c], int(compounds.dwellings[c]), compounds.renter_share[c], compounds.group_share[c], m, r0[c],
            h0[c], out.building_residents[b], out.building_households[b], out.household_residents[h],
            out.household_tenure[h], out.household_home[h], n_people[c],
        )  # fmt: skip
    for c in range(len(compounds)):  # after all are settled: a compound's last household ends where the next begins
        r, h, b = slice(r0[c], r0[c + 1]), slice(h0[c], h0[c + 1]), slice(b0[c], b0[c + 1])
        ends = np.append(out.building_residents[b], r0[c + 1]) - r0[c]
        befriend(
            streams[c], m, ends, out.household_residents[h0[c] : h0[c + 1] + 1] - r0[c], out.household_tenure[h],
            out.ties[r],
        )  # fmt: skip
    _describe_all(out, compounds, streams, m, out.age, out.online, *_blank(n))
    return out


def persons(population: Population, compounds: Compounds, streams: U64, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """What the people of a world are like on its first day: fresh records.PERSON and records.MIND (n,), of which the
    readiness to complain, the hours, the anchor of satisfaction, the taste and the building are filled.

    They are drawn anew (the same for the same streams) and not kept in the world: the state owns them.
    """
    n = population.n
    age, online = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    found, minds = _blank(n)
    _describe_all(population, compounds, streams, _marginals(parameters), age, online, found, minds)
    local = np.arange(len(population.building_compound)) - population.building_start[population.building_compound]
    minds["building"] = np.repeat(local, np.diff(population.building_residents))
    return found, minds


def _blank(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(n, PERSON), np.zeros(n, MIND)


def _describe_all(
    population: Population,
    compounds: Compounds,
    streams: U64,
    m: _Marginals,
    age: U8,
    online: U8,
    people: np.ndarray,
    minds: np.ndarray,
) -> None:
    """Describe everybody, compound by compound."""
    h0, r0 = population.household_start, population.resident_start
    for c in range(len(compounds)):
        r, h = slice(r0[c], r0[c + 1]), slice(h0[c], h0[c + 1])
        describe(
            streams[c], compounds.elderly_share[c], m, r0[c], population.household_residents[h0[c] : h0[c + 1] + 1],
            population.household_tenure[h], age[r], online[r], people[r], minds[r],
        )  # fmt: skip
