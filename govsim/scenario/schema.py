"""What a scenario file may say. Frozen and strict: an unknown key is an error, never ignored.

A number about the world is written with where it comes from, `{ value = 726, source = "..." }`, or says that it
is assumed, `{ value = 0.26, assumed = "..." }`. A choice of the person who runs it (dates, seed, sample) is bare.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

N = TypeVar("N", int, float)

#: Text a person typed: short, one line, without control or direction-changing characters.
_PLAIN = r"^[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
Text = Annotated[str, Field(max_length=400, pattern=_PLAIN)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=_PLAIN)]
Identifier = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
FileName = Annotated[str, Field(min_length=1, max_length=200)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """Base of every section: frozen, no unknown keys, no NaN or infinity, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class HasOrigin(Protocol):
    """Anything that names its source or says why it is assumed."""

    @property
    def source(self) -> str | None: ...
    @property
    def assumed(self) -> str | None: ...


Said = TypeVar("Said", bound=HasOrigin)


def one_origin(said: Said) -> Said:
    """The same, if it has exactly one origin; ValueError otherwise."""
    if (said.source is None) == (said.assumed is None):
        raise ValueError('give exactly one of source = "..." or assumed = "..."')
    return said


class Sourced(Strict, Generic[N]):
    """A number with its source, or with the reason why it is assumed: exactly one of the two."""

    value: N
    source: Text | None = None
    assumed: Text | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Sourced[N]:
        return one_origin(self)


#: Named here so that they can be pickled: a worker is sent its scenario.
Count = Sourced[int]
Amount = Sourced[float]
CompoundType = Literal["commodity", "old_public", "resettlement", "open_block", "village"]


class Label(Strict):
    """A name in Chinese and in English."""

    zh: Name
    en: Name


class Time(Strict):
    """Start date, burn-in and horizon. One step is one day."""

    start: dt.date = Field(description="first day after the burn-in; sets season and weekday")
    burn_in_years: float = Field(default=3.0, ge=0, le=10, description="years without programmes before `start`")
    horizon_days: int = Field(default=364, ge=1, le=3653, description="days from `start` to the end")


class Estate(Strict):
    """One compound given by name, such as a very large estate."""

    id: Identifier
    name: Label
    type: CompoundType
    dwellings: Count
    residents: Count
    committees: Count  # residents' committees that share the estate


class District(Strict):
    """A synthetic district from totals (estates included) and shares, or one read from files next to the scenario."""

    compounds_file: FileName | None = None  # CSV or GeoJSON, in the scenario's folder
    ties_file: FileName | None = None  # CSV or GraphML, in the scenario's folder
    compounds: Count | None = None
    residents: Count | None = None
    residents_committees: Count | None = None
    towns: Count | None = None
    firms: Count | None = None
    area_km2: Amount | None = None
    type_shares: dict[CompoundType, Amount] = Field(default_factory=dict)  # of the compounds but the estates; sum 1
    estates: tuple[Estate, ...] = ()
    map_seed: int = Field(default=1, ge=0, lt=2**63, description="draws the map; the same for all replicates")


class Target(Strict):
    """Which compounds a programme can reach, and in which order it reaches them."""

    types: tuple[str, ...] = ()  # only these compound types; empty: all
    compounds: tuple[str, ...] = ()  # only these compound ids; empty: all
    towns: tuple[str, ...] = ()  # only these towns; empty: all
    order: Literal["random", "worst_first", "stepped_wedge"] = "random"
    by: Identifier = Field(default="hotline_complaints", description="recorded outcome that ranks under worst_first")
    weeks: int = Field(default=26, ge=1, le=520, description="recent weeks counted under worst_first")
    steps: int = Field(default=4, ge=1, le=52, description="number of waves under stepped_wedge")
    step_days: int = Field(default=91, ge=1, le=1000, description="days between waves")


class Trigger(Strict):
    """Start (per compound) when a recorded figure passes a threshold; stop when it falls below another."""

    outcome: Identifier
    above: float = Field(description="starts when the recent count per 1,000 residents a year is above this")
    below: float | None = Field(default=None, description="ends when it is below this; none: never")
    weeks: int = Field(default=13, ge=1, le=520)


class Rollout(Strict):
    """When, where and how strongly a programme acts. What is not given here is the programme's own default."""

    start_day: int | None = Field(default=None, ge=0, description="days after the scenario's start")
    ramp_days: int | None = Field(default=None, ge=0, description="days from nothing to full strength")
    end_day: int | None = Field(default=None, ge=0, description="day on which it stops; none: lasts")
    coverage: Fraction | None = Field(default=None, description="share of the target compounds that are reached")
    intensity: Annotated[float, Field(ge=0, le=3)] | None = Field(default=None, description="multiple of the dose")
    target: Target | None = None
    trigger: Trigger | None = None


class Override(Strict):
    """A parameter set by a scenario. A table of a few words changes these and leaves the others."""

    value: Any = Field(json_schema_extra={"type": ["number", "object"]})  # checked against the parameter's own index
    source: Text | None = None
    assumed: Text | None = None
    range: tuple[float, float] | None = None  # factors for the sensitivity analysis; none: the default's

    @model_validator(mode="after")
    def _one_origin(self) -> Override:
        return one_origin(self)


