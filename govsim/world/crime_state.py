"""What changes in crime: offenders, crimes, venues, security equipment, police time, and what people know of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.vocabulary import POLICE_WORK
from govsim.world.pool import Pool
from govsim.world.records import CRIME, OFFENDER, SECURITY, VENUE
from govsim.world.tables import F64, I32
from govsim.world.world import World


@dataclass
class CrimeState:
    """All that mechanism 7 carries from day to day."""

    offenders: Pool  # records.OFFENDER
    crimes: Pool  # records.CRIME: those of the last year and those not yet closed
    venues: Pool  # records.VENUE: open ones
    security: np.ndarray  # records.SECURITY (compounds,)
    alarm: F64  # (compounds,) risk that offenders have learned of there, from arrests; fades
    felt: F64  # (compounds,) crimes that residents know of, per 1,000 residents, slowly forgotten
    police: F64  # (beats, vocabulary.POLICE_WORK) minutes spent today
    patrol: F64  # (compounds,) minutes of patrol today
    last_crime: I32  # (compounds,) day of the last completed burglary, -1 none yet


def begin_crime(world: World) -> CrimeState:
    """Crime on the first day of the burn-in."""
    n = len(world.compounds)
    return CrimeState(
        offenders=Pool(np.zeros(256, OFFENDER)),
        crimes=Pool(np.zeros(1024, CRIME)),
        venues=Pool(np.zeros(64, VENUE)),
        security=np.zeros(n, SECURITY),
        alarm=np.zeros(n),
        felt=np.full(n, world.parameters["attitudes.crime_usual"]),
        police=np.zeros((len(world.institutions.beats), len(POLICE_WORK))),
        patrol=np.zeros(n),
        last_crime=np.full(n, -1, np.int32),
    )
