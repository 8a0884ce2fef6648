"""What complainants do next: file, hear the answer, learn, complain again, escalate, petition together, or give up."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled, inlined
from govsim.kernels.complaints import belief_column
from govsim.kernels.intake import (
    COMMITTEE,
    COURT_CHANNEL,
    FIRM,
    HOTLINE,
    PETITION,
    PLATFORM,
    POLICE,
    join_case,
    open_case,
)
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform
from govsim.world.records import BUILDING, COMPLAINED, DWELLING, ILL, OPEN, UNKNOWN, UNSOLVED, WAITING

_SECOND = int(Process.SECOND_STEP)
_JOIN = int(Process.JOIN)
_CALL_BACK = int(Process.CALL_BACK)

CROWD = 400  # most people followed in one petition
OF_HOTLINE = 2  # column of beliefs
GIVE_UP = -1


@compiled
def _submit(problem_row, channel, c, day, place, desk0, problems, cases, n_cases, levers, flows, p):
    """A complaint reaches an office: open a file on the problem or join the open one. Returns the number of files."""
    problem = problems[problem_row]
    flows[c, SLOTS.complaints + channel] += 1
    if channel == HOTLINE:
        flows[c, SLOTS.hotline_complaints + problem.kind] += 1
    if problem.known == UNKNOWN:
        problem.known = COMPLAINED
    if problem.case >= 0:
        join_case(cases[problem.case], channel)
        flows[c, SLOTS.cases_joined] += 1
        return n_cases
    wait = int(p.wait[channel])
    if channel == HOTLINE:
        wait = int(levers[c].casework_dispatch_days)
    n_cases = open_case(problems, problem_row, channel, wait, day, place, desk0, cases, n_cases)
    flows[c, SLOTS.cases_opened] += 1
    if problem.closings > 0:
        flows[c, SLOTS.reopened] += 1
    return n_cases


@compiled
def file_complaints(rows, n_rows, day, place, desk0, problems, cases, n_cases, complaints, n, people, levers, flows, p):
    """Take in today's first complaints, rows (resident, problem, channel). Returns the numbers of files and complaints.

    Raises IndexError when a pool is too small.
    """
    for r in range(n_rows):
        i, row, channel = rows[r, 0], rows[r, 1], rows[r, 2]
        if people[i].busy:
            continue
        if n >= complaints.shape[0]:
            raise IndexError("more open complaints than the pool holds")
        c = problems[row].compound
        n_cases = _submit(row, channel, c, day, place, desk0, problems, cases, n_cases, levers, flows, p)
        flows[c, SLOTS.first_complaints + channel] += 1
        people[i].busy = 1
        new = complaints[n]
        new.resident, new.compound, new.problem, new.case = i, c, row, problems[row].case
        new.first, new.step, new.channel, new.state = day, day, channel, WAITING
        new.used_hotline, new.done = 1 if channel == HOTLINE else 0, 0
        n += 1
    return n_cases, n


@inlined
def _towards(value, goal, rate):
    return value + rate * (goal - value)


@compiled
def _learn(channel, solved, i, town, minds, belief, public, p):
    """One felt answer: belief in whom one complained to, trust, satisfaction, and the town's public record."""
    column = belief_column(channel)
    belief[i, column] = _towards(belief[i, column], 1.0 if solved else 0.0, p.learn_solved if solved else p.learn_failed)
    step = p.trust_solved if solved else -p.trust_failed
    who = minds[i]
    if channel == FIRM:
        who.trust_firm = min(1.0, max(0.0, who.trust_firm + step))
    elif channel == POLICE:
        who.trust_police = min(1.0, max(0.0, who.trust_police + step))
    else:
        who.trust_committee = min(1.0, max(0.0, who.trust_committee + step))
    step = p.satisfaction_solved if solved else -p.satisfaction_failed
    who.satisfaction = min(1.0, max(0.0, who.satisfaction + step))
    if column == OF_HOTLINE:
        public[town] = _towards(public[town], 1.0 if solved else 0.0, 1.0 / p.public_memory)


@compiled
def hear_answers(
    day,
    place,
    desk0,
    problems,
    cases,
    n_cases,
    complaints,
    n,
    people,
    minds,
    belief,
    visible,
    public,
    levers,
    flows,
    p,
):
    """Complainants whose file was closed look whether the problem is gone, learn from it, and may be called back.

    visible: (compounds, 2) answers and solved answers of the committee that platform users can see, with slow forgetting.
    Returns the new number of files: an unsatisfied call-back can open the file again.
    """
    for r in range(n):
        it = complaints[r]
        problem = problems[it.problem]
        c, i, ch = it.compound, it.resident, it.channel
        result = cases[it.case].result if it.case >= 0 else OPEN
        if result == OPEN:
            if problem.gone and it.case < 0:  # was ill answered, but the problem has gone since
                it.done = 1
                people[i].busy = 0
            continue
        supervised = cases[it.case].supervised
        solved = result != UNSOLVED
        it.case = -1
        flows[c, SLOTS.answered] += 1
        if solved:
            flows[c, SLOTS.felt_solved + ch] += 1
            it.done = 1
            people[i].busy = 0
        else:
            flows[c, SLOTS.felt_failed + ch] += 1
            it.state = ILL
        _learn(ch, solved, i, place[c].town, minds, belief, public, p)
        if ch == COMMITTEE or ch == PLATFORM:
            visible[c, 0] += 1.0
            visible[c, 1] += 1.0 if solved else 0.0
        if not supervised:
            continue
        key, local = place[c].stream, i - place[c].resident0
        u, v = two_uniforms(key, _CALL_BACK, 0, local, 0, day)
        if u >= p.call_back:
            continue
        flows[c, SLOTS.callbacks] += 1
        if v < (p.content_solved if solved else p.content_failed):
            flows[c, SLOTS.callbacks_satisfied] += 1
        elif not solved and uniform(key, _CALL_BACK, 1, local, 0, day) < levers[c].casework_callback_reopen:
            if problem.case < 0 or cases[problem.case].result != OPEN:
                n_cases = open_case(
                    problems,
                    it.problem,
                    HOTLINE,
                    int(levers[c].casework_dispatch_days),
                    day,
                    place,
                    desk0,
                    cases,
                    n_cases,
                )
                flows[c, SLOTS.cases_opened] += 1
                flows[c, SLOTS.reopened] += 1
            it.case, it.state = problem.case, WAITING
    return n_cases


