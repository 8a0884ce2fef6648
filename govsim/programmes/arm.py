"""An arm at work: the programmes of one run turn into levers, staff time and money, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from govsim.observe.outcomes import FLOW_SLOT
from govsim.programmes.levers import Clamp, at_rest, field, stack
from govsim.programmes.rollout import Course, Recent, course
from govsim.scenario.schema import Cost, Programme, Rollout
from govsim.vocabulary import DESKS, PAYERS
from govsim.world.tables import F64
from govsim.world.world import World


class Arm:
    """The programmes of one run. `levers` is what processes read today; `clamps` what the bounds held back."""

    def __init__(self, world: World, programmes: Sequence[Programme], rollouts: Mapping[str, Rollout], seed: int) -> None:
        c, institutions = world.compounds, world.institutions
        self.world = world
        self.courses: list[Course] = [course(p, rollouts.get(p.id), c, institutions, seed) for p in programmes]
        self.levers: np.ndarray = at_rest(world.parameters, len(c))
        self.clamps: dict[str, Clamp] = {}
        self.treated: np.ndarray = np.zeros(len(c), bool)  # compounds in which a programme acts today
        self._costly = [(item, *self._units(item)) for item in self.courses]

    def advance(self, day: int, recent: Recent, desks: np.ndarray, flows: F64) -> None:
        """Bring levers, desk capacities and money to `day` of the scenario (negative: burn-in, nothing acts)."""
        if day < 0 or not self.courses:
            return
        changed = [item.advance(day, recent) for item in self.courses]
        if any(changed):
            strengths = [item.strength(day) for item in self.courses]
            moves = [
                (effect, strength * effect.share)
                for item, strength in zip(self.courses, strengths, strict=True)
                for effect in item.programme.effects
            ]
            self.levers, clamps = stack(self.world.parameters, len(self.world.compounds), moves)
            self.clamps.update({clamp.lever: clamp for clamp in clamps})
            desks["capacity"] = self._capacity(strengths)
            self.treated = np.any([strength > 0.0 for strength in strengths], axis=0)
        self._pay(day, flows)

    def _capacity(self, strengths: Sequence[F64]) -> F64:
        """Capacity of each desk: its baseline, times the mean lever over those it serves, less the staff time taken."""
        laid = self.world.desks
        rows = laid.rows
        factor = np.empty(len(laid.desk))
        kind = rows["kind"][laid.desk]
        for k, name in enumerate(DESKS):
            mine = kind == k
            factor[mine] = self.levers[field(f"capacity.{name}")][laid.compound[mine]]
            for item, strength in zip(self.courses, strengths, strict=True):
                for taken in item.programme.staff_time:
                    if taken.desk == name:
                        factor[mine] *= np.maximum(0.0, 1.0 - taken.share * strength[laid.compound[mine]])
        people = np.bincount(laid.desk, laid.people, len(rows))
        mean = np.bincount(laid.desk, laid.people * factor, len(rows)) / np.where(people > 0, people, 1.0)
        return np.asarray(rows["capacity"] * np.where(people > 0, mean, 1.0))

    def _units(self, item: Course) -> tuple[list[tuple[Cost, F64]]]:
        """How many units of each cost a compound stands for."""
        c = self.world.compounds
        people = c.residents.astype(np.float64)
        of_town = np.bincount(c.town, people)[c.town]
        of_committee = np.bincount(c.first_committee, people)[c.first_committee]
        units = {
            "compound": np.ones(len(c)),
            "household": self.world.place["households"].astype(np.float64),
            "resident": people,
            # a sample runs a share of each town and so bears that share of what a town costs
            "town": people / of_town * self.world.scenario.sample,
            "residents_committee": c.committees * people / of_committee,
        }
        return ([(cost, units[cost.per]) for cost in item.programme.costs],)

    def _pay(self, day: int, flows: F64) -> None:
        """Book today's money by payer: once when a compound is first reached, then day by day while the programme runs."""
        for item, costs in self._costly:
            intensity = 1.0 if item.rollout.intensity is None else item.rollout.intensity
            strength, new = item.strength(day), item.newly_reached(day)
            for cost, units in costs:
                slot = FLOW_SLOT["cost"] + PAYERS.index(cost.payer)
                flows[:, slot] += units * (cost.a_year / 365.25 * strength + cost.once * intensity * new)
