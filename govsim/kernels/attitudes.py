"""What residents feel, once a week: annoyance, satisfaction, trust, belonging, fear, beliefs; neighbours influence each other."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled, inlined
from govsim.randomness import Process, uniform
from govsim.world.records import DWELLING

_ADOPT = int(Process.ADOPT)
SATISFACTION, BELONGING, FEAR, BELIEF = 0, 1, 2, 3  # columns of what neighbours see of each other
THERE = 7  # 1 for a resident, 0 in the last row, which stands for no neighbour
SHARED = 8
MAX_TIES = 8


@compiled
def home_loads(problems, n, loads):
    """Sum of severities of problems inside each home, into loads (households,)."""
    loads[:] = 0.0
    for i in range(n):
        if problems[i].gone == 0 and problems[i].reach == DWELLING:
            loads[problems[i].household] += problems[i].severity


@inlined
def _drift(value, goal, up, down):
    """One step towards a goal: good news at rate `up`, bad news at rate `down`."""
    return value + (up if goal > value else down) * (goal - value)


@compiled
def live_a_week(
    c0,
    c1,
    place,
    household_residents,
    of_building,
    of_compound,
    home,
    quality,
    oversight,
    minds,
    belief,
    ties,
    public,
    rumour,
    visible,
    people,
    levers,
    p,
    sums,
):
    """One week for residents of compounds c0..c1, in place.

    of_building, of_compound (.., 2): load of annoyance and of disorder, see problems.loads; home: load at home by
    household; public: the town's felt share of solved complaints; rumour: what residents hear from other compounds
    about the hotline (-1: nothing); visible: answers that platform users see.
    sums (n, 12): totals over residents of satisfaction, three trusts, belonging, fear, annoyance, four beliefs and
    platform users, in that order. All residents look at last week's neighbours (synchronous update).
    """
    for c in range(c0, c1):
        here = place[c]
        first, n = here.resident0, here.residents
        seen = np.zeros((n + 1, SHARED), np.float32)
        seen[:n, THERE] = 1.0
        for i in range(n):
            who = minds[first + i]
            seen[i, SATISFACTION], seen[i, BELONGING], seen[i, FEAR] = who.satisfaction, who.belonging, who.fear
            for j in range(4):
                seen[i, BELIEF + j] = belief[first + i, j]
        service = 0.0
        for s in range(quality.shape[1]):
            service += quality[c, s] / quality.shape[1]
        open_books = oversight[c] + levers[c].accounts_openness
        answers = visible[c, 1] / visible[c, 0] if visible[c, 0] > 0.0 else -1.0
        sums[c, :] = 0.0
        h = here.household0
        for i in range(n):
            at = first + i
            while at >= household_residents[h + 1]:
                h += 1
            who, b = minds[at], here.building0 + minds[at].building
            load = of_building[b, 0] + of_compound[c, 0] + home[h] * p.annoyance_home
            disorder = of_building[b, 1] + of_compound[c, 1]
            known, alike, belonging, fear, word = _neighbours(seen, ties, at, i, p.confidence)
            _feel(who, belief, at, load, disorder, service, open_books, known, alike, belonging, fear, p)
            _believe(
                belief,
                at,
                word,
                known,
                public[here.town],
                rumour[c],
                answers if people[at].on_platform else -1.0,
                levers[c].platform_answers,
                p,
            )
            sums[c, 0] += who.satisfaction
            sums[c, 1] += who.trust_firm
            sums[c, 2] += who.trust_committee
            sums[c, 3] += who.trust_police
            sums[c, 4] += who.belonging
            sums[c, 5] += who.fear
            sums[c, 6] += who.annoyance
            for j in range(4):
                sums[c, 7 + j] += belief[at, j]
            sums[c, 11] += people[at].on_platform


@inlined
def _neighbours(seen, ties, at, i, confidence):
    """What the neighbours show: number of ties, mean satisfaction of those within `confidence` (-1 if none), mean
    belonging, fear and four beliefs of all. Scalars, not an array: this is the innermost loop of the week."""
    known = alike = np.float32(0.0)
    satisfaction = belonging = fear = np.float32(0.0)
    firm = committee = hotline = police = np.float32(0.0)
    mine, nobody = seen[i, SATISFACTION], seen.shape[0] - 1
    for s in range(MAX_TIES):
        j = min(np.int64(ties[at, s]), nobody)
        known += seen[j, THERE]
        belonging += seen[j, BELONGING]
        fear += seen[j, FEAR]
        firm += seen[j, BELIEF]
        committee += seen[j, BELIEF + 1]
        hotline += seen[j, BELIEF + 2]
        police += seen[j, BELIEF + 3]
        near = seen[j, THERE] if abs(seen[j, SATISFACTION] - mine) < confidence else np.float32(0.0)
        alike += near
        satisfaction += near * seen[j, SATISFACTION]
    share = 1.0 / max(1.0, known)
    like_minded = satisfaction / alike if alike > 0.0 else -1.0
    return (
        known,
        like_minded,
        belonging * share,
        fear * share,
        (firm * share, committee * share, hotline * share, police * share),
    )


@inlined
def _feel(who, belief, at, load, disorder, service, open_books, known, alike, belonging, fear, p):
    who.annoyance += p.annoyance_rate * (load - who.annoyance)
    bother = who.annoyance / (who.annoyance + 1.0) - p.bother_reference
    goal = who.taste + service - p.service_bother * bother
    who.service_felt = min(1.0, max(0.0, _drift(who.service_felt, goal, p.service_up, p.service_down)))
    goal = who.anchor + p.satisfaction_service * (service - p.service_reference) - p.satisfaction_bother * bother
    goal += p.satisfaction_trust * (who.trust_firm - p.trust_reference)
    value = _drift(who.satisfaction, goal, p.satisfaction_up, p.satisfaction_down)
    if alike >= 0.0:
        value += p.satisfaction_neighbours * (alike - value)
    who.satisfaction = min(1.0, max(0.0, value))
    goal = (
        p.trust_firm_level
        + p.trust_firm_service * who.service_felt
        + p.trust_firm_books * (open_books - p.books_reference)
    )
    up = p.trust_up * (p.trust_books_least + p.trust_books_speed * open_books)
    who.trust_firm = min(1.0, max(0.0, _drift(who.trust_firm, goal, up, p.trust_down)))
    goal = p.trust_committee_level + p.trust_committee_belief * (belief[at, 1] - 0.5)
    who.trust_committee = min(1.0, max(0.0, _drift(who.trust_committee, goal, p.trust_up, p.trust_down)))
    goal = (
        p.trust_police_level
        + p.trust_police_belief * (belief[at, 3] - 0.5)
        - p.trust_police_fear * (who.fear - p.fear_level)
    )
    who.trust_police = min(1.0, max(0.0, _drift(who.trust_police, goal, p.trust_up, p.trust_down)))
    goal = (
        p.belonging_level
        + p.belonging_ties * known
        + p.belonging_satisfaction * (who.satisfaction - p.satisfaction_reference)
    )
    value = _drift(who.belonging, goal, p.belonging_rate, p.belonging_rate)
    if known > 0:
        value += p.belonging_neighbours * (belonging - value)
    who.belonging = min(1.0, max(0.0, value))
    goal = p.fear_level + p.fear_disorder * disorder / (disorder + p.disorder_half) - p.fear_ties * known
    goal -= p.fear_police * (who.trust_police - 0.5)
    value = _drift(who.fear, goal, p.fear_up, p.fear_down)
    if known > 0:
        value += p.fear_neighbours * (fear - value)
    who.fear = min(1.0, max(0.0, value))


@inlined
def _believe(belief, at, word, known, public, rumour, answers, reading, p):
    """Beliefs that complaining helps: neighbours' word, forgetting, the public record of the hotline, visible answers."""
    for j in range(4):
        b = float(belief[at, j])
        if known > 0:
            b += p.belief_neighbours * (word[j] - b)
        if j == 2:
            b += p.belief_public * (p.belief_public_weight * public - b)
            if rumour >= 0.0:
                b += p.belief_rumour * (rumour - b)
        else:
            b += p.belief_forget * (0.5 - b)
        if j == 1 and answers >= 0.0:
            b += p.belief_visible * reading * (answers - b)
        belief[at, j] = min(1.0, max(0.0, b))


@compiled
def join_platform(day, place, household_residents, tenure, online, people, levers, p, flows, slot):
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
                        flows[c, slot] += 1
