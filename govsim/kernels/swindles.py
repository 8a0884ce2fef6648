"""Swindlers: they try homes of a compound one after the other; the old and the lonely are at greater risk."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.offenders import candidate, come_home_empty, goes_out, memory_total, remember_success
from govsim.kernels.targets import FRAUD, SWINDLER, record, sign
from govsim.randomness import Process, normal, two_uniforms

_TARGET = int(Process.TARGET)
_ATTEMPT = int(Process.ATTEMPT)
ELDERLY = 3
MAX_TIES, NO_TIE = 8, 65535


@compiled
def swindle(day, season, offenders, n, scene, household_residents, age, ties, minds, crimes, n_crimes, p):
    """A day of swindlers; returns the new number of crimes.

    Each goes to one compound and tries a few households there; he talks to the oldest at home. Who listens to the end but
    does not pay is an attempt. household_residents: resident offsets; age, ties, minds: by resident.
    """
    for i in range(n):
        o = offenders[i]
        if o.trade != SWINDLER:
            continue
        key = scene.place[o.home].stream
        if not goes_out(o, key, day, season, p):
            continue
        c, _ = candidate(o, key, day, 0, memory_total(o, day, p), scene.ground, p)
        here, paid = scene.place[c], False
        for k in range(int(p.approaches)):
            u, v = two_uniforms(key, _TARGET, 4 + k, o.number, o.born, day)
            household = here.household0 + int(u * here.households)
            one = oldest(household, household_residents, age)
            warned = 1.0 - p.advice_effect * scene.levers[c].crime_advice
            believes = warned * credulity(minds[one], age[one], count_ties(ties[one]), p)
            if v >= believes:
                continue
            u, _ = two_uniforms(key, _ATTEMPT, 2 + k, o.number, o.born, day)
            building = here.building0 + minds[one].building
            crime = record(crimes, n_crimes, day, c, building, household, FRAUD, scene.ground)
            n_crimes += 1
            sign(crime, o)
            if u < p.completed_share[SWINDLER]:
                crime.completed, paid = 1, True
                z = normal(key, _ATTEMPT, 16 + k, o.number, o.born, day)
                crime.loss = p.loss_median[FRAUD] * np.exp(p.loss_spread * z)
                remember_success(o, c, building, household, day, p)
                break
        if not paid:
            come_home_empty(o, key, day, p)
    return n_crimes


@compiled
def oldest(household, household_residents, age):
    """The first of the oldest members of a household."""
    one = household_residents[household]
    for i in range(household_residents[household], household_residents[household + 1]):
        if age[i] > age[one]:
            one = i
    return one


@compiled
def count_ties(mine):
    """Neighbours that a resident knows."""
    known = 0
    while known < MAX_TIES and mine[known] != NO_TIE:
        known += 1
    return known


@compiled
def credulity(mind, age, ties, p):
    """Chance that one who is approached believes the story: more if old, less if he knows many neighbours and belongs."""
    protected = p.ties_protect * (ties - p.ties_reference) + p.belonging_protect * (mind.belonging - p.belonging_reference)
    odds = p.credulity * np.exp(-protected)
    if age == ELDERLY:
        odds *= p.elderly_risk
    return odds / (1.0 + odds)
