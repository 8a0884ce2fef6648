"""Where runs are made: here, on processes of this machine, or on a cluster. All give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from govsim.experiment.one_run import Failed, Made, Task, Workshop, carry_out
from govsim.experiment.plan import Plan

#: How often a run is tried anew after it has taken its worker down.
RETRIES: Final = 2


class Executor(Protocol):
    """Makes runs in any order; whoever asked writes them down. A run that cannot be made is handed back as Failed."""

    def results(self, tasks: Sequence[Task]) -> Iterator[Made | Failed]:
        """Every run of every task, made or failed, as they come."""
        ...

    def close(self) -> None:
        """End everything that was started; what is under way is dropped."""
        ...


@dataclass
class Here:
    """In this process, one run after the other, each on some threads."""

    plan: Plan
    threads: int = 1

    def __post_init__(self) -> None:
        self._workshop = Workshop()

    def results(self, tasks: Sequence[Task]) -> Iterator[Made | Failed]:
        for task in tasks:
            yield from carry_out(self.plan, task, self._workshop, self.threads)

    def close(self) -> None:
        """Nothing was started."""
