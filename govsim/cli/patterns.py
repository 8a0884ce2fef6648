"""`govsim patterns`: does a scenario show, untold, what is published of complaints, crime and service?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from govsim.cli import carrying_out
from govsim.cli.parsing import Parser, scenario_argument, share, whole
from govsim.cli.speech import Speech, table, terminal

if TYPE_CHECKING:
    import pandas as pd

    from govsim.experiment.pattern_runs import PatternPlan

NAME = "patterns"
ABOUT = ("compare what a scenario shows with published patterns", "把情景的表现与已发表的规律对照")

REPLICATES, YEARS = 2, 2
FILE = "patterns.csv"
WEEK = 7


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    scenario_argument(parser)
    add("--replicates", metavar="N", type=whole(say, 1, 1000), default=REPLICATES,
        help=say(f"repetitions; {REPLICATES} unless given", f"重复次数；不写时为 {REPLICATES}"))  # fmt: skip
    add("--years", metavar="N", type=whole(say, 1, 10), default=YEARS,
        help=say(f"years to run after the burn-in; {YEARS} unless given", f"预热后运行的年数；不写时为 {YEARS}"))  # fmt: skip
    add("--trials", action="store_true",
        help=say("also try single measures on a random half of the compounds", "另在随机一半小区试验单项措施"))  # fmt: skip
    add("--seed", metavar="N", type=whole(say, 0, 2**63 - 1), help=say("master seed", "随机种子"))
    add("--sample", metavar="F", type=share(say),
        help=say("share of the compounds to run, above 0, at most 1", "所运行小区的比例，大于 0，至多 1"))  # fmt: skip
    add("--out", metavar="DIR", type=Path, help=say("folder for the results; results/... unless given",
                                                    "结果文件夹；不写时为 results/ 下"))  # fmt: skip


def act(said: argparse.Namespace, say: Speech) -> int:
    """Run, look, write the file, print the table."""
    from govsim.experiment.disk import storage
    from govsim.experiment.pattern_runs import PatternPlan
    from govsim.report.patterns import write_patterns_csv
    from govsim.simulation import cores

    loaded = carrying_out.load(said)
    plan = PatternPlan(loaded, said.replicates, said.years, said.trials, cores())
    folder = said.out or carrying_out.default_folder(loaded, NAME)
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
    found = _run(plan, say)
    with storage(folder):
        path = write_patterns_csv(found, folder / FILE)
    name = loaded.scenario.name
    _show(found, path, say(name.en, name.zh), say)
    return 0


def _run(plan: PatternPlan, say: Speech) -> pd.DataFrame:
    """All replicates, with a bar or now and then a line."""
    from govsim.analysis.patterns import findings
    from govsim.cli.progress import Progress
    from govsim.experiment.pattern_runs import observe

    console = terminal("error")
    with carrying_out.stopping():
        carrying_out.warm(console, say)
        with Progress(console, None, say, ("weeks", "周")) as progress:
            total, done = plan.days() // WEEK, 0
            progress(0, total)

            def tick() -> None:
                nonlocal done
                done += 1
                if done % WEEK == 0:
                    progress(done // WEEK, total)

            return findings(list(observe(plan, tick)), plan.trials)


def _show(found: pd.DataFrame, path: Path, name: str, say: Speech) -> None:
    from govsim.report.patterns import RIGHT, head, notes, reasons, rows, summary
    from govsim.report.words import words, wrap

    w, console = words(say.spoken), terminal()
    table(console, head(w), rows(found, w), right=set(RIGHT), title=name)
    console.print()
    console.print(summary(found, w))
    if why := reasons(found, w):
        console.print()
        console.print(w("unmeasured"))
        for line in why:
            console.print(wrap(f"- {line}", console.width))
        console.print()
    for note in notes(w):
        console.print(wrap(note, console.width))
    console.print()
    console.print(say("File:", "文件："))
    console.print(f"  {path}", soft_wrap=True)
