"""The log of events: each crime, and each step of each case file, so that one case can be followed. Reads only.

A file is looked at once a day, when the day's work is done: what differs from the evening before is what happened. So
nothing in the model has to know of the log. A file is handed over at most once a day, hence no step is missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from govsim.vocabulary import CHANNELS, DEPARTMENTS, DESKS, ENDINGS
from govsim.world.records import CASE, COMPOUND, CRIME, FOUND_BY_STAFF, OPEN
from govsim.world.state import State
from govsim.world.world import World

#: What can happen to a file.
STEPS: Final = ("opened", "reopened", "complained", "treated", "handed_over", "closed")
OPENED, REOPENED, COMPLAINED, TREATED, HANDED_OVER, CLOSED = range(6)
#: Who or what a file comes from and goes to: channels, staff, desks (departments by name), endings, nobody.
_DEPARTMENT: Final = DESKS.index("department")
PLACES: Final = (
    "", *CHANNELS, "staff", *(f"desk {d}" for d in DESKS), *(f"department {d}" for d in DEPARTMENTS), *ENDINGS,
)  # fmt: skip
_CHANNEL0, _STAFF = 1, 1 + len(CHANNELS)
_DESK0 = _STAFF + 1
_DEPARTMENT0 = _DESK0 + len(DESKS)
_ENDING0 = _DEPARTMENT0 + len(DEPARTMENTS)

#: One step of a file. `born`, `kind`, `number` and `compound` name the problem, `nth` the file on it.
STEP: Final = np.dtype(
    [
        ("day", "i4"), ("compound", "i4"), ("building", "i4"), ("household", "i4"), ("born", "i4"), ("number", "i2"),
        ("nth", "i2"), ("kind", "i1"), ("event", "i1"), ("from", "i1"), ("to", "i1"),
    ]
)  # fmt: skip


@dataclass
class EventLog:
    """Crimes and steps of files since the scenario's first day. Days count from there."""

    world: World
    burn_in: int
    steps: list[np.ndarray] = field(default_factory=list)  # STEP, one array a day
    crimes: np.ndarray = field(default_factory=lambda: np.zeros(0, CRIME))  # as last seen
    _evening: np.ndarray = field(default_factory=lambda: np.zeros(0, CASE))  # files that stayed open

    def begin(self, state: State) -> None:
        """Remember the files that are open now."""
        self._evening = state.cases.used[state.cases.used["result"] == OPEN].copy()

    def look(self, state: State, last: bool) -> None:
        """Note what happened today; to be called after the day's work and before finished files are put away."""
        cases, before = state.cases.used, self._evening
        new = np.arange(len(cases)) >= len(before)
        was = cases.copy()
        was[: len(before)] = before
        was["hands"][new], was["treated_on"][new] = 0, -1
        at_first = _DESK0 + cases["first_desk"]
        origin = np.where(new, at_first, self._desk(was))
        now = self._desk(cases)
        nth = np.where(cases["nth"] > 1, REOPENED, OPENED)
        channel = np.where(cases["channel"] == FOUND_BY_STAFF, _STAFF, _CHANNEL0 + cases["channel"])
        treated = cases["treated_on"] == state.day
        moved = cases["hands"] != was["hands"]
        shut = cases["result"] != OPEN
        told = self._complaints(state)
        rows = np.arange(len(cases))
        found = [
            self._steps(state, rows[new], nth[new], channel[new], at_first[new]),
            told,
            self._steps(state, rows[treated], TREATED, origin[treated], 0),
            self._steps(state, rows[moved], HANDED_OVER, origin[moved], now[moved]),
            self._steps(state, rows[shut], CLOSED, origin[shut], _ENDING0 + cases["result"][shut] - 1),
        ]
        self.steps.append(np.concatenate(found))
        self._evening = cases[~shut].copy()
        if last or state.day % 7 == 6:
            self._keep(state.crime.crimes.used)

    def _steps(self, state: State, rows: np.ndarray, event: object, origin: object, goal: object) -> np.ndarray:
        """Steps of the files at `rows`."""
        cases, problems = state.cases.used[rows], state.problems.used
        out = _of_problems(problems[cases["problem"]], state.day - self.burn_in)
        out["born"] -= self.burn_in
        out["nth"] = cases["nth"]
        out["event"], out["from"], out["to"] = event, origin, goal
        return out

    def _complaints(self, state: State) -> np.ndarray:
        """Complaints that reached an office today: they opened a file or joined one."""
        rows: np.ndarray = state.complaints.used
        rows = rows[rows["step"] == state.day]
        problems = state.problems.used[rows["problem"]]
        out = _of_problems(problems, state.day - self.burn_in)
        out["born"] -= self.burn_in
        out["nth"] = problems["files"]
        out["event"], out["from"] = COMPLAINED, _CHANNEL0 + rows["channel"]
        return out

    def _desk(self, cases: np.ndarray) -> np.ndarray:
        """Where files lie, as index into PLACES."""
        department = (cases["desk"] - self.world.desks.first[_DEPARTMENT]) % len(DEPARTMENTS)
        return np.where(cases["desk_kind"] == _DEPARTMENT, _DEPARTMENT0 + department, _DESK0 + cases["desk_kind"])

    def _keep(self, crimes: np.ndarray) -> None:
        """Take in crimes that are new, and what has become of those that were known."""
        crimes = crimes[crimes["day"] >= self.burn_in]
        key = _crime_key(crimes)
        known = self.crimes[~np.isin(_crime_key(self.crimes), key)]
        self.crimes = np.concatenate([known, crimes])

    def all_steps(self) -> np.ndarray:
        """Every step so far, in order of the days."""
        return np.concatenate([np.zeros(0, STEP), *self.steps])


def _of_problems(problems: np.ndarray, day: int) -> np.ndarray:
    out = np.zeros(len(problems), STEP)
    out["day"] = day
    for name in ("compound", "household", "born", "number", "kind"):
        out[name] = problems[name]
    out["building"] = np.where(problems["reach"] == COMPOUND, -1, problems["building"])  # a compound-wide one has no building
    return out


def _crime_key(crimes: np.ndarray) -> np.ndarray:
    parts = crimes["day"].astype(np.int64), crimes["compound"], crimes["kind"], crimes["number"]
    return np.asarray(((parts[0] * 1_000_000 + parts[1]) * 100 + parts[2]) * 40_000 + parts[3])
