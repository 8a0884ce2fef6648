"""What `run` and `compare` share: from the words of the command line to finished runs on disk."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govsim.cli.speech import Speech, terminal
from govsim.errors import GovsimError, InputError

if TYPE_CHECKING:
    from govsim.experiment.plan import Plan
    from govsim.experiment.run import Done
    from govsim.scenario.load import Loaded
    from govsim.world.world import Map

#: Holds the traceback of a run that failed.
FAILURE = "failure.txt"
#: Exit code after Ctrl-C or SIGTERM.
INTERRUPTED = 130
STOPPING = (signal.SIGINT, signal.SIGTERM)


def load(said: argparse.Namespace, arms: list[str] | None = None) -> Loaded:
    """The scenario with what the command line says instead; `arms`, if any, are checked with it."""
    from govsim.observe.recorder import OBSERVABLE
    from govsim.programmes.catalogue import shipped
    from govsim.scenario.load import check_arms, load_scenario

    named = {"seed": "seed", "days": "time.horizon_days", "sample": "sample"}
    changes: dict[str, object] = {key: v for option, key in named.items() if (v := getattr(said, option, None)) is not None}
    changes |= {f"mechanisms.{name}": False for name in getattr(said, "off", [])}
    loaded = load_scenario(said.scenario, known_programmes=shipped(), known_outcomes=OBSERVABLE, changes=changes)
    if arms:
        check_arms(loaded, shipped(), OBSERVABLE, arms)
    return loaded


def default_folder(loaded: Loaded, arm: str = "") -> Path:
    """Where results go that nobody named a folder for."""
    name = loaded.path.stem + (f"-{arm}" if arm else "")
    return Path("results") / name[:120]


def folder_of(said: argparse.Namespace, plan: Plan, usual: Path) -> Path:
    """Where the results of a plan go: --out or the usual folder; with --new the next one that holds nothing else."""
    from govsim.experiment.manifest import next_free

    folder: Path = said.out or usual
    return next_free(folder, plan) if said.new else folder


def programme_labels(loaded: Loaded) -> dict[str, dict[str, str]]:
    """Names of all programmes by id and language. The labels of combined arms are made from them."""
    from govsim.programmes.catalogue import programmes_of

    return {p.id: {"zh": p.name.zh, "en": p.name.en} for p in programmes_of(loaded).values()}


def announce(plan: Plan, district: Map, folder: Path, say: Speech, yes: bool) -> None:
    """Say how much there is to run; refuse what is very large unless it was asked for with --yes."""
    from govsim.experiment.plan import LARGEST, estimated_bytes
    from govsim.experiment.tables import COMPOUND_OUTCOMES

    compounds, residents = len(district.compounds), int(district.compounds.residents.sum())
    runs, size = plan.size(), estimated_bytes(plan, len(district.compounds), COMPOUND_OUTCOMES)
    many = len(plan.points) > 1
    name = plan.loaded.scenario.name
    text = say(
        f"{name.en}: {count(runs, 'run', 'runs')} ({f'{len(plan.points):,} points x ' if many else ''}"
        f"{count(len(plan.arms), 'arm', 'arms')} x "
        f"{count(plan.replicates, 'replicate', 'replicates')}) of {plan.days} days, {compounds:,} compounds, "
        f"{residents:,} residents, about {megabytes(size)} on disk",
        f"{name.zh}：{runs} 次运行（{f'{len(plan.points):,} 个点 × ' if many else ''}{len(plan.arms)} 个方案 × "
        f"{plan.replicates} 次重复），每次 {plan.days} 天，"
        f"{compounds:,} 个小区，{residents:,} 名居民，约占磁盘 {megabytes(size)}",
    )
    if size > LARGEST and not yes:
        most = megabytes(LARGEST)
        raise InputError(text + say(
            f"\n    more than {most}: add --yes if that is meant, or take fewer arms, replicates or compounds",
            f"\n    超过 {most}：确实需要时请加 --yes，或减少方案、重复次数或小区",
        ))  # fmt: skip
    console = terminal("error")
    console.print(text, soft_wrap=True)
    console.print(say(f"results in {folder}", f"结果写入 {folder}"), soft_wrap=True)


def count(n: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many}"


def megabytes(size: float) -> str:
    """A size for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6)):,} MB"


