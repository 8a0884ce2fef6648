"""What changes in the property economy: households' fees, contracts, firms, effort and the compounds' books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.vocabulary import ACCOUNTS, SERVICES
from govsim.world.records import CONTRACT, FIRM, HOUSEHOLD
from govsim.world.tables import F64, I64
from govsim.world.world import World


@dataclass
class EconomyState:
    """Money is in fen (cents of a yuan), whole numbers, so that it balances to the cent."""

    households: np.ndarray  # records.HOUSEHOLD (households,)
    contracts: np.ndarray  # records.CONTRACT (compounds,)
    firms: np.ndarray  # records.FIRM (firms,)
    effort: F64  # (compounds, services) share of full service that is delivered, 0..1
    fee: I64  # (compounds,) fen per home and month
    accounts: I64  # (compounds, vocabulary.ACCOUNTS) fen; each row sums to zero
    billed: I64  # (compounds,) fen billed to households since the start
    written_off: I64  # (compounds,) fen of debts given up
    first_fund: I64  # (compounds,) fen: the maintenance fund's first balance
    repairs_due: I64  # (compounds,) fen that the fund owes for repairs done since the last settlement


def begin_economy(world: World) -> EconomyState:
    """The economy on the first day of the burn-in."""
    c, n = world.compounds, len(world.compounds)
    contracts = np.zeros(n, CONTRACT)
    contracts["firm"], contracts["vacant_until"], contracts["cost"] = c.firm, -1, 1.0
    return EconomyState(
        households=np.zeros(world.population.households, HOUSEHOLD),
        contracts=contracts,
        firms=np.zeros(len(world.institutions.firms), FIRM),
        effort=np.zeros((n, len(SERVICES))),
        fee=np.zeros(n, np.int64),
        accounts=np.zeros((n, len(ACCOUNTS)), np.int64),
        billed=np.zeros(n, np.int64),
        written_off=np.zeros(n, np.int64),
        first_fund=np.zeros(n, np.int64),
        repairs_due=np.zeros(n, np.int64),
    )
