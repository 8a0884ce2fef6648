"""Problems in plain Python (mechanism 1), and the buildings they arise in: they are found, and fade."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING

from experiments.speed.plain_casework import File, open_file
from experiments.speed.plain_draws import pick
from govsim.randomness import Process
from govsim.vocabulary import KINDS

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_residents import Household, Resident

ENTRY = ("firm", "committee", "platform", "hotline", "police")  # where a complaint can start
NUMBERS = 4096  # a kind's problems of a compound and day


@dataclass(eq=False, slots=True)
class Problem:
    """Something that is wrong. `weight` is severity x what one of those who share it feels responsible for."""

    compound: Compound
    kind: str
    born: int
    entity: int  # identifies it, with its day of birth, in its compound
    severity: float
    reach: str
    building: Building
    home: Household | None
    weight: float
    suits: list[float]  # suitability of the channels of entry
    file: File | None = None
    known: bool = False  # to anybody in office
    gone: bool = False
    closings: int = 0

    def draw(self, process: Process, k: int = 0) -> float:
        """Today's chance of something about this problem."""
        return self.compound.draw(process, k, self.entity, self.born)

    def draw_two(self, process: Process, k: int = 0) -> tuple[float, float]:
        """Two chances."""
        return self.compound.draw_two(process, k, self.entity, self.born)

    def bothers(self, who: Resident) -> bool:
        """Whether it reaches this resident of its compound."""
        if self.reach == "dwelling":
            return self.home is who.home
        return self.reach == "compound" or self.building is who.building

    def fade(self) -> None:
        """It ends by itself: residents tire of it, weather helps, routine work reaches it."""
        p = self.compound.p.problems
        routine = 1.0 + p.routine_effect * p.service_share[self.kind] * self.compound.service_for(self.kind)
        if self.draw(Process.FADE) < routine / p.life[self.kind]:
            self.gone = True
            self.compound.count("problems_unreported", by=not self.known)

    def be_found(self) -> None:
        """Staff on their rounds may see it from outside."""
        compound = self.compound
        if not self.known and self.reach != "dwelling":
            chance = compound.levers.finding_grid_rate * compound.p.finding.visible[self.kind]
            if self.reach == "compound":
                seen = compound.levers.finding_cameras * compound.p.finding.on_street[self.kind]
                chance = chance + seen - chance * seen
            if self.draw(Process.FIND) < chance:
                self.known = True
                compound.count("found", "grid")
                open_file(self, "grid", 0)


@dataclass(eq=False, slots=True)
class Building:
    """A building, and what weighs on those who live there."""

    number: int
    households: list[Household] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)  # by channel of entry, the compound's included
    annoyance: float = 0.0
    disorder: float = 0.0
    x: float = 0.0  # metres
    y: float = 0.0
    inviting: float = 1.0  # to offenders


def new_problem(compound: Compound, kind: str, number: int) -> Problem:
    """One that arose: its severity, reach and place. `number` counts the kind's of today."""
    p, entity = compound.p.problems, KINDS.index(kind) * NUMBERS + number
    u, v = compound.draw_two(Process.SHAPE, 0, entity)
    where, which = compound.draw_two(Process.SHAPE, 1, entity)
    severity = p.severity_least - p.severity_spread * log(u)
    reach = pick(p.reach[kind], v)
    building = compound.buildings[int(where * len(compound.buildings))]
    if not building.households:
        reach = "compound"
    home = building.households[int(which * len(building.households))] if reach == "dwelling" else None
    return put_problem(kind, entity, severity, reach, compound, building, home)


def put_problem(
    kind: str, entity: int, severity: float, reach: str, compound: Compound, building: Building, home: Household | None
) -> Problem:
    """A problem of today, shared by those whom it reaches."""
    stored = compound.model.draws.stored
    severity = stored(severity)
    sharers = {"dwelling": 1, "building": len(building.households), "compound": len(compound.households)}[reach]
    weight = stored(severity * stored(max(1, sharers) ** -compound.p.problems.sharing))
    suits = [compound.p.complaints.suitability[kind][channel] for channel in ENTRY]
    compound.count("problems", kind)
    return Problem(compound, kind, compound.model.day, entity, severity, reach, building, home, weight, suits)
