"""What changes in self-government: owners' committees, residents' committees, and how open the accounts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from govsim.randomness import Process, uniforms
from govsim.vocabulary import OWNERS_STATES
from govsim.world.records import COMMITTEE, OWNERS
from govsim.world.tables import F64, I32
from govsim.world.world import World

YEAR = 365.25
_STATUS, _INTEGRITY, _TERM = 16, 17, 18  # k of the first day's draws by Process.OWNERS
_LEADER, _SKILL = 16, 17  # k of the first day's draws by Process.STAFF


@dataclass
class SelfRuleState:
    """Owners' committees by compound, residents' committees by row of the institutions."""

    owners: np.ndarray  # records.OWNERS (compounds,)
    committees: np.ndarray  # records.COMMITTEE (residents' committees,)
    oversight: F64  # (compounds,) how well the owners' committee supervises the firm, 0..1
    openness: F64  # (compounds,) how open the compound's accounts are, 0..1 and more
    experience: F64  # (residents' committees,) share of experienced staff beyond that at usual turnover
    lifts: I32  # (buildings,) day of the run from which a lift that was added runs, -1 none
    lifted: F64  # (compounds,) households served by such lifts, as a share of those that had none


def begin_self_rule(world: World) -> SelfRuleState:
    """Self-government on the first day of the burn-in: committees stand as the compound's oversight says."""
    return SelfRuleState(
        owners=_owners(world),
        committees=_committees(world),
        oversight=world.compounds.oversight.copy(),
        openness=world.compounds.oversight.copy(),
        experience=np.zeros(len(world.institutions.committees)),
        lifts=np.full(len(world.population.building_compound), -1, np.int32),
        lifted=np.zeros(len(world.place)),
    )


def _drawn(world: World, process: Process, k: int) -> F64:
    """One draw per compound."""
    return uniforms(cast(np.uint64, world.place["stream"]), process, k, np.zeros(len(world.place), np.int64))


def _owners(world: World) -> np.ndarray:
    """Owners' committees: the state whose oversight lies nearest; missing and captured ones look alike and are drawn."""
    p, seen = world.parameters, world.compounds.oversight
    owners = np.zeros(len(seen), OWNERS)
    working, inactive = p["world.oversight_working"], p["world.oversight_inactive"]
    low = p["world.oversight_captured"]
    captured = p["world.committee_captured"]
    missing = max(0.0, 1.0 - captured - p["world.committee_working"] - p["world.committee_inactive"])
    none = _drawn(world, Process.OWNERS, _STATUS) * max(captured + missing, 1e-12) >= captured
    owners["status"] = np.where(none, OWNERS_STATES.index("missing"), OWNERS_STATES.index("captured"))
    owners["status"][seen >= 0.5 * (low + inactive)] = OWNERS_STATES.index("inactive")
    owners["status"][seen >= 0.5 * (inactive + working)] = OWNERS_STATES.index("working")
    spread = p["self_government.integrity_spread"]
    u = _drawn(world, Process.OWNERS, _INTEGRITY)
    owners["integrity"] = np.clip(p["self_government.integrity_mean"] + spread * (2.0 * u - 1.0), 0.0, 1.0)
    served = _drawn(world, Process.OWNERS, _TERM) * p["self_government.term_years"] * YEAR
    owners["elected"] = -np.round(served).astype(np.int32)
    return owners


def _committees(world: World) -> np.ndarray:
    """Residents' committees, each drawn from the stream of the first compound it serves."""
    p, place = world.parameters, world.place
    committees = np.zeros(len(world.institutions.committees), COMMITTEE)
    least, most = p["self_government.leader_least"], p["self_government.leader_most"]
    for c in range(len(place) - 1, -1, -1):  # the first compound has the last word
        rows = np.arange(place["committee0"][c], place["committee0"][c] + place["committees"][c])
        for k, name in ((_LEADER, "leader"), (_SKILL, "skill")):
            u = uniforms(place["stream"][c], Process.STAFF, k, rows - place["committee0"][c])
            committees[name][rows] = least + (most - least) * u
    leaves, found = p["self_government.staff_leaves"], p["self_government.staff_found"]
    committees["staff"] = found / max(leaves + found, 1e-12)  # where leaving and hiring balance
    return committees
