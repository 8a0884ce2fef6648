"""Casework: real queues. Each desk serves its line first in, first out, with the working time it has today."""

from __future__ import annotations

import numpy as np

from govsim.kernels.books import FEN, FUND
from govsim.kernels.compiled import compiled, inlined
from govsim.kernels.intake import (
    COMMITTEE_DESK,
    COURT,
    DEPARTMENT,
    FIRM_DESK,
    MEDIATORS,
    PETITION_OFFICE,
    POLICE_DESK,
    TOWN_DESK,
    desk_row,
)
from govsim.kernels.pools import problem_entity
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform
from govsim.world.records import FOUND_BY_STAFF, OPEN, SOLVED, UNSOLVED, WITHDRAWN

_TREAT = int(Process.TREAT)
_HAND_OVER = int(Process.HAND_OVER)
_EXPIRE = int(Process.EXPIRE)
_STOCK = int(Process.STOCK)

# What a treatment comes to; a value of PASS + desk kind hands the file on.
AGAIN, PASS = 0, 10
LOCAL_DESKS = 4  # codes of vocabulary.COMPETENT below this are local desks, from here on departments


@compiled
def queue_up(day, cases, n_cases, line, n_line):
    """Files that reach a desk today join the end of the line, in the order in which they were opened."""
    for i in range(n_cases):
        if cases[i].result == OPEN and cases[i].waiting == 0 and cases[i].arrives <= day:
            if n_line >= line.shape[0]:
                raise IndexError("more waiting files than the line holds")
            line[n_line] = i
            n_line += 1
            cases[i].waiting = 1
    return n_line


@compiled
def serve(
    day,
    day_share,
    line,
    n_line,
    cases,
    problems,
    desks,
    desk0,
    place,
    quality,
    fund,
    oversight,
    trust,
    stocks,
    accounts,
    repairs_due,
    levers,
    flows,
    p,
):
    """One working day of all desks; returns the new length of the line.

    line: rows of waiting files in order of arrival, split here by desk (supervised petitions go first). A desk gains
    its capacity x staffing x day_share[kind] and treats files until its time is used up; a file that took more than was left
    is paid for by the next day. An idle desk does not save up time. Treated files leave the line, or, to be tried
    again, go to its end. A solved case may remove one of the stock that fed it: stocks (n, FEEDING), in place.
    accounts, repairs_due: what maintenance funds hold and owe, in fen.
    """
    n_desks = desks.shape[0]
    start = np.zeros(2 * n_desks + 1, np.int64)
    for q in range(n_line):
        case = cases[line[q]]
        start[2 * case.desk + (0 if case.priority else 1) + 1] += 1
    for d in range(2 * n_desks):
        start[d + 1] += start[d]
    order = np.empty(n_line, np.int32)
    at = start[:-1].copy()
    for q in range(n_line):
        case = cases[line[q]]
        slot = 2 * case.desk + (0 if case.priority else 1)
        order[at[slot]] = line[q]
        at[slot] += 1
    again = np.empty(n_line, np.int32)
    n_again = 0
    for d in range(n_desks):
        desk = desks[d]
        desk.credit += desk.capacity * desk.staffing * day_share[desk.kind]
        desk.used = 0.0
        q, end = start[2 * d], start[2 * d + 2]
        while q < end and desk.credit > 0.0:
            i = order[q]
            q += 1
            case = cases[i]
            work = _work(case, problems[case.problem], day, place, levers, p)
            desk.credit -= work
            desk.used += work
            flows[case.compound, SLOTS.work + desk.kind] += work * p.days_per_unit
            case.waiting = 0
            if (
                _treat(
                    case,
                    problems[case.problem],
                    day,
                    place,
                    desk0,
                    quality,
                    fund,
                    oversight,
                    trust,
                    desk.skill,
                    stocks,
                    accounts,
                    repairs_due,
                    levers,
                    flows,
                    p,
                )
                == AGAIN
            ):
                case.waiting = 1
                again[n_again] = i
                n_again += 1
        if q == end:
            desk.credit = min(desk.credit, 0.0)
    kept = 0
    for q in range(n_line):  # waiting == 1 and not tried today
        case = cases[line[q]]
        if case.result == OPEN and case.waiting == 1 and case.treated_on != day:
            line[kept] = line[q]
            kept += 1
    for q in range(n_again):
        line[kept] = again[q]
        kept += 1
    return kept


@inlined
def _work(case, problem, day, place, levers, p):
    """Working time of one treatment, in standard cases: the desk's mean, spread evenly around it."""
    u = uniform(place[case.compound].stream, _TREAT, 0, problem_entity(problem), problem.born, day)
    return p.unit_work[case.desk_kind] * (1.0 + levers[case.compound].casework_work_spread * (2.0 * u - 1.0))


