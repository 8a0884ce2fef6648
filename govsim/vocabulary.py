"""The fixed words of the model: kinds of problem, channels, desks, services, compound types.

Their order is part of the key of every random draw, so new words are added at the end.
"""

from __future__ import annotations

from typing import Final

#: Thirteen kinds of problem (mechanism 1).
KINDS: Final = (
    "cleaning", "greening", "repair", "security", "parking", "noise", "structure",
    "group_rental", "fees", "hardship", "street", "family", "public_services",
)  # fmt: skip

#: Kinds that the hotline books under "property management".
PROPERTY_KINDS: Final = ("cleaning", "greening", "repair", "security", "parking", "fees")

#: Seven channels of complaint (mechanism 2). The first five are where a complaint can start;
#: petition (信访) and court are second steps.
CHANNELS: Final = ("firm", "committee", "platform", "hotline", "police", "petition", "court")

#: Whom a resident holds a belief about: "complaining to them helps".
BELIEFS: Final = ("firm", "committee", "hotline", "police")

#: Kinds of desk: each desk is one first-in-first-out queue with finite capacity (mechanism 3).
DESKS: Final = ("firm", "committee", "mediators", "town", "police", "petition_office", "department", "court")

#: Departments that own what a neighbourhood has no authority for.
DEPARTMENTS: Final = (
    "city_management", "housing", "market_supervision", "fire", "greening", "health", "civil_affairs",
)  # fmt: skip

#: Who can be competent for a kind: a local desk or one of the departments.
COMPETENT: Final = ("firm", "committee", "mediators", "town", *DEPARTMENTS)

#: Services of a property firm.
SERVICES: Final = ("security", "cleaning", "greening", "repair", "order")

#: Types of compound.
TYPES: Final = ("commodity", "old_public", "resettlement", "open_block", "village")

#: How far a problem reaches.
REACHES: Final = ("dwelling", "building", "compound")

TENURES: Final = ("owner", "tenant", "group_tenant")
AGE_BANDS: Final = ("0-17", "18-34", "35-59", "60+")
WORKING_HOURS: Final = ("none", "day", "shift")

#: How a case ends.
ENDINGS: Final = ("solved", "unsolved", "withdrawn")

#: Who pays for a programme.
PAYERS: Final = ("city", "district", "town", "committee", "firm", "owners", "society")

#: Stocks of a compound that feed problems until somebody removes them, and the kind that each feeds.
FEEDING: Final = ("structures", "group_flats", "premises")
FED_BY_STOCK: Final = ("structure", "group_rental", "street")

#: The seven mechanisms; a scenario can switch each off to see what carries a result.
MECHANISMS: Final = ("problems", "complaints", "casework", "attitudes", "economy", "self_government", "crime")

#: How an owners' committee (业委会) stands.
OWNERS_STATES: Final = ("missing", "inactive", "captured", "working")

#: What owners vote on: electing a committee, changing the firm, raising the maintenance fund.
VOTES: Final = ("election", "firm", "fund")

#: How households stand to the fee: pay whatever happens, decide by what they get and see, never pay.
PAYER_TYPES: Final = ("always", "conditional", "never")

#: How a contract between a compound and its property firm ends.
FIRM_ENDINGS: Final = ("dismissed", "left")

#: Accounts of a compound's books. Each payment takes from one and adds to another, so their sum is always zero.
ACCOUNTS: Final = (
    "households", "firm", "fund", "staff", "suppliers", "customers", "government", "court", "head_office",
)  # fmt: skip

#: What a payment in a compound's books is for.
PURPOSES: Final = (
    "fees", "wages", "materials", "public_income", "fund_repairs", "fund_raised", "award", "subsidy", "court_costs",
    "head_office", "start_money",
)  # fmt: skip

#: Crimes (mechanism 7), and the trades of those who live by them; violence comes out of disputes.
CRIMES: Final = ("burglary", "bicycle_theft", "ebike_theft", "vice", "fraud", "violence")
TRADES: Final = ("burglar", "thief", "vice_operator", "swindler")

#: What a beat's police time is spent on.
POLICE_WORK: Final = ("calls", "response", "investigation", "patrol", "visits", "paperwork")

#: The index spaces that a parameter can be given by (`by = "kind"` in the parameter files).
INDEX: Final[dict[str, tuple[str, ...]]] = {
    "kind": KINDS,
    "channel": CHANNELS,
    "belief": BELIEFS,
    "desk": DESKS,
    "department": DEPARTMENTS,
    "competent": COMPETENT,
    "service": SERVICES,
    "type": TYPES,
    "reach": REACHES,
    "tenure": TENURES,
    "age": AGE_BANDS,
    "working_hours": WORKING_HOURS,
    "stock": FEEDING,
    "owners_state": OWNERS_STATES,
    "vote": VOTES,
    "payer_type": PAYER_TYPES,
    "crime": CRIMES,
    "trade": TRADES,
    "police_work": POLICE_WORK,
    "weekday": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "month": tuple(f"{m:02d}" for m in range(1, 13)),
}
