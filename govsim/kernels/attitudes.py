"""What residents feel and believe, once a week; neighbours influence each other.

A compound is copied into columns of single precision, each attitude is one short loop over a column (which the
compiler turns into vector code), and the columns are copied back. All arithmetic is in double precision.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, uniform
from govsim.world.records import DWELLING

_ADOPT = int(Process.ADOPT)
MAX_TIES = 8
NO_TIE = 65535

# Rows of the columns of one compound. The first eight come from and go back to records.MIND and beliefs.
SATISFACTION, FIRM, COMMITTEE, POLICE, BELONGING, FEAR, ANNOYANCE, SERVICE = range(8)
BELIEF = 8  # four of them
ANCHOR, TASTE, LOAD, DISORDER, TIES, ALIKE, NEAR_BELONGING, NEAR_FEAR = range(12, 20)
WORD = 20  # four of them: what neighbours believe
GOAL, BOTHER, READS = 24, 25, 26
COLUMNS = 27
SUMS = 13
OF_HOTLINE = 2

# Columns of what neighbours see of each other (one row per resident, so that a neighbour is one cache line or two).
SEEN_SATISFACTION, SEEN_BELONGING, SEEN_FEAR, SEEN_BELIEF, SEEN = 0, 1, 2, 3, 8


@compiled
def home_loads(problems, n, loads):
    """Sum of severities of problems inside each home, into loads (households,)."""
    loads[:] = 0.0
    for i in range(n):
        if problems[i].gone == 0 and problems[i].reach == DWELLING:
            loads[problems[i].household] += problems[i].severity


@compiled
def live_a_week(
    c0, c1, place, household_residents, of_building, of_compound, home, quality, openness, minds, belief, ties, public,
    rumour, visible, crime, people, levers, p, sums,
):  # fmt: skip
    """One week for residents of compounds c0..c1, in place.

    of_building, of_compound (.., 2): load of annoyance and of disorder, see problems.felt_loads; home: load at home by
    household; public: the town's felt share of solved complaints; rumour: what residents hear from other compounds
    about the hotline (-1: nothing); visible: answers that platform users see; crime (n,): crimes that residents
    know of, per 1,000 residents.
    sums (n, SUMS): totals over residents, see `tally`. All residents look at last week's neighbours (synchronous update).
    """
    largest = 0
    for c in range(c0, c1):
        largest = max(largest, place[c].residents)
    room = np.empty((COLUMNS + SEEN) * largest, np.float32)
    for c in range(c0, c1):
        here = place[c]
        first, n = here.resident0, here.residents
        x = room[: COLUMNS * n].reshape(COLUMNS, n)
        seen = room[COLUMNS * n : (COLUMNS + SEEN) * n].reshape(n, SEEN)
        _look(first, n, minds, belief, ties, p.confidence, seen, x)
        _carry(here, first, n, household_residents, of_building, of_compound[c], home, minds, p, x)
        for i in range(n):
            x[READS, i] = people[first + i].on_platform
        known = crime[c] / (crime[c] + p.crime_half) - p.crime_reference
        _feel(x, quality[c].mean(), openness[c] + levers[c].accounts_openness, known, p)
        answers = visible[c, 1] / visible[c, 0] if visible[c, 0] > 0.0 else -1.0
        _believe(x, public[here.town], rumour[c], answers, levers[c].platform_answers, p)
        _settle(first, n, x, minds, belief, people, sums[c])


@compiled
def _look(first, n, minds, belief, ties, confidence, seen, x):
    """Everybody shows and sees: last week's attitudes of the neighbours, as means over ties.

    ALIKE is the mean satisfaction of neighbours within `confidence` of one's own, -1 if there is none.
    """
    for i in range(n):
        who = minds[first + i]
        seen[i, SEEN_SATISFACTION], seen[i, SEEN_BELONGING], seen[i, SEEN_FEAR] = (
            who.satisfaction,
            who.belonging,
            who.fear,
        )
        for j in range(4):
            seen[i, SEEN_BELIEF + j] = x[BELIEF + j, i] = belief[first + i, j]
    for i in range(n):
        known = 0
        alike = satisfaction = belonging = fear = np.float32(0.0)
        firm = committee = hotline = police = np.float32(0.0)  # scalars: this is the innermost loop of the week
        mine = seen[i, SEEN_SATISFACTION]
        for s in range(MAX_TIES):
            j = ties[first + i, s]
            if j == NO_TIE:
                break
            known += 1
            belonging += seen[j, SEEN_BELONGING]
            fear += seen[j, SEEN_FEAR]
            firm += seen[j, SEEN_BELIEF]
            committee += seen[j, SEEN_BELIEF + 1]
            hotline += seen[j, SEEN_BELIEF + 2]
            police += seen[j, SEEN_BELIEF + 3]
            near = np.float32(1.0) if abs(seen[j, SEEN_SATISFACTION] - mine) < confidence else np.float32(0.0)
            alike += near
            satisfaction += near * seen[j, SEEN_SATISFACTION]
        share = 1.0 / max(1, known)
        x[TIES, i] = known
        x[ALIKE, i] = satisfaction / alike if alike > 0.0 else -1.0
        x[NEAR_BELONGING, i], x[NEAR_FEAR, i] = belonging * share, fear * share
        x[WORD, i], x[WORD + 1, i] = firm * share, committee * share
        x[WORD + 2, i], x[WORD + 3, i] = hotline * share, police * share


@compiled
def _carry(here, first, n, household_residents, of_building, of_compound, home, minds, p, x):
    """Residents' own attitudes and what weighs on them, into columns."""
    h = here.household0
    for i in range(n):
        while first + i >= household_residents[h + 1]:
            h += 1
        who = minds[first + i]
        b = here.building0 + who.building
        x[LOAD, i] = of_building[b, 0] + of_compound[0] + home[h] * p.annoyance_home
        x[DISORDER, i] = of_building[b, 1] + of_compound[1]
        x[SATISFACTION, i], x[FIRM, i], x[COMMITTEE, i] = who.satisfaction, who.trust_firm, who.trust_committee
        x[POLICE, i], x[BELONGING, i], x[FEAR, i] = who.trust_police, who.belonging, who.fear
        x[ANNOYANCE, i], x[SERVICE, i], x[ANCHOR, i], x[TASTE, i] = (
            who.annoyance,
            who.service_felt,
            who.anchor,
            who.taste,
        )


