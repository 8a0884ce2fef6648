"""People of one compound, drawn from its own stream: homes and households, persons, ties."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.randomness import Process, normal, two_uniforms, uniform

MAX_TIES = 8
OWNER, TENANT, GROUP_TENANT = 0, 1, 2
AT_HOME, DAY, SHIFT = 0, 1, 2

_PEOPLE = int(Process.PEOPLE)
_HOUSEHOLDS = int(Process.HOUSEHOLDS)
_TIES = int(Process.TIES)


@compiled
def settle(
    key,
    homes,
    renter,
    group,
    m,
    first_resident,
    first_household,
    building_residents,
    building_households,
    household_residents,
    tenure,
    home,
    n_people,
):
    """Choose the occupied homes, their tenure and their size; sizes sum to `n_people` exactly (systematic sampling)."""
    nh, nb = tenure.shape[0], building_residents.shape[0]
    taken = 0
    for d in range(homes):  # selection sampling (Knuth 1969): exactly nh of the homes, each with the same chance
        if uniform(key, _HOUSEHOLDS, 0, d, 0, 0) * (homes - d) < nh - taken:
            home[taken] = d
            taken += 1
    weight = np.empty(nh)
    for h in range(nh):
        d = home[h]
        u, v = two_uniforms(key, _HOUSEHOLDS, 1, d, 0, 0)
        tenure[h] = GROUP_TENANT if u < group else (TENANT if u < renter else OWNER)
        # sizes spread from those who live alone to large families
        weight[h] = m.group_weight if tenure[h] == GROUP_TENANT else 1.0 - m.household_spread * (1.0 + np.log(v))
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


@compiled
def describe(key, elderly, m, first, household_residents, tenure, age, online, people, minds):
    """Age, working hours, use of online services, readiness to complain, anchor of satisfaction, taste."""
    heads = tenure.shape[0] / max(1, people.shape[0])  # share of residents who head a household
    for h in range(tenure.shape[0]):
        for i in range(household_residents[h] - first, household_residents[h + 1] - first):
            u, v = two_uniforms(key, _PEOPLE, 0, i, 0, 0)
            if tenure[h] == OWNER:  # the compound's share of older people replaces the usual one
                young = (1.0 - elderly) / (1.0 - m.age_owner[3])
                p0, p1, p2 = m.age_owner[0] * young, m.age_owner[1] * young, m.age_owner[2] * young
            elif tenure[h] == TENANT:
                p0, p1, p2 = m.age_tenant[0], m.age_tenant[1], m.age_tenant[2]
            else:
                p0, p1, p2 = m.age_group[0], m.age_group[1], m.age_group[2]
            if i == household_residents[h] - first:  # somebody grown-up heads each household ...
                p0, p1, p2 = 0.0, p1 / (1.0 - p0), p2 / (1.0 - p0)
            elif heads < 1.0 - p0:  # ... and the others make up for it, so that the shares are as stated
                grown = (1.0 - heads / (1.0 - p0)) / (1.0 - heads)
                p0, p1, p2 = p0 / (1.0 - heads), p1 * grown, p2 * grown
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


@compiled
def befriend(key, m, building_ends, household_residents, tenure, ties):
    """Small-world ties: each resident starts a few, most inside the building; a tie is shared; at most eight each."""
    n = ties.shape[0]
    count = np.zeros(n, np.uint8)
    b = 0
    for h in range(tenure.shape[0]):
        for i in range(household_residents[h], household_residents[h + 1]):
            while i >= building_ends[b + 1]:
                b += 1
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
