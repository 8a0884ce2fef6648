"""Property fees in plain Python (mechanism 5): each month a household decides whether to pay, and pays or owes."""

from __future__ import annotations

from math import ceil, exp
from typing import TYPE_CHECKING

from experiments.speed.plain_books import FEN
from experiments.speed.plain_draws import normal, pick
from govsim.randomness import Process
from govsim.vocabulary import PAYER_TYPES

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_residents import Household

MOST_MONTHS = 255


class FeeAccount:
    """How a household stands to the fee. `balance` in fen: below zero what it owes, above what it has paid ahead."""

    def __init__(self, compound: Compound, home: Household, willing: float) -> None:
        """`willing`: share of those who decide that pay on the first day."""
        p, self.compound, self.home = compound.p.economy, compound, home
        u, v = compound.draw_two(Process.PAYER, 0, home.number)
        self.payer = pick({kind: p.payer_share[kind][compound.kind] for kind in PAYER_TYPES}, u)
        self.pays: bool = self.payer == "always" or (self.payer == "conditional" and v < willing)
        own = normal(*compound.draw_two(Process.PAYER, 1, home.number))
        self.leaning = compound.model.draws.stored(p.pay_level[compound.kind] + p.pay_spread * own)
        self.balance = self.months_owed = 0
        self.sued = False

    def readiness(self, others: float, reminded: bool) -> float:
        """Log odds of paying: what one gets, whom one trusts, what others do, what one owes already."""
        p, head = self.compound.p.economy, self.home.members[0]
        x = self.leaning + p.pay_service * (head.service_felt - p.pay_service_reference)
        x += p.pay_trust * (head.trust_firm - p.pay_trust_reference) + p.pay_others * (others - p.pay_others_reference)
        x -= p.pay_arrears * self.months_owed / (self.months_owed + p.arrears_half)
        return float(x + p.pay_reminded * reminded)

    def decide(self, others: float) -> None:
        """Most keep their habit; a reminder, which only debtors get, makes one think again."""
        compound, p, number = self.compound, self.compound.p.economy, self.home.number
        u, v = compound.draw_two(Process.PAY, 0, number)
        reminded = self.months_owed > 0 and compound.draw(Process.PAY, 1, number) < compound.levers.economy_reminders
        compound.count("reminders", by=reminded)
        if self.payer == "conditional" and (reminded or u < p.reconsider):
            self.pays = v < 1.0 / (1.0 + exp(-self.readiness(others, reminded)))

    def pay(self, fee: int) -> int:
        """What it pays this month: the fee, with it part of an old debt, or some months ahead; or what a court orders."""
        due, p = -self.balance, self.compound.p.economy
        paid = 0
        if self.pays and due > 0:
            paid = due
            if due > fee:
                paid = min(due, fee + ceil(p.repay * (due - fee)))
            elif self.compound.draw(Process.PAY, 2, self.home.number) < p.ahead:
                paid += int(p.ahead_months) * fee
        if self.sued or self.months_owed >= p.sue_after:
            paid = max(paid, self.in_court())
        return paid

    def in_court(self) -> int:
        """The firm sues one who has owed for long and does not pay; what a judgement makes him pay."""
        compound, p = self.compound, self.compound.p.economy
        u, v = compound.draw_two(Process.SUE, 0, self.home.number)
        if self.sued:
            if u < 1.0 / p.court_months:
                self.sued = False
                if v < p.court_order:
                    return -self.balance
        elif u < p.sue and not self.pays:
            if self.settles_at_the_table():
                return -self.balance
            self.sued = True
            compound.count("fee_suits")
            compound.books.move("firm", "court", "court_costs", int(p.court_fee * FEN))
        return 0

    def settles_at_the_table(self) -> bool:
        """Where mediators are called before the court: whether they are, and it helps."""
        compound, levers, p = self.compound, self.compound.levers, self.compound.p.casework
        w, x = compound.draw_two(Process.SUE, 1, self.home.number)
        if w >= levers.mediation_fees:
            return False
        settled = x < 1.0 / (1.0 + exp(-(p.mediation_level + p.mediator_skill + levers.mediation_skill)))
        compound.count("mediations")
        compound.count("mediations_settled", by=settled)
        return bool(settled)

    def bill(self, fee: int, others: float) -> int:
        """A month: decide, be billed, pay; debts that are too old are given up. What was paid."""
        books = self.compound.books
        self.decide(others)
        self.balance -= fee
        paid = self.pay(fee)
        if paid > 0:
            self.balance += paid
            books.move("households", "firm", "fees", paid)
        lapsed = -self.balance - int(self.compound.p.economy.limit_months) * fee
        if lapsed > 0:
            self.balance += lapsed
            books.written_off += lapsed
        self.months_owed = min(MOST_MONTHS, max(0, -self.balance) // fee)
        return paid

    def forgive(self) -> None:
        """The firm that it owed is gone."""
        self.compound.books.written_off += max(0, -self.balance)
        self.balance = max(0, self.balance)
        self.months_owed, self.sued = 0, False


def collect(compound: Compound) -> None:
    """The month's fees of a compound; without a firm nobody is billed."""
    contract, p = compound.contract, compound.p.economy
    contract.received = 0
    if contract.firm is None or contract.fee <= 0:
        return
    everywhere = share_paying(compound.households)
    last_month = [share_paying(building.households) for building in compound.buildings]
    for building, here in zip(compound.buildings, last_month, strict=True):
        others = p.building_weight * here + (1.0 - p.building_weight) * everywhere
        for home in building.households:
            contract.received += home.fees.bill(contract.fee, others)
    billed = contract.fee * len(compound.households)
    compound.books.billed += billed
    compound.count("fees_billed", by=billed / FEN)
    compound.count("fees_paid", by=contract.received / FEN)


def share_paying(homes: list[Household]) -> float:
    """Share of households in the habit of paying."""
    return sum(home.fees.pays for home in homes) / max(1, len(homes))
