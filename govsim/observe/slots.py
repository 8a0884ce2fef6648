"""Where kernels count: the first counter of each flow, by name."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from govsim.observe.outcomes import FLOW_SLOT

# the class needs its own name: compiled kernels on disk refer to it
Slots: Any = namedtuple("Slots", tuple(FLOW_SLOT))  # type: ignore[misc]

#: `SLOTS.problems` is the first counter of the flow "problems"; its categories follow.
SLOTS: Any = Slots(**FLOW_SLOT)
