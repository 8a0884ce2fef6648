"""Owners vote: who takes part, who agrees, and whether the law's quorum and majority are reached."""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.people import OWNER
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms

_VOTE = int(Process.VOTE)

ELECTION, CHANGE_FIRM, RAISE_FUND = 0, 1, 2  # vocabulary.VOTES


@compiled
def turnout_logit(service, satisfaction, voice, oversight, canvass, mobilise, p):
    """Log odds that an owner household takes part; canvass: readiness that workers at the door add."""
    return (
        p.turnout_level
        + p.turnout_service * (p.turnout_service_reference - service)
        + p.turnout_voice * np.log(max(voice, 0.01))
        + p.turnout_oversight * (oversight - p.turnout_oversight_reference)
        + p.turnout_satisfaction * (satisfaction - p.turnout_satisfaction_reference)
        + p.turnout_mobilise * mobilise
        + canvass
    )


@compiled
def yes_logit(subject, head, p):
    """Log odds that a household which takes part agrees; head: records.MIND of its head."""
    if subject == CHANGE_FIRM:
        return p.yes_firm * (p.yes_firm_reference - head.service_felt)
    if subject == RAISE_FUND:
        return p.yes_fund + p.yes_fund_satisfaction * (head.satisfaction - p.turnout_satisfaction_reference)
    return p.yes_election + p.yes_election_trust * (head.trust_committee - 0.5)


@compiled
def outcome(subject, entitled, present, agreed, p):
    """0: no quorum, 1: quorum but no majority of those taking part, 2: passed."""
    if entitled == 0 or present < p.quorum * entitled:
        return 0
    if p.majority[subject] > 0.5:  # "three quarters": at least
        return 2 if agreed >= p.majority[subject] * present else 1
    return 2 if agreed > p.majority[subject] * present else 1  # "more than half"


@compiled
def vote(c, subject, day, here, household_residents, tenure, minds, people, oversight, drive, levers, flows, p):
    """Hold a vote of a compound's owner households, one keyed draw each; returns whether it passed. Counts go to `flows`.

    drive: of the residents' committee that canvasses, 0..1; levers, flows: of this compound.
    """
    entitled = present = agreed = 0
    canvass = p.turnout_canvass[subject] * drive
    agreement = 0.0 if subject == CHANGE_FIRM else levers.self_government_agreement  # common ground, not a quarrel with a firm
    for h in range(here.household0, here.household0 + here.households):
        if tenure[h] != OWNER:
            continue
        entitled += 1
        i = household_residents[h]
        u, v = two_uniforms(here.stream, _VOTE, subject, h - here.household0, 0, day)
        head = minds[i]
        x = turnout_logit(
            head.service_felt, head.satisfaction, people[i].voice, oversight, canvass, levers.self_government_mobilise, p
        )
        if u < 1.0 / (1.0 + np.exp(-x)):
            present += 1
            if v < 1.0 / (1.0 + np.exp(-(yes_logit(subject, head, p) + agreement))):
                agreed += 1
    result = outcome(subject, entitled, present, agreed, p)
    flows[SLOTS.votes_held + subject] += 1
    flows[SLOTS.votes_valid + subject] += 1 if result > 0 else 0
    flows[SLOTS.votes_passed + subject] += 1 if result == 2 else 0
    flows[SLOTS.votes_entitled] += entitled
    flows[SLOTS.votes_taken_part] += present
    return result == 2
