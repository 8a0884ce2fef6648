"""Self-government: votes and the law's arithmetic, committees that come and go, and who pays for the fund."""

from __future__ import annotations

import math

import numpy as np
import pytest

from govsim.kernels import assemblies, books, experience, owners, votes, workers
from govsim.observe.outcomes import N_FLOWS
from govsim.processes.self_government import SelfGovernment
from govsim.programmes.levers import at_rest
from govsim.vocabulary import OWNERS_STATES, VOTES
from govsim.world.records import OWNERS
from govsim.world.state import State, begin
from govsim.world.world import World
from tests.small_world import little, near, today
from tests.worlds import burned, differing, flow, programme, run_bits

MISSING, INACTIVE, CAPTURED, WORKING = range(4)


def test_words_are_those_of_the_vocabulary() -> None:
    """Notices states and subjects that kernels and vocabulary number differently."""
    for k, name in enumerate(OWNERS_STATES):
        assert getattr(owners, name.upper()) == k
    assert list(range(len(VOTES))) == [votes.ELECTION, votes.CHANGE_FIRM, votes.RAISE_FUND]


@pytest.mark.parametrize(
    ("subject", "entitled", "present", "agreed", "result"),
    [
        (votes.ELECTION, 300, 199, 199, 0), (votes.ELECTION, 300, 201, 100, 1), (votes.ELECTION, 300, 202, 101, 1),
        (votes.ELECTION, 300, 202, 102, 2), (votes.CHANGE_FIRM, 90, 61, 31, 2), (votes.CHANGE_FIRM, 90, 59, 59, 0),
        (votes.RAISE_FUND, 300, 240, 179, 1), (votes.RAISE_FUND, 300, 240, 180, 2), (votes.RAISE_FUND, 0, 0, 0, 0),
    ],
)  # fmt: skip
def test_quorum_and_majority(subject: int, entitled: int, present: int, agreed: int, result: int) -> None:
    """Notices a quorum of all instead of two thirds, a majority of the entitled, and three quarters read as a half."""
    p = SelfGovernment(little().parameters).rules
    assert votes.outcome(subject, entitled, present, agreed, p) == result


def one_vote(subject: int, drive: float, mobilise: float) -> tuple[World, State, np.ndarray, bool]:
    world = little(residents=6000)
    state, p = begin(world), SelfGovernment(world.parameters).rules
    pop, flows = world.population, np.zeros((1, N_FLOWS))
    levers = at_rest(world.parameters, 1)
    levers["self_government_mobilise"] = mobilise
    passed = votes.vote(
        0, subject, 77, world.place[0], pop.household_residents, pop.household_tenure, state.minds, state.people, 0.55,
        drive, levers[0], flows[0], p,
    )  # fmt: skip
    return world, state, flows, bool(passed)


@pytest.mark.parametrize(("subject", "drive", "mobilise"), [(0, 0.5, 0.0), (1, 0.5, 0.0), (2, 0.8, 0.7)])
def test_turnout_follows_its_formula(subject: int, drive: float, mobilise: float) -> None:
    """Notices tenants who vote, a lost term, and canvassing for votes that nobody canvasses for."""
    world, state, flows, _ = one_vote(subject, drive, mobilise)
    v, pop = world.parameters, world.population
    heads = pop.household_residents[:-1][pop.household_tenure == 0]
    who, voice = state.minds[heads], state.people["voice"][heads].astype(float)
    x = (
        0.45 + 2.2 * (0.6 - who["service_felt"]) + 0.15 * np.log(np.maximum(voice, 0.01)) + 0.8 * (0.55 - 0.4)
        + 1.2 * (who["satisfaction"] - 0.75) + v["self_government.turnout_canvass"][subject] * drive
        + v["self_government.turnout_mobilise"] * mobilise
    )  # fmt: skip
    chance = 1 / (1 + np.exp(-x))
    assert flow(flows[0], "votes_entitled") == len(heads)
    taken = flow(flows[0], "votes_taken_part")
    assert abs(taken - chance.sum()) < 4 * math.sqrt((chance * (1 - chance)).sum())
    assert flow(flows[0], "votes_held", VOTES[subject]) == flow(flows[0], "votes_held") == 1


