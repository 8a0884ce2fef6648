"""What guards a compound, in plain Python (mechanism 7): its devices, and what offenders see of it each week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from govsim.vocabulary import TRADES

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound


class Device:
    """Cameras, or access control: how much of the full set there is, and how much of that works."""

    def __init__(self, installed: float, works: float, breaks: float) -> None:
        self.installed, self.works, self.breaks = installed, works, breaks

    def keep_up(self, wanted: float, mended: float) -> None:
        """A week: new ones join where a programme pays for them, some are mended, some break."""
        if wanted > self.installed:
            self.works = (self.installed * self.works + wanted - self.installed) / wanted
            self.installed = wanted
        self.works += mended * (1.0 - self.works) - self.breaks * self.works

    def working(self) -> float:
        """Share of the full set that works."""
        return self.installed * self.works


class Sight:
    """A compound as offenders find it. `home`: share of residents at home, on weekdays and at week-ends."""

    def __init__(self, compound: Compound) -> None:
        self.compound, p, people = compound, compound.p.crime, compound.residents
        self.home = [
            sum(hours[who.hours] for who in people) / len(people) for hours in (p.presence_weekday, p.presence_weekend)
        ]
        self.ties = sum(len(who.ties) for who in people) / len(people)
        self.cameras = Device(p.cameras_start[compound.kind], p.works_start, p.camera_breaks)
        self.entries = Device(p.access_start[compound.kind] * compound.gated, p.works_start, p.access_breaks)
        self.guards = self.control = self.watch = self.access = self.seen_cameras = self.neglect = 0.0
        self.pull = dict.fromkeys(TRADES, 0.0)

    def look(self) -> None:
        """The compound's own cues of this week."""
        here, p = self.compound, self.compound.p.crime
        self.guards = here.security_effort() * p.guards_full[here.kind] / p.guards_reference
        known = (self.ties + here.acquaintances) / p.ties_reference
        self.control = known * here.belonging / p.belonging_reference
        self.watch = 100.0 * here.levers.crime_watch * here.volunteers / len(here.households)
        self.seen_cameras, self.access = self.cameras.working(), self.entries.working()
        load = sum(it.severity * p.neglect[it.kind] for it in here.problems if it.home is None and not it.gone)
        load *= 1000.0 / len(here.residents)
        self.neglect = load / (load + p.disorder_half)

    def invite(self) -> None:
        """What draws each trade; cues are blurred with the neighbours', as nobody sees where a compound ends."""
        here, p, z = self.compound, self.compound.p.crime, self.compound.openness_of_ground
        cameras, access, neglect = self.blurred("seen_cameras"), self.blurred("access"), self.blurred("neglect")
        stocks = here.surroundings.left
        group = stocks["group_flats"] / here.dwellings
        premises = 1000.0 * stocks["premises"] / len(here.residents)
        premises = premises / (premises + p.premises_half) - 0.5
        for trade in TRADES:
            pull = p.level[trade] + p.wealth_effect[trade] * here.log_wealth - p.gated_effect[trade] * here.gated
            pull += p.openness_effect[trade] * (z - p.access_closes * self.access * max(0.0, z))
            pull += p.condition_effect[trade] * (p.condition_reference - here.condition)
            pull += p.disorder_effect[trade] * (neglect - 0.5)
            pull += p.group_effect[trade] * group + p.premises_effect[trade] * premises
            pull -= p.camera_effect[trade] * cameras + p.access_effect[trade] * access
            self.pull[trade] = pull - p.control_effect[trade] * (self.control - 1.0)

    def blurred(self, cue: str) -> float:
        """A cue, in part the neighbours' by nearness."""
        near, blur, mine = self.compound.near(), self.compound.p.crime.blur, getattr(self, cue)
        total = sum(weight for _, weight in near)
        if total == 0.0:
            return float(mine)
        return float((1.0 - blur) * mine + blur * sum(w * getattr(c.sight, cue) for c, w in near) / total)

    def keep_up(self) -> None:
        """A week of wear and repair: as the firm sees to it and the fund can pay."""
        here, p = self.compound, self.compound.p.crime
        money = min(1.0, max(0.0, here.fund / p.fund_enough))
        mended = min(1.0, p.mends * here.security_effort() * money + here.levers.crime_upkeep)
        self.cameras.keep_up(here.levers.crime_cameras, mended)
        self.entries.keep_up(here.levers.crime_access, mended)

    def encounters(self) -> float:
        """Whom one who looks or tries must expect to meet: guards, neighbours, volunteers, patrols, posts."""
        here, p = self.compound, self.compound.p.crime
        met = p.guard_encounters * self.guards + p.watch_encounters * self.watch + p.patrol_encounters * here.patrol
        at_home = self.home[here.model.weekend] / p.home_reference
        return float(met + p.neighbour_encounters * at_home * self.control + p.post_encounters * here.levers.crime_posts)
