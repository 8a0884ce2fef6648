"""A small design for tests of experiments: two compounds, a week, no burn-in, eight runs."""

from __future__ import annotations

from pathlib import Path

SMALL = """format = 1
name = { zh = "小实验", en = "Small experiment" }
question = { zh = "问题？", en = "A question?" }
scenario = "classroom"
arms = ["baseline", "household_visits"]
outcomes = ["hotline_rate", "satisfaction"]
days = 7
sample = 0.34
burn_in_years = 0
replicates = { number = 2 }

[[factors]]
vary = "problems.arrivals"
levels = [0.75, 1.25]
"""
TABLES = ("points.parquet", "runs.parquet", "outcomes.parquet", "compounds.parquet")


def small(folder: Path, *changes: tuple[str, str], add: str = "") -> Path:
    """The small design as a file, with texts replaced and lines added at the end."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "design.toml"
    path.write_text(text + add, encoding="utf-8")
    return path


def tables(folder: Path) -> dict[str, bytes]:
    """The bytes of an experiment's tables."""
    return {name: (folder / name).read_bytes() for name in TABLES}
