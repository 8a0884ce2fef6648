"""A property firm's month in a compound, in plain Python (mechanism 5): it takes in, chooses its effort, pays, achieves.

Effort e is where log(1 - e) + B e is largest, B being what bad service puts at risk: e = 1 - 1 / B, if money allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.speed.plain_books import FEN
from experiments.speed.plain_draws import normal
from experiments.speed.plain_firms import COST, Contract
from govsim.processes.problems import SERVICE_OF
from govsim.randomness import Process
from govsim.vocabulary import PROPERTY_KINDS, SERVICES

if TYPE_CHECKING:
    from experiments.speed.plain_compounds import Compound


def serve(contract: Contract) -> None:
    """One month."""
    compound, p = contract.compound, contract.compound.p.economy
    shock = normal(*compound.draw_two(Process.MARKET, COST, 0))
    contract.cost += p.cost_return * (1.0 - contract.cost)
    contract.cost += p.cost_shock * shock
    firm = contract.firm
    level = contract.cost * (firm.cheaper(compound.levers.economy_merged) if firm and not contract.alone else 1.0)
    whole = sum(contract.full.values()) * level
    if firm is None:
        emergency(contract, level, whole)
    else:
        income = contract.received + other_income(contract, whole)
        contract.income += p.income_memory * (income - contract.income)
        goal = wanted_effort(contract, whole)
        if contract.start_money > 0 and compound.model.day - contract.since <= p.start_limit and not contract.alone:
            goal = max(goal, p.start_effort)
        mean = mean_effort(contract)
        share_out(contract, mean + p.effort_step * (goal - mean), wishes(compound))
        balance(contract, level, whole, income)
    manned = p.desk_least + (1.0 - p.desk_least) * mean_effort(contract)
    usual = p.desk_least + (1.0 - p.desk_least) * p.reference_effort
    compound.desk("firm", compound.buildings[0]).staffing = manned / usual
    achieve(contract)


def mean_effort(contract: Contract) -> float:
    """Share of full service that is delivered, over services."""
    return float(sum(contract.effort.values()) / len(contract.effort))


def emergency(contract: Contract, level: float, whole: float) -> None:
    """Where there is no firm the government pays for the most urgent."""
    p = contract.compound.p.economy
    contract.effort = dict.fromkeys(SERVICES, p.emergency)
    need = int(whole * p.emergency) + 1
    contract.compound.books.move("government", "firm", "subsidy", need)
    pay_staff(contract, level, need)


def other_income(contract: Contract, whole: float) -> int:
    """Beside fees: from common parts, an award for good service, a subsidy."""
    compound, books = contract.compound, contract.compound.books
    award = int(compound.levers.economy_award * compound.p.economy.award_share * compound.service * whole)
    subsidy = int(compound.levers.economy_subsidy * FEN * compound.dwellings)
    books.move("customers", "firm", "public_income", contract.public)
    books.move("government", "firm", "award", award)
    books.move("government", "firm", "subsidy", subsidy)
    return int(contract.public + award + subsidy)


def wanted_effort(contract: Contract, whole: float) -> float:
    """The effort that pays best, within what money allows; who manages himself spends what there is."""
    compound, p, revenue = contract.compound, contract.compound.p.economy, contract.income / whole
    if contract.alone:
        return float(min(1.0, max(p.least_effort, revenue)))
    assert contract.firm is not None
    award, oversight = compound.levers.economy_award, compound.oversight
    worth = p.contract_months * max(0.0, revenue - p.contract_least)
    risk = min(1.0, contract.firm.risk + compound.p.assessment.red_risk * min(1, contract.reds))
    watched = risk + oversight**2 + p.bargain * compound.owners.conflict_firm + p.award_oversight * award
    at_risk = p.prospect_risk * watched * worth + p.prospect_name * contract.potential / whole + p.prospect_award * award
    best = 1.0 - 1.0 / max(1.0, at_risk)
    return float(min(1.0, max(p.least_effort, min(best, revenue - p.margin))))


def wishes(compound: Compound) -> dict[str, float]:
    """What the firm is asked for, by service: complaints on property; what owners see as far as they watch it."""
    asked = dict.fromkeys(SERVICES, 1.0)
    for it in compound.problems:
        if it.kind in PROPERTY_KINDS and not it.gone:
            heard = 1.0 if it.known else compound.oversight
            asked[SERVICE_OF.get(it.kind, "order")] += heard * it.severity
    total = sum(asked.values())
    return {service: weight / total for service, weight in asked.items()}


def share_out(contract: Contract, mean: float, asked: dict[str, float]) -> None:
    """Tilt effort towards what is asked for; the mean stays, and none goes above one."""
    tilts = {s: contract.compound.levers.economy_tilt * (share * len(asked) - 1.0) for s, share in asked.items()}
    room = min(1.0, (1.0 - mean) / max(mean * max(0.0, *tilts.values()), 1e-12))
    contract.effort = {s: min(1.0, mean * (1.0 + room * tilt)) for s, tilt in tilts.items()}


def outlay(contract: Contract, level: float) -> float:
    """What the effort costs."""
    return float(sum(contract.full[s] * contract.effort[s] for s in SERVICES) * level)


def balance(contract: Contract, level: float, whole: float, income: int) -> None:
    """Pay as far as money goes, with the head office's help; what is over goes to the head office."""
    p, books = contract.compound.p.economy, contract.compound.books
    needed, money = outlay(contract, level), books.accounts["firm"]
    lacking = int(needed) + 1 - money
    if lacking > 0:
        helped = min(lacking, int(p.support * whole))
        books.move("head_office", "firm", "head_office", helped)
        money += helped
        if money < needed:
            contract.effort = {s: e * max(0.0, money) / needed for s, e in contract.effort.items()}
    pay_staff(contract, level, max(0, money))
    extra = int(needed - income + p.margin * whole)
    contract.start_money = max(0, contract.start_money - max(0, extra))
    over = books.accounts["firm"] - contract.start_money - int(p.working_balance * whole)
    if over > 0:
        books.move("firm", "head_office", "head_office", over)


def pay_staff(contract: Contract, level: float, money: int) -> None:
    """Wages and materials, at most `money`."""
    spent = min(money, int(outlay(contract, level)))
    materials = int(contract.compound.p.economy.materials * spent)
    contract.compound.books.move("firm", "staff", "wages", spent - materials)
    contract.compound.books.move("firm", "suppliers", "materials", materials)


def achieve(contract: Contract) -> None:
    """Quality follows effort, skill and the compound's state, which follows quality and the fund, slowly."""
    compound, p = contract.compound, contract.compound.p.economy
    able = compound.levers.economy_skill * (p.quality_least + p.quality_condition * compound.condition)
    for service, effort in contract.effort.items():
        compound.quality[service] += p.quality_step * (min(1.0, effort * able) - compound.quality[service])
    change = p.condition_step * (compound.service - p.condition_reference)
    change += p.condition_fund_up if compound.fund > p.fund_mark else -p.condition_fund_down
    compound.condition = min(1.0, max(0.0, compound.condition + change))
