"""Desks: every queue of the district, with its capacity in standard cases a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govsim.scenario.parameters import Parameters
from govsim.vocabulary import DEPARTMENTS, DESKS
from govsim.world.records import DESK
from govsim.world.tables import F64, I32, I64, Compounds, Institutions


@dataclass(frozen=True)
class Desks:
    """Rows of desks, one kind after the other; `first[kind]` is the first row of a kind.

    A firm has one desk per compound, an estate's committees one each; mediators, town and petition office one per town;
    police one per beat; each department and the court one per district.
    """

    rows: np.ndarray  # records.DESK, with the baseline capacity
    first: I64  # (len(DESKS) + 1,)
    desk: I32  # who serves whom: desk row ...
    compound: I32  # ... compound row ...
    people: F64  # ... and how many of the compound's residents


def lay_out(compounds: Compounds, institutions: Institutions, parameters: Parameters) -> Desks:
    """All desks and whom they serve; capacity follows the residents served."""
    n = len(compounds)
    counts = [
        n, len(institutions.committees), len(institutions.towns), len(institutions.towns), len(institutions.beats),
        len(institutions.towns), len(institutions.districts) * len(DEPARTMENTS), len(institutions.districts),
    ]  # fmt: skip
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    all_compounds = np.arange(n, dtype=np.int32)
    everybody = compounds.residents.astype(np.float64)
    share = parameters["casework.department_share"] / parameters["casework.department_share"].sum()
    served: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = [(first[0] + all_compounds, all_compounds, everybody)]
    many = np.repeat(all_compounds, compounds.committees)
    number = np.arange(len(many)) - np.repeat(np.cumsum(compounds.committees) - compounds.committees, compounds.committees)
    served.append((first[1] + compounds.first_committee[many] + number, many, (everybody / compounds.committees)[many]))
    for kind, row in ((2, compounds.town), (3, compounds.town), (4, compounds.beat), (5, compounds.town)):
        served.append((first[kind] + row, all_compounds, everybody))
    for d in range(len(DEPARTMENTS)):
        served.append((first[6] + compounds.district * len(DEPARTMENTS) + d, all_compounds, everybody * share[d]))
    served.append((first[7] + compounds.district, all_compounds, everybody))
    rows = np.zeros(int(first[-1]), DESK)
    rows["kind"] = np.repeat(np.arange(len(DESKS)), counts)
    rows["staffing"] = 1.0
    desk = np.concatenate([s[0] for s in served]).astype(np.int32)
    people = np.concatenate([s[2] for s in served])
    rows["capacity"] = np.bincount(desk, people, len(rows)) / 1000 * parameters["casework.capacity"][rows["kind"]]
    return Desks(rows, first, desk, np.concatenate([s[1] for s in served]).astype(np.int32), people)
