"""Contracts between compounds and property firms: how they end, and how a new firm is found."""

from __future__ import annotations

import numpy as np

from govsim.kernels.books import FIRM, FUND, FUND_REPAIRS, HEAD_OFFICE, START_MONEY, SUPPLIERS, TO_HEAD_OFFICE, move
from govsim.kernels.compiled import compiled
from govsim.kernels.firms import scale_factor
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, normal, uniform

_MARKET = int(Process.MARKET)
LEAVE, GAP, BID, CHOOSE = 1, 2, 3, 4  # k of this process's draws

DISMISSED, LEFT = 0, 1  # vocabulary.FIRM_ENDINGS


@compiled
def end_contract(c, how, mean_gap, day, place, contracts, firms, households, accounts, written_off, flows):
    """A contract ends: the firm takes its money, its claims on households lapse, and there is none for a while."""
    contract, here = contracts[c], place[c]
    contract.former, contract.firm, contract.since = contract.firm, -1, day
    contract.start_money, contract.reds = 0, 0
    gap = -mean_gap * np.log(uniform(here.stream, _MARKET, GAP, 0, 0, day))
    contract.vacant_until = day + 1 + int(gap)
    firms[contract.former].lost += 1
    flows[c, SLOTS.firm_changes + how] += 1
    if accounts[c, FIRM] > 0:
        move(accounts[c], flows[c], FIRM, HEAD_OFFICE, TO_HEAD_OFFICE, accounts[c, FIRM])
    for h in range(here.household0, here.household0 + here.households):
        if households[h].balance < 0:
            written_off[c] -= households[h].balance
            households[h].balance = 0
        households[h].months_owed = 0
        households[h].sued = 0


@compiled
def leave(day, place, contracts, firms, alone, full, households, accounts, written_off, flows, p):
    """Firms leave compounds that lose money."""
    for c in range(place.shape[0]):
        f = contracts[c].firm
        if f < 0 or alone[c]:
            continue
        whole = full[c].sum() * contracts[c].cost * scale_factor(firms[f].homes, p)
        poor = contracts[c].income < p.leave_below * whole
        if poor and uniform(place[c].stream, _MARKET, LEAVE, 0, 0, day) < p.leave:
            end_contract(c, LEFT, p.gap_left, day, place, contracts, firms, households, accounts, written_off, flows)


@compiled
def bids(key, name, day, revenue, p):
    """Whether a firm bids: it makes something of the income that a compound has, in its own cost of full service."""
    return revenue * np.exp(p.bid_spread * normal(key, _MARKET, BID, name, 0, day)) >= p.bid_least


@compiled
def tender(day, place, contracts, firms, names, bidder0, bidders, full, oversight, accounts, levers, flows, p):
    """Compounds whose time without a firm is over choose one among the bidders of their town, if there are any.

    names (firms,): 32-bit name of a firm in draws; bidder0 (towns + 1,), bidders: firms that work in a town. The
    choice is a race with weights by reputation and size; reputation weighs more where owners look.
    """
    for c in range(place.shape[0]):
        contract, here = contracts[c], place[c]
        if contract.firm >= 0 or day < contract.vacant_until:
            continue
        best, winner = np.inf, -1
        one, end = bidder0[here.town], bidder0[here.town + 1]
        for k in range(one, end):
            f = bidders[k]
            if f == contract.former and end - one > 1:
                continue
            revenue = contract.income / (full[c].sum() * contract.cost * scale_factor(firms[f].homes, p))
            if not bids(here.stream, names[f], day, revenue, p):
                continue
            pull = np.exp((levers[c].economy_bid_reputation + p.bid_oversight * oversight[c]) * firms[f].reputation)
            pull *= (1.0 + firms[f].homes) ** p.bid_scale
            time = -np.log(uniform(here.stream, _MARKET, CHOOSE, names[f], 0, day)) / pull
            if time < best:
                best, winner = time, f
        if winner >= 0:
            _begin(c, winner, day, contract, firms, full, accounts, flows, p)


@compiled
def _begin(c, f, day, contract, firms, full, accounts, flows, p):
    """A firm takes over, with money of its own to begin with."""
    contract.firm, contract.since, contract.vacant_until = f, day, -1
    contract.start_money = int(p.start_months * full[c].sum() * contract.cost * scale_factor(firms[f].homes, p))
    firms[f].won += 1
    flows[c, SLOTS.contracts_won] += 1
    move(accounts[c], flows[c], HEAD_OFFICE, FIRM, START_MONEY, contract.start_money)


@compiled
def settle_fund(accounts, repairs_due, first_fund, fund, flows):
    """Pay from each maintenance fund what is due for large repairs, never more than it holds; `fund` is its share."""
    for c in range(accounts.shape[0]):
        due = min(repairs_due[c], max(0, accounts[c, FUND]))
        if due > 0:
            move(accounts[c], flows[c], FUND, SUPPLIERS, FUND_REPAIRS, due)
        repairs_due[c] = 0
        if first_fund[c] > 0:
            fund[c] = min(1.0, accounts[c, FUND] / first_fund[c])
