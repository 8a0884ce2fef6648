"""Residents' committees in plain Python (mechanism 6): leaders, staff, and the time that owners' affairs take."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from govsim.randomness import Process

if TYPE_CHECKING:
    from experiments.speed.plain_casework import Desk
    from experiments.speed.plain_compounds import Compound

LEAVES, NEW, POSTS, FIRST_LEADER, FIRST_SKILL = 0, 1, 2, 16, 17  # which draw


class ResidentsCommittee:
    """One residents' committee; it draws as a number of the first compound it serves."""

    def __init__(self, desk: Desk, number: int, compounds: list[Compound]) -> None:
        self.desk, self.number, self.compounds, self.first = desk, number, compounds, compounds[0]
        p = self.first.p.self_government
        span = p.leader_most - p.leader_least
        self.leader = p.leader_least + span * self.first.draw(Process.STAFF, FIRST_LEADER, number, day=0)
        self.trained = 0.0  # share of what classes teach
        self.skill = p.leader_least + span * self.first.draw(Process.STAFF, FIRST_SKILL, number, day=0)
        self.staff = p.staff_found / max(p.staff_leaves + p.staff_found, 1e-12)
        self.leader_since = 0
        self.experience = 0.0  # share of experienced staff beyond that at usual turnover

    def quarter(self) -> None:
        """The leader may leave, staff come and go; its desk has the time of those who are there, less what owners take."""
        p, first, number = self.first.p.self_government, self.first, self.number
        busy = self.busy()
        failing = self.felt("self_government_veto") * max(0.0, 1.0 - self.leader / p.leader_enough)
        if first.draw(Process.STAFF, LEAVES, number) < p.leader_leaves + failing:
            trained = self.felt("self_government_leader")
            new = p.leader_least + (p.leader_most - p.leader_least) * first.draw(Process.STAFF, NEW, number)
            self.leader, self.leader_since = min(1.0, new + trained), first.model.day
            first.count("leaders_changed")
        self.skill += p.skill_step * (self.leader - self.skill)
        learned = 1.0 - exp(-p.learns * self.felt("self_government_classes") / 4.0)
        self.trained = (self.trained + learned * (1.0 - self.trained)) * exp(-p.unlearns / 4.0)
        shock = p.staff_spread * (2.0 * first.draw(Process.STAFF, POSTS, number) - 1.0)
        leaving = p.staff_leaves * (1.0 - self.felt("self_government_staff_retention")) * self.staff
        new = p.staff_found * (1.0 - self.staff)
        self.trained *= (self.staff - leaving) / (self.staff - leaving + new)
        self.desk.skill = p.skill_effect * (self.skill - p.skill_reference) + p.trained_effect * self.trained
        self.staff = min(1.0, max(p.staff_least, self.staff + p.staff_found * (1.0 - self.staff) - leaving + shock))
        self.desk.staffing = self.staff / p.staff_reference * (1.0 - busy)

    def gather_experience(self) -> None:
        """Where fewer leave than usual, more of the staff know their people, but only after years."""
        p, usual = self.first.p.experience, self.first.p.self_government.staff_leaves
        kept = usual * self.felt("self_government_staff_retention")
        self.experience += kept * p.learns / (p.learns + usual) - (p.learns + usual - kept) * self.experience
        self.desk.skill += p.settles * self.experience
        self.desk.staffing *= 1.0 + p.speeds * self.experience

    def busy(self) -> float:
        """Share of its time that goes into pushing for owners' committees and into their quarrels, mean over compounds."""
        p, taken = self.first.p.self_government, 0.0
        for compound in self.compounds:
            if compound.owners.status in ("missing", "inactive"):
                taken += p.time_push * (1.0 + compound.levers.self_government_push) * self.leader
            taken += p.time_conflict * compound.owners.conflict_firm
        return float(min(p.time_most, taken / len(self.compounds)))

    def felt(self, lever: str) -> float:
        """A lever as the committee feels it: the mean over the residents it serves."""
        weights = [len(c.residents) / len(c.committees) for c in self.compounds]
        return float(sum(w * getattr(c.levers, lever) for w, c in zip(weights, self.compounds, strict=True)) / sum(weights))
