"""How well a generated map meets what was stated about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.scenario.parameters import Parameters
from govsim.scenario.schema import Scenario
from govsim.vocabulary import TYPES
from govsim.world.compounds import type_shares
from govsim.world.filling import by_type, number
from govsim.world.synthetic import totals
from govsim.world.tables import F64, Compounds


@dataclass(frozen=True)
class Marginal:
    """One figure as stated and as generated; `stated` is None where nobody stated it."""

    name: str
    stated: float | None
    generated: float
    note: str = ""


def check_map(compounds: Compounds, scenario: Scenario, parameters: Parameters) -> list[Marginal]:
    """Totals, shares and means of a map beside what the scenario and the parameters state.

    Totals and type shares are exact in a whole synthetic district. Means are over compounds; a column that
    a file gave has nothing stated, one that was filled in part is compared over all its rows.
    """
    return [*_totals(compounds, scenario, parameters), *_shares(compounds, scenario, parameters),
            *_means(compounds, scenario, parameters), *_loads(compounds, parameters)]  # fmt: skip


def _totals(c: Compounds, scenario: Scenario, parameters: Parameters) -> list[Marginal]:
    # self-managed bodies are rows of firms as well, one per compound, so firms are not counted here
    counted = {
        "compounds": len(c),
        "residents": int(c.residents.sum()),
        "residents' committees": len(np.unique(c.first_committee)) + int((c.committees - 1).sum()),
        "towns": len(np.unique(c.town)),
    }
    if scenario.district.compounds_file is not None:
        return [Marginal(name, None, float(n), "as in the file") for name, n in counted.items()]
    total = totals(scenario.district, parameters)
    stated = (total.compounds, total.residents, total.committees, total.towns)
    part = scenario.sample
    note = "exact" if part == 1.0 else f"sample of {part:g} of the compounds, by whole residents' committees"
    scale = (part, part, part, 1.0)
    return [Marginal(name, s * k, float(n), note) for (name, n), s, k in zip(counted.items(), stated, scale, strict=True)]


def _shares(c: Compounds, scenario: Scenario, parameters: Parameters) -> list[Marginal]:
    drawn = scenario.district.compounds_file is None or "type" in c.filled
    stated = type_shares(scenario, parameters)
    found = np.bincount(c.type, minlength=len(TYPES)) / len(c)
    return [
        Marginal(f"share of type {word}", float(s) if drawn else None, float(f))
        for word, s, f in zip(TYPES, stated, found, strict=True)
    ]


def _means(c: Compounds, scenario: Scenario, parameters: Parameters) -> list[Marginal]:
    types = c.type.astype(np.int64)
    columns: dict[str, tuple[str, F64, str]] = {
        "gated": ("gated_share", c.gated.astype(np.float64), "share of compounds"),
        "dwelling_m2": ("home_area_mean", c.dwelling_m2, "m2"),
        "age": ("age_mean", c.age, "years"),
        "condition": ("condition_mean", c.condition, ""),
        "fund": ("fund_mean", c.fund, "share of its first balance"),
        "quality": ("quality_mean", c.quality.mean(axis=1), "mean of the services"),
        "renter_share": ("renter_mean", c.renter_share, "share of homes"),
        "group_share": ("group_mean", c.group_share, "share of homes"),
        "elderly_share": ("elderly_mean", c.elderly_share, "share of residents"),
        "parking_pressure": ("parking_mean", c.parking_pressure, "cars per place"),
    }
    given = scenario.district.compounds_file is not None
    out = []
    for name, (parameter, column, note) in columns.items():
        stated = None if given and name not in c.filled else float(by_type(parameters, parameter, types).mean())
        out.append(Marginal(f"mean {name}", stated, float(column.mean()), note))
    return out


def _loads(c: Compounds, parameters: Parameters) -> list[Marginal]:
    """Figures that follow: residents per home, per officer, spread of size."""
    occupied = float(c.dwellings.sum()) * (1.0 - number(parameters, "residents.vacancy"))
    people = float(c.residents.sum())
    spread = float(np.log(c.residents).std())
    beats = len(np.unique(c.beat)) + int((c.committees - 1).sum())
    return [
        Marginal("residents per home in use", number(parameters, "world.household_size"), people / occupied),
        Marginal("residents per officer", number(parameters, "world.residents_per_officer"), people / beats,
                 "beats are whole residents' committees"),
        Marginal("spread of compound size", number(parameters, "world.size_spread"), spread,
                 "standard deviation of the logarithm; types and estates add to it"),
    ]  # fmt: skip
