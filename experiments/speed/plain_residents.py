"""Residents in plain Mesa (mechanisms 2 and 4): they notice, complain, hear the answer, go on, feel, and talk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from typing import TYPE_CHECKING

import mesa

from experiments.speed.plain_casework import File, open_file
from experiments.speed.plain_draws import pick
from govsim.randomness import Process
from govsim.vocabulary import PROPERTY_KINDS

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Building, Compound, Problem
    from experiments.speed.plain_mesa import PlainModel

ENTRY = ("firm", "committee", "platform", "hotline", "police")  # where a complaint can start
CROWD = 400  # most people followed in one petition
FIRM, COMMITTEE, HOTLINE, POLICE = range(4)  # beliefs
TEACHES = {
    "firm": FIRM, "committee": COMMITTEE, "platform": COMMITTEE, "hotline": HOTLINE, "police": POLICE,
    "petition": HOTLINE, "court": HOTLINE,
}  # fmt: skip


@dataclass(eq=False, slots=True)
class Household:
    """Who lives in one home."""

    tenure: str
    building: Building
    members: list[Resident]
    load: float = 0.0  # of problems at home


@dataclass(eq=False, slots=True)
class Complaint:
    """One resident's open complaint; `ill`: answered, and the problem still there."""

    by: Resident
    problem: Problem
    file: File | None
    channel: str
    step: int  # day of the last step
    used_hotline: bool
    ill: bool = False
    done: bool = False


