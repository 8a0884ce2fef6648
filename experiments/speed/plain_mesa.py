"""The model as one would write it in plain Mesa: an object per resident, problem, file and desk, a method per rule.

It serves twice. With `SequentialDraws` it is what the engine's speed is measured against; with `KeyedDraws` it draws
what the engine draws, so that every count must come out the same. It starts from a built world and its register of
parameters; programmes enter as a record array of levers that stays as it is.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from experiments.speed.plain_casework import Desk, File, close_expired, hold_window, take_up
from experiments.speed.plain_compounds import Compound
from experiments.speed.plain_crime_day import crime_day
from experiments.speed.plain_crimes import Crime
from experiments.speed.plain_draws import Draws, SequentialDraws
from experiments.speed.plain_firms import Firm
from experiments.speed.plain_months import month, quarter
from experiments.speed.plain_offenders import Offender, settle_offenders
from experiments.speed.plain_police import Beat
from experiments.speed.plain_problems import Problem
from experiments.speed.plain_residents import Complaint
from experiments.speed.plain_targets import Venue
from experiments.speed.plain_workers import ResidentsCommittee
from govsim.programmes.levers import at_rest
from govsim.scenario.parameters import Parameters
from govsim.simulation import burn_in_days
from govsim.vocabulary import DESKS, INDEX, WORKING_HOURS
from govsim.world.state import begin
from govsim.world.world import World

SATURDAY, MONTHS = 5, 3  # of a quarter
FEELINGS = (
    "satisfaction", "trust_firm", "trust_committee", "trust_police", "belonging", "fear", "service_felt", "annoyance",
    "anchor", "taste",
)  # fmt: skip


class PlainModel(mesa.Model):
    """One run; mechanisms 5 to 7 as the scenario switches them. `levers`: by compound, see programmes.levers; at rest if None."""

    def __init__(self, world: World, draws: Draws | None = None, levers: Any = None, seed: int = 1) -> None:
        super().__init__(rng=seed)
        self.world, self.p = world, plain(world.parameters)
        self.draws = draws or SequentialDraws(self.random)
        self.day, self.first_day = 0, world.scenario.time.start - dt.timedelta(days=burn_in_days(world))
        self.on, self.weekend, self.month, self.season = world.scenario.mechanisms, False, 0.0, 1.0
        self.problems: list[Problem] = []
        self.files: list[File] = []
        self.complaints: list[Complaint] = []
        self.offenders: list[Offender] = []
        self.venues: list[Venue] = []
        self.crimes: list[Crime] = []
        self.crimes_today: list[Crime] = []
        self._known: dict[int, tuple[list[Compound], list[float]]] = {}
        first = begin(world)
        self.people, self.minds = first.people, first.minds  # what residents are and feel on the first day
        self.public = [0.5 for _ in world.institutions.towns]  # by town: felt share of solved complaints
        rows = world.desks.rows
        self.desks = {
            kind: [Desk(self, kind, float(row["capacity"])) for row in rows[rows["kind"] == k]] for k, kind in enumerate(DESKS)
        }
        self.firms = [Firm(self, name) for name in world.institutions.firms]
        here = at_rest(world.parameters, len(world.place)) if levers is None else levers
        self.compounds = [Compound(self, row, here, first) for row in range(len(world.place))]
        for firm in self.firms:
            firm.settle()
        self.committees = self.staff_committees()
        self.friends, self.near = self.linked("social"), self.linked("proximity")
        self.beats = [Beat(self, desk, [c for c in self.compounds if c.beat == b]) for b, desk in enumerate(self.desks["police"])]
        for compound in self.compounds if self.on.crime else []:
            settle_offenders(compound, self.offenders)

    def linked(self, layer: str) -> list[list[tuple[Compound, float]]]:
        """Of each compound, those it is linked with, and how strongly."""
        web = self.world.layers[layer]
        return [
            [(self.compounds[j], float(w)) for j, w in zip(web.indices[a:b], web.weights[a:b], strict=True)]
            for a, b in pairwise(web.indptr)
        ]

    def known_from(self, home: Compound) -> tuple[list[Compound], list[float]]:
        """Compounds that an offender of this home knows, and the share of searches up to each."""
        if home.row not in self._known:
            ground = self.world.awareness
            rows = slice(ground.start[home.row], ground.start[home.row + 1])
            self._known[home.row] = [self.compounds[j] for j in ground.known[rows]], ground.chance[rows].tolist()
        return self._known[home.row]

    def nearest(self, compound: Compound) -> list[tuple[Compound, float]]:
        """The nearest neighbours, and the share of returns up to each."""
        ground, row = self.world.awareness, compound.row
        pairs = zip(ground.nearest[row].tolist(), ground.nearest_chance[row].tolist(), strict=True)
        return [(self.compounds[j], upto) for j, upto in pairs if j >= 0]

    def staff_committees(self) -> list[ResidentsCommittee]:
        """Residents' committees; each counts from the first compound that it serves."""
        place = self.world.place
        served: dict[int, tuple[int, list[Compound]]] = {}
        for compound in self.compounds:
            first = int(place["committee0"][compound.row])
            for row in range(first, first + int(place["committees"][compound.row])):
                served.setdefault(row, (row - first, []))[1].append(compound)
        committees = [ResidentsCommittee(self.desks["committee"][row], *served[row]) for row in sorted(served)]
        for committee in committees:
            for compound in committee.compounds:
                compound.committees.append(committee)
        return committees

    def person(self, i: int) -> dict[str, Any]:
        """What resident `i` is, and feels on the first day."""
        population = self.world.population
        who: dict[str, Any] = {name: float(self.minds[name][i]) for name in FEELINGS}
        it = self.people[i]
        who |= {"voice": float(it["voice"]), "habitual": bool(it["habitual"]), "victim": 0}
        who |= {"volunteer": bool(self.minds["volunteer"][i]), "online": bool(population.online[i])}
        return who | {"hours": WORKING_HOURS[it["hours"]], "age": int(population.age[i])}

    def step(self) -> None:
        """A day; every seventh also the week of residents, and on the last of a month the month of money and committees."""
        date = self.first_day + dt.timedelta(days=self.day)
        self.weekend, self.month = date.weekday() >= SATURDAY, date.month + (date.day - 1) / 31.0
        p = self.p.offenders
        self.season = p.season[INDEX["month"][date.month - 1]] * p.weekday[INDEX["weekday"][date.weekday()]]
        for problem in self.problems:
            if not problem.gone:
                problem.fade()
        for compound in self.compounds:
            compound.surroundings.build()
            compound.arise()
        self.sort_problems()
        for compound in self.compounds:
            compound.be_helped()
        self.sort_problems()
        for problem in self.problems:
            problem.be_found()
        for compound in self.compounds:
            compound.visit_homes()
        for compound in self.compounds:
            compound.complain()
        for compound in self.compounds:
            for resident, problem, channel in compound.said:
                resident.file(problem, channel)
        for problem in self.problems:
            take_up(problem)
        for problem in self.problems:
            hold_window(problem)
        self.work()
        if self.on.crime:
            crime_day(self)
        for complaint in self.complaints:
            complaint.by.hear(complaint)
        for complaint in self.complaints:
            complaint.by.go_on(complaint)
        self.complaints = [it for it in self.complaints if not it.done]
        self.files = [it for it in self.files if it.result is None]
        self.sort_problems()
        if self.day % 7 == 6:
            for compound in self.compounds:
                compound.surroundings.change()
            for compound in self.compounds:
                compound.surroundings.tenants_look(self.near[compound.row])
            for this_week in (Compound.join_platform, Compound.talk, Compound.live, Compound.gather, Compound.volunteer):
                for compound in self.compounds:
                    this_week(compound)
            for compound in self.compounds if self.on.crime else []:
                compound.sight.keep_up()
        self.settle_accounts(date)
        self.day += 1

    def settle_accounts(self, date: dt.date) -> None:
        """What the calendar asks for: property firms each month, committees each quarter."""
        tomorrow = date + dt.timedelta(days=1)
        if self.on.economy:
            for compound in self.compounds:
                compound.count("days_without_firm", by=compound.contract.firm is None)
            if tomorrow.day == 1:
                month(self)
            if tomorrow.day == 1 and tomorrow.month % MONTHS == 1:
                for compound in self.compounds:
                    compound.contract.be_rated(date.month)
        if self.on.self_government and tomorrow.day == 1 and tomorrow.month % MONTHS == 1:
            quarter(self)

    def work(self) -> None:
        """Desks treat what waits; files that take too long may be closed."""
        for file in self.files:
            if not file.waiting and file.arrives <= self.day:
                file.waiting = True
                file.desk.line.append(file)
        for desks in self.desks.values():
            for desk in desks:
                desk.step()
        for file in self.files:
            close_expired(file)
        for desks in self.desks.values():
            for desk in desks:
                desk.line = [file for file in desk.line if file.result is None]

    def sort_problems(self) -> None:
        """Forget what is gone, and give each compound its problems, in the order in which they arose."""
        self.problems = [it for it in self.problems if not it.gone]
        for compound in self.compounds:
            compound.problems = []
        for problem in self.problems:
            problem.compound.problems.append(problem)


def plain(parameters: Parameters) -> Any:
    """The register as plain floats and dictionaries by word: `p.casework.authority["firm"]["noise"]`."""
    groups: dict[str, dict[str, Any]] = {}
    for name, entry in parameters.entries.items():
        group, short = name.split(".")
        groups.setdefault(group, {})[short] = by_word(entry.value, entry.by)
    return SimpleNamespace(**{group: SimpleNamespace(**values) for group, values in groups.items()})


def by_word(value: Any, spaces: tuple[str, ...]) -> Any:
    """An array as a dictionary by the words of its index spaces."""
    if not spaces:
        return float(value)
    return {word: by_word(part, spaces[1:]) for word, part in zip(INDEX[spaces[0]], np.asarray(value), strict=True)}