class Mechanisms(Strict):
    """Which of the seven mechanisms run. One that is off does nothing: what it would change stays as it was drawn."""

    problems: bool = True
    complaints: bool = True
    casework: bool = True
    attitudes: bool = True
    economy: bool = True
    self_government: bool = True
    crime: bool = True


class Comparison(Strict):
    """The arms that `govsim compare` runs when none are named."""

    arms: tuple[Annotated[str, Field(max_length=400)], ...] = ("baseline",)
    replicates: int = Field(default=4, ge=1, le=10_000)


class Scenario(Strict):
    """A world, its horizon and its parameters; checked as a whole by `govsim.scenario.load`."""

    format: Literal[1]
    name: Label
    about: Annotated[str, Field(max_length=4000)] = ""
    seed: int = Field(default=1, ge=0, lt=2**63, description="master seed of all draws but the map")
    sample: float = Field(default=1.0, gt=0, le=1, description="share of the compounds that is run, each whole")
    time: Time
    district: District
    mechanisms: Mechanisms = Mechanisms()
    #: Overrides of the defaults: group -> name -> {value = ..., source|assumed = ...}.
    parameters: dict[str, dict[str, Override]] = Field(default_factory=dict)
    #: Files with the user's own programmes, next to the scenario.
    programme_files: tuple[FileName, ...] = ()
    #: Rollouts that differ from the programmes' own, by programme id.
    programmes: dict[Identifier, Rollout] = Field(default_factory=dict)
    comparison: Comparison = Comparison()


# ---- programme files -------------------------------------------------------------------------------------------


class Effect(Strict):
    """One lever moved. `do` says how; the stacking order is multiply, add, at_least, at_most, then the bounds."""

    lever: Annotated[str, Field(max_length=80)]
    do: Literal["multiply", "add", "at_least", "at_most"]
    dose: float
    range: tuple[float, float]  # doses tried by the sensitivity analysis
    grade: Literal["published", "calibrated", "assumed"]
    source: Text  # citation, or the reason for the assumption
    share: Fraction = 1.0  # of the dose that acts: what a programme that contains another has of it


class Cost(Strict):
    """Money, in yuan. `once` when a unit is first reached, `a_year` while the programme runs."""

    payer: Literal["city", "district", "town", "committee", "firm", "owners", "society"]
    per: Literal["compound", "household", "resident", "town", "residents_committee"]
    once: float = Field(default=0.0, ge=0)
    a_year: float = Field(default=0.0, ge=0)
    range: tuple[float, float] = (0.5, 2.0)  # factors
    source: Text


class StaffTime(Strict):
    """Share of a desk's working time that the programme takes from casework at full dose."""

    desk: Literal["firm", "committee", "mediators", "town", "police", "petition_office", "department", "court"]
    share: float = Field(ge=0, le=0.9)
    source: Text


class Account(Strict):
    """What a programme is, in two sentences, in Chinese and in English."""

    zh: Annotated[str, Field(max_length=1000)]
    en: Annotated[str, Field(max_length=1000)]


class Citation(Strict):
    text: Text
    reason: Text


class Expectation(Strict):
    """An outcome (or one of its categories, `outcome.category`) that the programme is meant to move; tested in a small world."""

    outcome: Annotated[str, Field(max_length=80)]
    direction: Literal["up", "down"]
    why: Text


class Include(Strict):
    """Another programme or a shared part that a programme contains, and how much of it."""

    id: Identifier
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class Settled(Strict):
    """A lever on which the entry and its blind second reading differ, and why the entry is as it is."""

    lever: Annotated[str, Field(max_length=80)]
    why: Text


class Part(Strict):
    """Something that several programmes do in the same way: named once, contained by them."""

    format: Literal[1]
    id: Identifier
    about: Account
    effects: tuple[Effect, ...]
    staff_time: tuple[StaffTime, ...] = ()
    costs: tuple[Cost, ...] = ()


class Programme(Strict):
    """A programme: dated data that moves named levers on chosen compounds. It never names an outcome it writes."""

    format: Literal[1]
    id: Identifier
    name: Label
    family: Literal["leadership", "order", "safety", "disputes", "property", "participation"]
    about: Account
    effects: tuple[Effect, ...] = ()
    includes: tuple[Include, ...] = ()  # programmes and parts that it contains: their effects, staff time and costs
    rollout: Rollout
    costs: tuple[Cost, ...] = ()
    staff_time: tuple[StaffTime, ...] = ()
    harms: Annotated[str, Field(max_length=1000)] = ""
    needs: Annotated[str, Field(max_length=1000)] = ""
    expects: tuple[Expectation, ...] = ()
    citations: tuple[Citation, ...]
    settled: tuple[Settled, ...] = ()
    provisional: bool = True  # until a second, blind reading agrees; the catalogue knows of its own entries


def json_schema() -> str:
    """The scenario format as JSON Schema, for editors; `scenarios/scenario.schema.json` holds it."""
    return json.dumps(Scenario.model_json_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
