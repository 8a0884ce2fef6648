"""Residents with households, homes, buildings and ties, drawn compound by compound from stated marginals.

A compound is a slice of every column: residents are sorted by compound, building and household. Each compound draws
from its own stream, so it has the same people whatever other compounds exist.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numba import njit

from govsim.randomness import Process, normal, two_uniforms, uniform
from govsim.scenario.parameters import Parameters
from govsim.world.records import MIND, PERSON
from govsim.world.tables import F64, I32, I64, U8, U16, U64, Compounds

NO_TIE = 65535
MAX_TIES = 8
OWNER, TENANT, GROUP_TENANT = 0, 1, 2
AT_HOME, DAY, SHIFT = 0, 1, 2

_PEOPLE = int(Process.PEOPLE)
_HOUSEHOLDS = int(Process.HOUSEHOLDS)
_TIES = int(Process.TIES)


@dataclass(frozen=True)
class Population:
    """Columns of residents, households and buildings. `*_start` arrays are offsets with one more entry than rows."""

    resident_start: I64  # by compound
    household_start: I64  # by compound
    building_start: I64  # by compound
    building_residents: I64  # resident offset, by building
    building_households: I64  # household offset, by building
    household_residents: I64  # resident offset, by household
    building_compound: I32
    household_tenure: U8  # index into vocabulary.TENURES
    household_home: U16  # number of the home within its compound (vacant homes are numbered too)
    age: U8  # index into vocabulary.AGE_BANDS
    online: U8  # 1: would use an online platform if there were one
    ties: U16  # (n, 8) neighbours, numbered within the compound; 65535 none
    people: np.ndarray  # records.PERSON (n,): readiness to complain (mean of adult owners 1; minors 0), hours
    minds: np.ndarray  # records.MIND (n,): the anchor of satisfaction and the taste are drawn here, the rest starts later

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


def people(compounds: Compounds, streams: U64, parameters: Parameters) -> Population:
    """Draw everybody. `streams` holds one key per compound; totals per compound are met exactly."""
    p = parameters
    m = _Marginals(
        p["residents.group_household_weight"],
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
    n_people = compounds.residents.astype(np.int64)
    occupied = np.round(compounds.dwellings * (1.0 - p["residents.vacancy"])).astype(np.int64)
    occupied = np.maximum(np.minimum(np.minimum(occupied, compounds.dwellings), n_people), 1)

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
        np.zeros(nh + 1, np.int64),
        np.repeat(np.arange(len(compounds), dtype=np.int32), compounds.buildings),
        np.zeros(nh, np.uint8),
        np.zeros(nh, np.uint16),
        np.zeros(n, np.uint8),
        np.zeros(n, np.uint8),
        np.full((n, MAX_TIES), NO_TIE, np.uint16),
        np.zeros(n, PERSON),
        np.zeros(n, MIND),
    )
    out.building_residents[-1], out.building_households[-1], out.household_residents[-1] = n, nh, n
    for c in range(len(compounds)):
        r, h, b = slice(r0[c], r0[c + 1]), slice(h0[c], h0[c + 1]), slice(b0[c], b0[c + 1])
        _settle(
            streams[c], int(compounds.dwellings[c]), compounds.renter_share[c], compounds.group_share[c], m, r0[c],
            h0[c], out.building_residents[b], out.building_households[b], out.household_residents[h],
            out.household_tenure[h], out.household_home[h], n_people[c],
        )  # fmt: skip
        _describe(
            streams[c], compounds.elderly_share[c], m, r0[c], out.household_residents[h0[c] : h0[c + 1] + 1],
            out.household_tenure[h], out.age[r], out.online[r], out.people[r], out.minds[r],
        )  # fmt: skip
        ends = np.append(out.building_residents[b], r0[c + 1]) - r0[c]
        _befriend(
            streams[c], m, ends, out.household_residents[h0[c] : h0[c + 1] + 1] - r0[c], out.household_tenure[h],
            out.ties[r], out.minds[r],
        )  # fmt: skip
    return out


@njit(cache=True, nogil=True)
def _settle(key, homes, renter, group, m, first_resident, first_household, building_residents, building_households, household_residents, tenure, home, n_people):  # type: ignore[no-untyped-def]
    """Choose the occupied homes, their tenure and their size; sizes sum to `n_people` exactly (systematic sampling)."""
    nh, nb = tenure.shape[0], building_residents.shape[0]
    draws = np.empty(homes)
    for d in range(homes):
        draws[d] = uniform(key, _HOUSEHOLDS, 0, d, 0, 0)
    lived_in = np.sort(np.argsort(draws)[:nh])
    weight = np.empty(nh)
    for h in range(nh):
        d = lived_in[h]
        home[h] = d
        u, v = two_uniforms(key, _HOUSEHOLDS, 1, d, 0, 0)
        tenure[h] = GROUP_TENANT if u < group else (TENANT if u < renter else OWNER)
        # a gamma-like spread of sizes: some live alone, some are large families
        weight[h] = m.group_weight * (0.7 + 0.6 * v) if tenure[h] == GROUP_TENANT else -np.log(v) + 0.35
    extra, total = n_people - nh, weight.sum()
    u = uniform(key, _HOUSEHOLDS, 2, 0, 0, 0)
    cumulative, placed = 0.0, 0
    at = first_resident
    building = -1
    for h in range(nh):
        b = home[h] * nb // homes
        while building < b:
            building += 1
            building_residents[building] = at
            building_households[building] = first_household + h
        household_residents[h] = at
        cumulative += weight[h] * extra / total
        upto = extra if h == nh - 1 else min(extra, int(np.floor(cumulative + u)))
        at += 1 + upto - placed
        placed = upto
    while building < nb - 1:
        building += 1
        building_residents[building] = at
        building_households[building] = first_household + nh


@njit(cache=True, nogil=True)
def _describe(key, elderly, m, first, household_residents, tenure, age, online, people, minds):  # type: ignore[no-untyped-def]
    """Age, working hours, use of online services, readiness to complain, anchor of satisfaction, taste."""
    for h in range(tenure.shape[0]):
        for i in range(household_residents[h] - first, household_residents[h + 1] - first):
            u, v = two_uniforms(key, _PEOPLE, 0, i, 0, 0)
            head = i == household_residents[h] - first
            if tenure[h] == OWNER:  # the compound's share of older people replaces the usual one
                young = (1.0 - elderly) / (1.0 - m.age_owner[3])
                p0, p1, p2 = m.age_owner[0] * young, m.age_owner[1] * young, m.age_owner[2] * young
            elif tenure[h] == TENANT:
                p0, p1, p2 = m.age_tenant[0], m.age_tenant[1], m.age_tenant[2]
            else:
                p0, p1, p2 = 0.0, m.age_group[1], m.age_group[2]
            if head:  # somebody grown-up heads each household
                scale = 1.0 - p0
                p0, p1, p2 = 0.0, p1 / scale, p2 / scale
            age[i] = 0 if u < p0 else (1 if u < p0 + p1 else (2 if u < p0 + p1 + p2 else 3))
            if v < m.working[age[i]]:
                people[i].hours = SHIFT if v < m.working[age[i]] * m.shift_share else DAY
            else:
                people[i].hours = AT_HOME
            u, v = two_uniforms(key, _PEOPLE, 1, i, 0, 0)
            online[i] = 1 if u < m.online[age[i]] else 0
            if age[i] == 0:
                people[i].voice = 0.0
            elif v < m.habitual_share:
                people[i].voice = m.habitual_voice * m.stake[tenure[h]]
                people[i].habitual = 1
            else:
                z = normal(key, _PEOPLE, 2, i, 0, 0)
                people[i].voice = np.exp(m.voice_spread * z - 0.5 * m.voice_spread**2) * m.stake[tenure[h]]
            minds[i].anchor = min(0.999, max(0.001, m.anchor_mean + m.anchor_spread * normal(key, _PEOPLE, 3, i, 0, 0)))
            minds[i].taste = m.taste_spread * normal(key, _PEOPLE, 4, i, 0, 0)


@njit(cache=True, nogil=True)
def _befriend(key, m, building_ends, household_residents, tenure, ties, minds):  # type: ignore[no-untyped-def]
    """Small-world ties: each resident starts a few, most inside the building; a tie is shared; at most eight each."""
    n = ties.shape[0]
    count = np.zeros(n, np.uint8)
    b = 0
    for h in range(tenure.shape[0]):
        for i in range(household_residents[h], household_residents[h + 1]):
            while i >= building_ends[b + 1]:
                b += 1
            minds[i].building = b
            wanted = m.ties_started * (1.0 if tenure[h] == OWNER else m.ties_tenant)
            for k in range(4):
                u, v = two_uniforms(key, _TIES, k, i, 0, 0)
                chance = min(1.0, max(0.0, wanted - k))
                if u >= chance:
                    break
                u /= chance
                if u < m.ties_in_building:
                    lo, hi = building_ends[b], building_ends[b + 1]
                else:
                    lo, hi = 0, n
                j = lo + int(v * (hi - lo))
                at_home = household_residents[h] <= j < household_residents[h + 1]
                if at_home or count[i] >= MAX_TIES or count[j] >= MAX_TIES:
                    continue
                known = False
                for s in range(count[i]):
                    known = known or ties[i, s] == j
                if not known:
                    ties[i, count[i]] = j
                    ties[j, count[j]] = i
                    count[i] += 1
                    count[j] += 1
