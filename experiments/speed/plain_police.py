"""Police in plain Mesa (mechanism 7): a beat's officer answers calls, investigates, arrests, visits and patrols."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from govsim.randomness import Process
from govsim.vocabulary import POLICE_WORK

if TYPE_CHECKING:
    from experiments.speed.plain_casework import Desk
    from experiments.speed.plain_compounds import Compound
    from experiments.speed.plain_crimes import Crime
    from experiments.speed.plain_mesa import PlainModel
    from experiments.speed.plain_targets import Venue

CLEAR_UP, NAME_PARTNER, LOOK_AGAIN, TRACE, CLOSE_COVER = range(5)  # which draw


class Beat(mesa.Agent):
    """A beat with so many minutes a day: first come paper, calls and reports, then cases, what is left is visits and patrol."""

    model: PlainModel

    def __init__(self, model: PlainModel, desk: Desk, compounds: list[Compound]) -> None:
        super().__init__(model)
        self.desk, self.compounds, self.left = desk, compounds, 0.0
        self.people = sum(len(c.residents) for c in compounds)
        self.minutes = dict.fromkeys(POLICE_WORK, 0.0)

    def spend(self, work: str, wanted: float) -> None:
        """Minutes go to a work as far as there are any."""
        spent = min(self.left, wanted)
        self.minutes[work] += spent
        self.left -= spent

    def set_out(self, reports: list[Crime]) -> None:
        """Paperwork, calls, and the response to today's reports."""
        p = self.model.p.policing
        self.minutes = dict.fromkeys(POLICE_WORK, 0.0)
        if not self.people:
            return
        officers = sum(len(c.residents) * c.levers.policing_officers for c in self.compounds) / self.people
        self.left = p.officer_minutes * 7.0 / (5.0 + 2.0 * p.weekend) * (p.weekend if self.model.weekend else 1.0) * officers
        self.spend("paperwork", p.paperwork_share * self.left)
        self.spend("calls", p.call_minutes * self.desk.used + p.other_calls * self.people / 1000.0)
        for crime in reports:
            self.spend("response", p.response_minutes[crime.kind])

    def investigate(self, crime: Crime, venues: list[Venue]) -> None:
        """A case that is due takes its time, once and whole; a cleared one arrests who did it if he can be found."""
        p, today = self.model.p.policing, self.model.day
        due = crime.closed_on is None and crime.due is not None and crime.due <= today
        if not due or today - crime.day > p.lapse or self.left < p.case_minutes[crime.kind]:
            return
        self.spend("investigation", p.case_minutes[crime.kind])
        crime.due = None
        u, v = crime.compound.draw_two(Process.CLEAR, CLEAR_UP, crime.entity(), day=crime.day)
        if u >= crime.evidence or (crime.by is not None and crime.by.gone):
            return
        crime.solve()
        if crime.by is None:
            return
        if crime.kind == "vice":
            for venue in venues:
                if venue.owner is crime.by and not venue.closed:
                    venue.be_shut()
        if v < p.arrest_share[crime.kind] and crime.by.away_until <= today:
            self.arrest(crime)

    def arrest(self, crime: Crime) -> None:
        """The offender, and his partner if he names him."""
        assert crime.by is not None
        crime.by.be_arrested(crime.compound)
        crime.compound.caught += 1.0
        partner = crime.by.partner
        if partner and partner.free():
            chance = crime.by.home.draw(Process.CLEAR, NAME_PARTNER, partner.number, partner.born)
            if chance < crime.compound.levers.policing_partner_named:
                partner.be_arrested(crime.compound)

    def stand_about(self) -> None:
        """Minutes of yesterday's patrol beyond each compound's share by residents, and of posts."""
        p = self.model.p.policing
        more = sum(len(c.residents) * c.levers.policing_officers for c in self.compounds) / max(1, self.people) - p.officers
        added = p.officer_minutes * (1.0 - p.paperwork_share) * (1.0 - p.visit_share) * more
        for c in self.compounds:
            usual = max(0.0, self.minutes["patrol"] - added) * len(c.residents) / self.people
            c.beyond = c.patrol - usual + c.levers.crime_posts

    def walk(self) -> None:
        """Visits, and patrol where people live and, if asked for, where crime was recorded of late."""
        p = self.model.p.policing
        self.spend("visits", p.visit_share * self.left)
        self.spend("patrol", self.left)
        weights = []
        for c in self.compounds:
            recorded = c.known * 1000.0 / len(c.residents) / p.hot_spot_scale
            weights.append(len(c.residents) * (1.0 + c.levers.policing_hot_spot * recorded))
        for c, weight in zip(self.compounds, weights, strict=True):
            c.patrol = self.minutes["patrol"] * weight / sum(weights)
            for work, minutes in self.minutes.items():
                c.count("police_minutes", work, c.patrol if work == "patrol" else minutes * len(c.residents) / self.people)


def follow_groups(model: PlainModel, beat_of: dict[Compound, Beat]) -> None:
    """Groups of those arrested yesterday: covers are closed, members at large are brought in as far as their beats have time."""
    taken = [who for who in model.offenders if who.arrested == model.day - 1 and who.is_organised()]
    for venue in model.venues:
        owner, chance = venue.owner, venue.compound.levers.policing_covers_closed
        if not venue.closed and not owner.gone and owner.is_organised():
            known = sum(other.of_his_group(owner) for other in taken)
            if owner.draw(Process.CLEAR, CLOSE_COVER) < 1.0 - (1.0 - chance) ** known:
                venue.be_shut()
    for who in model.offenders:
        beat, minutes = beat_of[who.home], model.p.policing.group_minutes
        if who.free() and who.is_organised() and beat.left >= minutes:
            known = sum(other.of_his_group(who) for other in taken)
            if who.draw(Process.CLEAR, TRACE) < 1.0 - (1.0 - who.home.levers.policing_group_traced) ** known:
                beat.spend("investigation", minutes)
                who.be_arrested(who.home)


def look_again(crime: Crime) -> None:
    """A recorded crime of somebody who was arrested today may be cleared with it."""
    p, today = crime.compound.p.policing, crime.compound.model.day
    mine = crime.by is not None and crime.by.arrested == today
    if not mine or not crime.recorded or crime.closed_on is not None or today - crime.day > p.earlier_within:
        return
    if crime.draw(Process.CLEAR, LOOK_AGAIN, crime.day) < p.earlier_cleared:
        crime.solve()
