"""Residents decide whether and where to complain: the dense daily loop."""

from __future__ import annotations

import numpy as np
from numba import njit

from govsim.kernels.intake import COMMITTEE, HOTLINE, PLATFORM, POLICE
from govsim.kernels.pools import fill_words, problem_entity
from govsim.randomness import Process, two_uniforms, uniform, unit32
from govsim.world.records import COMPOUND, DWELLING

_COMPLAIN = int(Process.COMPLAIN)
_COMPLAIN_OWN = int(Process.COMPLAIN_OWN)
_CHOOSE = int(Process.CHOOSE)

ENTRY = 5  # channels in which a complaint can start
BLOCK = 1024


@njit(inline="always")
def belief_column(channel):  # type: ignore[no-untyped-def]
    """Whom a channel teaches a belief about: the platform is answered by the committee, petition and court by government."""
    if channel == PLATFORM:
        return 1
    if channel == HOTLINE:
        return 2
    if channel == POLICE:
        return 3
    if channel > POLICE:
        return 2
    return channel


@njit(inline="always")
def channel_hazard(channel, load, belief, on_platform, hours, habitual, compound_levers, p):  # type: ignore[no-untyped-def]
    """Hazard a day, per unit of voice, that a resident takes `load` to `channel`: base x load x exp(B (belief - 1/2)) x access."""
    if channel == PLATFORM and (on_platform == 0 or compound_levers.platform_open <= 0.0):
        return 0.0
    h = p.base * load * np.exp(p.belief_effect * (belief[belief_column(channel)] - 0.5))
    if channel == COMMITTEE:
        h *= 1.0 - (1.0 - p.access[hours]) * (1.0 - compound_levers.committee_access)
    elif channel == PLATFORM:
        h *= compound_levers.platform_ease
    elif channel == HOTLINE and habitual:
        h *= p.habitual_hotline
    return h


@njit(cache=True, nogil=True)
def first_complaints(c0, c1, day, place, building_residents, household_residents, of_building, of_compound, problems, start, order, weight, people, belief, levers, p, out):  # type: ignore[no-untyped-def]
    """Residents of compounds c0..c1 who complain today without having a complaint open.

    of_building, of_compound: load by channel (.., 5), see problems.loads; weight: (13, 5) suitability of channels by
    kind; people: PEOPLE columns (voice, hours, on_platform, busy); belief: (residents, 4).
    Writes rows (resident, problem, channel) to `out` (m, 3) in the order of residents and returns their number;
    raises IndexError when it is full. The result depends on no bound: a resident is looked at closely only if the
    draw is below the most that the hazard can be, and then judged by the exact hazard.
    """
    buffer = np.empty(BLOCK, np.uint32)
    most = p.base * np.exp(0.5 * p.belief_effect) * 1.0001
    n = 0
    for c in range(c0, c1):
        key, first = place[c].stream, place[c].resident0
        b, end, bound = place[c].building0 - 1, first, 0.0
        last = first + place[c].residents
        ease = max(1.0, levers[c].platform_ease)
        for block in range(first, last, BLOCK):
            fill_words(key, _COMPLAIN, 0, 0, day, (block - first) // 4, buffer)
            for i in range(block, min(block + BLOCK, last)):
                while i >= end:
                    b += 1
                    end = building_residents[b + 1]
                    bound = 0.0
                    for ch in range(ENTRY):
                        bound += of_building[b, ch] + of_compound[c, ch]
                    bound *= most * ease
                draw = unit32(buffer[i - block])
                who = people[i]
                if draw >= who.voice * bound * (p.habitual_hotline if who.habitual else 1.0) or who.busy:
                    continue
                total = 0.0
                for ch in range(ENTRY):
                    load = of_building[b, ch] + of_compound[c, ch]
                    total += channel_hazard(ch, load, belief[i], who.on_platform, who.hours, who.habitual, levers[c], p)
                if draw < 1.0 - np.exp(-who.voice * total):
                    n = _choose(i, i - first, b, c, day, key, problems, start, order, weight, who, belief[i], levers[c], p, out, n)
        for at in range(start[c], start[c + 1]):  # what is at home concerns only those who live there
            it = problems[order[at]]
            if it.reach != DWELLING:
                continue
            for i in range(household_residents[it.household], household_residents[it.household + 1]):
                who = people[i]
                if who.busy or who.voice == 0.0:
                    continue
                total = 0.0
                for ch in range(ENTRY):
                    total += channel_hazard(ch, it.severity * weight[it.kind, ch], belief[i], who.on_platform, who.hours, who.habitual, levers[c], p)
                u, v = two_uniforms(key, _COMPLAIN_OWN, i - household_residents[it.household], problem_entity(it), it.born, day)
                if u < 1.0 - np.exp(-who.voice * total):
                    n = _write(i, order[at], _pick_channel(v, it.kind, total / it.severity, weight, who, belief[i], levers[c], p), out, n)
    return n


@njit(inline="always")
def _write(resident, problem, channel, out, n):  # type: ignore[no-untyped-def]
    if n >= out.shape[0]:
        raise IndexError("more complaints in a day than expected")
    out[n, 0], out[n, 1], out[n, 2] = resident, problem, channel
    return n + 1


@njit(cache=True, nogil=True)
def _pick_channel(v, kind, total, weight, who, belief, levers, p):  # type: ignore[no-untyped-def]
    """Channel by its share of the hazard; `total` is the hazard of a unit load over all channels."""
    sum_, chosen = 0.0, 0
    for ch in range(ENTRY):
        h = channel_hazard(ch, weight[kind, ch], belief, who.on_platform, who.hours, who.habitual, levers, p)
        if h > 0.0:
            chosen = ch
            sum_ += h
            if v * total < sum_:
                break
    return chosen


@njit(cache=True, nogil=True)
def _choose(i, local, b, c, day, key, problems, start, order, weight, who, belief, levers, p, out, n):  # type: ignore[no-untyped-def]
    """Which shared problem this resident complains about: a race with one keyed draw per problem, so that one more
    problem changes the choice only if it wins. Then the channel, by its share."""
    best, winner, winning_total = np.inf, -1, 0.0
    for at in range(start[c], start[c + 1]):
        it = problems[order[at]]
        if it.reach == DWELLING or (it.reach != COMPOUND and it.building != b):
            continue
        total = 0.0
        for ch in range(ENTRY):
            total += channel_hazard(ch, weight[it.kind, ch], belief, who.on_platform, who.hours, who.habitual, levers, p)
        total *= it.severity * it.share
        if total <= 0.0:
            continue
        u = uniform(key, _CHOOSE, local & 0xFFFF, problem_entity(it), it.born, day)
        time = -np.log(u) / total
        if time < best:
            best, winner, winning_total = time, order[at], total
    if winner < 0:
        return n
    it = problems[winner]
    v = uniform(key, _CHOOSE, 0, 0xFFFF0000 + local, 0, day)
    total = 0.0
    for ch in range(ENTRY):
        total += channel_hazard(ch, weight[it.kind, ch], belief, who.on_platform, who.hours, who.habitual, levers, p)
    return _write(i, winner, _pick_channel(v, it.kind, total, weight, who, belief, levers, p), out, n)
