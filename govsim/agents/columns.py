"""Agents that live in NumPy columns and appear as Mesa agents when somebody holds one.

A `ColumnAgent` is a view: a model and a row, made when asked for and never registered with Mesa. Two views of
one row are equal. What a view reads and writes is the column, so nothing is lost when the view is dropped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from mesa import Agent

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.intp]
T = TypeVar("T")


class ColumnSource(Protocol):
    """Where column agents keep what they know. Arrays are written in place, never replaced during a run."""

    @property
    def n(self) -> int:
        """Number of agents."""

    @property
    def computed(self) -> Mapping[str, Callable[[int], Any]]:
        """Further attributes that are worked out: name -> function of the row. Picklable, so no lambdas."""

    def names(self) -> tuple[str, ...]:
        """Columns with one cell per agent; they can be read and written by name if no `Column` is declared for them."""

    def column(self, name: str) -> Array:
        """The array itself: one of `names()`, or another that a `Column` needs. KeyError if unknown."""


@dataclass(frozen=True)
class ArrayColumns:
    """The plainest `ColumnSource`: a dictionary of arrays. Those of length `n` are the agents' own."""

    n: int
    arrays: Mapping[str, Array]
    computed: Mapping[str, Callable[[int], Any]] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Columns with one cell per agent."""
        return tuple(name for name, array in self.arrays.items() if len(array) == self.n)

    def column(self, name: str) -> Array:
        """The array called `name`; KeyError if there is none."""
        return self.arrays[name]


class Column(property, Generic[T]):
    """An attribute of a column agent: the column it is kept in, what it means, and what may be written to it.

    `words` turns small integers into words (or `(False, True)`); `low` and `high` bound what may be written
    (inclusive). With `ranges`, the column holds the first row of each group, and the attribute is the number
    of the group. An attribute of a group is found `through` it: `tenure` through `household`. These two cannot
    be written.
    """

    def __init__(
        self,
        column: str,
        meaning: str = "",
        *,
        words: tuple[Any, ...] = (),
        low: float = -inf,
        high: float = inf,
        through: Column[int] | None = None,
        ranges: bool = False,
        writable: bool = False,
    ) -> None:
        if writable and (through or ranges):
            raise ValueError(f"{column}: an attribute of a group cannot be written through one of its members")
        self.column, self.words, self.low, self.high = column, words, low, high
        self.through, self.ranges = through, ranges
        super().__init__(self._reader(), self._write if writable else None, None, meaning)

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: type | None = None, /) -> T: ...  # type: ignore[override]

        def __set__(self, instance: Any, value: T, /) -> None: ...

    def _reader(self) -> Callable[[Any], Any]:
        """The getter: a closure with as few steps as it can have, as loops call it for every agent."""
        column, words = self.column, self.words
        if self.ranges:
            return lambda agent: bisect_right(agent._roster.cells[column], agent.row) - 1

        def number(agent: Any) -> Any:
            return agent._roster.cells[column][agent.row]

        raw = number
        if self.through is not None:
            group = self.through._reader()

            def raw(agent: Any) -> Any:
                return agent._roster.cells[column][group(agent)]

        return (lambda agent: words[raw(agent)]) if words else raw

    def _write(self, agent: Any, value: Any) -> None:
        roster = agent._roster
        roster.cells[self.column][agent.row] = self.encode(value, roster.source.column(self.column).dtype)

    def encode(self, value: Any, dtype: np.dtype[Any]) -> Any:
        """The number to store for `value`. TypeError for the wrong kind, ValueError if out of range."""
        if isinstance(value, np.generic):
            value = value.item()
        if self.words:
            for code, word in enumerate(self.words):
                if word == value and type(word) is type(value):  # True is not 1 here
                    return code
            raise ValueError(f"{self.column}: {value!r} is not one of {', '.join(map(repr, self.words))}")
        kinds = (int, float) if dtype.kind == "f" else int
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise TypeError(f"{self.column} holds {'numbers' if dtype.kind == 'f' else 'integers'}, not {value!r}")
        if not (isfinite(value) and self.low <= value <= self.high):
            raise ValueError(f"{self.column}: {value!r} is not between {self.low:g} and {self.high:g}")
        return value

    def raw(self, source: ColumnSource, rows: Rows | slice) -> Array:
        """The numbers of many rows, not yet words; a copy, or a view when `rows` is a slice."""
        cells = source.column(self.column)
        if self.ranges:
            return np.searchsorted(cells, np.arange(source.n)[rows], side="right") - 1
        return cells[rows if self.through is None else self.through.raw(source, rows)]

    def decode(self, raw: Array) -> list[Any]:
        """What the attribute of each agent would read, as a list."""
        values: list[Any] = raw.tolist()
        return [self.words[code] for code in values] if self.words else values


class Cells(dict[str, memoryview]):
    """The columns of a source as memoryviews, made on first use: cells read faster than an ndarray's."""

    def __init__(self, source: ColumnSource) -> None:
        super().__init__()
        self.source = source

    def __missing__(self, name: str) -> memoryview:
        try:
            column: Any = self.source.column(name)
        except KeyError:
            raise AttributeError(f"there is no column {name!r}") from None
        return self.setdefault(name, memoryview(column))


