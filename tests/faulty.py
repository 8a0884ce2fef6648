"""`python -m govsim` with a fault built in, for tests: GOVSIM_TEST_FAULT says which. Workers of it have it too.

kill:P:ARM:K        the run of that point, arm and replicate kills its process
kill-once:P:ARM:K   the first time only
raise:P:ARM:K, hang:P:ARM:K, hang-world (every burn-in)
clock               the clock of the day jumps by years, back and forth, at every look
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from govsim.experiment import one_run

FAULT = os.environ.get("GOVSIM_TEST_FAULT", "")
_parts_of, _burned_in = one_run.parts_of, one_run.burned_in


def _strike(plan, sim, run):
    kind, point, arm, replicate = FAULT.split(":")
    if (str(run.point), run.arm, str(run.replicate)) != (point, arm, replicate):
        return _parts_of(plan, sim, run)
    once = Path(os.environ.get("GOVSIM_TEST_MARK", "-"))
    if kind == "kill" or (kind == "kill-once" and not once.exists()):
        if kind == "kill-once":
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "raise":
        raise RuntimeError("desk 7 has no rows")
    if kind == "hang":
        time.sleep(600)
    return _parts_of(plan, sim, run)


def _sleep(plan, run, workshop, threads, tell):
    tell(run, "burn_in")
    time.sleep(600)
    return _burned_in(plan, run, workshop, threads, tell)


class _Jumping:
    """time.time that is a year ahead, then two behind, and so on."""

    def __init__(self) -> None:
        self.looks, self.real = 0, time.time

    def __call__(self) -> float:
        self.looks += 1
        return self.real() + (-2.0, 1.0)[self.looks % 2] * 365.25 * 86_400


if FAULT.count(":") == 3:
    one_run.parts_of = _strike
elif FAULT == "hang-world":
    one_run.burned_in = _sleep
elif FAULT == "clock":
    time.time = _Jumping()

if __name__ == "__main__":
    from govsim.cli.main import main

    sys.exit(main())
