"""Labour disputes at a window, disputes whose parties are called at once, and repairs at checked prices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from govsim.kernels import labour
from govsim.processes.casework import Casework
from govsim.programmes.levers import at_rest
from govsim.vocabulary import DESKS, KINDS
from govsim.world.state import begin
from tests.small_world import add_file, add_problem, little, near, today
from tests.worlds import flow


def test_family_disputes_have_the_number_of_the_vocabulary() -> None:
    """Notices a window that looks at another kind of problem."""
    assert KINDS[labour.FAMILY] == "family"


def window(days: int, chance: float, **values: Any):
    """Open disputes, and a window for some days; returns the state and which problems are gone."""
    world = little(residents=400, mediation__labour_share=0.8, **values)
    state, process, levers = begin(world), Casework(world.parameters), at_rest(world.parameters, 1)
    levers["mediation_window"], levers["mediation_skill"] = chance, 0.4
    for kind in ("family", "noise"):
        for number in range(4000):
            add_problem(state, kind, number=number, severity=3.0, known=0)
    for day in range(days):
        state.day = day
        process.hold_window(world, state, today(world, levers))
    return world, state, state.problems.used["gone"].reshape(2, 4000)


def test_a_window_meets_labour_disputes_and_no_others() -> None:
    """Notices quarrels of neighbours or families at the window, another share each day, and a lost term of mediation."""
    world, state, gone = window(1, 0.7)
    v = world.parameters
    logit = v["casework.mediation_level"] + v["casework.mediator_skill"] + 0.4 - 2.0 * v["casework.mediation_severity"]
    settles = 1 / (1 + math.exp(-logit))
    assert near(gone[0], 0.8 * 0.7 * settles)
    assert not gone[1].any()
    assert flow(state.flows[0], "mediations_settled") == gone.sum()
    assert near(state.problems.used["known"][:4000], 0.8 * 0.7)
    assert flow(state.flows[0], "mediations") == (state.problems.used["known"] > 0).sum()
    _, _, after_long = window(60, 0.5)
    assert near(after_long[0], 0.8)
    _, state, gone = window(5, 0.0)
    assert not gone.any()
    assert not state.flows.any()


@pytest.mark.parametrize("contact", [0.0, 0.75])
def test_parties_are_called_at_once_by_mediators(contact: float) -> None:
    """Notices a delay that is not shortened, or one to others that is."""
    world = little(casework__unit_work=0.01, casework__weekend=1.0)
    state, process, levers = begin(world), Casework(world.parameters), at_rest(world.parameters, 1)
    levers["mediation_diversion"], levers["mediation_contact"], levers["casework_handover_days"] = 1.0, contact, 9.0
    state.desks["capacity"] = 1e6
    for number in range(4000):
        add_file(world, state, add_problem(state, "noise", number=number), "police")
    process.work(world, state, today(world, levers))
    handed = state.cases.used[state.cases.used["desk_kind"] == DESKS.index("mediators")]
    assert len(handed) == 4000
    mean = 9.0 * world.parameters["casework.near_handover"] * (1 - contact)
    assert near(handed["arrives"] - 1, mean, math.sqrt(mean * (1 + mean)))


def test_funds_pay_the_checked_price() -> None:
    """Notices a price that the fund does not feel, and small repairs that it pays."""
    paid = []
    for price in (1.0, 0.8):
        world = little(residents=4000, casework__unit_work=0.01, casework__weekend=1.0)
        state, process, levers = begin(world), Casework(world.parameters), at_rest(world.parameters, 1)
        levers["casework_repair_price"] = price
        state.desks["capacity"], state.fund[:], state.self_rule.oversight[:] = 1e6, 1.0, 1.0
        state.economy.accounts[:, 2] = 10**12
        for number in range(200):
            add_file(world, state, add_problem(state, "repair", number=number, severity=1.0 + (number % 2)), "firm")
        process.work(world, state, today(world, levers))
        paid.append(int(state.economy.repairs_due[0]))
    assert KINDS[2] == "repair"
    assert paid[1] == pytest.approx(0.8 * paid[0], rel=1e-6)
    done = np.round(paid[0] / (2.0 * 100 * world.parameters["casework.repair_cost"]), 6)
    assert done == int(done) > 20
