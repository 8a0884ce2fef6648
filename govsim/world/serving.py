"""Who serves whom: districts, towns, residents' committees, beats, grids and firms, and the finished tables.

What was not given is filled within one district (towns) or one town (everything else), so nothing depends
on compounds elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from govsim.scenario.parameters import Parameters
from govsim.vocabulary import SERVICES
from govsim.world.draws import Draw, keys, uniform
from govsim.world.filling import Draft, number, self_managed
from govsim.world.partition import apportion, cut
from govsim.world.tables import F64, I32, I64, Compounds, Institutions

_PER: Final = ("residents_per_town", "residents_per_committee", "households_per_grid")

#: Label of the district where none is given.
DISTRICT: Final = "district"


def portfolios(compounds: int, firms: int, parameters: Parameters) -> I64:
    """Number of compounds of each firm: a few large, many small; each at least one; sums to `compounds`."""
    ranks = np.arange(1, firms + 1, dtype=np.float64)
    return apportion(compounds, ranks ** -number(parameters, "world.firm_skew"), at_least=1)


#: How the name of the "firm" of a compound begins that manages itself.
SELF_MANAGED: Final = "self-managed "


def self_managed_label(compound_id: str) -> str:
    """Name of the "firm" of a compound that manages itself."""
    return f"{SELF_MANAGED}{compound_id}"


def assign(draft: Draft, map_seed: int, parameters: Parameters) -> None:
    """Fill every "" among the labels but the beats (see `tables`), in place; numbers are filled already."""
    labels = draft.labels
    known = {t: d for t, d in zip(labels["town"], labels["district"], strict=True) if t and d}
    labels["district"] = [d or known.get(t, DISTRICT) for d, t in zip(labels["district"], labels["town"], strict=True)]
    people, x, y = draft.numbers["residents"], draft.x, draft.y
    homes = people / number(parameters, "world.household_size")
    per = {what: number(parameters, f"world.{what}") for what in _PER}
    _divide(labels["town"], labels["district"], "town", people, per["residents_per_town"], x, y)
    taken = set(labels["committee"])
    for i in np.flatnonzero(draft.numbers["committees"] > 1):
        labels["committee"][i] = labels["committee"][i] or _unused(f"{draft.ids[i]} committee", taken)
    _divide(labels["committee"], labels["town"], "committee", people, per["residents_per_committee"], x, y)
    _divide(labels["grid"], labels["committee"], "grid", homes, per["households_per_grid"], x, y)
    _assign_firms(draft, map_seed, parameters)


def _assign_firms(draft: Draft, map_seed: int, parameters: Parameters) -> None:
    """Self-managed compounds get a firm of their own; the others share the firms of their town."""
    owners = keys(map_seed, "compound", draft.ids)
    firm = draft.labels["firm"]
    for i in np.flatnonzero(self_managed(owners, draft.numbers["type"].astype(np.int64), parameters)):
        firm[i] = firm[i] or self_managed_label(draft.ids[i])
    order = uniform(owners, Draw.FIRM)
    taken = set(firm)
    for town, rows in _blank(firm, draft.labels["town"]).items():
        firms = _parts(len(rows) / number(parameters, "world.compounds_per_firm"), len(rows))
        which = np.repeat(np.arange(firms), portfolios(len(rows), firms, parameters))
        _label(firm, rows[np.argsort(order[rows], kind="stable")], which, f"{town} firm", taken)


def _blank(labels: Sequence[str], groups: Sequence[str]) -> dict[str, I64]:
    """Rows without a label, by group."""
    out: dict[str, list[int]] = {}
    for row, (label, group) in enumerate(zip(labels, groups, strict=True)):
        if not label:
            out.setdefault(group, []).append(row)
    return {group: np.array(rows, np.int64) for group, rows in out.items()}


def _parts(wanted: float, most: int) -> int:
    """A number of parts that is at least one and at most the number of things to be parted."""
    return min(max(round(float(wanted)), 1), most)


def _divide(labels: list[str], groups: Sequence[str], kind: str, load: F64, per: float, x: F64, y: F64) -> None:
    """Name the blank ones among `labels`: each group is cut into compact parts, one per `per` of the load."""
    taken = set(labels)
    for group, rows in _blank(labels, groups).items():
        parts = _parts(load[rows].sum() / per, len(rows))
        _label(labels, rows, cut(x[rows], y[rows], load[rows], np.ones(parts)), f"{group} {kind}", taken)


def _label(labels: list[str], rows: I64, parts: I64, stem: str, taken: set[str]) -> None:
    """Name the parts "<stem> 1" and so on."""
    names = [_unused(f"{stem} {part + 1}", taken) for part in range(int(parts.max()) + 1)]
    for row, part in zip(rows, parts, strict=True):
        labels[row] = names[part]


def _unused(name: str, taken: set[str]) -> str:
    """The name, with a star where somebody already uses it; it is taken from now on."""
    while name in taken:
        name += "*"
    taken.add(name)
    return name


def _index(labels: Iterable[str]) -> tuple[tuple[str, ...], I32]:
    """Distinct labels in order of appearance, and the row of each."""
    seen: dict[str, int] = {}
    rows = np.array([seen.setdefault(label, len(seen)) for label in labels], np.int32)
    return tuple(seen), rows


def tables(draft: Draft, parameters: Parameters, filled: tuple[str, ...]) -> tuple[Compounds, Institutions]:
    """The finished tables of a draft whose numbers and labels are filled; draws the beats."""
    n, labels = draft.numbers, draft.labels
    districts, district = _index(labels["district"])
    towns, town = _index(labels["town"])
    committees = n["committees"].astype(np.int32)
    committee_labels, which = _index(labels["committee"])
    width = np.ones(len(committee_labels), np.int64)
    width[which] = committees  # only one compound has the label of a committee that is one of several
    first = np.concatenate([[0], np.cumsum(width)[:-1]]).astype(np.int64)
    names = tuple(
        name if k == 1 else f"{name} {j + 1}" for name, k in zip(committee_labels, width, strict=True) for j in range(k)
    )
    committee_town = np.zeros(int(width.sum()), np.int32)
    for j in range(int(width.max())):
        served = width[which] > j
        committee_town[first[which[served]] + j] = town[served]
    beats, beat, committee_beat = _beats(draft, parameters, first[which], committees, committee_town, towns)
    town_district = np.zeros(len(towns), np.int32)
    town_district[town] = district
    beat_town = np.zeros(len(beats), np.int32)
    beat_town[committee_beat] = committee_town
    beat_town[beat] = town
    firms, firm = _index(labels["firm"])
    grids, grid = _index(labels["grid"])
    compounds = Compounds(
        ids=draft.ids,
        names=draft.names,
        type=n["type"].astype(np.int8),
        gated=n["gated"].astype(np.bool_),
        x=draft.x,
        y=draft.y,
        district=district,
        town=town,
        firm=firm,
        beat=beat,
        grid=grid,
        committees=committees,
        first_committee=first[which].astype(np.int32),
        residents=n["residents"].astype(np.int32),
        dwellings=n["dwellings"].astype(np.int32),
        buildings=n["buildings"].astype(np.int32),
        dwelling_m2=n["dwelling_m2"],
        age=n["age"],
        condition=n["condition"],
        fund=n["fund"],
        quality=np.column_stack([n[f"quality_{s}"] for s in SERVICES]),
        oversight=n["oversight"],
        renter_share=n["renter_share"],
        group_share=n["group_share"],
        elderly_share=n["elderly_share"],
        parking_pressure=n["parking_pressure"],
        filled=filled,
    )
    return compounds, Institutions(
        districts, towns, town_district, names, committee_town, committee_beat, firms, beats, beat_town, grids
    )


def _beats(
    draft: Draft,
    parameters: Parameters,
    first: I64,
    committees: I32,
    committee_town: I32,
    towns: tuple[str, ...],
) -> tuple[tuple[str, ...], I32, I32]:
    """Beats of whole residents' committees, within a town: names, beat by compound, beat by committee."""
    people = np.zeros(len(committee_town))
    members = np.zeros(len(committee_town))
    cx, cy = np.zeros(len(committee_town)), np.zeros(len(committee_town))
    given = [""] * len(committee_town)
    for i, (start, k) in enumerate(zip(first, committees, strict=True)):
        for row in range(start, start + k):
            people[row] += draft.numbers["residents"][i] / k
            members[row] += 1
            cx[row] += draft.x[i]
            cy[row] += draft.y[i]
            given[row] = given[row] or draft.labels["beat"][i]
    _divide(
        given,
        [towns[t] for t in committee_town],
        "beat",
        people,
        number(parameters, "world.residents_per_officer"),
        cx / members,
        cy / members,
    )
    own = [label or given[row] for label, row in zip(draft.labels["beat"], first, strict=True)]
    # in order of appearance along the compounds, each compound's own beat before its further committees'
    in_order = [x for label, row, k in zip(own, first, committees, strict=True) for x in (label, *given[row : row + k])]
    beats, _ = _index(in_order)
    at = {label: row for row, label in enumerate(beats)}
    return beats, np.array([at[x] for x in own], np.int32), np.array([at[x] for x in given], np.int32)
