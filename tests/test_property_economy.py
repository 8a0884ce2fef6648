"""The property economy: who pays, what firms do with the money, how contracts end, and that no fen is lost."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from govsim.kernels import books, contracts, fees, firms
from govsim.processes.property_economy import PropertyEconomy
from govsim.programmes.levers import at_rest
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import ACCOUNTS, PAYER_TYPES, PURPOSES
from govsim.world.records import CONTRACT, FIRM
from govsim.world.state import State, begin
from govsim.world.world import World, build
from tests.small_world import little, near, today
from tests.worlds import burned, differing, flow, programme, run_bits

ALWAYS, CONDITIONAL, NEVER = range(3)


def test_accounts_and_purposes_have_the_words_of_the_vocabulary() -> None:
    """Notices an account or a purpose that kernels and vocabulary number differently."""
    for k, name in enumerate(ACCOUNTS):
        assert getattr(books, name.upper()) == k
    special = {"head_office": "TO_HEAD_OFFICE"}
    for k, name in enumerate(PURPOSES):
        assert getattr(books, special.get(name, name.upper())) == k
    assert tuple(map(PAYER_TYPES.index, ("always", "conditional", "never"))) == (fees.ALWAYS, fees.CONDITIONAL, fees.NEVER)


def in_books(state: State) -> np.ndarray:
    """What households' balances should add up to by compound, from the compounds' books."""
    e = state.economy
    return np.asarray(-e.accounts[:, ACCOUNTS.index("households")] - e.billed + e.written_off)


def balances(world: World, state: State) -> np.ndarray:
    owner = np.repeat(np.arange(len(world.place)), world.place["households"])
    return np.bincount(owner, state.economy.households["balance"].astype(float), len(world.place))


# ---- households --------------------------------------------------------------------------------------------------


def paying_after_a_month(service: float, trust: float, kind: int, months: int = 0, **values: Any) -> tuple[np.ndarray, Any, Any]:
    """One month in which everybody thinks again; returns who pays, the world and the state."""
    world = little(residents=3000, economy__reconsider=1.0, economy__pay_spread=0.0, economy__ahead=0.0, **values)
    state = begin(world)
    homes = state.economy.households
    homes["payer"] = kind
    homes["pays"] = np.arange(len(homes)) % 10 < 7
    homes["months_owed"], homes["balance"] = months, -months * state.economy.fee[0]
    state.minds["service_felt"], state.minds["trust_firm"] = service, trust
    PropertyEconomy(world.parameters).collect(world, state, today(world))
    return np.asarray(homes["pays"]), world, state


@pytest.mark.parametrize(("service", "trust", "months"), [(0.45, 0.37, 0), (0.7, 0.6, 0), (0.6, 0.55, 7)])
def test_share_of_deciding_households_that_pay(service: float, trust: float, months: int) -> None:
    """Notices a lost term or a wrong sign or reference in the logit, and neighbours seen at the wrong weight."""
    pays, world, _state = paying_after_a_month(service, trust, CONDITIONAL, months, economy__reminders=0.0)
    p, here = world.parameters, world.place[0]
    level = p["economy.pay_level"][world.compounds.type[0]]
    expected = []
    was = np.arange(here["households"]) % 10 < 7
    starts = world.population.building_households
    for b in range(here["buildings"]):
        rows = was[starts[b] : starts[b + 1]]
        others = p["economy.building_weight"] * rows.mean() + (1 - p["economy.building_weight"]) * was.mean()
        x = (
            level + 3.5 * (service - 0.6) + 5.0 * (trust - 0.5) + 4.0 * (others - 0.7)
            - p["economy.pay_arrears"] * months / (months + p["economy.arrears_half"])
        )  # fmt: skip
        expected += [1 / (1 + math.exp(-x))] * len(rows)
    mean = float(np.mean(expected))
    assert near(pays, mean, math.sqrt(mean * (1 - mean)))
    assert 0.1 < mean < 0.95


def test_two_kinds_of_payer_do_not_decide() -> None:
    """Notices payers of fixed kind that follow service or trust."""
    for kind, kept in ((ALWAYS, 0), (NEVER, 1)):
        pays, _, _state = paying_after_a_month(0.99 * (1 - kept), 0.01 + 0.9 * kept, kind)
        assert (pays == (np.arange(len(pays)) % 10 < 7)).all()


def test_a_reminder_makes_debtors_think_again_and_pay_more_readily() -> None:
    """Notices reminders that go to those who owe nothing, are not counted, or do not work."""
    shares = []
    for dose in (0.0, 1.0):
        pays, _, state = paying_after_a_month(0.5, 0.45, CONDITIONAL, 3, economy__reminders=dose)
        shares.append(pays.mean())
        assert flow(state.flows[0], "reminders") == dose * len(pays)
    _, _world, state = paying_after_a_month(0.5, 0.45, CONDITIONAL, 0, economy__reminders=1.0)
    assert flow(state.flows[0], "reminders") == 0
    assert 0.06 < shares[1] - shares[0] < 0.13  # a quarter times half a log unit


def plain_payment(balance: int, charge: int, pays: bool, repay: float) -> int:
    """What a household pays after the bill, in plain words (nobody pays ahead)."""
    due = -(balance - charge)
    if not pays or due <= 0:
        return 0
    return due if due <= charge else min(due, charge + math.ceil(repay * (due - charge)))


def test_payments_are_those_of_the_plain_rule() -> None:
    """Notices a fee paid twice, an old debt paid at the wrong rate, and somebody who pays although paid ahead."""
    world = little(economy__reconsider=0.0, economy__ahead=0.0, economy__sue=0.0, economy__reminders=0.0, economy__repay=0.13)
    state = begin(world)
    e, charge = state.economy, int(state.economy.fee[0])
    n = len(e.households)
    e.households["balance"] = (np.arange(n) * 7919) % (42 * charge) - 39 * charge
    before = e.households.copy()
    PropertyEconomy(world.parameters).collect(world, state, today(world))
    total = lapsed = 0
    for h in range(n):
        paid = plain_payment(int(before["balance"][h]), charge, bool(before["pays"][h]), 0.13)
        left = int(before["balance"][h]) - charge + paid
        total += paid
        lapsed += max(0, -left - 36 * charge)
        left = max(left, -36 * charge)
        assert e.households["balance"][h] == left
        assert e.households["months_owed"][h] == max(0, -left) // charge
    assert e.accounts[0, books.FIRM] == total > 0
    assert e.written_off[0] == lapsed > 0
    assert flow(state.flows[0], "fees_paid") == pytest.approx(total / 100, rel=1e-9)
    assert flow(state.flows[0], "fees_billed") == pytest.approx(n * charge / 100, rel=1e-9)


def test_courts_make_debtors_pay() -> None:
    """Notices suits against those who owe little, no court fee, and judgements that move no money."""
    world = little(economy__sue=1.0, economy__court_months=1.0, economy__court_order=1.0, economy__reminders=0.0)
    state, process = begin(world), PropertyEconomy(world.parameters)
    e, charge = state.economy, int(state.economy.fee[0])
    e.households["pays"], e.households["payer"] = 0, NEVER
    e.households["months_owed"] = np.where(np.arange(len(e.households)) % 2, 17, 18)
    e.households["balance"] = -charge * e.households["months_owed"].astype(int)
    process.collect(world, state, today(world))
    sued = e.households["sued"] == 1
    assert np.array_equal(sued, np.arange(len(sued)) % 2 == 0)
    assert flow(state.flows[0], "fee_suits") == sued.sum()
    assert e.accounts[0, books.COURT] == 5000 * sued.sum()
    state.day = 30
    process.collect(world, state, today(world))
    assert (e.households["balance"][sued] == 0).all()
    paid_in = e.accounts[0, books.FUND]  # the fund's first balance came from households too
    assert e.accounts[0, books.HOUSEHOLDS] == -20 * charge * sued.sum() - paid_in


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_mediators_are_called_before_the_court(share: float) -> None:
    """Notices suits that are filed although they were settled, mediation of those whom nobody would sue, and lost money."""
    world = little(residents=20_000, economy__sue=0.5, economy__reminders=0.0)
    state, process, v = begin(world), PropertyEconomy(world.parameters), world.parameters
    e, charge = state.economy, int(state.economy.fee[0])
    e.households["pays"], e.households["payer"] = 0, NEVER
    e.households["months_owed"] = np.where(np.arange(len(e.households)) % 4, 18, 17)
    e.households["balance"] = -charge * e.households["months_owed"].astype(int)
    levers = at_rest(v, 1)
    levers["mediation_fees"], levers["mediation_skill"] = share, 0.2
    unbooked = balances(world, state) - in_books(state)
    process.collect(world, state, today(world, levers))
    debtors = np.arange(len(e.households)) % 4 > 0
    logit = v["casework.mediation_level"] + v["casework.mediator_skill"] + 0.2
    settles = share / (1 + math.exp(-logit))
    assert near(e.households["balance"][debtors] == 0, 0.5 * settles)
    assert near(e.households["sued"][debtors] == 1, 0.5 * (1 - settles))
    assert not (e.households["sued"][~debtors] == 1).any()
    assert (e.households["balance"][~debtors] < 0).all()
    assert flow(state.flows[0], "fee_suits") == (e.households["sued"] == 1).sum()
    assert flow(state.flows[0], "mediations_settled") == (e.households["balance"] == 0).sum()
    assert near(np.arange(debtors.sum()) < flow(state.flows[0], "mediations"), 0.5 * share)
    assert np.array_equal(balances(world, state) - in_books(state), unbooked)


# ---- firms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revenue", "potential", "risk", "w", "conflict", "award"),
    [(0.9, 1.06, 0.2, 0.75, 0.1, 0.0), (0.75, 1.1, 0.3, 0.3, 0.4, 0.0), (0.97, 1.3, 0.1, 0.12, 0.0, 0.7)],
)
def test_effort_is_what_pays_best(revenue: float, potential: float, risk: float, w: float, conflict: float, award: float) -> None:
    """Notices a wrong optimum or a term of what is at risk that is lost: the stated payoff is maximised by brute force."""
    world = little()
    p, v = PropertyEconomy(world.parameters).service, world.parameters
    at_risk = (
        v["economy.prospect_risk"] * (risk + w**2 + v["economy.bargain"] * conflict + v["economy.award_oversight"] * award)
        * v["economy.contract_months"] * (revenue - v["economy.contract_least"])
        + v["economy.prospect_name"] * potential + v["economy.prospect_award"] * award
    )  # fmt: skip
    got = firms.prospects(revenue, potential, risk, w, conflict, award, p)
    assert got == pytest.approx(at_risk, rel=1e-12)
    grid = np.linspace(0.0, 0.9999, 200_001)
    best = grid[np.argmax(np.log(1 - grid) + at_risk * grid)]
    assert firms.wanted_effort(got, 10.0, p) == pytest.approx(best, abs=1e-4)
    assert firms.wanted_effort(got, 0.5, p) == pytest.approx(0.5 - v["economy.margin"], rel=1e-12)  # money binds
    assert firms.wanted_effort(got, 0.1, p) == v["economy.least_effort"]
    poor = firms.prospects(v["economy.contract_least"] - 0.1, potential, risk, w, conflict, 0.0, p)
    assert poor == pytest.approx(v["economy.prospect_name"] * potential, rel=1e-12)  # the contract is worth nothing


def test_a_merged_firm_works_at_the_cost_of_its_size() -> None:
    """Notices a merger that no cost follows, or one whose gain is not that of `scale`."""
    world = little(residents=1500, economy__cost_shock=0.0, economy__prospect_name=0.0)
    process, p = PropertyEconomy(world.parameters), world.parameters
    effort = {}
    for merged, income in ((1.0, 0.9), (16.0, 0.9), (16.0, 0.9 * 16.0 ** -p["economy.scale"])):
        state, levers = begin(world), at_rest(p, 1)
        levers["economy_merged"] = merged
        e = state.economy
        e.firms["homes"], e.firms["risk"], state.self_rule.oversight[:] = 5000, 0.4, 0.6
        e.contracts["income"] = income * process.rates(world).full[0].sum()
        process._received = np.array([round(e.contracts["income"][0])])
        process.rates(world).public[:] = 0
        e.accounts[0, books.FIRM] = 10**10  # money at hand does not bind
        process.serve(world, state, today(world, levers))
        effort[merged, income < 0.9] = float(e.effort[0].mean())
    assert effort[16.0, True] == pytest.approx(effort[1.0, False], rel=1e-6)
    assert effort[16.0, False] > 1.005 * effort[1.0, False]


@pytest.mark.parametrize("mean", [0.25, 0.62, 0.97])
def test_effort_is_shared_out_by_wishes(mean: float) -> None:
    """Notices a split that loses effort, exceeds full service, or goes against what is asked for."""
    weights = np.array([0.5, 0.2, 0.05, 0.15, 0.1])
    effort = np.zeros(5)
    firms.share_out(mean, weights, 0.5, effort)
    assert effort.mean() == pytest.approx(mean, rel=1e-12)
    assert (effort >= 0).all()
    assert effort.max() <= 1 + 1e-12
    assert np.array_equal(np.argsort(effort), np.argsort(weights))


def test_quality_has_its_half_life() -> None:
    """Notices a wrong step, a lost skill or condition, and quality that follows the mean of services instead of each."""
    world = little()
    p, v = PropertyEconomy(world.parameters).service, world.parameters
    effort, quality = np.array([0.3, 0.5, 0.7, 0.9, 0.6]), np.full((1, 5), 0.2)
    condition = np.array([0.4])
    able = 1.1 * (v["economy.quality_least"] + v["economy.quality_condition"] * 0.4)
    for month in range(1, 5):
        condition[0] = 0.4
        firms._achieve(effort, quality[0], condition, 0, 0.5, 1.1, p)
        left = (1 - v["economy.quality_step"]) ** month
        assert quality[0] == pytest.approx(effort * able + (0.2 - effort * able) * left, rel=1e-12)
    fund = {}
    for share in (0.29, 0.31):
        condition[0] = 0.4
        firms._achieve(effort, quality[0].copy(), condition, 0, share, 1.1, p)
        fund[share] = condition[0]
    step = v["economy.condition_fund_up"] + v["economy.condition_fund_down"]
    assert fund[0.31] - fund[0.29] == pytest.approx(step, rel=1e-9)


def test_firms_learn_most_from_their_own_losses() -> None:
    """Notices risk that ignores losses, weighs others' like own ones, crosses towns, or never fades."""
    world = little(compounds=6, residents=1200)
    process = PropertyEconomy(world.parameters)
    p, v = process.service, world.parameters
    held, firm = np.zeros(6, CONTRACT), np.zeros(4, FIRM)
    held["firm"] = [0, 0, 1, 1, 2, 3]
    firm["risk"], firm["reputation"] = 0.3, 0.6
    held["firm"][0] = -1
    lost = np.array([0, -1, -1, -1, -1, -1], np.int32)
    town = np.array([0, 0, 0, 0, 0, 1], np.int32)
    quality = np.full((6, 5), 0.7)
    of_town, towns = np.array([0, 1, 2, 3, 4]), np.array([0, 0, 0, 1], np.int32)
    firms.learn(held, np.zeros(6, np.uint8), quality, np.full(6, 100, np.int32), lost, town, firm, of_town, towns, p)
    faded = 0.3 + v["economy.risk_fade"] * (v["economy.risk_prior"] - 0.3)
    own = faded + (1 - faded) * v["economy.risk_own"] / 2
    seen = faded + (1 - faded) * v["economy.risk_seen"] / 5
    assert firm["risk"] == pytest.approx([own, seen, seen, faded], rel=1e-12)
    rated = 0.6 + v["economy.reputation_step"] * 0.1
    assert firm["reputation"] == pytest.approx([rated - v["economy.reputation_lost"] / 2, rated, rated, rated], rel=1e-12)
    assert firm["homes"].tolist() == [100, 200, 100, 100]