def test_bad_service_changes_the_firm_and_good_service_keeps_it() -> None:
    """Notices a vote with the wrong sign, and a firm that goes although the vote failed, or stays although it passed."""
    for felt, gone in ((0.15, True), (0.85, False)):
        world = little(residents=1500, self_government__firm_vote=1.0)
        state, process = begin(world), SelfGovernment(world.parameters)
        state.day = 400
        state.minds["service_felt"] = felt
        process.decide(world, state, today(world))
        assert flow(state.flows[0], "votes_held", "firm") == 1
        assert (state.economy.contracts["firm"][0] == -1) == gone
        assert (state.economy.lost[0] == 0) == gone
        state.economy.contracts["firm"], state.economy.contracts["since"] = 0, 399
        process.decide(world, state, today(world))
        assert flow(state.flows[0], "votes_held", "firm") == 1  # a new firm has its time


def test_talking_beforehand_brings_agreement_on_what_is_common() -> None:
    """Notices a council that moves no vote, and one that makes owners agree to part with a firm that serves them well."""
    world = little(residents=6000, self_government__turnout_level=4.0)
    p, pop = SelfGovernment(world.parameters).rules, world.population
    passed = {}
    for subject in (votes.CHANGE_FIRM, votes.RAISE_FUND):
        for agreement in (0.0, 2.0):
            state, levers = begin(world), at_rest(world.parameters, 1)
            levers["self_government_agreement"] = agreement
            state.minds["service_felt"], state.minds["satisfaction"] = 0.6, 0.7
            passed[subject, agreement] = votes.vote(
                0, subject, 77, world.place[0], pop.household_residents, pop.household_tenure, state.minds, state.people, 0.5,
                0.5, levers[0], state.flows[0], p,
            )  # fmt: skip
    assert passed == {
        (votes.CHANGE_FIRM, 0.0): False, (votes.CHANGE_FIRM, 2.0): False,
        (votes.RAISE_FUND, 0.0): False, (votes.RAISE_FUND, 2.0): True,
    }  # fmt: skip


def test_mediators_at_the_table_settle_part_of_a_conflict() -> None:
    """Notices a conflict with the firm that mediation leaves as it is, or ends at once."""
    world = little(residents=900)
    v, got = world.parameters, []
    for settled in (0.0, 0.3):
        state, process, levers = begin(world), SelfGovernment(v), at_rest(v, 1)
        state.self_rule.owners["status"], state.minds["service_felt"] = WORKING, 0.4
        state.self_rule.owners["conflict_firm"] = 0.2
        state.self_rule.oversight[:] = 0.6
        levers["mediation_conflict"] = settled
        process.supervise(world, state, today(world, levers))
        bad = (v["self_government.conflict_bad"] - 0.4) / v["self_government.conflict_width"]
        goal = 0.6 * bad * (1 - settled)
        expected = 0.2 + v["self_government.conflict_step"] * (goal - 0.2)
        got.append(state.self_rule.owners["conflict_firm"][0])
        assert got[-1] == pytest.approx(expected, rel=1e-6)
    assert got[1] < got[0]


def test_oversight_is_that_of_the_state_by_integrity_less_conflict() -> None:
    """Notices oversight that ignores integrity, conflict or cross-appointment, or a missing committee with integrity."""
    world = little()
    p, v = SelfGovernment(world.parameters).rules, world.parameters
    it = np.zeros(1, OWNERS)[0]
    for status, level in enumerate(f"world.oversight_{name}" for name in OWNERS_STATES):
        it["status"], it["integrity"], it["conflict_committee"] = status, 0.9, 0.4
        able = 1.0 if status == MISSING else 0.7 + 0.4 * 0.9
        expected = v[level] * able * (1 - v["self_government.conflict_oversight"] * 0.4) + 0.25 * 0.3
        assert owners.oversight_of(it, 0.3, p) == pytest.approx(expected, rel=1e-12)


