"""Offenders: careers, going out, where they look, and what they remember. Arrays in, arrays out.

An offender is named by (home compound's stream, number, day of birth): every draw of his has that key and the day.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.randomness import Process, normal, poisson, two_uniforms, uniform

_CAREER = int(Process.CAREER)
_GO_OUT = int(Process.GO_OUT)
_SEARCH = int(Process.SEARCH)
_DETAIN = int(Process.DETAIN)
MEMORY = 8
OF_TRADE = 4096  # `number` is OF_TRADE x trade + a count
NOWHERE = -1
BLOCK_DAYS = 28


@compiled
def settle(place, renter, p, offenders):
    """Offenders of the first day of the run, into `offenders`; returns their number. Rows wanted beyond the room are only
    counted, so a call with no room says how much is needed.

    Careers are exponential, so that those who are in the middle of theirs have the usual time left.
    """
    n = 0
    for c in range(place.shape[0]):
        for t in range(p.pool.shape[0]):
            count = poisson(_pool_mean(place[c].residents, renter[c], t, p), uniform(place[c].stream, _CAREER, 0, t, 0, 0))
            for j in range(count):
                if n < offenders.shape[0]:
                    o = offenders[n]
                    _born(o, c, t, j, 0, place[c].stream, p)
                    u, v = two_uniforms(place[c].stream, _CAREER, 3, o.number, 0, 0)
                    if u < p.held_at_start[t]:
                        o.away_until = 1 + int(-p.detention_mean * np.log(v))
                    _pair(offenders, n, place[c].stream, p)
                n += 1
    return n


@compiled
def enter(day, place, renter, p, offenders, n):
    """Careers that begin today are appended; returns the new number. Raises IndexError when the pool is too small."""
    if day == 0:  # those of the first day stand for it
        return n
    for c in range(place.shape[0]):
        total = 0.0
        for t in range(p.pool.shape[0]):
            total += _pool_mean(place[c].residents, renter[c], t, p)
        count = poisson(total / p.career_mean, uniform(place[c].stream, _CAREER, 1, 0, 0, day))
        for j in range(count):
            if n >= offenders.shape[0]:
                raise IndexError("more offenders than the pool holds")
            x, t = total * uniform(place[c].stream, _CAREER, 2, j, 0, day), 0
            while t < p.pool.shape[0] - 1 and x >= _pool_mean(place[c].residents, renter[c], t, p):
                x -= _pool_mean(place[c].residents, renter[c], t, p)
                t += 1
            _born(offenders[n], c, t, j, day, place[c].stream, p)
            _pair(offenders, n, place[c].stream, p)
            n += 1
    return n


@compiled
def _pool_mean(residents, renter, trade, p):
    """Offenders of a trade who live in a compound, on average."""
    return p.pool[trade] / 100_000.0 * residents * np.exp(p.pool_renters * (renter - p.renter_reference))


@compiled
def _born(o, c, trade, j, day, key, p):
    """A career begins: who he is does not depend on anything a programme can reach."""
    o.home, o.born, o.trade, o.number = c, day, trade, OF_TRADE * trade + j
    o.ends = day + 1 + int(-p.career_mean * np.log(uniform(key, _CAREER, 4, o.number, day, 0)))
    z = normal(key, _CAREER, 5, o.number, day, 0)
    o.rate = min(p.rate_cap, p.rate_mean[trade] * np.exp(p.rate_spread * z - 0.5 * p.rate_spread**2))
    o.hope = p.hope_start[trade]
    o.away_until, o.partner, o.next_success, o.next_failure = day, -1, 0, 0
    for m in range(MEMORY):
        o.success_compound[m] = o.success_building[m] = o.success_home[m] = o.success_day[m] = NOWHERE
        o.failure_compound[m] = o.failure_day[m] = NOWHERE


@compiled
def _pair(offenders, i, key, p):
    """A newcomer who wants company finds a partner of the same home compound and trade who has none: a keyed choice."""
    o = offenders[i]
    if uniform(key, _CAREER, 6, o.number, o.born, 0) >= p.partner_share:
        return
    best, found = 2.0, -1
    for k in range(i):
        other = offenders[k]
        if other.home == o.home and other.trade == o.trade and other.partner < 0 and other.ends > o.born:
            u = uniform(key, _CAREER, 7, other.number, other.born, o.born)
            if u < best:
                best, found = u, k
    if found >= 0:
        o.partner, offenders[found].partner = found, i


@compiled
def leave(day, offenders, n, p):
    """Careers that are over end (not in detention), hope returns to the usual; order kept, partners renumbered."""
    at = np.full(n, -1, np.int32)
    kept = 0
    for i in range(n):
        o = offenders[i]
        if o.ends < day and o.away_until <= day:
            continue
        o.hope += (p.hope_start[o.trade] - o.hope) / p.hope_memory
        at[i] = kept
        if kept < i:
            offenders[kept] = o
        kept += 1
    if kept < n:
        for i in range(kept):
            if offenders[i].partner >= 0:
                offenders[i].partner = at[offenders[i].partner]
    return kept


@compiled
def is_free(o, day):
    """Whether he is at large and has not given up."""
    return day <= o.ends and day >= o.away_until


@compiled
def goes_out(o, key, day, season, p):
    """Whether he goes out today: rate x season x (hope / usual hope)^power, in the blocks of days in which he is active."""
    if not is_free(o, day):
        return False
    if uniform(key, _GO_OUT, 1, o.number, o.born, (day + o.born) // BLOCK_DAYS) >= p.active_share:
        return False
    eager = (o.hope / p.hope_start[o.trade]) ** p.hope_power
    return uniform(key, _GO_OUT, 0, o.number, o.born, day) < o.rate * season * eager / p.active_share


@compiled
def memory_total(o, day, p):
    """Pull of all that he remembers, a new search counting one."""
    total = 0.0
    for m in range(MEMORY):
        total += memory_weight(o.success_day[m], day, p)
    return total


@compiled
def candidate(o, key, day, attempt, total, ground, p):
    """Where he looks: (compound, number of the success that draws him back or -1). total: as from memory_total.

    A search has weight 1, each success he remembers `memory_pull` x (1 + age / forgetting)^-power. The search comes first in
    the order, and its compound is drawn from the table, so that no policy shifts it.
    """
    u, v = two_uniforms(key, _SEARCH, 2 * attempt, o.number, o.born, day)
    x = u * (1.0 + total) - 1.0
    if x < 0.0:
        a, b = ground.start[o.home], ground.start[o.home + 1]
        return ground.known[min(b - 1, a + np.searchsorted(ground.chance[a:b], v))], -1
    m = -1
    for k in range(MEMORY):
        weight = memory_weight(o.success_day[k], day, p)
        if weight > 0.0:
            m = k  # the last one, should rounding leave a rest
            x -= weight
            if x < 0.0:
                break
    c = o.success_compound[m]
    if uniform(key, _SEARCH, 2 * attempt + 1, o.number, o.born, day) < p.same_compound:
        return c, m
    for j in range(ground.nearest.shape[1]):
        if ground.nearest[c, j] >= 0 and v < ground.nearest_chance[c, j]:
            return ground.nearest[c, j], m
    return c, m


@compiled
def memory_weight(then, day, p):
    """Pull of a success of day `then`; a power law of forgetting. None that day itself."""
    if then < 0 or then >= day:
        return 0.0
    return p.memory_pull * (1.0 + (day - then) / p.forgetting) ** -p.forgetting_power


@compiled
def bad_memory(o, c, day, ground, p):
    """Own failures at compound c (1 each) and near it (`failure_near` each), fading."""
    total = 0.0
    for m in range(MEMORY):
        then, at = o.failure_day[m], o.failure_compound[m]
        if then < 0:
            continue
        dx, dy = ground.compound_x[at] - ground.compound_x[c], ground.compound_y[at] - ground.compound_y[c]
        if at == c:
            total += np.exp(-(day - then) / p.failure_memory)
        elif dx * dx + dy * dy <= p.failure_reach**2:
            total += p.failure_near * np.exp(-(day - then) / p.failure_memory)
    return total


@compiled
def remember_success(o, c, building, home, day, p):
    """A success is remembered in the place of the oldest, and raises his hope."""
    m = o.next_success
    o.success_compound[m], o.success_building[m], o.success_home[m], o.success_day[m] = c, building, home, day
    o.next_success = (m + 1) % MEMORY
    o.hope += (1.0 - o.hope) / p.hope_weight


@compiled
def remember_failure(o, c, day):
    """A failure is remembered in the place of the oldest."""
    m = o.next_failure
    o.failure_compound[m], o.failure_day[m] = c, day
    o.next_failure = (m + 1) % MEMORY


@compiled
def come_home_empty(o, key, day, p):
    """A day out that brought nothing lowers hope; one who hopes for little may change his trade or give up."""
    o.hope -= o.hope / p.hope_weight
    low = 1.0 - o.hope / (p.hope_enough * p.hope_start[o.trade])
    u, v = two_uniforms(key, _CAREER, 8, o.number, o.born, day)
    if low > 0.0 and u < p.give_up * low:
        if o.trade == 0 and v < p.change_trade:  # from homes to what stands outside
            o.trade, o.hope = 1, p.hope_start[1]
        else:
            o.ends = min(o.ends, day)


@compiled
def arrest(o, key, day, p):
    """He is detained from now on, for `detention_least` days and an exponential time."""
    u = uniform(key, _DETAIN, 0, o.number, o.born, day)
    o.away_until = day + 1 + int(p.detention_least - p.detention_mean * np.log(u))
