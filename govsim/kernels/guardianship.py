"""What an offender sees of a compound: who is at home, who knows whom, guards, devices that work, disorder."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.swindles import count_ties
from govsim.world.records import DWELLING

WEEKDAYS, WEEKEND = 0, 1


@compiled
def presence(place, people, ties, weekdays, weekend):
    """Share of residents at home, (n, 2) on weekdays and at week-ends, and mean ties of residents (n,)."""
    home, known = np.zeros((place.shape[0], 2)), np.zeros(place.shape[0])
    for c in range(place.shape[0]):
        n = place[c].residents
        for i in range(place[c].resident0, place[c].resident0 + n):
            home[c, WEEKDAYS] += weekdays[people[i].hours]
            home[c, WEEKEND] += weekend[people[i].hours]
            known[c] += count_ties(ties[i])
        home[c, WEEKDAYS] /= n
        home[c, WEEKEND] /= n
        known[c] /= n
    return home, known


@compiled
def disorder_in_view(problems, n, weight, place, out):
    """Load of shared problems that look like neglect, per 1,000 residents, into `out` (n compounds); weight (13,) by kind."""
    out[:] = 0.0
    for i in range(n):
        it = problems[i]
        if it.gone == 0 and it.reach != DWELLING:
            out[it.compound] += it.severity * weight[it.kind]
    for c in range(out.shape[0]):
        out[c] *= 1000.0 / place[c].residents


@compiled
def look(
    place, ground, home, ties, sums, security, guards, condition, disorder, rooms, levers, indptr, indices, weights, sight, p,
):  # fmt: skip
    """Fill `sight` for a week. guards: relative to the usual; disorder: as from disorder_in_view; sums: attitudes' totals;
    rooms (n, 2): share of homes that are group-rented, unlicensed premises per 1,000 residents; ties: with acquaintances.

    Cues are blurred: offenders do not know where one compound ends; a neighbour counts by nearness (proximity layer).
    """
    n = place.shape[0]
    own = np.empty((n, 3))
    for c in range(n):
        own[c, 0] = security[c].cameras * security[c].cameras_work
        own[c, 1] = security[c].access * security[c].access_works
        own[c, 2] = disorder[c] / (disorder[c] + p.disorder_half)
    for c in range(n):
        here, seen = place[c], sight[c]
        seen.home[WEEKDAYS], seen.home[WEEKEND] = home[c, WEEKDAYS], home[c, WEEKEND]
        seen.guards = guards[c]
        seen.control = ties[c] / p.ties_reference * sums[c, 4] / here.residents / p.belonging_reference
        seen.watch = 100.0 * levers[c].crime_watch * sums[c, 12] / here.households
        seen.cameras, seen.access = own[c, 0], own[c, 1]
        cameras, access, neglect = _blurred(c, own, indptr, indices, weights, p.blur)
        z = ground.openness[c]
        for t in range(seen.pull.shape[0]):
            seen.pull[t] = (
                p.level[t]
                + p.wealth_effect[t] * ground.log_wealth[c]
                - p.gated_effect[t] * ground.gated[c]
                + p.openness_effect[t] * (z - p.access_closes * own[c, 1] * max(0.0, z))
                + p.condition_effect[t] * (p.condition_reference - condition[c])
                + p.disorder_effect[t] * (neglect - 0.5)
                + p.group_effect[t] * rooms[c, 0]
                + p.premises_effect[t] * (rooms[c, 1] / (rooms[c, 1] + p.premises_half) - 0.5)
                - p.camera_effect[t] * cameras
                - p.access_effect[t] * access
                - p.control_effect[t] * (seen.control - 1.0)
            )


@compiled
def _blurred(c, own, indptr, indices, weights, blur):
    """Own cues with the share 1 - blur, neighbours' by nearness with the rest (all own where there are no neighbours)."""
    near = np.zeros(3)
    total = 0.0
    for k in range(indptr[c], indptr[c + 1]):
        total += weights[k]
        for j in range(3):
            near[j] += weights[k] * own[indices[k], j]
    if total == 0.0:
        return own[c, 0], own[c, 1], own[c, 2]
    near = (1.0 - blur) * own[c] + blur * near / total
    return near[0], near[1], near[2]
