"""Disputes that turn violent: out of open problems between neighbours and in families, never from a rate of its own."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.pools import problem_entity
from govsim.kernels.targets import VIOLENCE, record
from govsim.randomness import Process, two_uniforms
from govsim.world.records import COMPOUND, DWELLING

_VIOLENCE = int(Process.VIOLENCE)
PATROL = 3  # column of minutes: vocabulary.POLICE_WORK


@compiled
def presence_beyond_usual(place, patrol, minutes, levers, usual_officers, of_an_officer, out):
    """Minutes a day for which somebody in office stands about beyond the usual, into `out` (n compounds).

    Posts, and patrol beyond the share by residents of what the usual number of officers would have left (less where it is
    drawn away). minutes (beats, 6): yesterday's; of_an_officer: patrol that one more adds a day. Without more officers, hot
    spots and posts it is zero, exactly: the hazards hold with the usual patrol.
    """
    people, officers = np.zeros(minutes.shape[0]), np.zeros(minutes.shape[0])
    for c in range(place.shape[0]):
        people[place[c].beat] += place[c].residents
        officers[place[c].beat] += place[c].residents * levers[c].policing_officers
    for c in range(place.shape[0]):
        b = place[c].beat
        usual = max(0.0, minutes[b, PATROL] - of_an_officer * (officers[b] / people[b] - usual_officers))
        out[c] = patrol[c] - usual * place[c].residents / people[b] + levers[c].crime_posts


@compiled
def quarrel(day, problems, n, hazard, place, building_households, ground, beyond, crimes, n_crimes, p):
    """Each open dispute may turn violent today; returns the new number of crimes.

    hazard (13,): chance a day by kind, of a dispute of severity one; it grows with severity and with each bad answer. On
    common ground it falls with beyond (n compounds): minutes of presence beyond the usual. The victim is a household that
    the dispute reaches.
    """
    for i in range(n):
        it = problems[i]
        if it.gone or hazard[it.kind] == 0.0:
            continue
        key = place[it.compound].stream
        u, v = two_uniforms(key, _VIOLENCE, 0, problem_entity(it), it.born, day)
        chance = hazard[it.kind] * it.severity * (1.0 + p.bad_answer * it.closings)
        if it.reach == COMPOUND:
            chance *= np.exp(-p.presence_calms * beyond[it.compound])
        if u >= chance:
            continue
        building, home = it.building, it.household
        if it.reach != DWELLING:
            here = place[it.compound]
            h0, h1 = here.household0, here.household0 + here.households
            if it.reach != COMPOUND:
                h0, h1 = building_households[building], building_households[building + 1]
            home = h0 + int(v * (h1 - h0))
        crime = record(crimes, n_crimes, day, it.compound, building, home, VIOLENCE, ground)
        n_crimes += 1
        w, _ = two_uniforms(key, _VIOLENCE, 1, problem_entity(it), it.born, day)
        crime.completed = 1 if w < p.violence_completed else 0
    return n_crimes