def test_committees_fall_at_their_rates() -> None:
    """Notices rates by year instead of by quarter, capture that ignores integrity, and others than working ones that fall."""
    world = little(compounds=400, residents=400 * 20, world__relative_size=1.0)
    state, p = begin(world), SelfGovernment(world.parameters).rules
    v, fallen = world.parameters, []
    for quarter in range(12):
        state.self_rule.owners["status"] = WORKING
        state.self_rule.owners["integrity"] = 0.4
        owners.fall(91 * quarter, world.place, state.self_rule.owners, state.flows, p)
        fallen.append(state.self_rule.owners["status"].copy())
    got = np.concatenate(fallen)
    for status, rate in ((INACTIVE, v["self_government.fall_inactive"]), (CAPTURED, v["self_government.fall_captured"] * 0.6)):
        assert near(got == status, rate, math.sqrt(rate))
    assert flow(state.flows, "committees_fallen").sum() == (got != WORKING).sum() > 0


def test_attempts_follow_initiators_and_push() -> None:
    """Notices a lost term of the chance, and initiators that count without end."""
    p, v = SelfGovernment(little().parameters).rules, little().parameters
    base, more, push = (v[f"self_government.attempt{x}"] for x in ("", "_initiators", "_push"))
    assert owners.attempt_chance(3.0, 0.4, p) == pytest.approx(base + more * 0.5 + push * 0.4, rel=1e-12)
    assert owners.attempt_chance(60.0, 0.0, p) == pytest.approx(base + more, rel=1e-12)
    assert assemblies.firm_vote_chance(0.4, False, p) == pytest.approx(
        v["self_government.firm_vote"] + v["self_government.firm_vote_bad"] * 0.2 * 0.5, rel=1e-12
    )


def test_elections_end_terms() -> None:
    """Notices terms that never end, committees elected without a vote, and integrity that vetting does not move."""
    world = little(
        residents=1500, self_government__attempt=0.0, self_government__attempt_initiators=0.0, self_government__attempt_push=0.0
    )
    kept = {}
    for vetting in (0.0, 0.2):
        state, process = begin(world), SelfGovernment(world.parameters)
        levers = at_rest(world.parameters, 1)
        levers["self_government_vetting"] = vetting
        levers["self_government_mobilise"] = 3.0
        rule = state.self_rule.owners
        rule["status"], rule["elected"], rule["integrity"] = WORKING, 0, 0.51
        state.day = 1400
        process.form(world, state, today(world, levers))
        assert flow(state.flows[0], "votes_held") == 0
        state.day = 1462
        process.form(world, state, today(world, levers))
        assert flow(state.flows[0], "votes_passed", "election") == flow(state.flows[0], "committees_formed") == 1
        assert rule["elected"][0] == 1462
        kept[vetting] = float(rule["integrity"][0])
    assert kept[0.2] == pytest.approx(min(1.0, kept[0.0] + 0.2), rel=1e-9)


def test_a_term_without_an_election_ends_in_idleness() -> None:
    """Notices committees that go on for ever although nobody votes."""
    world = little(residents=1500, self_government__turnout_level=-5.0, self_government__dissolve=1.0)
    state, process = begin(world), SelfGovernment(world.parameters)
    rule = state.self_rule.owners
    rule["status"], rule["elected"] = CAPTURED, 0
    for day, status in ((1470, INACTIVE), (2940, MISSING)):
        state.day = day
        process.form(world, state, today(world))
        assert rule["status"][0] == status
        assert flow(state.flows[0], "committees_fallen", OWNERS_STATES[status]) == 1
    assert flow(state.flows[0], "committees_formed") == 0


