"""Whether the kernels were compiled on this machine before, or the first run has to do it."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def compiled() -> bool:
    """True if every module of kernels has compiled code in the cache that is newer than its source."""
    from numba.core.dispatcher import Dispatcher

    import govsim.kernels

    for found in pkgutil.iter_modules(govsim.kernels.__path__):
        module = importlib.import_module(f"govsim.kernels.{found.name}")
        own = [v for v in vars(module).values() if isinstance(v, Dispatcher) and v.__module__ == module.__name__]
        if own and not _fresh(Path(str(module.__file__)), Path(str(own[0].stats.cache_path))):
            return False
    return True


def _fresh(source: Path, cache: Path) -> bool:
    version = f"py{sys.version_info[0]}{sys.version_info[1]}"
    since = source.stat().st_mtime
    return any(p.stat().st_mtime >= since for p in cache.glob(f"{source.stem}.*.{version}.nbi"))
