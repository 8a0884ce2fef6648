"""Burglars and thieves: look, accept or pass on, choose building and home, try. Arrays in, arrays out.

A look is taken up with chance A / (1 + A) x exp(-encounters) x exp(-alarm) x exp(-own failures): policy enters only there,
against a keyed draw. Among few alternatives the smallest -ln(u) / weight wins, with u keyed by the alternative.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.offenders import (
    arrest,
    bad_memory,
    candidate,
    come_home_empty,
    goes_out,
    is_free,
    memory_total,
    remember_failure,
    remember_success,
)
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, normal, two_uniforms, uniform

_ACCEPT = int(Process.ACCEPT)
_TARGET = int(Process.TARGET)
_ATTEMPT = int(Process.ATTEMPT)
BURGLAR, THIEF, OPERATOR, SWINDLER = range(4)
BURGLARY, BICYCLE, EBIKE, VICE, FRAUD, VIOLENCE = range(6)
NUMBERS = 16384  # an offender's number lies below; alternatives are counted above it


@compiled
def rob(day, season, offenders, n, scene, crimes, n_crimes, flows, caught, p):
    """A day of burglars and thieves; returns the new number of crimes. `caught` (n compounds): arrests at each, added to."""
    for i in range(n):
        o = offenders[i]
        if o.trade > THIEF:
            continue
        key = scene.place[o.home].stream
        if not goes_out(o, key, day, season, p):
            continue
        c, memory = look_about(o, key, day, scene, p)
        building = choose_building(o, key, day, c, memory, scene, p) if c >= 0 else -1
        if building < 0:
            come_home_empty(o, key, day, p)
            continue
        if o.trade == BURGLAR:
            kind, home = BURGLARY, choose_home(o, key, day, c, building, memory, scene, p)
        else:
            kind, home = _parked(o, key, day, c, building, scene, p)
        crime = record(crimes, n_crimes, day, c, building, home, kind, scene.ground)
        n_crimes += 1
        sign(crime, o)
        if _try(o, crime, key, day, encounters(c, scene, p) * p.exposure[o.trade], p):
            remember_success(o, c, building, home, day, p)
            if o.partner >= 0 and is_free(offenders[o.partner], day):
                remember_success(offenders[o.partner], c, building, home, day, p)
            continue
        remember_failure(o, c, day)
        come_home_empty(o, key, day, p)
        if crime.cleared:
            _take_in(o, offenders, scene.place, day, c, flows, caught, p)
    return n_crimes


@compiled
def look_about(o, key, day, scene, p):
    """He looks at compounds until he takes one up, is blocked or passes on for good: (compound or -1, memory or -1)."""
    total = memory_total(o, day, p)
    for k in range(int(p.looks_most)):
        c, memory = candidate(o, key, day, k, total, scene.ground, p)
        u, v = two_uniforms(key, _ACCEPT, 2 * k, o.number, o.born, day)
        if u < acceptance(o, c, day, scene, p):
            if v >= p.access_block[o.trade] * scene.sight[c].access:
                return c, memory
            remember_failure(o, c, day)
        if uniform(key, _ACCEPT, 2 * k + 1, o.number, o.born, day) >= p.look_again:
            break
    return -1, -1


@compiled
def acceptance(o, c, day, scene, p):
    """Chance that he takes up compound c when he looks at it."""
    seen, t = scene.sight[c], o.trade
    odds = np.exp(seen.pull[t] - p.home_effect[t] * (seen.home[scene.weekend] - p.home_reference))
    deterred = p.exposure[t] * encounters(c, scene, p) + p.alarm_effect * scene.alarm[c]
    return odds / (1.0 + odds) * np.exp(-deterred - p.failure_effect * bad_memory(o, c, day, scene.ground, p))


@compiled
def encounters(c, scene, p):
    """Expected encounters in one look or try: guards, neighbours who know each other, volunteers, patrols, posts."""
    seen = scene.sight[c]
    return (
        p.guard_encounters * seen.guards
        + p.neighbour_encounters * seen.home[scene.weekend] / p.home_reference * seen.control
        + p.watch_encounters * seen.watch
        + p.patrol_encounters * scene.patrol[c]
        + p.post_encounters * scene.levers[c].crime_posts
    )


@compiled
def choose_building(o, key, day, c, memory, scene, p):
    """Row of the building, by weight; on a return nearer ones: a mixture of two kernels. -1 if nobody lives there."""
    here, ground = scene.place[c], scene.ground
    best, found = np.inf, -1
    for local in range(here.buildings):
        b = here.building0 + local
        if scene.building_households[b + 1] == scene.building_households[b]:
            continue
        weight = ground.building_weight[b]
        if memory >= 0:
            then = o.success_building[memory]
            distance = np.sqrt((ground.x[b] - ground.x[then]) ** 2 + (ground.y[b] - ground.y[then]) ** 2)
            weight *= return_weight(distance, p)
        rank = -np.log(uniform(key, _TARGET, 0, o.number + NUMBERS * local, o.born, day)) / max(weight, 1e-300)
        if rank < best:
            best, found = rank, b
    return found


@compiled
def return_weight(distance, p):
    """Weight of a building at a distance (m) from the one that he remembers: the same entrance, or roaming the estate."""
    near = (1.0 - p.estate_share) * np.exp(-distance / p.entrance_scale)
    return near + p.estate_share * np.exp(-distance / p.estate_scale)


@compiled
def choose_home(o, key, day, c, building, memory, scene, p):
    """Row of the household: the very one he knows, if he is back at its entrance and goes for it; else by weight."""
    here = scene.place[c]
    if memory >= 0 and o.success_building[memory] == building and o.success_home[memory] >= 0:
        if uniform(key, _TARGET, 2, o.number, o.born, day) < p.same_home:
            return o.success_home[memory]
    best, found = np.inf, -1
    for h in range(scene.building_households[building], scene.building_households[building + 1]):
        local = h - here.household0
        weight = np.exp(p.home_spread * normal(here.stream, _TARGET, 1, local, 0, 0))
        rank = -np.log(uniform(key, _TARGET, 1, o.number + NUMBERS * local, o.born, day)) / max(weight, 1e-300)
        if rank < best:
            best, found = rank, h
    return found


@compiled
def _parked(o, key, day, c, building, scene, p):
    """What stands at the building: (kind of theft, household of the owner). E-bikes pay more; locked sheds hold them back."""
    h0, h1 = scene.building_households[building], scene.building_households[building + 1]
    u, v = two_uniforms(key, _TARGET, 3, o.number, o.born, day)
    ebikes = p.ebike_share * p.ebike_reward * (1.0 - p.shed_effect * scene.levers[c].crime_sheds)
    kind = EBIKE if u < ebikes / (ebikes + 1.0 - p.ebike_share) else BICYCLE
    return kind, h0 + int(v * (h1 - h0))


@compiled
def _try(o, crime, key, day, met, p):
    """The attempt itself; whether it is completed. Interrupted with 1 - exp(-interrupt x encounters), then perhaps caught."""
    u, v = two_uniforms(key, _ATTEMPT, 0, o.number, o.born, day)
    if u < 1.0 - np.exp(-p.interrupt * met):
        if v < p.caught_share[o.trade]:
            crime.cleared, crime.cleared_on = 1, day
        return False
    if v >= p.completed_share[o.trade]:
        return False
    crime.completed = 1
    crime.loss = p.loss_median[crime.kind] * np.exp(p.loss_spread * normal(key, _ATTEMPT, 1, o.number, o.born, day))
    return True


@compiled
def _take_in(o, offenders, place, day, c, flows, caught, p):
    """Caught on the spot, with the partner if he is there."""
    flows[c, SLOTS.arrests + o.trade] += 1
    caught[c] += 1.0
    arrest(o, place[o.home].stream, day, p)
    if o.partner >= 0 and is_free(offenders[o.partner], day):
        other = offenders[o.partner]
        flows[c, SLOTS.arrests + other.trade] += 1
        arrest(other, place[other.home].stream, day, p)


@compiled
def record(crimes, n, day, c, building, household, kind, ground):
    """A new row at n: an attempt, by nobody of the pool, not yet known to anybody. IndexError when the pool is too small."""
    if n >= crimes.shape[0]:
        raise IndexError("more crimes than the pool holds")
    crime = crimes[n]
    number, k = 0, n - 1
    while k >= 0 and crimes[k].day == day:
        if crimes[k].compound == c and crimes[k].kind == kind:
            number += 1
        k -= 1
    crime.day, crime.compound, crime.building, crime.household = day, c, building, household
    crime.kind, crime.number = kind, number
    crime.offender_home = crime.offender_born = crime.offender_number = crime.offender_trade = -1
    crime.completed = crime.reported = crime.recorded = crime.cleared = crime.closed = 0
    crime.evidence = crime.loss = 0.0
    crime.x = ground.x[building] if building >= 0 else ground.compound_x[c]
    crime.y = ground.y[building] if building >= 0 else ground.compound_y[c]
    crime.cleared_on = crime.due = -1
    return crime


@compiled
def sign(crime, o):
    """Write into a crime who did it."""
    crime.offender_home, crime.offender_born = o.home, o.born
    crime.offender_number, crime.offender_trade = o.number, o.trade
