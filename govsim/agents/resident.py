"""A resident: what one person in a compound is, feels and knows.

The table of `Column`s below is the one place that ties the attributes of a resident to names of columns.
"""

from __future__ import annotations

from typing import Any

from govsim.agents.columns import Column, ColumnAgent
from govsim.vocabulary import AGE_BANDS, BELIEFS, TENURES, WORKING_HOURS

_NO_TIE = 65535


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
    tenure = Column[str](
        "household_tenure", "How the household holds its home.", words=TENURES, through="household"
    )
    working_hours = Column[str]("hours", "When away at work: none, day or shift.", words=WORKING_HOURS)
    online = Column[bool]("online", "Would use an online platform if there were one.", words=(False, True))
    household = Column[int]("household", "Row of the household.")
    dwelling = Column[int]("household_home", "Number of the home in its compound.", through="household")
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
    service_felt = Column[float](
        "service_felt", "How good the firm's service feels; about 0 to 1.", low=-1.0, high=2.0, writable=True
    )

    # What they know and do
    belief_firm = _share("belief_firm", "Belief that complaining to the firm helps, 0 to 1.")
    belief_committee = _share(
        "belief_committee", "Belief that complaining to the residents' committee helps."
    )
    belief_hotline = _share("belief_hotline", "Belief that calling the hotline helps, 0 to 1.")
    belief_police = _share("belief_police", "Belief that calling the police helps, 0 to 1.")
    on_platform = Column[bool](
        "on_platform", "Uses the compound's online platform.", words=(False, True), writable=True
    )
    open_complaint = Column[int | None]("complaint", "Row of the complaint they have open, or None.", none=-1)

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
