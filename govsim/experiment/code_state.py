"""Which code made a run: a hash of its text, the versions of what it stands on, and the commit if there is one."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numba
import numpy as np

from govsim import __version__

PACKAGE = Path(__file__).resolve().parents[1]
#: What decides the numbers of a run. A change elsewhere (reports, the command line) leaves finished runs valid.
MODEL = (
    "scenario", "kernels", "world", "processes", "programmes", "observe", "simulation.py", "randomness.py", "units.py",
    "vocabulary.py", "experiment/tables.py", "experiment/event_table.py", "experiment/one_run.py",
)  # fmt: skip
_BESIDE = ("pandas", "pyarrow", "scipy", "pydantic")


@cache
def model_hash() -> str:
    """Hash of the text of all that decides the numbers of a run, parameters and programmes included."""
    return _hash(path for name in MODEL for path in _texts(PACKAGE / name))


@cache
def package_hash() -> str:
    """Hash of the text of the whole package."""
    return _hash(_texts(PACKAGE))


def versions() -> dict[str, str]:
    """Versions that enter the identity of a run: another one may round differently."""
    return {"govsim": __version__, "numpy": np.__version__, "numba": numba.__version__, "code": model_hash()}


def described() -> dict[str, object]:
    """All that the manifest says of the code; only `versions` decides whether runs may stand together."""
    return {
        "package": package_hash(),
        "commit": _commit(),
        "python": platform.python_version(),
        **{name: version(name) for name in _BESIDE},
    }


def _texts(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix in (".py", ".toml", ".csv"))


def _hash(paths: Iterable[Path]) -> str:
    found = hashlib.blake2b(digest_size=12)
    for path in paths:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + text + b"\0")
    return found.hexdigest()


def _commit() -> str | None:
    """The commit of a working copy, None where there is none."""
    if not (PACKAGE.parent / ".git").exists():
        return None
    try:
        words = ["git", "-C", str(PACKAGE.parent), "rev-parse", "HEAD"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
