"""What feeds problems or meets needs: stocks that come and go, and help from outside."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.pools import fill_words, problem_entity
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, binomial, poisson, two_uniforms, uniform, unit32

_STOCK = int(Process.STOCK)
_HELP = int(Process.HELP)
_GATHER = int(Process.GATHER)
WEEKS = 365.25 / 7.0
BLOCK = 1024
MOVE = 9  # k of the draws on stocks


@compiled
def stocks_change(day, place, first, cleared, watch, p, stocks, removed, flows):
    """One week of stocks (n, STOCKS), in place: some of what is missing comes back, enforcement removes some.

    first: stocks at the start; cleared (n, STOCKS): share that enforcement removes a year; watch (n,): how far watching
    keeps it away; removed (n, STOCKS): what enforcement removed this week is written here.
    """
    for c in range(place.shape[0]):
        for s in range(stocks.shape[1]):
            missing = max(0.0, p.room * first[c, s] - stocks[c, s])
            mean = missing * p.come_back[s] / WEEKS * np.exp(-watch[c])
            key = place[c].stream
            new = poisson(mean, uniform(key, _STOCK, s, 0, 0, day))
            gone = binomial(stocks[c, s], 1.0 - np.exp(-cleared[c, s] / WEEKS), uniform(key, _STOCK, s, 1, 0, day))
            stocks[c, s] += new - gone
            removed[c, s] = gone
            flows[c, SLOTS.stock_new + s] += new
            flows[c, SLOTS.stock_cleared + s] += gone


@compiled
def tenants_look_near(day, place, removed, flats, watch, indptr, indices, weights, p, stocks, flows):
    """Tenants of each group-rented flat that enforcement ended this week may find another in a compound near by.

    removed (n, STOCKS): as from stocks_change; flats: the column of group-rented flats. Which neighbour is drawn by nearness
    (proximity layer); they get in with chance tenants_near, less where it is watched, as long as a home there is not let so.
    Those who do not leave the map. Where nothing is cleared nobody looks.
    """
    for c in range(place.shape[0]):
        total = 0.0
        for k in range(indptr[c], indptr[c + 1]):
            total += weights[k]
        for j in range(removed[c, flats] if total > 0.0 else 0):
            u, v = two_uniforms(place[c].stream, _STOCK, MOVE, j, 0, day)
            k = indptr[c]
            x = v * total - weights[k]
            while x >= 0.0 and k < indptr[c + 1] - 1:
                k += 1
                x -= weights[k]
            there = indices[k]
            if u < p.tenants_near * np.exp(-watch[there]) and stocks[there, flats] < place[there].households:
                stocks[there, flats] += 1
                flows[there, SLOTS.stock_new + flats] += 1


@compiled
def help_arrives(day, problems, n, place, levers, p, flows):
    """Open needs that help from outside meets today are gone; an open file on one finds that out by itself."""
    for i in range(n):
        it = problems[i]
        chance = levers[it.compound].surroundings_help * p.help_suits[it.kind]
        if it.gone or chance <= 0.0:
            continue
        if uniform(place[it.compound].stream, _HELP, 0, problem_entity(it), it.born, day) < chance:
            it.gone = 1
            flows[it.compound, SLOTS.helped] += 1
            if it.known == 0:
                flows[it.compound, SLOTS.problems_unreported] += 1


@compiled
def gather(c0, c1, day, place, minds, levers, p, acquaintances, flows):
    """One week of activities in compounds c0..c1: who comes feels more at home, and gets to know others.

    acquaintances (n,): neighbours that a resident knows beside the ties, as a mean; in place.
    """
    buffer = np.empty(BLOCK, np.uint32)
    for c in range(c0, c1):
        first, n = place[c].resident0, place[c].residents
        rate, came = levers[c].gatherings_offered / WEEKS, 0
        most = 1.0 - np.exp(-rate * np.exp(p.pull_belonging * (1.0 - p.belonging_usual)))  # the highest chance of anybody
        for i in range(n if rate > 0.0 else 0):
            if i % BLOCK == 0:
                fill_words(place[c].stream, _GATHER, 0, 0, day, i // 4, buffer)
            draw = unit32(buffer[i % BLOCK])
            if draw >= most:
                continue
            who = minds[first + i]
            if draw < 1.0 - np.exp(-rate * np.exp(p.pull_belonging * (who.belonging - p.belonging_usual))):
                came += 1
                who.belonging += p.gain_belonging * (1.0 - who.belonging)
        flows[c, SLOTS.attendances] += came
        acquaintances[c] += p.acquaintance * came / max(1, n) - p.forget * acquaintances[c]
