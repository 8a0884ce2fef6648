"""A property firm's month in each of its compounds: income, effort, wages, quality, condition; and what firms learn.

Effort e maximises log(1 - e) + B e: the first cuts save most, and B is what bad service puts at risk, in units of what
is saved. So e = 1 - 1/B, within what money allows.
"""

from __future__ import annotations

import numpy as np

from govsim.kernels.books import (
    AWARD,
    CUSTOMERS,
    FEN,
    FIRM,
    GOVERNMENT,
    HEAD_OFFICE,
    MATERIALS,
    PUBLIC_INCOME,
    STAFF,
    SUBSIDY,
    SUPPLIERS,
    TO_HEAD_OFFICE,
    WAGES,
    move,
)
from govsim.kernels.compiled import compiled
from govsim.randomness import Process, normal

_MARKET = int(Process.MARKET)
COST_DRAW = 0  # k of this process's draws; contracts.py uses the next ones


@compiled
def scale_factor(homes, p):
    """Cost of service relative to the standard, by the homes that a firm looks after."""
    return (max(1.0, homes) / p.scale_homes) ** -p.scale


@compiled
def prospects(revenue, potential, risk, oversight, conflict, award, p):
    """B: what bad service puts at risk, in units of what it saves.

    revenue, potential: income now and if everybody paid, in costs of full service; risk: the firm's belief that bad
    service loses a contract; oversight, conflict: of the owners' committee, 0..1; award: share of the full award.
    """
    value = p.contract_months * max(0.0, revenue - p.contract_least)
    watched = risk + oversight * oversight + p.bargain * conflict + p.award_oversight * award
    return p.prospect_risk * watched * value + p.prospect_name * potential + p.prospect_award * award


@compiled
def wanted_effort(at_risk, revenue, p):
    """The effort that pays best, within what money allows; 0..1."""
    best = 1.0 - 1.0 / max(at_risk, 1.0)
    return min(1.0, max(p.least_effort, min(best, revenue - p.margin)))


@compiled
def share_out(mean, weights, tilt, effort):
    """Split effort over services by `weights` (sum 1), in place; its mean stays `mean` and no service is above one."""
    n = effort.shape[0]
    most = 0.0
    for s in range(n):
        most = max(most, tilt * (weights[s] * n - 1.0))
    room = min(1.0, (1.0 - mean) / max(mean * most, 1e-12))
    for s in range(n):
        effort[s] = min(1.0, mean * (1.0 + room * tilt * (weights[s] * n - 1.0)))


@compiled
def month(
    day, place, contracts, firms, alone, full, potential, public, homes, accounts, received, effort, quality,
    condition, fund, oversight, conflict, wishes, desks, desk0, levers, flows, p,
):  # fmt: skip
    """One month of service in every compound, in place.

    alone (n,): manages itself; full (n, services), potential (n,), public (n,): fen a month that full service costs at
    standard cost, that comes in if everybody pays, and that common parts bring; homes (n,); received (n,): fees of the
    month in fen; wishes (n, services): shares of what residents complain about, as the firm weighs it; desk0: first
    row of firms' desks.
    """
    for c in range(place.shape[0]):
        contract = contracts[c]
        contract.cost += p.cost_return * (1.0 - contract.cost)
        contract.cost += p.cost_shock * normal(place[c].stream, _MARKET, COST_DRAW, 0, 0, day)
        f, level = contract.firm, contract.cost
        if f >= 0 and alone[c] == 0:
            level *= scale_factor(firms[f].homes * levers[c].economy_merged, p)
        whole = full[c].sum() * level
        if f < 0:
            effort[c, :] = p.emergency
            need = int(whole * p.emergency) + 1
            move(accounts[c], flows[c], GOVERNMENT, FIRM, SUBSIDY, need)
            _pay_staff(full[c], level, effort[c], need, accounts[c], flows[c], p)
        else:
            good = quality[c].mean()
            income = received[c] + _other_income(public[c], whole, good, homes[c], levers[c], accounts[c], flows[c], p)
            contract.income += p.income_memory * (income - contract.income)
            revenue = contract.income / whole
            goal = min(1.0, max(p.least_effort, revenue))  # who manages itself spends what it has
            if alone[c] == 0:
                risk = min(1.0, firms[f].risk + p.red_risk * min(1, contract.reds))
                b = prospects(revenue, potential[c] / whole, risk, oversight[c], conflict[c], levers[c].economy_award, p)
                goal = wanted_effort(b, revenue, p)
                if contract.start_money > 0 and day - contract.since <= p.start_limit:
                    goal = max(goal, p.start_effort)
            mean = effort[c].mean()
            share_out(mean + p.effort_step * (goal - mean), wishes[c], levers[c].economy_tilt, effort[c])
            _balance(contract, full[c], level, whole, income, effort[c], accounts[c], flows[c], p)
        desks[desk0 + c].staffing = (p.desk_least + (1.0 - p.desk_least) * effort[c].mean()) / (
            p.desk_least + (1.0 - p.desk_least) * p.reference_effort
        )
        _achieve(effort[c], quality[c], condition, c, fund[c], levers[c].economy_skill, p)


