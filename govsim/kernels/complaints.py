"""Residents decide whether and where to complain: the dense daily loop."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled, inlined
from govsim.kernels.intake import COMMITTEE, HOTLINE, PLATFORM, POLICE
from govsim.kernels.pools import fill_words, problem_entity
from govsim.randomness import Process, two_uniforms, uniform, unit32
from govsim.world.records import COMPOUND, DWELLING

_COMPLAIN = int(Process.COMPLAIN)
_COMPLAIN_OWN = int(Process.COMPLAIN_OWN)
_CHOOSE = int(Process.CHOOSE)

ENTRY = 5  # channels in which a complaint can start
BLOCK = 1024
CHANNEL_DRAW = 0xFFFF0000  # entities from here on are residents, not problems


@inlined
def belief_column(channel):
    """Whom a channel teaches a belief about: the committee answers the platform, government petitions and courts."""
    if channel == PLATFORM:
        return 1
    if channel == HOTLINE:
        return 2
    if channel == POLICE:
        return 3
    if channel > POLICE:
        return 2
    return channel


@compiled
def pulls(who, belief, levers, p, out):
    """What draws this resident to each channel, per unit of load and voice, into `out` (5,); chances a day.

    base x exp(B (belief - 1/2)) x access: office hours at the committee, being on the platform, the habit of calling.
    """
    for ch in range(ENTRY):
        out[ch] = p.base * np.exp(p.belief_effect * (belief[belief_column(ch)] - 0.5))
    out[COMMITTEE] *= 1.0 - (1.0 - p.access[who.hours]) * (1.0 - levers.committee_access)
    out[PLATFORM] *= levers.platform_ease if who.on_platform and levers.platform_open > 0.0 else 0.0
    if who.habitual:
        out[HOTLINE] *= p.habitual_hotline


@compiled
def first_complaints(
    c0, c1, day, place, building_residents, household_residents, of_building, of_compound, problems, start, order,
    weight, people, belief, levers, p, out,
):  # fmt: skip
    """Residents of compounds c0..c1 who complain today without having a complaint open.

    of_building, of_compound: load by channel (.., 5), see problems.loads; start, order: problems by compound;
    weight (13, 5): suitability of channels by kind; people: records.PERSON; belief (residents, 4).
    Writes rows (resident, problem, channel) to `out` (m, 3) in the order of compounds and returns their number;
    raises IndexError when it is full. The result depends on no bound: a resident is looked at closely only if the
    draw is below the most that the hazard can be, and is then judged by the exact hazard.
    """
    buffer, pull = np.empty(BLOCK, np.uint32), np.empty(ENTRY)
    most = p.base * np.exp(0.5 * p.belief_effect) * 1.0001
    n = 0
    for c in range(c0, c1):
        key, first = place[c].stream, place[c].resident0
        last = first + place[c].residents
        ease = most * max(1.0, levers[c].platform_ease)
        b, end, bound = place[c].building0 - 1, first, 0.0
        for block in range(first, last, BLOCK):
            fill_words(key, _COMPLAIN, 0, 0, day, (block - first) // 4, buffer)
            for i in range(block, min(block + BLOCK, last)):
                while i >= end:
                    b += 1
                    end = building_residents[b + 1]
                    bound = 0.0
                    for ch in range(ENTRY):
                        bound += of_building[b, ch] + of_compound[c, ch]
                    bound *= ease
                draw = unit32(buffer[i - block])
                who = people[i]
                if draw >= who.voice * bound * (p.habitual_hotline if who.habitual else 1.0) or who.busy:
                    continue
                pulls(who, belief[i], levers[c], p, pull)
                total = 0.0
                for ch in range(ENTRY):
                    total += (of_building[b, ch] + of_compound[c, ch]) * pull[ch]
                if draw >= 1.0 - np.exp(-who.voice * total):
                    continue
                problem = _choose(i - first, b, key, day, problems, start[c], start[c + 1], order, weight, pull)
                if problem >= 0:
                    u = uniform(key, _CHOOSE, 0, CHANNEL_DRAW + i - first, 0, day)
                    n = _write(i, problem, _channel(u, problems[problem].kind, weight, pull), out, n)
        for at in range(start[c], start[c + 1]):  # what is at home concerns only those who live there
            it = problems[order[at]]
            if it.reach != DWELLING:
                continue
            bound = 0.0
            for ch in range(ENTRY):
                bound += weight[it.kind, ch]
            bound *= it.severity * ease
            for i in range(household_residents[it.household], household_residents[it.household + 1]):
                who = people[i]
                if who.busy or who.voice == 0.0:
                    continue
                member = i - household_residents[it.household]
                u, v = two_uniforms(key, _COMPLAIN_OWN, member, problem_entity(it), it.born, day)
                if u >= who.voice * bound * (p.habitual_hotline if who.habitual else 1.0):
                    continue
                pulls(who, belief[i], levers[c], p, pull)
                total = 0.0
                for ch in range(ENTRY):
                    total += it.severity * weight[it.kind, ch] * pull[ch]
                if u < 1.0 - np.exp(-who.voice * total):
                    n = _write(i, order[at], _channel(v, it.kind, weight, pull), out, n)
    return n


@inlined
def _write(resident, problem, channel, out, n):
    if n >= out.shape[0]:
        raise IndexError("more complaints in a day than expected")
    out[n, 0], out[n, 1], out[n, 2] = resident, problem, channel
    return n + 1


@compiled
def _channel(u, kind, weight, pull):
    """Channel by its share of the hazard: inverse CDF of one draw."""
    total = 0.0
    for ch in range(ENTRY):
        total += weight[kind, ch] * pull[ch]
    upto, chosen = 0.0, 0
    for ch in range(ENTRY):
        hazard = weight[kind, ch] * pull[ch]
        if hazard > 0.0:
            chosen = ch
            upto += hazard
            if u * total < upto:
                break
    return chosen


@compiled
def _choose(local, building, key, day, problems, first, end, order, weight, pull):
    """Row of the shared problem that a resident of `building` complains about, -1 if none reaches it.

    A race with one keyed draw per problem: one problem more changes the choice only if it wins.
    """
    best, winner = np.inf, -1
    for at in range(first, end):
        it = problems[order[at]]
        if it.reach == DWELLING or (it.reach != COMPOUND and it.building != building):
            continue
        hazard = 0.0
        for ch in range(ENTRY):
            hazard += weight[it.kind, ch] * pull[ch]
        hazard *= it.severity * it.share
        if hazard > 0.0:
            time = -np.log(uniform(key, _CHOOSE, local, problem_entity(it), it.born, day)) / hazard
            if time < best:
                best, winner = time, order[at]
    return winner
