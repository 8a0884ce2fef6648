"""Property firms in plain Python (mechanism 5): what they remember, and how contracts end and begin."""

from __future__ import annotations

import hashlib
from math import exp, inf, log
from typing import TYPE_CHECKING

from experiments.speed.plain_books import FEN
from experiments.speed.plain_draws import normal, quantile
from govsim.randomness import Process
from govsim.vocabulary import SERVICES
from govsim.world.serving import SELF_MANAGED

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_mesa import PlainModel

COST, LEAVE, GAP, BID, CHOOSE, RATED, SEEN, FEE = 0, 1, 2, 3, 4, 5, 6, 16  # which of the market's draws
AREA = 10_000.0  # m2 that posts are stated for


class Firm:
    """One property firm. `risk`: how likely it thinks bad service loses a contract; `towns`: where it works."""

    def __init__(self, model: PlainModel, name: str) -> None:
        self.model, self.alone = model, name.startswith(SELF_MANAGED)
        self.name = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")  # in draws
        self.risk, self.reputation, self.homes = model.p.economy.risk_start, 0.0, 0
        self.lost = self.won = 0
        self.towns: set[int] = set()

    def settle(self) -> None:
        """The first day: where it works, how large it is, and its reputation, the quality of its compounds."""
        mine = [c for c in self.model.compounds if c.contract.firm is self]
        self.reputation = sum(c.service for c in mine) / max(1, len(mine))
        if not self.alone:
            self.towns = {c.town for c in mine}
            self.homes = sum(c.dwellings for c in mine)

    def cheaper(self, merged: float = 1.0) -> float:
        """What service costs it, relative to the standard: less for a large firm, or for one that shares with others."""
        p = self.model.p.economy
        return float((max(1.0, self.homes * merged) / p.scale_homes) ** -p.scale)

    def learn(self) -> None:
        """A month: what votes have cost itself, and others where it works; reputation follows the quality of its compounds."""
        p, market = self.model.p.economy, [c.contract for c in self.model.compounds if not c.contract.alone]
        mine = [it for it in market if it.firm is self]
        near = [it for it in market if it.compound.town in self.towns]
        lost = sum(it.lost_by is self for it in market)
        others = sum(it.lost_by is not None and it.lost_by is not self for it in near)
        own, seen = lost / max(1, len(mine) + lost), others / max(1, len(near))
        self.homes = sum(it.compound.dwellings for it in mine)
        self.risk += p.risk_fade * (p.risk_prior - self.risk)
        self.risk = min(1.0, self.risk + (1.0 - self.risk) * (p.risk_own * own + p.risk_seen * seen))
        if mine:
            mean = sum(it.compound.service for it in mine) / len(mine)
            self.reputation += p.reputation_step * (mean - self.reputation)
        self.reputation = max(0.0, self.reputation - p.reputation_lost * own)


class Contract:
    """What a compound and its property firm have agreed; without a firm it is vacant for a while. Money is in fen."""

    def __init__(self, compound: Compound, firm: Firm | None) -> None:
        p, kind = compound.p.economy, compound.kind
        self.compound, self.firm, self.alone = compound, firm, firm is not None and firm.alone
        own = quantile(compound.draw(Process.MARKET, FEE, 0))
        spread = exp(p.fee_spread * own - 0.5 * p.fee_spread**2)
        self.fee = round(p.fee_per_m2[kind] * compound.home_m2 * spread * FEN)
        self.public = round(p.public_income[kind] * compound.dwellings * FEN)
        area = compound.dwellings * compound.home_m2 / AREA
        self.full = {s: FEN * area * p.posts[s][kind] * p.wage[s] / (1.0 - p.materials) for s in SERVICES}
        fees = self.fee * len(compound.households)
        self.potential = fees + self.public
        able = p.quality_least + p.quality_condition * compound.condition
        self.effort = {s: min(1.0, max(0.0, q / able)) for s, q in compound.quality.items()}
        paying = sum(home.fees.pays for home in compound.households) / len(compound.households)
        self.cost, self.income = 1.0, self.public + paying * fees
        self.former: Firm | None = None
        self.lost_by: Firm | None = None  # since the last month's end, to a vote
        self.since, self.vacant_until = -round(compound.p.self_government.firm_vote_grace), -1
        self.start_money = self.received = 0
        self.reds = 0  # red ratings in a row

    def be_rated(self, month: int) -> None:
        """Where service is assessed it is rated in public, now and then; `month`: the one that ends."""
        p, draw = self.compound.p.assessment, self.compound.draw
        if month % int(p.months) != 0:
            return
        held = draw(Process.MARKET, RATED, 0, day=0) < self.compound.levers.assessment_held
        if self.firm is None or self.alone or not held:
            self.reds = 0
            return
        seen = self.compound.service + p.seen_spread * normal(*self.compound.draw_two(Process.MARKET, SEEN, 0))
        self.reds = self.reds + 1 if seen < p.red_below else 0

    def whole(self, firm: Firm) -> float:
        """What full service costs a firm here, a month."""
        return float(sum(self.full.values()) * self.cost * firm.cheaper())

    def end(self, how: str, mean_gap: float) -> None:
        """The firm goes with its money; what households owe it lapses."""
        compound, firm, books = self.compound, self.firm, self.compound.books
        assert firm is not None
        self.former, self.firm, self.since, self.start_money = firm, None, compound.model.day, 0
        self.reds = 0
        self.vacant_until = self.since + 1 + int(-mean_gap * log(compound.draw(Process.MARKET, GAP, 0)))
        firm.lost += 1
        compound.count("firm_changes", how)
        if books.accounts["firm"] > 0:
            books.move("firm", "head_office", "head_office", books.accounts["firm"])
        for home in compound.households:
            home.fees.forgive()

    def leave(self) -> None:
        """A firm may leave where it loses money."""
        p = self.compound.p.economy
        if self.firm is None or self.alone or self.income >= p.leave_below * self.whole(self.firm):
            return
        if self.compound.draw(Process.MARKET, LEAVE, 0) < p.leave:
            self.end("left", p.gap_left)

    def tender(self) -> None:
        """When its time without a firm is over, a compound takes one of the firms of its town that bid."""
        compound, p = self.compound, self.compound.p.economy
        if self.firm is not None or compound.model.day < self.vacant_until:
            return
        soonest, winner = inf, None
        firms = [firm for firm in compound.model.firms if compound.town in firm.towns]
        for firm in firms:
            if (firm is self.former and len(firms) > 1) or not self.interests(firm):
                continue
            pull = exp((compound.levers.economy_bid_reputation + p.bid_oversight * compound.oversight) * firm.reputation)
            pull *= (1.0 + firm.homes) ** p.bid_scale
            time = -log(compound.draw(Process.MARKET, CHOOSE, firm.name)) / pull
            if time < soonest:
                soonest, winner = time, firm
        if winner is not None:
            self.begin(winner)

    def interests(self, firm: Firm) -> bool:
        """Whether a firm bids: it makes something of the compound's income, in its own cost of full service."""
        p = self.compound.p.economy
        guess = exp(p.bid_spread * normal(*self.compound.draw_two(Process.MARKET, BID, firm.name)))
        return bool(self.income / self.whole(firm) * guess >= p.bid_least)

    def begin(self, firm: Firm) -> None:
        """A new firm brings money of its own."""
        compound = self.compound
        self.firm, self.since, self.vacant_until = firm, compound.model.day, -1
        self.start_money = int(compound.p.economy.start_months * self.whole(firm))
        firm.won += 1
        compound.count("contracts_won")
        compound.books.move("head_office", "firm", "start_money", self.start_money)
