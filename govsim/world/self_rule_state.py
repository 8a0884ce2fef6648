"""What changes in self-government: owners' committees, residents' committees, and how open the accounts are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.world.records import COMMITTEE, OWNERS
from govsim.world.tables import F64
from govsim.world.world import World


@dataclass
class SelfRuleState:
    """Owners' committees by compound, residents' committees by row of the institutions."""

    owners: np.ndarray  # records.OWNERS (compounds,)
    committees: np.ndarray  # records.COMMITTEE (residents' committees,)
    oversight: F64  # (compounds,) how well the owners' committee supervises the firm, 0..1
    openness: F64  # (compounds,) how open the compound's accounts are, 0..1 and more


def begin_self_rule(world: World) -> SelfRuleState:
    """Self-government on the first day of the burn-in."""
    n = len(world.compounds)
    return SelfRuleState(
        owners=np.zeros(n, OWNERS),
        committees=np.zeros(len(world.institutions.committees), COMMITTEE),
        oversight=world.compounds.oversight.copy(),
        openness=world.compounds.oversight.copy(),
    )
