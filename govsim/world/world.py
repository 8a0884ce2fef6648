"""A built world: the map, its network, its people and its desks, for one replicate. Nothing here changes in a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.randomness import Process, stream, uniforms
from govsim.scenario.load import Loaded
from govsim.scenario.parameters import Parameters
from govsim.scenario.schema import Scenario
from govsim.vocabulary import KINDS
from govsim.world.awareness import Awareness, awareness
from govsim.world.compounds import build_map
from govsim.world.desks import Desks, lay_out
from govsim.world.network import build_layers
from govsim.world.records import PLACE
from govsim.world.residents import Population, people, persons
from govsim.world.tables import F64, Compounds, Institutions, Layer
from govsim.world.ties import district_ties


@dataclass(frozen=True)
class Map:
    """What all replicates of a scenario share: compounds, institutions and network."""

    scenario: Scenario
    parameters: Parameters
    compounds: Compounds
    institutions: Institutions
    layers: dict[str, Layer]


@dataclass(frozen=True)
class World:
    """One replicate's world. `flags` (compounds, 13) are the lasting factors of problems, by compound and kind."""

    scenario: Scenario
    parameters: Parameters
    compounds: Compounds
    institutions: Institutions
    layers: dict[str, Layer]
    population: Population
    desks: Desks
    place: np.ndarray  # records.PLACE (compounds,)
    flags: F64
    awareness: Awareness
    replicate: int
    seed: int  # master seed of this world's draws

    def persons(self) -> tuple[np.ndarray, np.ndarray]:
        """What its residents are like on the first day, afresh: records.PERSON and records.MIND (n,)."""
        return persons(self.population, self.compounds, self.place["stream"], self.parameters)


def read_map(loaded: Loaded) -> Map:
    """Draw or read the district's map and its network."""
    scenario, parameters = loaded.scenario, loaded.parameters
    compounds, institutions = build_map(scenario, parameters, loaded.path.parent)
    ties = district_ties(scenario, loaded.path.parent)
    layers = build_layers(compounds, institutions, parameters, ties, map_seed=scenario.district.map_seed)
    return Map(scenario, parameters, compounds, institutions, layers)


def settle(district: Map, replicate: int, seed: int | None = None) -> World:
    """People the map for one replicate. `seed`: master seed, the scenario's own unless given."""
    c, p = district.compounds, district.parameters
    master = district.scenario.seed if seed is None else seed
    streams = np.array([stream(master, replicate, "compound", i) for i in c.ids], np.uint64)
    population = people(c, streams, p)
    place = np.zeros(len(c), PLACE)
    place["stream"] = streams
    place["residents"] = c.residents
    place["households"] = np.diff(population.household_start)
    place["resident0"] = population.resident_start[:-1]
    place["household0"] = population.household_start[:-1]
    place["building0"] = population.building_start[:-1]
    place["buildings"] = c.buildings
    place["town"], place["district"], place["beat"] = c.town, c.district, c.beat
    place["committee0"], place["committees"] = c.first_committee, c.committees
    desks = lay_out(c, district.institutions, p)
    return World(
        district.scenario, p, c, district.institutions, district.layers, population, desks, place,
        _flags(c, streams, p), awareness(c, district.layers, population, streams, p), replicate, master,
    )  # fmt: skip


def build(loaded: Loaded, replicate: int = 0, seed: int | None = None) -> World:
    """A scenario's world, whole: map, network, people, desks."""
    return settle(read_map(loaded), replicate, seed)


def _flags(c: Compounds, streams: np.ndarray, p: Parameters) -> F64:
    """Lasting factors: log-normal by compound and by kind (mean one), times the stocks that feed some kinds."""
    from scipy.special import ndtri

    n, kinds = len(c), len(KINDS)
    out = np.empty((n, kinds))
    sd_c, sd_k = p["problems.compound_spread"], p["problems.kind_spread"]
    for i in range(n):
        z = ndtri(uniforms(streams[i], Process.FLAGS, 0, np.arange(kinds + 1)))
        out[i] = np.exp(sd_c * z[0] - 0.5 * sd_c**2 + sd_k * z[1:] - 0.5 * sd_k**2)
    power = p["problems.exposure_power"]
    stock = {
        "parking": c.parking_pressure / p["problems.parking_reference"],
        "noise": 0.5 + 0.5 * c.group_share / p["problems.group_reference"],
        "group_rental": c.group_share / p["problems.group_reference"],
        "hardship": c.elderly_share / p["problems.elderly_reference"],
    }
    for kind, ratio in stock.items():
        k = KINDS.index(kind)
        out[:, k] *= np.maximum(ratio, 1e-6) ** power[k]
    return out
