"""A day of crime and police in plain Python (mechanism 7), in its order."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from experiments.speed.plain_offenders import enter
from experiments.speed.plain_police import follow_groups, look_again
from experiments.speed.plain_targets import open_venue, quarrel, rob, swindle

if TYPE_CHECKING:
    from experiments.speed.plain_mesa import PlainModel

WEEK = 7


def crime_day(model: PlainModel) -> None:
    """Offenders look, come and go, go out; disputes turn; victims tell; officers work; word spreads and fades."""
    if model.day % WEEK == 0:
        for compound in model.compounds:
            compound.sight.look()
        for compound in model.compounds:
            compound.sight.invite()
    careers(model)
    offend(model)
    for beat in model.beats:
        beat.stand_about()
    for problem in model.problems:
        quarrel(problem)
    for crime in model.crimes_today:
        crime.become_known()
    police(model)
    spread_word(model)


def careers(model: PlainModel) -> None:
    """Some end, some begin."""
    for who in model.offenders:
        who.grow_older()
    model.offenders = [who for who in model.offenders if not who.gone]
    for who in model.offenders:
        if who.partner and who.partner.gone:
            who.partner = None
    if model.day > 0:  # those of the first day stand for it
        for compound in model.compounds:
            enter(compound, model.offenders)


def offend(model: PlainModel) -> None:
    """All trades, one after the other."""
    model.crimes_today = []
    for who in model.offenders:
        if who.trade in ("burglar", "thief") and who.goes_out():
            rob(who)
    for who in model.offenders:
        if who.trade == "swindler" and who.goes_out():
            swindle(who)
    for venue in model.venues:
        venue.go_on()
    model.venues = [venue for venue in model.venues if not venue.closed]
    busy = {venue.owner for venue in model.venues}
    for who in model.offenders:
        if who.trade == "vice_operator" and who not in busy and who.goes_out():
            model.venues += open_venue(who)


def police(model: PlainModel) -> None:
    """The beats' officers: what comes first, cases, and what an arrest brings to light, then visits and patrol."""
    for beat in model.beats:
        beat.set_out([crime for crime in model.crimes_today if crime.reported and crime.compound in beat.compounds])
    model.crimes += model.crimes_today
    beat_of = {compound: beat for beat in model.beats for compound in beat.compounds}
    follow_groups(model, beat_of)
    for crime in model.crimes:
        beat_of[crime.compound].investigate(crime, model.venues)
    for crime in model.crimes:
        look_again(crime)
    for beat in model.beats:
        beat.walk()


def spread_word(model: PlainModel) -> None:
    """Offenders hear of arrests, there and near by; all forget, and once a week old cases are put away."""
    p = model.p.offenders
    for compound in model.compounds:
        compound.alarm *= exp(-1.0 / p.alarm_memory)
    for compound in model.compounds:
        compound.alarm += compound.caught
        near = model.near[compound.row]
        for other, weight in near:
            other.alarm += compound.caught * p.alarm_near * weight / sum(w for _, w in near)
        compound.caught = 0.0
        compound.crime *= 0.5 ** (1.0 / model.p.victims.felt_half_life)
        compound.known *= 0.5 ** (1.0 / model.p.policing.known_half_life)
    if model.day % WEEK == WEEK - 1:
        for crime in model.crimes:
            crime.lapse()
        model.crimes = [crime for crime in model.crimes if not crime.forgotten()]
