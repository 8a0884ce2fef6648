"""Venues of vice: operators look for premises, open, and keep open until the police close them."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.kernels.offenders import come_home_empty, goes_out, remember_success
from govsim.kernels.targets import OPERATOR, VICE, choose_building, look_about, record
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, uniform

_VENUE = int(Process.VENUE)
WEEK = 7


@compiled
def trade_in_vice(day, season, offenders, n, scene, venues, n_venues, crimes, n_crimes, p):
    """Operators without a venue look for one as others look for homes; each open venue is one crime a week.

    Returns the new numbers of venues and of crimes. A venue whose operator is gone or detained closes by itself.
    """
    kept = 0
    for i in range(n_venues):
        venue = venues[i]
        owner = find_owner(venue, offenders, n)
        if venue.closed or owner < 0 or day > offenders[owner].ends or day < offenders[owner].away_until:
            continue
        if (day - venue.opened) % WEEK == 0:
            crime = record(crimes, n_crimes, day, venue.compound, venue.building, -1, VICE, scene.ground)
            n_crimes += 1
            crime.completed = 1
            crime.offender_home, crime.offender_born = venue.offender_home, venue.offender_born
            crime.offender_number, crime.offender_trade = venue.offender_number, OPERATOR
        if kept < i:
            venues[kept] = venue
        kept += 1
    for i in range(n):
        o = offenders[i]
        if o.trade != OPERATOR:
            continue
        key = scene.place[o.home].stream
        if has_venue(o, venues, kept) or not goes_out(o, key, day, season, p):
            continue
        c, memory = look_about(o, key, day, scene, p)
        building = choose_building(o, key, day, c, memory, scene, p) if c >= 0 else -1
        if building < 0:
            come_home_empty(o, key, day, p)
            continue
        if kept >= venues.shape[0]:
            raise IndexError("more venues than the pool holds")
        new = venues[kept]
        new.compound, new.building, new.opened, new.closed = c, building, day, 0
        new.offender_home, new.offender_born, new.offender_number = o.home, o.born, o.number
        remember_success(o, c, building, -1, day, p)
        kept += 1
    return kept, n_crimes


@compiled
def find_owner(crime, offenders, n):
    """Row of the offender that a crime or a venue names, -1 if he is not there any more. Born in order of rows."""
    for i in range(n):
        o = offenders[i]
        if o.home == crime.offender_home and o.born == crime.offender_born and o.number == crime.offender_number:
            return i
    return -1


@compiled
def has_venue(o, venues, n):
    """Whether an operator has an open venue."""
    for i in range(n):
        venue = venues[i]
        if venue.offender_home == o.home and venue.offender_born == o.born and venue.offender_number == o.number:
            return venue.closed == 0
    return False


@compiled
def close_venue(crime, day, venues, n_venues, o, place, levers, flows, p):
    """The police close the venue of a vice crime; converted premises leave nothing to reopen: then the operator gives up."""
    for i in range(n_venues):
        venue = venues[i]
        mine = venue.offender_home == o.home and venue.offender_born == o.born and venue.offender_number == o.number
        if mine and venue.closed == 0:
            venue.closed = 1
            flows[venue.compound, SLOTS.venues_closed] += 1
            u = uniform(place[o.home].stream, _VENUE, 0, o.number, o.born, day)
            if u < levers[venue.compound].crime_conversion:
                o.ends = min(o.ends, day)
