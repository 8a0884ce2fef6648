"""Casework in plain Mesa (mechanism 3): a file on a problem waits in the line of a desk until somebody treats it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p
from typing import TYPE_CHECKING, Literal

import mesa

from experiments.speed.plain_draws import pick
from govsim.randomness import Process

if TYPE_CHECKING:
    from experiments.speed.plain_mesa import PlainModel
    from experiments.speed.plain_problems import Problem

Where = Literal["here", "nowhere"] | tuple[str, str]  # or a kind of desk, and which department
LOCAL_DESKS = ("firm", "committee", "mediators", "town")
SUPERVISED = ("hotline", "petition")
STAFF = ("grid", "visit")  # what staff found themselves
FIRST_DESK = {
    "firm": "firm", "committee": "committee", "platform": "committee", "hotline": "town", "police": "police",
    "petition": "petition_office", "court": "court", "grid": "town", "visit": "committee",
}  # fmt: skip


@dataclass(eq=False, slots=True)
class File:
    """A case file; `channel` is how it began."""

    problem: Problem
    channel: str
    desk: Desk
    opened: int
    arrives: int
    supervised: bool
    urgent: bool  # a petition goes first
    waiting: bool = False
    result: str | None = None
    hands: int = 0
    treated: int = -1  # on which day last

    def join(self, channel: str) -> None:
        """A further complaint comes to the file."""
        self.supervised = self.supervised or channel in SUPERVISED
        self.urgent = self.urgent or channel == "petition"

    def close(self, result: str) -> None:
        """What is recorded, and what happened."""
        problem, compound = self.problem, self.problem.compound
        days = compound.model.day - self.opened
        self.result, self.waiting = result, False
        compound.count("cases_closed", result)
        compound.count("closing_days", by=days)
        if self.channel in STAFF:
            compound.count("found_handled", by=days <= compound.p.casework.handled_within)
        if self.supervised:
            compound.count("supervised_closed")
            compound.count("supervised_in_time", by=days <= compound.p.casework.deadline)
        if result == "unsolved":
            problem.file, problem.known = None, True
            problem.closings += 1
        else:
            problem.gone = True


class Desk(mesa.Agent):
    """One queue with finite working time: first in, first out, petitions first."""

    model: PlainModel

    def __init__(self, model: PlainModel, kind: str, capacity: float) -> None:
        super().__init__(model)
        self.kind, self.capacity, self.credit, self.used = kind, capacity, 0.0, 0.0
        self.staffing, self.skill = 1.0, 0.0  # share of posts that are filled; log odds that its people add to mediation
        self.line: list[File] = []

    def step(self) -> None:
        """A day's work. What took more than was left is paid for tomorrow; an idle desk saves up nothing."""
        p, today = self.model.p.casework, self.model.day
        share = p.weekend[self.kind]
        self.credit += self.capacity * self.staffing * 7.0 / (5.0 + 2.0 * share) * (share if self.model.weekend else 1.0)
        self.used, again = 0.0, []
        for file in sorted(self.line, key=lambda file: not file.urgent):
            if self.credit <= 0.0:
                break
            problem, compound = file.problem, file.problem.compound
            spread = compound.levers.casework_work_spread
            work = p.unit_work[self.kind] * (1.0 + spread * (2.0 * problem.draw(Process.TREAT) - 1.0))
            self.credit -= work
            self.used += work
            compound.count("work", self.kind, work * p.days_per_unit)
            file.waiting, file.treated = False, today
            self.treat(file, problem)
            if file.desk is self and file.result is None:
                file.waiting = True
                again.append(file)
        else:
            self.credit = min(self.credit, 0.0)
        self.line = [file for file in self.line if file.waiting and file.treated != today] + again

    def treat(self, file: File, problem: Problem) -> None:
        """Solve, close unsolved, hand on; or leave it, to be tried again here."""
        compound = problem.compound
        if problem.gone:
            return file.close("withdrawn")
        u, v = problem.draw_two(Process.TREAT, 1)
        w, x = problem.draw_two(Process.TREAT, 2)
        where = self.where(problem, u, w)
        if isinstance(where, tuple):
            return self.hand_over(file, *where)
        solved = where == "here" and v < self.chance(file, x)
        if solved and self.kind == "firm" and large_repair(problem) and compound.paid:
            solved = compound.books.order_repair(problem)  # what the fund cannot pay is not done
        disputed, of_property = compound.p.casework.dispute, compound.p.casework.property_dispute
        if self.kind in ("committee", "mediators") and where == "here" and (disputed[problem.kind] or of_property[problem.kind]):
            compound.count("mediations")
            compound.count("mediations_settled", by=solved)
        if solved:
            file.close("solved")
            compound.surroundings.lose_one(problem)
        elif where == "nowhere" or problem.draw(Process.TREAT, 3) < compound.levers.casework_premature_closing:
            file.close("unsolved")

    def where(self, problem: Problem, u: float, w: float) -> Where:
        """Who is to deal with it: `u` decides on authority, `w` on whose business it is."""
        p, levers, kind = problem.compound.p.casework, problem.compound.levers, problem.kind
        owner = pick(p.competent[kind], w)
        elsewhere = (owner, "") if owner in LOCAL_DESKS else ("department", owner)
        authority = p.authority[self.kind][kind]
        if self.kind in ("town", "court") and p.property_dispute[kind] and u < levers.mediation_property:
            return "mediators", ""
        if self.kind == "petition_office" and u < levers.casework_petition_settles:
            return "here"
        match self.kind:
            case "town":
                own = owner == "town" or u < min(1.0, authority * levers.casework_town_settles)
                return "here" if own else elsewhere
            case "petition_office":
                return "here" if owner == "town" else elsewhere
            case "department":
                return ("town", "") if u < levers.casework_bounce else "here"
            case "police":
                return ("mediators", "") if u < levers.mediation_diversion and p.dispute[kind] else "here"
            case "mediators" | "court":
                return "here"
        if u < authority:
            return "here"
        if self.kind == "committee" and owner == "firm":
            return "firm", ""
        if (u - authority) / (1.0 - authority) < levers.casework_hand_on:
            return ("committee" if self.kind == "firm" and p.dispute[kind] else "town"), ""
        return "nowhere"

    def chance(self, file: File, x: float) -> float:
        """Chance that this treatment helps; `x` is the draw on the money for large repairs."""
        problem, compound = file.problem, file.problem.compound
        p, levers = compound.p.casework, compound.levers
        match self.kind:
            case "firm":
                money = compound.fund * (p.fund_access + p.fund_oversight * compound.oversight)
                if large_repair(problem) and x > money:
                    return 0.0
                chance = p.firm_fix + p.firm_fix_quality * compound.service_for(problem.kind)
                chance = min(0.98, chance * (p.supervised_push if file.supervised else 1.0))
            case "committee" | "mediators":
                skill = p.mediator_skill + levers.mediation_skill
                logit = p.mediation_level + (self.skill + levers.committee_skill if self.kind == "committee" else skill)
                logit += p.mediation_trust * (compound.trust - 0.5) - p.mediation_severity * (problem.severity - 1.0)
                chance = 1.0 / (1.0 + exp(-logit))
            case "department":
                chance = self.as_department(file)
            case "petition_office":
                own = p.fix[self.kind]
                chance = own + levers.casework_petition_authority * (self.as_department(file) - own)
            case _:
                chance = p.fix[self.kind]
        return float(chance)

    def as_department(self, file: File) -> float:
        """Chance of a treatment by a department."""
        compound = file.problem.compound
        pushed = compound.p.casework.petition_push if file.urgent else 1.0
        return float(min(0.98, compound.levers.casework_department_fix * pushed))

    def hand_over(self, file: File, kind: str, department: str) -> None:
        """On its way for a day and a geometric delay, longer between offices than within the neighbourhood."""
        problem, compound = file.problem, file.problem.compound
        near = compound.p.casework.near_handover if kind in ("firm", "mediators") else 1.0
        near *= 1.0 - compound.levers.mediation_contact if kind == "mediators" else 1.0
        mean = max(1e-9, compound.levers.casework_handover_days * near)
        u, v = problem.draw_two(Process.HAND_OVER, file.hands)
        delay = 1 + int(log(u) / log1p(-1.0 / (1.0 + mean)))
        if kind == "department" and v > compound.levers.casework_right_first:
            delay += 1 + int(mean)  # to the wrong department first, and sent on
            compound.count("hand_overs")
        compound.count("hand_overs")
        file.desk, file.arrives = compound.desk(kind, problem.building, department), self.model.day + delay
        file.hands += 1


