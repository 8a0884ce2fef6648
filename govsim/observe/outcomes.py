"""What is counted: every outcome, what kind of truth it is, its unit, and whether more of it is better.

Four truths are kept apart everywhere: what happened, what was reported, what was recorded, what was felt.
A flow is a count (or a sum) over a period; a stock is measured on the period's last day. A headline is a figure made
from them for people to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from govsim.vocabulary import (
    BELIEFS,
    CHANNELS,
    CRIMES,
    DESKS,
    ENDINGS,
    FEEDING,
    FIRM_ENDINGS,
    KINDS,
    OWNERS_STATES,
    PAYERS,
    POLICE_WORK,
    PURPOSES,
    TRADES,
    VOTES,
)

Truth = Literal["happened", "reported", "recorded", "felt", "resources"]


@dataclass(frozen=True)
class Outcome:
    """One counted thing: its slots in the counters are consecutive, one per category."""

    name: str
    truth: Truth
    kind: Literal["flow", "stock"]
    unit: str
    about: str
    categories: tuple[str, ...] = ("all",)


@dataclass(frozen=True)
class Headline:
    """A figure that people compare, made from one or two outcomes over the whole horizon.

    value = scale * sum(numerator) / sum(denominator); `per` names the denominator: an outcome, or
    "resident_years" (residents x years observed) and so on. Stocks enter as their mean over the weeks.
    """

    name: str
    numerator: tuple[str, str]  # outcome, category ("*" sums all categories)
    per: tuple[str, str] | Literal["resident_years", "residents", "compounds", "compound_years", "crimes_and_attempts", "one"]
    scale: float
    unit: str
    better: Literal["up", "down", "neither"]
    truth: Truth
    zh: str
    en: str


SURROUNDINGS_FLOWS: Final = (
    Outcome(
        "stock_new",
        "happened",
        "flow",
        "things",
        "illegal structures, group-rented flats and unlicensed premises that came (back)",
        FEEDING,
    ),
    Outcome("stock_cleared", "recorded", "flow", "things", "those that enforcement removed on its own", FEEDING),
    Outcome("stock_removed", "recorded", "flow", "things", "those that a solved case removed", FEEDING),
    Outcome("helped", "happened", "flow", "problems", "problems that help from outside met"),
    Outcome("attendances", "happened", "flow", "visits", "attendances at activities"),
)
ECONOMY_FLOWS: Final = (
    Outcome("fees_billed", "recorded", "flow", "yuan", "property fees billed to households"),
    Outcome("fees_paid", "recorded", "flow", "yuan", "property fees that households paid, old debts included"),
    Outcome("money", "resources", "flow", "yuan", "payments in the compounds' books, by purpose", PURPOSES),
    Outcome("reminders", "recorded", "flow", "reminders", "reminders sent to households that owe"),
    Outcome("fee_suits", "recorded", "flow", "cases", "households sued for their fees"),
    Outcome("firm_changes", "recorded", "flow", "contracts", "contracts that ended, by how", FIRM_ENDINGS),
    Outcome("contracts_won", "recorded", "flow", "contracts", "contracts with a new firm"),
    Outcome("days_without_firm", "happened", "flow", "days", "days without a property firm"),
)
SELF_RULE_FLOWS: Final = (
    Outcome("votes_held", "recorded", "flow", "votes", "votes of owners, by subject", VOTES),
    Outcome("votes_valid", "recorded", "flow", "votes", "votes that reached the quorum, by subject", VOTES),
    Outcome("votes_passed", "recorded", "flow", "votes", "votes that passed, by subject", VOTES),
    Outcome("votes_entitled", "recorded", "flow", "households", "households entitled to vote, over all votes"),
    Outcome("votes_taken_part", "recorded", "flow", "households", "households that took part, over all votes"),
    Outcome("committees_formed", "recorded", "flow", "committees", "owners' committees formed"),
    Outcome(
        "committees_fallen",
        "happened",
        "flow",
        "committees",
        "owners' committees that ceased to work, by what they became",
        OWNERS_STATES,
    ),
    Outcome("leaders_changed", "recorded", "flow", "committees", "residents' committees that got a new leader"),
)
CRIME_FLOWS: Final = (
    Outcome("crimes", "happened", "flow", "crimes", "crimes completed, by type (vice: weeks that a venue was open)", CRIMES),
    Outcome("crime_attempts", "happened", "flow", "attempts", "attempts that failed, by type", CRIMES),
    Outcome("crimes_reported", "reported", "flow", "crimes", "crimes and attempts that somebody reported, by type", CRIMES),
    Outcome("crimes_recorded", "recorded", "flow", "crimes", "crimes and attempts that the police recorded, by type", CRIMES),
    Outcome("crimes_cleared", "recorded", "flow", "crimes", "recorded crimes that were cleared, by type", CRIMES),
    Outcome("repeat_victims", "happened", "flow", "crimes", "burglaries of homes that had one within a year before"),
    Outcome(
        "near_repeats",
        "happened",
        "flow",
        "crimes",
        "burglaries within 14 days and 200 m of an earlier one, not of the same home",
    ),
    Outcome("losses", "happened", "flow", "yuan", "what victims lost"),
    Outcome("arrests", "recorded", "flow", "arrests", "offenders arrested, by trade", TRADES),
    Outcome("venues_closed", "recorded", "flow", "venues", "venues of vice that the police closed"),
    Outcome("police_minutes", "resources", "flow", "minutes", "police time of the beats, by work", POLICE_WORK),
    Outcome("volunteers_joined", "happened", "flow", "residents", "residents who joined the list of volunteers"),
    Outcome("volunteers_left", "happened", "flow", "residents", "residents who left the list of volunteers"),
)

FLOWS: Final = (
    Outcome("problems", "happened", "flow", "problems", "problems that arose", KINDS),
    Outcome(
        "problems_unreported",
        "happened",
        "flow",
        "problems",
        "problems that ended without anybody having complained, nor staff having found them",
    ),
    Outcome(
        "complaints",
        "reported",
        "flow",
        "complaints",
        "complaints filed, by channel (a second step counts again)",
        CHANNELS,
    ),
    Outcome("hotline_complaints", "reported", "flow", "complaints", "hotline complaints, by kind of problem", KINDS),
    Outcome(
        "first_complaints",
        "reported",
        "flow",
        "complaints",
        "complaints by somebody who had none open, by channel",
        CHANNELS,
    ),
    Outcome(
        "repeat_complaints",
        "reported",
        "flow",
        "complaints",
        "hotline complaints on a problem the same person had already brought to the hotline",
    ),
    Outcome("property_petitions", "reported", "flow", "petitions", "petitions on property management"),
    Outcome("petitions", "reported", "flow", "petitions", "petitions, single and collective", ("single", "collective")),
    Outcome("petitioners", "reported", "flow", "people", "people who took part in petitions"),
    Outcome("given_up", "felt", "flow", "complainants", "complainants who gave up on a problem that was still there"),
    Outcome("cases_opened", "recorded", "flow", "cases", "case files opened"),
    Outcome("cases_joined", "recorded", "flow", "complaints", "complaints that joined a file already open"),
    Outcome("cases_closed", "recorded", "flow", "cases", "case files closed, by true ending", ENDINGS),
    Outcome("closing_days", "recorded", "flow", "days", "sum of days from opening to closing"),
    Outcome("supervised_closed", "recorded", "flow", "cases", "hotline and petition files closed"),
    Outcome(
        "supervised_in_time",
        "recorded",
        "flow",
        "cases",
        "hotline and petition files closed within the deadline for closing",
    ),
    Outcome("reopened", "recorded", "flow", "cases", "files opened again"),
    Outcome("hand_overs", "recorded", "flow", "hand-overs", "files passed from one desk to another"),
    Outcome("callbacks", "recorded", "flow", "calls", "call-backs after closing"),
    Outcome("callbacks_satisfied", "recorded", "flow", "calls", "call-backs answered 'satisfied'"),
    Outcome(
        "felt_solved",
        "felt",
        "flow",
        "complainants",
        "complainants who found the problem gone, by the channel last used",
        CHANNELS,
    ),
    Outcome(
        "felt_failed",
        "felt",
        "flow",
        "complainants",
        "complainants who found it still there after the closing, by channel",
        CHANNELS,
    ),
    Outcome("answered", "felt", "flow", "complainants", "complainants whose file was closed (felt solved or felt failed)"),
    Outcome("mediations", "recorded", "flow", "cases", "mediations held"),
    Outcome("mediations_settled", "recorded", "flow", "cases", "mediations that settled"),
    Outcome("found", "recorded", "flow", "problems", "problems found by staff before anybody complained", ("grid", "visit")),
    Outcome(
        "found_handled",
        "recorded",
        "flow",
        "cases",
        "files on what staff found that were closed within the time that counts as handled",
    ),
    Outcome("visits", "recorded", "flow", "visits", "households visited"),
    Outcome("platform_joined", "recorded", "flow", "residents", "residents who joined the online platform"),
    Outcome("work", "resources", "flow", "staff days", "working time spent on cases, by desk", DESKS),
    Outcome("cost", "resources", "flow", "yuan", "programme money, by payer", PAYERS),
    *SURROUNDINGS_FLOWS,
    *ECONOMY_FLOWS,
    *SELF_RULE_FLOWS,
    *CRIME_FLOWS,
)

STOCKS: Final = (
    Outcome("open_problems", "happened", "stock", "problems", "problems that are there, by kind", KINDS),
    Outcome("open_cases", "recorded", "stock", "cases", "case files open"),
    Outcome("platform_users", "recorded", "stock", "residents", "residents on the online platform"),
    Outcome("satisfaction", "felt", "stock", "points of 100", "mean satisfaction of residents"),
    Outcome("trust_firm", "felt", "stock", "points of 100", "mean trust in the property firm"),
    Outcome("trust_committee", "felt", "stock", "points of 100", "mean trust in the residents' committee"),
    Outcome("trust_police", "felt", "stock", "points of 100", "mean trust in the police"),
    Outcome("belonging", "felt", "stock", "points of 100", "mean belonging"),
    Outcome("fear", "felt", "stock", "points of 100", "mean fear of crime and disorder"),
    Outcome("annoyance", "felt", "stock", "load", "mean annoyance with problems"),
    Outcome(
        "belief",
        "felt",
        "stock",
        "points of 100",
        "mean belief that complaining helps, by whom one complains to",
        BELIEFS,
    ),
    Outcome("stocks", "happened", "stock", "things", "illegal structures, group-rented flats, unlicensed premises", FEEDING),
    Outcome("rules_kept", "happened", "stock", "% of households", "households that keep agreed rules"),
    Outcome("volunteers", "happened", "stock", "residents", "residents on the list of volunteers"),
    Outcome("treated", "happened", "stock", "compounds", "compounds in which a programme acts"),
    Outcome("paying", "happened", "stock", "households", "households in the habit of paying their fee"),
    Outcome("arrears", "recorded", "stock", "yuan", "fees that households owe"),
    Outcome("firm_money", "recorded", "stock", "yuan", "what firms have in the compounds' accounts"),
    Outcome("fund_money", "recorded", "stock", "yuan", "maintenance funds"),
    Outcome("service_quality", "happened", "stock", "points of 100", "quality of the firm's services, mean over services"),
    Outcome("effort", "happened", "stock", "points of 100", "share of full service that the firm delivers, mean over services"),
    Outcome("condition", "happened", "stock", "points of 100", "physical condition"),
    Outcome("fund_share", "recorded", "stock", "% of the first balance", "maintenance fund"),
    Outcome(
        "trapped",
        "happened",
        "stock",
        "compounds",
        "compounds in the service trap: fewer than 60% of households pay, and quality is below 45 of 100",
    ),
    Outcome(
        "owners_committees", "happened", "stock", "compounds", "compounds by how their owners' committee stands", OWNERS_STATES
    ),
    Outcome("offenders_free", "happened", "stock", "offenders", "offenders at large, by trade", TRADES),
    Outcome("offenders_held", "recorded", "stock", "offenders", "offenders detained, by trade", TRADES),
    Outcome("venues", "happened", "stock", "venues", "venues of vice"),
    Outcome("cameras_working", "happened", "stock", "points of 100", "cameras that work, share of a full set"),
    Outcome("access_working", "happened", "stock", "points of 100", "access control that works, share of a full set"),
    Outcome(
        "year_without_burglary", "happened", "stock", "compounds", "compounds without a completed burglary in the last 365 days"
    ),
)

#: Means over compounds, not over residents: the district's figure is the mean of the compounds'.
COMPOUND_MEANS: Final = (
    "rules_kept", "service_quality", "effort", "condition", "fund_share", "cameras_working", "access_working",
)  # fmt: skip

OUTCOMES: Final = FLOWS + STOCKS
BY_NAME: Final = {o.name: o for o in OUTCOMES}


def slots(outcomes: tuple[Outcome, ...]) -> dict[str, int]:
    """First counter slot of each outcome; categories follow in order."""
    first, out = 0, {}
    for o in outcomes:
        out[o.name] = first
        first += len(o.categories)
    return out


FLOW_SLOT: Final = slots(FLOWS)
STOCK_SLOT: Final = slots(STOCKS)
N_FLOWS: Final = sum(len(o.categories) for o in FLOWS)
N_STOCKS: Final = sum(len(o.categories) for o in STOCKS)

_RY: Final = "resident_years"
HEADLINES: Final = (
    Headline("problems_rate", ("problems", "*"), _RY, 1000, "per 1,000 residents a year", "down", "happened", "问题发生率", "problems that arose"),
    Headline("open_problems_level", ("open_problems", "*"), "residents", 1000, "per 1,000 residents", "down", "happened", "存续问题", "problems that are there"),
    Headline("complaints_rate", ("complaints", "*"), _RY, 1000, "per 1,000 residents a year", "neither", "reported", "全部渠道投诉率", "complaints, all channels"),
    Headline("hotline_rate", ("complaints", "hotline"), _RY, 1000, "per 1,000 residents a year", "neither", "reported", "12345 热线投诉率", "hotline complaints"),
    Headline("police_rate", ("complaints", "police"), _RY, 1000, "per 1,000 residents a year", "neither", "reported", "110 非警务求助率", "police calls on problems"),
    Headline("petition_rate", ("petitions", "*"), _RY, 100_000, "per 100,000 residents a year", "down", "reported", "信访率", "petitions"),
    Headline("petitioner_rate", ("petitioners", "*"), _RY, 100_000, "per 100,000 residents a year", "down", "reported", "信访人数", "people in petitions"),
    Headline("court_rate", ("complaints", "court"), _RY, 100_000, "per 100,000 residents a year", "down", "reported", "诉讼率", "court cases"),
    Headline("repeat_share", ("repeat_complaints", "*"), ("complaints", "hotline"), 100, "% of hotline complaints", "down", "reported", "热线重复投诉占比", "repeat hotline complaints"),
    Headline("days_to_close", ("closing_days", "*"), ("cases_closed", "*"), 1, "days", "down", "recorded", "平均办结时长", "days to close a case"),
    Headline("recorded_in_time", ("supervised_in_time", "*"), ("supervised_closed", "*"), 100, "% of hotline and petition cases", "up", "recorded", "按期办结率（台账）", "recorded: closed in time"),
    Headline("truly_solved", ("cases_closed", "solved"), ("cases_closed", "*"), 100, "% of closed cases", "up", "happened", "实际解决率", "happened: closed cases really solved"),
    Headline("felt_solved_share", ("felt_solved", "*"), ("answered", "*"), 100, "% of answered complainants", "up", "felt", "居民感受解决率", "felt: problem gone, of those answered"),
    Headline("callback_satisfied", ("callbacks_satisfied", "*"), ("callbacks", "*"), 100, "% of call-backs", "up", "recorded", "回访满意率", "recorded: call-backs satisfied"),
    Headline("given_up_rate", ("given_up", "*"), _RY, 1000, "per 1,000 residents a year", "down", "felt", "放弃投诉率", "complainants who gave up"),
    Headline("satisfaction", ("satisfaction", "*"), "one", 1, "points of 100", "up", "felt", "居民满意度", "satisfaction"),
    Headline("trust_committee", ("trust_committee", "*"), "one", 1, "points of 100", "up", "felt", "对居委会信任", "trust in the residents' committee"),
    Headline("trust_firm", ("trust_firm", "*"), "one", 1, "points of 100", "up", "felt", "对物业信任", "trust in the property firm"),
    Headline("belonging", ("belonging", "*"), "one", 1, "points of 100", "up", "felt", "社区归属感", "belonging"),
    Headline("fear", ("fear", "*"), "one", 1, "points of 100", "down", "felt", "不安全感", "fear"),
    Headline("belief_hotline", ("belief", "hotline"), "one", 1, "points of 100", "up", "felt", "相信热线有用", "belief that the hotline helps"),
    Headline("belief_committee", ("belief", "committee"), "one", 1, "points of 100", "up", "felt", "相信居委会有用", "belief that the committee helps"),
    Headline("collection", ("fees_paid", "*"), ("fees_billed", "*"), 100, "% of fees billed", "up", "recorded", "物业费收缴率", "property fees paid"),
    Headline("service_quality", ("service_quality", "*"), "one", 1, "points of 100", "up", "happened", "物业服务质量", "quality of the firm's service"),
    Headline("trapped_share", ("trapped", "*"), "compounds", 100, "% of compounds", "down", "happened", "陷入服务困局的小区", "compounds in the service trap"),
    Headline("firm_turnover", ("firm_changes", "*"), "compound_years", 100, "% of compounds a year", "neither", "recorded", "物业更换率", "change of property firm"),
    Headline("working_committees", ("owners_committees", "working"), "compounds", 100, "% of compounds", "up", "happened", "业委会正常运作率", "owners' committees that work"),
    Headline("crime_rate", ("crimes", "*"), _RY, 100_000, "per 100,000 residents a year", "down", "happened", "案件发生率", "crimes that happened"),
    Headline("burglary_rate", ("crimes", "burglary"), _RY, 100_000, "per 100,000 residents a year", "down", "happened", "入室盗窃发生率", "burglaries that happened"),
    Headline("ebike_theft_rate", ("crimes", "ebike_theft"), _RY, 100_000, "per 100,000 residents a year", "down", "happened", "电动车盗窃发生率", "e-bike thefts that happened"),
    Headline("fraud_rate", ("crimes", "fraud"), _RY, 100_000, "per 100,000 residents a year", "down", "happened", "诈骗发生率", "frauds that happened"),
    Headline("violence_rate", ("crimes", "violence"), _RY, 100_000, "per 100,000 residents a year", "down", "happened", "纠纷伤害发生率", "disputes that turned violent"),
    Headline("recorded_crime_rate", ("crimes_recorded", "*"), _RY, 100_000, "per 100,000 residents a year", "neither", "recorded", "立案率", "recorded crime"),
    Headline("reported_share", ("crimes_reported", "burglary"), "crimes_and_attempts", 100, "% of burglaries and attempts", "neither", "reported", "入室盗窃报案比例", "burglaries and attempts reported"),
    Headline("cleared_share", ("crimes_cleared", "*"), ("crimes_recorded", "*"), 100, "% of recorded crimes", "up", "recorded", "破案率", "recorded crimes cleared"),
    Headline("zero_burglary", ("year_without_burglary", "*"), "compounds", 100, "% of compounds", "up", "happened", "零发案小区占比", "compounds with no burglary in a year"),
    Headline("volunteer_share", ("volunteers", "*"), "residents", 100, "% of residents", "up", "happened", "志愿者占比", "volunteers"),
    Headline("cost", ("cost", "*"), _RY, 1, "yuan per resident a year", "down", "resources", "项目成本", "programme cost"),
)  # fmt: skip
