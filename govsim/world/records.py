"""The records that hot loops work on: people, problems, cases, complaints, desks, one row of facts per compound."""

from __future__ import annotations

from typing import Final

import numpy as np

#: Facts per compound that kernels read. Counts and offsets; `stream` is the key of the compound's draws.
PLACE: Final = np.dtype(
    [
        ("stream", "u8"), ("residents", "i4"), ("households", "i4"), ("resident0", "i8"), ("household0", "i8"),
        ("building0", "i4"), ("buildings", "i4"), ("town", "i4"), ("district", "i4"), ("beat", "i4"),
        ("committee0", "i4"), ("committees", "i4"),
    ],
    align=True,
)  # fmt: skip

#: What the daily loop reads of a resident, eight bytes. `busy`: has a complaint open.
PERSON: Final = np.dtype([("voice", "f4"), ("busy", "u1"), ("habitual", "u1"), ("hours", "u1"), ("on_platform", "u1")])

#: What a resident feels, all 0..1 but annoyance (a load) and taste (around 0); `building` counts within the compound.
MIND: Final = np.dtype(
    [
        ("satisfaction", "f4"), ("trust_firm", "f4"), ("trust_committee", "f4"), ("trust_police", "f4"),
        ("belonging", "f4"), ("fear", "f4"), ("service_felt", "f4"), ("annoyance", "f4"), ("anchor", "f4"),
        ("taste", "f4"), ("building", "u2"),
    ],
    align=True,
)  # fmt: skip

#: A problem that is there (or gone, but its file is still open). `number` counts the kind's problems of that day;
#: `share` is what one of the households that share it feels responsible for.
PROBLEM: Final = np.dtype(
    [
        ("compound", "i4"), ("building", "i4"), ("household", "i4"), ("born", "i4"), ("case", "i4"), ("severity", "f4"),
        ("share", "f4"), ("number", "i2"), ("closings", "i2"), ("kind", "i1"), ("reach", "i1"), ("known", "i1"), ("gone", "i1"),
    ],
    align=True,
)  # fmt: skip

#: A case file: at most one open file per problem. `result` is 0 while open, then 1 + index into vocabulary.ENDINGS.
CASE: Final = np.dtype(
    [
        ("problem", "i4"), ("compound", "i4"), ("desk", "i4"), ("opened", "i4"), ("arrives", "i4"), ("hands", "i2"),
        ("kind", "i1"), ("desk_kind", "i1"), ("channel", "i1"), ("supervised", "i1"), ("priority", "i1"),
        ("waiting", "i1"), ("result", "i1"), ("treatments", "i1"), ("treated_on", "i4"),
    ],
    align=True,
)  # fmt: skip

#: One resident's open complaint. `state` is WAITING for an answer, or ILL: answered, and the problem still there.
COMPLAINT: Final = np.dtype(
    [
        ("resident", "i4"), ("compound", "i4"), ("problem", "i4"), ("case", "i4"), ("first", "i4"), ("step", "i4"),
        ("channel", "i1"), ("state", "i1"), ("used_hotline", "i1"), ("done", "i1"),
    ],
    align=True,
)  # fmt: skip

#: A desk: one queue. Capacity and credit in standard cases a day.
DESK: Final = np.dtype([("capacity", "f8"), ("credit", "f8"), ("kind", "i1")], align=True)

WAITING, ILL = 0, 1
UNKNOWN, COMPLAINED, FOUND = 0, 1, 2  # whether a problem is known to anybody in office
OPEN, SOLVED, UNSOLVED, WITHDRAWN = 0, 1, 2, 3
DWELLING, BUILDING, COMPOUND = 0, 1, 2
FOUND_BY_STAFF = -1  # a case's channel when nobody complained
