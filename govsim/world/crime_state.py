"""What changes in crime: offenders, crimes, venues, security equipment, police time, and what people know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from govsim.kernels.offenders import settle
from govsim.scenario.parameters import Parameters
from govsim.vocabulary import POLICE_WORK
from govsim.world.pool import Pool
from govsim.world.records import CRIME, OFFENDER, SECURITY, SIGHT, VENUE
from govsim.world.tables import F64, I32
from govsim.world.world import World


class Careers(NamedTuple):
    """Parameters of offenders.toml that say who lives by crime, as kernels read them."""

    pool: F64
    pool_renters: float
    renter_reference: float
    held_at_start: F64
    detention_mean: float
    career_mean: float
    rate_mean: F64
    rate_spread: float
    rate_cap: float
    hope_start: F64
    hope_memory: float
    partner_share: float


def careers(parameters: Parameters) -> Careers:
    """Those parameters, by name."""
    p = parameters
    return Careers(
        p["offenders.pool"], p["offenders.pool_renters"], p["offenders.renter_reference"], p["offenders.held_at_start"],
        p["offenders.detention_mean"], p["offenders.career_mean"], p["offenders.rate_mean"], p["offenders.rate_spread"],
        p["offenders.rate_cap"], p["offenders.hope_start"], p["offenders.hope_memory"], p["offenders.partner_share"],
    )  # fmt: skip


@dataclass
class CrimeState:
    """All that mechanism 7 carries from day to day."""

    offenders: Pool  # records.OFFENDER
    crimes: Pool  # records.CRIME in the order of days: those of the last year and those not yet closed
    venues: Pool  # records.VENUE: open ones
    security: np.ndarray  # records.SECURITY (compounds,)
    sight: np.ndarray  # records.SIGHT (compounds,) what offenders see this week
    alarm: F64  # (compounds,) risk that offenders have learned of there, from arrests; fades
    felt: F64  # (compounds,) crimes that residents know of, per 1,000 residents, slowly forgotten
    known: F64  # (compounds,) recorded crimes, fading: what the police go by
    caught: F64  # (compounds,) arrests of today that offenders have not heard of yet
    police: F64  # (beats, vocabulary.POLICE_WORK) minutes spent today
    patrol: F64  # (compounds,) minutes of patrol today
    last_crime: I32  # (compounds,) day of the last completed burglary, -1 none yet
    last_burglary: I32  # (households,) day of the last completed burglary, -1 none yet


def begin_crime(world: World) -> CrimeState:
    """Crime on the first day of the burn-in: offenders in the middle of their careers, devices as they usually are."""
    n, c, p = len(world.compounds), world.compounds, world.parameters
    who = careers(p)
    renter = np.ascontiguousarray(c.renter_share, np.float64)
    offenders = np.zeros(settle(world.place, renter, who, np.zeros(0, OFFENDER)) + 64, OFFENDER)
    security = np.zeros(n, SECURITY)
    security["cameras"], security["access"] = p["crime.cameras_start"][c.type], p["crime.access_start"][c.type] * c.gated
    security["cameras_work"] = security["access_works"] = p["crime.works_start"]
    return CrimeState(
        offenders=Pool(offenders, int(settle(world.place, renter, who, offenders))),
        crimes=Pool(np.zeros(1024, CRIME)),
        venues=Pool(np.zeros(64, VENUE)),
        security=security,
        sight=np.zeros(n, SIGHT),
        alarm=np.zeros(n),
        felt=np.full(n, world.parameters["attitudes.crime_usual"]),
        known=np.zeros(n),
        caught=np.zeros(n),
        police=np.zeros((len(world.institutions.beats), len(POLICE_WORK))),
        patrol=np.zeros(n),
        last_crime=np.full(n, -1, np.int32),
        last_burglary=np.full(world.population.households, -1, np.int32),
    )