def test_a_contract_that_ends_leaves_no_claims_and_a_gap() -> None:
    """Notices debts that outlive the firm, prepaid fees that are lost, money left behind, and a gap that nobody counts."""
    world = little(compounds=2, residents=900)
    state, process = begin(world), PropertyEconomy(world.parameters)
    e = state.economy
    for _ in range(3):
        state.day += 30
        process.collect(world, state, today(world))
        process.serve(world, state, today(world))
    before = e.households["balance"].copy()
    contracts.end_contract(
        1, contracts.DISMISSED, 45.0, state.day, world.place, e.contracts, e.firms, e.households, e.accounts, e.written_off,
        state.flows,
    )  # fmt: skip
    mine = slice(world.place["household0"][1], None)
    assert (before[mine] < 0).any()
    assert (before[mine] > 0).any()
    assert np.array_equal(e.households["balance"][mine], np.maximum(before[mine], 0))
    assert np.array_equal(e.households["balance"][: mine.start], before[: mine.start])
    assert e.accounts[1, books.FIRM] == 0
    assert e.contracts["firm"].tolist() == [0, -1]
    assert e.contracts["vacant_until"][1] > state.day
    assert np.array_equal(balances(world, state), in_books(state))
    assert flow(state.flows, "firm_changes", "dismissed").tolist() == [0, 1]
    process.count_gaps(world, state, today(world))
    assert flow(state.flows, "days_without_firm").tolist() == [0, 1]


