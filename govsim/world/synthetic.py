"""A synthetic district from totals and shares.

It meets its totals exactly: compounds, residents, residents' committees, towns and property firms (not
counting the bodies of compounds that manage themselves). Estates given by name are part of the totals.
Compounds lie near an even spacing on a square of the stated area; towns and committees are rectangles cut
out of it, so they are contiguous.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.parameters import Parameters
from govsim.scenario.schema import District, Sourced
from govsim.vocabulary import TYPES
from govsim.world.draws import Draw, keys, normal, uniform
from govsim.world.filling import (
    FEWEST_PEOPLE,
    MOST_PEOPLE,
    Draft,
    number,
    relative_sizes,
    self_managed,
)
from govsim.world.partition import apportion, cut
from govsim.world.serving import DISTRICT, portfolios, self_managed_label
from govsim.world.tables import F64, I64, U64

#: Steps of an even spacing in the unit square (the plastic number's additive recurrence, Roberts 2018).
_STEPS = (0.7548776662466927, 0.5698402909980532)


@dataclass(frozen=True)
class Totals:
    """What a synthetic district has in all; what the scenario leaves open comes from the parameters."""

    compounds: int
    residents: int
    committees: int
    towns: int
    firms: int | None  # None: as many as the compounds with a firm call for
    area_km2: float


def totals(district: District, parameters: Parameters) -> Totals:
    """The totals of a synthetic district. Raises InputError where they contradict each other."""

    def said(given: Sourced[int] | None, otherwise: float) -> int:
        return given.value if given is not None else max(1, round(otherwise))

    mean = number(parameters, "world.residents_per_compound")
    if district.compounds is not None:
        compounds = district.compounds.value
        residents = said(district.residents, compounds * mean)
    else:
        residents = said(district.residents, 100 * mean)
        compounds = said(None, residents / mean)
    of_estates = sum(e.committees.value for e in district.estates)
    estate_people = sum(e.residents.value for e in district.estates)
    towns = said(district.towns, min(compounds, residents / number(parameters, "world.residents_per_town")))
    others = compounds - len(district.estates)
    wanted = (residents - estate_people) / number(parameters, "world.residents_per_committee")
    usual = of_estates + (min(others, max(round(wanted), towns)) if others > 0 else 0)
    committees = said(district.residents_committees, usual)
    area = district.area_km2.value if district.area_km2 else compounds / number(parameters, "world.compounds_per_km2")
    firms = district.firms.value if district.firms else None
    out = Totals(compounds, residents, committees, towns, firms, area)
    faults = _contradictions(out, district, others, residents - estate_people, committees - of_estates)
    if faults:
        raise InputError(faults)
    return out


def _contradictions(t: Totals, district: District, others: int, people: int, committees: int) -> list[Fault]:
    """What cannot be; `others`, `people` and `committees` are what the estates given by name leave."""
    out: list[Fault] = []

    def check(wrong: bool, key: str, en: str, zh: str) -> None:
        if wrong:
            out.append(Fault("scenario", None, f"district.{key}", Both(en, zh)))

    low, high = FEWEST_PEOPLE * max(others, 0), MOST_PEOPLE * max(others, 0)
    most, least = max(others, 0), t.towns if others > 0 else 0
    ids = [e.id for e in district.estates]
    check(
        others < 0,
        "estates",
        f"{len(ids)} estates but {t.compounds} compounds",
        f"estates 有 {len(ids)} 个，小区总数只有 {t.compounds}",
    )
    check(len(set(ids)) < len(ids), "estates", "two estates have the same id", "有两个 estates 的 id 相同")
    check(
        not low <= people <= high, "residents",
        f"{people} residents for {most} compounds beside the estates; from {low} to {high} is possible",
        f"除 estates 外，{most} 个小区共 {people} 人；可为 {low} 到 {high} 人",
    )  # fmt: skip
    check(
        not 1 <= t.towns <= t.compounds,
        "towns",
        f"{t.towns} towns for {t.compounds} compounds",
        f"{t.compounds} 个小区不能分成 {t.towns} 个街镇",
    )
    check(
        not least <= committees <= most, "residents_committees",
        f"{committees} committees beside the estates'; from {least} to {most} is possible",
        f"除 estates 外有 {committees} 个居委会；可为 {least} 到 {most} 个",
    )  # fmt: skip
    for e in district.estates:
        wrong = not (1 <= e.residents.value <= MOST_PEOPLE and 1 <= e.dwellings.value <= MOST_PEOPLE and e.committees.value >= 1)
        check(
            wrong,
            f"estates.{e.id}",
            f"needs 1 to {MOST_PEOPLE} residents and homes",
            f"居民与住房须为 1 到 {MOST_PEOPLE}",
        )
    check(t.area_km2 <= 0, "area_km2", "must be above 0", "须大于 0")
    return out


def synthetic(district: District, parameters: Parameters, shares: F64) -> Draft:
    """A draft that meets the totals; what varies by compound within them is left to be filled."""
    total, seed = totals(district, parameters), district.map_seed
    estates = district.estates
    n, others = total.compounds, total.compounds - len(estates)
    ids = tuple(f"c{i + 1:05d}" for i in range(others)) + tuple(e.id for e in estates)
    if len(set(ids)) < n:
        raise InputError(
            [
                Fault(
                    "scenario",
                    None,
                    "district.estates",
                    Both("an id like c00001 is taken", "id 不能用 c00001 一类"),
                )
            ]
        )
    owners = keys(seed, "compound", ids)
    names = ids[:others] + tuple(e.name.zh for e in estates)
    draft = Draft(ids, names, *_positions(owners, total.area_km2, number(parameters, "world.position_jitter")))
    types = _types(owners[:others], district, shares, n)
    people = np.array([e.residents.value for e in estates], np.float64)
    if others:
        weights = relative_sizes(owners[:others], types, parameters)
        rest = total.residents - int(people.sum())
        people = np.concatenate([_sizes(rest, weights).astype(np.float64), people])
    draft.numbers["residents"] = people
    draft.numbers["type"] = np.concatenate([types, [TYPES.index(e.type) for e in estates]]).astype(np.float64)
    draft.numbers["committees"] = np.concatenate([np.ones(others), [e.committees.value for e in estates]])
    draft.numbers["dwellings"][others:] = [e.dwellings.value for e in estates]
    draft.labels["district"] = [DISTRICT] * n
    _areas(draft, total, others, seed, parameters)
    _firms(draft, total.firms, owners, parameters)
    return draft


def _positions(owners: U64, area_km2: float, jitter: float) -> tuple[F64, F64]:
    """Metres on a square of the given area: evenly spaced, each point moved by its own draw, folded back."""
    n = len(owners)
    side = 1000.0 * np.sqrt(area_km2)

    def along(step: float, what: Draw) -> F64:
        even = (0.5 + step * np.arange(1, n + 1)) % 1.0
        moved = even + jitter / np.sqrt(n) * normal(owners, what)
        return np.asarray(side * np.abs((moved + 1.0) % 2.0 - 1.0))

    return along(_STEPS[0], Draw.X), along(_STEPS[1], Draw.Y)


def _types(owners: U64, district: District, shares: F64, n: int) -> I64:
    """Types of the compounds that are not estates, so that all compounds together have the stated shares."""
    wanted = apportion(n, shares)
    for estate in district.estates:
        wanted[TYPES.index(estate.type)] -= 1
    if (wanted < 0).any():
        word = TYPES[int(np.argmin(wanted))]
        said = Both(
            f"more estates of type {word} than the share of that type allows",
            f"{word} 类的 estates 超过该类型的比例",
        )
        raise InputError([Fault("scenario", None, "district.type_shares", said)])
    out = np.empty(len(owners), np.int64)
    out[np.argsort(uniform(owners, Draw.TYPE), kind="stable")] = np.repeat(np.arange(len(TYPES)), wanted)
    return out


def _sizes(total: int, weights: F64) -> I64:
    """Residents by compound, in proportion to the weights within the allowed sizes; exact sum."""
    sizes = apportion(total, weights, FEWEST_PEOPLE)
    while (over := sizes > MOST_PEOPLE).any():
        room = np.where(sizes < MOST_PEOPLE, weights, 0.0)
        spare = int((sizes[over] - MOST_PEOPLE).sum())
        sizes = np.minimum(sizes, MOST_PEOPLE)
        sizes[room > 0] += apportion(spare, room[room > 0])
    return sizes


def _areas(draft: Draft, total: Totals, others: int, seed: int, parameters: Parameters) -> None:
    """Towns of unequal size cut out of the map, residents' committees cut out of towns; exact numbers."""
    people = draft.numbers["residents"]
    width = len(str(total.towns))
    town_keys = keys(seed, "town", [str(t) for t in range(total.towns)])
    sizes = np.exp(number(parameters, "world.town_spread") * normal(town_keys, Draw.TOWN_SIZE))
    town = cut(draft.x, draft.y, people, sizes)
    draft.labels["town"] = [f"town {t + 1:0{width}d}" for t in town]
    committees = total.committees - int(draft.numbers["committees"][others:].sum())
    if others == 0:
        return
    served = np.unique(town[:others])
    compounds = np.array([np.count_nonzero(town[:others] == t) for t in served])
    residents = np.array([people[:others][town[:others] == t].sum() for t in served])
    for t, quota in zip(served, _quotas(committees, residents, compounds), strict=True):
        rows = np.flatnonzero(town[:others] == t)
        part = cut(draft.x[rows], draft.y[rows], people[rows], np.ones(quota))
        for row, p in zip(rows, part, strict=True):
            draft.labels["committee"][row] = f"{draft.labels['town'][row]} committee {p + 1}"


