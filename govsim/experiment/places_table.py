"""The map as a table: one row per compound, so that results can be read by type and place without the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from govsim.experiment.disk import parquet_bytes, storage, write_whole
from govsim.vocabulary import TYPES
from govsim.world.world import Map

#: Columns of numbers that are handed on as they stand.
NUMBERS: Final = ("x", "y", "residents", "dwellings", "age", "renter_share", "group_share", "elderly_share", "parking_pressure")


def places_table(district: Map) -> pa.Table:
    """compound, name, type, town, and NUMBERS, in the order of the map."""
    c = district.compounds
    towns = np.array(district.institutions.towns, object)
    text = {
        "compound": list(c.ids), "name": list(c.names), "type": [TYPES[k] for k in c.type], "town": towns[c.town].tolist(),
    }  # fmt: skip
    return pa.table({**text, **{name: np.asarray(getattr(c, name)) for name in NUMBERS}})


def write_places(folder: Path, district: Map) -> Path:
    """Writes places.parquet into an experiment's folder; returns its path."""
    path = folder / "places.parquet"
    with storage(folder):
        write_whole(path, parquet_bytes(places_table(district), {}))
    return path
