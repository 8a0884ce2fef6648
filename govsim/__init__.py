"""govsim: how urban neighbourhoods are governed, simulated resident by resident.

from govsim import compare, run
print(run("classroom", ["household_visits"], days=91).headlines)
print(compare("classroom", ["whistle_report"], replicates=8, days=91).effects)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["GovernanceModel", "__version__", "compare", "experiment", "load_scenario", "run", "screen"]

#: Where what is imported from here stands. On demand: `govsim --help` needs neither mesa nor numba.
_FROM = {
    "GovernanceModel": "govsim.model", "load_scenario": "govsim.scenario.load", "run": "govsim.interface",
    "compare": "govsim.interface", "screen": "govsim.interface",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _FROM:
        return getattr(import_module(_FROM[name]), name)
    raise AttributeError(f"module 'govsim' has no attribute {name!r}")
