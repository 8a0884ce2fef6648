"""Mesa AgentSets whose members are made when somebody asks for them, from a row or an id.

They answer as Mesa's own sets do, in the same order and with the same use of `random`. Only selections can be
changed in place, not the sets that the model itself holds.
"""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain, islice
from math import ceil, inf
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from mesa.agent import Agent, AgentSet

from govsim.agents.columns import Array, Column, ColumnAgent, Roster, Rows

GroupBy: Any = import_module(AgentSet.__module__).GroupBy  # its module moved between Mesa 3.3 and 3.5
Keys = npt.NDArray[np.int64]
Method = str | Callable[..., Any]


class KeyedAgentSet(AgentSet):
    """A set whose members are integer keys, from which agents are made. Not made by itself."""

    def __init__(self, random: Random) -> None:
        self.random = random  # and none of Mesa's weak references

    @abstractmethod
    def _keys(self, agent_type: type | None = None) -> Keys:
        """Keys of the members, in order; of those of one type if it is given."""

    @abstractmethod
    def _agent(self, key: int) -> Agent | None:
        """The agent of a key; None if it has left the model."""

    @abstractmethod
    def _key(self, agent: Agent) -> int:
        """The key of an agent, member or not. TypeError if the set cannot hold it."""

    @abstractmethod
    def _subset(self, keys: Any) -> AgentSet:
        """A set of these keys, in this order."""

    @abstractmethod
    def _replace(self, keys: Any) -> None:
        """Hold these keys from now on; TypeError where the model itself holds the set."""

    def __iter__(self) -> Iterator[Agent]:
        return (agent for key in self._keys().tolist() if (agent := self._agent(key)) is not None)

    def __getitem__(self, item: int | slice) -> Any:
        keys = self._keys()[item]
        return self._agent(int(keys)) if isinstance(keys, np.integer) else [self._agent(key) for key in keys.tolist()]

    def to_list(self) -> list[Agent]:
        """All members in a list."""
        return list(self)

    def copy(self) -> AgentSet:
        """A selection of all members, which can be changed in place."""
        return self._subset(self._keys())

    __copy__ = copy

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = inf,
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> AgentSet:
        """The first `at_most` members (a float up to 1: that share) of a type that `filter_func` wants."""
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        limit = None if at_most == inf else max(0, ceil(at_most))
        keys: Any = self._keys(agent_type)
        if filter_func is not None:
            held = (key for key in keys.tolist() if (a := self._agent(key)) is not None and filter_func(a))
            keys = list(islice(held, limit))
        return self._result(keys[:limit], inplace)

    def shuffle(self, inplace: bool = False) -> AgentSet:
        """The members in random order."""
        return self._result(self._shuffled(), inplace)

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> AgentSet:
        """The members ordered by an attribute or a function; ties keep their order."""
        by = operator.attrgetter(key) if isinstance(key, str) else key
        keys = sorted(self._keys().tolist(), key=lambda k: by(self._agent(k)), reverse=not ascending)
        return self._result(keys, inplace)

    def _result(self, keys: Any, inplace: bool) -> AgentSet:
        if not inplace:
            return self._subset(keys)
        self._replace(keys)
        return self

    def _shuffled(self) -> list[int]:
        keys: list[int] = self._keys().tolist()
        self.random.shuffle(keys)  # as Mesa shuffles, so that the same seed gives the same order
        return keys

    def do(self, method: Method, *args: Any, **kwargs: Any) -> AgentSet:
        """Call a method (by name) or a function of each member; returns the set."""
        for agent in self:
            _call(agent, method, args, kwargs)
        return self

    def shuffle_do(self, method: Method, *args: Any, **kwargs: Any) -> AgentSet:
        """As `do`, in random order; the set keeps its order."""
        for key in self._shuffled():
            if (agent := self._agent(key)) is not None:
                _call(agent, method, args, kwargs)
        return self

    def map(self, method: Method, *args: Any, **kwargs: Any) -> list[Any]:
        """What a method (by name) or a function gives for each member."""
        return [_call(agent, method, args, kwargs) for agent in self]

    def get(self, attr_names: Any, handle_missing: str = "error", default_value: Any = None) -> list[Any]:
        """An attribute of each member, or a list of several; missing ones are an error or `default_value`."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}")
        default = () if handle_missing == "error" else (default_value,)
        if isinstance(attr_names, str):
            return self._values(attr_names, default)
        columns = [self._values(name, default) for name in attr_names]
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(self))]

    def _values(self, name: str, default: tuple[Any, ...]) -> list[Any]:
        return [getattr(agent, name, *default) for agent in self]

    def set(self, attr_name: str, value: Any) -> AgentSet:
        """Give an attribute of every member the same value."""
        for agent in self:
            setattr(agent, attr_name, value)
        return self

    def groupby(self, by: Method, result_type: str = "agentset") -> Any:
        """Mesa's GroupBy: groups by an attribute or a function, in order of first appearance."""
        groups: dict[Any, list[int]] = {}
        for key in self._keys().tolist():
            if (agent := self._agent(key)) is not None:
                groups.setdefault(by(agent) if callable(by) else getattr(agent, by), []).append(key)
        return self._grouped({name: self._subset(keys) for name, keys in groups.items()}, result_type)

    @staticmethod
    def _grouped(groups: dict[Any, Any], result_type: str) -> Any:
        return GroupBy(groups if result_type == "agentset" else {name: list(group) for name, group in groups.items()})

    def add(self, agent: Agent) -> None:
        """Add an agent to a selection."""
        if agent not in self:
            self._replace(np.append(self._keys(), self._key(agent)))

    def discard(self, agent: Agent) -> None:
        """Take an agent out of a selection if it is there."""
        if agent in self:
            keys = self._keys()
            self._replace(keys[keys != self._key(agent)])

    def remove(self, agent: Agent) -> None:
        """Take an agent out of a selection; KeyError if it is not there."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def _from_iterable(self, agents: Iterable[Agent]) -> AgentSet:
        """What `&`, `|`, `-` and `^` build with; Mesa's own holds views weakly and would lose them."""
        agents = list(dict.fromkeys(agents))
        column_agents = [agent for agent in agents if isinstance(agent, ColumnAgent)]
        if not column_agents:
            return AgentSet(agents, self.random)
        everyone = column_agents[0].model.agents
        return everyone._subset([everyone._key(agent) for agent in agents])

    def __rand__(self, other: Any) -> Any:
        return self._from_iterable(agent for agent in other if agent in self)

    def __ror__(self, other: Any) -> Any:
        return self._from_iterable(chain(other, self))

    def __rsub__(self, other: Any) -> Any:
        return self._from_iterable(agent for agent in other if agent not in self)

    def __rxor__(self, other: Any) -> Any:
        return self ^ other

    def __getstate__(self) -> dict[str, Any]:
        return vars(self).copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _call(agent: Agent, method: Method, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return getattr(agent, method)(*args, **kwargs) if isinstance(method, str) else method(agent, *args, **kwargs)


class ColumnAgentSet(KeyedAgentSet):
    """Column agents of one class: all of them, or a selection kept as an array of rows. Keys are rows.

    `get`, `set`, `agg`, `sort` and `groupby` by an attribute that is a column work on the column at once.
    """

    def __init__(self, roster: Roster, rows: Any = None, random: Random | None = None) -> None:
        super().__init__(random or roster.model.random)
        self.roster = roster
        self._rows: Rows | None = None if rows is None else np.asarray(rows, np.intp)
        self._mask: npt.NDArray[np.bool_] | None = None

    @property
    def rows(self) -> Rows:
        """Rows of the members in the columns, in order; a copy."""
        return np.arange(self.roster.n) if self._rows is None else self._rows.copy()

    def at(self, rows: Any) -> ColumnAgentSet:
        """The agents of these rows, or where a boolean array over all rows is true; in this set or not.

        ValueError for a row that is named twice, IndexError for one that does not exist.
        """
        chosen = np.asarray(rows)
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.intp)
        if chosen.size and not (chosen.min() >= 0 and chosen.max() < self.roster.n):
            raise IndexError(f"rows go from 0 to {self.roster.n - 1}")
        if len(np.unique(chosen)) < len(chosen):
            raise ValueError("a row is named twice")
        return self._subset(chosen)

    def _keys(self, agent_type: type | None = None) -> Keys:
        if agent_type is not None and not issubclass(self.roster.agent_class, agent_type):
            return np.empty(0, np.intp)
        return self.rows

    def _agent(self, key: int) -> ColumnAgent:
        return self.roster.view(key)

    def _key(self, agent: Agent) -> int:
        if not (isinstance(agent, self.roster.agent_class) and agent.model is self.roster.model):
            raise TypeError(f"{agent!r} is not a {self.roster.agent_class.__name__} of this model")
        return int(agent.row)

    def _subset(self, keys: Any) -> ColumnAgentSet:
        return ColumnAgentSet(self.roster, keys, self.random)

    def _replace(self, keys: Any) -> None:
        if self._rows is None:
            name = self.roster.agent_class.__name__
            raise TypeError(f"model.agents_by_type[{name}] holds every {name} and cannot be changed: work on a copy()")
        self._rows, self._mask = np.asarray(keys, np.intp), None

    def __len__(self) -> int:
        return self.roster.n if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[ColumnAgent]:
        return map(self.roster.view, range(self.roster.n) if self._rows is None else self._rows.tolist())

    def __getitem__(self, item: int | slice) -> Any:
        if self._rows is not None:
            return super().__getitem__(item)
        rows = range(self.roster.n)[item]
        return self.roster.view(rows) if isinstance(rows, int) else [self.roster.view(row) for row in rows]

    def __contains__(self, agent: object) -> bool:
        if type(agent) is not self.roster.agent_class or agent.model is not self.roster.model:
            return False
        if self._rows is None:
            return True
        if self._mask is None:
            self._mask = np.zeros(self.roster.n, bool)
            self._mask[self._rows] = True
        return bool(self._mask[agent.row])

    def _raw(self, column: Column[Any]) -> Array:
        return column.raw(self.roster.source, slice(None) if self._rows is None else self._rows)

    def _values(self, name: str, default: tuple[Any, ...]) -> list[Any]:
        column = self.roster.attribute(name)
        return super()._values(name, default) if column is None else column.decode(self._raw(column))

    def values(self, name: str) -> Array:
        """A column attribute as a new array, one value per member: float64, int64, bool, or words.

        AttributeError if the attribute is not kept in a column.
        """
        column = self.roster.attribute(name)
        if column is None:
            raise AttributeError(f"{self.roster.agent_class.__name__}.{name} is not kept in a column")
        raw = self._raw(column)
        if column.words:
            return np.array(column.words)[raw]
        return raw.astype({"f": np.float64, "b": np.bool_}.get(raw.dtype.kind, np.int64))

    def agg(self, attribute: str, func: Any) -> Any:
        """One or more functions of an attribute's values; NumPy's get an array, others a list."""
        column = self.roster.attribute(attribute)
        functions = [func] if callable(func) else list(func)
        numpys = [column is not None and (getattr(f, "__module__", None) or "").startswith("numpy") for f in functions]
        array = self.values(attribute) if any(numpys) else None
        listed = None if all(numpys) else self.get(attribute)
        results = [f(array if numpy else listed) for f, numpy in zip(functions, numpys, strict=True)]
        return results[0] if callable(func) else results

    def set(self, attr_name: str, value: Any) -> AgentSet:
        """Write one value to a column for every member."""
        column = self.roster.attribute(attr_name)
        if column is None or column.fset is None:
            return super().set(attr_name, value)
        cells = self.roster.source.column(column.column)
        cells[slice(None) if self._rows is None else self._rows] = column.encode(value, cells.dtype)
        return self

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> AgentSet:
        """The members ordered by an attribute or a function; ties keep their order."""
        column = self.roster.attribute(key) if isinstance(key, str) else None
        if column is None or column.words:
            return super().sort(key, ascending, inplace)
        raw = self._raw(column)
        # descending with ties in order: sort the reversed column upwards and read it backwards
        order = np.argsort(raw, kind="stable") if ascending else len(raw) - 1 - np.argsort(raw[::-1], kind="stable")[::-1]
        return self._result(self.rows[order], inplace)

    def groupby(self, by: Method, result_type: str = "agentset") -> Any:
        """Mesa's GroupBy: groups by an attribute or a function, in order of first appearance."""
        if by is type:
            return self._grouped({self.roster.agent_class: self.copy()} if len(self) else {}, result_type)
        column = None if callable(by) else self.roster.attribute(by)
        if column is None:
            return super().groupby(by, result_type)
        codes, first, group = np.unique(self._raw(column), return_index=True, return_inverse=True)
        members = np.split(self.rows[np.argsort(group, kind="stable")], np.cumsum(np.bincount(group))[:-1])
        names = column.decode(codes)
        return self._grouped({names[g]: self._subset(members[g]) for g in np.argsort(first)}, result_type)
