"""What offenders do in plain Python (mechanism 7): burglars, thieves, swindlers, operators of venues, and quarrels."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, hypot, log
from typing import TYPE_CHECKING

from experiments.speed.plain_crimes import Crime
from experiments.speed.plain_draws import normal
from govsim.randomness import Process
from govsim.vocabulary import AGE_BANDS

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_offenders import Offender, Success
    from experiments.speed.plain_problems import Building, Problem
    from experiments.speed.plain_residents import Household, Resident

WEEK = 7
ELDERLY = "60+"


def rob(who: Offender) -> None:
    """A burglar's or a thief's day out."""
    compound, memory = who.look_about()
    building = choose_building(who, compound, memory) if compound else None
    if compound is None or building is None:
        who.come_home_empty()
        return
    if who.trade == "burglar":
        kind, home = "burglary", choose_home(who, building, memory)
    else:
        kind, home = what_stands_there(who, building)
    crime = Crime(kind, compound, building, home, who)
    caught = attempt(who, crime)
    partner = who.partner if who.partner and who.partner.free() else None
    if crime.completed:
        who.succeed(compound, building, home)
        if partner:
            partner.succeed(compound, building, home)
        return
    who.fail(compound)
    if caught:
        crime.clear()
        compound.caught += 1.0
        who.be_arrested(compound)
        if partner:
            partner.be_arrested(compound)
    who.come_home_empty()


def attempt(who: Offender, crime: Crime) -> bool:
    """It succeeds, or somebody interrupts it; whether he is caught on the spot."""
    p = who.home.p.crime
    u, v = who.draw_two(Process.ATTEMPT)
    if u < 1.0 - exp(-p.interrupt * crime.compound.sight.encounters() * p.exposure[who.trade]):
        return bool(v < p.caught_share[who.trade])
    if v < p.completed_share[who.trade]:
        crime.complete(loss(who, crime.kind, 1))
    return False


def loss(who: Offender, kind: str, k: int) -> float:
    """What the victim loses."""
    p = who.home.p.crime
    return float(p.loss_median[kind] * exp(p.loss_spread * normal(*who.draw_two(Process.ATTEMPT, k))))


def choose_building(who: Offender, compound: Compound, memory: Success | None) -> Building | None:
    """A race among the buildings, by how inviting they are; on a return the same entrance, or roaming the estate."""
    p, there = who.home.p.offenders, [b for b in compound.buildings if b.households]

    def time(building: Building) -> float:
        weight = building.inviting
        if memory:
            metres = hypot(building.x - memory.building.x, building.y - memory.building.y)
            weight *= (1.0 - p.estate_share) * exp(-metres / p.entrance_scale) + p.estate_share * exp(-metres / p.estate_scale)
        return -log(who.draw(Process.TARGET, 0, building.number)) / max(weight, 1e-300)

    return min(there, key=time, default=None)


def choose_home(who: Offender, building: Building, memory: Success | None) -> Household:
    """The very home he knows, if he is back there and goes for it; else a race among the homes."""
    back = memory.home if memory and memory.building is building else None
    if back and who.draw(Process.TARGET, 2) < who.home.p.offenders.same_home:
        return back
    return min(building.households, key=lambda it: -log(who.draw(Process.TARGET, 1, it.number)) / it.inviting)


def what_stands_there(who: Offender, building: Building) -> tuple[str, Household]:
    """Somebody's e-bike, worth more but perhaps in a shed, or a bicycle."""
    p, levers = who.home.p.crime, building.households[0].members[0].compound.levers
    u, v = who.draw_two(Process.TARGET, 3)
    ebikes = p.ebike_share * p.ebike_reward * (1.0 - p.shed_effect * levers.crime_sheds)
    kind = "ebike_theft" if u < ebikes / (ebikes + 1.0 - p.ebike_share) else "bicycle_theft"
    return kind, building.households[int(v * len(building.households))]


# ---- swindlers -------------------------------------------------------------------------------------------------


def swindle(who: Offender) -> None:
    """He goes to one compound and tries some homes there, until somebody pays; who listens to the end is an attempt."""
    compound, _ = who.candidate(0)
    p = who.home.p.crime
    for k in range(int(p.approaches)):
        u, v = who.draw_two(Process.TARGET, 4 + k)
        home = compound.households[int(u * len(compound.households))]
        one = max(home.members, key=lambda it: it.age)
        if v >= credulity(one) * (1.0 - p.advice_effect * compound.levers.crime_advice):
            continue
        crime = Crime("fraud", compound, home.building, home, who)
        if who.draw(Process.ATTEMPT, 2 + k) < p.completed_share["swindler"]:
            crime.complete(loss(who, "fraud", 16 + k))
            who.succeed(compound, home.building, home)
            return
    who.come_home_empty()


def credulity(one: Resident) -> float:
    """Chance to believe the story: the old and the lonely are at greater risk."""
    p = one.compound.p.crime
    protected = p.ties_protect * (len(one.ties) - p.ties_reference)
    protected += p.belonging_protect * (one.belonging - p.belonging_reference)
    odds = p.credulity * exp(-protected) * (p.elderly_risk if AGE_BANDS[one.age] == ELDERLY else 1.0)
    return float(odds / (1.0 + odds))


# ---- vice ------------------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Venue:
    """A place of vice, open until the police close it or its operator is gone or detained."""

    compound: Compound
    building: Building
    owner: Offender
    opened: int
    closed: bool = False

    def go_on(self) -> None:
        """Each week that it is open is one crime."""
        today = self.compound.model.day
        if self.owner.gone or not self.owner.free():
            self.closed = True
        if not self.closed and (today - self.opened) % WEEK == 0:
            Crime("vice", self.compound, self.building, None, self.owner).complete()

    def be_shut(self) -> None:
        """By the police; premises that are turned to another use leave nothing to reopen, and then he gives up."""
        self.closed = True
        self.compound.count("venues_closed")
        if self.owner.draw(Process.VENUE) < self.compound.levers.crime_conversion:
            self.owner.ends = min(self.owner.ends, self.compound.model.day)


def open_venue(who: Offender) -> list[Venue]:
    """An operator looks for premises as others look for homes; the new venue, if there is one."""
    compound, memory = who.look_about()
    building = choose_building(who, compound, memory) if compound else None
    if compound is None or building is None:
        who.come_home_empty()
        return []
    who.succeed(compound, building, None)
    return [Venue(compound, building, who, who.model.day)]


# ---- quarrels --------------------------------------------------------------------------------------------------


def quarrel(it: Problem) -> None:
    """An open dispute may turn violent, the more so after bad answers; a household that it reaches is the victim."""
    compound, p = it.compound, it.compound.p.crime
    hazard = p.violence[it.kind]
    if it.gone or hazard == 0.0:
        return
    u, v = it.draw_two(Process.VIOLENCE)
    chance = hazard * it.severity * (1.0 + p.bad_answer * it.closings)
    if it.reach == "compound":
        chance *= exp(-p.presence_calms * compound.beyond)
    if u >= chance:
        return
    reached = compound.households if it.reach == "compound" else it.building.households
    home = it.home or reached[int(v * len(reached))]
    crime = Crime("violence", compound, it.building, home, None)
    if it.draw(Process.VIOLENCE, 1) < p.violence_completed:
        crime.complete()
