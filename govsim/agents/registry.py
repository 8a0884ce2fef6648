"""How column agents are made known to a Mesa model: the one place that uses names which Mesa keeps private.

Works with Mesa 3.3 (ids counted in `Agent._ids`, weak sets) and 3.5 (ids counted by the model, strong sets).
"""

from __future__ import annotations

from typing import Any

from mesa import Agent, Model

from govsim.agents.agent_sets import ColumnAgentSet
from govsim.agents.all_agents import AllAgents
from govsim.agents.columns import ColumnAgent, ColumnSource, Roster

_COUNTED_BY_CLASS = hasattr(Agent, "_ids")  # Mesa 3.3


class _Ids:
    """Takes the place of `itertools.count` in `Agent._ids`: can be read, moved on and pickled."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __next__(self) -> int:
        self.free += 1
        return self.free - 1


class _Everyone(AllAgents):
    """`model.agents`, which also takes the count of ids with it when the model is pickled or copied."""

    def __init__(self, model: Any) -> None:
        super().__init__(model._all_agents, model.random)
        self._model = model
        if _COUNTED_BY_CLASS:
            self._ids = Agent._ids[model] = _Ids(next(Agent._ids[model]))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if _COUNTED_BY_CLASS:
            Agent._ids[self._model] = self._ids

    def reserve(self, n: int) -> int:
        """Keep `n` ids in a row from being given to anybody else; the first of them."""
        counter, name = (self._ids, "free") if _COUNTED_BY_CLASS else (self._model, "agent_id_counter")
        first: int = getattr(counter, name)
        setattr(counter, name, first + n)
        return first


def install(model: Model, agent_class: type[ColumnAgent], columns: ColumnSource) -> ColumnAgentSet:
    """Make the rows of `columns` agents of `model`: in `agents`, `agents_by_type` and `agent_types`.

    Once per class; ValueError when the model already has agents of that class. Returns the set of them all,
    as `model.agents_by_type[agent_class]` does. Ordinary agents may be created before and after.
    """
    if agent_class in model.agents_by_type:
        raise ValueError(f"the model already has agents of {agent_class.__name__}")
    if not isinstance(model.agents, _Everyone):
        model._all_agents = _Everyone(model)
    everyone = model.agents
    column_set = ColumnAgentSet(Roster(model, agent_class, columns, everyone.reserve(columns.n)))
    everyone.column_sets.append(column_set)
    model._agents_by_type[agent_class] = column_set
    return column_set


def release(model: Model) -> None:
    """Let go of a model that will not be used again: Mesa 3.3 keeps each in memory for its count of ids."""
    if _COUNTED_BY_CLASS:
        Agent._ids.pop(model, None)
