"""Organised offenders: who belongs to a group, and what an arrest of one of them leads to. Arrays in, arrays out.

A group has no name and no list: it is all organised offenders whose homes lie within reach of each other. Whether one is
organised is drawn once, when his career begins, from nothing that a programme can touch. Without a sweep the police follow
no group, and the trait does nothing.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.offenders import OF_TRADE, arrest, is_free
from govsim.kernels.venues import close_venue, find_owner
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, uniform

_CAREER = int(Process.CAREER)
_CLEAR = int(Process.CLEAR)
ORGANISED = 9  # k of a career's draws
TRACED, COVER = 3, 4  # k of the draws on clearing
INVESTIGATION = 2  # column of minutes: vocabulary.POLICE_WORK


@compiled
def is_organised(o, key, p):
    """Whether he belongs to a group, for life: a share of those who enter a trade."""
    return uniform(key, _CAREER, ORGANISED, o.number, o.born, 0) < p.organised[o.number // OF_TRADE]


@compiled
def follow_groups(day, offenders, n, venues, n_venues, place, ground, levers, minutes, left, flows, p):
    """The groups of those who were arrested yesterday are followed up: members at large are brought in, covers are closed.

    Each member is traced with chance 1 - (1 - group_traced)^k, where k of his group were arrested, as far as his beat has
    time left; who is brought in today leads to others tomorrow. Each venue that a member runs is closed with them with
    chance 1 - (1 - covers_closed)^k. levers: (n compounds), those of a member's home and of a venue's place; minutes
    (beats, 6) and left (beats,): police time.
    """
    taken = np.flatnonzero(offenders["arrested"][:n] == day - 1)
    known = np.zeros(taken.size, np.int64)
    m = 0
    for i in taken:
        if is_organised(offenders[i], place[offenders[i].home].stream, p):
            known[m] = i
            m += 1
    if m == 0:
        return
    known = known[:m]
    for i in range(n_venues):
        venue = venues[i]
        owner = find_owner(venue, offenders, n)
        chance = levers[venue.compound].policing_covers_closed
        if venue.closed or owner < 0 or chance <= 0.0:
            continue
        o = offenders[owner]
        key = place[o.home].stream
        k = _of_his_group(owner, known, offenders, ground, p) if is_organised(o, key, p) else 0
        if k > 0 and uniform(key, _CLEAR, COVER, o.number, o.born, day) < 1.0 - (1.0 - chance) ** k:
            close_venue(venue, day, venues, n_venues, o, place, levers, flows, p)
    for i in range(n):
        o = offenders[i]
        chance, key, beat = levers[o.home].policing_group_traced, place[o.home].stream, place[o.home].beat
        if chance <= 0.0 or not is_free(o, day) or not is_organised(o, key, p) or left[beat] < p.group_minutes:
            continue
        k = _of_his_group(i, known, offenders, ground, p)
        if k > 0 and uniform(key, _CLEAR, TRACED, o.number, o.born, day) < 1.0 - (1.0 - chance) ** k:
            minutes[beat, INVESTIGATION] += p.group_minutes
            left[beat] -= p.group_minutes
            arrest(o, key, day, p)
            flows[o.home, SLOTS.arrests + o.trade] += 1


@compiled
def _of_his_group(i, known, offenders, ground, p):
    """How many of those arrested live within reach of offender i; he himself does not count."""
    here, count = offenders[i].home, 0
    for k in known:
        there = offenders[k].home
        dx, dy = ground.compound_x[there] - ground.compound_x[here], ground.compound_y[there] - ground.compound_y[here]
        if k != i and dx * dx + dy * dy <= p.group_reach**2:
            count += 1
    return count
