"""Planning, running, storing and reading experiments.

The package itself can be called: `from govsim import experiment; folder = experiment("my_design.toml")` runs a design, as
`govsim experiment run` does. Heavy modules are imported by then only.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


class _CallablePackage(ModuleType):
    """This package, which is a call of the interface too."""

    def __call__(
        self, design: str | Path, out: str | Path | None = None, *, workers: int = 1, cluster: str | None = None
    ) -> Path:  # fmt: skip
        """Run a design (a file, or the name of one); returns the folder of its results."""
        # by name and only now: what decides how many replicates are enough stands above this package
        folder: Path = import_module("govsim.interface").experiment(design, out, workers=workers, cluster=cluster)
        return folder


sys.modules[__name__].__class__ = _CallablePackage
