"""Offenders as Mesa agents: thin views of those who live by crime, made when somebody asks for them.

They come and go, so they are not registered in the model: `model.offenders()` hands out an AgentSet of today. The model
keeps those it has handed out until they are asked for anew (Mesa 3.3 holds the members of a set only weakly).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mesa import Agent, Model
from mesa.agent import AgentSet

from govsim.vocabulary import TRADES


class Offender(Agent):
    """One who lives by crime, on the day on which the set was made. Equal if the same person.

    `home` compound row, `born` day of the run on which the career began and `number` name the person for good.
    """

    home: int
    born: int
    number: int

    def __init__(self, model: Model, row: int) -> None:
        raise TypeError("offenders are drawn by the model; ask for model.offenders()")

    @classmethod
    def _of_row(cls, model: Model, row: int) -> Offender:
        self: Offender = object.__new__(cls)
        self.model, self.pos, self._at = model, None, row
        record = model.state.crime.offenders.rows[row]
        self.home, self.born, self.number = int(record["home"]), int(record["born"]), int(record["number"])
        self.unique_id = None
        return self

    @property
    def _record(self) -> Any:
        """His row today; LookupError when his career is over."""
        there = self.model.state.crime.offenders.used
        if self._at < len(there) and self._is(there[self._at]):
            return there[self._at]
        for name in ("home", "born", "number"):
            there = there[there[name] == getattr(self, name)]
        if not len(there):
            raise LookupError(f"{self!r} is not about any more")
        return there[0]

    def _is(self, record: Any) -> bool:
        return bool(record["home"] == self.home and record["born"] == self.born and record["number"] == self.number)

    def __eq__(self, other: object) -> bool:
        mine = (self.home, self.born, self.number)
        return isinstance(other, Offender) and other.model is self.model and mine == (other.home, other.born, other.number)

    def __hash__(self) -> int:
        return hash((self.home, self.born, self.number))

    def __repr__(self) -> str:
        return f"Offender(home={self.home}, born={self.born}, number={self.number})"

    @property
    def trade(self) -> str:
        """One of vocabulary.TRADES."""
        return TRADES[int(self._record["trade"])]

    @property
    def compound(self) -> str:
        """Id of the compound he lives in."""
        return str(self.model.world.compounds.ids[self.home])

    @property
    def is_free(self) -> bool:
        """Whether he is at large."""
        return bool(self._record["away_until"] <= self.model.state.day)

    @property
    def rate(self) -> float:
        """Trips on a free day."""
        return float(self._record["rate"])

    @property
    def hope(self) -> float:
        """Belief that going out pays, 0 to 1."""
        return float(self._record["hope"])

    @property
    def successes(self) -> tuple[tuple[int, int], ...]:
        """Last successes that he remembers: (day of the run, compound row), oldest first."""
        record = self._record
        known = record["success_day"] >= 0
        pairs = zip(record["success_day"][known].tolist(), record["success_compound"][known].tolist(), strict=True)
        return tuple(sorted(pairs))

    @property
    def failures(self) -> tuple[tuple[int, int], ...]:
        """Last failures that he remembers: (day of the run, compound row), oldest first."""
        record = self._record
        known = record["failure_day"] >= 0
        pairs = zip(record["failure_day"][known].tolist(), record["failure_compound"][known].tolist(), strict=True)
        return tuple(sorted(pairs))


def offenders(model: Any, trade: str | None = None) -> AgentSet:
    """All offenders of today (those detained among them), or those of one trade, in the order in which they began."""
    there = model.state.crime.offenders.used
    shown = {who: who for who in getattr(model, "_offenders_shown", ())}
    fresh = [Offender._of_row(model, row) for row in range(len(there))]
    model._offenders_shown = everybody = [shown.get(who, who) for who in fresh]
    chosen = range(len(there)) if trade is None else np.flatnonzero(there["trade"] == TRADES.index(trade)).tolist()
    return AgentSet([everybody[row] for row in chosen], random=model.random)
