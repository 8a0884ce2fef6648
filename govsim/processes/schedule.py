"""The day: one ordered table of what happens, when, what it reads and what it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from govsim.processes.attitudes import Attitudes
from govsim.processes.casework import Casework
from govsim.processes.complaints import Complaints
from govsim.processes.day import Today
from govsim.processes.guardianship import Guardianship
from govsim.processes.offending import Offenders
from govsim.processes.policing import Policing
from govsim.processes.problems import Problems
from govsim.scenario.parameters import Parameters
from govsim.scenario.schema import Mechanisms
from govsim.world.state import State
from govsim.world.world import World


@dataclass(frozen=True)
class Step:
    """One row of the day's table. Its name begins with its mechanism (or with `books`, which always runs).

    `every` week means the last day of each week of the run, month and quarter the last day of those of the calendar.
    """

    name: str
    every: Literal["day", "week", "month", "quarter"]
    does: str
    reads: str
    writes: str
    act: Callable[[World, State, Today], None]


ALL_ON: Final = Mechanisms()


def schedule(parameters: Parameters, on: Mechanisms = ALL_ON) -> tuple[Step, ...]:
    """The steps of a day in their order, without those of mechanisms that are switched off."""
    off = {name for name, running in on.model_dump().items() if not running}
    return tuple(step for step in _steps(parameters, on) if step.name.split(".")[0] not in off)


def _steps(parameters: Parameters, on: Mechanisms) -> tuple[Step, ...]:
    problems, complaints = Problems(parameters), Complaints(parameters, learning=on.attitudes)
    casework, attitudes = Casework(parameters), Attitudes(parameters)
    guardianship, offenders = Guardianship(parameters), Offenders(parameters)
    policing = Policing(parameters, feeling=on.attitudes, problems=on.problems)
    return (
        Step("problems.fade", "day", "problems end by themselves", "problems, service quality", "problems", problems.fade),
        Step("problems.arise", "day", "problems arise, thirteen kinds", "condition, quality, flags, season", "problems", problems.arise),
        Step("problems.find", "day", "grid rounds and household visits find problems", "problems, annoyance", "files, trust", problems.find),
        Step("complaints.complain", "day", "residents complain for the first time", "problems, beliefs, voice", "complaints, files", complaints.complain),
        Step("casework.work", "day", "desks treat files in the order of arrival", "files, capacity, authority", "files, problems", casework.work),
        Step("crime.look", "day", "once a week: what offenders will see of a compound", "hours, ties, guards, devices, disorder", "what offenders see", guardianship.look),
        Step("crime.enter", "day", "careers of offenders end and begin", "offenders, renters", "offenders", offenders.enter),
        Step("crime.offend", "day", "burglars, thieves, swindlers, operators of venues", "what offenders see, alarm, patrol, memory", "crimes, venues, offenders", offenders.offend),
        Step("crime.quarrel", "day", "disputes turn violent", "open problems", "crimes", offenders.quarrel),
        Step("crime.tell", "day", "crimes are reported, recorded and felt", "crimes, trust", "crimes, fear, trust, problems", policing.tell),
        Step("crime.police", "day", "officers answer calls, investigate, arrest, patrol", "crimes, police desks", "crimes, offenders, patrol", policing.work),
        Step("crime.forget", "day", "word of arrests spreads and fades", "arrests", "alarm, crimes", policing.forget),
        Step("complaints.hear", "day", "complainants hear answers, look, and learn", "closed files, problems", "beliefs, trust, files", complaints.hear),
        Step("complaints.go_on", "day", "complainants go on, higher up, together, or give up", "complaints, beliefs, ties", "complaints, files", complaints.go_on),
        Step("books.tidy", "day", "what is finished is put away", "files, problems", "files, problems", casework.tidy),
        Step("attitudes.join", "week", "residents join an online platform where there is one", "platform, neighbours", "platform users", attitudes.join),
        Step("attitudes.live", "week", "residents feel, talk with neighbours, forget", "problems, service, ties", "attitudes, beliefs", attitudes.live),
        Step("crime.keep_up", "week", "security devices wear, are mended and installed", "firm effort, fund", "devices", guardianship.keep_up),
    )  # fmt: skip
