"""Mechanism 7, what offenders do: careers begin and end; burglars, thieves, operators and swindlers go out; disputes turn.

Reads what offenders see, alarm, patrol, levers, problems, minds; writes offenders, crimes, venues. Every day.
Rule: goes out with chance rate x season x hope; looks where the table or a remembered success leads; takes up with
A / (1 + A) x exp(-encounters - alarm - own failures), else looks again or goes home. Parameters: offenders.toml, crime.toml.
Sources: search and return as in boost accounts of near repeats (Johnson and others 2007; Short and others 2009).
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np

from govsim.kernels import offenders as kernel
from govsim.kernels.swindles import swindle
from govsim.kernels.targets import rob
from govsim.kernels.venues import trade_in_vice
from govsim.kernels.violence import presence_beyond_usual, quarrel
from govsim.processes.day import Today
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.world.crime_state import careers
from govsim.world.state import State
from govsim.world.tables import F64
from govsim.world.world import World


class Minded(NamedTuple):
    """Parameters of offenders.toml: what an offender is like, as kernels read them."""

    rate_cap: float
    hope_start: F64
    hope_weight: float
    hope_power: float
    hope_enough: float
    give_up: float
    change_trade: float
    active_share: float
    detention_least: float
    detention_mean: float
    memory_pull: float
    forgetting: float
    forgetting_power: float
    same_compound: float
    same_home: float
    entrance_scale: float
    estate_scale: float
    estate_share: float
    home_spread: float
    failure_memory: float
    failure_reach: float
    failure_near: float
    failure_effect: float
    alarm_effect: float
    looks_most: float
    look_again: float


class Met(NamedTuple):
    """Parameters of crime.toml: what he meets and does, as kernels read them."""

    home_effect: F64
    home_reference: float
    exposure: F64
    guard_encounters: float
    neighbour_encounters: float
    watch_encounters: float
    patrol_encounters: float
    post_encounters: float
    access_block: F64
    interrupt: float
    caught_share: F64
    completed_share: F64
    ebike_share: float
    ebike_reward: float
    shed_effect: float
    loss_median: F64
    loss_spread: float
    approaches: float
    credulity: float
    ties_protect: float
    ties_reference: float
    belonging_protect: float
    belonging_reference: float
    elderly_risk: float
    advice_effect: float
    bad_answer: float
    presence_calms: float
    violence_completed: float


# one record for kernels; the class needs its own name: compiled kernels on disk refer to it
_record: Any = namedtuple
Offending = _record("Offending", Minded._fields + Met._fields)


class Scene(NamedTuple):
    """What an offender meets today; columns over compounds."""

    place: Any  # records.PLACE
    ground: Any  # world.awareness.Awareness
    sight: Any  # records.SIGHT
    alarm: Any  # risk that offenders have learned of
    patrol: Any  # minutes of patrol
    levers: Any  # programmes.levers
    building_households: Any  # household offset, by building
    weekend: int  # 0 or 1


class Offenders:
    """Those who live by crime, and disputes that turn violent."""

    def __init__(self, parameters: Parameters) -> None:
        self.rules = Offending(*rules(Minded, "offenders", parameters), *rules(Met, "crime", parameters))
        self.careers = careers(parameters)
        self.season: F64 = parameters["offenders.season"]
        self.weekday: F64 = parameters["offenders.weekday"]
        self.violence: F64 = np.ascontiguousarray(parameters["crime.violence"])
        self.officers: float = parameters["policing.officers"]
        self.of_an_officer = patrol_of_an_officer(parameters)
        self._renter = np.zeros(0)
        self._beyond = np.zeros(0)

    def enter(self, world: World, state: State, today: Today) -> None:
        """Careers end and begin."""
        pool = state.crime.offenders
        if len(self._renter) != len(world.place):
            self._renter = np.ascontiguousarray(world.compounds.renter_share, np.float64)
        pool.n = kernel.leave(state.day, pool.rows, pool.n, self.careers)
        pool.room(100 + len(world.place) // 10)
        pool.n = kernel.enter(state.day, world.place, self._renter, self.careers, pool.rows, pool.n)

    def offend(self, world: World, state: State, today: Today) -> None:
        """A day of all trades."""
        crime, pop = state.crime, world.population
        who, venues, crimes = crime.offenders, crime.venues, crime.crimes
        crimes.room(int(2 + self.rules.approaches) * who.n + venues.n)
        venues.room(who.n)
        season = self.season[today.month] * self.weekday[today.date_weekday]
        scene = scene_of(world, state, today)
        crimes.n = rob(state.day, season, who.rows, who.n, scene, crimes.rows, crimes.n, state.flows, crime.caught, self.rules)
        crimes.n = swindle(
            state.day, season, who.rows, who.n, scene, pop.household_residents, pop.age, pop.ties, state.minds,
            crimes.rows, crimes.n, self.rules,
        )  # fmt: skip
        venues.n, crimes.n = trade_in_vice(
            state.day, season, who.rows, who.n, scene, venues.rows, venues.n, crimes.rows, crimes.n, self.rules
        )

    def quarrel(self, world: World, state: State, today: Today) -> None:
        """Open disputes may turn violent."""
        crimes, problems = state.crime.crimes, state.problems
        crimes.room(problems.n)
        if len(self._beyond) != len(world.place):
            self._beyond = np.zeros(len(world.place))
        presence_beyond_usual(
            world.place, state.crime.patrol, state.crime.police, today.levers, self.officers, self.of_an_officer, self._beyond
        )
        crimes.n = quarrel(
            state.day, problems.rows, problems.n, self.violence, world.place, world.population.building_households,
            world.awareness, self._beyond, crimes.rows, crimes.n, self.rules,
        )  # fmt: skip


def patrol_of_an_officer(parameters: Parameters) -> float:
    """Minutes of patrol that one more officer adds on an average day: no more calls and cases come with him."""
    p = parameters
    return float(p["policing.officer_minutes"] * (1.0 - p["policing.paperwork_share"]) * (1.0 - p["policing.visit_share"]))


def scene_of(world: World, state: State, today: Today) -> Scene:
    """What offenders and victims meet today."""
    crime = state.crime
    return Scene(
        world.place, world.awareness, crime.sight, crime.alarm, crime.patrol, today.levers,
        world.population.building_households, 1 if today.date_weekday >= 5 else 0,
    )  # fmt: skip
