"""Lifts added to old buildings: the owners of a building vote, the floors want different things, and a lift takes time."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.owners import drive_of
from govsim.kernels.people import OWNER
from govsim.kernels.votes import RAISE_FUND, outcome, turnout_logit
from govsim.randomness import Process, two_uniforms, uniform

_OWNERS = int(Process.OWNERS)
_VOTE = int(Process.VOTE)
ASKED, MISSING, FLOOR = 10, 11, 12  # k of the draws by OWNERS; owners.py and assemblies.py use the first ones
LIFT = 3  # k of the draws by VOTE: after the subjects of votes.py
NONE = -1


@compiled
def lacks(key, number, missing):
    """Whether a building had no lift at the start; number: within its compound; missing: share of its type's buildings."""
    return uniform(key, _OWNERS, MISSING, number, 0, 0) < missing


@compiled
def yes_logit(height, skill, p):
    """Log odds that a household agrees; height: 0 ground floor, 1 top; skill: of those who bring the floors together."""
    return p.yes + p.yes_height * (height - 0.5) + p.yes_skill * skill


@compiled
def decide(
    day, place, kinds, building_households, household_residents, tenure, minds, people, committees, oversight, lifts,
    levers, p, q,
):  # fmt: skip
    """One quarter of votes on lifts, building by building; `lifts` (buildings,) holds the day on which one will run, -1 none.

    kinds (n,): type of compound; p: lifts.Rules, q: self_government.Rules (turnout, quorum and majority, which the law
    sets for such works as for raising the fund).
    """
    for c in range(place.shape[0]):
        offered = levers[c].lifts_offered
        if offered <= 0.0:
            continue
        here = place[c]
        key = here.stream
        canvass = q.turnout_canvass[RAISE_FUND] * drive_of(here, committees)
        skill = levers[c].committee_skill
        for k in range(here.committee0, here.committee0 + here.committees):
            skill += q.skill_effect * (committees[k].skill - q.skill_reference) / here.committees
        for b in range(here.building0, here.building0 + here.buildings):
            number = b - here.building0
            if lifts[b] != NONE or not lacks(key, number, p.missing[kinds[c]]):
                continue
            if uniform(key, _OWNERS, ASKED, number, 0, day) >= offered:
                continue
            entitled = present = agreed = 0
            for h in range(building_households[b], building_households[b + 1]):
                if tenure[h] != OWNER:
                    continue
                entitled += 1
                i, local = household_residents[h], h - here.household0
                u, v = two_uniforms(key, _VOTE, LIFT, local, 0, day)
                x = turnout_logit(
                    minds[i].service_felt, minds[i].satisfaction, people[i].voice, oversight[c], canvass,
                    levers[c].self_government_mobilise, q,
                )  # fmt: skip
                if u < 1.0 / (1.0 + np.exp(-x)):
                    present += 1
                    height = uniform(key, _OWNERS, FLOOR, local, 0, 0)
                    x = yes_logit(height, skill, p) + levers[c].self_government_agreement
                    agreed += 1 if v < 1.0 / (1.0 + np.exp(-x)) else 0
            if outcome(RAISE_FUND, entitled, present, agreed, q) == 2:
                lifts[b] = day + int(p.build_days)


@compiled
def served(day, place, kinds, building_households, lifts, missing, out):
    """Into `out` (n,): households whose added lift runs, as a share of those who had none at the start."""
    for c in range(place.shape[0]):
        here = place[c]
        need = have = 0
        for b in range(here.building0, here.building0 + here.buildings):
            if lacks(here.stream, b - here.building0, missing[kinds[c]]):
                homes = building_households[b + 1] - building_households[b]
                need += homes
                have += homes if lifts[b] != NONE and lifts[b] <= day else 0
        out[c] = have / max(1, need)
