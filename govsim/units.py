"""Time, rates and money: the one place where a yearly figure becomes a daily one, and a day has a month."""

from __future__ import annotations

import datetime as dt
from typing import Final, TypeVar, overload

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int8]
Number = TypeVar("Number", float, F64)

DAYS_A_YEAR: Final = 365.0
DAYS_A_MONTH: Final = DAYS_A_YEAR / 12
#: Chinese sources give money in wan (万): ten thousand yuan.
YUAN_A_WAN: Final = 10_000.0
SEASONS: Final = ("spring", "summer", "autumn", "winter")
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@overload
def daily_chance(yearly_rate: float) -> float: ...
@overload
def daily_chance(yearly_rate: F64) -> F64: ...
def daily_chance(yearly_rate: float | F64) -> float | F64:
    """Chance (0 to 1) of at least one event within a day, when events come at `yearly_rate` a year (0 or more)."""
    chance: F64 = -np.expm1(-np.asarray(yearly_rate, np.float64) / DAYS_A_YEAR)
    return chance if chance.ndim else float(chance)


@overload
def yearly_rate(daily_chance: float) -> float: ...
@overload
def yearly_rate(daily_chance: F64) -> F64: ...
def yearly_rate(daily_chance: float | F64) -> float | F64:
    """Events a year at which the chance of at least one in a day is `daily_chance` (0 to below 1)."""
    rate: F64 = -np.log1p(-np.asarray(daily_chance, np.float64)) * DAYS_A_YEAR
    return rate if rate.ndim else float(rate)


def a_day(a_year: Number) -> Number:
    """An amount a year (yuan, visits, expected events), spread evenly over its days."""
    return a_year / DAYS_A_YEAR


def per_1000(count: Number, people: Number) -> Number:
    """A count per 1,000 residents (or households)."""
    return count * 1000.0 / people


def from_per_1000(rate: Number, people: Number) -> Number:
    """The expected count among `people` of something at `rate` per 1,000."""
    return rate * people / 1000.0


def yuan(wan: Number) -> Number:
    """Yuan from wan (万元)."""
    return wan * YUAN_A_WAN


def calendar(start: dt.date, days: int) -> tuple[I8, I8]:
    """Month and weekday of `days` days from `start` on, each of shape (days,).

    Months count from 0 (January), so that they index parameters by month; weekdays from 0 (Monday).
    """
    dates = np.datetime64(start, "D") + np.arange(days)
    months = dates.astype("datetime64[M]").astype(np.int64) % 12
    weekdays = (dates.astype(np.int64) + 3) % 7  # day 0, 1 January 1970, was a Thursday
    return months.astype(np.int8), weekdays.astype(np.int8)


def season(month: I8) -> I8:
    """Index into SEASONS of months counted from 0; spring is March to May."""
    return ((month.astype(np.int16) + 10) % 12 // 3).astype(np.int8)
