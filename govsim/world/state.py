"""The state of a running world: everything that changes, in arrays. Copied to fork the arms of a comparison."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from govsim.kernels.attitudes import tally
from govsim.kernels.volunteers import enlist
from govsim.observe.outcomes import N_FLOWS
from govsim.randomness import Process, uniforms
from govsim.vocabulary import KINDS
from govsim.world.crime_state import CrimeState, begin_crime
from govsim.world.economy_state import EconomyState, begin_economy
from govsim.world.pool import Pool
from govsim.world.records import CASE, COMPLAINT, PROBLEM
from govsim.world.self_rule_state import SelfRuleState, begin_self_rule
from govsim.world.tables import F32, F64, I64
from govsim.world.world import World


@dataclass
class State:
    """All that changes from day to day. `day` counts from the first day of the burn-in."""

    day: int
    people: np.ndarray  # records.PERSON (residents,)
    minds: np.ndarray  # records.MIND (residents,)
    belief: F32  # (residents, 4) that complaining helps, by vocabulary.BELIEFS
    condition: F64  # (compounds,) 0..1
    quality: F64  # (compounds, services) 0..1
    fund: F64  # (compounds,) share of the first balance
    problems: Pool
    cases: Pool
    complaints: Pool
    line: Pool  # rows of waiting files, in order of arrival at their desks
    desks: np.ndarray  # records.DESK
    public: F64  # (towns,) felt share of solved complaints, as the town talks about it
    visible: F64  # (compounds, 2) answers and solved answers that platform users see, slowly forgotten
    stocks: I64  # (compounds, vocabulary.STOCKS) structures, group-rented flats, premises
    first_stocks: I64  # the same at the start
    rules_kept: F64  # (compounds,) share of households that keep agreed rules
    acquaintances: F64  # (compounds,) neighbours that a resident knows beside the ties, mean
    sums: F64  # (compounds, 13) totals over residents after the last week, see kernels.attitudes
    treated: np.ndarray  # (compounds,) bool: whether any programme acts there today
    economy: EconomyState
    self_rule: SelfRuleState
    crime: CrimeState
    flows: F64  # (compounds, N_FLOWS) counters since the last time they were read

    def copy(self) -> State:
        """An independent copy."""
        return copy.deepcopy(self)


def begin(world: World) -> State:
    """The world on the first day of its burn-in: nothing has happened, attitudes lie around their levels."""
    p, n, c = world.parameters, world.population.n, len(world.compounds)
    people, minds = world.persons()
    first_stocks = _stocks(world)
    spread = p["attitudes.spread"]
    quality, oversight = world.compounds.quality.mean(1), world.compounds.oversight
    books = p["attitudes.trust_firm_books"] * (oversight - p["attitudes.books_reference"])
    levels = {  # those of the firm and its service are such as go with the service that was drawn
        "trust_firm": p["attitudes.trust_firm_level"] + p["attitudes.trust_firm_service"] * quality + books,
        "trust_committee": p["attitudes.trust_committee_level"],
        "trust_police": p["attitudes.trust_police_level"],
        "belonging": p["attitudes.belonging_level"] + 4 * p["attitudes.belonging_ties"],
        "fear": p["attitudes.fear_level"],
        "service_felt": quality,
    }
    start, place = world.population.resident_start, world.place
    for i in range(c):
        rows = slice(start[i], start[i + 1])
        local = np.arange(start[i + 1] - start[i])
        for k, (name, level) in enumerate(levels.items()):
            noise = 2.0 * uniforms(place["stream"][i], Process.START, k, local) - 1.0
            mean = level[i] if isinstance(level, np.ndarray) else level
            minds[name][rows] = np.clip(mean + spread * noise, 0.0, 1.0)
    minds["satisfaction"] = minds["anchor"]
    enlist(place, people, minds, p["volunteers.share"])
    belief = np.full((n, 4), 0.5, np.float32)
    return State(
        day=0,
        people=people,
        minds=minds,
        belief=belief,
        condition=world.compounds.condition.copy(),
        quality=np.array(world.compounds.quality, order="C"),
        fund=world.compounds.fund.copy(),
        problems=Pool(np.zeros(1024, PROBLEM)),
        cases=Pool(np.zeros(1024, CASE)),
        complaints=Pool(np.zeros(1024, COMPLAINT)),
        line=Pool(np.zeros(1024, np.int32)),
        desks=world.desks.rows.copy(),
        public=np.full(len(world.institutions.towns), 0.5),
        visible=np.zeros((c, 2)),
        stocks=first_stocks.copy(),
        first_stocks=first_stocks,
        rules_kept=np.zeros(c),
        acquaintances=np.full(c, p["gatherings.acquaintance"] * p["gatherings.offered"] * 7 / 365.25 / p["gatherings.forget"]),
        sums=tally(place, people, minds, belief),
        treated=np.zeros(c, bool),
        economy=begin_economy(world),
        self_rule=begin_self_rule(world),
        crime=begin_crime(world),
        flows=np.zeros((c, N_FLOWS)),
    )


def _stocks(world: World) -> I64:
    """Stocks at the start (compounds, STOCKS): structures and premises by residents and proneness, flats as drawn."""
    p, c = world.parameters, world.compounds
    thousands = c.residents / 1000.0
    prone = {kind: world.flags[:, KINDS.index(kind)] for kind in ("structure", "street")}
    columns = (
        p["stocks.structures"] * thousands * prone["structure"],
        c.group_share * c.dwellings,
        p["stocks.premises"] * thousands * prone["street"],
    )
    return np.ascontiguousarray(np.round(np.column_stack(columns)).astype(np.int64))
