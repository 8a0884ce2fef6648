"""How well generated residents meet what the scenario and the parameters state about them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from govsim.kernels.people import GROUP_TENANT, OWNER, TENANT
from govsim.vocabulary import AGE_BANDS, TENURES
from govsim.world.marginals import Marginal
from govsim.world.residents import NO_TIE
from govsim.world.tables import I64
from govsim.world.world import World


def check_people(world: World) -> list[Marginal]:
    """Shares and means of one replicate's residents beside what is stated, or follows from it; O(residents).

    A share of nobody is NaN. Differences are chance, or a rule that the note names.
    """
    return [*_homes(world), *_ages(world), *_days(world), *_voices(world), *_ties(world)]


def _tenure(world: World) -> I64:
    """Tenure of each resident, by household."""
    p = world.population
    sizes = np.diff(p.household_residents)
    return np.repeat(p.household_tenure.astype(np.int64), sizes)


def _homes(world: World) -> Iterator[Marginal]:
    """Tenure and size of households."""
    p, c, parameters = world.population, world.compounds, world.parameters
    homes = world.place["households"].astype(np.float64)
    let = {
        OWNER: 1.0 - np.maximum(c.renter_share, c.group_share),
        TENANT: np.maximum(c.renter_share - c.group_share, 0.0),
        GROUP_TENANT: c.group_share,
    }
    count = np.bincount(p.household_tenure, minlength=len(TENURES))
    for k, word in enumerate(TENURES):
        stated = float((let[k] * homes).sum() / homes.sum())
        yield Marginal(f"households: {word}", stated, float(count[k] / p.households), "share of homes in use")
    sizes = np.diff(p.household_residents)
    yield Marginal("household size", float(parameters["world.household_size"]), p.n / p.households, "people")
    ordinary, group = sizes[p.household_tenure != GROUP_TENANT], sizes[p.household_tenure == GROUP_TENANT]
    yield Marginal(
        "extra people in a group-rented flat", float(parameters["residents.group_household_weight"]),
        _ratio(_mean(group - 1), _mean(ordinary - 1)), "people beyond the first, relative to other homes",
    )  # fmt: skip


def _ages(world: World) -> Iterator[Marginal]:
    """Ages by tenure. Of owners, the compounds' own shares of older people are stated."""
    parameters, age, tenure = world.parameters, world.population.age, _tenure(world)
    compound = np.repeat(np.arange(len(world.compounds)), world.place["residents"])
    older = _mean(world.compounds.elderly_share[compound[tenure == OWNER]])
    owner = np.array(parameters["residents.age_owner"], np.float64)
    owner = np.append(owner[:3] * (1.0 - older) / (1.0 - owner[3]), older)
    stated = (owner, parameters["residents.age_tenant"], parameters["residents.age_group_tenant"])
    for k, word in enumerate(TENURES):
        mine = age[tenure == k]
        for band, name in enumerate(AGE_BANDS):
            note = "share; a household is headed by somebody grown up" if band == 0 else "share"
            yield Marginal(f"{word}: aged {name}", float(stated[k][band]), _mean(mine == band), note)


def _days(world: World) -> Iterator[Marginal]:
    """Work and use of online services, by age."""
    p, parameters = world.population, world.parameters
    people, _ = world.persons()
    works = people["hours"] > 0
    for what, column in (("working", works), ("online", p.online > 0)):
        for band, name in enumerate(AGE_BANDS):
            stated = float(parameters[f"residents.{what}"][band])
            yield Marginal(f"{what}, aged {name}", stated, _mean(column[p.age == band]), "share of the age band")
    shifts = people["hours"][works] == 2
    yield Marginal("working shifts", float(parameters["residents.shift_share"]), _mean(shifts), "share of those at work")


def _voices(world: World) -> Iterator[Marginal]:
    """Readiness to complain of adults, and the anchor of satisfaction."""
    p, parameters, tenure = world.population, world.parameters, _tenure(world)
    people, minds = world.persons()
    adult, habitual = p.age > 0, people["habitual"] > 0
    few, loud = float(parameters["residents.habitual_share"]), float(parameters["residents.habitual_voice"])
    for k, word in enumerate(TENURES):
        stated = float(parameters["residents.stake"][k]) * (1.0 - few + few * loud)
        mine = people["voice"][adult & (tenure == k)].astype(np.float64)
        yield Marginal(f"{word}: readiness to complain", stated, _mean(mine), "mean of adults, the habitual included")
    yield Marginal("habitual complainants", few, _mean(habitual[adult]), "share of adults")
    ordinary = people["voice"][adult & ~habitual & (tenure == OWNER)].astype(np.float64)
    spread = float(np.log(ordinary).std()) if len(ordinary) > 1 else float("nan")
    yield Marginal("spread of readiness to complain", float(parameters["residents.voice_spread"]), spread,
                   "standard deviation of the logarithm, adult owners")  # fmt: skip
    anchor = minds["anchor"].astype(np.float64)
    yield Marginal(
        "anchor of satisfaction", float(parameters["residents.anchor_mean"]), _mean(anchor), "mean; cut off at 0 and 1"
    )
    yield Marginal("spread of that anchor", float(parameters["residents.anchor_spread"]), float(anchor.std()),
                   "cut off at 0 and 1")  # fmt: skip


def _ties(world: World) -> Iterator[Marginal]:
    """Neighbours whom a resident knows, and where they live."""
    p, parameters, tenure = world.population, world.parameters, _tenure(world)
    _, minds = world.persons()
    known = p.ties != NO_TIE
    started = float(parameters["residents.ties_started"])
    wanted = started * np.where(tenure == OWNER, 1.0, float(parameters["residents.ties_tenant"]))
    yield Marginal("ties per resident", 2.0 * _mean(np.minimum(wanted, 4.0)), float(known.sum() / p.n),
                   "at most eight each; ties drawn twice, or within the household, are dropped")  # fmt: skip
    near = total = 0
    starts = p.resident_start
    for c in range(len(world.compounds)):
        rows = slice(starts[c], starts[c + 1])
        there, building = known[rows], minds["building"][rows]
        other = building[np.where(there, p.ties[rows], 0)]
        near += int(((other == building[:, None]) & there).sum())
        total += int(there.sum())
    yield Marginal("ties within the building", float(parameters["residents.ties_in_building"]), _ratio(near, total),
                   "share of ties; some drawn from the whole compound live there too")  # fmt: skip


def _mean(x: np.ndarray) -> float:
    return float(np.asarray(x, np.float64).mean()) if len(x) else float("nan")


def _ratio(a: float, b: float) -> float:
    return a / b if b else float("nan")
