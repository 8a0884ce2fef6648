"""The findings of an experiment on a terminal: its tables one below the other, in 100 columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from govsim.report.findings_grids import grids
from govsim.report.tables import print_grid
from govsim.report.words import Labels, Words

if TYPE_CHECKING:
    from rich.console import Console

    from govsim.analysis.findings import Frames, Question
    from govsim.report.grids import Grid

#: Columns that the labels of rows keep at least.
LABEL = 24


def print_findings(console: Console, found: Frames, asked: Question, labels: Labels, w: Words) -> None:
    """Print every table that the findings allow."""
    print_grids(console, grids(found, asked, labels, w))


def print_grids(console: Console, made: Iterable[Grid]) -> None:
    """Print tables one below the other, each with its notes."""
    for grid in made:
        console.print()
        print_grid(console, grid, least=LABEL)
