"""The recorder: reads the state, never writes it (but for setting the counters back), and keeps tidy tables."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from govsim.observe.outcomes import COMPOUND_MEANS, FLOW_SLOT, FLOWS, N_STOCKS, STOCK_SLOT, STOCKS, Outcome
from govsim.vocabulary import ACCOUNTS, FEEDING, KINDS, TRADES
from govsim.world.state import State
from govsim.world.tables import F32, F64
from govsim.world.world import World

#: Recorded counts that triggers and worst-first targeting may look at, and how many weeks back.
OBSERVABLE = ("hotline_complaints", "complaints", "petitions", "cases_opened", "crimes_recorded")
MEMORY_WEEKS = 520
QUARTER_WEEKS = 13

#: Slots of attitude sums (state.sums) and what they become: (stock, category number, column of sums, factor).
_MEANS = (
    ("satisfaction", 0, 0, 100.0), ("trust_firm", 0, 1, 100.0), ("trust_committee", 0, 2, 100.0),
    ("trust_police", 0, 3, 100.0), ("belonging", 0, 4, 100.0), ("fear", 0, 5, 100.0), ("annoyance", 0, 6, 1.0),
    ("belief", 0, 7, 100.0), ("belief", 1, 8, 100.0), ("belief", 2, 9, 100.0), ("belief", 3, 10, 100.0),
)  # fmt: skip
FEN = 100.0  # a yuan
TRAP_PAYING, TRAP_QUALITY = 0.60, 0.45


def stocks(world: World, state: State) -> F64:
    """Stocks by compound (n, N_STOCKS): counts, and totals over residents for attitudes."""
    n = len(world.place)
    out = np.zeros((n, N_STOCKS))
    used = state.problems.used
    there = used[used["gone"] == 0]
    first = STOCK_SLOT["open_problems"]
    cell = there["compound"].astype(np.int64) * len(KINDS) + there["kind"]
    out[:, first : first + len(KINDS)] = np.bincount(cell, minlength=n * len(KINDS)).reshape(n, len(KINDS))
    out[:, STOCK_SLOT["open_cases"]] = np.bincount(state.cases.used["compound"], minlength=n)
    out[:, STOCK_SLOT["platform_users"]] = state.sums[:, 11]
    for name, category, column, factor in _MEANS:
        out[:, STOCK_SLOT[name] + category] = factor * state.sums[:, column]
    out[:, STOCK_SLOT["stocks"] : STOCK_SLOT["stocks"] + len(FEEDING)] = state.stocks
    out[:, STOCK_SLOT["rules_kept"]] = 100 * state.rules_kept
    out[:, STOCK_SLOT["volunteers"]] = state.sums[:, 12]
    out[:, STOCK_SLOT["treated"]] = state.treated
    _of_economy(world, state, out)
    _of_crime(state, out)
    return out


def _of_economy(world: World, state: State, out: F64) -> None:
    """Stocks of the property economy and of self-government, into `out` (n, N_STOCKS)."""
    economy, place = state.economy, world.place
    owner = np.repeat(np.arange(len(place)), place["households"])
    paying = np.bincount(owner, economy.households["pays"], len(place))
    quality = state.quality.mean(1)
    balance = economy.households["balance"]
    trapped = (paying < TRAP_PAYING * place["households"]) & (quality < TRAP_QUALITY)
    columns = {
        "paying": paying,
        "arrears": np.bincount(owner, np.maximum(-balance, 0), len(place)) / FEN,
        "firm_money": economy.accounts[:, ACCOUNTS.index("firm")] / FEN,
        "fund_money": economy.accounts[:, ACCOUNTS.index("fund")] / FEN,
        "service_quality": 100 * quality,
        "effort": 100 * economy.effort.mean(1),
        "condition": 100 * state.condition,
        "fund_share": 100 * state.fund,
        "trapped": trapped,
    }
    for name, column in columns.items():
        out[:, STOCK_SLOT[name]] = column
    out[np.arange(len(place)), STOCK_SLOT["owners_committees"] + state.self_rule.owners["status"]] = 1.0


def _of_crime(state: State, out: F64) -> None:
    """Stocks of crime, into `out` (n, N_STOCKS); offenders count where they live."""
    crime, n, trades = state.crime, len(out), len(TRADES)
    there = crime.offenders.used
    for name, mine in (
        ("offenders_free", there[there["away_until"] <= state.day]),
        ("offenders_held", there[there["away_until"] > state.day]),
    ):
        cell = mine["home"].astype(np.int64) * trades + mine["trade"]
        out[:, STOCK_SLOT[name] : STOCK_SLOT[name] + trades] = np.bincount(cell, minlength=n * trades).reshape(n, trades)
    out[:, STOCK_SLOT["venues"]] = np.bincount(crime.venues.used["compound"], minlength=n)
    out[:, STOCK_SLOT["cameras_working"]] = 100 * crime.security["cameras"] * crime.security["cameras_work"]
    out[:, STOCK_SLOT["access_working"]] = 100 * crime.security["access"] * crime.security["access_works"]
    out[:, STOCK_SLOT["year_without_burglary"]] = state.day - crime.last_crime >= 365


def is_mean(outcome: Outcome) -> bool:
    """Whether a stock is a mean over residents (and not a count)."""
    return outcome.name in {name for name, *_ in _MEANS}


@dataclass
class Recorder:
    """Weekly rows of the district and quarterly (or weekly) rows of compounds, from the scenario's first day on."""

    world: World
    detail: str = "quarter"  # or "week"
    weeks: list[tuple[int, F64, F64]] = field(default_factory=list)  # days, flows (N_FLOWS,), stocks (N_STOCKS,)
    places: list[tuple[int, F64, F64]] = field(default_factory=list)  # period, flows (n, ...), stocks (n, ...)
    memory: deque[F32] = field(default_factory=lambda: deque(maxlen=MEMORY_WEEKS))
    _quarter: F64 | None = None
    _booked: int = 0  # days of this week that were read when a run stopped in the middle of it

    def end_of_week(self, state: State, days: int, in_burn_in: bool, last: bool) -> None:
        """Read the counters of the week that ends today and set them back. `days`: how far into the week today is."""
        days, self._booked = days - self._booked, days % 7
        flows = state.flows
        observed = np.zeros((len(OBSERVABLE), len(flows)), np.float32)
        for row, name in enumerate(OBSERVABLE):
            first = FLOW_SLOT[name]
            observed[row] = flows[:, first : first + len(_BY_NAME[name].categories)].sum(1)
        self.memory.append(observed)
        if not in_burn_in:
            stock = stocks(self.world, state)
            people = float(self.world.place["residents"].sum())
            district = stock.sum(0)
            for name, category, _, _ in _MEANS:
                district[STOCK_SLOT[name] + category] /= people
            for name in COMPOUND_MEANS:
                district[STOCK_SLOT[name]] /= len(stock)
            self.weeks.append((days, flows.sum(0), district))
            self._quarter = flows.copy() if self._quarter is None else self._quarter + flows
            span = 1 if self.detail == "week" else QUARTER_WEEKS
            if len(self.weeks) % span == 0 or last:
                local = stock.copy()
                for name, category, _, _ in _MEANS:
                    local[:, STOCK_SLOT[name] + category] /= self.world.place["residents"]
                self.places.append(((len(self.weeks) - 1) // span, self._quarter, local))
                self._quarter = None
        flows[:] = 0.0

    def recent(self, outcome: str, weeks: int) -> F64:
        """Recorded count per compound over the last weeks (at most those that are known), per 1,000 residents a year."""
        rows = list(self.memory)[-weeks:]
        if not rows:
            return np.zeros(len(self.world.place))
        total = np.sum([r[OBSERVABLE.index(outcome)] for r in rows], axis=0, dtype=np.float64)
        return np.asarray(total / self.world.place["residents"] * 1000.0 * 365.25 / (7.0 * len(rows)))


_BY_NAME = {o.name: o for o in (*FLOWS, *STOCKS)}


def columns(outcomes: tuple[Outcome, ...]) -> tuple[list[str], list[str]]:
    """Outcome and category of each counter slot."""
    return [o.name for o in outcomes for _ in o.categories], [c for o in outcomes for c in o.categories]
