"""Owners' committees in plain Python (mechanism 6): elected, falling, watching the firm, calling assemblies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.speed.plain_books import FEN
from experiments.speed.plain_votes import hold_vote
from govsim.randomness import Process

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_residents import Household

FALL, ATTEMPT, ELECT, PUBLISH, AGENCY, DISSOLVE, PUT_FIRM, PUT_FUND = 0, 1, 2, 3, 4, 5, 8, 9  # which draw
STATUS, INTEGRITY, TERM = 16, 17, 18  # those of the first day
YEAR = 365.25


class OwnersCommittee:
    """A compound's owners' committee. `elected`: day from which the present term runs."""

    def __init__(self, compound: Compound) -> None:
        self.compound = compound
        p, seen = compound.p.self_government, compound.oversight
        self.status = self.first_status(seen)
        self.integrity = between(p.integrity_mean + p.integrity_spread * (2.0 * self.draw_first(INTEGRITY) - 1.0))
        self.elected = -round(self.draw_first(TERM) * p.term_years * YEAR)
        self.conflict_firm = self.conflict_committee = 0.0
        self.books = False

    def first_status(self, seen: float) -> str:
        """The state whose oversight lies nearest; missing and captured ones look alike."""
        w = self.compound.p.world
        if seen >= 0.5 * (w.oversight_inactive + w.oversight_working):
            return "working"
        if seen >= 0.5 * (w.oversight_captured + w.oversight_inactive):
            return "inactive"
        missing = max(0.0, 1.0 - w.committee_captured - w.committee_working - w.committee_inactive)
        captured = self.draw_first(STATUS) * (w.committee_captured + missing) < w.committee_captured
        return "captured" if captured else "missing"

    def draw_first(self, k: int) -> float:
        """A chance of the first day."""
        return self.compound.draw(Process.OWNERS, k, 0, day=0)

    def draw(self, k: int) -> float:
        """Today's chance of something."""
        return self.compound.draw(Process.OWNERS, k, 0)

    # ---- the owners ------------------------------------------------------------------------------------

    def homes(self) -> list[Household]:
        """Households that own their home."""
        return [home for home in self.compound.households if home.tenure == "owner"]

    def service_felt(self) -> float:
        """Mean over the heads of those households."""
        homes = self.homes()
        return sum(home.members[0].service_felt for home in homes) / max(1, len(homes))

    def initiators(self) -> float:
        """Owners who are ready to speak and badly served, per 100 residents."""
        p, people = self.compound.p.self_government, [who for home in self.homes() for who in home.members]
        ready = sum(who.voice > p.initiator_voice and who.service_felt < p.initiator_service for who in people)
        return float(100.0 * ready / max(1, len(self.compound.residents)))

    # ---- the quarter -----------------------------------------------------------------------------------

    def fall(self) -> None:
        """A working committee may fall asleep or be captured."""
        if self.status != "working":
            return
        p, u = self.compound.p.self_government, self.draw(FALL)
        captured = p.fall_captured * (1.0 - self.integrity)
        if u < captured:
            self.become("captured")
        elif u < captured + p.fall_inactive:
            self.become("inactive")

    def become(self, status: str) -> None:
        """It ceases to be what it was."""
        self.status = status
        self.compound.count("committees_fallen", status)

    def renew(self) -> None:
        """An election: when the term is over; or where there is no active committee and somebody takes it up."""
        compound, p = self.compound, self.compound.p.self_government
        push = compound.drive() + compound.levers.self_government_push
        over = self.status != "missing" and compound.model.day - self.elected >= p.term_years * YEAR
        if not over:
            if self.status in ("working", "captured"):
                return
            asked = min(1.0, self.initiators() / p.initiators_enough)
            if self.draw(ATTEMPT) >= p.attempt + p.attempt_initiators * asked + p.attempt_push * push:
                return
        if hold_vote(compound, "election", push):
            self.elect()
        elif over:
            self.fail()

    def elect(self) -> None:
        """New members, of some integrity; some are somebody's from the start."""
        compound, p = self.compound, self.compound.p.self_government
        u, v = compound.draw_two(Process.OWNERS, ELECT, 0)
        vetted = p.integrity_mean + compound.levers.self_government_vetting
        self.integrity = between(vetted + p.integrity_spread * (2.0 * u - 1.0))
        self.status = "captured" if v < p.captured_start * (1.0 - self.integrity) else "working"
        self.elected = compound.model.day
        compound.count("committees_formed")

    def fail(self) -> None:
        """A term ends without successors: it lies idle, and if it lay idle already it may be dissolved."""
        self.elected = self.compound.model.day
        if self.status != "inactive":
            self.become("inactive")
        elif self.draw(DISSOLVE) < self.compound.p.self_government.dissolve:
            self.become("missing")

    def supervise(self) -> None:
        """At odds with a bad firm, and over that with the residents' committee; it watches, and publishes accounts or not."""
        compound, p = self.compound, self.compound.p.self_government
        cross = compound.levers.self_government_cross
        bad = between((p.conflict_bad - self.service_felt()) / p.conflict_width)
        settled = compound.levers.mediation_conflict
        goal = compound.oversight * bad * (1.0 - settled) if self.status == "working" else 0.0
        self.conflict_firm += p.conflict_step * (goal - self.conflict_firm)
        skill = sum(it.skill for it in compound.committees) / len(compound.committees)
        goal = p.conflict_spill * self.conflict_firm * (1.0 - cross) * (1.0 - p.conflict_skill * skill)
        self.conflict_committee += p.conflict_step * (goal - self.conflict_committee)
        honest = compound.draw(Process.OWNERS, PUBLISH, 0, day=max(0, self.elected)) < p.books_integrity * self.integrity
        agency = self.draw_first(AGENCY) < compound.levers.self_government_books
        self.books = (self.status == "working" and honest) or agency
        compound.oversight = self.oversight(cross)
        compound.openness = compound.oversight + p.books_openness * self.books

    def oversight(self, cross: float) -> float:
        """How well it watches the firm; `cross`: members who also sit on the residents' committee."""
        p, world = self.compound.p.self_government, self.compound.p.world
        able = 1.0 if self.status == "missing" else p.integrity_least + p.integrity_effect * self.integrity
        level = getattr(world, f"oversight_{self.status}")
        return between(level * able * (1.0 - p.conflict_oversight * self.conflict_committee) + p.cross_oversight * cross)

    # ---- assemblies ------------------------------------------------------------------------------------

    def put_firm(self) -> None:
        """The firm is put to the vote, more often where service is felt to be bad; if it loses, it goes."""
        compound, p, contract = self.compound, self.compound.p.self_government, self.compound.contract
        if contract.firm is None or contract.alone or compound.model.day - contract.since < p.firm_vote_grace:
            return
        bad = max(0.0, p.firm_vote_service - self.service_felt()) / p.firm_vote_width
        share = 1.0 if self.status == "working" else p.firm_vote_without
        asked = contract.reds >= compound.p.assessment.reds_vote
        if not asked and self.draw(PUT_FIRM) >= p.firm_vote + p.firm_vote_bad * share * bad:
            return
        contract.reds = 0
        if hold_vote(compound, "firm", compound.drive()):
            contract.lost_by = contract.firm
            contract.end("dismissed", compound.p.economy.gap_dismissed)
            self.conflict_firm = 0.0

    def put_fund(self) -> None:
        """A working committee may ask for money where the maintenance fund is low; if owners agree, every household pays."""
        compound, p, books = self.compound, self.compound.p.self_government, self.compound.books
        if self.status != "working" or compound.fund >= compound.p.economy.fund_mark:
            return
        if self.draw(PUT_FUND) < p.fund_vote + compound.levers.self_government_fund_drive and hold_vote(
            compound, "fund", compound.drive()
        ):
            lacking = (p.fund_goal - compound.fund) * books.first_fund / len(compound.households)
            levy = int(min(p.fund_levy_most * FEN, max(0.0, lacking))) * len(compound.households)
            books.billed += levy
            books.move("households", "fund", "fund_raised", levy)


def between(value: float) -> float:
    """Kept between 0 and 1."""
    return min(1.0, max(0.0, value))
