"""Opening and joining case files: the counter of every desk."""

from __future__ import annotations

from govsim.kernels.compiled import compiled, inlined
from govsim.world.records import OPEN

FIRM_DESK, COMMITTEE_DESK, MEDIATORS, TOWN_DESK, POLICE_DESK, PETITION_OFFICE, DEPARTMENT, COURT = range(8)
FIRM, COMMITTEE, PLATFORM, HOTLINE, POLICE, PETITION, COURT_CHANNEL = range(7)
N_DEPARTMENTS = 7


@inlined
def desk_row(desk_kind, department, compound, building, place, desk0):
    """Row of the desk of a kind that serves this place. `desk0` holds the first row of each kind of desk."""
    here = place[compound]
    first = desk0[desk_kind]
    if desk_kind == FIRM_DESK:
        return first + compound
    if desk_kind == COMMITTEE_DESK:  # a very large estate has several committees, each for its own buildings
        return first + here.committee0 + (building - here.building0) * here.committees // here.buildings
    if desk_kind == POLICE_DESK:
        return first + here.beat
    if desk_kind == DEPARTMENT:
        return first + here.district * N_DEPARTMENTS + department
    if desk_kind == COURT:
        return first + here.district
    return first + here.town


@inlined
def first_desk(channel):
    """Which kind of desk a complaint reaches first, by channel; what staff find goes to the town."""
    if channel == FIRM:
        return FIRM_DESK
    if channel == COMMITTEE or channel == PLATFORM:
        return COMMITTEE_DESK
    if channel == POLICE:
        return POLICE_DESK
    if channel == PETITION:
        return PETITION_OFFICE
    if channel == COURT_CHANNEL:
        return COURT
    return TOWN_DESK


@compiled
def open_case(problems, i, channel, wait, day, place, desk0, cases, n):
    """Open a file on problem `i` that reaches its first desk after `wait` days. Returns the new number of files.

    Raises IndexError when the pool is too small.
    """
    if n >= cases.shape[0]:
        raise IndexError("more cases than the pool holds")
    it = problems[i]
    desk_kind = first_desk(channel)
    new = cases[n]
    new.problem, new.compound, new.kind, new.channel = i, it.compound, it.kind, channel
    new.desk_kind = new.first_desk = desk_kind
    new.desk = desk_row(desk_kind, 0, it.compound, it.building, place, desk0)
    new.opened, new.arrives = day, day + wait
    new.supervised = 1 if channel == HOTLINE or channel == PETITION else 0
    new.priority = 1 if channel == PETITION else 0
    new.waiting, new.result, new.treatments, new.hands, new.treated_on = 0, OPEN, 0, 0, -1
    it.case = n
    it.files = min(it.files + 1, 10_000)
    new.nth = it.files
    return n + 1


@compiled
def join_case(case, channel):
    """A further complaint joins the file; from the hotline or a petition it also puts the file under supervision."""
    if channel == HOTLINE or channel == PETITION:
        case.supervised = 1
    if channel == PETITION:
        case.priority = 1
