"""Rates, calendar and money against closed forms and against Python's own calendar."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govsim import units


@pytest.mark.parametrize("rate", [0.03, 0.7, 12.0, 400.0])
def test_a_year_of_daily_chances_gives_the_yearly_chance(rate: float) -> None:
    """Notices rate / 365 used as a chance (0.7 % off at 5 a year, above 1 at 400), and other days a year."""
    daily = units.daily_chance(rate)
    assert (1 - daily) ** 365 == pytest.approx(math.exp(-rate), rel=1e-9, abs=0)


def test_small_rates_keep_their_digits() -> None:
    """Notices 1 - exp(-x), which has no correct digit left here."""
    assert units.daily_chance(3.65e-15) == pytest.approx(1e-17, rel=1e-12, abs=0)


@given(st.floats(1e-9, 3000.0))
def test_rate_and_chance_are_inverse(rate: float) -> None:
    """Notices a wrong or missing factor in one of the two directions."""
    assert units.yearly_rate(units.daily_chance(rate)) == pytest.approx(rate, rel=1e-6, abs=0)


def test_arrays_and_numbers_agree() -> None:
    """Notices a branch for arrays that differs from that for numbers, and a number that comes back as an array."""
    rates = np.array([0.2, 5.0, 90.0])
    assert units.daily_chance(rates).tolist() == [units.daily_chance(float(rate)) for rate in rates]
    assert isinstance(units.daily_chance(0.2), float)


@settings(max_examples=60, deadline=None)
@given(st.dates(dt.date(1901, 1, 1), dt.date(2150, 1, 1)), st.integers(0, 900))
def test_calendar_is_pythons(start: dt.date, days: int) -> None:
    """Notices months from 1, another first weekday, a wrong leap year, and dates before 1970."""
    month, weekday = units.calendar(start, days)
    dates = [start + dt.timedelta(days=day) for day in range(days)]
    assert month.dtype == weekday.dtype == np.int8
    assert month.tolist() == [date.month - 1 for date in dates]
    assert weekday.tolist() == [date.weekday() for date in dates]


def test_seasons() -> None:
    """Notices December counted with the autumn or March with the winter."""
    names = [units.SEASONS[i][:2] for i in units.season(np.arange(12, dtype=np.int8))]
    assert names == ["wi", "wi", "sp", "sp", "sp", "su", "su", "su", "au", "au", "au", "wi"]


def test_conversions() -> None:
    """Notices a factor turned upside down: Putuo's 24.4 hotline complaints per 1,000 residents a year."""
    assert units.per_1000(93_584 / 3, 1_280_000) == pytest.approx(24.37, abs=0.005)
    assert units.from_per_1000(24.4, 2_500.0) == pytest.approx(61.0)
    assert units.a_day(730.0) == 2.0
    assert units.yuan(8.7) == pytest.approx(87_000)