class Roster:
    """All agents of one class that live in columns: their model, class, columns and block of ids."""

    def __init__(self, model: Any, agent_class: type[ColumnAgent], source: ColumnSource, first_id: int) -> None:
        self.model, self.agent_class, self.source, self.first_id = model, agent_class, source, first_id
        self.n = source.n
        self.names = frozenset(source.names())
        self.cells = Cells(source)

    def __getstate__(self) -> dict[str, Any]:
        # memoryviews do not pickle
        return {name: value for name, value in vars(self).items() if name != "cells"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, cells=Cells(state["source"]))

    def view(self, row: int) -> ColumnAgent:
        """The agent of this row."""
        agent = object.__new__(self.agent_class)
        _set_model(agent, self.model)
        _set_row(agent, row)
        _set_roster(agent, self)
        return agent

    def attribute(self, name: str) -> Column[Any] | None:
        """The `Column` behind an attribute: as the class declares it, or plainly the column of that name."""
        declared = getattr(self.agent_class, name, None)
        if declared is not None:
            return declared if isinstance(declared, Column) else None
        if name not in self.names or self.source.column(name).ndim > 1:
            return None
        dtype = self.source.column(name).dtype
        if dtype.kind == "b":
            return Column(name, words=(False, True), writable=True)
        low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype.kind in "iu" else (-inf, inf)
        return Column(name, low=low, high=high, writable=True)


class ColumnAgent(Agent):
    """A Mesa agent that is one row of columns.

    Subclasses declare attributes with `Column`. Further columns of the source can be read and written by
    name, and what the source computes can be read.
    """

    __slots__ = ("_roster", "model", "row")
    pos: ClassVar[None] = None  # where it is, is in its columns

    if TYPE_CHECKING:
        model: Any
        row: int
        _roster: Roster

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        raise TypeError(f"a {name} is a row of the model's columns: take one from model.agents_by_type[{name}]")

    @property
    def unique_id(self) -> int:
        """Mesa's number of the agent: from a block of its class, kept for the whole run."""
        return self._roster.first_id + self.row

    def remove(self) -> None:
        """Not possible: TypeError."""
        raise TypeError(f"{self!r} cannot be removed: it is a row of the model's columns, which stay as long as the model")

    def __getattr__(self, name: str) -> Any:
        if name == "_roster":  # first use after unpickling, when the model is whole again
            _set_roster(self, self.model.agents_by_type[type(self)].roster)
            return self._roster
        declared = getattr(type(self), name, None)
        if isinstance(declared, property) and declared.fget is not None:
            return declared.fget(self)  # it failed, which is why we are here: let it say why
        if name not in ("model", "row") and not name.startswith("__"):
            roster = self._roster
            if name in roster.names:
                return roster.source.column(name)[self.row].tolist()
            if name in roster.source.computed:
                return roster.source.computed[name](self.row)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        elif (column := self._roster.attribute(name)) is not None:
            column._write(self, value)
        else:
            raise AttributeError(
                f"{type(self).__name__} has no column {name!r}, and what is kept on a view is lost with it: "
                "add a column, or use a dictionary by unique_id",
                name=name,
                obj=self,
            )

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.row == self.row and other.model is self.model

    def __hash__(self) -> int:
        return hash((type(self), self.row))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(row={self.row})"

    def __reduce__(self) -> tuple[Any, ...]:
        # class, model and row come first, so that a view can be a key of a dictionary inside its own model
        return _unpickled, (type(self), self.model, self.row)


# The slots' own setters: __setattr__ is for users and would write to columns.
_set_model = ColumnAgent.__dict__["model"].__set__
_set_row = ColumnAgent.__dict__["row"].__set__
_set_roster = ColumnAgent.__dict__["_roster"].__set__


def _unpickled(agent_class: type[ColumnAgent], model: Any, row: int) -> ColumnAgent:
    """A view that looks up its roster when it is first used."""
    agent = object.__new__(agent_class)
    _set_model(agent, model)
    _set_row(agent, row)
    return agent
