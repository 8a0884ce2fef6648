"""Compares the engine's state with its plain twin's, object by object; see test_twin."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.speed.plain_mesa import PlainModel
from govsim.observe.outcomes import FLOWS
from govsim.simulation import Simulation
from govsim.vocabulary import CRIMES, DESKS, KINDS, OWNERS_STATES, PAYER_TYPES, REACHES, TRADES
from govsim.world.records import MIND

COUNTERS = [(o.name, category) for o in FLOWS for category in o.categories]


def booked(twin: PlainModel) -> np.ndarray:
    """The twin's counters by compound (n, N_FLOWS), set back."""
    out = np.array([[c.counted.get(counter, 0.0) for counter in COUNTERS] for c in twin.compounds])
    for compound in twin.compounds:
        compound.counted.clear()
    return out


def same_pools(sim: Simulation, twin: PlainModel) -> None:
    """Problems, files and complaints one by one, in the order in which they came about."""
    state, place = sim.state, sim.world.place
    there = state.problems.used[state.problems.used["gone"] == 0]
    local = there["building"] - place["building0"][there["compound"]]
    assert [
        (
            p.compound.row,
            KINDS.index(p.kind),
            p.born,
            p.entity & 4095,
            REACHES.index(p.reach),
            p.building.number,
            p.known,
            p.closings,
            p.file is not None,
        )
        for p in twin.problems
    ] == [
        (p["compound"], p["kind"], p["born"], p["number"], p["reach"], b, p["known"] > 0, p["closings"], p["case"] >= 0)
        for p, b in zip(there, local, strict=True)
    ]
    assert [p.severity for p in twin.problems] == there["severity"].tolist()
    desks = [desk for kind in DESKS for desk in twin.desks[kind]]
    rows = {desk: row for row, desk in enumerate(desks)}
    files = state.cases.used
    assert [
        (f.problem.compound.row, rows[f.desk], f.opened, f.arrives, f.hands, f.supervised, f.urgent, f.waiting)
        for f in twin.files
    ] == files[["compound", "desk", "opened", "arrives", "hands", "supervised", "priority", "waiting"]].tolist()
    line = state.line.used
    for row, desk in enumerate(desks):
        mine = line[files["desk"][line] == row]
        assert [twin.files.index(f) for f in desk.line] == mine.tolist(), desk.kind
    assert [desk.credit for desk in desks] == pytest.approx(state.desks["credit"].tolist(), rel=1e-6, abs=1e-6)
    assert [
        (place["resident0"][c.by.compound.row] + c.by.number, c.step, c.ill, c.used_hotline, c.file is not None)
        for c in twin.complaints
    ] == [(c["resident"], c["step"], c["state"], c["used_hotline"], c["case"] >= 0) for c in state.complaints.used]


def same_minds(sim: Simulation, twin: PlainModel) -> None:
    """What residents feel and believe, to the precision of 32 bits."""
    state = sim.state
    everybody = [resident for compound in twin.compounds for resident in compound.residents]
    for name in MIND.names or ():
        if name != "building":
            mine = [getattr(resident, name) for resident in everybody]
            np.testing.assert_allclose(mine, state.minds[name], rtol=3e-6, atol=3e-8, err_msg=name)
    np.testing.assert_allclose([r.belief for r in everybody], state.belief, rtol=3e-6, atol=1e-9)
    assert [r.on_platform for r in everybody] == state.people["on_platform"].astype(bool).tolist()
    assert [r.busy for r in everybody] == state.people["busy"].astype(bool).tolist()
    np.testing.assert_allclose(twin.public, state.public, rtol=1e-9)
    np.testing.assert_allclose([c.visible for c in twin.compounds], state.visible, rtol=1e-9)


