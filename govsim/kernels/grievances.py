"""Old grievances: problems that were closed again and again and are still there are taken up by somebody in charge."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.kernels.intake import PETITION, open_case
from govsim.kernels.pools import problem_entity
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, uniform

_EXPIRE = int(Process.EXPIRE)
TAKEN_UP = 1  # k of this process's draws; casework.py uses the first


@compiled
def take_up(day, problems, n, place, desk0, cases, n_cases, levers, flows, p):
    """Each old grievance without an open file may be taken up today; returns the new number of files.

    The file goes to the petition office with the weight of a petition, although nobody petitions today.
    """
    for i in range(n):
        it = problems[i]
        chance = levers[it.compound].casework_backlog
        if chance <= 0.0 or it.gone or it.case >= 0:
            continue
        if it.closings < p.grievance_closings or day - it.born < p.grievance_days:
            continue
        if uniform(place[it.compound].stream, _EXPIRE, TAKEN_UP, problem_entity(it), it.born, day) < chance:
            n_cases = open_case(problems, i, PETITION, 0, day, place, desk0, cases, n_cases)
            flows[it.compound, SLOTS.cases_opened] += 1
            flows[it.compound, SLOTS.reopened] += 1
    return n_cases
