"""What was watched in one replicate, as plain frames: the patterns are read from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

YEAR: Final = 365  # days


@dataclass(frozen=True)
class Trial:
    """A measure on a random part of the compounds: counts of one crime inside and around, baseline and trial."""

    base: float
    trial: float
    base_elsewhere: float
    trial_elsewhere: float
    idle: bool = False  # nothing at all is different


@dataclass(frozen=True)
class Observed:
    """One replicate. Days count from the start of the scenario; compounds are rows of `places`.

    crimes: day (those of the year before are below zero), kind, compound, building, home (-1 none), offender (-1 nobody),
        trip_km, blind_km (mean trip of a choice blind to distance; NaN without an offender), completed, reported, loss,
        x, y (metres).
    callers: one row per hotline user of the last year: complaints, tenure. adults: people old enough, by tenure.
    firsts: one row per user whose first hotline complaint was answered half a year or more before the end: fixed, again.
    places: residents, households, type, age, renter_share, elderly_share; over the run complaints (hotline), crimes,
        social (noise and family problems), physical (open problems, mean), quality, paying (share), belonging, annoyance,
        problems (open, mean), attention (finds and visits), changed (firm or committee); trapped_start, trapped_end.
    totals: recorded_in_time, recorded_closed, felt_solved, felt_failed (hotline).
    arm: figure -> better answers over baseline, in the last year. trials: measure -> counts.
    """

    replicate: int
    start: dt.date
    days: int
    residents: int
    crimes: pd.DataFrame
    callers: pd.DataFrame
    adults: Mapping[str, int]
    firsts: pd.DataFrame
    places: pd.DataFrame
    totals: Mapping[str, float]
    arm: Mapping[str, float] = field(default_factory=dict)
    trials: Mapping[str, Trial] = field(default_factory=dict)

    @property
    def years(self) -> float:
        """Length of the run in years."""
        return self.days / YEAR

    def burglaries(self) -> pd.DataFrame:
        """Completed burglaries of the run."""
        c = self.crimes
        return c[(c["kind"] == "burglary") & (c["completed"] > 0) & (c["day"] >= 0)]

    def windows(self, frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """The rows of each whole year of the run."""
        for first in range(0, self.days - YEAR + 1, YEAR):
            yield frame[frame["day"].between(first, first + YEAR - 1)]
