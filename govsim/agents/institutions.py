"""Those who serve compounds: ordinary Mesa agents, one per row of the world's tables.

They are thin: their daily work is done in columns; what they show is read from world and state when asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from mesa import Agent, Model

from govsim.vocabulary import DEPARTMENTS, OWNERS_STATES, SERVICES
from govsim.world.tables import Compounds, Institutions


class Institution(Agent):
    """Somebody who serves compounds. Not made by itself.

    Reads `model.world.compounds`, `model.world.institutions`, `model.state` (`quality`, compounds by
    services; `oversight` and `fund` by compound) and `model.queue_length(desk kind, row of the desk)`.
    """

    desk: ClassVar[str] = ""  # kind of desk, one of vocabulary.DESKS; "" when it has none
    serves: ClassVar[str] = ""  # column of Compounds that holds its row

    def __init__(self, model: Model, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __repr__(self) -> str:
        return f"{type(self).__name__}(row={self.row})"

    @property
    def _world(self) -> tuple[Compounds, Institutions]:
        return self.model.world.compounds, self.model.world.institutions

    @property
    def compound_rows(self) -> tuple[int, ...]:
        """Rows of the compounds it serves."""
        return tuple(np.flatnonzero(getattr(self._world[0], self.serves) == self.row).tolist())

    @property
    def compounds(self) -> tuple[str, ...]:
        """Ids of the compounds it serves."""
        ids = self._world[0].ids
        return tuple(ids[c] for c in self.compound_rows)

    @property
    def residents(self) -> int:
        """Number of residents it serves."""
        return int(self._world[0].residents[list(self.compound_rows)].sum())

    @property
    def queue(self) -> int:
        """Cases that wait at its desk now."""
        return int(self.model.queue_length(self.desk, self.row))


class PropertyFirm(Institution):
    """A property firm (物业公司) with a portfolio of compounds. Has one desk in each of them.

    Its compounds are those of its contracts today; `Compounds.firm` and the layer "firm" are those of the first day.
    """

    desk = "firm"

    @property
    def _record(self) -> np.void:
        record: np.void = self.model.state.economy.firms[self.row]
        return record

    @property
    def compound_rows(self) -> tuple[int, ...]:
        """Rows of the compounds it has a contract with now."""
        return tuple(np.flatnonzero(self.model.state.economy.contracts["firm"] == self.row).tolist())

    @property
    def name(self) -> str:
        """Name of the firm."""
        return self._world[1].firms[self.row]

    @property
    def quality(self) -> dict[str, float]:
        """Quality of each service now, 0 to 1, mean over its residents; empty without a compound."""
        rows = list(self.compound_rows)
        people = self._world[0].residents[rows]
        if not people.sum():
            return {}
        mean = np.average(self.model.state.quality[rows], axis=0, weights=people)
        return dict(zip(SERVICES, mean.tolist(), strict=True))

    @property
    def reputation(self) -> float:
        """Its credit rating, 0 to 1."""
        return float(self._record["reputation"])

    @property
    def risk(self) -> float:
        """How likely it thinks bad service loses a contract, 0 to 1."""
        return float(self._record["risk"])

    @property
    def contracts_lost(self) -> int:
        """Contracts that ended, since the first day."""
        return int(self._record["lost"])

    @property
    def contracts_won(self) -> int:
        """Contracts won, since the first day."""
        return int(self._record["won"])

    @property
    def effort(self) -> dict[str, float]:
        """Share of full service that it delivers, 0 to 1 by service, mean over its compounds; empty without one."""
        rows = list(self.compound_rows)
        if not rows:
            return {}
        return dict(zip(SERVICES, self.model.state.economy.effort[rows].mean(0).tolist(), strict=True))

    @property
    def queue(self) -> int:
        """Cases that wait at its desks now, over all its compounds."""
        return sum(int(self.model.queue_length(self.desk, c)) for c in self.compound_rows)


class OwnersCommittee(Institution):
    """The owners' committee (业委会) of one compound; may be missing, inactive, captured or working."""

    @property
    def compound_rows(self) -> tuple[int, ...]:
        """Row of its compound."""
        return (self.row,)

    @property
    def name(self) -> str:
        """Name of its compound."""
        return self._world[0].names[self.row]

    @property
    def firm(self) -> int | None:
        """Row of the property firm it has a contract with now, or None."""
        firm = int(self.model.state.economy.contracts["firm"][self.row])
        return firm if firm >= 0 else None

    @property
    def status(self) -> str:
        """How it stands, one of vocabulary.OWNERS_STATES."""
        return OWNERS_STATES[int(self.model.state.self_rule.owners["status"][self.row])]

    @property
    def integrity(self) -> float:
        """Integrity of those elected, 0 to 1."""
        return float(self.model.state.self_rule.owners["integrity"][self.row])

    @property
    def publishes_accounts(self) -> bool:
        """Whether the compound's accounts are published."""
        return bool(self.model.state.self_rule.owners["books"][self.row])

    @property
    def conflict(self) -> dict[str, float]:
        """How much it is at odds with the firm and with the residents' committee, 0 to 1."""
        owners = self.model.state.self_rule.owners[self.row]
        return {"firm": float(owners["conflict_firm"]), "committee": float(owners["conflict_committee"])}

    @property
    def oversight(self) -> float:
        """How well it works, 0 to 1; low when it is missing or captured."""
        return float(self.model.state.self_rule.oversight[self.row])

    @property
    def fund(self) -> float:
        """The maintenance fund, share of its first balance."""
        return float(self.model.state.fund[self.row])


