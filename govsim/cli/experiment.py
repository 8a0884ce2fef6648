"""`govsim experiment`: runs a design, says how far it is, analyses it."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govsim.cli import analyse, carrying_out, export
from govsim.cli.carrying_out import count
from govsim.cli.parsing import Parser, new_option, seconds, whole
from govsim.cli.speech import Speech, terminal

if TYPE_CHECKING:
    from govsim.experiment.executors import Executor
    from govsim.experiment.load_design import LoadedDesign
    from govsim.experiment.plan import Plan
    from govsim.experiment.run import Rounds

NAME = "experiment"
ABOUT = ("run a designed experiment, on one machine or many", "运行一项设计好的实验，可用一台或多台机器")
ACTIONS = ("run", "status", "analyse", "export")
#: Failed runs that are named, at most.
SHOWN = 10


def arguments(parser: Parser) -> None:
    """The words of this verb."""
    say, add = parser.say, parser.options.add_argument
    parser.what.add_argument(
        "action", metavar="|".join(ACTIONS), choices=ACTIONS,
        help=say("run it (what is done is kept, so the same command goes on), say how far it is, analyse it, or export its "
                 "results for other programs",
                 "运行（已完成的保留，同一命令可接着运行）、查看进度、分析，或为其他程序导出结果"),
    )  # fmt: skip
    parser.what.add_argument(
        "design", metavar="EXPERIMENT",
        help=say("a design file, its folder, or the name of a shipped experiment, such as tuning_grid; for analyse and "
                 "export also a folder of results, those of compare too",
                 "设计文件、其文件夹，或自带实验的名字，如 tuning_grid；分析与导出也可写结果文件夹，包括 compare 的"),
    )  # fmt: skip
    add("--replicates", metavar="N", type=whole(say, 1, 10_000),
        help=say("repetitions, in the place of the design's number or stop rule; more can be added later",
                 "重复次数，代替设计中的次数或停止规则；以后可再增加"))  # fmt: skip
    add("--workers", metavar="N", type=whole(say, 1, 1024),
        help=say("processes at work; all processors unless given", "并行进程数；不写时用全部处理器"))  # fmt: skip
    add("--cluster", metavar="ADDRESS",
        help=say("run on a Dask cluster, such as tcp://10.0.0.5:8786; needs the extra `cluster`",
                 "在 Dask 集群上运行，如 tcp://10.0.0.5:8786；须装 cluster 附加包"))  # fmt: skip
    add("--run-timeout", metavar="S", type=seconds(say),
        help=say("seconds that a burn-in or a run may take; one that takes longer is ended and counts as failed",
                 "预热或一次运行至多用时（秒）；超时即终止，计为失败"))  # fmt: skip
    add("--yes", action="store_true", help=say("run it although it is very large", "规模很大也照常运行"))
    add("--out", metavar="DIR", type=Path, help=say("folder for the results; results/NAME unless given",
                                                    "结果文件夹；不写时为 results/名字"))  # fmt: skip
    new_option(parser)
    analyse.options(parser)
    export.options(parser)


def act(said: argparse.Namespace, say: Speech) -> int:
    """Do one of the actions."""
    from govsim.experiment.load_design import load_design

    if said.action in ("analyse", "export"):
        return {"analyse": analyse.act, "export": export.act}[said.action](said, say)
    design = load_design(said.design)
    return (_run if said.action == "run" else _status)(design, said, say)


def _place(design: LoadedDesign, said: argparse.Namespace) -> tuple[Plan, Path, str]:
    """The plan, its folder, and the words that name its results on a command line."""
    from govsim.experiment.load_design import plan_of

    plan, usual = plan_of(design, said.replicates), Path("results") / design.name[:120]
    folder = carrying_out.folder_of(said, plan, usual)
    return plan, folder, said.design if folder == usual else shlex.quote(str(folder))


def _run(design: LoadedDesign, said: argparse.Namespace, say: Speech) -> int:
    from govsim.experiment.places_table import write_places
    from govsim.world.world import read_map

    plan, folder, named = _place(design, said)
    district = read_map(plan.loaded)
    carrying_out.announce(plan, district, folder, say, said.yes)
    for line in design.stated():
        terminal("error").print(say(f"fractional factorial: {line}", f"部分析因：{line}"))
    rounds = None if said.replicates or design.design.replicates.number else _rule(design)
    done = carrying_out.carry_out(plan, folder, said.workers, say, executor=_executor(plan, said, say), rounds=rounds)
    write_places(folder, district)
    console = terminal()
    console.print(say(f"{count(done.replicates, 'replicate', 'replicates')} of each run; tables in {folder}",
                      f"每次运行重复 {done.replicates} 次；数据表在 {folder}"), soft_wrap=True)  # fmt: skip
    console.print(say(f"next: govsim experiment analyse {named}", f"下一步：govsim experiment analyse {named}"), soft_wrap=True)
    return 0


def _rule(design: LoadedDesign) -> Rounds:
    from govsim.analysis.stopping import StopRule

    return StopRule(design.design.replicates, design.design.outcomes[0])


def _executor(plan: Plan, said: argparse.Namespace, say: Speech) -> Executor:
    """Runs of an experiment are never made in this process: one that takes its process down must not take the rest."""
    if said.cluster:
        from govsim.experiment.cluster import Cluster

        cluster = Cluster(plan, said.cluster, said.run_timeout)
        terminal("error").print(say(
            f"cluster: {count(cluster.workers(), 'worker', 'workers')}" + ("" if cluster.workers() else ", waiting for them"),
            f"集群：{cluster.workers()} 个节点" + ("" if cluster.workers() else "，正在等待"),
        ))  # fmt: skip
        return cluster
    from govsim.experiment.processes import Processes
    from govsim.simulation import cores

    return Processes(plan, said.workers or cores(), said.run_timeout)


def _status(design: LoadedDesign, said: argparse.Namespace, say: Speech) -> int:
    """How many runs are there, which failed. Reads only: it may be asked while the experiment runs."""
    from govsim.experiment.progress_of import progress_of

    console = terminal()
    plan, folder, _ = _place(design, said)
    found = progress_of(folder, plan)
    _say_plan(console, design, plan, say)
    if found is None:
        console.print(say(f"nothing in {folder} yet", f"{folder} 中尚无结果"), soft_wrap=True)
        return 0
    total = len(plan.points) * len(plan.arms) * found.replicates
    console.print(say(
        f"{found.done} of {count(total, 'run', 'runs')} done ({count(found.replicates, 'replicate', 'replicates')}), "
        f"{len(found.failed)} failed, in {folder}",
        f"{total} 次运行（重复 {found.replicates} 次）中已完成 {found.done} 次，失败 {len(found.failed)} 次；在 {folder}",
    ), soft_wrap=True)  # fmt: skip
    for row in found.failed[:SHOWN]:
        last = str(row["said"]).strip().splitlines()[-1]
        which = f"point {row['point']}, {row['arm']}, replicate {row['replicate']}"
        console.print(f"  {which}: {row['kind']} ({row['stage']}): {last}", soft_wrap=True, markup=False)
    return 1 if found.failed else 0


def _say_plan(console: Any, design: LoadedDesign, plan: Plan, say: Speech) -> None:
    d = design.design
    console.print(d.name.zh if say.spoken == "zh" else d.name.en, markup=False)
    console.print(d.question.zh if say.spoken == "zh" else d.question.en, markup=False)
    console.print(say(
        f"{count(len(plan.points), 'point', 'points')} ({d.design.method}), arms: {', '.join(plan.arms)}; "
        f"primary outcome: {d.outcomes[0]}",
        f"{len(plan.points)} 个点（{d.design.method}），方案：{'、'.join(plan.arms)}；主要结果：{d.outcomes[0]}",
    ), markup=False)  # fmt: skip
    for line in design.stated():
        console.print("  " + line, markup=False)
