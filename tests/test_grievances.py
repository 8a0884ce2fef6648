"""Old grievances that are taken up, and what those who receive petitions may decide."""

from __future__ import annotations

import numpy as np
import pytest

from govsim.processes.casework import Casework
from govsim.programmes.levers import at_rest
from govsim.vocabulary import CHANNELS, DESKS
from govsim.world.records import OPEN, SOLVED
from govsim.world.state import begin
from tests.small_world import add_file, add_problem, little, near, today
from tests.worlds import flow


def test_only_old_grievances_without_a_file_are_taken_up() -> None:
    """Notices young ones, ones closed once, ones that are gone or have a file, and a chance that is not the lever's."""
    world = little(residents=400)
    state, process, levers = begin(world), Casework(world.parameters), at_rest(world.parameters, 1)
    state.day = 500
    number = 0
    for closings, born, gone in ((2, 320, 0), (5, 0, 0), (1, 0, 0), (2, 321, 0), (3, 100, 1)):
        for _ in range(1000):
            add_problem(state, "structure", born=born, number=number % 4000, closings=closings, gone=gone)
            number += 1
    filed = add_file(world, state, 0, "hotline")
    process.take_up(world, state, today(world, levers))
    assert state.cases.n == 1
    levers["casework_backlog"] = 0.37
    process.take_up(world, state, today(world, levers))
    taken = np.zeros(5000, bool)
    taken[state.cases.used["problem"][1:]] = True
    assert not taken[0]
    assert near(taken[1:2000], 0.37)
    assert not taken[2000:].any()
    assert (state.cases.used["desk_kind"][1:] == DESKS.index("petition_office")).all()
    assert (state.cases.used["priority"][1:] == 1).all()
    assert (state.cases.used["channel"][1:] == CHANNELS.index("petition")).all()
    assert state.cases.used["result"][filed] == OPEN
    assert flow(state.flows[0], "cases_opened") == flow(state.flows[0], "reopened") == taken.sum()
    assert flow(state.flows[0], "petitions") == 0


@pytest.mark.parametrize("authority", [0.0, 0.6])
def test_who_receives_petitions_decides_as_far_as_given_power(authority: float) -> None:
    """Notices a power that is not read, and a reception that does better than the departments it speaks for."""
    world = little(casework__unit_work=0.01, casework__weekend=1.0)
    v, state, process = world.parameters, begin(world), Casework(world.parameters)
    levers = at_rest(v, 1)
    levers["casework_petition_settles"], levers["casework_petition_authority"] = 1.0, authority
    state.desks["capacity"] = 1e6
    for number in range(4000):
        add_file(world, state, add_problem(state, "structure", number=number), "petition")
    process.work(world, state, today(world, levers))
    own = v["casework.fix"][DESKS.index("petition_office")]
    department = v["casework.department_fix"] * v["casework.petition_push"]
    assert near(state.cases.used["result"] == SOLVED, own + authority * (department - own))