def test_an_empty_gap_is_filled_by_who_bids() -> None:
    """Notices a tender before its day, without money to begin with, or by firms for a compound that cannot pay."""
    world = little(compounds=2, residents=900)
    state, process = begin(world), PropertyEconomy(world.parameters)
    e = state.economy
    for c in range(2):
        contracts.end_contract(
            c, contracts.LEFT, 1.0, 10, world.place, e.contracts, e.firms, e.households, e.accounts, e.written_off, state.flows
        )
    e.contracts["vacant_until"] = 60
    e.contracts["income"][0] = 0.2 * process.rates(world).full[0].sum()
    state.day = 59
    process.contract(world, state, today(world))
    assert (e.contracts["firm"] == -1).all()
    state.day = 61
    process.contract(world, state, today(world))
    assert e.contracts["firm"].tolist() == [-1, 0]
    whole = process.rates(world).full[1].sum() * firms.scale_factor(0, process.market)
    assert e.contracts["start_money"][1] == pytest.approx(world.parameters["economy.start_months"] * whole, rel=1e-6)
    assert e.accounts[1, books.FIRM] == e.contracts["start_money"][1]
    assert (e.accounts.sum(1) == 0).all()


# ---- what is conserved ---------------------------------------------------------------------------------------------


@pytest.mark.full
def test_no_fen_is_lost_in_ten_years() -> None:
    """Notices money that is made or lost, a household that changes kind, a fund below zero, and an unpaid repair."""
    sim = Simulation(build(load_scenario("classroom", changes={"time.burn_in_years": 0.0, "time.horizon_days": 3650})))
    kinds = sim.state.economy.households["payer"].copy()
    for _ in range(120):
        for _ in range(30):
            sim.step()
        e = sim.state.economy
        assert (e.accounts.sum(1) == 0).all()
        assert np.array_equal(balances(sim.world, sim.state), in_books(sim.state))
        assert (e.accounts[:, books.FUND] >= e.repairs_due).all()
        assert (e.repairs_due >= 0).all()
        assert ((sim.state.fund >= 0) & (sim.state.fund <= 1)).all()
        assert ((e.effort >= 0) & (e.effort <= 1)).all()
    assert np.array_equal(e.households["payer"], kinds)
    assert len(kinds) == sim.world.population.households
    assert e.accounts[:, books.STAFF].min() > 0