def _quotas(total: int, residents: F64, most: I64) -> I64:
    """Committees by town, by residents: at least one, at most one per compound; exact sum."""
    quota = np.minimum(apportion(total, residents, at_least=1), most)
    while quota.sum() < total:
        load = np.where(quota < most, residents / quota, -1.0)
        quota[int(np.argmax(load))] += 1
    return quota


def _firms(draft: Draft, firms: int | None, owners: U64, parameters: Parameters) -> None:
    """Firms across the whole district; compounds of a firm lie anywhere in it."""
    alone = self_managed(owners, draft.numbers["type"].astype(np.int64), parameters)
    rows = np.flatnonzero(~alone)
    if firms is None:
        firms = min(max(1, round(len(rows) / number(parameters, "world.compounds_per_firm"))), len(rows))
    if firms > len(rows):
        said = Both(
            f"{firms} firms but {len(rows)} compounds that have one",
            f"{firms} 家物业公司，但只有 {len(rows)} 个小区由物业公司管理",
        )
        raise InputError([Fault("scenario", None, "district.firms", said)])
    for i in np.flatnonzero(alone):
        draft.labels["firm"][i] = self_managed_label(draft.ids[i])
    if len(rows):
        which = np.repeat(np.arange(firms), portfolios(len(rows), firms, parameters))
        for row, f in zip(rows[np.argsort(uniform(owners[rows], Draw.FIRM), kind="stable")], which, strict=True):
            draft.labels["firm"][row] = f"firm {f + 1:0{len(str(firms))}d}"
