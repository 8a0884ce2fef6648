"""Owners' committees: formed, elected, falling inactive or captured, at odds with firm and residents' committee."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.kernels.people import OWNER
from govsim.kernels.votes import ELECTION, vote
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform

_OWNERS = int(Process.OWNERS)
FALL, ATTEMPT, ELECT, PUBLISH, AGENCY, DISSOLVE = 0, 1, 2, 3, 4, 5  # k of this process's draws; assemblies.py uses the next ones

MISSING, INACTIVE, CAPTURED, WORKING = 0, 1, 2, 3  # vocabulary.OWNERS_STATES
YEAR = 365.25


@compiled
def mood(here, household_residents, tenure, minds, people, p):
    """Mean service felt by owner households' heads, and initiators per 100 residents: owners ready to speak, served badly."""
    felt, owners, ready = 0.0, 0, 0
    for h in range(here.household0, here.household0 + here.households):
        if tenure[h] != OWNER:
            continue
        owners += 1
        felt += minds[household_residents[h]].service_felt
        for i in range(household_residents[h], household_residents[h + 1]):
            if people[i].voice > p.initiator_voice and minds[i].service_felt < p.initiator_service:
                ready += 1
    return felt / max(1, owners), 100.0 * ready / max(1, here.residents)


@compiled
def drive_of(here, committees):
    """Drive of the residents' committees of a compound: their leaders', as far as their posts are filled."""
    total = 0.0
    for k in range(here.committee0, here.committee0 + here.committees):
        total += committees[k].leader * committees[k].staff
    return total / here.committees


@compiled
def fall(day, place, owners, flows, p):
    """Working committees that fall inactive or are captured this quarter."""
    for c in range(place.shape[0]):
        it = owners[c]
        if it.status != WORKING:
            continue
        u = uniform(place[c].stream, _OWNERS, FALL, 0, 0, day)
        captured = p.fall_captured * (1.0 - it.integrity)
        if u < p.fall_inactive + captured:
            it.status = CAPTURED if u < captured else INACTIVE
            flows[c, SLOTS.committees_fallen + it.status] += 1


@compiled
def attempt_chance(initiators, push, p):
    """Chance a quarter that a committee is formed or revived; push: drive of the residents' committee."""
    return p.attempt + p.attempt_initiators * min(1.0, initiators / p.initiators_enough) + p.attempt_push * push


@compiled
def form(
    day, place, owners, committees, household_residents, tenure, minds, people, oversight, levers, flows, p
):  # fmt: skip
    """Elections: at the end of a term, and where a committee is missing or inactive and somebody takes it up."""
    for c in range(place.shape[0]):
        it, here = owners[c], place[c]
        drive = drive_of(here, committees)
        over = it.status != MISSING and day - it.elected >= p.term_years * YEAR
        if not over:
            if it.status > INACTIVE:
                continue
            _, initiators = mood(here, household_residents, tenure, minds, people, p)
            chance = attempt_chance(initiators, drive + levers[c].self_government_push, p)
            if uniform(here.stream, _OWNERS, ATTEMPT, 0, 0, day) >= chance:
                continue
        canvass = drive + levers[c].self_government_push
        passed = vote(
            c, ELECTION, day, here, household_residents, tenure, minds, people, oversight[c], canvass, levers[c], flows[c], p
        )
        if passed:
            _elect(it, here.stream, day, levers[c].self_government_vetting, flows[c], p)
        elif over:  # nobody is elected: it lies idle, and one that lay idle already may be dissolved
            it.elected = day
            if it.status != INACTIVE:
                it.status = INACTIVE
                flows[c, SLOTS.committees_fallen + INACTIVE] += 1
            elif uniform(here.stream, _OWNERS, DISSOLVE, 0, 0, day) < p.dissolve:
                it.status = MISSING
                flows[c, SLOTS.committees_fallen + MISSING] += 1


@compiled
def _elect(it, key, day, vetting, flows, p):
    """A new committee: its integrity, and whether it is somebody's from the start."""
    u, v = two_uniforms(key, _OWNERS, ELECT, 0, 0, day)
    it.integrity = min(1.0, max(0.0, p.integrity_mean + vetting + p.integrity_spread * (2.0 * u - 1.0)))
    it.status = CAPTURED if v < p.captured_start * (1.0 - it.integrity) else WORKING
    it.elected = day
    flows[SLOTS.committees_formed] += 1


@compiled
def oversight_of(it, cross, p):
    """How well a committee supervises the firm, 0..1; cross: share of cross-appointment."""
    able = 1.0 if it.status == MISSING else p.integrity_least + p.integrity_effect * it.integrity
    w = p.levels[it.status] * able * (1.0 - p.conflict_oversight * it.conflict_committee)
    return min(1.0, max(0.0, w + p.cross_oversight * cross))


@compiled
def supervise(
    day, place, owners, committees, household_residents, tenure, minds, people, oversight, openness, levers, p
):  # fmt: skip
    """Committees quarrel or make peace with firm and residents' committee, watch the firm, and publish accounts or not."""
    for c in range(place.shape[0]):
        it, here = owners[c], place[c]
        felt, _ = mood(here, household_residents, tenure, minds, people, p)
        cross = levers[c].self_government_cross
        bad = min(1.0, max(0.0, (p.conflict_bad - felt) / p.conflict_width))
        goal = oversight[c] * bad * (1.0 - levers[c].mediation_conflict) if it.status == WORKING else 0.0
        it.conflict_firm += p.conflict_step * (goal - it.conflict_firm)
        skill = 0.0
        for k in range(here.committee0, here.committee0 + here.committees):
            skill += committees[k].skill / here.committees
        goal = p.conflict_spill * it.conflict_firm * (1.0 - cross) * (1.0 - p.conflict_skill * skill)
        it.conflict_committee += p.conflict_step * (goal - it.conflict_committee)
        own = it.status == WORKING and uniform(here.stream, _OWNERS, PUBLISH, 0, 0, max(0, it.elected)) < (
            p.books_integrity * it.integrity
        )
        agency = uniform(here.stream, _OWNERS, AGENCY, 0, 0, 0) < levers[c].self_government_books
        it.books = 1 if own or agency else 0
        oversight[c] = oversight_of(it, cross, p)
        openness[c] = oversight[c] + p.books_openness * it.books
