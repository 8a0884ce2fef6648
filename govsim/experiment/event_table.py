"""Tidy table of one run's events: one row for each crime, and for each step of each case file."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pyarrow as pa

from govsim.experiment.tables import TEXT
from govsim.observe.events import PLACES, STEPS, EventLog
from govsim.simulation import Simulation
from govsim.vocabulary import CRIMES, KINDS, TRADES

EVENTS_SCHEMA: Final = pa.schema(
    [
        ("arm", TEXT), ("replicate", pa.int32()), ("day", pa.int32()), ("date", pa.date32()), ("kind", TEXT), ("type", TEXT),
        ("compound", TEXT), ("building", pa.int32()), ("dwelling", pa.int32()), ("x", pa.float32()), ("y", pa.float32()),
        ("completed", pa.bool_()), ("reported", pa.bool_()), ("recorded", pa.bool_()), ("cleared", pa.bool_()),
        ("case", pa.string()), ("from", pa.string()), ("to", pa.string()), ("offender", pa.string()),
        ("loss", pa.float32()), ("cleared_day", pa.int32()),
    ]
)  # fmt: skip


def events_table(sim: Simulation, arm: str, replicate: int) -> pa.Table:
    """All events of a run that kept them, crimes first, each part in order of the days."""
    assert sim.log is not None, "this run kept no events"
    parts = [_crimes(sim, sim.log), _steps(sim, sim.log)]
    tables = [_table(sim, arm, replicate, columns) for columns in parts]
    return pa.concat_tables(tables)


def _table(sim: Simulation, arm: str, replicate: int, columns: dict[str, np.ndarray]) -> pa.Table:
    """The columns of one part with what all events have: arm, replicate, date, place."""
    n = len(columns["day"])
    first = sim.world.scenario.time.start
    shared = {
        "arm": np.full(n, arm),
        "replicate": np.full(n, replicate),
        "date": np.datetime64(first, "D") + columns["day"].astype("timedelta64[D]"),
    }
    nothing = pa.nulls(n)
    arrays = []
    for field in EVENTS_SCHEMA:
        column = {**shared, **columns}.get(field.name)
        arrays.append(nothing.cast(field.type) if column is None else _array(column, field.type))
    return pa.table(arrays, schema=EVENTS_SCHEMA)


def _array(column: np.ndarray, kind: pa.DataType) -> pa.Array:
    if isinstance(column, np.ma.MaskedArray):
        return pa.array(np.asarray(column.data), mask=np.ma.getmaskarray(column)).cast(kind)
    if pa.types.is_dictionary(kind):
        return pa.array(column.astype(object), pa.string()).dictionary_encode().cast(kind)
    if column.dtype.kind in "OU":
        return pa.array(column.astype(object), pa.string())
    return pa.array(column).cast(kind)


def _place(sim: Simulation, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Compound, building and home of rows, numbered as people number them: within their compound."""
    ids = np.array(sim.world.compounds.ids, object)
    building, household = rows["building"], rows["household"]
    first = sim.world.place["building0"][rows["compound"]]
    home = sim.world.population.household_home[np.maximum(household, 0)].astype(np.int32)
    return {
        "compound": ids[rows["compound"]],
        "building": np.ma.masked_array(building - first, building < 0),
        "dwelling": np.ma.masked_array(home, household < 0),
    }


def _names(*parts: np.ndarray) -> np.ndarray:
    """Rows of texts joined by a slash."""
    return np.array(["/".join(map(str, row)) for row in zip(*(p.tolist() for p in parts), strict=True)], object)


def _dates(sim: Simulation, days: np.ndarray) -> np.ndarray:
    first = sim.world.scenario.time.start
    return np.array([(first + dt.timedelta(days=d)).isoformat() for d in days.tolist()], object)


def _crimes(sim: Simulation, log: EventLog) -> dict[str, np.ndarray]:
    rows = log.crimes[np.argsort(log.crimes["day"], kind="stable")]
    day = rows["day"] - log.burn_in
    ids, kinds, trades = np.array(sim.world.compounds.ids, object), np.array(CRIMES, object), np.array(TRADES, object)
    known = rows["offender_home"] >= 0
    home = ids[np.maximum(rows["offender_home"], 0)]
    offender = _names(home, trades[np.maximum(rows["offender_trade"], 0)], rows["offender_born"], rows["offender_number"])
    case = _names(ids[rows["compound"]], kinds[rows["kind"]], _dates(sim, day), rows["number"])
    return {
        **_place(sim, rows),
        "day": day,
        "kind": np.full(len(rows), "crime", object),
        "type": kinds[rows["kind"]],
        "x": rows["x"],
        "y": rows["y"],
        **{name: rows[name] > 0 for name in ("completed", "reported", "recorded", "cleared")},
        "case": case,
        "from": np.ma.masked_array(home, ~known),
        "to": ids[rows["compound"]],
        "offender": np.ma.masked_array(offender, ~known),
        "loss": rows["loss"],
        "cleared_day": np.ma.masked_array(rows["cleared_on"] - log.burn_in, rows["cleared"] == 0),
    }


def _steps(sim: Simulation, log: EventLog) -> dict[str, np.ndarray]:
    rows = log.all_steps()
    places, kinds, names = np.array(PLACES, object), np.array(KINDS, object), np.array(STEPS, object)
    place = _place(sim, rows)
    case = _names(place["compound"], kinds[rows["kind"]], _dates(sim, rows["born"]), rows["number"], rows["nth"])
    c = sim.world.compounds
    return {
        **place,
        "day": rows["day"],
        "kind": names[rows["event"]],
        "type": kinds[rows["kind"]],
        "x": c.x[rows["compound"]],
        "y": c.y[rows["compound"]],
        "case": case,
        "from": places[rows["from"]],
        "to": np.ma.masked_array(places[rows["to"]], rows["to"] == 0),
    }
