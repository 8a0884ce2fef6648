"""Offenders in plain Mesa (mechanism 7): a career, what one remembers, where one goes."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import exp, hypot, log
from typing import TYPE_CHECKING

import mesa

from experiments.speed.plain_draws import normal, pick, poisson
from govsim.randomness import Process
from govsim.vocabulary import TRADES

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_mesa import PlainModel
    from experiments.speed.plain_problems import Building
    from experiments.speed.plain_residents import Household

MEMORY = 8
OF_TRADE = 4096  # an offender's number: the trade entered, and a count
BLOCK_DAYS = 28
BEGIN, ENTER, TRADE, HELD, LENGTH, RATE, WANTS, PARTNER, QUIT, ORGANISED = range(10)  # which of a career's draws


@dataclass(eq=False, slots=True)
class Success:
    """Where something was to be had."""

    compound: Compound
    building: Building
    home: Household | None
    day: int


@dataclass(eq=False, slots=True)
class Failure:
    """Where nothing was."""

    compound: Compound
    day: int


class Offender(mesa.Agent):
    """One who lives by crime. `hope`: belief that going out brings something."""

    model: PlainModel

    def __init__(self, home: Compound, trade: str, number: int) -> None:
        super().__init__(home.model)
        p, self.home, self.trade = home.p.offenders, home, trade
        self.born, self.number = home.model.day, OF_TRADE * TRADES.index(trade) + number
        self.ends = self.born + 1 + int(-p.career_mean * log(self.draw_life(LENGTH)))
        z = normal(*home.model.draws.two(home.key, Process.CAREER, RATE, self.number, self.born, 0))
        self.rate = min(p.rate_cap, p.rate_mean[trade] * exp(p.rate_spread * z - 0.5 * p.rate_spread**2))
        self.hope = p.hope_start[trade]
        self.away_until, self.arrested = self.born, -1
        self.partner: Offender | None = None
        self.successes: list[Success | None] = [None] * MEMORY
        self.failures: list[Failure | None] = [None] * MEMORY
        self.next_success = self.next_failure = 0
        self.gone = False

    def draw_life(self, k: int, day: int = 0) -> float:
        """A chance of his career."""
        return self.home.draw(Process.CAREER, k, self.number, self.born, day=day)

    def draw(self, process: Process, k: int = 0, alternative: int = 0) -> float:
        """Today's chance of something he does, or of one of several that he chooses among."""
        return self.home.draw(process, k, self.number + 4 * OF_TRADE * alternative, self.born)

    def draw_two(self, process: Process, k: int = 0) -> tuple[float, float]:
        """Two chances."""
        return self.home.draw_two(process, k, self.number, self.born)

    # ---- the career ------------------------------------------------------------------------------------

    def find_partner(self, others: list[Offender]) -> None:
        """Some look for company: one of the same home compound and trade who has none."""
        if self.draw_life(WANTS) >= self.home.p.offenders.partner_share:
            return
        alike = [
            it for it in others if it.home is self.home and it.trade == self.trade and it.partner is None and it.ends > self.born
        ]
        if alike:
            self.partner = min(alike, key=lambda it: it.draw_life(PARTNER, self.born))
            self.partner.partner = self

    def is_organised(self) -> bool:
        """Whether he belongs to a group: a share of those who enter a trade."""
        entered = TRADES[self.number // OF_TRADE]
        return bool(self.draw_life(ORGANISED) < self.home.p.offenders.organised[entered])

    def of_his_group(self, other: Offender) -> bool:
        """Whether another, organised as he is, lives near enough."""
        apart = hypot(self.home.x - other.home.x, self.home.y - other.home.y)
        return other is not self and apart <= self.home.p.offenders.group_reach

    def grow_older(self) -> None:
        """A career that is over ends, but not in detention; hope returns to the usual."""
        if self.ends < self.model.day and self.away_until <= self.model.day:
            self.gone = True
        p = self.home.p.offenders
        self.hope += (p.hope_start[self.trade] - self.hope) / p.hope_memory

    def free(self) -> bool:
        """At large, and still about."""
        return self.away_until <= self.model.day <= self.ends

    def goes_out(self) -> bool:
        """Today: at one's own rate, the season's, and as far as one hopes, in the weeks in which one is active."""
        p, day = self.home.p.offenders, self.model.day
        if not self.free():
            return False
        block = self.home.draw(Process.GO_OUT, 1, self.number, self.born, day=(day + self.born) // BLOCK_DAYS)
        if block >= p.active_share:
            return False
        eager = (self.hope / p.hope_start[self.trade]) ** p.hope_power
        return bool(self.draw(Process.GO_OUT) < self.rate * self.model.season * eager / p.active_share)

    def come_home_empty(self) -> None:
        """Hope falls; one who hopes for little may give up, or turn from homes to what stands outside."""
        p = self.home.p.offenders
        self.hope -= self.hope / p.hope_weight
        low = 1.0 - self.hope / (p.hope_enough * p.hope_start[self.trade])
        u, v = self.draw_two(Process.CAREER, QUIT)
        if low <= 0.0 or u >= p.give_up * low:
            return
        if self.trade == "burglar" and v < p.change_trade:
            self.trade, self.hope = "thief", p.hope_start["thief"]
        else:
            self.ends = min(self.ends, self.model.day)

    def be_arrested(self, where: Compound) -> None:
        """Detained from now on; counted where the case is."""
        p, day = self.home.p.offenders, self.model.day
        where.count("arrests", self.trade)
        self.away_until = day + 1 + int(p.detention_least - p.detention_mean * log(self.draw(Process.DETAIN)))
        self.arrested = day

    # ---- memory ----------------------------------------------------------------------------------------

    def succeed(self, compound: Compound, building: Building, home: Household | None) -> None:
        """Remembered in the place of the oldest; hope rises."""
        self.successes[self.next_success] = Success(compound, building, home, self.model.day)
        self.next_success = (self.next_success + 1) % MEMORY
        self.hope += (1.0 - self.hope) / self.home.p.offenders.hope_weight

    def fail(self, compound: Compound) -> None:
        """Remembered in the place of the oldest."""
        self.failures[self.next_failure] = Failure(compound, self.model.day)
        self.next_failure = (self.next_failure + 1) % MEMORY

    def pull(self, success: Success | None) -> float:
        """How much a success draws him back, a new search counting one; not on the day itself."""
        p, day = self.home.p.offenders, self.model.day
        if success is None or success.day >= day:
            return 0.0
        return float(p.memory_pull * (1.0 + (day - success.day) / p.forgetting) ** -p.forgetting_power)

    def fears(self, compound: Compound) -> float:
        """Own failures there, and in part those near by, slowly forgotten."""
        p, total = self.home.p.offenders, 0.0
        for failure in self.failures:
            if failure is None:
                continue
            faded = exp(-(self.model.day - failure.day) / p.failure_memory)
            at = failure.compound
            if at is compound:
                total += faded
            elif hypot(at.x - compound.x, at.y - compound.y) <= p.failure_reach:
                total += p.failure_near * faded
        return total

    # ---- where he looks --------------------------------------------------------------------------------

    def candidate(self, attempt: int) -> tuple[Compound, Success | None]:
        """A new search among the compounds he knows, or a return to where he had success, or near there."""
        p, model = self.home.p.offenders, self.model
        u, v = self.draw_two(Process.SEARCH, 2 * attempt)
        pulls = [self.pull(success) for success in self.successes]
        x = u * (1.0 + sum(pulls))
        if x < 1.0:
            known, chance = model.known_from(self.home)
            return known[min(len(known) - 1, bisect_left(chance, v))], None
        which = int(pick({str(m): pull for m, pull in enumerate(pulls)}, (x - 1.0) / sum(pulls)))
        success = self.successes[which]
        assert success is not None
        if self.draw(Process.SEARCH, 2 * attempt + 1) >= p.same_compound:
            for other, chance_upto in model.nearest(success.compound):
                if v < chance_upto:
                    return other, success
        return success.compound, success

    def look_about(self) -> tuple[Compound | None, Success | None]:
        """He looks until he takes a place up, or passes on for good; what draws him back there, if anything."""
        p, crime = self.home.p.offenders, self.home.p.crime
        for k in range(int(p.looks_most)):
            compound, success = self.candidate(k)
            u, v = self.draw_two(Process.ACCEPT, 2 * k)
            if u < self.acceptance(compound):
                if v >= crime.access_block[self.trade] * compound.sight.access:
                    return compound, success
                self.fail(compound)
            if self.draw(Process.ACCEPT, 2 * k + 1) >= p.look_again:
                break
        return None, None

    def acceptance(self, compound: Compound) -> float:
        """Chance that he takes a place up: what draws him, against whom he may meet, what he has heard, his own failures."""
        p, crime, sight = self.home.p.offenders, self.home.p.crime, compound.sight
        at_home = sight.home[self.model.weekend] - crime.home_reference
        odds = exp(sight.pull[self.trade] - crime.home_effect[self.trade] * at_home)
        deterred = crime.exposure[self.trade] * sight.encounters() + p.alarm_effect * compound.alarm
        return odds / (1.0 + odds) * exp(-deterred - p.failure_effect * self.fears(compound))


# ---- where offenders live --------------------------------------------------------------------------------------


def pool(compound: Compound) -> dict[str, float]:
    """Offenders who live in a compound on average, by trade: more where more homes are let."""
    p = compound.p.offenders
    let = exp(p.pool_renters * (compound.renters - p.renter_reference))
    return {trade: p.pool[trade] / 100_000.0 * len(compound.residents) * let for trade in TRADES}


def settle_offenders(compound: Compound, there: list[Offender]) -> None:
    """Those of the first day, some of them in detention; they join `there`."""
    p = compound.p.offenders
    for t, (trade, mean) in enumerate(pool(compound).items()):
        for number in range(poisson(mean, compound.draw(Process.CAREER, BEGIN, t))):
            new = Offender(compound, trade, number)
            u, v = new.draw_two(Process.CAREER, HELD)
            if u < p.held_at_start[trade]:
                new.away_until = 1 + int(-p.detention_mean * log(v))
            new.find_partner(there)
            there.append(new)


def enter(compound: Compound, there: list[Offender]) -> None:
    """Careers that begin today."""
    mean = pool(compound)
    total = sum(mean.values())
    for number in range(poisson(total / compound.p.offenders.career_mean, compound.draw(Process.CAREER, ENTER, 0))):
        new = Offender(compound, pick(mean, compound.draw(Process.CAREER, TRADE, number)), number)
        new.find_partner(there)
        there.append(new)
