"""The screen as files: four tables for spreadsheets and the picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from govsim.analysis.screen import Screened
from govsim.errors import StorageError
from govsim.report.csv_file import write_csv
from govsim.report.figures import save
from govsim.report.screen_figure import screen_figure
from govsim.report.words import Words
from govsim.scenario.schema import Programme


def write_screen(folder: Path, found: Screened, programmes: Mapping[str, Programme], w: Words) -> list[Path]:
    """Writes screen/{programmes,effects,expected,groups}.csv and screen/screen-LANG.{png,svg}; returns their paths."""
    said = [
        (p.id, p.family, p.name.zh, p.name.en, p.harms, p.needs) for p in (programmes[arm] for arm in found.programmes["arm"])
    ]
    names = pd.DataFrame(said, columns=["arm", "family", "name_zh", "name_en", "stated_harms", "needs"])
    tables = {
        "programmes": names.merge(found.programmes, on="arm"), "effects": found.effects,
        "expected": found.expected, "groups": found.groups,
    }  # fmt: skip
    place = folder / "screen"
    try:
        place.mkdir(exist_ok=True)
        written = [write_csv(table, place / f"{name}.csv") for name, table in tables.items()]
        return written + save(screen_figure(found, programmes, w), place / f"screen-{w.lang}")
    except OSError as error:
        raise StorageError(f"the screen could not be written to {place}: {error.strerror or error}") from error