@compiled
def _treat(
    case, problem, day, place, desk0, quality, fund, oversight, trust, skill, stocks, accounts, repairs_due, levers, flows, p,
):  # fmt: skip
    """One treatment: solve, close unsolved, hand on, or try again. Returns AGAIN if the file stays at this desk."""
    c = case.compound
    case.treatments = min(case.treatments + 1, 100)
    case.treated_on = day
    if problem.gone:
        close(case, problem, WITHDRAWN, day, flows, p)
        return 1
    key, entity = place[c].stream, problem_entity(problem)
    u, v = two_uniforms(key, _TREAT, 1, entity, problem.born, day)
    w, x = two_uniforms(key, _TREAT, 2, entity, problem.born, day)
    desk = case.desk_kind
    target = _next_desk(case, problem, desk, u, w, levers[c], p)
    if target >= 0:
        _hand_over(case, problem, target, day, place, desk0, levers[c], flows, p)
        return 1
    cost = _fund_pays(problem, desk, levers[c], p)
    solved = target == -2 and v < _chance(
        case, problem, desk, quality[c], fund[c], oversight[c], trust[c], skill, x, levers[c], p
    )
    if solved and cost > 0:  # what the fund cannot pay is not done
        if repairs_due[c] + cost > accounts[c, FUND]:
            solved = False
        else:
            repairs_due[c] += cost
    if desk == COMMITTEE_DESK or desk == MEDIATORS:
        if target == -2 and (p.dispute[problem.kind] or p.property_dispute[problem.kind]):
            flows[c, SLOTS.mediations] += 1
            flows[c, SLOTS.mediations_settled] += 1 if solved else 0
    if solved:
        close(case, problem, SOLVED, day, flows, p)
        stock = p.stock_of[problem.kind]
        if stock >= 0 and stocks[c, stock] > 0:
            if uniform(key, _STOCK, 8, entity, problem.born, day) < p.removed_by_case[stock]:
                stocks[c, stock] -= 1
                flows[c, SLOTS.stock_removed + stock] += 1
        return 1
    # nobody's business, or the treatment failed: some files are closed all the same
    if target == -1 or uniform(key, _TREAT, 3, entity, problem.born, day) < levers[c].casework_premature_closing:
        close(case, problem, UNSOLVED, day, flows, p)
        return 1
    return AGAIN


@compiled
def _competent(kind, w, p):
    """Who owns this kind of problem, drawn from the table of competence: code of vocabulary.COMPETENT."""
    code = 0
    while code < p.competent.shape[1] - 1 and w > p.competent[kind, code]:
        code += 1
    return code


@compiled
def _next_desk(case, problem, desk, u, w, levers, p):
    """Where the file goes: -2 treated here, -1 nobody takes it, else desk kind, plus 100 x department for departments.

    u decides on authority, w on who is competent.
    """
    kind = problem.kind
    code = _competent(kind, w, p)
    owner = code if code < LOCAL_DESKS else DEPARTMENT + 100 * (code - LOCAL_DESKS)
    if p.property_dispute[kind] and (desk == TOWN_DESK or desk == COURT) and u < levers.mediation_property:
        return MEDIATORS
    if desk == PETITION_OFFICE and u < levers.casework_petition_settles:  # at the first contact
        return -2
    if desk == TOWN_DESK or desk == PETITION_OFFICE:  # dispatch, unless the town's own teams settle it
        if desk == TOWN_DESK and u < min(1.0, p.authority[desk, kind] * levers.casework_town_settles):
            return -2
        return -2 if owner == TOWN_DESK else owner
    if desk == DEPARTMENT:
        return TOWN_DESK if u < levers.casework_bounce else -2
    if desk == POLICE_DESK:
        if u < levers.mediation_diversion and p.dispute[kind]:
            return MEDIATORS
        return -2
    if desk == COURT or desk == MEDIATORS or u < p.authority[desk, kind]:
        return -2
    if desk == COMMITTEE_DESK and owner == FIRM_DESK:  # the committee calls the firm
        return FIRM_DESK
    if uniform_part(u, p.authority[desk, kind]) < levers.casework_hand_on:
        return COMMITTEE_DESK if desk == FIRM_DESK and p.dispute[kind] else TOWN_DESK
    return -1


@inlined
def uniform_part(u, used):
    """The part of a uniform draw above `used`, stretched to (0, 1)."""
    return (u - used) / max(1e-12, 1.0 - used)