class ResidentsCommittee(Institution):
    """A residents' committee (居委会): desk, casework and visits for one compound or a few."""

    desk = "committee"

    @property
    def name(self) -> str:
        """Name of the committee."""
        return self._world[1].committees[self.row]

    @property
    def compound_rows(self) -> tuple[int, ...]:
        """Rows of the compounds it serves; a very large estate is shared with other committees."""
        c = self._world[0]
        served = (c.first_committee <= self.row) & (self.row < c.first_committee + c.committees)
        return tuple(np.flatnonzero(served).tolist())

    @property
    def leader_drive(self) -> float:
        """Drive of its leader, 0 to 1."""
        return float(self.model.state.self_rule.committees["leader"][self.row])

    @property
    def skill(self) -> float:
        """Skill of the committee, 0 to 1."""
        return float(self.model.state.self_rule.committees["skill"][self.row])

    @property
    def trained(self) -> float:
        """How much of what classes teach its workers have in hand, 0 to 1."""
        return float(self.model.state.self_rule.committees["trained"][self.row])

    @property
    def posts_filled(self) -> float:
        """Share of its posts that are filled."""
        return float(self.model.state.self_rule.committees["staff"][self.row])

    @property
    def residents(self) -> int:
        """Number of residents it serves: its equal part of an estate that it shares."""
        c, rows = self._world[0], list(self.compound_rows)
        return round(float((c.residents[rows] / c.committees[rows]).sum()))

    @property
    def town(self) -> int:
        """Row of its town."""
        return int(self._world[1].committee_town[self.row])


class PoliceOfficer(Institution):
    """The community officer (社区民警) of one beat."""

    desk = "police"
    serves = "beat"

    @property
    def name(self) -> str:
        """Name of the beat."""
        return self._world[1].beats[self.row]

    @property
    def town(self) -> int:
        """Row of the town the beat is in."""
        return int(self._world[1].beat_town[self.row])


class Town(Institution):
    """A town or sub-district (街镇): dispatch centre, grid and enforcement teams, mediators."""

    desk = "town"
    serves = "town"

    @property
    def name(self) -> str:
        """Name of the town."""
        return self._world[1].towns[self.row]

    @property
    def district(self) -> int:
        """Row of its district."""
        return int(self._world[1].town_district[self.row])

    @property
    def waiting_for_mediation(self) -> int:
        """Disputes that wait for the town's mediators now."""
        return int(self.model.queue_length("mediators", self.row))


class Department(Institution):
    """A department of a district, competent for what a neighbourhood has no authority for.

    `row` is district * len(vocabulary.DEPARTMENTS) + number of the department.
    """

    desk = "department"

    @property
    def kind(self) -> str:
        """Which department, one of vocabulary.DEPARTMENTS."""
        return DEPARTMENTS[self.row % len(DEPARTMENTS)]

    @property
    def district(self) -> int:
        """Row of its district."""
        return self.row // len(DEPARTMENTS)

    @property
    def name(self) -> str:
        """Name of the district and kind of department."""
        return f"{self._world[1].districts[self.district]} {self.kind}"

    @property
    def compound_rows(self) -> tuple[int, ...]:
        """Rows of the compounds of its district."""
        return tuple(np.flatnonzero(self._world[0].district == self.district).tolist())


def make_institutions(model: Model, compounds: Compounds, institutions: Institutions) -> None:
    """Create everybody who serves `compounds` as agents of `model`, kind by kind in the tables' order."""
    counts: Iterable[tuple[type[Institution], int]] = (
        (PropertyFirm, len(institutions.firms)),
        (OwnersCommittee, len(compounds)),
        (ResidentsCommittee, len(institutions.committees)),
        (PoliceOfficer, len(institutions.beats)),
        (Town, len(institutions.towns)),
        (Department, len(institutions.districts) * len(DEPARTMENTS)),
    )
    for kind, count in counts:
        for row in range(count):
            kind(model, row)