def test_a_repair_that_the_fund_cannot_pay_is_not_done() -> None:
    """Notices funds that pay what they have not: with an empty fund no large repair is solved, with a full one some are."""
    done = {}
    for share in (0.0, 1.0):
        sim = burned().fork([])
        e = sim.state.economy
        for c in range(len(e.accounts)):
            books.move(e.accounts[c], sim.state.flows[c], books.FUND, books.SUPPLIERS, 4, e.accounts[c, books.FUND])
            held = int(share * e.first_fund[c])
            books.move(e.accounts[c], sim.state.flows[c], books.SUPPLIERS, books.FUND, 4, held)
        sim.state.fund[:] = 1.0  # people believe that there is money
        sim.run(20)
        done[share] = int(sim.state.economy.repairs_due.sum())
    assert done[0.0] == 0
    assert done[1.0] > 0


# ---- levers and switches -------------------------------------------------------------------------------------------


LEVERS = ("award", "reminders", "subsidy", "skill", "merged")


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_at_zero_strength_changes_nothing_and_one_at_work_does(name: str) -> None:
    """Notices a lever that draws for itself, and one that nothing reads."""
    trial = programme((f"economy.{name}", "add", 0.5))
    base = burned().fork([]).run(70)
    idle = burned().fork([trial.model_copy(update={"effects": (trial.effects[0].model_copy(update={"dose": 0.0}),)})]).run(70)
    busy = burned().fork([trial]).run(70)
    differs = [k for k in differing(run_bits(base), run_bits(idle)) if "treated" not in k and "stocks" not in k]
    assert differs == []
    assert differing({"q": base.state.economy.accounts.tobytes()}, {"q": busy.state.economy.accounts.tobytes()})