def same_firms(sim: Simulation, twin: PlainModel) -> None:
    """Households' balances and habits, contracts, firms and the books, to the fen."""
    e, state = sim.state.economy, sim.state
    homes = [home.fees for compound in twin.compounds for home in compound.households]
    kinds = [PAYER_TYPES.index(it.payer) for it in homes]
    assert [(it.balance, it.months_owed, it.pays, kind, it.sued) for it, kind in zip(homes, kinds, strict=True)] == e.households[
        ["balance", "months_owed", "pays", "payer", "sued"]
    ].tolist()
    np.testing.assert_allclose([it.leaning for it in homes], e.households["leaning"], rtol=3e-6)
    rows = {firm: row for row, firm in enumerate(twin.firms)} | {None: -1}
    contracts = [compound.contract for compound in twin.compounds]
    assert [(rows[it.firm], rows[it.former], it.since, it.vacant_until, it.start_money) for it in contracts] == e.contracts[
        ["firm", "former", "since", "vacant_until", "start_money"]
    ].tolist()
    np.testing.assert_allclose([(it.cost, it.income) for it in contracts], e.contracts[["cost", "income"]].tolist(), rtol=1e-9)
    np.testing.assert_allclose([list(it.effort.values()) for it in contracts], e.effort, rtol=1e-9)
    books = [compound.books for compound in twin.compounds]
    assert [list(it.accounts.values()) for it in books] == e.accounts.tolist()
    assert [(it.billed, it.written_off, it.repairs_due) for it in books] == list(
        zip(e.billed.tolist(), e.written_off.tolist(), e.repairs_due.tolist(), strict=True)
    )
    assert [(it.homes, it.lost, it.won) for it in twin.firms] == e.firms[["homes", "lost", "won"]].tolist()
    np.testing.assert_allclose([it.reputation for it in twin.firms], e.firms["reputation"], rtol=1e-9)
    np.testing.assert_allclose([it.risk for it in twin.firms], e.firms["risk"], rtol=1e-9)
    np.testing.assert_allclose([list(c.quality.values()) for c in twin.compounds], state.quality, rtol=1e-9)
    np.testing.assert_allclose([c.condition for c in twin.compounds], state.condition, rtol=1e-9)
    np.testing.assert_allclose([c.fund for c in twin.compounds], state.fund, rtol=1e-9)


def same_committees(sim: Simulation, twin: PlainModel) -> None:
    """Owners' and residents' committees, and what their desks can do."""
    rule, owners = sim.state.self_rule, [compound.owners for compound in twin.compounds]
    assert [(it.elected, OWNERS_STATES.index(it.status), it.books) for it in owners] == rule.owners[
        ["elected", "status", "books"]
    ].tolist()
    np.testing.assert_allclose(
        [(it.integrity, it.conflict_firm, it.conflict_committee) for it in owners],
        rule.owners[["integrity", "conflict_firm", "conflict_committee"]].tolist(), rtol=1e-6, atol=1e-9,
    )  # fmt: skip
    np.testing.assert_allclose([c.oversight for c in twin.compounds], rule.oversight, rtol=1e-6)
    np.testing.assert_allclose([c.openness for c in twin.compounds], rule.openness, rtol=1e-6)
    np.testing.assert_allclose(
        [(it.leader, it.skill, it.staff, it.trained, it.leader_since) for it in twin.committees],
        rule.committees[["leader", "skill", "staff", "trained", "leader_since"]].tolist(), rtol=1e-9,
    )  # fmt: skip
    desks = [desk for kind in DESKS for desk in twin.desks[kind]]
    np.testing.assert_allclose(
        [(it.staffing, it.skill) for it in desks], sim.state.desks[["staffing", "skill"]].tolist(), rtol=1e-6, atol=1e-9
    )


