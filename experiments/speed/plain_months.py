"""Months of property firms and quarters of committees in plain Python (mechanisms 5 and 6), in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.speed.plain_fees import collect
from experiments.speed.plain_service import serve

if TYPE_CHECKING:
    from experiments.speed.plain_mesa import PlainModel


def month(model: PlainModel) -> None:
    """Fees, repairs, service, contracts; then firms learn."""
    for compound in model.compounds:
        collect(compound)
    for compound in model.compounds:
        compound.books.settle_fund()
        serve(compound.contract)
    for compound in model.compounds:
        compound.contract.leave()
    for compound in model.compounds:
        compound.contract.tender()
    for firm in model.firms:
        firm.learn()
    for compound in model.compounds:
        compound.contract.lost_by = None


def quarter(model: PlainModel) -> None:
    """Residents' committees, then owners': they fall, are elected, watch, and vote where there is money to vote on."""
    for committee in model.committees:
        committee.quarter()
        committee.gather_experience()
    owners = [compound.owners for compound in model.compounds]
    for it in owners:
        it.fall()
    for it in owners:
        it.renew()
    for it in owners:
        it.supervise()
    if model.world.scenario.mechanisms.economy:
        for it in owners:
            it.put_firm()
        for it in owners:
            it.put_fund()