@compiled
def second_steps(day, place, desk0, problems, cases, n_cases, complaints, n, people, minds, belief, ties, levers, flows, p):
    """Each open complaint may go to the hotline (again), the police, a petition, court, or be given up: competing risks.

    Returns the new number of files.
    """
    marks = np.zeros(0, np.uint8)
    hazard = np.zeros(5)
    for r in range(n):
        it = complaints[r]
        if it.done or it.step == day:
            continue
        problem = problems[it.problem]
        if problem.gone:
            continue
        c, i = it.compound, it.resident
        who = people[i]
        ill = it.state == ILL
        drive = min(p.drive_cap, np.sqrt(who.voice)) * problem.severity
        hope = np.exp(p.belief_effect * (belief[i, OF_HOTLINE] - 0.5))
        if it.used_hotline:
            hazard[0] = (p.hotline_again_ill if ill else p.hotline_again_open) * drive * hope
        else:
            hazard[0] = (p.hotline_ill if ill else p.hotline_open) * drive * hope
        hazard[1] = p.police[problem.kind] * drive * (1.0 if ill else p.while_open)
        hazard[2] = p.petition[problem.kind] * drive * (1.0 - belief[i, OF_HOTLINE]) * (1.0 if ill else p.while_open)
        hazard[2] *= levers[c].complaints_petition_pull
        hazard[3] = p.court[problem.kind] * drive * levers[c].complaints_court_pull * (1.0 if ill else 0.0)
        hazard[4] = p.give_up_ill if ill else p.give_up_open
        total = hazard.sum()
        key, local = place[c].stream, i - place[c].resident0
        u, v = two_uniforms(key, _SECOND, 0, local, 0, day)
        if u >= 1.0 - np.exp(-total):
            continue
        step, sum_ = 0, hazard[0]
        while step < 4 and v * total >= sum_:
            step += 1
            sum_ += hazard[step]
        if step == 4:
            flows[c, SLOTS.given_up] += 1
            it.done = 1
            who.busy = 0
            continue
        channel = HOTLINE if step == 0 else (POLICE if step == 1 else (PETITION if step == 2 else COURT_CHANNEL))
        if channel == HOTLINE:
            if it.used_hotline:
                flows[c, SLOTS.repeat_complaints] += 1
            it.used_hotline = 1
        elif channel == PETITION:
            if marks.shape[0] < place[c].residents:
                marks = np.zeros(place[c].residents, np.uint8)
            joined = _petition(c, local, problem, place, people, minds, ties, p, marks)
            flows[c, SLOTS.petitioners] += joined
            flows[c, SLOTS.petitions + (1 if joined >= p.collective_from else 0)] += 1
            if p.is_property[problem.kind]:
                flows[c, SLOTS.property_petitions] += 1
        n_cases = _submit(it.problem, channel, c, day, place, desk0, problems, cases, n_cases, levers, flows, p)
        it.channel, it.step, it.state, it.case = channel, day, WAITING, problem.case
    return n_cases


@compiled
def _petition(c, local, problem, place, people, minds, ties, p, marks):
    """How many sign, the petitioner included: a threshold cascade over ties among those whom the problem reaches.

    A neighbour signs if signers + grievance pass the neighbour's own threshold (Granovetter 1978). `marks` is all
    zeros before and after.
    """
    if problem.reach == DWELLING:
        return 1
    first, key = place[c].resident0, place[c].stream
    crowd = np.empty(CROWD, np.int64)
    crowd[0], size, at = local, 1, 0
    marks[local] = 1
    while at < size:
        for s in range(ties.shape[1]):
            j = np.int64(ties[first + crowd[at], s])
            if j >= place[c].residents or marks[j] or size >= CROWD:
                continue
            who = minds[first + j]
            elsewhere = problem.reach == BUILDING and who.building != problem.building - place[c].building0
            if elsewhere or people[first + j].voice == 0.0:
                continue
            grievance = who.annoyance / (who.annoyance + 1.0) * (1.0 - who.service_felt)
            threshold = p.threshold_least + p.threshold_spread * uniform(key, _JOIN, 0, j, 0, 0)
            if (size + 1) / p.threshold_scale + p.grievance_weight * grievance > threshold:
                crowd[size] = j
                marks[j] = 1
                size += 1
        at += 1
    for s in range(size):
        marks[crowd[s]] = 0
    return size