def same_offenders(sim: Simulation, twin: PlainModel) -> None:
    """Offenders one by one: place in life, memory, partner."""
    place, pool = sim.world.place, sim.state.crime.offenders.used
    rows = {who: row for row, who in enumerate(twin.offenders)} | {None: -1}
    assert [
        (o.home.row, o.born, o.number, TRADES.index(o.trade), o.ends, o.away_until, o.arrested, rows[o.partner])
        for o in twin.offenders
    ] == pool[["home", "born", "number", "trade", "ends", "away_until", "arrested", "partner"]].tolist()
    np.testing.assert_allclose([(o.rate, o.hope) for o in twin.offenders], pool[["rate", "hope"]].tolist(), rtol=1e-9)
    for who, row in zip(twin.offenders, pool, strict=True):
        assert [(it.compound.row, it.day) if it else (-1, -1) for it in who.failures] == list(
            zip(row["failure_compound"].tolist(), row["failure_day"].tolist(), strict=True)
        )
        for m, it in enumerate(who.successes):
            there = row["success_compound"][m]
            assert row["success_day"][m] == (it.day if it else -1)
            if it is not None:
                home = -1 if it.home is None else place["household0"][there] + it.home.number
                building = place["building0"][there] + it.building.number
                assert (it.compound.row, building, home) == (there, row["success_building"][m], row["success_home"][m])


def same_crimes(sim: Simulation, twin: PlainModel) -> None:
    """Crimes one by one, venues, devices, what is seen, heard and known."""
    place, crime = sim.world.place, sim.state.crime
    kept = crime.crimes.used
    due = [(-1 if it.due is None else it.due) if it.closed_on is None else it.closed_on for it in twin.crimes]
    mine = [
        (
            it.day, it.compound.row, place["building0"][it.compound.row] + it.building.number,
            -1 if it.home is None else place["household0"][it.compound.row] + it.home.number, CRIMES.index(it.kind), it.number,
            it.by.home.row if it.by else -1, it.by.born if it.by else -1, it.by.number if it.by else -1,
            TRADES.index(it.trade) if it.trade else -1, it.completed, it.reported, it.recorded, it.cleared,
            it.closed_on is not None, it.loss > 0.0, -1 if it.cleared_on is None else it.cleared_on, when,
        )
        for it, when in zip(twin.crimes, due, strict=True)
    ]  # fmt: skip
    theirs = kept[
        ["day", "compound", "building", "household", "kind", "number", "offender_home", "offender_born", "offender_number",
         "offender_trade", "completed", "reported", "recorded", "cleared", "closed", "loss", "cleared_on", "due"]
    ].copy()  # fmt: skip
    theirs["loss"] = theirs["loss"] > 0.0
    assert mine == theirs.tolist()
    np.testing.assert_allclose([it.loss for it in twin.crimes], kept["loss"], rtol=1e-6)
    np.testing.assert_allclose([it.evidence for it in twin.crimes], kept["evidence"], rtol=1e-6)
    first, venues = place["building0"], crime.venues.used
    assert [
        (v.compound.row, first[v.compound.row] + v.building.number, v.opened, v.closed, v.owner.home.row, v.owner.number)
        for v in twin.venues
    ] == venues[["compound", "building", "opened", "closed", "offender_home", "offender_number"]].tolist()
    sights = [compound.sight for compound in twin.compounds]
    devices = [(s.cameras.installed, s.cameras.works, s.entries.installed, s.entries.works) for s in sights]
    np.testing.assert_allclose(devices, crime.security.tolist(), rtol=1e-9)
    seen = [(*s.pull.values(), *s.home, s.guards, s.control, s.watch, s.seen_cameras, s.access) for s in sights]
    saw = [(*r["pull"], *r["home"], r["guards"], r["control"], r["watch"], r["cameras"], r["access"]) for r in crime.sight]
    np.testing.assert_allclose(seen, saw, rtol=1e-6, atol=1e-6)
    heard = [(c.alarm, c.crime, c.known, c.patrol) for c in twin.compounds]
    np.testing.assert_allclose(heard, np.column_stack([crime.alarm, crime.felt, crime.known, crime.patrol]), rtol=1e-9)
    np.testing.assert_allclose([list(beat.minutes.values()) for beat in twin.beats], crime.police, rtol=1e-9, atol=1e-9)
    assert [-1 if c.last_burglary is None else c.last_burglary for c in twin.compounds] == crime.last_crime.tolist()
    homes = [home for compound in twin.compounds for home in compound.households]
    assert [-1 if home.burgled is None else home.burgled for home in homes] == crime.last_burglary.tolist()
