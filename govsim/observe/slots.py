"""Where kernels count: the first counter of each flow, by name."""

from __future__ import annotations

from collections import namedtuple

from govsim.observe.outcomes import FLOW_SLOT

Slots = namedtuple("Slots", tuple(FLOW_SLOT))  # type: ignore[misc]
SLOTS = Slots(**FLOW_SLOT)
