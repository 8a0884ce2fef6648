"""Households on the first day of a run: what kind of payer each is, and whether it pays its fee."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.kernels.fees import ALWAYS, CONDITIONAL, NEVER
from govsim.randomness import Process, normal, two_uniforms

_PAYER = int(Process.PAYER)


@compiled
def settle_in(place, type_of, payer_share, level, spread, willing, households):
    """Draw payer types, readiness and habits, in place.

    type_of (n,): type of compound; payer_share (payer types, types): shares that sum to one; level (types,), spread:
    readiness in log odds; willing (n,): share of those who decide that pay on the first day.
    """
    for c in range(place.shape[0]):
        here, t = place[c], type_of[c]
        total = payer_share[ALWAYS, t] + payer_share[CONDITIONAL, t] + payer_share[NEVER, t]
        for h in range(here.household0, here.household0 + here.households):
            number = h - here.household0
            u, v = two_uniforms(here.stream, _PAYER, 0, number, 0, 0)
            home = households[h]
            home.leaning = level[t] + spread * normal(here.stream, _PAYER, 1, number, 0, 0)
            if u * total < payer_share[ALWAYS, t]:
                home.payer, home.pays = ALWAYS, 1
            elif u * total < payer_share[ALWAYS, t] + payer_share[CONDITIONAL, t]:
                home.payer, home.pays = CONDITIONAL, 1 if v < willing[c] else 0
            else:
                home.payer, home.pays = NEVER, 0
