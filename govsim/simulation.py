"""A simulation: a world, its state, the day's table, and the arm's programmes. One step is one day.

Nothing here knows Mesa; `govsim.model` shows the same simulation as a Mesa model.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from govsim.observe.events import EventLog
from govsim.observe.recorder import Recorder
from govsim.processes.day import Today
from govsim.processes.schedule import TIDY, Step, schedule
from govsim.programmes.arm import Arm
from govsim.scenario.schema import Programme, Rollout
from govsim.world.state import State, begin
from govsim.world.world import World


def burn_in_days(world: World) -> int:
    """Days of burn-in, in whole weeks so that the scenario starts on the first day of a week of the run."""
    return round(world.scenario.time.burn_in_years * 365.25 / 7) * 7


class Simulation:
    """One run of one arm. `fork` starts other arms from the same moment."""

    def __init__(
        self,
        world: World,
        programmes: Sequence[Programme] = (),
        rollouts: Mapping[str, Rollout] | None = None,
        threads: int = 1,
        detail: str = "quarter",
        state: State | None = None,
        events: bool = False,
    ) -> None:
        """`events`: keep a log of every crime and every step of every file (`log`), from now on."""
        self.world = world
        self.programmes = tuple(programmes)
        self.rollouts = dict(world.scenario.programmes) if rollouts is None else dict(rollouts)
        self.state = begin(world) if state is None else state
        self.burn_in = burn_in_days(world)
        self.recorder = Recorder(world, detail)
        self.arm = Arm(world, self.programmes, self.rollouts, world.seed)
        self.log = EventLog(world, self.burn_in) if events else None
        self.threads = threads
        self._steps: tuple[Step, ...] = schedule(world.parameters, world.scenario.mechanisms)
        self._ranges = _ranges(world.place["residents"], threads)
        self._pool: ThreadPoolExecutor | None = None

    @property
    def day(self) -> int:
        """Days since the scenario's start: negative during the burn-in; the day that the next step runs."""
        return self.state.day - self.burn_in

    @property
    def date(self) -> dt.date:
        """Date of the day that the next step runs."""
        return self.world.scenario.time.start + dt.timedelta(days=self.day)

    def step(self, last: bool = False) -> None:
        """Run one day; `last` closes the books although the week is not full."""
        state, day, date = self.state, self.day, self.date
        self.arm.advance(day, self.recorder.recent, state.desks, state.flows)
        state.treated = self.arm.treated
        month = date.month + (date.day - 1) / 31.0
        today = Today(date.weekday(), month, date.month - 1, self.arm.levers, self._ranges, self._threads())
        tomorrow = date + dt.timedelta(days=1)
        week_ends, month_ends = state.day % 7 == 6, tomorrow.day == 1
        due = {"day": True, "week": week_ends, "month": month_ends, "quarter": month_ends and tomorrow.month % 3 == 1}
        for step in self._steps:
            if step.name == TIDY and self.log is not None and day >= 0:
                self.log.look(state, last)
            if due[step.every]:
                step.act(self.world, state, today)
        if week_ends or last:
            self.recorder.end_of_week(state, state.day % 7 + 1, day < 0, last)
        state.day += 1

    def burn(self) -> Simulation:
        """Run the burn-in to its end; returns itself."""
        while self.day < 0:
            self.step()
        return self

    def run(self, days: int) -> Simulation:
        """Run `days` days of the scenario (after the burn-in, which is run first if need be); returns itself."""
        self.burn()
        end = self.day + days
        while self.day < end:
            self.step(last=self.day == end - 1)
        return self

    def fork(self, programmes: Sequence[Programme], detail: str | None = None, events: bool = False) -> Simulation:
        """Another arm from this very moment: same world, a copy of the state, other programmes."""
        other = Simulation(
            self.world, programmes, self.rollouts, self.threads, detail or self.recorder.detail, self.state.copy(), events
        )
        other.recorder.memory.extend(self.recorder.memory)
        if other.log is not None:
            other.log.begin(other.state)
        return other

    def _threads(self) -> ThreadPoolExecutor | None:
        if self.threads > 1 and self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads)
        return self._pool

    def __getstate__(self) -> dict[str, object]:
        kept = self.__dict__.copy()
        kept["_pool"] = None
        return kept


def _ranges(residents: np.ndarray, threads: int) -> tuple[tuple[int, int], ...]:
    """Split compounds into runs of about equal population, one per thread."""
    parts = max(1, min(len(residents), threads))
    ends = np.searchsorted(np.cumsum(residents), np.arange(1, parts) * residents.sum() / parts)
    cuts = [0, *sorted(set(ends.tolist()) - {0, len(residents)}), len(residents)]
    return tuple(pairwise(cuts))


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
