"""How far an experiment has come: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from govsim.cli.speech import Speech

if TYPE_CHECKING:
    from rich.console import Console

#: Plain lines per experiment, at most.
LINES = 12
#: Seconds between two looks at the folder.
PAUSE = 0.5


class Progress:
    """Give it to `execute`, which says how many runs are done; between two reports it counts the finished shards.

    The remaining time is estimated from the runs of this call, so there is none before the first has finished. Without a
    folder nothing is counted, and `unit` (English, Chinese) may be other than runs.
    """

    def __init__(self, console: Console, folder: Path | None, say: Speech, unit: tuple[str, str] = ("runs", "次运行")) -> None:
        from rich import progress as bars

        self.say, self.console, self.shards, self.unit = say, console, folder and folder / "shards", unit
        self.before = self.here = self.total = self.shown = 0
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self.bar: bars.Progress | None = None
        if console.is_terminal:
            self.bar = bars.Progress(
                bars.SpinnerColumn("line"), bars.BarColumn(30), bars.MofNCompleteColumn(),
                bars.TimeElapsedColumn(), bars.TextColumn("{task.description}"), console=console, transient=True,
            )  # fmt: skip

    def __enter__(self) -> Progress:
        if self.bar is not None:
            self.bar.start()
            self._task = self.bar.add_task("", total=None)
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._watch.join()
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Told by `execute`: first how many runs were there already, then after runs have finished."""
        if not self.total:
            self.before, self.here, self.total = done, self._count(), total
            self.shown = done
            if done > 0:
                found = self.say(
                    f"{done} of {total} runs {'is' if done == 1 else 'are'} there already",
                    f"{total} 次运行中 {done} 次已经完成",
                )
                self.console.print(found)
        self.total = total  # a stop rule may add to it
        self._show(done)

    def _look(self) -> None:
        while not self._over.wait(PAUSE):
            if self.total and self.shards is not None:
                self._show(self.before + self._count() - self.here)

    def _count(self) -> int:
        if self.shards is None:
            return 0
        return sum(1 for p in self.shards.glob("*.parquet") if p.name.count(".") == 1)

    def _show(self, done: int) -> None:
        if self.bar is not None:
            self.bar.update(self._task, total=self.total, completed=done, description=self._left(done))
            return
        step = max(1, -(-self.total // LINES))
        if done > self.shown and (done == self.total or done // step > self.shown // step):
            self.shown = done
            self.console.print(self._line(done))

    def _line(self, done: int) -> str:
        gone = time.monotonic() - self._begun
        text = self.say(f"{done} of {self.total} {self.unit[0]}, {span(gone, self.say)}",
                        f"已完成 {done}/{self.total} {self.unit[1]}，用时{span(gone, self.say)}")  # fmt: skip
        left = self._left(done)
        return text + self.say(", ", "，") + left if left else text

    def _left(self, done: int) -> str:
        if done == self.before or done == self.total:
            return ""
        rest = (time.monotonic() - self._begun) / (done - self.before) * (self.total - done)
        return self.say(f"about {span(rest, self.say)} left", f"约剩{span(rest, self.say)}")


def span(seconds: float, say: Speech) -> str:
    """A stretch of time in words, as rough as it is long."""
    if seconds < 100:
        return say(f"{seconds:.0f} s", f" {seconds:.0f} 秒")
    minutes = seconds / 60
    return say(f"{minutes:.0f} min", f" {minutes:.0f} 分钟") if minutes < 100 else say(
        f"{minutes / 60:.1f} h", f" {minutes / 60:.1f} 小时"
    )  # fmt: skip
