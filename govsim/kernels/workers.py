"""Residents' committees: leaders who come and go, staff, and the working time that owners' affairs take."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.owners import INACTIVE
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, uniform

_STAFF = int(Process.STAFF)
LEAVES, NEW, POSTS = 0, 1, 2  # k of this process's draws
QUARTERS = 4.0


@compiled
def learn(trained, classes, p):
    """What classes teach, after a quarter: attendances (a year) close part of the gap, the rest of the time wears it away."""
    trained += (1.0 - np.exp(-p.learns * classes / QUARTERS)) * (1.0 - trained)
    return trained * np.exp(-p.unlearns / QUARTERS)


@compiled
def new_drive(key, number, day, training, p):
    """Drive of a new leader, 0..1."""
    u = uniform(key, _STAFF, NEW, number, 0, day)
    return min(1.0, p.leader_least + (p.leader_most - p.leader_least) * u + training)


@compiled
def stays(staff, leaving, p):
    """Share of a quarter's workers who were there before: who leaves takes along what he learned, who comes has not learned."""
    old = staff * (1.0 - leaving)
    return old / (old + p.staff_found * (1.0 - staff))


@compiled
def quarter(day, place, owners, committees, desks, desk0, levers, flows, p):
    """One quarter of every residents' committee; its desk has the working time of the posts that are filled.

    A committee draws from the stream of the first compound it serves, by its number there. desk0: first row of their desks.
    """
    m = committees.shape[0]
    first, people = np.full(m, -1), np.zeros(m)
    veto = np.zeros(m)
    training, retention, taken, served = np.zeros(m), np.zeros(m), np.zeros(m), np.zeros(m)
    classes = np.zeros(m)
    for c in range(place.shape[0]):
        here = place[c]
        push = 0.0
        if owners[c].status <= INACTIVE:
            push = p.time_push * (1.0 + levers[c].self_government_push)
        for k in range(here.committee0, here.committee0 + here.committees):
            first[k] = c if first[k] < 0 else first[k]
            weight = here.residents / here.committees
            people[k] += weight
            served[k] += 1.0
            training[k] += weight * levers[c].self_government_leader
            classes[k] += weight * levers[c].self_government_classes
            veto[k] += weight * levers[c].self_government_veto
            retention[k] += weight * levers[c].self_government_staff_retention
            taken[k] += push * committees[k].leader + p.time_conflict * owners[c].conflict_firm
    for k in range(m):
        c = first[k]
        if c < 0:
            continue
        it, key, number = committees[k], place[c].stream, k - place[c].committee0
        failing = veto[k] / people[k] * max(0.0, 1.0 - it.leader / p.leader_enough)
        if uniform(key, _STAFF, LEAVES, number, 0, day) < p.leader_leaves + failing:
            it.leader = new_drive(key, number, day, training[k] / people[k], p)
            it.leader_since = day
            flows[c, SLOTS.leaders_changed] += 1
        it.skill += p.skill_step * (it.leader - it.skill)
        it.trained = learn(it.trained, classes[k] / people[k], p)
        u = uniform(key, _STAFF, POSTS, number, 0, day)
        leaving = p.staff_leaves * (1.0 - retention[k] / people[k])
        it.trained *= stays(it.staff, leaving, p)
        desks[desk0 + k].skill = p.skill_effect * (it.skill - p.skill_reference) + p.trained_effect * it.trained
        it.staff += p.staff_found * (1.0 - it.staff) - leaving * it.staff + p.staff_spread * (2.0 * u - 1.0)
        it.staff = min(1.0, max(p.staff_least, it.staff))
        busy = min(p.time_most, taken[k] / served[k])
        desks[desk0 + k].staffing = it.staff / p.staff_reference * (1.0 - busy)
