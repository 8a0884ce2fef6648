"""The compounds' books: every payment takes from one account what it adds to another, in fen."""

from __future__ import annotations

from govsim.kernels.compiled import compiled
from govsim.observe.slots import SLOTS

# Columns of a row of accounts: vocabulary.ACCOUNTS.
HOUSEHOLDS, FIRM, FUND, STAFF, SUPPLIERS, CUSTOMERS, GOVERNMENT, COURT, HEAD_OFFICE = range(9)

# What a payment is for: vocabulary.PURPOSES.
FEES, WAGES, MATERIALS, PUBLIC_INCOME, FUND_REPAIRS, FUND_RAISED, AWARD, SUBSIDY, COURT_COSTS, TO_HEAD_OFFICE, START_MONEY = (
    range(11)
)

FEN = 100.0  # a yuan


@compiled
def move(account, flows, source, target, purpose, amount):
    """Move `amount` fen between two accounts of one compound, and count it in yuan by purpose."""
    account[source] -= amount
    account[target] += amount
    flows[SLOTS.money + purpose] += amount / FEN
