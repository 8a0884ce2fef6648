"""Experience of residents' committees: where fewer leave, more of the staff know their people, but only after years."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled


@compiled
def usual(leaving, p):
    """Share of staff that is experienced in the long run, where a share `leaving` goes each quarter."""
    return p.learns / (p.learns + leaving)


@compiled
def gather(place, desks, desk0, levers, experience, p):
    """A quarter of experience, in place, and what it does for desks whose skill and staffing were set today.

    experience (committees,): share of experienced staff beyond that at usual turnover, which is the zero that everything
    else was stated at; desk0: first row of the committees' desks. New staff learns, leavers take experience along.
    """
    m = experience.shape[0]
    people, kept = np.zeros(m), np.zeros(m)
    for c in range(place.shape[0]):
        here = place[c]
        weight = here.residents / here.committees
        for k in range(here.committee0, here.committee0 + here.committees):
            people[k] += weight
            kept[k] += weight * levers[c].self_government_staff_retention
    for k in range(m):
        if people[k] == 0.0:
            continue
        stay = p.staff_leaves * kept[k] / people[k]  # who would have left
        experience[k] += stay * usual(p.staff_leaves, p) - (p.learns + p.staff_leaves - stay) * experience[k]
        desks[desk0 + k].skill += p.settles * experience[k]
        desks[desk0 + k].staffing *= 1.0 + p.speeds * experience[k]
