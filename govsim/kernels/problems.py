"""Problems arise, fade, and are found by staff: arrays in, arrays out."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.pools import problem_entity
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, poisson, two_uniforms, uniform
from govsim.world.records import BUILDING, DWELLING

_ARISE = int(Process.ARISE)
_SHAPE = int(Process.SHAPE)
_FADE = int(Process.FADE)


@compiled
def arrival_means(place, condition, quality, pressure, season, p, out):
    """Expected problems a day, by compound and kind, into `out` (n, 13).

    place: PLACE (n,); condition 0..1 (n,); quality 0..1 (n, services); pressure (n, 13): factors of the compound;
    season: factor of the day (13,); p: problems.Rules.
    """
    for c in range(place.shape[0]):
        for k in range(out.shape[1]):
            service = quality[c, p.service[k]]
            out[c, k] = (
                p.arrivals[k]
                / 365.25
                * place[c].residents
                / 1000.0
                * np.exp(
                    -p.service_effect * p.service_share[k] * (service - p.service_reference)
                    - p.condition_effect * p.condition_share[k] * (condition[c] - p.condition_reference)
                )
                * pressure[c, k]
                * season[k]
            )


@compiled
def arise(means, place, building_households, p, day, problems, n, flows):
    """Append today's new problems to `problems` and return their new number.

    means: (n compounds, 13) expected today; building_households: household offsets by building.
    Raises IndexError when the pool is too small: nothing is dropped in silence.
    """
    for c in range(means.shape[0]):
        key = place[c].stream
        for k in range(means.shape[1]):
            count = poisson(means[c, k], uniform(key, _ARISE, 0, k, 0, day))
            flows[c, SLOTS.problems + k] += count
            for j in range(count):
                if n >= problems.shape[0]:
                    raise IndexError("more problems than the pool holds")
                entity = k * 4096 + j
                u_severity, u_reach = two_uniforms(key, _SHAPE, 0, entity, 0, day)
                u_building, u_home = two_uniforms(key, _SHAPE, 1, entity, 0, day)
                new = problems[n]
                new.compound, new.born, new.kind, new.number = c, day, k, j
                new.severity = p.severity_least - p.severity_spread * np.log(u_severity)
                reach = 0
                while reach < 2 and u_reach > p.reach[k, reach]:  # cumulative shares
                    reach += 1
                building = place[c].building0 + int(u_building * place[c].buildings)
                h0, h1 = building_households[building], building_households[building + 1]
                if h1 == h0 and reach != 2:  # nobody lives there: the compound at large
                    reach = 2
                new.reach, new.building = reach, building
                new.household = h0 + int(u_home * (h1 - h0)) if reach == DWELLING else -1
                sharers = 1 if reach == DWELLING else (h1 - h0 if reach == BUILDING else place[c].households)
                new.share = max(1.0, float(sharers)) ** -p.sharing
                new.case, new.closings, new.files, new.known, new.gone = -1, 0, 0, 0, 0
                n += 1
    return n


@compiled
def fade(problems, n, place, quality, p, day, flows):
    """Problems that end by themselves today are marked gone: residents tire of it, weather helps, routine work reaches it."""
    for i in range(n):
        it = problems[i]
        if it.gone:
            continue
        k, c = it.kind, it.compound
        routine = 1.0 + p.routine_effect * p.service_share[k] * quality[c, p.service[k]]
        if uniform(place[c].stream, _FADE, 0, problem_entity(it), it.born, day) < routine / p.life[k]:
            it.gone = 1
            if it.known == 0:
                flows[c, SLOTS.problems_unreported] += 1


@compiled
def loads(problems, start, order, weight, of_building, of_compound):
    """What shared problems weigh on one resident, by column of `weight` (13, columns): sums of severity x share x weight.

    Fills of_building (buildings, columns) and of_compound (n, columns). Problems in a home are left out.
    """
    of_building[:] = 0.0
    of_compound[:] = 0.0
    for c in range(start.shape[0] - 1):
        for at in range(start[c], start[c + 1]):
            it = problems[order[at]]
            if it.reach == DWELLING:
                continue
            v = it.severity * it.share
            for j in range(weight.shape[1]):
                if it.reach == BUILDING:
                    of_building[it.building, j] += v * weight[it.kind, j]
                else:
                    of_compound[c, j] += v * weight[it.kind, j]


@compiled
def felt_loads(problems, start, order, annoyance, disorder, of_building, of_compound):
    """What shared problems feel like: column 0 annoyance by reach, column 1 disorder in view by kind (and reach).

    annoyance (3,): share felt by each who shares the problem; disorder (13,): how much a kind looks like disorder.
    """
    of_building[:] = 0.0
    of_compound[:] = 0.0
    for c in range(start.shape[0] - 1):
        for at in range(start[c], start[c + 1]):
            it = problems[order[at]]
            if it.reach == DWELLING:
                continue
            felt = it.severity * annoyance[it.reach]
            if it.reach == BUILDING:
                of_building[it.building, 0] += felt
                of_building[it.building, 1] += felt * disorder[it.kind]
            else:
                of_compound[c, 0] += felt
                of_compound[c, 1] += felt * disorder[it.kind]
