"""Police: each beat's officer has so many minutes a day; calls and cases take theirs, what is left is visits and patrol."""

from __future__ import annotations

import numpy as np

from govsim.kernels.aftermath import entity
from govsim.kernels.compiled import compiled
from govsim.kernels.offenders import arrest, is_free
from govsim.kernels.targets import VICE
from govsim.kernels.venues import close_venue, find_owner
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform

_CLEAR = int(Process.CLEAR)
CALLS, RESPONSE, INVESTIGATION, PATROL, VISITS, PAPERWORK = range(6)
MOST_ARRESTS = 4096


@compiled
def set_out(day_share, place, levers, desks, desk0, crimes, first, n, minutes, left, p):
    """Minutes that go before all else, by beat, into `minutes` (beats, 6); what is left into `left` (beats,).

    In this order, each as far as time allows: paperwork (a share), calls (what the beat's desk worked on today, and others),
    response to today's reports. desks, desk0: the police desks begin at row desk0, one a beat.
    """
    minutes[:] = 0.0
    people = np.zeros(left.shape[0])
    left[:] = 0.0
    for c in range(place.shape[0]):
        b = place[c].beat
        people[b] += place[c].residents
        left[b] += place[c].residents * levers[c].policing_officers
    for b in range(left.shape[0]):
        left[b] = p.officer_minutes * day_share * left[b] / people[b] if people[b] > 0.0 else 0.0
        _spend(minutes, left, b, PAPERWORK, p.paperwork_share * left[b])
        _spend(minutes, left, b, CALLS, p.call_minutes * desks[desk0 + b].used + p.other_calls * people[b] / 1000.0)
    for i in range(first, n):
        if crimes[i].reported:
            _spend(minutes, left, place[crimes[i].compound].beat, RESPONSE, p.response_minutes[crimes[i].kind])


@compiled
def _spend(minutes, left, beat, work, wanted):
    """Minutes go to a work as far as there are any."""
    spent = min(left[beat], wanted)
    minutes[beat, work] += spent
    left[beat] -= spent


@compiled
def investigate(day, crimes, n, offenders, n_offenders, venues, n_venues, place, levers, minutes, left, caught, flows, p):
    """Cases that are due are worked in the order of the crimes, each once and whole, while the beat's time lasts.

    One that finds no time for `lapse` days after the crime is not taken up any more. A cleared case arrests the offender if
    he is at large and still about; then his earlier recorded cases are looked at again.
    """
    taken = np.empty(MOST_ARRESTS, np.int32)
    n_taken = 0
    for i in range(first_since(crimes, n, day - p.lapse), n):
        crime = crimes[i]
        if crime.day == day and crime.cleared:  # caught on the spot today
            who = find_owner(crime, offenders, n_offenders)
            if who >= 0 and n_taken < MOST_ARRESTS:
                taken[n_taken] = who
                n_taken += 1
            continue
        beat = place[crime.compound].beat
        if crime.closed or crime.due < 0 or crime.due > day or left[beat] < p.case_minutes[crime.kind]:
            continue
        _spend(minutes, left, beat, INVESTIGATION, p.case_minutes[crime.kind])
        crime.due = -1
        key = place[crime.compound].stream
        u, v = two_uniforms(key, _CLEAR, 0, entity(crime), 0, crime.day)
        if u >= crime.evidence:
            continue
        who = find_owner(crime, offenders, n_offenders) if crime.offender_home >= 0 else -1
        if crime.offender_home >= 0 and who < 0:  # named, and gone: not cleared
            continue
        _clear(crime, day, flows)
        if who < 0:
            continue
        o = offenders[who]
        if crime.kind == VICE:
            close_venue(crime, day, venues, n_venues, o, place, levers, flows, p)
        if v < p.arrest_share[crime.kind] and day >= o.away_until and n_taken < MOST_ARRESTS - 1:
            n_taken = _arrest_both(who, crime, day, offenders, place, taken, n_taken, levers, caught, flows, p)
    if n_taken > 0:
        _look_again(day, crimes, n, offenders, taken, n_taken, place, flows, p)


@compiled
def _arrest_both(who, crime, day, offenders, place, taken, n_taken, levers, caught, flows, p):
    """The offender is detained; his partner too, if he is named."""
    o = offenders[who]
    arrest(o, place[o.home].stream, day, p)
    flows[crime.compound, SLOTS.arrests + o.trade] += 1
    caught[crime.compound] += 1.0
    taken[n_taken] = who
    n_taken += 1
    if o.partner >= 0 and is_free(offenders[o.partner], day):
        other = offenders[o.partner]
        if (
            uniform(place[o.home].stream, _CLEAR, 1, other.number, other.born, day)
            < levers[crime.compound].policing_partner_named
        ):
            arrest(other, place[other.home].stream, day, p)
            flows[crime.compound, SLOTS.arrests + other.trade] += 1
            taken[n_taken] = o.partner
            n_taken += 1
    return n_taken


@compiled
def first_since(crimes, n, day):
    """First row of a day or later; rows are in the order of days."""
    a, b = 0, n
    while a < b:
        middle = (a + b) // 2
        if crimes[middle].day < day:
            a = middle + 1
        else:
            b = middle
    return a


@compiled
def _clear(crime, day, flows):
    """The record says: cleared. Nothing about it changes any more."""
    crime.cleared, crime.cleared_on, crime.closed, crime.due = 1, day, 1, day
    flows[crime.compound, SLOTS.crimes_cleared + crime.kind] += 1


@compiled
def _look_again(day, crimes, n, offenders, taken, n_taken, place, flows, p):
    """Recorded crimes of those arrested today are cleared too, each with a chance."""
    for i in range(first_since(crimes, n, day - p.earlier_within), n):
        crime = crimes[i]
        if crime.recorded == 0 or crime.closed:
            continue
        for k in range(n_taken):
            o = offenders[taken[k]]
            if crime.offender_home != o.home or crime.offender_born != o.born or crime.offender_number != o.number:
                continue
            if uniform(place[crime.compound].stream, _CLEAR, 2, entity(crime), crime.day, day) < p.earlier_cleared:
                _clear(crime, day, flows)
            break


@compiled
def walk(place, levers, known, minutes, left, patrol, flows, p):
    """What is left is visits and patrol; patrol is split over the beat's compounds by residents, and by recent recorded
    crime where hot spots are asked for. Counts all minutes where the beat's residents live."""
    beats = left.shape[0]
    weight, people = np.zeros(beats), np.zeros(beats)
    for b in range(beats):
        _spend(minutes, left, b, VISITS, p.visit_share * left[b])
        _spend(minutes, left, b, PATROL, left[b])
    for c in range(place.shape[0]):
        weight[place[c].beat] += _drawn(place[c], levers[c], known[c], p)
        people[place[c].beat] += place[c].residents
    for c in range(place.shape[0]):
        b = place[c].beat
        patrol[c] = minutes[b, PATROL] * _drawn(place[c], levers[c], known[c], p) / weight[b]
        for w in range(minutes.shape[1]):
            flows[c, SLOTS.police_minutes + w] += patrol[c] if w == PATROL else minutes[b, w] * place[c].residents / people[b]


@compiled
def _drawn(here, lever, known, p):
    """How much of its beat's patrol a compound draws."""
    return here.residents * (1.0 + lever.policing_hot_spot * known * 1000.0 / here.residents / p.hot_spot_scale)
