"""What owners decide together: to keep or change the firm, and to raise the maintenance fund."""

from __future__ import annotations

from govsim.kernels.books import FEN, FUND, FUND_RAISED, HOUSEHOLDS, move
from govsim.kernels.compiled import compiled
from govsim.kernels.contracts import DISMISSED, end_contract
from govsim.kernels.owners import WORKING, drive_of, mood
from govsim.kernels.votes import CHANGE_FIRM, RAISE_FUND, vote
from govsim.randomness import Process, uniform

_OWNERS = int(Process.OWNERS)
PUT_FIRM, PUT_FUND = 8, 9  # k of this process's draws; owners.py uses the first ones


@compiled
def firm_vote_chance(felt, working, p):
    """Chance a quarter that the firm is put to the vote; felt: mean service felt by owners."""
    share = 1.0 if working else p.firm_vote_without
    return p.firm_vote + p.firm_vote_bad * share * max(0.0, p.firm_vote_service - felt) / p.firm_vote_width


@compiled
def on_firms(
    day, place, owners, committees, household_residents, tenure, minds, people, oversight, contracts, firms, alone,
    households, accounts, written_off, lost, levers, flows, p,
):  # fmt: skip
    """Votes on the firm where it has had its time; a firm that loses goes. `lost` (n,) notes whose contract it was.

    Owners may put it to the vote at any time; after red ratings in a row they are asked.
    """
    for c in range(place.shape[0]):
        f = contracts[c].firm
        if f < 0 or alone[c] or day - contracts[c].since < p.firm_vote_grace:
            continue
        here = place[c]
        felt, _ = mood(here, household_residents, tenure, minds, people, p)
        chance = 1.0 if contracts[c].reds >= p.reds_vote else firm_vote_chance(felt, owners[c].status == WORKING, p)
        if uniform(here.stream, _OWNERS, PUT_FIRM, 0, 0, day) >= chance:
            continue
        contracts[c].reds = 0  # owners have their say: what was rated before is done with
        drive = drive_of(here, committees)
        if vote(
            c, CHANGE_FIRM, day, here, household_residents, tenure, minds, people, oversight[c], drive, levers[c], flows[c], p
        ):
            end_contract(c, DISMISSED, p.gap_dismissed, day, place, contracts, firms, households, accounts, written_off, flows)
            lost[c] = f
            owners[c].conflict_firm = 0.0


@compiled
def on_funds(
    day, place, owners, committees, household_residents, tenure, minds, people, oversight, accounts, billed, first_fund,
    fund, levers, flows, p,
):  # fmt: skip
    """Votes on raising a fund that is below its mark, under a working committee; if they pass, every household pays."""
    for c in range(place.shape[0]):
        here = place[c]
        if owners[c].status != WORKING or fund[c] >= p.fund_mark:
            continue
        if uniform(here.stream, _OWNERS, PUT_FUND, 0, 0, day) >= p.fund_vote + levers[c].self_government_fund_drive:
            continue
        drive = drive_of(here, committees)
        if vote(
            c, RAISE_FUND, day, here, household_residents, tenure, minds, people, oversight[c], drive, levers[c], flows[c], p
        ):
            lacking = (p.fund_goal - fund[c]) * first_fund[c] / here.households
            levy = int(min(p.fund_levy_most * FEN, max(0.0, lacking)))
            billed[c] += levy * here.households
            move(accounts[c], flows[c], HOUSEHOLDS, FUND, FUND_RAISED, levy * here.households)