@compiled
def _drift(value, goal, up, down):
    """One step of a column towards its goals, at rate `up` or `down`, within 0..1."""
    for i in range(value.shape[0]):
        gap = goal[i] - value[i]
        value[i] = min(1.0, max(0.0, value[i] + (up if gap > 0.0 else down) * gap))


@compiled
def _towards(value, others, ties, rate):
    """One step of a column towards what others show, for those whose `ties` are above zero."""
    for i in range(value.shape[0]):
        step = rate * (others[i] - value[i])
        value[i] = value[i] + (step if ties[i] > 0.0 else 0.0)


@compiled
def _relax(value, goal, rate):
    """One step of a column towards one goal for all."""
    for i in range(value.shape[0]):
        value[i] = value[i] + rate * (goal - value[i])


@compiled
def _linear(goal, level, slope, column, middle):
    """goal = level + slope x (column - middle)."""
    for i in range(goal.shape[0]):
        goal[i] = level + slope * (column[i] - middle)


@compiled
def _add(goal, slope, column, middle):
    """goal += slope x (column - middle)."""
    for i in range(goal.shape[0]):
        goal[i] = goal[i] + slope * (column[i] - middle)


@compiled
def _saturating(out, column, half, scale, level):
    """out = level + scale x column / (column + half)."""
    for i in range(out.shape[0]):
        out[i] = level + scale * (column[i] / (column[i] + half))


@compiled
def _feel(x, service, open_books, crime, p):
    """Attitudes of a compound's columns: annoyance, service felt, satisfaction, trust, belonging, fear, in this order.

    service: mean quality of the firm's services; open_books: how open the accounts are; crime: how much crime
    is known of, around 0.
    """
    goal, bother = x[GOAL], x[BOTHER]
    x[GOAL] = 1.0
    _towards(x[ANNOYANCE], x[LOAD], x[GOAL], p.annoyance_rate)
    _saturating(bother, x[ANNOYANCE], 1.0, 1.0, -p.bother_reference)
    _linear(goal, service, 1.0, x[TASTE], 0.0)
    _add(goal, -p.service_bother, bother, 0.0)
    _drift(x[SERVICE], goal, p.service_up, p.service_down)
    safe = p.satisfaction_service * (service - p.service_reference) - p.satisfaction_crime * crime
    _linear(goal, safe, 1.0, x[ANCHOR], 0.0)
    _add(goal, -p.satisfaction_bother, bother, 0.0)
    _add(goal, p.satisfaction_trust, x[FIRM], p.trust_reference)
    _drift(x[SATISFACTION], goal, p.satisfaction_up, p.satisfaction_down)
    _towards(x[SATISFACTION], x[ALIKE], x[ALIKE], p.satisfaction_neighbours)
    _linear(
        goal,
        p.trust_firm_level + p.trust_firm_books * (open_books - p.books_reference),
        p.trust_firm_service,
        x[SERVICE],
        0.0,
    )
    _drift(x[FIRM], goal, p.trust_up * (p.trust_books_least + p.trust_books_speed * open_books), p.trust_down)
    _linear(goal, p.trust_committee_level, p.trust_committee_belief, x[BELIEF + 1], 0.5)
    _drift(x[COMMITTEE], goal, p.trust_up, p.trust_down)
    _linear(goal, p.trust_police_level, p.trust_police_belief, x[BELIEF + 3], 0.5)
    _add(goal, -p.trust_police_fear, x[FEAR], p.fear_level)
    _drift(x[POLICE], goal, p.trust_up, p.trust_down)
    _linear(goal, p.belonging_level - p.belonging_crime * crime, p.belonging_ties, x[TIES], 0.0)
    _add(goal, p.belonging_satisfaction, x[SATISFACTION], p.satisfaction_reference)
    _drift(x[BELONGING], goal, p.belonging_rate, p.belonging_rate)
    _towards(x[BELONGING], x[NEAR_BELONGING], x[TIES], p.belonging_neighbours)
    _saturating(goal, x[DISORDER], p.disorder_half, p.fear_disorder, p.fear_level + p.fear_crime * crime)
    _add(goal, -p.fear_ties, x[TIES], 0.0)
    _add(goal, -p.fear_police, x[POLICE], 0.5)
    _drift(x[FEAR], goal, p.fear_up, p.fear_down)
    _towards(x[FEAR], x[NEAR_FEAR], x[TIES], p.fear_neighbours)


