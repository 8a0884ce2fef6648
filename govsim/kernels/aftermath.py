"""After a crime: the victim reports it or not, the police record it or not, and people feel it. Arrays in, arrays out.

What happened, what was reported, what was recorded and what was felt are written down one after the other.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.compiled import compiled
from govsim.kernels.targets import BURGLARY, VICE, VIOLENCE
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform
from govsim.world.records import BUILDING, COMPOUND

_REPORT = int(Process.REPORT)
NOBODY = -1
NOISE, FAMILY = 5, 11  # vocabulary.KINDS: disputes between people


@compiled
def tell(
    day, crimes, first, n, scene, household_residents, minds, trust, crime_problem, problems, n_problems, traces, flows,
    p, q,
):  # fmt: skip
    """Today's crimes (rows first..n) are counted, reported, recorded and felt; returns the new number of problems.

    trust: mean trust in the police by compound, for crimes without a victim; crime_problem (crimes,): kind of problem that a
    crime leaves behind, -1 none; traces: victims.Traces, arrays over compounds and households that are written here;
    p: victims.Rules, q: policing.Rules.
    """
    for i in range(first, n):
        crime = crimes[i]
        c, k = crime.compound, crime.kind
        _count(crimes, i, traces, flows, p)
        _evidence(crime, scene, q)
        u, v = two_uniforms(scene.place[c].stream, _REPORT, 0, entity(crime), 0, day)
        if crime.cleared or u < report_chance(
            crime, household_residents, minds, trust[c], scene.levers[c].crime_violence_reporting, p
        ):
            crime.reported = 1
            flows[c, SLOTS.crimes_reported + k] += 1
        if crime.cleared or (crime.reported and v < q.recorded_share[k]):
            _write_down(crime, day, scene.place[c].stream, traces, flows, q)
            if k == VIOLENCE and uniform(scene.place[c].stream, _REPORT, 3, entity(crime), 0, day) < (
                scene.levers[c].crime_violence_settled
            ):
                _settle_disputes(crime, problems, n_problems, flows)
        if crime.recorded == 0 or crime.cleared:
            crime.closed, crime.due = 1, day
        weight = p.publicity[k] * (1.0 if crime.completed else p.attempt_felt)
        traces.felt[c] += weight * 1000.0 / scene.place[c].residents
        _hit(crime, scene, household_residents, minds, p)
        if crime_problem[k] >= 0 and crime.completed:
            n_problems = _leave_behind(crime, crime_problem[k], day, scene, problems, n_problems, flows, p)
    return n_problems


@compiled
def _settle_disputes(crime, problems, n, flows):
    """Somebody takes care of those who quarrelled: their open disputes end."""
    for i in range(n):
        it = problems[i]
        ours = it.household == crime.household or (it.household < 0 and it.building == crime.building)
        if it.gone == 0 and it.compound == crime.compound and ours and (it.kind == NOISE or it.kind == FAMILY):
            it.gone = 1
            flows[crime.compound, SLOTS.helped] += 1


@compiled
def entity(crime):
    """The number that identifies a crime, with its day, inside its compound's stream."""
    return np.int64(crime.kind) * 4096 + np.int64(crime.number)


@compiled
def _count(crimes, i, traces, flows, p):
    """Happened: completed or attempted, by kind; losses; victims who had one before; burglaries near an earlier one."""
    crime = crimes[i]
    c, k, day = crime.compound, crime.kind, crime.day
    if not crime.completed:
        flows[c, SLOTS.crime_attempts + k] += 1
        return
    flows[c, SLOTS.crimes + k] += 1
    flows[c, SLOTS.losses] += crime.loss
    if k != BURGLARY:
        return
    traces.last_crime[c] = day
    before = traces.last_burglary[crime.household]
    if before >= 0 and day - before <= p.repeat_days:
        flows[c, SLOTS.repeat_victims] += 1
    traces.last_burglary[crime.household] = day
    for j in range(i - 1, -1, -1):
        earlier = crimes[j]
        if day - earlier.day > p.near_days:
            break
        if earlier.kind == BURGLARY and earlier.completed and earlier.household != crime.household:
            if np.hypot(earlier.x - crime.x, earlier.y - crime.y) <= p.near_metres:
                flows[c, SLOTS.near_repeats] += 1
                break


@compiled
def _evidence(crime, scene, q):
    """How likely one investigation clears it: signs of the crime, cameras that work, what people tell the police."""
    seen, k = scene.sight[crime.compound], crime.kind
    told = q.clear_control * seen.control + q.clear_information * scene.levers[crime.compound].policing_information
    crime.evidence = 1.0 - np.exp(-q.clear_base[k] * (1.0 + q.clear_cameras * seen.cameras + told))


