"""Mechanism switches: what is off does nothing and leaves its part of the state alone; the others go on."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from govsim.errors import InputError
from govsim.processes.schedule import schedule
from govsim.scenario.load import load_scenario
from govsim.scenario.parameters import defaults
from govsim.scenario.schema import Mechanisms
from govsim.simulation import Simulation
from govsim.vocabulary import MECHANISMS
from govsim.world.world import build
from tests.worlds import differing, state_bits, total

#: Counters that only one mechanism moves, and parts of the state that only it (with those named) writes.
ALONE = {
    "problems": ("problems", "found", "visits"),
    "complaints": ("complaints", "answered", "given_up"),
    "casework": ("work", "cases_closed", "hand_overs"),
    "attitudes": ("volunteers_joined", "volunteers_left"),
    "economy": ("fees_billed", "fees_paid", "money"),
    "self_government": ("votes_held", "committees_formed"),
    "crime": ("crimes", "crime_attempts", "crimes_reported", "police_minutes"),
}
KEPT = {
    "attitudes": ("minds.satisfaction", "minds.trust_firm", "minds.fear", "minds.volunteer", "belief"),
    "economy": ("quality", "condition", "economy.effort", "economy.accounts", "economy.households.balance"),
    "self_government": ("self_rule.owners.status", "self_rule.oversight", "self_rule.committees.skill"),
    "crime": ("crime.offenders.home", "crime.felt", "minds.victim"),
}
DAYS = 371  # more than a year, so that every quarter's step is due


@cache
def run(off: str = "") -> Simulation:
    changes: dict[str, object] = {"time.burn_in_years": 0.0}
    if off:
        changes[f"mechanisms.{off}"] = False
    return Simulation(build(load_scenario("classroom", changes=changes)), detail="week").run(DAYS)


@pytest.mark.full
@pytest.mark.parametrize("off", MECHANISMS)
def test_a_mechanism_that_is_off_does_nothing(off: str) -> None:
    """Notices a step that runs although its mechanism is off, and one mechanism that writes for another."""
    with_all, without = run(), run(off)
    for outcome in ALONE[off]:
        assert total(with_all, outcome) > 0.0, outcome
        assert total(without, outcome) == 0.0, outcome
    first, last = (state_bits(s) for s in (Simulation(without.world).state, without.state))
    changed = set(differing(first, last))
    assert changed.isdisjoint(KEPT.get(off, ()))
    assert changed  # the others go on
    assert differing(state_bits(with_all.state), last)


def test_schedule_drops_exactly_the_steps_of_what_is_off() -> None:
    """Notices a step that belongs to no mechanism, and a mechanism without a step."""
    names = [step.name for step in schedule(defaults())]
    assert {name.split(".")[0] for name in names} == {*MECHANISMS, "books"}
    for off in MECHANISMS:
        left = [step.name for step in schedule(defaults(), Mechanisms(**{off: False}))]
        assert left == [name for name in names if name.split(".")[0] != off]


def test_everything_off_is_a_still_world() -> None:
    """Notices anything that moves on its own."""
    changes: dict[str, object] = {f"mechanisms.{name}": False for name in MECHANISMS} | {"time.burn_in_years": 0.0}
    sim = Simulation(build(load_scenario("classroom", changes=changes)))
    first = state_bits(sim.state.copy())
    sim.run(35)
    assert differing(first, state_bits(sim.state)) == ["day"]
    assert np.sum([week[1] for week in sim.recorder.weeks]) == 0.0


def test_a_misspelt_mechanism_is_refused() -> None:
    """Notices a switch that is ignored in silence."""
    with pytest.raises(InputError, match=r"mechanisms\.crimes"):
        load_scenario("classroom", changes={"mechanisms.crimes": False})