# ---- the trap ------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_one_estate_has_two_ends() -> None:
    """Notices a trap that is gone, or that is the only end: the same people, fee and committee, two starts, two ends."""
    loaded = load_scenario(
        "classroom",
        changes={
            "district.compounds.value": 1, "district.residents.value": 1400, "district.firms.value": 1,
            "district.residents_committees.value": 1, "time.burn_in_years": 0.0, "mechanisms.self_government": False,
            "mechanisms.crime": False, "district.type_shares.commodity.value": 0.0, "district.type_shares.old_public.value": 1.0,
        },
    )  # fmt: skip
    fixed = {"economy.cost_shock": 0.0, "economy.fee_spread": 0.0, "economy.leave": 0.0}
    world = build(dataclasses.replace(loaded, parameters=loaded.parameters.with_values(fixed, "test")), seed=3)
    ends = {}
    for name, level in (("good", 0.8), ("bad", 0.25)):
        sim = Simulation(world, state=begin(world))
        state = sim.state
        state.self_rule.oversight[:] = 0.7
        state.quality[:] = state.economy.effort[:] = level
        state.minds["service_felt"] = state.minds["trust_firm"] = level
        homes = state.economy.households
        number = np.arange(len(homes))
        homes["pays"] = np.where(homes["payer"] == CONDITIONAL, number % 100 < (90 if name == "good" else 10), homes["pays"])
        state.economy.contracts["income"] = homes["pays"].mean() * state.economy.fee * len(homes)
        sim.run(3 * 365)
        ends[name] = (homes["pays"].mean(), float(sim.state.quality.mean()))
    assert ends["good"][0] > 0.7
    assert ends["good"][1] > 0.6
    assert ends["bad"][0] < 0.55
    assert ends["bad"][1] < 0.45