def test_a_raised_fund_is_paid_by_every_household() -> None:
    """Notices a levy that is not booked, changes what households owe, misses its goal, or is raised above the mark."""
    world = little(
        residents=1500, self_government__fund_vote=1.0, self_government__yes_fund=5.0, self_government__turnout_level=5.0
    )
    for share, raised in ((0.2, True), (0.35, False)):
        state, process = begin(world), SelfGovernment(world.parameters)
        e = state.economy
        state.self_rule.owners["status"], state.fund[:] = WORKING, share
        held, owed = e.accounts[0, books.FUND], e.households["balance"].sum()
        process.decide(world, state, today(world))
        got = int(e.accounts[0, books.FUND] - held)
        n = int(world.place["households"][0])
        due = min(200_000, int(0.2 * e.first_fund[0] / n)) * n if raised else 0
        assert abs(got - due) <= n
        assert e.households["balance"].sum() == owed
        assert e.billed[0] == -e.accounts[0, books.HOUSEHOLDS]
        assert (e.accounts.sum(1) == 0).all()
        assert flow(state.flows[0], "money", "fund_raised") == pytest.approx(got / 100, rel=1e-9)


def test_what_classes_teach_is_kept_up_by_refreshers_and_lost_with_those_who_leave() -> None:
    """Notices skill that comes at once or for ever, a year's loss taken for a quarter's, and newcomers who know all."""
    world = little(self_government__staff_spread=0.0, self_government__leader_leaves=0.0)
    p, v, desk0 = SelfGovernment(world.parameters).workers, world.parameters, world.desks.first[1]
    state, levers = begin(world), at_rest(world.parameters, 1)
    rule, seen = state.self_rule, []
    for quarter in range(80):
        levers["self_government_classes"] = 4.2 if quarter < 60 else 0.0
        workers.quarter(91 * quarter, world.place, rule.owners, rule.committees, state.desks, desk0, levers, state.flows, p)
        untrained = v["self_government.skill_effect"] * (rule.committees["skill"][0] - v["self_government.skill_reference"])
        seen.append((state.desks["skill"][desk0] - untrained) / v["self_government.trained_effect"])
    found, leaving = v["self_government.staff_found"], v["self_government.staff_leaves"]
    staff = found / (found + leaving)
    kept = staff * (1 - leaving) / (staff * (1 - leaving) + found * (1 - staff)) * np.exp(-v["self_government.unlearns"] / 4)
    learned = 1 - np.exp(-v["self_government.learns"] * 4.2 / 4)
    assert seen[0] == pytest.approx(learned * kept, rel=1e-6)
    assert seen[59] == pytest.approx(learned * kept / (1 - (1 - learned) * kept), rel=1e-6)
    assert seen[63] == pytest.approx(seen[59] * kept**4, rel=1e-6)
    assert 0.3 < seen[63] / seen[59] < 0.6


def test_staff_settle_where_leaving_and_hiring_balance() -> None:
    """Notices a wrong steady state, retention that keeps nobody, and desks that do not follow their posts."""
    world = little(self_government__staff_spread=0.0, self_government__leader_leaves=0.0)
    p, v = SelfGovernment(world.parameters).workers, world.parameters
    for keep in (0.0, 0.6):
        state, levers = begin(world), at_rest(world.parameters, 1)
        levers["self_government_staff_retention"] = keep
        rule = state.self_rule
        rule.committees["staff"], rule.owners["status"], rule.owners["conflict_firm"] = 0.4, WORKING, 0.5
        desk0 = world.desks.first[1]
        for quarter in range(60):
            workers.quarter(91 * quarter, world.place, rule.owners, rule.committees, state.desks, desk0, levers, state.flows, p)
        leaving, found = v["self_government.staff_leaves"] * (1 - keep), v["self_government.staff_found"]
        steady = found / (found + leaving)
        assert rule.committees["staff"][0] == pytest.approx(steady, rel=1e-9)
        busy = 1 - v["self_government.time_conflict"] * 0.5
        assert state.desks["staffing"][desk0] == pytest.approx(steady / v["self_government.staff_reference"] * busy, rel=1e-9)


