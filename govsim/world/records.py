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
#: `volunteer`: on the list of volunteers; `victim`: times a victim of crime since the run began (at most 255).
MIND: Final = np.dtype(
    [
        ("satisfaction", "f4"), ("trust_firm", "f4"), ("trust_committee", "f4"), ("trust_police", "f4"),
        ("belonging", "f4"), ("fear", "f4"), ("service_felt", "f4"), ("annoyance", "f4"), ("anchor", "f4"),
        ("taste", "f4"), ("building", "u2"), ("volunteer", "u1"), ("victim", "u1"),
    ],
    align=True,
)  # fmt: skip

#: A problem that is there (or gone, but its file is still open). `number` counts the kind's problems of that day;
#: `share` is what one of the households that share it feels responsible for; `files` counts the files opened on it.
PROBLEM: Final = np.dtype(
    [
        ("compound", "i4"), ("building", "i4"), ("household", "i4"), ("born", "i4"), ("case", "i4"), ("severity", "f4"),
        ("share", "f4"), ("number", "i2"), ("closings", "i2"), ("files", "i2"), ("kind", "i1"), ("reach", "i1"), ("known", "i1"),
        ("gone", "i1"),
    ],
    align=True,
)  # fmt: skip

#: A case file: at most one open file per problem; `nth` file of its problem. `result` is 0 while open, then 1 + index
#: into vocabulary.ENDINGS.
CASE: Final = np.dtype(
    [
        ("problem", "i4"), ("compound", "i4"), ("desk", "i4"), ("opened", "i4"), ("arrives", "i4"), ("hands", "i2"),
        ("nth", "i2"), ("kind", "i1"), ("first_desk", "i1"), ("desk_kind", "i1"), ("channel", "i1"), ("supervised", "i1"),
        ("priority", "i1"), ("waiting", "i1"), ("result", "i1"), ("treatments", "i1"), ("treated_on", "i4"),
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

#: A desk: one queue. Capacity, credit and what was used today in standard cases (a day); `staffing` is the share of the
#: capacity that is manned: firms that save and committees that are short of staff have less; `skill` (log odds) of those who
#: mediate there.
DESK: Final = np.dtype(
    [("capacity", "f8"), ("credit", "f8"), ("staffing", "f8"), ("used", "f8"), ("skill", "f8"), ("kind", "i1")],
    align=True,
)  # fmt: skip

#: A household's fees: `balance` in fen (cents of a yuan), below zero what it owes, above what it has paid ahead;
#: `months_owed` in months; `leaning` its own readiness to pay in log odds; `pays` its present habit; `payer` index into
#: vocabulary.PAYER_TYPES; `sued`: a court case runs.
HOUSEHOLD: Final = np.dtype(
    [("balance", "i4"), ("leaning", "f4"), ("months_owed", "u1"), ("pays", "u1"), ("payer", "u1"), ("sued", "u1")], align=True
)

#: The contract of one compound. `firm` -1: none (a gap in service until a firm is found); `since`, `vacant_until` days of
#: the run; `former` the firm before; `cost` of full service relative to the standard; `income` a month in fen as the firm
#: sees it; `start_money` in fen, left of what a new firm brings; `reds`: red ratings in a row, where service is assessed.
CONTRACT: Final = np.dtype(
    [
        ("firm", "i4"), ("former", "i4"), ("since", "i4"), ("vacant_until", "i4"), ("start_money", "i8"), ("cost", "f8"),
        ("income", "f8"), ("reds", "i4"),
    ],
    align=True,
)  # fmt: skip

#: A property firm: `reputation` 0..1 (its credit rating), `risk`: how likely it thinks bad service loses a contract,
#: learned from its own contracts and others'; `homes` it looks after now; `lost`, `won`: contracts, since the start.
FIRM: Final = np.dtype([("reputation", "f8"), ("risk", "f8"), ("homes", "i8"), ("lost", "i4"), ("won", "i4")], align=True)

#: An owners' committee: `status` index into vocabulary.OWNERS_STATES, `integrity` 0..1, `elected` day of the run (of the
#: term that runs), `books`: publishes its accounts, `conflict_*` 0..1 with the firm and with the residents' committee.
OWNERS: Final = np.dtype(
    [
        ("integrity", "f8"), ("conflict_firm", "f8"), ("conflict_committee", "f8"), ("elected", "i4"), ("status", "i1"),
        ("books", "u1"),
    ],
    align=True,
)  # fmt: skip

#: A residents' committee: `leader` drive and `skill` 0..1, `staff` as a share of its posts, `trained` how much of what classes
#: teach its workers have in hand, 0..1, `leader_since` day of the run.
COMMITTEE: Final = np.dtype(
    [("leader", "f8"), ("skill", "f8"), ("staff", "f8"), ("trained", "f8"), ("leader_since", "i4")], align=True
)  # fmt: skip

#: One who lives by crime. `home` compound and `born` day with `number` are the key of all his draws (a career of his
#: home compound; `number` is 4096 x the trade he entered + a count of that day); `trade` index into vocabulary.TRADES;
#: `ends` last day of the career; `away_until` day on which detention ends, `arrested` day of the last arrest (-1 none);
#: `rate` trips per free day; `hope` belief that going out pays, 0..1; `partner` row of a co-offender or -1.
#: Memory: the last successes (compound, building, home, day) and failures (compound, day), -1 empty.
MEMORY: Final = 8
OFFENDER: Final = np.dtype(
    [
        ("home", "i4"), ("born", "i4"), ("ends", "i4"), ("away_until", "i4"), ("arrested", "i4"), ("partner", "i4"),
        ("number", "i2"), ("trade", "i1"), ("next_success", "i1"), ("next_failure", "i1"), ("rate", "f8"), ("hope", "f8"),
        ("success_compound", "i4", (MEMORY,)), ("success_building", "i4", (MEMORY,)), ("success_home", "i4", (MEMORY,)),
        ("success_day", "i4", (MEMORY,)), ("failure_compound", "i4", (MEMORY,)), ("failure_day", "i4", (MEMORY,)),
    ],
    align=True,
)  # fmt: skip

#: A crime or an attempt. `kind` index into vocabulary.CRIMES; `building` and `household` are rows (-1 none); `number`
#: counts the kind's crimes of that compound and day; `offender_home`, `offender_born`, `offender_number` name the
#: offender (-1: nobody of the pool); `loss` in yuan; x, y in metres. What happened (completed), was reported, was recorded,
#: was cleared are four different things; `cleared_on` -1: not. `evidence`: chance that an investigation clears it; `due`:
#: day on which the police take it up (-1 never), and once it is closed the day on which that happened.
CRIME: Final = np.dtype(
    [
        ("day", "i4"), ("compound", "i4"), ("building", "i4"), ("household", "i4"), ("offender_home", "i4"),
        ("offender_born", "i4"), ("offender_number", "i2"), ("offender_trade", "i1"), ("kind", "i1"), ("number", "i2"),
        ("completed", "u1"), ("reported", "u1"), ("recorded", "u1"), ("cleared", "u1"), ("closed", "u1"),
        ("evidence", "f4"), ("x", "f4"), ("y", "f4"), ("loss", "f4"), ("cleared_on", "i4"), ("due", "i4"),
    ],
    align=True,
)  # fmt: skip

#: A venue of vice: where, since when, whose (offender's key), and whether it is closed.
VENUE: Final = np.dtype(
    [
        ("compound", "i4"), ("building", "i4"), ("opened", "i4"), ("offender_home", "i4"), ("offender_born", "i4"),
        ("offender_number", "i2"), ("closed", "u1"),
    ],
    align=True,
)  # fmt: skip

#: Security equipment of a compound: share of the standard that is installed, and share of it that works today.
SECURITY: Final = np.dtype(
    [("cameras", "f8"), ("cameras_work", "f8"), ("access", "f8"), ("access_works", "f8")], align=True
)  # fmt: skip

#: A compound as offenders find it this week. `pull` log odds of taking it up, by trade; `home` share of residents at home
#: on weekdays and at week-ends; `guards` relative to the usual; `control` how far neighbours know each other and care,
#: relative to the usual; `watch` volunteers on watch per 100 homes; `cameras`, `access` that work, 0..1.
SIGHT: Final = np.dtype(
    [
        ("pull", "f8", (4,)), ("home", "f8", (2,)), ("guards", "f8"), ("control", "f8"), ("watch", "f8"),
        ("cameras", "f8"), ("access", "f8"),
    ],
    align=True,
)  # fmt: skip

WAITING, ILL = 0, 1
UNKNOWN, COMPLAINED, FOUND = 0, 1, 2  # whether a problem is known to anybody in office
OPEN, SOLVED, UNSOLVED, WITHDRAWN = 0, 1, 2, 3
DWELLING, BUILDING, COMPOUND = 0, 1, 2
FOUND_BY_STAFF = -1  # a case's channel when nobody complained
