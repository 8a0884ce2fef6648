"""Rules: the parameters of one process in the order its kernels read them, as a NamedTuple of floats and arrays."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from govsim.scenario.parameters import Parameters

R = TypeVar("R")


def rules(cls: type[R], group: str, parameters: Parameters, **derived: Any) -> R:
    """Fill the NamedTuple `cls`: each field is the parameter of that name in `group`, unless it is given in `derived`."""
    values = {}
    for name in cls._fields:  # type: ignore[attr-defined]
        value = derived[name] if name in derived else parameters[f"{group}.{name}"]
        values[name] = np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value
    return cls(**values)
