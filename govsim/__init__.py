"""govsim: how urban neighbourhoods are governed, simulated resident by resident.

from govsim import GovernanceModel, load_scenario
model = GovernanceModel("classroom", ["household_visits"])
model.step()
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["GovernanceModel", "__version__", "load_scenario"]


def __getattr__(name: str) -> Any:  # imports on demand: `govsim --help` needs neither mesa nor numba
    if name == "GovernanceModel":
        from govsim.model import GovernanceModel

        return GovernanceModel
    if name == "load_scenario":
        from govsim.scenario.load import load_scenario

        return load_scenario
    raise AttributeError(f"module 'govsim' has no attribute {name!r}")
