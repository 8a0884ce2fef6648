"""Rollout: when, where and how strongly a programme acts. Plain dated data; draws are keyed by compound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from govsim.randomness import Process, stream, uniforms
from govsim.scenario.schema import Programme, Rollout, Target, Trigger
from govsim.vocabulary import TYPES
from govsim.world.tables import F64, I64, Compounds, Institutions

#: Recorded count per compound over the last `weeks`, per 1,000 residents a year: recent(outcome, weeks).
Recent = Callable[[str, int], F64]


def merged(base: Rollout, change: Rollout | None) -> Rollout:
    """A programme's own rollout with what a scenario says instead."""
    if change is None:
        return base
    said = {key: value for key in change.model_fields_set if (value := getattr(change, key)) is not None}
    return base.model_copy(update=said)


@dataclass
class Course:
    """The course of one programme in one run: which compounds it reaches, since when, and how strongly today.

    `reached` (n,) day of the scenario on which a compound is reached, -1 not (yet); `left` day on which it stops there.
    """

    programme: Programme
    rollout: Rollout
    eligible: np.ndarray
    rank: F64  # place in the order of reaching, 0..1 by compound; policy draws only
    reached: I64 = field(init=False)
    left: I64 = field(init=False)
    first: I64 = field(init=False)  # day on which a compound was reached for the first time, -1 not yet
    assigned: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.reached = np.full(len(self.eligible), -1, np.int64)
        self.left = np.full(len(self.eligible), np.iinfo(np.int64).max, np.int64)
        self.first = np.full(len(self.eligible), -1, np.int64)

    def advance(self, day: int, recent: Recent) -> bool:
        """Update who is reached on `day` (of the scenario). True if today's strength differs from yesterday's."""
        r = self.rollout
        start, end = r.start_day or 0, r.end_day
        before = self.strength(day - 1)
        if day >= start and (end is None or day < end):
            if r.trigger is not None:
                if (day - start) % 7 == 0:
                    self._react(day, r.trigger, recent)
            elif not self.assigned:
                self._assign(start, recent)
                self.assigned = True
        if end is None or day < end:
            self.first[(self.first < 0) & (self.reached >= 0) & (self.reached <= day) & (day < self.left)] = day
        return not np.array_equal(before, self.strength(day))

    def strength(self, day: int) -> F64:
        """Share of the dose that acts on each compound on `day`, ramp and intensity included."""
        r = self.rollout
        if day < 0 or (r.end_day is not None and day >= r.end_day):
            return np.zeros(len(self.eligible))
        here = (self.reached >= 0) & (self.reached <= day) & (day < self.left)
        ramp = r.ramp_days or 0
        share = np.ones(len(here)) if ramp == 0 else np.clip((day + 1 - self.reached) / ramp, 0.0, 1.0)
        intensity = 1.0 if r.intensity is None else r.intensity
        return np.where(here, share * intensity, 0.0)

    def newly_reached(self, day: int) -> np.ndarray:
        """Compounds that are reached for the first time on `day`."""
        if (self.rollout.intensity is not None and self.rollout.intensity == 0.0) or day < 0:
            return np.zeros(len(self.eligible), bool)
        return np.asarray(self.first == day)

    def _chosen(self, rank: F64) -> I64:
        """Rows that coverage reaches, in order of rank: the share of the eligible ones, rounded."""
        rows = np.flatnonzero(self.eligible)
        coverage = 1.0 if self.rollout.coverage is None else self.rollout.coverage
        order = rows[np.argsort(rank[rows], kind="stable")]
        return np.asarray(order[: round(coverage * len(rows))], np.int64)

    def _assign(self, start: int, recent: Recent) -> None:
        target = self.rollout.target or Target()
        rank = -recent(target.by, target.weeks) if target.order == "worst_first" else self.rank
        chosen = self._chosen(rank)
        self.reached[chosen] = start
        if target.order == "stepped_wedge":
            wave = np.arange(len(chosen)) * target.steps // max(1, len(chosen))
            self.reached[chosen] = start + wave * target.step_days

    def _react(self, day: int, trigger: Trigger, recent: Recent) -> None:
        """Start where the recorded figure passes the threshold; stop where it has fallen below the other."""
        figure = recent(trigger.outcome, trigger.weeks)
        may = np.zeros(len(self.eligible), bool)
        may[self._chosen(self.rank)] = True
        active = (self.reached >= 0) & (day < self.left)
        begin = may & ~active & (figure > trigger.above)
        self.reached[begin] = day
        self.left[begin] = np.iinfo(np.int64).max
        if trigger.below is not None:
            self.left[active & (figure < trigger.below)] = day


def course(programme: Programme, change: Rollout | None, compounds: Compounds, institutions: Institutions, seed: int) -> Course:
    """Prepare a programme for a run: whom it may reach, and the order in which it would reach them.

    The order is drawn from (seed, programme, compound): it decides whom a policy reaches and touches no other draw.
    """
    rollout = merged(programme.rollout, change)
    target = rollout.target or Target()
    eligible = np.ones(len(compounds), bool)
    if target.types:
        eligible &= np.isin(compounds.type, [TYPES.index(t) for t in target.types])
    if target.compounds:
        eligible &= np.isin(compounds.ids, target.compounds)
    if target.towns:
        eligible &= np.isin(np.asarray(institutions.towns)[compounds.town], target.towns)
    keys = [stream(seed, "assign", programme.id, i) for i in compounds.ids]
    rank = np.array([uniforms(key, Process.ASSIGN, 0, np.zeros(1, np.int64))[0] for key in keys])
    return Course(programme, rollout, eligible, rank)