@compiled
def _chance(case, problem, desk, quality, fund, oversight, trust, skill, x, levers, p):
    """Chance that this treatment solves the problem, by who treats it. x is the draw on the money for large repairs."""
    kind = problem.kind
    if desk == FIRM_DESK:
        if p.uses_fund[kind] and problem.severity > p.large_repair and x > fund * (p.fund_access + p.fund_oversight * oversight):
            return 0.0
        chance = p.firm_fix + p.firm_fix_quality * quality[p.service[kind]]
        return min(0.98, chance * (p.supervised_push if case.supervised else 1.0))
    if desk == COMMITTEE_DESK or desk == MEDIATORS:
        logit = p.mediation_level + p.mediation_trust * (trust - 0.5) - p.mediation_severity * (problem.severity - 1.0)
        logit += skill + levers.committee_skill if desk == COMMITTEE_DESK else p.mediator_skill + levers.mediation_skill
        return 1.0 / (1.0 + np.exp(-logit))
    department = min(0.98, levers.casework_department_fix * (p.petition_push if case.priority else 1.0))
    if desk == DEPARTMENT:
        return department
    if desk == PETITION_OFFICE:  # a leader who receives speaks for the departments
        return p.fix[desk] + levers.casework_petition_authority * (department - p.fix[desk])
    return p.fix[desk]


@inlined
def _fund_pays(problem, desk, levers, p):
    """What the maintenance fund pays for the treatment, in fen: large repairs by the firm."""
    if desk == FIRM_DESK and p.uses_fund[problem.kind] and problem.severity > p.large_repair:
        return int(p.repair_cost * levers.casework_repair_price * FEN * problem.severity)
    return 0


@compiled
def _hand_over(case, problem, target, day, place, desk0, levers, flows, p):
    """Pass the file to another desk. It arrives after a day and a geometric delay; a mistake in the address adds a second."""
    desk, department = target % 100, target // 100
    c = case.compound
    mean = max(1e-9, levers.casework_handover_days)
    if desk == FIRM_DESK or desk == MEDIATORS:  # within the neighbourhood a call is enough
        mean = max(1e-9, mean * p.near_handover)
    if desk == MEDIATORS:
        mean = max(1e-9, mean * (1.0 - levers.mediation_contact))
    u, v = two_uniforms(place[c].stream, _HAND_OVER, case.hands, problem_entity(problem), problem.born, day)
    delay = 1 + int(np.log(u) / np.log1p(-1.0 / (1.0 + mean)))
    if desk == DEPARTMENT and v > levers.casework_right_first:  # sent to the wrong department first, and sent on
        delay += 1 + int(mean)
        flows[c, SLOTS.hand_overs] += 1
    case.desk_kind = desk
    case.desk = desk_row(desk, department, c, problem.building, place, desk0)
    case.arrives = day + delay
    case.hands = min(case.hands + 1, 10_000)
    flows[c, SLOTS.hand_overs] += 1


@compiled
def close(case, problem, result, day, flows, p):
    """Close a file: what is recorded (a closing, in time or not) and what happened (the problem gone or not)."""
    c = case.compound
    case.result = result
    case.waiting = 0
    problem.case = -1 if result == UNSOLVED else problem.case
    flows[c, SLOTS.cases_closed + result - 1] += 1
    flows[c, SLOTS.closing_days] += day - case.opened
    if case.supervised:
        flows[c, SLOTS.supervised_closed] += 1
        flows[c, SLOTS.supervised_in_time] += 1 if day - case.opened <= p.deadline else 0
    if case.channel == FOUND_BY_STAFF and day - case.opened <= p.handled_within:
        flows[c, SLOTS.found_handled] += 1
    if result == UNSOLVED:
        problem.closings = min(problem.closings + 1, 10_000)
        problem.known = 1
    else:
        problem.gone = 1


@compiled
def expire(day, cases, n_cases, problems, place, levers, flows, p):
    """Old files are at risk of being closed although nothing was solved: supervised ones past the internal deadline,
    the others when they have lain so long that nobody asks any more."""
    for i in range(n_cases):
        case = cases[i]
        age = day - case.opened
        if case.result != OPEN or age <= (p.expires_after if case.supervised else p.lapses_after):
            continue
        problem = problems[case.problem]
        chance = levers[case.compound].casework_expired_closing if case.supervised else p.lapse
        u = uniform(place[case.compound].stream, _EXPIRE, 0, problem_entity(problem), problem.born, day)
        if u < chance:
            close(case, problem, WITHDRAWN if problem.gone else UNSOLVED, day, flows, p)
