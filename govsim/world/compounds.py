"""The map of a scenario: compounds and everybody who serves them, synthetic or from a file."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.parameters import Parameters
from govsim.scenario.schema import Scenario
from govsim.vocabulary import TYPES
from govsim.world.draws import Draw, keys, uniform
from govsim.world.filling import fill
from govsim.world.importers import read_compounds
from govsim.world.serving import assign, tables
from govsim.world.synthetic import synthetic
from govsim.world.tables import F64, I32, I64, Compounds, Institutions


def build_map(scenario: Scenario, parameters: Parameters, folder: Path) -> tuple[Compounds, Institutions]:
    """The compounds of a scenario and everybody who serves them; `folder` is where the scenario's files lie.

    Raises InputError where the totals contradict each other or a file cannot be used (with every fault).
    """
    district = scenario.district
    shares = type_shares(scenario, parameters)
    if district.compounds_file is not None:
        draft = read_compounds(beside(folder, district.compounds_file), district.compounds_file)
        filled = draft.blanks()
    else:
        draft = synthetic(district, parameters, shares)
        filled = ()
    fill(draft, district.map_seed, parameters, shares)
    assign(draft, district.map_seed, parameters)
    compounds, institutions = tables(draft, parameters, filled)
    if scenario.sample < 1.0:
        rows = _sampled(compounds, institutions, scenario.sample, district.map_seed)
        return take(compounds, institutions, rows)
    return compounds, institutions


def beside(folder: Path, name: str) -> Path:
    """A file in the scenario's folder; InputError for a name that leads out of it."""
    path = folder / name
    if Path(name).name != name or name in (".", "..") or "\\" in name or path.is_symlink():
        hint = Both("copy the file next to the scenario and give its bare name", "请把文件放在情景文件旁，只写文件名")
        raise InputError([Fault(name, None, "", Both("not in the scenario's folder", "不在情景文件所在的文件夹内"), hint)])
    return path


def type_shares(scenario: Scenario, parameters: Parameters) -> F64:
    """Shares of the compound types, in the order of TYPES, sum 1."""
    given = scenario.district.type_shares
    shares = np.asarray(parameters["world.type_share"], np.float64)
    if given:
        shares = np.array([given[t].value if t in given else 0.0 for t in TYPES])
    return np.asarray(shares / shares.sum())


def _sampled(compounds: Compounds, institutions: Institutions, share: float, map_seed: int) -> I64:
    """Rows kept: whole residents' committees in keyed order, until each town's share is reached."""
    order = uniform(keys(map_seed, "committee", institutions.committees), Draw.SAMPLE)
    wanted, kept = 0.0, 0
    chosen: list[int] = []
    for town in range(len(institutions.towns)):
        firsts = compounds.first_committee[compounds.town == town]
        groups, sizes = np.unique(firsts, return_counts=True)
        wanted += share * len(firsts)  # what one town is short of or over goes to the next
        for g in np.argsort(order[groups], kind="stable"):
            if abs(kept + sizes[g] - wanted) >= abs(kept - wanted):
                break
            kept += int(sizes[g])
            chosen.append(int(groups[g]))
    if not chosen:
        used = np.unique(compounds.first_committee)
        chosen = [int(used[np.argmin(order[used])])]
    return np.flatnonzero(np.isin(compounds.first_committee, chosen))


def take(compounds: Compounds, institutions: Institutions, rows: I64) -> tuple[Compounds, Institutions]:
    """The compounds at `rows` (ascending) and the institutions that serve them, numbered afresh.

    A compound keeps all else it has. A beat, firm or town that loses compounds is smaller, not redrawn.
    """
    old = compounds
    committees = np.unique(
        np.concatenate([np.arange(f, f + k) for f, k in zip(old.first_committee[rows], old.committees[rows], strict=True)])
    )
    beats = np.unique(np.concatenate([old.beat[rows], institutions.committee_beat[committees]]))
    used = {
        **{what: np.unique(getattr(old, what)[rows]) for what in ("district", "town", "firm", "grid")},
        "beat": beats,
        "first_committee": committees,
    }

    def again(what: str, column: I32) -> I32:
        return np.searchsorted(used[what], column).astype(np.int32)

    columns: dict[str, Any] = {}
    for f in fields(Compounds):
        value = getattr(old, f.name)
        if f.name in used:
            columns[f.name] = again(f.name, value[rows])
        elif isinstance(value, np.ndarray):
            columns[f.name] = value[rows]
    ids, names = tuple(old.ids[r] for r in rows), tuple(old.names[r] for r in rows)
    i = institutions
    return replace(old, ids=ids, names=names, **columns), Institutions(
        districts=tuple(i.districts[r] for r in used["district"]),
        towns=tuple(i.towns[r] for r in used["town"]),
        town_district=again("district", i.town_district[used["town"]]),
        committees=tuple(i.committees[r] for r in committees),
        committee_town=again("town", i.committee_town[committees]),
        committee_beat=again("beat", i.committee_beat[committees]),
        firms=tuple(i.firms[r] for r in used["firm"]),
        beats=tuple(i.beats[r] for r in beats),
        beat_town=again("town", i.beat_town[beats]),
        grids=tuple(i.grids[r] for r in used["grid"]),
    )
