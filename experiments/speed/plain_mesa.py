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

from experiments.speed.plain_casework import Desk, File, close_expired
from experiments.speed.plain_compounds import Compound, Problem
from experiments.speed.plain_draws import Draws, SequentialDraws
from experiments.speed.plain_residents import Complaint
from govsim.programmes.levers import at_rest
from govsim.scenario.parameters import Parameters
from govsim.simulation import burn_in_days
from govsim.vocabulary import DESKS, INDEX, WORKING_HOURS
from govsim.world.state import begin
from govsim.world.world import World

SATURDAY = 5
FEELINGS = (
    "satisfaction", "trust_firm", "trust_committee", "trust_police", "belonging", "fear", "service_felt", "annoyance",
    "anchor", "taste",
)  # fmt: skip


class PlainModel(mesa.Model):
    """One run of mechanisms 1 to 4. `levers`: a record array by compound, see programmes.levers; at rest if None."""

    def __init__(self, world: World, draws: Draws | None = None, levers: Any = None, seed: int = 1) -> None:
        super().__init__(rng=seed)
        self.world, self.p = world, plain(world.parameters)
        self.draws = draws or SequentialDraws(self.random)
        self.day, self.first_day = 0, world.scenario.time.start - dt.timedelta(days=burn_in_days(world))
        self.weekend, self.month = False, 0.0
        self.problems: list[Problem] = []
        self.files: list[File] = []
        self.complaints: list[Complaint] = []
        first = begin(world)
        self.people, self.minds = first.people, first.minds  # what residents are and feel on the first day
        self.public = [0.5 for _ in world.institutions.towns]  # by town: felt share of solved complaints
        rows = world.desks.rows
        self.desks = {
            kind: [Desk(self, kind, float(row["capacity"])) for row in rows[rows["kind"] == k]] for k, kind in enumerate(DESKS)
        }
        here = at_rest(world.parameters, len(world.place)) if levers is None else levers
        self.compounds = [Compound(self, row, here, first) for row in range(len(world.place))]
        social = world.layers["social"]
        ends, weights = social.indptr, social.weights.astype(float)
        self.friends = [
            [(self.compounds[j], w) for j, w in zip(social.indices[a:b], weights[a:b], strict=True)] for a, b in pairwise(ends)
        ]

    def person(self, i: int) -> dict[str, Any]:
        """What resident `i` is, and feels on the first day."""
        population = self.world.population
        who: dict[str, Any] = {name: float(self.minds[name][i]) for name in FEELINGS}
        it = self.people[i]
        who |= {"voice": float(it["voice"]), "habitual": bool(it["habitual"]), "victim": 0}
        who |= {"volunteer": bool(self.minds["volunteer"][i]), "online": bool(population.online[i])}
        return who | {"hours": WORKING_HOURS[it["hours"]]}

    def step(self) -> None:
        """A day; every seventh also the week of residents."""
        date = self.first_day + dt.timedelta(days=self.day)
        self.weekend, self.month = date.weekday() >= SATURDAY, date.month + (date.day - 1) / 31.0
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
        self.work()
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
            for this_week in (Compound.join_platform, Compound.talk, Compound.live, Compound.gather, Compound.volunteer):
                for compound in self.compounds:
                    this_week(compound)
        self.day += 1

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