def warm(console: Any, say: Speech) -> None:
    """Compile the kernels if need be, and say so: it takes a while. Raises InputError where numba is switched off."""
    import numba

    from govsim.experiment.run import warm_up
    from govsim.kernels.compiled import is_warm

    config: Any = numba.config
    if config.DISABLE_JIT:
        raise InputError(say("the variable NUMBA_DISABLE_JIT is set, and the model cannot run without numba's compiler: unset it",
                             "设了环境变量 NUMBA_DISABLE_JIT，而模型离不开 numba 的编译器：请取消"))  # fmt: skip

    if not is_warm():
        console.print(say(
            "first run on this machine, or the code has changed: compiling, one to three minutes",
            "本机首次运行，或代码有改动：正在编译，约需一到三分钟",
        ))  # fmt: skip
        warm_up()


def carry_out(plan: Plan, folder: Path, workers: int | None, say: Speech, **how: Any) -> Done:
    """Run what is not done yet; `how` is handed on to `execute`. Runs that fail are reported as GovsimError at the end."""
    from govsim.cli.progress import Progress
    from govsim.experiment.run import execute
    from govsim.experiment.store import Store
    from govsim.simulation import cores

    console = terminal("error")
    with Store(folder, plan):
        pass  # a folder that cannot be used is told before anything takes time
    again = say("the same command goes on from here", "再次执行同一命令即可接着运行")
    try:
        with stopping():
            warm(console, say)
            with Progress(console, folder, say) as progress:
                done = execute(plan, folder, workers or cores(), progress, **how)
        (folder / FAILURE).unlink(missing_ok=True)
    except KeyboardInterrupt:
        kept = say("finished runs are kept; ", "已完成的运行均已保存；")
        console.print(kept + again)
        raise
    except (GovsimError, OSError):
        raise
    except Exception as error:
        (folder / FAILURE).write_text(traceback.format_exc(), encoding="utf-8")
        what = f"{type(error).__name__}: {error}"
        raise GovsimError(say(
            f"a run failed: {what}\n    {folder / FAILURE} has the details; finished runs are kept; {again}",
            f"有运行失败：{what}\n    详见 {folder / FAILURE}；已完成的运行均已保存；{again}",
        )) from error  # fmt: skip
    _tell(done, plan, folder, say, console)
    return done


def _tell(done: Done, plan: Plan, folder: Path, say: Speech, console: Any) -> None:
    """Say which shards were damaged and which files are somebody else's; raise GovsimError where runs failed."""
    for path in done.corrupt:
        console.print(say(f"damaged, put aside and made anew: {path}", f"已损坏，移开并重新运行：{path}"), soft_wrap=True)
    for path in done.foreign:
        console.print(say(f"not ours, left alone: {path}", f"不是本程序的文件，未动：{path}"), soft_wrap=True)
    if done.failed:
        first, total = done.failed[0], len(plan.points) * len(plan.arms) * done.replicates
        last = first.said.strip().splitlines()[-1]
        raise GovsimError(say(
            f"{len(done.failed)} of {count(total, 'run', 'runs')} failed; the first: {first.run.arm}, point {first.run.point}, "
            f"replicate {first.run.replicate}: {last}\n    {folder / 'failures.jsonl'} has all of them; the tables hold the "
            "others; the same command tries the failed ones again",
            f"{total} 次运行中有 {len(done.failed)} 次失败；第一个：{first.run.arm}，点 {first.run.point}，"
            f"重复 {first.run.replicate}：{last}\n    详见 {folder / 'failures.jsonl'}；数据表含其余运行；再次执行同一命令会重试",
        ))  # fmt: skip


@contextmanager
def stopping() -> Iterator[None]:
    """Within this, Ctrl-C or SIGTERM ends our own worker processes at once and raises KeyboardInterrupt; twice, all ends.

    A worker that is ended so leaves no half-written shard behind that anybody would read. After an interrupt the handler stays:
    a second one may come while the program is already on its way out.
    """

    asked = False

    def stop(*_: Any) -> None:
        nonlocal asked
        for child in multiprocessing.active_children():
            child.kill()
        if asked:  # a second time: not even what is being tidied up is waited for
            os._exit(INTERRUPTED)
        asked = True
        raise KeyboardInterrupt

    before = {s: signal.signal(s, stop) for s in STOPPING}
    try:
        yield
    finally:
        for s, handler in () if asked else before.items():
            signal.signal(s, handler)


def print_clamps(console: Any, runs: Any, labels: dict[str, dict[str, str]], say: Speech) -> None:
    """Say where the bounds of a lever held back what programmes asked for."""
    from govsim.report.words import words

    held = runs[runs["clamped"] != ""].drop_duplicates("arm")
    for arm, text in zip(held["arm"].astype(str), held["clamped"].astype(str), strict=True):
        name = words(say.spoken).arm(arm, labels)
        console.print(say(f"Note: {name}: {text}", f"注意：{name}：{text}"))
