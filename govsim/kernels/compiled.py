"""How kernels are compiled: once per machine, kept in the user's cache folder, never used when any kernel's text changed.

Numba looks only at the file of the function itself, so a change in a function that it calls from another file would go
unnoticed. The folder's name therefore holds a hash of the text of all kernels and of the versions.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np

PACKAGE = Path(__file__).resolve().parents[1]


@cache
def cache_folder() -> Path:
    """Folder of the compiled kernels of exactly this text; the temporary folder where the user's own cannot be written."""
    text = hashlib.blake2b(f"{sys.version}{numba.__version__}{np.__version__}".encode(), digest_size=8)
    behind = (PACKAGE / name for name in ("randomness.py", "vocabulary.py", "world/records.py"))
    for path in sorted([*(PACKAGE / "kernels").glob("*.py"), *behind]):
        text.update(path.read_bytes())
    for outcomes in ("outcomes.py", "slots.py"):  # counters are part of the kernels' types
        text.update((PACKAGE / "observe" / outcomes).read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    for root in (Path(home), Path(tempfile.gettempdir())):
        folder = root / "govsim" / f"kernels-{text.hexdigest()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="govsim-"))


def _folder() -> Path:
    return Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder())


def is_warm() -> bool:
    """Whether all kernels of this text have been compiled on this machine before."""
    return (_folder() / cache_folder().with_suffix(".whole").name).exists()


def mark_warm() -> None:
    """Remember that all kernels have been compiled."""
    with suppress(OSError):
        (_folder() / cache_folder().with_suffix(".whole").name).touch()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a kernel: no lock of the interpreter, no fast-math, kept on disk."""
    config: Any = numba.config
    saved, config.CACHE_DIR = config.CACHE_DIR, str(_folder())
    try:
        return numba.njit(cache=True, nogil=True)(function)
    finally:
        config.CACHE_DIR = saved


#: A small function that is copied into the kernels that call it.
inlined = numba.njit(inline="always")