@compiled
def report_chance(crime, household_residents, minds, trust, encouraged, p):
    """Chance that somebody reports: by kind, more the larger the loss and the trust in the police, less by past victims.

    encouraged: log odds that help for victims of violence adds.
    """
    x = p.report_level[crime.kind] + (encouraged if crime.kind == VIOLENCE else 0.0)
    if crime.household >= 0:
        head = minds[household_residents[crime.household]]
        trust = head.trust_police
        x -= p.report_past if head.victim > 0 else 0.0
    x += p.report_trust * (trust - p.report_trust_reference)
    if crime.completed == 0:
        x -= p.report_attempt
    elif crime.loss > 0.0:
        x += p.report_loss * np.log(crime.loss / p.loss_reference[crime.kind])
    return 1.0 / (1.0 + np.exp(-x))


@compiled
def _write_down(crime, day, key, traces, flows, q):
    """The police record it; an investigation is due after a day and an exponential time."""
    crime.recorded = 1
    flows[crime.compound, SLOTS.crimes_recorded + crime.kind] += 1
    traces.known[crime.compound] += 1.0
    if crime.cleared:
        flows[crime.compound, SLOTS.crimes_cleared + crime.kind] += 1
    else:
        crime.due = day + 1 + int(-q.investigation_delay * np.log(uniform(key, _REPORT, 1, entity(crime), 0, day)))


@compiled
def _hit(crime, scene, household_residents, minds, p):
    """Felt: the household's members remember it; fear rises, trust, satisfaction and belonging fall; neighbours fear more.

    With the attitudes switched off the steps are zero, and nobody's mind moves.
    """
    if crime.household == NOBODY:
        return
    weight = p.publicity[crime.kind] * (1.0 if crime.completed else p.attempt_felt)
    b = crime.building
    h0, h1 = scene.building_households[b], scene.building_households[b + 1]
    if p.fear_neighbour > 0.0:
        for i in range(household_residents[h0], household_residents[h1]):
            minds[i].fear += p.fear_neighbour * weight * (1.0 - minds[i].fear)
    for i in range(household_residents[crime.household], household_residents[crime.household + 1]):
        mind = minds[i]
        mind.victim = min(255, mind.victim + crime.completed)
        mind.fear += p.fear_victim * weight * (1.0 - mind.fear)
        mind.satisfaction -= p.satisfaction_victim * weight * mind.satisfaction
        mind.belonging -= p.belonging_victim * weight * mind.belonging
        mind.trust_police -= p.trust_victim * weight * mind.trust_police


@compiled
def _leave_behind(crime, kind, day, scene, problems, n, flows, p):
    """A crime may leave a problem behind that people complain about: a broken door, a venue next to the stairs.

    Numbered by building, above the numbers of problems that arise of themselves; one a building, kind and day.
    """
    here = scene.place[crime.compound]
    if uniform(here.stream, _REPORT, 2, entity(crime), 0, day) >= p.problem_chance[crime.kind]:
        return n
    number = 2048 + (crime.building - here.building0) % 2048
    for j in range(n - 1, -1, -1):
        there = problems[j]
        if there.born != day:
            break
        if there.compound == crime.compound and there.kind == kind and there.number == number:
            return n
    if n >= problems.shape[0]:
        raise IndexError("more problems than the pool holds")
    new = problems[n]
    new.compound, new.born, new.kind, new.number = crime.compound, day, kind, number
    new.severity = p.problem_severity
    reach = COMPOUND if crime.kind == VICE else BUILDING
    new.reach, new.building, new.household = reach, crime.building, -1
    sharers = scene.building_households[crime.building + 1] - scene.building_households[crime.building]
    if reach == COMPOUND:
        sharers = here.households
    new.share = max(1.0, float(sharers)) ** -p.sharing
    new.case, new.closings, new.files, new.known, new.gone = -1, 0, 0, 0, 0
    flows[crime.compound, SLOTS.problems + kind] += 1
    return n + 1


@compiled
def put_away(day, crimes, n, keep, statute):
    """Weekly: old recorded crimes that nobody cleared are closed; rows older than `keep` days that have been closed for
    more than a day go. Order kept; returns the new number."""
    kept = 0
    for i in range(n):
        crime = crimes[i]
        age = day - crime.day
        if crime.closed == 0 and age > statute:
            crime.closed, crime.due = 1, day
        if crime.closed and age > keep and crime.due < day - 1:
            continue
        if kept < i:
            crimes[kept] = crime
        kept += 1
    return kept


@compiled
def spread_word(caught, alarm, fade, near, indptr, indices, weights):
    """Offenders hear of arrests: the alarm fades, rises by one at the place and by `near`, shared out, over its neighbours."""
    for c in range(alarm.shape[0]):
        alarm[c] *= fade
    for c in range(alarm.shape[0]):
        if caught[c] == 0.0:
            continue
        alarm[c] += caught[c]
        total = 0.0
        for k in range(indptr[c], indptr[c + 1]):
            total += weights[k]
        for k in range(indptr[c], indptr[c + 1]):
            alarm[indices[k]] += caught[c] * near * weights[k] / total
        caught[c] = 0.0
