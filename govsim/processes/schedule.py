"""The day: one ordered table of what happens, when, what it reads and what it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from govsim.processes.attitudes import Attitudes
from govsim.processes.casework import Casework
from govsim.processes.complaints import Complaints
from govsim.processes.day import Today
from govsim.processes.gatherings import Gatherings
from govsim.processes.guardianship import Guardianship
from govsim.processes.lifts import Lifts
from govsim.processes.offending import Offenders
from govsim.processes.policing import Policing
from govsim.processes.problems import Problems
from govsim.processes.property_economy import PropertyEconomy
from govsim.processes.self_government import SelfGovernment
from govsim.processes.volunteers import Volunteers
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


#: The step that puts away what is finished: whoever wants to see the day looks before it.
TIDY: Final = "books.tidy"
ALL_ON: Final = Mechanisms()


def schedule(parameters: Parameters, on: Mechanisms = ALL_ON) -> tuple[Step, ...]:
    """The steps of a day in their order, without those of mechanisms that are switched off."""
    off = {name for name, running in on.model_dump().items() if not running}
    return tuple(step for step in _steps(parameters, on) if step.name.split(".")[0] not in off)


def _steps(parameters: Parameters, on: Mechanisms) -> tuple[Step, ...]:
    problems, complaints = Problems(parameters), Complaints(parameters, learning=on.attitudes)
    casework, attitudes = Casework(parameters, paid=on.economy), Attitudes(parameters)
    guardianship, offenders = Guardianship(parameters), Offenders(parameters)
    policing = Policing(parameters, feeling=on.attitudes, problems=on.problems)
    economy, self_rule = PropertyEconomy(parameters), SelfGovernment(parameters, contracts=on.economy)
    lifts = Lifts(parameters, self_rule.rules)
    return (
        Step("problems.fade", "day", "problems end by themselves", "problems, service quality", "problems", problems.fade),
        Step("problems.build", "day", "works in a compound go on where there are any", "levers", "condition", problems.surroundings.build),
        Step("problems.arise", "day", "problems arise, thirteen kinds", "condition, quality, flags, season", "problems", problems.arise),
        Step("problems.help", "day", "help from outside meets needs", "problems, levers", "problems", problems.surroundings.help),
        Step("problems.find", "day", "grid rounds and household visits find problems", "problems, annoyance", "files, trust", problems.find),
        Step("complaints.complain", "day", "residents complain for the first time", "problems, beliefs, voice", "complaints, files", complaints.complain),
        Step("casework.take_up", "day", "old grievances are taken up where somebody is in charge of them", "problems, levers", "files", casework.take_up),
        Step("casework.window", "day", "labour disputes are mediated at a window where there is one", "problems, levers", "problems", casework.hold_window),
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
        Step(TIDY, "day", "what is finished is put away", "files, problems", "files, problems", casework.tidy),
        Step("problems.stocks", "week", "structures, group-rented flats and premises come and go; agreed rules spread and fade", "stocks, levers, belonging", "stocks, rules", problems.surroundings.change),
        Step("self_government.lifts", "week", "lifts that owners had added begin to run", "lifts", "who is served by them", lifts.open),
        Step("attitudes.join", "week", "residents join an online platform where there is one", "platform, neighbours", "platform users", attitudes.join),
        Step("attitudes.live", "week", "residents feel, talk with neighbours, forget", "problems, service, ties", "attitudes, beliefs", attitudes.live),
        Step("attitudes.gather", "week", "residents come to activities and get to know each other", "belonging, levers", "belonging, acquaintances", Gatherings(parameters).hold),
        Step("attitudes.volunteer", "week", "residents join and leave the lists of volunteers", "belonging, fear, ties", "volunteers", Volunteers(parameters).change),
        Step("crime.keep_up", "week", "security devices wear, are mended and installed", "firm effort, fund", "devices", guardianship.keep_up),
        Step("economy.gaps", "day", "days without a property firm are counted", "contracts", "counts", economy.count_gaps),
        Step("economy.fees", "month", "households decide whether to pay the fee, and pay", "service felt, trust, neighbours", "fees, books", economy.collect),
        Step("economy.service", "month", "firms take in, work, pay; quality and condition follow", "fees, oversight, risk", "effort, quality, condition, books", economy.serve),
        Step("economy.contracts", "month", "firms leave, bid, take over and learn", "income, reputation", "contracts, firms", economy.contract),
        Step("economy.assess", "quarter", "firms' service is rated in public where it is assessed", "quality, levers", "contracts", economy.assess),
        Step("self_government.workers", "quarter", "leaders and staff of residents' committees come and go", "owners' committees", "staffing of desks", self_rule.work),
        Step("self_government.committees", "quarter", "owners' committees fall, are formed, are elected anew", "attitudes, voice", "owners' committees", self_rule.form),
        Step("self_government.oversight", "quarter", "committees quarrel, watch the firm, publish accounts", "service felt", "oversight, openness", self_rule.supervise),
        Step("self_government.votes", "quarter", "owners vote on the firm and on raising the fund", "service felt, contracts, fund", "contracts, fund, books", self_rule.decide),
        Step("self_government.buildings", "quarter", "owners of buildings without a lift vote on one where they are asked", "attitudes, levers", "lifts", lifts.decide),
    )  # fmt: skip
