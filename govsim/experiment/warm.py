"""Kernels are compiled, or loaded from the disk, before anything is timed."""

from __future__ import annotations

from govsim.kernels.compiled import mark_warm
from govsim.simulation import Simulation
from govsim.world.world import read_map, settle


def warm_up() -> None:
    """Compile all kernels (or load them from the cache) on a world of one or two compounds."""
    from govsim.scenario.load import load_scenario

    loaded = load_scenario("classroom", changes={"sample": 0.01, "time.burn_in_years": 0.0})
    Simulation(settle(read_map(loaded), 0), detail="week").run(7)
    mark_warm()
