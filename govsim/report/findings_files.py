"""The findings of an experiment as files: one tidy CSV per question, and the figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from govsim.errors import StorageError
from govsim.report import findings_figures as drawn
from govsim.report.csv_file import write_csv
from govsim.report.figures import save
from govsim.report.words import Labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from govsim.analysis.findings import Frames, Question


def write_findings(folder: Path, found: Frames, asked: Question, labels: Labels, lang: str) -> list[Path]:
    """Writes analysis/*.csv and analysis/figures/*-LANG.{png,svg} into an experiment's folder; returns their paths."""
    place = folder / "analysis"
    try:
        (place / "figures").mkdir(parents=True, exist_ok=True)
        written = [write_csv(frame, place / f"{name}.csv") for name, frame in found.items()]
        for name, figure in _figures(found, asked, labels, lang).items():
            written += save(figure, place / "figures" / f"{name}-{lang}")
    except OSError as error:
        raise StorageError(f"the analysis could not be written to {place}: {error.strerror or error}") from error
    return written


def _figures(found: Frames, asked: Question, labels: Labels, lang: str) -> dict[str, Figure]:
    """Every figure that the findings allow, by name."""
    present = set(found["comparison"]["outcome"])
    names = [name for name in asked.outcomes if name in present]
    figures = {"over_time": drawn.over_time(found["over_time"], labels, lang)}
    if "money" in found:
        figures["money"] = drawn.plane(found["money"], labels, lang)
    if "swings" in found:
        figures["swings"] = drawn.tornado(found["swings"], names[0], labels, lang)
    if "by_group" in found:
        figures["gainers"] = drawn.gainers(found["by_compound"], found["by_group"], found["places"], labels, lang)
    return figures
