"""Crimes in plain Python (mechanism 7): what happened, what was reported, what was recorded, what was felt."""

from __future__ import annotations

from math import exp, hypot, log
from typing import TYPE_CHECKING

from govsim.processes.policing import KEEP_DAYS, LEAVES
from govsim.randomness import Process
from govsim.vocabulary import CRIMES, KINDS

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Building, Compound
    from experiments.speed.plain_offenders import Offender
    from experiments.speed.plain_residents import Household

MOST_TIMES = 255
NUMBERS = 4096  # a kind's crimes of a compound and day
OF_CRIME = 2048  # from here on problems are numbered that crimes leave


class Crime:
    """A crime or an attempt. `due`: when the police take it up; `evidence`: chance that an investigation clears it."""

    def __init__(
        self, kind: str, compound: Compound, building: Building, home: Household | None, by: Offender | None
    ) -> None:
        self.kind, self.compound, self.building, self.home, self.by = kind, compound, building, home, by
        self.trade = by.trade if by else None
        self.day = compound.model.day
        today = compound.model.crimes_today
        self.number = sum(it.kind == kind and it.compound is compound for it in today)
        self.completed = self.reported = self.recorded = self.cleared = False
        self.loss = self.evidence = 0.0
        self.due: int | None = None
        self.cleared_on: int | None = None
        self.closed_on: int | None = None
        stored = compound.model.draws.stored
        self.x, self.y = stored(building.x), stored(building.y)
        today.append(self)

    def draw(self, process: Process, k: int, day: int) -> float:
        """A chance of something about this crime, on its day."""
        return self.compound.draw(process, k, CRIMES.index(self.kind) * NUMBERS + self.number, day=day)

    def complete(self, loss: float = 0.0) -> None:
        """It succeeded."""
        self.completed, self.loss = True, self.compound.model.draws.stored(loss)

    def clear(self) -> None:
        """The record says: cleared."""
        self.cleared, self.cleared_on = True, self.compound.model.day

    def weight(self) -> float:
        """How much it is talked about and felt."""
        p = self.compound.p.victims
        return float(p.publicity[self.kind] * (1.0 if self.completed else p.attempt_felt))

    # ---- its day ---------------------------------------------------------------------------------------

    def become_known(self) -> None:
        """It happened; it is reported or not; recorded or not; felt; and may leave something behind."""
        compound, p = self.compound, self.compound.p.policing
        self.happen()
        sight, stored = compound.sight, compound.model.draws.stored
        told = p.clear_control * sight.control + p.clear_information * compound.levers.policing_information
        hazard = p.clear_base[self.kind] * (1.0 + p.clear_cameras * sight.seen_cameras + told)
        self.evidence = stored(1.0 - exp(-hazard))
        number = CRIMES.index(self.kind) * NUMBERS + self.number
        u, v = compound.draw_two(Process.REPORT, 0, number)
        self.reported = self.cleared or u < self.report_chance()
        compound.count("crimes_reported", self.kind, self.reported)
        if self.cleared or (self.reported and v < p.recorded_share[self.kind]):
            self.be_recorded()
        if self.cleared or not self.recorded:
            self.closed_on = self.day
        compound.crime += self.weight() * 1000.0 / len(compound.residents)
        self.be_felt()
        self.leave_behind()

    def happen(self) -> None:
        """Completed or attempted; whether it is a repeat, or near one."""
        compound, p, home = self.compound, self.compound.p.victims, self.home
        if not self.completed:
            compound.count("crime_attempts", self.kind)
            return
        compound.count("crimes", self.kind)
        compound.count("losses", by=self.loss)
        if self.kind != "burglary":
            return
        assert home is not None
        compound.count("repeat_victims", by=home.burgled is not None and self.day - home.burgled <= p.repeat_days)
        compound.last_burglary = home.burgled = self.day
        model = compound.model
        before = [*model.crimes, *model.crimes_today[: model.crimes_today.index(self)]]
        compound.count("near_repeats", by=any(self.repeats_near(it) for it in before))

    def repeats_near(self, earlier: Crime) -> bool:
        """Whether this is a burglary of another home, near an earlier one and soon after it."""
        p = self.compound.p.victims
        if earlier.kind != "burglary" or not earlier.completed or earlier.home is self.home:
            return False
        return self.day - earlier.day <= p.near_days and hypot(earlier.x - self.x, earlier.y - self.y) <= p.near_metres

    def report_chance(self) -> float:
        """More for a large loss and with trust in the police, less for an attempt, and by one who was a victim before."""
        p, trust = self.compound.p.victims, self.compound.trust_police
        x = p.report_level[self.kind]
        if self.home is not None:
            head = self.home.members[0]
            trust = head.trust_police
            x -= p.report_past * (head.victim > 0)
        x += p.report_trust * (trust - p.report_trust_reference)
        if not self.completed:
            x -= p.report_attempt
        elif self.loss > 0.0:
            x += p.report_loss * log(self.loss / self.compound.p.crime.loss_median[self.kind])
        return 1.0 / (1.0 + exp(-x))

    def be_recorded(self) -> None:
        """An investigation is due after a day and an exponential time, if it is not cleared already."""
        compound, delay = self.compound, self.compound.p.policing.investigation_delay
        self.recorded = True
        compound.count("crimes_recorded", self.kind)
        compound.known += 1.0
        if self.cleared:
            compound.count("crimes_cleared", self.kind)
        else:
            self.due = self.day + 1 + int(-delay * log(self.draw(Process.REPORT, 1, self.day)))

    def be_felt(self) -> None:
        """Everybody in the building fears more; the household itself also loses trust, satisfaction and belonging."""
        p, weight = self.compound.p.victims, self.weight()
        if self.home is None:
            return
        for home in self.building.households:
            for who in home.members:
                who.fear = who.stored(who.fear + p.fear_neighbour * weight * (1.0 - who.fear))
        for who in self.home.members:
            who.victim = min(MOST_TIMES, who.victim + self.completed)
            who.fear = who.stored(who.fear + p.fear_victim * weight * (1.0 - who.fear))
            who.satisfaction = who.stored(who.satisfaction - p.satisfaction_victim * weight * who.satisfaction)
            who.belonging = who.stored(who.belonging - p.belonging_victim * weight * who.belonging)
            who.trust_police = who.stored(who.trust_police - p.trust_victim * weight * who.trust_police)

    def leave_behind(self) -> None:
        """A broken door, a venue next to the stairs: a problem, one a building, kind and day."""
        compound, p, kind = self.compound, self.compound.p.victims, LEAVES.get(self.kind)
        if kind is None or not self.completed or self.draw(Process.REPORT, 2, self.day) >= p.problem_chance[self.kind]:
            return
        entity = KINDS.index(kind) * NUMBERS + OF_CRIME + self.building.number % OF_CRIME
        if any(it.entity == entity and it.born == self.day for it in compound.problems):
            return
        reach = "compound" if self.kind == "vice" else "building"
        new = compound.put_problem(kind, entity, compound.model.draws.stored(p.problem_severity), reach, self.building, None)
        compound.problems.append(new)
        compound.model.problems.append(new)

    # ---- the record ------------------------------------------------------------------------------------

    def solve(self) -> None:
        """An investigation or an arrest clears it."""
        self.clear()
        self.closed_on = self.cleared_on
        self.compound.count("crimes_cleared", self.kind)

    def lapse(self) -> None:
        """Nobody looks at an old one any more."""
        today = self.compound.model.day
        if self.closed_on is None and today - self.day > self.compound.p.policing.statute:
            self.closed_on = today

    def forgotten(self) -> bool:
        """Whether it can be put away."""
        today = self.compound.model.day
        return self.closed_on is not None and today - self.day > KEEP_DAYS and self.closed_on < today - 1
