"""`govsim run`: one arm, one replicate, and the headline figures of that run."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from govsim.cli import carrying_out
from govsim.cli.parsing import Parser, choices_of_a_run, scenario_argument
from govsim.cli.speech import Speech, table, terminal

NAME = "run"
ABOUT = ("run a scenario once, with or without programmes", "把一个情景运行一次，可加治理项目")

FILES = ("manifest.json", "runs.parquet", "outcomes.parquet", "compounds.parquet")


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say = parser.say
    scenario_argument(parser)
    parser.options.add_argument(
        "--with", dest="programmes", metavar="ID", nargs="+", action="extend", default=[],
        help=say("programmes that act; `govsim programmes` lists them", "起作用的项目；`govsim programmes` 列出全部"),
    )  # fmt: skip
    choices_of_a_run(parser)


def act(said: argparse.Namespace, say: Speech) -> int:
    """Run it, print its figures, name its files."""
    from govsim.experiment.plan import make_plan
    from govsim.programmes.catalogue import parse_arm
    from govsim.world.world import read_map

    asked = "+".join(said.programmes) or "baseline"
    loaded = carrying_out.load(said, [asked])
    arm = "+".join(parse_arm(asked)) or "baseline"
    whole = make_plan(loaded, [arm], replicates=1, events=said.events)
    plan = replace(whole, arms={arm: whole.arms[arm]})
    folder = carrying_out.folder_of(said, plan, carrying_out.default_folder(loaded, arm))
    carrying_out.announce(plan, read_map(loaded), folder, say, yes=True)
    carrying_out.carry_out(plan, folder, None, say)
    _show(folder, carrying_out.programme_labels(loaded), said.events, say)
    return 0


def _show(folder: Path, labels: dict[str, dict[str, str]], events: bool, say: Speech) -> None:
    import pandas as pd

    from govsim.analysis.headlines import headline_values
    from govsim.report.grids import decimals, number
    from govsim.report.words import words

    runs, w = pd.read_parquet(folder / "runs.parquet"), words(say.spoken)
    values = headline_values(pd.read_parquet(folder / "outcomes.parquet"), runs)
    rows = []
    for name, value in zip(values["headline"], values["value"], strict=True):
        text = w("none") if pd.isna(value) else number(value, decimals([value]))
        rows.append((w.truth(name), w.headline(name), text, w.unit(name)))
    console = terminal()
    head = (say("truth", "事实"), say("figure", "指标"), say("value", "数值"), say("unit", "单位"))
    table(console, head, rows, right={2}, title=w.arm(str(runs["arm"].iloc[0]), labels))
    if values["value"].isna().any():
        console.print(w("none_legend"))
    carrying_out.print_clamps(console, runs, labels, say)
    console.print()
    console.print(say("Files:", "文件："))
    for file in (*FILES, "events.parquet") if events else FILES:
        console.print(f"  {folder / file}", soft_wrap=True)
