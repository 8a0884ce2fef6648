"""`govsim experiment analyse --through`: through which mechanism an arm's effect runs, by running some of it again."""

from __future__ import annotations

import argparse
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from govsim.cli.parsing import Parser, whole
from govsim.cli.progress import Progress, span
from govsim.cli.speech import Speech, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from govsim.analysis.findings import Frames, Question
    from govsim.experiment.plan import Plan
    from govsim.scenario.load import Loaded

#: Replicates that are run again unless told: enough for an interval, few enough to wait for.
REPLICATES = 6


def options(parser: Parser) -> None:
    """The options of `govsim experiment analyse` that run something."""
    say, add = parser.say, parser.options.add_argument
    add("--through", metavar="ARM", nargs="?", const="",
        help=say("analyse: run some replicates of an arm again, to tell through which mechanism its effect runs; the best arm "
                 "unless named",
                 "分析：重跑某个方案的若干次重复，看其效果经由哪个机制；不写方案时取最好的"))  # fmt: skip
    add("--through-replicates", metavar="N", type=whole(say, 1, 1000), default=REPLICATES,
        help=say(f"analyse: how many of them; {REPLICATES} unless given", f"分析：重跑几次；不写时为 {REPLICATES}"))  # fmt: skip


def hint(said: argparse.Namespace, say: Speech) -> None:
    """Name the command that tells through what."""
    command = ["govsim", "experiment", "analyse", said.design, *(("--out", str(said.out)) if said.out else ()), "--through"]
    console = terminal()
    console.print()
    console.print(say(f"Through which mechanism the best arm acts: {shlex.join(command)}",
                      f"最好的方案经由哪个机制起作用：{shlex.join(command)}"), soft_wrap=True)  # fmt: skip


def act(folder: Path, found: Frames, asked: Question, said: argparse.Namespace, say: Speech) -> None:
    """Run the arm again in lockstep with the baseline, print the ways of its effect, write analysis/through.csv."""
    from govsim.analysis.why import mean_paths, path_shares
    from govsim.cli.analyse import labels_of
    from govsim.experiment.lockstep import home
    from govsim.experiment.recalled import recalled_plan
    from govsim.experiment.results import read_results
    from govsim.report.csv_file import write_csv
    from govsim.report.findings_tables import print_grids
    from govsim.report.through_grid import through_grid
    from govsim.report.words import words

    results = read_results(folder)
    names = [name for name in asked.outcomes if name in set(found["comparison"]["outcome"])]
    arm = _arm(said.through, found, names[0], say)
    plan = recalled_plan(results.manifest, _known(said.design))
    outcomes, runs = _again(plan, arm, said, say)
    ways = mean_paths(path_shares(outcomes, runs, names, home)).assign(arm=arm)
    console = terminal()
    print_grids(console, [through_grid(ways, names[0], arm, labels_of(results), words(say.spoken))])
    if results.points is not None and len(results.points) > 1:
        console.print(say(
            f"Run in {plan.loaded.path.stem} as it stands, not at the points of the design.",
            f"所跑为 {plan.loaded.path.stem} 情景本身，而非设计中的各点。",
        ))  # fmt: skip
    console.print(f"  {write_csv(ways, folder / 'analysis' / 'through.csv')}", soft_wrap=True)


def _arm(said: str, found: Frames, primary: str, say: Speech) -> str:
    """The arm that is meant: as named, or the one that improves the primary outcome most."""
    from govsim.analysis.paired import best_arm
    from govsim.errors import InputError
    from govsim.scenario.faults import known_words

    arms = list(dict.fromkeys(found["comparison"]["arm"].astype(str)))
    name = "+".join(sorted(said.split("+"))) if "+" in said else said
    if name:
        if name not in arms:
            raise InputError(say(f'--through: no arm "{said}" in these results; ', f"--through：结果中没有方案 “{said}”；")
                             + str(known_words(name, arms)))  # fmt: skip
        return name
    best = arms[0] if len(arms) == 1 else best_arm(found["comparison"], primary)
    if best is None:
        raise InputError(say(f"no arm improves {primary}: name one, such as --through {arms[0]}",
                             f"没有方案改善 {primary}：请指明一个，如 --through {arms[0]}"))  # fmt: skip
    return best


def _known(design: str) -> Sequence[Loaded]:
    """The scenarios of a design that was named by its file: they have the data files that results do not hold."""
    from govsim.errors import InputError
    from govsim.experiment.load_design import load_design

    if (Path(design) / "manifest.json").is_file():
        return ()
    try:
        return load_design(design).scenarios
    except InputError:  # a folder of results without a design, or one that has changed since: the manifest decides
        return ()


def _again(plan: Plan, arm: str, said: argparse.Namespace, say: Speech) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of the lockstep runs; says beforehand how much there is to run, and how long it took."""
    from govsim.cli.carrying_out import stopping, warm
    from govsim.experiment.why_runs import days_of_paths, experiment_paths, running_parts
    from govsim.simulation import cores

    console, n = terminal("error"), said.through_replicates
    total, worlds = days_of_paths(plan, n), 2 + len(running_parts(plan.loaded))
    console.print()
    console.print(say(
        f"Running {n} replicates of {arm} again: {worlds} worlds in lockstep over {plan.days} days, {total:,} days of a world "
        "with the burn-ins",
        f"重跑 {arm} 的 {n} 次重复：{worlds} 个世界同步运行 {plan.days} 天，连同预热共 {total:,} 个世界日",
    ), soft_wrap=True)  # fmt: skip
    begun, done = time.monotonic(), 0
    with stopping():
        warm(console, say)
        with Progress(console, None, say, ("days", "天")) as progress:
            progress(0, total)

            def watch(days: int) -> None:
                nonlocal done
                done += days
                progress(done, total)

            frames = experiment_paths(plan, arm, range(n), said.workers or cores(), watch)
    took = span(time.monotonic() - begun, say)
    console.print(say(f"took {took}", f"用时{took}"))
    return frames
