"""`govsim experiment analyse`: what an experiment found: which arm is better, by how much, how surely, at what cost."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from govsim.cli import through
from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech, terminal

if TYPE_CHECKING:
    from govsim.analysis.findings import Frames, Question
    from govsim.experiment.results import Results


def options(parser: Parser) -> None:
    """The options of `govsim experiment analyse`."""
    say, add = parser.say, parser.options.add_argument
    add("--outcomes", metavar="NAME", nargs="+", default=[],
        help=say("analyse: headlines that matter, the primary one first; the design's unless given",
                 "分析：关注的指标，主要指标写在最前；不写时用实验设计中的"))  # fmt: skip
    add("--smallest", metavar="X", type=float,
        help=say("analyse: smallest effect on the primary outcome that would matter; also tests that there is none as large",
                 "分析：主要指标上有意义的最小效果；另外检验效果是否确实小于它"))  # fmt: skip
    add("--width", metavar="X", type=float,
        help=say("analyse: wanted half width of its interval; says how many more replicates that takes",
                 "分析：希望的区间半宽；说明还需多少次重复"))  # fmt: skip
    through.options(parser)


def results_folder(said: argparse.Namespace) -> Path:
    """Where results are: --out, a folder of results, its name under results/, or where a design's results go."""
    from govsim.experiment.load_design import load_design

    if said.out is not None:
        return Path(said.out)
    for place in (Path(said.design), Path("results") / said.design):
        if (place / "manifest.json").is_file():
            return place
    here = Path(said.design)
    if here.is_dir() and not (here / "design.toml").is_file():
        return here
    return Path("results") / load_design(said.design).name[:120]


def act(said: argparse.Namespace, say: Speech) -> int:
    """Analyse, write, print; say through what the effect runs where that was asked for, and how to ask where it was not."""
    folder = results_folder(said)
    found, asked = analyse(folder, say, said.outcomes, said.smallest, said.width)
    if said.through is None:
        through.hint(said, say)
    else:
        through.act(folder, found, asked, said, say)
    return 0


def analyse(
    folder: Path, say: Speech, outcomes: list[str] | None = None, smallest: float | None = None, width: float | None = None
) -> tuple[Frames, Question]:
    """Analyse a folder of results: print the tables, write analysis/*.csv and figures; returns what was found and asked."""
    from govsim.analysis.findings import findings, question
    from govsim.experiment.results import read_results
    from govsim.report.findings_files import write_findings
    from govsim.report.findings_tables import print_findings
    from govsim.report.words import words

    results = read_results(folder)
    asked = question(outcomes or results.wanted, smallest, width or results.wanted_half_width)
    tables = (folder / "outcomes.parquet", folder / "compounds.parquet" if _has_compounds(results) else None)
    found = findings(asked, results.runs, *tables, results.places, results.points, results.absent)
    labels = labels_of(results)
    console = terminal()
    print_findings(console, found, asked, labels, words(say.spoken))
    written = write_findings(folder, found, asked, labels, say.lang)
    console.print()
    console.print(say("Files:", "文件："))
    for path in written:
        console.print(f"  {path}", soft_wrap=True)
    return found, asked


def _has_compounds(results: Results) -> bool:
    return (results.folder / "compounds.parquet").is_file()


def labels_of(results: Results) -> dict[str, dict[str, str]]:
    """Names of shipped programmes; arms with names of their own show those."""
    from govsim.programmes.catalogue import shipped

    return {p.id: {"zh": p.name.zh, "en": p.name.en} for p in shipped().values()}