class Resident(mesa.Agent):
    """One person. Attitudes lie between 0 and 1; annoyance is a load, taste lies around 0."""

    model: PlainModel
    voice: float
    hours: str
    habitual: bool
    online: bool
    satisfaction: float
    trust_firm: float
    trust_committee: float
    trust_police: float
    belonging: float
    fear: float
    service_felt: float
    annoyance: float
    anchor: float
    taste: float
    volunteer: bool
    listed: bool  # whether one was a volunteer last week
    victim: int  # times a victim of crime
    shown: tuple[float, ...]  # to neighbours this week

    def __init__(self, compound: Compound, number: int, home: Household, person: dict[str, float]) -> None:
        super().__init__(compound.model)
        self.compound, self.number, self.home, self.building = compound, number, home, home.building
        self.ties: list[Resident] = []
        self.belief = [0.5, 0.5, 0.5, 0.5]
        self.__dict__.update(person)
        self.busy = self.on_platform = False
        p = compound.p.complaints
        self.threshold = p.threshold_least + p.threshold_spread * compound.draw(Process.JOIN, 0, number, day=0)

    # ---- complaining -----------------------------------------------------------------------------------

    def pulls(self) -> list[float]:
        """What draws one to each channel, per unit of load and voice, a day: base x exp(B (belief - 1/2)) x access."""
        p, levers, belief = self.compound.p.complaints, self.compound.levers, self.belief
        pulls = [p.base * exp(p.belief_effect * (belief[TEACHES[channel]] - 0.5)) for channel in ENTRY]
        pulls[1] *= 1.0 - (1.0 - p.access[self.hours]) * (1.0 - levers.committee_access)
        pulls[2] *= levers.platform_ease if self.on_platform and levers.platform_open > 0.0 else 0.0
        pulls[3] *= p.habitual_hotline if self.habitual else 1.0
        return pulls

    def step(self) -> None:
        """Complain, or not, about what is shared with others."""
        if self.busy or self.voice == 0.0:
            return
        pulls = self.pulls()
        draw = self.compound.draw_daily(Process.COMPLAIN, self.number)
        if draw < 1.0 - exp(-self.voice * product(self.building.loads, pulls)):
            problem = self.choose(pulls)
            if problem is not None:
                self.say(problem, pulls, self.compound.draw(Process.CHOOSE, 0, 0xFFFF0000 + self.number))

    def choose(self, pulls: list[float]) -> Problem | None:
        """Which of the shared problems: a race, one draw for each."""
        soonest, winner = inf, None
        for it in self.compound.problems:
            if it.home is None and it.bothers(self):
                hazard = product(it.suits, pulls) * it.weight
                if hazard > 0.0:
                    time = -log(it.draw(Process.CHOOSE, self.number)) / hazard
                    if time < soonest:
                        soonest, winner = time, it
        return winner

    def mind(self, problem: Problem, place: int) -> None:
        """Complain, or not, about a problem at home; `place` is the resident's in the household."""
        if self.busy or self.voice == 0.0:
            return
        pulls = self.pulls()
        u, v = problem.draw_two(Process.COMPLAIN_OWN, place)
        if u < 1.0 - exp(-self.voice * problem.severity * product(problem.suits, pulls)):
            self.say(problem, pulls, v)

    def say(self, problem: Problem, pulls: list[float], v: float) -> None:
        """To whom: each channel by its share of the hazard."""
        hazards = {channel: s * pull for channel, s, pull in zip(ENTRY, problem.suits, pulls, strict=True)}
        self.compound.said.append((self, problem, pick(hazards, v)))

    def file(self, problem: Problem, channel: str) -> None:
        """The first complaint reaches an office."""
        if self.busy:
            return
        self.compound.count("first_complaints", channel)
        submit(problem, channel)
        self.busy = True
        model = self.compound.model
        model.complaints.append(Complaint(self, problem, problem.file, channel, model.day, channel == "hotline"))

    # ---- after the complaint ---------------------------------------------------------------------------

    def hear(self, it: Complaint) -> None:
        """If the file was closed: look whether the problem is gone, learn from it, perhaps be called back."""
        compound, problem, file = self.compound, it.problem, it.file
        if file is None or file.result is None:
            if problem.gone and file is None:  # was ill answered, but the problem has gone since
                it.done, self.busy = True, False
            return
        p, solved = compound.p.complaints, file.result != "unsolved"
        it.file = None
        compound.count("answered")
        compound.count("felt_solved" if solved else "felt_failed", it.channel)
        if solved:
            it.done, self.busy = True, False
        else:
            it.ill = True
        self.learn(it.channel, solved)
        if it.channel in ("committee", "platform"):
            compound.visible[0] += 1.0
            compound.visible[1] += solved
        if not file.supervised:
            return
        u, v = compound.draw_two(Process.CALL_BACK, 0, self.number)
        if u >= p.call_back:
            return
        compound.count("callbacks")
        if v < (p.content_solved if solved else p.content_failed):
            compound.count("callbacks_satisfied")
        elif not solved and compound.draw(Process.CALL_BACK, 1, self.number) < compound.levers.casework_callback_reopen:
            if problem.file is None:
                open_file(problem, "hotline", int(compound.levers.casework_dispatch_days))
                compound.count("reopened")
            it.file, it.ill = problem.file, False

    def learn(self, channel: str, solved: bool) -> None:
        """Belief in whom one complained to, trust, satisfaction, and the town's public record."""
        p, about, goal = self.compound.p.complaints, TEACHES[channel], 1.0 if solved else 0.0
        rate = p.learn_solved if solved else p.learn_failed
        self.belief[about] = self.stored(self.belief[about] + rate * (goal - self.belief[about]))
        trust = "trust_" + (channel if channel in ("firm", "police") else "committee")
        step = p.trust_solved if solved else -p.trust_failed
        setattr(self, trust, self.kept(getattr(self, trust) + step))
        self.satisfaction = self.kept(self.satisfaction + (p.satisfaction_solved if solved else -p.satisfaction_failed))
        if about == HOTLINE:
            public, town = self.model.public, self.compound.town
            public[town] += (goal - public[town]) / p.public_memory

    def go_on(self, it: Complaint) -> None:
        """To the hotline (again), the police, a petition, court, or giving up: competing risks."""
        compound, problem, p = self.compound, it.problem, self.compound.p.complaints
        if it.done or it.step == compound.model.day or problem.gone:
            return
        kind, again = problem.kind, "hotline_again" if it.used_hotline else "hotline"
        drive = min(p.drive_cap, self.stored(sqrt(self.voice))) * problem.severity
        while_open = 1.0 if it.ill else p.while_open
        levers = compound.levers
        hope = exp(p.belief_effect * (self.belief[HOTLINE] - 0.5))
        hazards = {
            "hotline": getattr(p, again + ("_ill" if it.ill else "_open")) * drive * hope,
            "police": p.police[kind] * drive * while_open,
            "petition": p.petition[kind] * drive * (1.0 - self.belief[HOTLINE]) * while_open * levers.complaints_petition_pull,
            "court": p.court[kind] * drive * levers.complaints_court_pull if it.ill else 0.0,
            "give up": p.give_up_ill if it.ill else p.give_up_open,
        }
        u, v = compound.draw_two(Process.SECOND_STEP, 0, self.number)
        if u >= 1.0 - exp(-added(hazards.values())):
            return
        channel = pick(hazards, v)
        if channel == "give up":
            compound.count("given_up")
            it.done, self.busy = True, False
            return
        if channel == "hotline":
            compound.count("repeat_complaints", by=it.used_hotline)
            it.used_hotline = True
        elif channel == "petition":
            signed = self.petition(problem)
            compound.count("petitioners", by=signed)
            compound.count("petitions", "collective" if signed >= p.collective_from else "single")
            compound.count("property_petitions", by=kind in PROPERTY_KINDS)
        submit(problem, channel)
        it.channel, it.step, it.ill, it.file = channel, compound.model.day, False, problem.file

    def petition(self, problem: Problem) -> int:
        """How many sign: neighbours of signers join if signers + grievance pass their threshold (Granovetter 1978)."""
        p, crowd, asked = self.compound.p.complaints, [self], {self}
        if problem.reach == "dwelling":
            return 1
        for signer in crowd:  # grows while we go through it
            for other in signer.ties:
                if other in asked or len(crowd) >= CROWD or not problem.bothers(other) or other.voice == 0.0:
                    continue
                grievance = other.annoyance / (other.annoyance + 1.0) * (1.0 - other.service_felt)
                if (len(crowd) + 1) / p.threshold_scale + p.grievance_weight * grievance > other.threshold:
                    crowd.append(other)
                    asked.add(other)
        return len(crowd)

    # ---- the week --------------------------------------------------------------------------------------

    def join_platform(self, users: float) -> None:
        """From outside (promotion) and from the share of neighbours who use it."""
        compound, p = self.compound, self.compound.p.platform
        if self.online and not self.on_platform:
            rate = p.adopt_alone * compound.levers.platform_promotion + p.adopt_others * users
            rate *= p.adopt_tenure[self.home.tenure] * compound.levers.platform_open
            if compound.draw(Process.ADOPT, 0, self.number) < 1.0 - exp(-rate):
                self.on_platform = True
                compound.count("platform_joined")

    def show(self) -> None:
        """What neighbours see this week."""
        self.shown = (self.satisfaction, self.belonging, self.fear, *self.belief)

    def live(self) -> None:
        """Feel, talk with neighbours, forget."""
        p, known = self.compound.p.attitudes, max(1, len(self.ties))
        near = [added(other.shown[q] for other in self.ties) / known for q in range(7)]
        mine = self.shown[0]
        alike = [o.shown[0] for o in self.ties if self.stored(abs(o.shown[0] - mine)) < p.confidence]
        self.feel(added(alike) / len(alike) if alike else None, near[1], near[2])
        self.believe(near[3:])

    def feel(self, satisfaction: float | None, belonging: float, fear: float) -> None:
        """A step of each feeling to its goal, and of some towards the neighbours' mean."""
        compound, p, ties = self.compound, self.compound.p.attitudes, len(self.ties)
        load = self.building.annoyance + compound.annoyance + self.home.load * p.annoyance_home
        self.annoyance = self.stored(self.annoyance + p.annoyance_rate * (load - self.annoyance))
        bother = self.annoyance / (self.annoyance + 1.0) - p.bother_reference
        service, books = compound.service, compound.open_books
        goal = self.taste + service - p.service_bother * bother
        self.service_felt = self.stored(drift(self.service_felt, goal, p.service_up, p.service_down))
        usual = p.crime_usual / (p.crime_usual + p.crime_half)
        crime = compound.crime / (compound.crime + p.crime_half) - usual
        goal = self.anchor + p.satisfaction_service * (service - p.service_reference) - p.satisfaction_bother * bother
        goal -= p.satisfaction_crime * crime
        goal += p.satisfaction_trust * (self.trust_firm - p.trust_reference)
        value = drift(self.satisfaction, goal, p.satisfaction_up, p.satisfaction_down)
        if satisfaction is not None:
            value += p.satisfaction_neighbours * (satisfaction - value)
        self.satisfaction = self.stored(value)
        goal = p.trust_firm_level + p.trust_firm_service * self.service_felt
        goal += p.trust_firm_books * (books - p.books_reference)
        up = p.trust_up * (p.trust_books_least + p.trust_books_speed * books)
        self.trust_firm = self.stored(drift(self.trust_firm, goal, up, p.trust_down))
        goal = p.trust_committee_level + p.trust_committee_belief * (self.belief[COMMITTEE] - 0.5)
        self.trust_committee = self.stored(drift(self.trust_committee, goal, p.trust_up, p.trust_down))
        goal = p.trust_police_level + p.trust_police_belief * (self.belief[POLICE] - 0.5)
        goal -= p.trust_police_fear * (self.fear - p.fear_level)
        self.trust_police = self.stored(drift(self.trust_police, goal, p.trust_up, p.trust_down))
        goal = p.belonging_level + p.belonging_ties * ties - p.belonging_crime * crime
        goal += p.belonging_satisfaction * (self.satisfaction - p.satisfaction_reference)
        value = drift(self.belonging, goal, p.belonging_rate, p.belonging_rate)
        self.belonging = self.stored(value + (p.belonging_neighbours * (belonging - value) if ties else 0.0))
        disorder = self.building.disorder + compound.disorder
        goal = p.fear_level + p.fear_disorder * disorder / (disorder + p.disorder_half) - p.fear_ties * ties
        goal += p.fear_crime * crime - p.fear_police * (self.trust_police - 0.5)
        value = drift(self.fear, goal, p.fear_up, p.fear_down)
        self.fear = self.stored(value + (p.fear_neighbours * (fear - value) if ties else 0.0))

    def join_or_leave(self) -> None:
        """The list of volunteers: belonging and neighbours on it bring one in, fear drives one out."""
        compound, p, q = self.compound, self.compound.p.volunteers, self.compound.p.attitudes
        draw = compound.draw_daily(Process.VOLUNTEER, self.number)
        if self.listed:
            if draw < 1.0 - exp(-p.leave * exp(p.leave_fear * (self.fear - q.fear_level))):
                self.volunteer = False
                compound.count("volunteers_left")
        elif self.voice > 0.0:
            asked = 1.0 + p.join_others * sum(other.listed for other in self.ties) / max(1, len(self.ties))
            usual = q.belonging_level + 4 * q.belonging_ties
            hazard = compound.levers.volunteers_join * asked * exp(p.join_belonging * (self.belonging - usual))
            if draw < 1.0 - exp(-hazard):
                self.volunteer = True
                compound.count("volunteers_joined")

    def believe(self, near: list[float]) -> None:
        """Does complaining help? Neighbours' word, the hotline's public record, rumour, visible answers, forgetting."""
        compound, p = self.compound, self.compound.p.attitudes
        for about, b in enumerate(self.belief):
            if self.ties:
                b += p.belief_neighbours * (near[about] - b)
            if about == HOTLINE:
                b += p.belief_public * (p.belief_public_weight * self.model.public[compound.town] - b)
                if compound.rumour is not None:
                    b += p.belief_rumour * (compound.rumour - b)
            else:
                b += p.belief_forget * (0.5 - b)
            if about == COMMITTEE and self.on_platform and compound.visible[0] > 0.0:
                answers = compound.visible[1] / compound.visible[0]
                b += p.belief_visible * compound.levers.platform_answers * (answers - b)
            self.belief[about] = self.stored(b)

    def stored(self, value: float) -> float:
        """As precise as the model stores it."""
        return self.model.draws.stored(value)

    def kept(self, value: float) -> float:
        """Between 0 and 1."""
        return self.stored(min(1.0, max(0.0, value)))


def submit(problem: Problem, channel: str) -> None:
    """A complaint reaches an office: it opens a file on the problem or joins the open one."""
    compound = problem.compound
    compound.count("complaints", channel)
    if channel == "hotline":
        compound.count("hotline_complaints", problem.kind)
    problem.known = True
    if problem.file is not None:
        problem.file.join(channel)
        compound.count("cases_joined")
        return
    days = compound.levers.casework_dispatch_days if channel == "hotline" else compound.p.complaints.wait[channel]
    open_file(problem, channel, int(days))
    compound.count("reopened", by=problem.closings > 0)


def drift(value: float, goal: float, up: float, down: float) -> float:
    """One step towards a goal, within 0..1: good news at rate `up`, bad news at rate `down`."""
    return min(1.0, max(0.0, value + (up if goal > value else down) * (goal - value)))


def product(loads: list[float], pulls: list[float]) -> float:
    """Hazard of some loads, by channel."""
    return added(load * pull for load, pull in zip(loads, pulls, strict=True))


def added(values: Iterable[float]) -> float:
    """A sum from left to right; the built-in one rounds differently from Python 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total
