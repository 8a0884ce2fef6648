"""Watching a run day by day for what no table of counts holds: who complains again, and every single crime."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from govsim.experiment.observed import YEAR
from govsim.simulation import Simulation
from govsim.vocabulary import BELIEFS, CHANNELS, CRIMES, TENURES
from govsim.world.records import ILL
from govsim.world.tables import F64, I64

HOTLINE: Final = CHANNELS.index("hotline")
OF_HOTLINE: Final = BELIEFS.index("hotline")
#: Bits of a complaint's key below the resident: the day of its first step.
DAY_BITS: Final = 16
#: Crimes leave the pool after a year; they are copied this often (days), so that none is missed and late changes are seen.
COPY_EVERY: Final = 91
#: How long a second complaint is waited for (days).
FOLLOWED: Final = 182
#: Of the step that a solved answer moves a belief by, the least that counts as one: gossip moves it less.
SOLVED_STEP: Final = 0.5
_WHOLE: Final = ("day", "compound", "building", "household", "kind", "number", "completed", "reported", "recorded")
_PARTS: Final = ("loss", "x", "y")


class Watcher:
    """Call `look` after each day of a run. It reads the state and writes nothing there."""

    def __init__(self, sim: Simulation, days: int) -> None:
        self.sim, self.first_day, self.days = sim, sim.state.day, days
        self.calls = np.zeros(sim.world.population.n, np.int32)  # hotline complaints of the last year, by resident
        self._step = SOLVED_STEP * float(sim.world.parameters["complaints.learn_solved"])
        self._keys, self._ill, self._belief = self._open()
        self._old = self._keys  # open before the run: their answers are nobody's first
        self._begun: list[I64] = []
        self._answered: list[tuple[I64, int, np.ndarray]] = []  # keys, day, fixed
        self._crimes: list[np.ndarray] = [sim.state.crime.crimes.used.copy()]

    def look(self) -> None:
        """See what the day that has just run brought."""
        state = self.sim.state
        done = state.day - self.first_day
        if done > self.days - YEAR:
            used = state.complaints.used
            today = used[(used["step"] == state.day - 1) & (used["channel"] == HOTLINE)]
            np.add.at(self.calls, today["resident"], 1)
        self._follow()
        if done % COPY_EVERY == 0 or done == self.days:
            self._crimes.append(state.crime.crimes.used.copy())

    def _open(self) -> tuple[I64, np.ndarray, F64]:
        """Open complaints that used the hotline, sorted by key: key, ill answered, the resident's belief in it."""
        state = self.sim.state
        used = state.complaints.used
        here = used[(used["used_hotline"] == 1) & (used["done"] == 0)]
        keys = here["resident"].astype(np.int64) << DAY_BITS | here["first"]
        order = np.argsort(keys)
        belief = state.belief[here["resident"], OF_HOTLINE].astype(np.float64)
        return keys[order], (here["state"] == ILL)[order], belief[order]

    def _follow(self) -> None:
        """What became of yesterday's open complaints: answered ill, solved, or given up."""
        state = self.sim.state
        keys, ill, belief = self._open()
        self._begun.append(np.setdiff1d(keys, self._keys, assume_unique=True))
        before = pd.Series(self._ill, index=self._keys).reindex(keys, fill_value=False).to_numpy(bool)
        self._answer(keys[ill & ~before], False)
        gone = ~np.isin(self._keys, keys, assume_unique=True) & ~self._ill
        now = state.belief[self._keys[gone] >> DAY_BITS, OF_HOTLINE]
        fixed = now - self._belief[gone] > self._step * (1.0 - self._belief[gone])
        self._answer(self._keys[gone][fixed], True)
        self._keys, self._ill, self._belief = keys, ill, belief

    def _answer(self, keys: I64, fixed: bool) -> None:
        self._answered.append((keys, self.sim.state.day - 1, np.full(keys.size, fixed)))

    def firsts(self) -> pd.DataFrame:
        """First hotline complaints answered half a year or more before the end: fixed, and again within half a year."""
        begun = np.concatenate([*self._begun, np.zeros(0, np.int64)])
        answered = pd.DataFrame(
            {
                "key": np.concatenate([keys for keys, _, _ in self._answered]),
                "day": np.concatenate([np.full(keys.size, day) for keys, day, _ in self._answered]),
                "fixed": np.concatenate([fixed for _, _, fixed in self._answered]),
            }
        ).drop_duplicates("key")  # the first answer counts
        starts = pd.DataFrame({"key": begun, "resident": begun >> DAY_BITS, "first": begun & (1 << DAY_BITS) - 1})
        starts = starts[~starts["resident"].isin(self._old >> DAY_BITS)].sort_values(["resident", "first"])
        one = starts.drop_duplicates("resident").merge(answered, on="key")
        one = one[one["day"] <= self.first_day + self.days - FOLLOWED]
        later = starts.merge(one[["resident", "day"]], on="resident")
        later = later[(later["first"] >= later["day"]) & (later["first"] <= later["day"] + FOLLOWED)]
        return pd.DataFrame({"fixed": one["fixed"].astype(bool), "again": one["resident"].isin(later["resident"])})

    def callers(self) -> pd.DataFrame:
        """Hotline users of the last year: complaints, tenure."""
        population = self.sim.world.population
        tenure = np.repeat(population.household_tenure, np.diff(population.household_residents))
        who = np.flatnonzero(self.calls)
        return pd.DataFrame({"complaints": self.calls[who], "tenure": np.array(TENURES)[tenure[who]]})

    def crimes(self) -> pd.DataFrame:
        """Every crime and attempt in its latest state; days count from the start of the run."""
        rows = np.concatenate(self._crimes)
        frame = pd.DataFrame(
            {name: rows[name].astype(np.int64) for name in _WHOLE} | {name: rows[name].astype(float) for name in _PARTS}
        )
        thief = [rows[k].astype(np.int64) for k in ("offender_home", "offender_born", "offender_number", "offender_trade")]
        frame["home_of"] = thief[0]
        known = pd.Series(list(zip(*thief, strict=True)), dtype=object)
        frame["offender"] = np.where(thief[0] >= 0, pd.factorize(known)[0], -1)
        frame = frame.drop_duplicates(["compound", "day", "kind", "number"], keep="last").reset_index(drop=True)
        frame["day"] -= self.first_day
        frame["kind"] = np.array(CRIMES)[frame["kind"]]
        return self._trips(frame.rename(columns={"household": "home"}))

    def _trips(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add trip_km from the offender's home compound, and blind_km: the mean trip to a household anywhere."""
        c, households = self.sim.world.compounds, self.sim.world.place["households"]
        home = frame.pop("home_of").to_numpy()
        trip, blind = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
        there = home >= 0
        trip[there] = np.hypot(frame["x"].to_numpy()[there] - c.x[home[there]], frame["y"].to_numpy()[there] - c.y[home[there]])
        for h in np.unique(home[there]):
            blind[home == h] = np.average(np.hypot(c.x - c.x[h], c.y - c.y[h]), weights=households)
        return frame.assign(trip_km=trip / 1000.0, blind_km=blind / 1000.0)
