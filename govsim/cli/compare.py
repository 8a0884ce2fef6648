"""`govsim compare`: several arms on the same replicates, and the report of how they differ."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govsim.cli import carrying_out
from govsim.cli.parsing import Parser, choices_of_a_run, scenario_argument, whole
from govsim.cli.run import FILES
from govsim.cli.speech import Speech, terminal

if TYPE_CHECKING:
    from govsim.experiment.plan import Plan
    from govsim.world.world import Map

NAME = "compare"
ABOUT = ("compare programmes on the same random numbers", "用相同的随机数比较各种治理项目")


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    scenario_argument(parser)
    add("--arms", metavar="ARM", nargs="+", action="extend", default=[],
        help=say("what is compared: baseline, a programme, or several joined such as a+b; the scenario's own arms "
                 "unless given",
                 "比较哪些方案：baseline、一个项目，或用 + 相连的几个，如 a+b；不写时用情景文件中的"))  # fmt: skip
    add("--replicates", metavar="N", type=whole(say, 1, 10_000),
        help=say("repetitions of each arm", "每个方案的重复次数"))  # fmt: skip
    add("--workers", metavar="N", type=whole(say, 1, 1024),
        help=say("processes at work; all processors unless given; results do not depend on it",
                 "并行进程数；不写时用全部处理器；结果与此无关"))  # fmt: skip
    add("--detail", choices=("quarter", "week"), default="quarter",
        help=say("how often compounds are recorded", "小区数据的记录周期：季或周"))  # fmt: skip
    add("--yes", action="store_true", help=say("run it although it is very large", "规模很大也照常运行"))
    choices_of_a_run(parser)


def act(said: argparse.Namespace, say: Speech) -> int:
    """Run what is missing, write the report, print the comparison, name the files."""
    from govsim.experiment.places_table import write_places
    from govsim.experiment.plan import make_plan
    from govsim.world.world import read_map

    loaded = carrying_out.load(said, said.arms or None)
    plan = make_plan(loaded, said.arms or None, said.replicates, detail=said.detail, events=said.events)
    folder = carrying_out.folder_of(said, plan, carrying_out.default_folder(loaded))
    district = read_map(loaded)
    carrying_out.announce(plan, district, folder, say, said.yes)
    carrying_out.carry_out(plan, folder, said.workers, say)
    write_places(folder, district)
    _report(plan, district, folder, say)
    return 0


def _report(plan: Plan, district: Map, folder: Path, say: Speech) -> None:
    import pandas as pd

    from govsim import report
    from govsim.analysis.headlines import PAIRED, headline_values
    from govsim.analysis.paired import compare, variance_reduction
    from govsim.report.tables import print_comparison

    labels = carrying_out.programme_labels(plan.loaded)
    runs, outcomes = (pd.read_parquet(folder / name) for name in ("runs.parquet", "outcomes.parquet"))
    values = headline_values(outcomes, runs)
    comparison = compare(values)
    arms = [arm for arm in plan.arms if arm != "baseline"]
    displaced = _displaced(district, folder, runs) if arms else None
    versions = {k: str(v) for k, v in plan.identity().items() if k in ("govsim", "numpy", "numba")}
    name = plan.loaded.scenario.name
    written = report.write(
        folder, say.lang, labels, runs.drop(columns=["programmes", "clamped"]), outcomes,
        _map(plan, district, folder, runs, comparison), title=name.zh if say.lang == "zh" else name.en,
        versions=versions, displaced=displaced,
    )  # fmt: skip
    console = terminal()
    console.print()
    print_comparison(
        console, comparison, values, labels, say.spoken, details=arms if len(arms) == 1 else (),
        saved=variance_reduction(values[values.headline.isin(PAIRED)]) if arms else None,
        displaced=displaced,
    )  # fmt: skip
    carrying_out.print_clamps(console, runs, labels, say)
    console.print()
    console.print(say("To open in a browser:", "请用浏览器打开："))
    console.print(f"  {written[0]}", soft_wrap=True)
    console.print(say("Other files:", "其他文件："))
    files = (*FILES, "events.parquet") if plan.events else FILES
    for path in [*(folder / name for name in files), *written[1:]]:
        console.print(f"  {path}", soft_wrap=True)


def _map(plan: Plan, district: Map, folder: Path, runs: Any, comparison: Any) -> Any:
    """Complaints by compound in the baseline, and their change in the arm that residents gain most from."""
    import pandas as pd

    from govsim.analysis.paired import best_arm
    from govsim.analysis.places import complaints_map

    c = district.compounds
    places = pd.DataFrame({"compound": c.ids, "x": c.x, "y": c.y, "residents": c.residents})
    filed = pd.read_parquet(folder / "compounds.parquet", filters=[("outcome", "==", "complaints")])
    arms = [arm for arm in plan.arms if arm != "baseline"]
    best = (best_arm(comparison, "felt_solved_share") or best_arm(comparison, "satisfaction")) if arms else None
    return complaints_map(filed, places, runs, best or (arms[0] if arms else None))


def _displaced(district: Map, folder: Path, runs: Any) -> Any:
    """What changed around the compounds that each arm reaches."""
    import pandas as pd

    from govsim.analysis.displacement import NEEDED, displacement
    from govsim.world.residents import occupied_homes

    c, near = district.compounds, district.layers["proximity"]
    places = pd.DataFrame({"compound": c.ids, "households": occupied_homes(c, district.parameters)})
    kept = pd.read_parquet(folder / "compounds.parquet", filters=[("outcome", "in", NEEDED)])
    return displacement(kept, places, runs, near.indptr, near.indices)
