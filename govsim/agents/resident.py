"""A resident: what one person in a compound is, feels and knows.

The table of `Column`s below is the one place that ties the attributes of a resident to names of columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from govsim.agents.columns import Array, Column, ColumnAgent
from govsim.vocabulary import AGE_BANDS, BELIEFS, TENURES, WORKING_HOURS
from govsim.world.records import COMPLAINT

if TYPE_CHECKING:  # they bring compiled code with them
    from govsim.world.residents import Population
    from govsim.world.state import State

_NO_TIE = 65535
_BELIEFS = {f"belief_{whom}": k for k, whom in enumerate(BELIEFS)}


class ResidentColumns:
    """Where a world and its state keep what the attributes of residents read and write (a `ColumnSource`)."""

    def __init__(self, population: Population, state: State) -> None:
        self.population, self.state = population, state
        self.n = population.n

    @property
    def computed(self) -> Mapping[str, Callable[[int], Any]]:
        """What has to be looked for in other records."""
        return {"open_complaint": self.open_complaint}

    def names(self) -> tuple[str, ...]:
        """None: every attribute is declared, and the rest of the records is not for writing by hand."""
        return ()

    def column(self, name: str) -> Array:
        """A field of the people or of their minds, a belief, or a column of the population; KeyError if none."""
        if name in _BELIEFS:
            return self.state.belief[:, _BELIEFS[name]]
        for records in (self.state.people, self.state.minds):
            if name in (records.dtype.names or ()):
                return records[name]
        if not hasattr(self.population, name):
            raise KeyError(name)
        array: Array = getattr(self.population, name)
        return array

    def open_complaint(self, row: int) -> dict[str, Any] | None:
        """The record of the complaint that a resident has open, as a dictionary; None if there is none."""
        if not self.state.people["busy"][row]:
            return None
        records = self.state.complaints.used
        found = np.flatnonzero((records["resident"] == row) & (records["done"] == 0))[0]
        return dict(zip(COMPLAINT.names or (), records[found].item(), strict=True))


def _share(column: str, meaning: str, high: float = 1.0) -> Column[float]:
    """A feeling or a belief: 0 to 1 (or more), can be written."""
    return Column(column, meaning, low=0.0, high=high, writable=True)


class Resident(ColumnAgent):
    """One resident. Complains or keeps silent, learns from answers, pays or not, is influenced by neighbours.

    What is read is the state of this moment. Feelings and beliefs can be written; who somebody is and where
    they live cannot. `residents = model.agents_by_type[Resident]` gives all of them, `residents[17]` one.
    """

    __slots__ = ()

    # Who they are and where they live
    age_band = Column[str]("age", "Age in years, one of vocabulary.AGE_BANDS.", words=AGE_BANDS)
    working_hours = Column[str]("hours", "When away at work: none, day or shift.", words=WORKING_HOURS)
    online = Column[bool]("online", "Would use an online platform if there were one.", words=(False, True))
    household = Column[int]("household_residents", "Row of the household.", ranges=True)
    tenure = Column[str]("household_tenure", "How the household holds its home.", words=TENURES, through=household)
    dwelling = Column[int]("household_home", "Number of the home in its compound.", through=household)
    building = Column[int]("building_residents", "Row of the building.", ranges=True)
    compound = Column[int]("resident_start", "Row of the compound.", ranges=True)
    voice = Column[float]("voice", "Readiness to complain; the mean of adult owners is 1, minors have 0.")

    # What they feel
    satisfaction = _share("satisfaction", "Satisfaction with life in the compound, 0 to 1.")
    trust_firm = _share("trust_firm", "Trust in the property firm, 0 to 1.")
    trust_committee = _share("trust_committee", "Trust in the committees, 0 to 1.")
    trust_police = _share("trust_police", "Trust in the police, 0 to 1.")
    belonging = _share("belonging", "Feeling of belonging to the neighbourhood, 0 to 1.")
    fear = _share("fear", "Fear of crime, 0 to 1.")
    annoyance = _share("annoyance", "Annoyance by problems, 0 upwards.", high=float("inf"))
    service_felt = _share("service_felt", "How good the firm's service feels, 0 to 1.")
    anchor = Column[float]("anchor", "Satisfaction that the resident returns to, 0 to 1.")
    volunteer = Column[bool]("volunteer", "Is on the list of volunteers.", words=(False, True))
    victim = Column[int]("victim", "Times a victim of crime since the run began.")
    taste = Column[float]("taste", "How the resident judges the same service, around 0.")

    # What they know and do
    belief_firm = _share("belief_firm", "Belief that complaining to the firm helps, 0 to 1.")
    belief_committee = _share("belief_committee", "Belief that complaining to the residents' committee helps.")
    belief_hotline = _share("belief_hotline", "Belief that calling the hotline helps, 0 to 1.")
    belief_police = _share("belief_police", "Belief that calling the police helps, 0 to 1.")
    on_platform = Column[bool]("on_platform", "Uses the compound's online platform.", words=(False, True), writable=True)
    waits = Column[bool]("busy", "Has a complaint open.", words=(False, True))

    @property
    def open_complaint(self) -> dict[str, Any] | None:
        """The complaint they have open: a copy of its record (world.records.COMPLAINT), or None."""
        record: dict[str, Any] | None = self._roster.source.computed["open_complaint"](self.row)
        return record

    @property
    def belief(self) -> dict[str, float]:
        """Belief that complaining helps, by whom one complains to; a copy (write `belief_firm` and so on)."""
        return {whom: getattr(self, f"belief_{whom}") for whom in BELIEFS}

    @property
    def neighbours(self) -> list[Any]:
        """The residents they know, all of the same compound."""
        cells = self._roster.cells
        first = cells["resident_start"][self.compound]
        ties = self._roster.source.column("ties")[self.row].tolist()
        return [self._roster.view(first + tie) for tie in ties if tie != _NO_TIE]
