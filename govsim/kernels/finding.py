"""Staff find problems before anybody complains: grid workers on their rounds, committee workers on household visits."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.kernels.intake import COMMITTEE, open_case
from govsim.kernels.pools import problem_entity
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, poisson, two_uniforms, uniform
from govsim.world.records import BUILDING, COMPOUND, DWELLING, FOUND, FOUND_BY_STAFF, UNKNOWN

_FIND = int(Process.FIND)
_VISIT = int(Process.VISIT)


@compiled
def rounds(day, problems, n, place, desk0, cases, n_cases, levers, flows, p):
    """Each unknown problem outside the home may be found today; a file is opened at the town's desk.

    Grid workers find at the compound's rate times how visible the kind is from outside. Cameras that analyse what they see
    find on common ground only, kinds that lie in the street. Returns the number of files.
    """
    for i in range(n):
        it = problems[i]
        if it.known != UNKNOWN or it.gone or it.reach == DWELLING or it.case >= 0:
            continue
        c = it.compound
        chance = levers[c].finding_grid_rate * p.visible[it.kind]
        if it.reach == COMPOUND:
            seen = levers[c].finding_cameras * p.on_street[it.kind]
            chance = chance + seen - chance * seen
        if uniform(place[c].stream, _FIND, 0, problem_entity(it), it.born, day) < chance:
            it.known = FOUND
            n_cases = open_case(problems, i, FOUND_BY_STAFF, 0, day, place, desk0, cases, n_cases)
            flows[c, SLOTS.found] += 1
            flows[c, SLOTS.cases_opened] += 1
    return n_cases


@compiled
def visits(day, problems, start, order, place, household_residents, minds, desk0, cases, n_cases, levers, flows, p):
    """Committee workers visit households. Trust grows; a resident with much to bear may say what the worst problem is.

    The number of visits in a compound today is Poisson, the homes are drawn afresh each day. Returns the number of files.
    """
    for c in range(place.shape[0]):
        here = place[c]
        mean = levers[c].finding_visits / 365.25 * here.households
        if mean <= 0.0:
            continue
        count = poisson(min(mean, 300.0), uniform(here.stream, _VISIT, 0, 0, 0, day))
        for j in range(count):
            u, v = two_uniforms(here.stream, _VISIT, 1, j, 0, day)
            h = here.household0 + int(u * here.households)
            flows[c, SLOTS.visits] += 1
            first, last = household_residents[h], household_residents[h + 1]
            for i in range(first, last):
                minds[i].trust_committee += p.visit_trust * (1.0 - minds[i].trust_committee)
                minds[i].belonging += p.visit_belonging * (1.0 - minds[i].belonging)
            if v >= p.suggestion * min(p.suggestion_cap, minds[first].annoyance):
                continue
            worst, weight = -1, 0.0
            for at in range(start[c], start[c + 1]):
                it = problems[order[at]]
                reached = (
                    it.household == h
                    if it.reach == DWELLING
                    else (it.reach != BUILDING or it.building == here.building0 + minds[first].building)
                )
                if reached and it.known == UNKNOWN and it.severity * it.share > weight:
                    worst, weight = order[at], it.severity * it.share
            if worst >= 0:
                problems[worst].known = FOUND
                n_cases = open_case(problems, worst, COMMITTEE, 0, day, place, desk0, cases, n_cases)
                cases[n_cases - 1].channel = FOUND_BY_STAFF
                flows[c, SLOTS.found + 1] += 1
                flows[c, SLOTS.cases_opened] += 1
    return n_cases
