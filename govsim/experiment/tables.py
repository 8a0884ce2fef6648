"""Tidy tables of one run: the district by week, compounds by quarter (or week)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pyarrow as pa

from govsim.observe.outcomes import FLOW_SLOT, FLOWS, STOCK_SLOT, STOCKS
from govsim.observe.recorder import columns
from govsim.simulation import Simulation
from govsim.vocabulary import CHANNELS, CRIMES, ENDINGS

#: What is kept for each compound: outcome, category ("all" sums the categories).
COMPOUND_OUTCOMES: Final = (
    ("problems", "all"),
    *(("complaints", channel) for channel in CHANNELS),
    ("petitions", "single"),
    ("petitions", "collective"),
    *(("cases_closed", ending) for ending in ENDINGS),
    ("answered", "all"),
    ("felt_solved", "all"),
    ("cost", "all"),
    ("open_problems", "all"),
    ("open_cases", "all"),
    ("platform_users", "all"),
    ("satisfaction", "all"),
    ("trust_firm", "all"),
    ("trust_committee", "all"),
    ("belonging", "all"),
    ("fear", "all"),
    ("treated", "all"),
    *(("crimes", crime) for crime in CRIMES),
    ("crimes_recorded", "all"),
    ("fees_paid", "all"),
    ("fees_billed", "all"),
    ("paying", "all"),
    ("service_quality", "all"),
    ("trapped", "all"),
    ("year_without_burglary", "all"),
    ("volunteers", "all"),
)

TEXT: Final = pa.dictionary(pa.int32(), pa.string())
OUTCOMES_SCHEMA: Final = pa.schema(
    [
        ("arm", TEXT), ("replicate", pa.int32()), ("period", pa.int32()), ("start", pa.date32()), ("days", pa.int32()),
        ("partial", pa.bool_()), ("outcome", TEXT), ("category", TEXT), ("value", pa.float64()),
    ]
)  # fmt: skip
COMPOUNDS_SCHEMA: Final = pa.schema(
    [
        ("arm", TEXT), ("replicate", pa.int32()), ("quarter", pa.int32()), ("compound", TEXT), ("outcome", TEXT),
        ("category", TEXT), ("value", pa.float64()),
    ]
)  # fmt: skip


def _words(values: list[str], index: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(values, pa.string()))


def outcomes_table(sim: Simulation, arm: str, replicate: int) -> pa.Table:
    """The district by week: one row per week, outcome and category."""
    names = [a + b for a, b in zip(columns(FLOWS), columns(STOCKS), strict=True)]
    outcomes, categories = (list(dict.fromkeys(column)) for column in names)
    codes = [np.array([words.index(v) for v in column]) for words, column in zip((outcomes, categories), names, strict=True)]
    weeks, wide = len(sim.recorder.weeks), len(names[0])
    days = np.array([w[0] for w in sim.recorder.weeks])
    first = sim.world.scenario.time.start
    starts = [first + dt.timedelta(days=int(past)) for past in np.cumsum(days) - days]
    values = np.array([np.concatenate([flows, stock]) for _, flows, stock in sim.recorder.weeks]).reshape(weeks, wide)

    def each(column: np.ndarray) -> np.ndarray:
        return np.repeat(column, wide)

    n = weeks * wide
    return pa.table(
        [
            _words([arm], np.zeros(n)),
            pa.array(np.full(n, replicate, np.int32)),
            pa.array(each(np.arange(weeks, dtype=np.int32))),
            pa.array(each(np.array(starts, "datetime64[D]")), pa.date32()),
            pa.array(each(days.astype(np.int32))),
            pa.array(each(days < 7)),
            _words(outcomes, np.tile(codes[0], weeks)),
            _words(categories, np.tile(codes[1], weeks)),
            pa.array(values.ravel()),
        ],
        schema=OUTCOMES_SCHEMA,
    )


def compounds_table(sim: Simulation, arm: str, replicate: int) -> pa.Table:
    """Compounds by period: one row per period, compound, outcome and category of COMPOUND_OUTCOMES."""
    periods = sim.recorder.places
    ids, wide = list(sim.world.compounds.ids), len(COMPOUND_OUTCOMES)
    values = np.zeros((len(periods), len(ids), wide))
    for at, (_, flows, stock) in enumerate(periods):
        for j, (name, category) in enumerate(COMPOUND_OUTCOMES):
            is_flow = name in FLOW_SLOT
            known = next(o for o in (FLOWS if is_flow else STOCKS) if o.name == name)
            source, first = (flows, FLOW_SLOT[name]) if is_flow else (stock, STOCK_SLOT[name])
            if category in known.categories:
                values[at, :, j] = source[:, first + known.categories.index(category)]
            else:
                values[at, :, j] = source[:, first : first + len(known.categories)].sum(1)
    outcomes = list(dict.fromkeys(name for name, _ in COMPOUND_OUTCOMES))
    categories = list(dict.fromkeys(category for _, category in COMPOUND_OUTCOMES))
    n = values.size
    per_period = len(ids) * wide
    return pa.table(
        [
            _words([arm], np.zeros(n)),
            pa.array(np.full(n, replicate, np.int32)),
            pa.array(np.repeat(np.array([p[0] for p in periods], np.int32), per_period)),
            _words(ids, np.tile(np.repeat(np.arange(len(ids)), wide), len(periods))),
            _words(outcomes, np.tile(np.array([outcomes.index(a) for a, _ in COMPOUND_OUTCOMES]), n // wide)),
            _words(categories, np.tile(np.array([categories.index(b) for _, b in COMPOUND_OUTCOMES]), n // wide)),
            pa.array(values.ravel()),
        ],
        schema=COMPOUNDS_SCHEMA,
    )
