"""GovernanceModel: a simulation as a Mesa model. Everybody in it is a Mesa agent; one step is one day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from mesa.agent import AgentSet

from govsim.agents.institutions import make_institutions
from govsim.agents.offender import offenders
from govsim.agents.registry import install, release
from govsim.agents.resident import Resident, ResidentColumns
from govsim.errors import InputError
from govsim.programmes.catalogue import parse_arm, programmes_of
from govsim.scenario.faults import known_words
from govsim.scenario.load import Loaded, load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import DESKS
from govsim.world.state import State
from govsim.world.world import World, build


class GovernanceModel(mesa.Model):
    """A neighbourhood district that runs day by day.

    `model.agents`, `model.agents_by_type[Resident]` and all AgentSet calls work; residents live in columns and are
    held as agents on demand. A model pickles, copies and continues identically. Draws are keyed (govsim.randomness):
    nothing in a run uses `model.random` or `model.rng`.
    """

    def __init__(
        self,
        scenario: str | Path | Loaded,
        programmes: Sequence[str] = (),
        *,
        replicate: int = 0,
        seed: int | None = None,
        threads: int = 1,
        burn_in: bool = True,
        detail: str = "quarter",
    ) -> None:
        """Build the world of a scenario (a path, a shipped name or a loaded one) and run its burn-in.

        programmes: ids of the catalogue or of the scenario's own files. Raises InputError for what cannot be used.
        """
        super().__init__(rng=0)
        loaded = scenario if isinstance(scenario, Loaded) else load_scenario(scenario)
        known = programmes_of(loaded)
        ids = parse_arm("+".join(programmes)) if programmes else ()
        for unknown in (i for i in ids if i not in known):
            raise InputError(f'no programme "{unknown}"; {known_words(unknown, known)}')
        world = build(loaded, replicate, seed)
        self.simulation = Simulation(world, [known[i] for i in ids], threads=threads, detail=detail)
        install(self, Resident, ResidentColumns(world.population, self.state))
        make_institutions(self, world.compounds, world.institutions)
        if burn_in:
            self.simulation.burn()

    @property
    def world(self) -> World:
        """The world: map, network, people, desks. Nothing in it changes."""
        return self.simulation.world

    @property
    def state(self) -> State:
        """Everything that changes."""
        return self.simulation.state

    @property
    def day(self) -> int:
        """Days since the scenario's start; negative during the burn-in."""
        return self.simulation.day

    def step(self) -> None:
        """Run one day."""
        self.simulation.step()

    def queue_length(self, desk_kind: str, row: int) -> int:
        """Files waiting at a desk: its kind (vocabulary.DESKS) and its number among those of the kind."""
        desk = int(self.world.desks.first[DESKS.index(desk_kind)]) + row
        cases = self.state.cases.used
        return int(np.count_nonzero((cases["desk"] == desk) & (cases["waiting"] == 1)))

    def offenders(self, trade: str | None = None) -> AgentSet:
        """Those who live by crime today, detained ones among them, as agents (agents.offender); they come and go, so they
        are not in `agents`. trade: one of vocabulary.TRADES, or all."""
        return offenders(self, trade)

    def network(self) -> dict[str, Any]:
        """The layers of the compound network as networkx graphs, by name."""
        from govsim.world.graph_files import to_networkx

        return to_networkx(self.world.layers, self.world.compounds, self.world.institutions)

    def release(self) -> None:
        """Let go of a model that is no longer needed (Mesa 3.3 would keep it in memory)."""
        release(self)
