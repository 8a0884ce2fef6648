"""Public assessment of property firms: what assessors see of the service is rated, and red ratings in a row are counted."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.randomness import Process, normal, uniform

_MARKET = int(Process.MARKET)
HELD, SEEN = 5, 6  # k of this process's draws; firms.py and contracts.py use the first ones


@compiled
def rate(day, place, contracts, alone, quality, levers, p):
    """One rating of every contract that is assessed, in place: `reds` grows where it is red, else begins anew.

    alone (n,): manages itself; quality (n, services). The same compounds are assessed each time (a lasting draw).
    """
    for c in range(place.shape[0]):
        contract, key = contracts[c], place[c].stream
        assessed = uniform(key, _MARKET, HELD, 0, 0, 0) < levers[c].assessment_held
        if contract.firm < 0 or alone[c] or not assessed:
            contract.reds = 0
            continue
        seen = quality[c].mean() + p.seen_spread * normal(key, _MARKET, SEEN, 0, 0, day)
        contract.reds = contract.reds + 1 if seen < p.red_below else 0