@compiled
def _other_income(public, whole, service, homes, levers, account, flows, p):
    """Fen that come in beside fees: from common parts, as an award for good service, as a subsidy."""
    award = int(levers.economy_award * p.award_share * service * whole)
    subsidy = int(levers.economy_subsidy * FEN * homes)
    move(account, flows, CUSTOMERS, FIRM, PUBLIC_INCOME, public)
    move(account, flows, GOVERNMENT, FIRM, AWARD, award)
    move(account, flows, GOVERNMENT, FIRM, SUBSIDY, subsidy)
    return public + award + subsidy


@compiled
def _balance(contract, full, level, whole, income, effort, account, flows, p):
    """Pay for the effort as far as money goes, with the head office's help; what is over goes to the head office."""
    outlay = (full * effort).sum() * level
    money = account[FIRM]
    lacking = int(outlay) + 1 - money
    if lacking > 0:
        help_ = min(lacking, int(p.support * whole))
        move(account, flows, HEAD_OFFICE, FIRM, TO_HEAD_OFFICE, help_)
        money += help_
        if money < outlay:
            effort *= max(0.0, money) / outlay
    _pay_staff(full, level, effort, max(0, money), account, flows, p)
    extra = int(outlay - income + p.margin * whole)
    contract.start_money = max(0, contract.start_money - max(0, extra))
    over = account[FIRM] - contract.start_money - int(p.working_balance * whole)
    if over > 0:
        move(account, flows, FIRM, HEAD_OFFICE, TO_HEAD_OFFICE, over)


@compiled
def _pay_staff(full, level, effort, money, account, flows, p):
    """Wages and materials for the effort of the month, at most `money` fen."""
    spent = min(money, int((full * effort).sum() * level))
    materials = int(p.materials * spent)
    move(account, flows, FIRM, STAFF, WAGES, spent - materials)
    move(account, flows, FIRM, SUPPLIERS, MATERIALS, materials)


@compiled
def _achieve(effort, quality, condition, c, fund, skill, p):
    """Quality follows effort, skill and the state of the compound; condition follows quality and the fund, slowly."""
    able = skill * (p.quality_least + p.quality_condition * condition[c])
    for s in range(quality.shape[0]):
        goal = min(1.0, effort[s] * able)
        quality[s] += p.quality_step * (goal - quality[s])
    change = p.condition_step * (quality.mean() - p.condition_reference)
    change += p.condition_fund_up if fund > p.fund_mark else -p.condition_fund_down
    condition[c] = min(1.0, max(0.0, condition[c] + change))


@compiled
def hear(problems, n, service, property_kind, oversight, wishes):
    """What the firm is asked for, into `wishes` (compounds, services), shares that sum to one.

    It hears of property problems that somebody complained about; with oversight also of those that owners see.
    """
    wishes[:] = 1.0
    for i in range(n):
        it = problems[i]
        if it.gone == 0 and property_kind[it.kind]:
            weight = oversight[it.compound] + (1.0 - oversight[it.compound]) * (1.0 if it.known else 0.0)
            wishes[it.compound, service[it.kind]] += weight * it.severity
    for c in range(wishes.shape[0]):
        wishes[c] /= wishes[c].sum()


@compiled
def learn(contracts, alone, quality, homes, lost, town, firms, of_town, towns_of, p):
    """Firms learn from contracts that were lost to votes: their own, and (less) others' in their towns.

    lost (n,): row of the firm that lost the contract of this compound this month, else -1; of_town (firms + 1,) and
    towns_of: the towns that a firm works in; its reputation follows the quality of its compounds.
    """
    m, t = firms.shape[0], 0
    for c in range(town.shape[0]):
        t = max(t, town[c] + 1)
    held, good, mine = np.zeros(m), np.zeros(m), np.zeros(m)
    in_town, lost_in_town = np.zeros(t), np.zeros(t)
    firms.homes[:] = 0
    for c in range(contracts.shape[0]):
        f = contracts[c].firm
        if alone[c]:
            continue
        in_town[town[c]] += 1.0
        if lost[c] >= 0:
            mine[lost[c]] += 1.0
            lost_in_town[town[c]] += 1.0
        if f >= 0:
            held[f] += 1.0
            good[f] += quality[c].mean()
            firms[f].homes += homes[c]
    for f in range(m):
        there, gone = 0.0, 0.0
        for k in range(of_town[f], of_town[f + 1]):
            there += in_town[towns_of[k]]
            gone += lost_in_town[towns_of[k]]
        own = mine[f] / max(1.0, held[f] + mine[f])
        seen = max(0.0, gone - mine[f]) / max(1.0, there)
        it = firms[f]
        it.risk += p.risk_fade * (p.risk_prior - it.risk)
        it.risk = min(1.0, it.risk + (1.0 - it.risk) * (p.risk_own * own + p.risk_seen * seen))
        if held[f] > 0.0:
            it.reputation += p.reputation_step * (good[f] / held[f] - it.reputation)
        it.reputation = max(0.0, it.reputation - p.reputation_lost * own)