@compiled
def _believe(x, public, rumour, answers, reading, p):
    """Beliefs that complaining helps: neighbours' word, forgetting, the public record, answers that users can see."""
    for j in range(4):
        _towards(x[BELIEF + j], x[WORD + j], x[TIES], p.belief_neighbours)
        if j == OF_HOTLINE:
            _relax(x[BELIEF + j], p.belief_public_weight * public, p.belief_public)
            if rumour >= 0.0:
                _relax(x[BELIEF + j], rumour, p.belief_rumour)
        else:
            _relax(x[BELIEF + j], 0.5, p.belief_forget)
    if answers >= 0.0:  # users of the platform see how others were answered
        x[GOAL] = answers
        _towards(x[BELIEF + 1], x[GOAL], x[READS], p.belief_visible * reading)


@compiled
def _settle(first, n, x, minds, belief, people, sums):
    """Columns back into records, and their totals over residents."""
    for i in range(n):
        who = minds[first + i]
        who.satisfaction, who.trust_firm, who.trust_committee = x[SATISFACTION, i], x[FIRM, i], x[COMMITTEE, i]
        who.trust_police, who.belonging, who.fear = x[POLICE, i], x[BELONGING, i], x[FEAR, i]
        who.annoyance, who.service_felt = x[ANNOYANCE, i], x[SERVICE, i]
        for j in range(4):
            belief[first + i, j] = x[BELIEF + j, i]
    t0 = t1 = t2 = t3 = t4 = t5 = t6 = t7 = t8 = t9 = t10 = users = volunteers = 0.0
    for i in range(n):
        t0 += x[SATISFACTION, i]
        t1 += x[FIRM, i]
        t2 += x[COMMITTEE, i]
        t3 += x[POLICE, i]
        t4 += x[BELONGING, i]
        t5 += x[FEAR, i]
        t6 += x[ANNOYANCE, i]
        t7 += x[BELIEF, i]
        t8 += x[BELIEF + 1, i]
        t9 += x[BELIEF + 2, i]
        t10 += x[BELIEF + 3, i]
        users += people[first + i].on_platform
        volunteers += minds[first + i].volunteer
    sums[0], sums[1], sums[2], sums[3], sums[4], sums[5] = t0, t1, t2, t3, t4, t5
    sums[6], sums[7], sums[8], sums[9], sums[10], sums[11] = t6, t7, t8, t9, t10, users
    sums[12] = volunteers


@compiled
def tally(place, people, minds, belief):
    """Totals over residents by compound (n, SUMS): satisfaction, three trusts, belonging, fear, annoyance, four beliefs,
    platform users and volunteers, in this order."""
    sums = np.zeros((place.shape[0], SUMS))
    for c in range(place.shape[0]):
        total = sums[c]
        for i in range(place[c].resident0, place[c].resident0 + place[c].residents):
            who = minds[i]
            total[0] += who.satisfaction
            total[1] += who.trust_firm
            total[2] += who.trust_committee
            total[3] += who.trust_police
            total[4] += who.belonging
            total[5] += who.fear
            total[6] += who.annoyance
            for j in range(4):
                total[7 + j] += belief[i, j]
            total[11] += people[i].on_platform
            total[12] += who.volunteer
    return sums


@compiled
def join_platform(day, place, household_residents, tenure, online, people, levers, p, flows):
    """Weekly adoption of an online platform where there is one: from outside (promotion) and from neighbours who use it."""
    for c in range(place.shape[0]):
        if levers[c].platform_open <= 0.0:
            continue
        here = place[c]
        pool, users = 0, 0
        for i in range(here.resident0, here.resident0 + here.residents):
            pool += online[i]
            users += people[i].on_platform
        share = users / max(1, pool)
        for h in range(here.household0, here.household0 + here.households):
            rate = (p.adopt_alone * levers[c].platform_promotion + p.adopt_others * share) * p.adopt_tenure[tenure[h]]
            rate *= levers[c].platform_open
            for i in range(household_residents[h], household_residents[h + 1]):
                if online[i] and not people[i].on_platform:
                    if uniform(here.stream, _ADOPT, 0, i - here.resident0, 0, day) < 1.0 - np.exp(-rate):
                        people[i].on_platform = 1
                        flows[c, SLOTS.platform_joined] += 1
