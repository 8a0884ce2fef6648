"""What a design file may say: a question, arms, what is varied, what is looked at, how often it is repeated.

Strict like a scenario: an unknown key is an error. Reading and checking: `govsim.experiment.load_design`.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Literal

from pydantic import Field

from govsim.scenario.schema import Account, FileName, Fraction, Identifier, Label, Rollout, Strict

Method = Literal["list", "factorial", "fractional", "latin_hypercube", "sobol", "saltelli", "one_at_a_time"]
Word = Annotated[str, Field(min_length=1, max_length=120)]


class Factor(Strict):
    """One thing that differs between points, named by what it is.

    `problems.arrivals` (a parameter), `mechanisms.attitudes` (on or off), `whistle_report` (a programme, on or off in
    every arm), `whistle_report.intensity` and the other keys of a rollout, `whistle_report.order` (of its target).
    """

    vary: Word
    levels: tuple[Any, ...] = ()  # numbers, true and false, or words
    low: float | None = None
    high: float | None = None
    by: Literal["factor", "value"] = Field(default="factor", description="how a parameter is given")
    scale: Literal["linear", "log"] | None = Field(default=None, description="between low and high; log for factors")


class Layout(Strict):
    """How points are laid out over the factors."""

    method: Method = "factorial"
    points: int | None = Field(default=None, ge=1, le=100_000, description="how many, where the method leaves it open")
    resolution: Literal[3, 4, 5] = Field(default=4, description="of a fractional factorial")
    list: tuple[dict[Word, Any], ...] = ()  # the points themselves; what is not named stays as the scenario has it


class Replicates(Strict):
    """A number, or a stop rule: from `at_least` on until the primary outcome is known well enough, `at_most`."""

    number: int | None = Field(default=None, ge=1, le=10_000)
    at_least: int | None = Field(default=None, ge=2, le=10_000)
    at_most: int | None = Field(default=None, ge=2, le=10_000)
    step: int = Field(default=4, ge=1, le=1000, description="replicates that are added at once")
    until: Literal["narrow", "decided"] | None = None
    half_width: float | None = Field(default=None, gt=0, description="of the 95% interval, in the outcome's unit")


class ArmTable(Strict):
    """An arm with a name of its own: programmes whose doses or rollouts differ from their own."""

    programmes: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    rollouts: dict[Identifier, Rollout] = Field(default_factory=dict)


class Design(Strict):
    """An experiment; checked as a whole by `govsim.experiment.load_design`."""

    format: Literal[1]
    name: Label
    question: Account
    scenario: FileName | None = None  # a shipped name, or a file beside the design
    scenarios: tuple[FileName, ...] = ()
    arms: tuple[Annotated[str, Field(max_length=400)], ...] = ("baseline",)
    arm: dict[Identifier, ArmTable] = Field(default_factory=dict)
    outcomes: Annotated[tuple[Identifier, ...], Field(min_length=1)]  # headlines, the primary one first
    factors: tuple[Factor, ...] = ()
    design: Layout = Layout()
    replicates: Replicates
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    days: int | None = Field(default=None, ge=1, le=3653)
    sample: Fraction | None = Field(default=None, gt=0)
    burn_in_years: float | None = Field(default=None, ge=0, le=10)
    detail: Literal["quarter", "week"] = "quarter"
    events: bool = False


def json_schema() -> str:
    """The design format as JSON Schema, for editors; `experiments/design.schema.json` holds it."""
    return json.dumps(Design.model_json_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
