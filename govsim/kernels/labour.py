"""Labour disputes: those among family and labour disputes that a window for workers and small firms can settle."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.pools import problem_entity
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform
from govsim.world.records import COMPLAINED, UNKNOWN

_HELP = int(Process.HELP)
LABOUR, WINDOW = 1, 2  # k of this process's draws; surroundings.py uses the first
FAMILY = 11  # vocabulary.KINDS: family and labour disputes


@compiled
def is_labour(key, problem, p):
    """Whether a dispute is one of work; it is so for as long as it lasts."""
    return problem.kind == FAMILY and uniform(key, _HELP, LABOUR, problem_entity(problem), problem.born, 0) < p.labour_share


@compiled
def settled_chance(severity, skill, p):
    """Chance that mediation at the window settles a dispute: as by mediators, without the neighbourhood's trust."""
    logit = p.mediation_level + p.mediator_skill + skill - p.mediation_severity * (severity - 1.0)
    return 1.0 / (1.0 + np.exp(-logit))


@compiled
def hold_window(day, problems, n, place, levers, p, flows):
    """Open labour disputes that are brought to a window today are mediated there; what settles is gone.

    An open file on one finds that out by itself.
    """
    for i in range(n):
        it = problems[i]
        here = levers[it.compound]
        key = place[it.compound].stream
        if here.mediation_window <= 0.0 or it.gone or not is_labour(key, it, p):
            continue
        u, v = two_uniforms(key, _HELP, WINDOW, problem_entity(it), it.born, day)
        if u >= here.mediation_window:
            continue
        if it.known == UNKNOWN:
            it.known = COMPLAINED
        flows[it.compound, SLOTS.mediations] += 1
        if v < settled_chance(it.severity, here.mediation_skill, p):
            it.gone = 1
            flows[it.compound, SLOTS.mediations_settled] += 1
