"""Ten years with everything on: nobody, no home, no fen and no case is lost."""

from __future__ import annotations

import numpy as np
import pytest

from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import ACCOUNTS
from govsim.world.records import OPEN
from govsim.world.world import build
from tests.worlds import flow


@pytest.mark.full
def test_nothing_is_lost_in_ten_years() -> None:
    """Notices a payment that goes nowhere, a file that vanishes, a crime without an end, an offender who is lost."""
    world = build(load_scenario("classroom", changes={"time.burn_in_years": 0.0}))
    sim = Simulation(world, events=True)
    assert sim.log is not None
    sim.log.begin(sim.state)
    sim.run(3653)
    state, economy = sim.state, sim.state.economy
    flows = np.sum([week[1] for week in sim.recorder.weeks], axis=0)
    # cases: each that was opened was closed or is open
    open_now = np.count_nonzero(state.cases.used["result"] == OPEN)
    assert flow(flows, "cases_opened") == flow(flows, "cases_closed") + open_now > 1000
    # complaints: each resident who has one open is busy, nobody else is
    complaining = state.complaints.used["resident"]
    assert len(set(complaining.tolist())) == len(complaining) == state.people["busy"].sum()
    # money: to the fen, in every compound
    assert (economy.accounts.sum(1) == 0).all()
    owner = np.repeat(np.arange(len(world.place)), world.place["households"])
    balances = np.zeros(len(world.place), np.int64)
    np.add.at(balances, owner, economy.households["balance"])
    paid = -economy.accounts[:, ACCOUNTS.index("households")]
    assert (balances == paid - economy.billed + economy.written_off).all()
    assert (economy.accounts[:, ACCOUNTS.index("fund")] >= 0).all()
    # crimes: each that was counted is in the log once, and no truth overtakes the one before
    crimes = sim.log.crimes
    assert len(crimes) == flow(flows, "crimes") + flow(flows, "crime_attempts") > 100
    assert (crimes["cleared"] <= crimes["recorded"]).all()
    assert (crimes["recorded"] <= crimes["reported"]).all()
    for name in ("reported", "recorded", "cleared"):
        assert crimes[name].sum() == flow(flows, f"crimes_{name}")
    assert crimes["completed"].sum() == flow(flows, "crimes")
    # people and homes
    assert len(state.people) == world.population.n
    assert len(economy.households) == world.population.households
