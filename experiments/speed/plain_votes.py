"""Owners' assemblies in plain Python (mechanism 6): who takes part, who agrees, and what the law asks for."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

from govsim.randomness import Process
from govsim.vocabulary import VOTES

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_residents import Resident

LEAST_VOICE = 0.01
HALF = 0.5


def hold_vote(compound: Compound, subject: str, drive: float) -> bool:
    """Every owner household decides on its own; `drive`: of the residents' committee that goes from door to door."""
    p, entitled = compound.p.self_government, 0
    present = agreed = 0
    for home in compound.owners.homes():
        entitled += 1
        head = home.members[0]
        u, v = compound.draw_two(Process.VOTE, VOTES.index(subject), home.number)
        if u < chance(turnout(compound, head) + p.turnout_canvass[subject] * drive):
            present += 1
            talked = 0.0 if subject == "firm" else compound.levers.self_government_agreement
            agreed += v < chance(approval(compound, head, subject) + talked)
    valid = entitled > 0 and present >= p.quorum * entitled
    needed = p.majority[subject] * present
    passed = valid and (agreed >= needed if p.majority[subject] > HALF else agreed > needed)
    compound.count("votes_held", subject)
    compound.count("votes_valid", subject, valid)
    compound.count("votes_passed", subject, passed)
    compound.count("votes_entitled", by=entitled)
    compound.count("votes_taken_part", by=present)
    return bool(passed)


def turnout(compound: Compound, head: Resident) -> float:
    """Log odds of taking part: bad service and a committee that works bring people, and the content and outspoken come."""
    p = compound.p.self_government
    x = p.turnout_level + p.turnout_service * (p.turnout_service_reference - head.service_felt)
    x += p.turnout_voice * log(max(head.voice, LEAST_VOICE))
    x += p.turnout_oversight * (compound.oversight - p.turnout_oversight_reference)
    x += p.turnout_satisfaction * (head.satisfaction - p.turnout_satisfaction_reference)
    return float(x + p.turnout_mobilise * compound.levers.self_government_mobilise)


def approval(compound: Compound, head: Resident, subject: str) -> float:
    """Log odds of agreeing."""
    p = compound.p.self_government
    match subject:
        case "firm":
            return float(p.yes_firm * (p.yes_firm_reference - head.service_felt))
        case "fund":
            content = head.satisfaction - p.turnout_satisfaction_reference
            return float(p.yes_fund + p.yes_fund_satisfaction * content)
    return float(p.yes_election + p.yes_election_trust * (head.trust_committee - 0.5))


def chance(log_odds: float) -> float:
    """A probability."""
    return 1.0 / (1.0 + exp(-log_odds))
