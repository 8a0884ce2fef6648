"""The compounds' books in plain Python (mechanism 5): every payment takes from one account what it adds to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from govsim.vocabulary import ACCOUNTS

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_problems import Problem

FEN = 100.0  # a yuan


class Books:
    """The accounts of one compound in fen, the maintenance fund among them, and what was billed and given up."""

    def __init__(self, compound: Compound) -> None:
        self.compound = compound
        self.first_fund = round(compound.p.economy.fund_per_m2[compound.kind] * compound.home_m2 * compound.dwellings * FEN)
        held = round(compound.fund * self.first_fund)
        self.accounts = dict.fromkeys(ACCOUNTS, 0)
        self.accounts["fund"], self.accounts["households"] = held, -held
        self.billed, self.written_off, self.repairs_due = held, 0, 0

    def move(self, source: str, target: str, purpose: str, fen: int) -> None:
        """A payment."""
        self.accounts[source] -= fen
        self.accounts[target] += fen
        self.compound.count("money", purpose, fen / FEN)

    def order_repair(self, problem: Problem) -> bool:
        """Whether the fund can pay for a large repair; if so it is ordered."""
        price = self.compound.p.casework.repair_cost * self.compound.levers.casework_repair_price
        cost = int(price * FEN * problem.severity)
        if self.repairs_due + cost > self.accounts["fund"]:
            return False
        self.repairs_due += cost
        return True

    def settle_fund(self) -> None:
        """The month's repairs are paid, as far as the fund goes."""
        due = min(self.repairs_due, max(0, self.accounts["fund"]))
        if due > 0:
            self.move("fund", "suppliers", "fund_repairs", due)
        self.repairs_due = 0
        if self.first_fund > 0:
            self.compound.fund = min(1.0, self.accounts["fund"] / self.first_fund)
