"""Kernels run as plain Python, for a test: `NUMBA_DISABLE_JIT=1 python -m tests.plain_kernels DESIGN POINT ARM REPLICATE`.

Prints a hash of every file of the run. Numba reads a field of a record as an attribute, takes a float32 for a float64 in every
sum, and has the functions of the C library; plain NumPy does none of these. So arrays are shown to the kernels through a
thin glass: an element is a plain Python number (a 64-bit key stays one), a record has attributes.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import operator
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import numba
import numpy as np


class Single(float):
    """A float32: with another of its kind it gives a float32, with any other number a float64."""

    dtype = np.dtype(np.float32)


def _single(name: str, swapped: bool) -> Callable[[Single, Any], float]:
    def act(self: Single, other: Any) -> float:
        if isinstance(other, Single):
            return Single(getattr(operator, name)(np.float32(self), np.float32(other)))
        a, b = (other, float(self)) if swapped else (float(self), other)
        return float(getattr(operator, name)(a, b))

    return act


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Single, f"__{_name}__", _single(_name, False))
    setattr(Single, f"__r{_name}__", _single(_name, True))
setattr(Single, "__neg__", lambda self: Single(-float(self)))  # noqa: B010

_LIBRARY = ctypes.CDLL(ctypes.util.find_library("m"))


def _of_c(name: str, words: int) -> Callable[..., float]:
    double, single = getattr(_LIBRARY, name), getattr(_LIBRARY, name + "f")
    double.restype, double.argtypes = ctypes.c_double, [ctypes.c_double] * words
    single.restype, single.argtypes = ctypes.c_float, [ctypes.c_float] * words
    return lambda *x: Single(single(*x)) if all(isinstance(w, Single) for w in x) else float(double(*map(float, x)))


class Single32:
    """In the place of np.float32: makes numbers, and names the type of an array."""

    dtype = np.dtype(np.float32)

    def __new__(cls, x: float) -> Any:
        return Single(np.float32(x))


class Numbers:
    """NumPy as kernels know it: what makes or fills arrays, types, and the functions of the C library."""

    def __init__(self) -> None:
        words = {"exp": 1, "log": 1, "log1p": 1, "sqrt": 1, "floor": 1, "ceil": 1, "hypot": 2}
        self.__dict__.update({name: _of_c(name, n) for name, n in words.items()})

    def __getattr__(self, name: str) -> Any:
        thing = getattr(np, name)
        if isinstance(thing, type) or not callable(thing):
            return Single32 if thing is np.float32 else thing
        return lambda *x, **how: shown(thing(*map(bare, x), **how))


class Glass:
    """An array as a kernel sees it."""

    def __init__(self, array: np.ndarray) -> None:
        self.__dict__["array"] = array

    def __getitem__(self, at: Any) -> Any:
        return shown(self.array[bare(at)])

    def __setitem__(self, at: Any, value: Any) -> None:
        self.array[bare(at)] = bare(value)

    def __getattr__(self, name: str) -> Any:
        names = self.array.dtype.names
        if names and name in names:
            return shown(self.array[name])
        thing = getattr(self.array, name)
        return (lambda *x: shown(thing(*map(bare, x)))) if callable(thing) else thing

    def __setattr__(self, name: str, value: Any) -> None:
        self.array[name] = bare(value)

    def __len__(self) -> int:
        return len(self.array)


def _strong(x: Any) -> Any:
    """A number with a type of its own, as Numba sees it: a float32 array times 0.5 is one of float64."""
    kinds = {bool: np.bool_, int: np.int64, float: np.float64, Single: np.float32}
    return kinds[type(x)](x) if type(x) in kinds else bare(x)


def _operator(name: str) -> Callable[..., Any]:
    def act(self: Glass, *others: Any) -> Any:
        return shown(getattr(operator, name)(self.array, *map(_strong, others)))

    return act


def _reversed(name: str) -> Callable[..., Any]:
    return lambda self, other: shown(getattr(operator, name)(_strong(other), self.array))


for _name in ("add", "sub", "mul", "truediv", "pow", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_"):
    setattr(Glass, f"__{_name.strip('_')}__", _operator(_name))
    setattr(Glass, f"__r{_name.strip('_')}__", _reversed(_name))
for _name in ("neg", "invert"):
    setattr(Glass, f"__{_name}__", _operator(_name))


def shown(thing: Any) -> Any:
    """Something of NumPy's as a kernel sees it; a tuple part by part."""
    if isinstance(thing, np.ndarray | np.void):
        return Glass(thing)  # type: ignore[arg-type]
    if isinstance(thing, np.generic):
        if isinstance(thing, np.float32):
            return Single(thing)
        return thing if isinstance(thing, np.uint64) else thing.item()
    if isinstance(thing, tuple):
        parts = [shown(part) for part in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else tuple(parts)
    return thing


def bare(thing: Any) -> Any:
    """The opposite."""
    if isinstance(thing, Glass):
        return thing.array
    return tuple(map(bare, thing)) if isinstance(thing, tuple) else thing


NUMBERS = Numbers()


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """In the place of `compiled`."""

    @wraps(function)
    def called(*words: Any) -> Any:
        function.__globals__["np"] = NUMBERS
        with np.errstate(over="ignore"):
            return _out(function(*map(shown, words)))

    return called


def _out(thing: Any) -> Any:
    return tuple(map(_out, thing)) if type(thing) is tuple else bare(thing)


def main(design: str, point: str, arm: str, replicate: str) -> None:
    """One run; its files' hashes."""
    from govsim.experiment.load_design import load_design, plan_of
    from govsim.experiment.one_run import Failed, Task, Workshop, carry_out
    from govsim.experiment.plan import Run

    (made,) = carry_out(plan_of(load_design(design)), Task((Run(int(point), arm, int(replicate)),)), Workshop())
    if isinstance(made, Failed):
        raise SystemExit(made.said)
    for end, data in made.parts.files.items():
        print(end, hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    from govsim.kernels import compiled as kernels

    config: Any = numba.config
    if config.DISABLE_JIT:
        kernels.compiled = plain
    main(*sys.argv[1:])
