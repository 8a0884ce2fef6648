"""What feeds the problems of a compound, in plain Python: stocks, works, agreed rules."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from experiments.speed.plain_draws import poisson
from govsim.randomness import Process
from govsim.vocabulary import FED_BY_STOCK, FEEDING

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_problems import Problem

WEEKS = 365.25 / 7.0


class Surroundings:
    """Stocks of a compound, works in it, and the rules that its households keep."""

    def __init__(self, compound: Compound, state: Any) -> None:
        self.compound, self.p, self.levers = compound, compound.p, compound.levers
        self.first: dict[str, int] = dict(zip(FEEDING, state.first_stocks[compound.row].tolist(), strict=True))
        self.left = dict(self.first)
        self.removed = dict.fromkeys(FEEDING, 0)  # by enforcement, this week
        self.rules_kept = 0.0

    def pressure(self, kind: str) -> float:
        """How many more problems of a kind arise than its lasting flag says."""
        p, levers = self.p.surroundings, self.levers
        share = {s: self.left[s] / self.first[s] if self.first[s] else 1.0 for s in FEEDING}
        fed = dict(zip(FED_BY_STOCK, share.values(), strict=True)).get(kind, 1.0)
        if kind == "noise":
            fed *= share["group_flats"] ** self.p.problems.exposure_power[kind]
        fed *= {"street": levers.surroundings_street_burden, "public_services": levers.surroundings_service_burden}.get(kind, 1.0)
        fed *= 1.0 - p.own_doing[kind] * self.rules_kept
        if self.compound.condition < p.works_ceiling:
            fed *= 1.0 + levers.surroundings_works_pace / p.works_usual_pace * p.works_disturb[kind]
        return float(fed)

    def build(self) -> None:
        """A day of works."""
        pace, here, p = self.levers.surroundings_works_pace, self.compound, self.p.surroundings
        if pace > 0.0:
            here.condition = min(here.condition + pace * p.works_gain, max(here.condition, p.works_ceiling))

    def lose_one(self, problem: Problem) -> None:
        """A solved case may remove one of the stock that fed the problem."""
        stock = dict(zip(FED_BY_STOCK, FEEDING, strict=True)).get(problem.kind)
        if stock and self.left[stock] and problem.draw(Process.STOCK, 8) < self.p.stocks.removed_by_case[stock]:
            self.left[stock] -= 1
            self.compound.count("stock_removed", stock)

    def change(self) -> None:
        """A week: some of what is missing comes back, enforcement removes some; rules spread and fade."""
        p, here = self.p.stocks, self.compound
        for s, stock in enumerate(FEEDING):
            missing = max(0.0, p.room * self.first[stock] - self.left[stock])
            mean = missing * p.come_back[stock] / WEEKS * exp(-self.levers.stocks_watch)
            new = poisson(mean, here.draw(Process.STOCK, s, 0))
            cleared = 1.0 - exp(-getattr(self.levers, f"stocks_clear_{stock}") / WEEKS)
            gone = binomial(self.left[stock], cleared, here.draw(Process.STOCK, s, 1))
            self.left[stock] += new - gone
            self.removed[stock] = gone
            here.count("stock_new", stock, by=new)
            here.count("stock_cleared", stock, by=gone)
        spread = self.levers.surroundings_rules_spread * here.belonging * (1.0 - self.rules_kept)
        self.rules_kept += spread - self.p.surroundings.rules_fade * self.rules_kept

    def tenants_look(self, near: list[tuple[Compound, float]]) -> None:
        """Tenants of flats that were ended this week look for another in a compound near by."""
        whole = sum(weight for _, weight in near)
        for flat in range(self.removed["group_flats"] if near else 0):
            u, v = self.compound.draw_two(Process.STOCK, 9, flat)
            x, chosen = v * whole, 0
            while x >= near[chosen][1] and chosen < len(near) - 1:
                x -= near[chosen][1]
                chosen += 1
            other = near[chosen][0]
            theirs = other.surroundings
            gets_in = u < self.p.stocks.tenants_near * exp(-theirs.levers.stocks_watch)
            if gets_in and theirs.left["group_flats"] < len(other.households):
                theirs.left["group_flats"] += 1
                other.count("stock_new", "group_flats")


def binomial(n: int, p: float, chance: float) -> int:
    """The count of n trials that is not exceeded with probability `chance`."""
    k, term = 0, (1.0 - p) ** n
    total = term
    while chance > total and k < n:
        term *= (n - k) / (k + 1) * p / (1.0 - p)
        k += 1
        total += term
    return k