def test_experience_gathers_over_years_where_fewer_leave() -> None:
    """Notices experience that comes at once, that usual turnover gives as well, or that desks do not feel."""
    world = little()
    v, process = world.parameters, SelfGovernment(world.parameters)
    leaves, learns = v["self_government.staff_leaves"], v["experience.learns"]
    levers = at_rest(v, 1)
    for keep in (0.0, 0.6):
        state = begin(world)
        desk = state.desks[world.desks.first[1] :][:1]
        levers["self_government_staff_retention"] = keep
        left = (1 - keep) * leaves
        goal = learns / (learns + left) - learns / (learns + leaves)
        for quarter in range(1, 41):
            desk["skill"], desk["staffing"] = 0.2, 0.9
            experience.gather(
                world.place, state.desks, world.desks.first[1], levers, state.self_rule.experience, process.experience
            )
            expected = goal * (1 - (1 - learns - left) ** quarter)
            assert state.self_rule.experience[0] == pytest.approx(expected, rel=1e-9)
            assert desk["skill"][0] == pytest.approx(0.2 + v["experience.settles"] * expected, rel=1e-9)
            assert desk["staffing"][0] == pytest.approx(0.9 * (1 + v["experience.speeds"] * expected), rel=1e-9)
        if keep == 0.0:
            assert (desk["skill"][0], desk["staffing"][0]) == (0.2, 0.9)


def test_the_first_day_agrees_with_oversight() -> None:
    """Notices committees whose state is not that of the compound's oversight, and terms that began in the future."""
    sim = burned("putuo", 0.05)
    state, seen = begin(sim.world), sim.world.compounds.oversight
    status = state.self_rule.owners["status"]
    for level, states in ((0.75, {WORKING}), (0.3, {INACTIVE}), (0.12, {CAPTURED, MISSING})):
        assert set(status[np.isclose(seen, level)].tolist()) <= states
    assert (state.self_rule.owners["elected"] <= 0).all()
    assert state.self_rule.oversight == pytest.approx(seen, rel=1e-12)


LEVERS = ("agreement", "vetting", "push", "mobilise", "cross", "books", "leader", "staff_retention", "fund_drive")


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_at_zero_strength_changes_nothing(name: str) -> None:
    """Notices a lever that draws for itself although no dose is given."""
    trial = programme((f"self_government.{name}", "add", 0.5))
    idle = trial.model_copy(update={"effects": (trial.effects[0].model_copy(update={"dose": 0.0}),)})
    base, run = burned().fork([]).run(100), burned().fork([idle]).run(100)
    assert [k for k in differing(run_bits(base), run_bits(run)) if "treated" not in k and "stocks" not in k] == []


def test_cross_appointment_and_open_books_do_what_they_say() -> None:
    """Notices levers that no mechanism reads."""
    world = little(residents=900)
    seen = {}
    for name, dose in (("none", 0.0), ("cross", 0.4), ("books", 1.0)):
        state, process, levers = begin(world), SelfGovernment(world.parameters), at_rest(world.parameters, 1)
        state.self_rule.owners["status"] = INACTIVE
        if name != "none":
            levers[f"self_government_{name}"] = dose
        process.supervise(world, state, today(world, levers))
        seen[name] = (state.self_rule.oversight[0], state.self_rule.openness[0])
    assert seen["cross"][0] - seen["none"][0] == pytest.approx(0.25 * 0.4, rel=1e-9)
    assert seen["books"][0] == seen["none"][0]
    assert seen["books"][1] - seen["none"][1] == pytest.approx(0.5, rel=1e-9)
