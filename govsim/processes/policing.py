"""Mechanism 7, what follows: victims report and feel, police record, investigate, clear, arrest and patrol.

Reads today's crimes, minds, police desks, devices, levers; writes crimes' marks, minds, problems, police time, alarm. Every
day. Rule: chances of reporting and clearing are logistic and exponential in what speaks for them; a beat's minutes are
spent in a fixed order and what is left is patrol. Parameters: victims.toml, policing.toml.
Sources: loss and reporting (Liu and others 2018), past victims report less (Zhang, Messner and Liu 2007).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from govsim.kernels import aftermath, police
from govsim.kernels.groups import follow_groups
from govsim.processes.day import Today
from govsim.processes.offending import scene_of
from govsim.processes.rules import rules
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import CRIMES, DESKS, KINDS
from govsim.world.state import State
from govsim.world.tables import F64, I32
from govsim.world.world import World

#: The kind of problem that a crime may leave behind.
LEAVES = {"burglary": "security", "bicycle_theft": "security", "ebike_theft": "security", "vice": "street"}
POLICE_DESK = DESKS.index("police")
WEEK, KEEP_DAYS = 7, 365
#: What a crime does to minds: fields of `Victims` that belong to mechanism 4.
FEELINGS = ("fear_victim", "fear_neighbour", "satisfaction_victim", "belonging_victim", "trust_victim")


class Victims(NamedTuple):
    """Parameters of victims.toml as kernels read them."""

    report_level: F64
    report_loss: float
    report_attempt: float
    report_trust: float
    report_trust_reference: float
    report_past: float
    loss_reference: F64
    publicity: F64
    attempt_felt: float
    fear_victim: float
    fear_neighbour: float
    satisfaction_victim: float
    belonging_victim: float
    trust_victim: float
    problem_chance: F64
    problem_severity: float
    sharing: float
    repeat_days: float
    near_days: float
    near_metres: float


class Police(NamedTuple):
    """Parameters of policing.toml as kernels read them."""

    recorded_share: F64
    investigation_delay: float
    clear_base: F64
    clear_cameras: float
    clear_control: float
    clear_information: float
    officer_minutes: float
    call_minutes: float
    other_calls: float
    response_minutes: F64
    case_minutes: F64
    paperwork_share: float
    visit_share: float
    lapse: float
    arrest_share: F64
    earlier_cleared: float
    earlier_within: float
    hot_spot_scale: float
    detention_least: float
    detention_mean: float


class Groups(NamedTuple):
    """Parameters of offenders.toml and policing.toml on organised offenders, as kernels read them."""

    organised: F64
    group_reach: float
    group_minutes: float
    detention_least: float
    detention_mean: float


class Traces(NamedTuple):
    """What crimes leave in the state, as the kernel writes it."""

    felt: F64
    known: F64
    last_crime: I32
    last_burglary: I32


class Policing:
    """Victims, their neighbours, and the police."""

    def __init__(self, parameters: Parameters, feeling: bool = True, problems: bool = True) -> None:
        """`feeling`: whether crimes move minds (mechanism 4); `problems`: whether they leave problems (mechanism 1)."""
        held = {} if feeling else dict.fromkeys(FEELINGS, 0.0)
        self.victims = rules(
            Victims, "victims", parameters, loss_reference=parameters["crime.loss_median"],
            sharing=parameters["problems.sharing"], **held,
        )  # fmt: skip
        self.police = rules(
            Police, "policing", parameters, detention_least=parameters["offenders.detention_least"],
            detention_mean=parameters["offenders.detention_mean"],
        )  # fmt: skip
        self.groups = rules(Groups, "offenders", parameters, group_minutes=parameters["policing.group_minutes"])
        leaves = [KINDS.index(LEAVES[kind]) if problems and kind in LEAVES else -1 for kind in CRIMES]
        self.crime_problem = np.array(leaves, np.int64)
        weekend = parameters["policing.weekend"]
        self.weekday_share: float = 7.0 / (5.0 + 2.0 * weekend)
        self.weekend_share: float = weekend * self.weekday_share
        self.alarm_fade = float(np.exp(-1.0 / parameters["offenders.alarm_memory"]))
        self.alarm_near: float = parameters["offenders.alarm_near"]
        self.felt_fade: float = 0.5 ** (1.0 / parameters["victims.felt_half_life"])
        self.known_fade: float = 0.5 ** (1.0 / parameters["policing.known_half_life"])
        self.statute: float = parameters["policing.statute"]
        self._left = np.zeros(0)

    def tell(self, world: World, state: State, today: Today) -> None:
        """Today's crimes are reported, recorded, felt."""
        crime, problems = state.crime, state.problems
        rows, n = crime.crimes.rows, crime.crimes.n
        first = police.first_since(rows, n, state.day)
        problems.room(n - first + 1)
        trust = state.sums[:, 3] / world.place["residents"]
        problems.n = aftermath.tell(
            state.day, rows, first, n, scene_of(world, state, today), world.population.household_residents, state.minds,
            trust, self.crime_problem, problems.rows, problems.n,
            Traces(crime.felt, crime.known, crime.last_crime, crime.last_burglary), state.flows, self.victims, self.police,
        )  # fmt: skip

    def work(self, world: World, state: State, today: Today) -> None:
        """A day of the beats' officers."""
        crime, place, levers = state.crime, world.place, today.levers
        rows, n, beats = crime.crimes.rows, crime.crimes.n, len(crime.police)
        if len(self._left) != beats:
            self._left = np.zeros(beats)
        first = police.first_since(rows, n, state.day)
        share = self.weekend_share if today.date_weekday >= 5 else self.weekday_share
        police.set_out(
            share, place, levers, state.desks, world.desks.first[POLICE_DESK], rows, first, n, crime.police, self._left,
            self.police,
        )  # fmt: skip
        if levers["policing_group_traced"].any() or levers["policing_covers_closed"].any():
            follow_groups(
                state.day, crime.offenders.rows, crime.offenders.n, crime.venues.rows, crime.venues.n, place,
                world.awareness, levers, crime.police, self._left, state.flows, self.groups,
            )  # fmt: skip
        police.investigate(
            state.day, rows, n, crime.offenders.rows, crime.offenders.n, crime.venues.rows, crime.venues.n, place, levers,
            crime.police, self._left, crime.caught, state.flows, self.police,
        )  # fmt: skip
        police.walk(place, levers, crime.known, crime.police, self._left, crime.patrol, state.flows, self.police)

    def forget(self, world: World, state: State, today: Today) -> None:
        """Word of arrests spreads, memories fade; once a week old rows are put away."""
        crime, near = state.crime, world.layers["proximity"]
        aftermath.spread_word(
            crime.caught, crime.alarm, self.alarm_fade, self.alarm_near, near.indptr, near.indices, near.weights
        )
        crime.felt *= self.felt_fade
        crime.known *= self.known_fade
        if state.day % WEEK == WEEK - 1:
            crime.crimes.n = aftermath.put_away(state.day, crime.crimes.rows, crime.crimes.n, KEEP_DAYS, self.statute)
