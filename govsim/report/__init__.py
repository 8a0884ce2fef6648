"""Findings become what people read: tables, figures, one page; in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from govsim.analysis.displacement import Displaced
    from govsim.report.words import Labels


def write(
    folder: Path, lang: str, labels: Labels, runs: pd.DataFrame, outcomes: pd.DataFrame,
    compounds_map: pd.DataFrame | None = None, *, title: str = "", question: str = "",
    versions: Mapping[str, str] | None = None, displaced: Displaced | None = None,
) -> list[Path]:  # fmt: skip
    """Writes the report of one experiment in one language and returns the paths, the page first.

    report-LANG.html, comparison.csv and figures/{effects,course,map}-LANG.{png,svg}. `labels` maps arm to
    language to label; `compounds_map` comes from `complaints_map` (no map without it),
    `displaced` from `displacement`. Raises InputError for frames that do not hold complete runs, StorageError
    where the folder cannot be written.
    """
    from govsim.analysis.headlines import PAIRED, headline_values, weekly_values
    from govsim.analysis.paired import compare, variance_reduction
    from govsim.errors import StorageError
    from govsim.report import figures
    from govsim.report.page import page
    from govsim.report.tables import variance_line, write_comparison_csv
    from govsim.report.words import words

    w = words(lang)
    values = headline_values(outcomes, runs)
    comparison = compare(values)
    drawn = {"course": ("course_title", figures.course(weekly_values(outcomes, runs), labels, lang))}
    saved = ""
    if not comparison.empty:
        drawn = {"effects": ("effects_title", figures.effects(comparison, labels, lang)), **drawn}
        saved = variance_line(variance_reduction(values[values.headline.isin(PAIRED)]), w)
    if compounds_map is not None:
        drawn["map"] = ("map_title", figures.district(compounds_map, labels, lang))
    pictures = [(w(key), figures.svg(figure)) for key, figure in drawn.values()]
    text = page(
        lang, labels, runs, values, comparison, pictures,
        title=title, question=question, saved=saved, versions=versions, displaced=displaced,
    )  # fmt: skip
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        report = folder / f"report-{lang}.html"
        report.write_text(text, encoding="utf-8", newline="\n")
        written = [report, write_comparison_csv(comparison, folder / "comparison.csv")]
        for name, (_, figure) in drawn.items():
            written += figures.save(figure, folder / "figures" / f"{name}-{lang}")
    except OSError as error:
        raise StorageError(f"the report could not be written to {folder}: {error.strerror or error}") from error
    return written
