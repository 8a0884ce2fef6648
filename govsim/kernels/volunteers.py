"""Residents join and leave the list of volunteers."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.pools import fill_words
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, uniform, unit32

_VOLUNTEER = int(Process.VOLUNTEER)
BLOCK = 1024


@compiled
def enlist(place, people, minds, share):
    """The lists on the first day: each adult with chance `share`."""
    for c in range(place.shape[0]):
        for i in range(place[c].resident0, place[c].resident0 + place[c].residents):
            local = i - place[c].resident0
            on_list = people[i].voice > 0.0 and uniform(place[c].stream, _VOLUNTEER, 1, local, 0, 0) < share
            minds[i].volunteer = 1 if on_list else 0


@compiled
def join_and_leave(c0, c1, day, place, people, minds, ties, levers, p, flows):
    """One week for residents of compounds c0..c1: competing hazards of joining and leaving, one draw for each resident.

    ties (residents, 8): neighbours, numbered within the compound. All look at last week's lists (`listed` is a copy).
    Whoever draws more than the highest chance that anybody can have is not looked at: most are not.
    """
    most_leave = 1.0 - np.exp(-p.leave * np.exp(p.leave_fear * (1.0 - p.fear_level)))
    buffer = np.empty(BLOCK, np.uint32)
    for c in range(c0, c1):
        first, n = place[c].resident0, place[c].residents
        listed = np.empty(n, np.uint8)
        most = levers[c].volunteers_join * (1.0 + p.join_others) * np.exp(p.join_belonging * (1.0 - p.belonging_usual))
        most = max(most_leave, 1.0 - np.exp(-most))
        for i in range(n):
            listed[i] = minds[first + i].volunteer
        for i in range(n):
            if i % BLOCK == 0:
                fill_words(place[c].stream, _VOLUNTEER, 0, 0, day, i // 4, buffer)
            draw = unit32(buffer[i % BLOCK])
            if draw >= most:
                continue
            who = minds[first + i]
            if listed[i]:
                hazard = p.leave * np.exp(p.leave_fear * (who.fear - p.fear_level))
                if draw < 1.0 - np.exp(-hazard):
                    who.volunteer = 0
                    flows[c, SLOTS.volunteers_left] += 1
                continue
            if people[first + i].voice <= 0.0:
                continue
            others = known = 0
            for s in range(ties.shape[1]):
                j = ties[first + i, s]
                if j >= n:
                    break
                known += 1
                others += listed[j]
            asked = 1.0 + p.join_others * others / max(1, known)
            hazard = levers[c].volunteers_join * asked * np.exp(p.join_belonging * (who.belonging - p.belonging_usual))
            if draw < 1.0 - np.exp(-hazard):
                who.volunteer = 1
                flows[c, SLOTS.volunteers_joined] += 1
