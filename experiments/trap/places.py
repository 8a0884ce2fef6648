"""Old estates for the study of the service trap, and how to put them somewhere by hand."""

from __future__ import annotations

import numpy as np

from govsim.kernels import books, contracts, owners
from govsim.processes.property_economy import PropertyEconomy
from govsim.processes.self_government import SelfGovernment
from govsim.randomness import Process, uniforms
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import OWNERS_STATES, PAYER_TYPES
from govsim.world.state import State
from govsim.world.world import World, build

ALWAYS, CONDITIONAL = PAYER_TYPES.index("always"), PAYER_TYPES.index("conditional")
WORKING = OWNERS_STATES.index("working")
_START = 15  # k of the draws by Process.PAYER that choose who pays on the first day of the study


def old_estates(compounds: int, residents: int, seed: int, firms: int, *, votes: bool) -> World:
    """Old public housing only, without crime; `votes`: self-government runs, else committees stay as they are put."""
    changes = {
        "district.compounds.value": compounds, "district.residents.value": residents, "district.firms.value": firms,
        "district.residents_committees.value": max(1, compounds // 3), "district.type_shares.commodity.value": 0.0,
        "district.type_shares.old_public.value": 1.0, "time.burn_in_years": 0.0, "mechanisms.crime": False,
        "mechanisms.self_government": votes,
    }  # fmt: skip
    return build(load_scenario("classroom", changes=changes), seed=seed)


def paying(world: World, state: State) -> np.ndarray:
    """Share of households in the habit of paying, by compound."""
    owner = np.repeat(np.arange(len(world.place)), world.place["households"])
    return np.bincount(owner, state.economy.households["pays"], len(world.place)) / world.place["households"]


def trapped(world: World, state: State) -> np.ndarray:
    """Compounds in the trap, as outcomes define it."""
    return (paying(world, state) < 0.60) & (state.quality.mean(1) < 0.45)


def put(world: World, state: State, collection: float, level: float) -> None:
    """Set every compound's share of payers to `collection`; service, effort, trust and what is felt to `level`."""
    homes, place = state.economy.households, world.place
    for c in range(len(place)):
        rows = slice(place["household0"][c], place["household0"][c] + place["households"][c])
        kind = homes["payer"][rows]
        share = (collection - (kind == ALWAYS).mean()) / max(1e-9, (kind == CONDITIONAL).mean())
        u = uniforms(place["stream"][c], Process.PAYER, _START, np.arange(place["households"][c]))
        homes["pays"][rows] = (kind == ALWAYS) | ((kind == CONDITIONAL) & (u < share))
    state.quality[:] = level
    able = world.parameters["economy.quality_least"] + world.parameters["economy.quality_condition"] * state.condition
    state.economy.effort[:] = np.minimum(1.0, level / able)[:, None]
    state.minds["service_felt"], state.minds["trust_firm"] = level, level
    rates = PropertyEconomy(world.parameters).rates(world)
    state.economy.contracts["income"] = rates.public + paying(world, state) * (rates.potential - rates.public)


def new_committee(sim: Simulation, where: np.ndarray) -> None:
    """A committee of good people is elected at once."""
    rule, p = sim.state.self_rule, SelfGovernment(sim.world.parameters).rules
    for c in np.flatnonzero(where):
        it = rule.owners[c : c + 1]
        it["status"], it["integrity"], it["elected"] = WORKING, 0.85, sim.state.day
        it["conflict_firm"] = it["conflict_committee"] = 0.0
        rule.oversight[c] = owners.oversight_of(it[0], 0.0, p)
        rule.openness[c] = rule.oversight[c]


def new_firm(sim: Simulation, where: np.ndarray) -> None:
    """The firm goes; the next month's end brings another, which must not be the same."""
    world, state, e = sim.world, sim.state, sim.state.economy
    for c in np.flatnonzero(where & (e.contracts["firm"] >= 0)):
        contracts.end_contract(
            c, contracts.DISMISSED, 1.0, state.day, world.place, e.contracts, e.firms, e.households, e.accounts,
            e.written_off, state.flows,
        )  # fmt: skip
        e.contracts["vacant_until"][c] = state.day


def renewal(sim: Simulation, where: np.ndarray) -> None:
    """The government fills the fund to 0.8 and the worst is repaired."""
    e = sim.state.economy
    for c in np.flatnonzero(where):
        lacking = int(0.8 * e.first_fund[c]) - int(e.accounts[c, books.FUND])
        books.move(e.accounts[c], sim.state.flows[c], books.GOVERNMENT, books.FUND, books.SUBSIDY, max(0, lacking))
        sim.state.fund[c] = max(sim.state.fund[c], 0.8)
        sim.state.condition[c] = min(0.9, sim.state.condition[c] + 0.1)
