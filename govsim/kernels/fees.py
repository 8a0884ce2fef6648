"""Households decide whether to pay the property fee, and pay; once a month, in fen."""

from __future__ import annotations

import numpy as np

from govsim.kernels.books import COURT, COURT_COSTS, FEES, FEN, FIRM, HOUSEHOLDS, move
from govsim.kernels.compiled import compiled
from govsim.observe.slots import SLOTS
from govsim.randomness import Process, two_uniforms, uniform

_PAY = int(Process.PAY)
_SUE = int(Process.SUE)

ALWAYS, CONDITIONAL, NEVER = 0, 1, 2  # vocabulary.PAYER_TYPES


@compiled
def pay_logit(leaning, service, trust, others, months_owed, reminded, p):
    """Log odds that a household which decides pays: what it gets, whom it trusts, what others do, what it owes.

    service, trust: of the head of the household, 0..1; others: share of neighbours who pay; reminded: 0 or 1.
    """
    return (
        leaning
        + p.pay_service * (service - p.pay_service_reference)
        + p.pay_trust * (trust - p.pay_trust_reference)
        + p.pay_others * (others - p.pay_others_reference)
        - p.pay_arrears * months_owed / (months_owed + p.arrears_half)
        + p.pay_reminded * reminded
    )


@compiled
def payers(c0, c1, place, households, building_households, in_building, in_compound):
    """Shares of households in the habit of paying, by building and by compound, for compounds c0..c1."""
    for c in range(c0, c1):
        here = place[c]
        total = 0
        for b in range(here.building0, here.building0 + here.buildings):
            paying = 0
            for h in range(building_households[b], building_households[b + 1]):
                paying += households[h].pays
            in_building[b] = paying / max(1, building_households[b + 1] - building_households[b])
            total += paying
        in_compound[c] = total / max(1, here.households)


@compiled
def collect(
    c0, c1, day, place, building_households, household_residents, minds, households, contracts, fee, accounts, billed,
    written_off, in_building, in_compound, received, levers, flows, p,
):  # fmt: skip
    """A month's fees in compounds c0..c1: everybody is billed, some think again, those who pay pay; debts lapse.

    fee (compounds,): fen per home and month; in_building, in_compound: last month's shares of payers, see `payers`;
    received (compounds,): fen that reach the firm this month. Where there is no firm nobody is billed.
    """
    for c in range(c0, c1):
        received[c] = 0
        if contracts[c].firm < 0 or fee[c] <= 0:
            continue
        here, mine, count, charge = place[c], accounts[c], flows[c], fee[c]
        for b in range(here.building0, here.building0 + here.buildings):
            others = p.building_weight * in_building[b] + (1.0 - p.building_weight) * in_compound[c]
            for h in range(building_households[b], building_households[b + 1]):
                home, number = households[h], h - here.household0
                _decide(home, minds[household_residents[h]], others, here.stream, number, day, levers[c], count, p)
                home.balance -= charge
                paid = _payment(home, charge, here.stream, number, day, p)
                if home.months_owed >= p.sue_after or home.sued:
                    paid = _in_court(home, paid, here.stream, number, day, levers[c], mine, count, p)
                if paid > 0:
                    home.balance += paid
                    move(mine, count, HOUSEHOLDS, FIRM, FEES, paid)
                    received[c] += paid
                lapsed = -home.balance - int(p.limit_months) * charge
                if lapsed > 0:
                    home.balance += lapsed
                    written_off[c] += lapsed
                home.months_owed = min(255, max(0, -home.balance) // charge)
        billed[c] += charge * here.households
        count[SLOTS.fees_billed] += charge * here.households / FEN
        count[SLOTS.fees_paid] += received[c] / FEN


@compiled
def _decide(home, head, others, key, number, day, levers, flows, p):
    """The habit of the coming month: most keep theirs; reminders go to debtors and make them think again."""
    u, v = two_uniforms(key, _PAY, 0, number, 0, day)
    reminded = 0
    if home.months_owed > 0 and uniform(key, _PAY, 1, number, 0, day) < levers.economy_reminders:
        reminded = 1
        flows[SLOTS.reminders] += 1
    if home.payer == CONDITIONAL and (reminded or u < p.reconsider):
        x = pay_logit(home.leaning, head.service_felt, head.trust_firm, others, home.months_owed, reminded, p)
        home.pays = 1 if v < 1.0 / (1.0 + np.exp(-x)) else 0


@compiled
def _payment(home, charge, key, number, day, p):
    """Fen that a household pays this month of its own will: the fee, part of an old debt, or some months ahead."""
    due = -home.balance
    if home.pays == 0 or due <= 0:
        return 0
    old = due - charge
    if old > 0:
        return min(due, charge + int(np.ceil(p.repay * old)))
    if uniform(key, _PAY, 2, number, 0, day) < p.ahead:
        return due + int(p.ahead_months) * charge
    return due


@compiled
def _in_court(home, paid, key, number, day, levers, account, flows, p):
    """The firm sues who has owed for long; a judgement may order the household to pay all it owes. Returns what it pays.

    Where mediators are called first, a suit that they settle is never filed, and the household pays what it owes.
    """
    u, v = two_uniforms(key, _SUE, 0, number, 0, day)
    if home.sued:
        if u < 1.0 / p.court_months:
            home.sued = 0
            if v < p.court_order:
                return max(paid, -home.balance)
    elif u < p.sue and home.pays == 0:
        if levers.mediation_fees > 0.0:
            w, x = two_uniforms(key, _SUE, 1, number, 0, day)
            if w < levers.mediation_fees:
                flows[SLOTS.mediations] += 1
                if x < 1.0 / (1.0 + np.exp(-(p.mediation_level + p.mediator_skill + levers.mediation_skill))):
                    flows[SLOTS.mediations_settled] += 1
                    return max(paid, -home.balance)
        home.sued = 1
        flows[SLOTS.fee_suits] += 1
        move(account, flows, FIRM, COURT, COURT_COSTS, int(p.court_fee * FEN))
    return paid