def large_repair(problem: Problem) -> bool:
    """Whether the maintenance fund is asked."""
    p = problem.compound.p.casework
    return bool(p.uses_fund[problem.kind] and problem.severity > p.large_repair)


def open_file(problem: Problem, channel: str, wait: int) -> None:
    """Open a file on a problem, which reaches its first desk after `wait` days."""
    compound, today = problem.compound, problem.compound.model.day
    desk = compound.desk(FIRST_DESK[channel], problem.building)
    problem.file = File(problem, channel, desk, today, today + wait, channel in SUPERVISED, channel == "petition")
    compound.model.files.append(problem.file)
    compound.count("cases_opened")


def take_up(problem: Problem) -> None:
    """An old grievance without an open file may get one at the petition office."""
    compound = problem.compound
    p, age = compound.p.casework, compound.model.day - problem.born
    if problem.gone or problem.file or problem.closings < p.grievance_closings or age < p.grievance_days:
        return
    if problem.draw(Process.EXPIRE, 1) < compound.levers.casework_backlog:
        open_file(problem, "petition", 0)
        compound.count("reopened")


def hold_window(problem: Problem) -> None:
    """A labour dispute may be brought to the window for workers and firms, and is mediated there."""
    compound = problem.compound
    p, levers = compound.p.casework, compound.levers
    if problem.gone or problem.kind != "family":
        return
    if compound.draw(Process.HELP, 1, problem.entity, problem.born, day=0) >= compound.p.mediation.labour_share:
        return
    u, v = problem.draw_two(Process.HELP, 2)
    if u >= levers.mediation_window:
        return
    problem.known = True
    logit = p.mediation_level + p.mediator_skill + levers.mediation_skill - p.mediation_severity * (problem.severity - 1.0)
    problem.gone = v < 1.0 / (1.0 + exp(-logit))
    compound.count("mediations")
    compound.count("mediations_settled", by=problem.gone)


def close_expired(file: File) -> None:
    """An old file may be closed although nothing was solved: past its deadline, or when nobody asks any more."""
    problem, compound = file.problem, file.problem.compound
    p, days = compound.p.casework, compound.model.day - file.opened
    if file.result is not None or days <= (p.expires_after if file.supervised else p.lapses_after):
        return
    if problem.draw(Process.EXPIRE) < (compound.levers.casework_expired_closing if file.supervised else p.lapse):
        file.close("withdrawn" if problem.gone else "unsolved")
