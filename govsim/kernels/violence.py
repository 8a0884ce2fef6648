"""Disputes that turn violent: out of open problems between neighbours and in families, never from a rate of its own."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.kernels.pools import problem_entity
from govsim.kernels.targets import VIOLENCE, record
from govsim.randomness import Process, two_uniforms
from govsim.world.records import COMPOUND, DWELLING

_VIOLENCE = int(Process.VIOLENCE)


@compiled
def quarrel(day, problems, n, hazard, place, building_households, ground, crimes, n_crimes, p):
    """Each open dispute may turn violent today; returns the new number of crimes.

    hazard (13,): chance a day by kind, of a dispute of severity one; it grows with severity and with each bad answer.
    The victim is a household that the dispute reaches.
    """
    for i in range(n):
        it = problems[i]
        if it.gone or hazard[it.kind] == 0.0:
            continue
        key = place[it.compound].stream
        u, v = two_uniforms(key, _VIOLENCE, 0, problem_entity(it), it.born, day)
        if u >= hazard[it.kind] * it.severity * (1.0 + p.bad_answer * it.closings):
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
