"""Sets of agents of any kind: `AllAgents` is `model.agents`, `MixedAgentSet` a selection from it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from random import Random
from typing import Any

import numpy as np
from mesa.agent import Agent, AgentSet

from govsim.agents.agent_sets import ColumnAgentSet, KeyedAgentSet, Keys, Method
from govsim.agents.columns import ColumnAgent


class MixedAgentSet(KeyedAgentSet):
    """A selection of agents of any kind. An ordinary agent that leaves the model leaves the selection too."""

    def __init__(self, everyone: AllAgents, keys: Any, random: Random) -> None:
        super().__init__(random)
        self._everyone = everyone
        self._members = np.asarray(keys, np.int64)

    def _keys(self, agent_type: type | None = None) -> Keys:
        kept = np.isin(self._members, self._everyone._keys(agent_type))
        return self._members[kept]

    def _agent(self, key: int) -> Agent | None:
        return self._everyone._agent(key)

    def _key(self, agent: Agent) -> int:
        return self._everyone._key(agent)

    def _subset(self, keys: Any) -> AgentSet:
        return self._everyone._subset(keys)

    def _replace(self, keys: Any) -> None:
        self._members = np.asarray(keys, np.int64)

    def copy(self) -> AgentSet:
        """Another selection of the same members."""
        return MixedAgentSet(self._everyone, self._keys(), self.random)

    __copy__ = copy

    def __len__(self) -> int:
        return len(self._keys())

    def __contains__(self, agent: object) -> bool:
        return agent in self._everyone and bool(np.any(self._members == self._key(agent)))


class AllAgents(KeyedAgentSet):
    """`model.agents` of a model with column agents: ordinary agents first, then each class of column agents.

    The key of a column agent is its unique id, that of an ordinary agent -1 - id: the sign tells the kind.
    """

    def __init__(self, ordinary: AgentSet, random: Random) -> None:
        super().__init__(random)
        self._ordinary = ordinary  # Mesa's own set, as the installed version makes it
        self._by_id: dict[int, Agent] | None = None
        self.column_sets: list[ColumnAgentSet] = []

    def _keys(self, agent_type: type | None = None) -> Keys:
        ordinary = [~a.unique_id for a in self._ordinary if agent_type is None or isinstance(a, agent_type)]
        blocks = (s._keys(agent_type) + s.roster.first_id for s in self.column_sets)
        return np.concatenate([np.array(ordinary, np.int64), *blocks])

    def _agent(self, key: int) -> Agent | None:
        if key < 0:
            if self._by_id is None:
                self._by_id = {agent.unique_id: agent for agent in self._ordinary}
            return self._by_id.get(~key)
        roster = next(r for s in self.column_sets if 0 <= key - (r := s.roster).first_id < r.n)
        return roster.view(key - roster.first_id)

    def _key(self, agent: Agent) -> int:
        return int(agent.unique_id if isinstance(agent, ColumnAgent) else ~agent.unique_id)

    def _subset(self, keys: Any) -> AgentSet:
        keys = np.asarray(keys, np.int64)
        if not np.any(keys >= 0):
            return AgentSet([a for key in keys.tolist() if (a := self._agent(key)) is not None], self.random)
        for column_set in self.column_sets:
            rows = keys - column_set.roster.first_id
            if rows.min() >= 0 and rows.max() < column_set.roster.n:
                return ColumnAgentSet(column_set.roster, rows, self.random)
        return MixedAgentSet(self, keys, self.random)

    def _replace(self, keys: Any) -> None:
        raise TypeError("model.agents holds every agent and cannot be changed: work on model.agents.copy()")

    def __len__(self) -> int:
        return len(self._ordinary) + sum(map(len, self.column_sets))

    def __iter__(self) -> Iterator[Agent]:
        for agent in list(self._ordinary):
            if agent in self._ordinary:  # one may be removed while others act
                yield agent
        yield from chain.from_iterable(self.column_sets)

    def __contains__(self, agent: object) -> bool:
        return any(agent in s for s in self.column_sets) if isinstance(agent, ColumnAgent) else agent in self._ordinary

    def __getitem__(self, item: int | slice) -> Any:
        if isinstance(item, slice):
            return [self[i] for i in range(len(self))[item]]
        item = range(len(self))[item]
        if item < len(self._ordinary):
            return next(islice(self._ordinary, item, None))
        return self._agent(int(self._keys()[item]))

    def _values(self, name: str, default: tuple[Any, ...]) -> list[Any]:
        ordinary = [getattr(agent, name, *default) for agent in self._ordinary]
        return ordinary + [value for s in self.column_sets for value in s._values(name, default)]

    def set(self, attr_name: str, value: Any) -> AgentSet:
        """Give an attribute of every agent the same value; column agents first, as they may refuse."""
        for part in (*self.column_sets, self._ordinary):
            part.set(attr_name, value)
        return self

    def groupby(self, by: Method, result_type: str = "agentset") -> Any:
        """Mesa's GroupBy; by `type` without making a single agent."""
        if by is not type:
            return super().groupby(by, result_type)
        groups = dict(self._ordinary.groupby(type).groups)
        for column_set in self.column_sets:
            groups |= column_set.groupby(type).groups
        return self._grouped(groups, result_type)

    def add(self, agent: Agent) -> None:
        """For Mesa, when an ordinary agent is created."""
        self._check_ordinary(agent)
        self._ordinary.add(agent)
        self._by_id = None

    def discard(self, agent: Agent) -> None:
        """Forget an ordinary agent if it is there."""
        self._check_ordinary(agent)
        self._ordinary.discard(agent)
        self._by_id = None

    def remove(self, agent: Agent) -> None:
        """For Mesa, when an ordinary agent is removed; KeyError if it is not there."""
        self._check_ordinary(agent)
        self._ordinary.remove(agent)
        self._by_id = None

    def _check_ordinary(self, agent: Agent) -> None:
        if isinstance(agent, ColumnAgent):
            self._replace(())
