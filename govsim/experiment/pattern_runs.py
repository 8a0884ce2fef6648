"""Runs for the patterns: the baseline watched day by day, better answers beside it, and trials of single measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from govsim.experiment.observed import YEAR, Observed, Trial
from govsim.experiment.watching import HOTLINE, Watcher
from govsim.observe.outcomes import BY_NAME, FLOW_SLOT, STOCK_SLOT
from govsim.observe.recorder import stocks
from govsim.programmes.levers import levers
from govsim.scenario.load import Loaded
from govsim.scenario.schema import Account, Citation, Effect, Label, Programme, Rollout
from govsim.simulation import Simulation
from govsim.vocabulary import CRIMES, KINDS, TENURES, TYPES
from govsim.world.tables import F64
from govsim.world.world import Map, read_map, settle

#: Told after each day run: nothing but that one more is done.
Tick = Callable[[], None]

#: The arm that answers better.
BETTER: Final = ("standard_procedures", "whistle_report")
PHYSICAL: Final = ("cleaning", "greening", "repair")
SOCIAL: Final = ("noise", "family")
LAST: Final = 52  # weeks at the end over which arms are compared


@dataclass(frozen=True)
class Measure:
    """A single measure to be tried: what it moves, to which strength, and the crime that is looked at."""

    lever: str
    do: Literal["multiply", "add", "at_least", "at_most"]
    dose: float
    crime: str


#: Trials by name: a full set of devices, a fifth of the listed volunteers on watch on a day, patrol drawn to recorded
#: crime. One whose lever the model does not have is left out.
MEASURES: Final[Mapping[str, Measure]] = {
    "cameras": Measure("crime.cameras", "at_least", 1.0, "burglary"),
    "access": Measure("crime.access", "at_least", 1.0, "burglary"),
    "watch": Measure("crime.watch", "at_least", 0.2, "burglary"),
    "patrol": Measure("policing.hot_spot", "at_least", 1.0, "violence"),
}
COVERAGE: Final = 0.5


@dataclass(frozen=True)
class PatternPlan:
    """What is run: replicates of a scenario over whole years, with or without trials."""

    loaded: Loaded
    replicates: int
    years: int
    trials: bool = False
    threads: int = 1

    def programmes(self) -> list[Programme]:
        """The programmes of the arm that answers better; none if one of them is not known."""
        from govsim.programmes.catalogue import programmes_of

        known = programmes_of(self.loaded)
        return [known[i] for i in BETTER] if all(i in known for i in BETTER) else []

    def measures(self) -> dict[str, Measure]:
        """The trials that can be run: those whose lever there is."""
        there = levers(self.loaded.parameters)
        return {name: m for name, m in MEASURES.items() if m.lever in there} if self.trials else {}

    def days(self) -> int:
        """How many days are simulated in all, the burn-in included."""
        arms = 1 + bool(self.programmes()) + len(self.measures())
        whole = round(self.loaded.scenario.time.burn_in_years * 365.25 / 7) * 7
        return self.replicates * (self.years * YEAR * arms + whole)


def observe(plan: PatternPlan, tick: Tick = lambda: None) -> Iterator[Observed]:
    """Run the plan, one replicate after the other; the arms fork from the same burned-in world."""
    district = read_map(plan.loaded)
    for replicate in range(plan.replicates):
        yield _replicate(plan, district, replicate, tick)


def _replicate(plan: PatternPlan, district: Map, replicate: int, tick: Tick) -> Observed:
    world = settle(district, replicate)
    base = Simulation(world, threads=plan.threads)
    while base.day < 0:
        base.step()
        tick()
    days = plan.years * YEAR
    start = stocks(world, base.state)
    sim = base.fork([])
    watcher = Watcher(sim, days)
    run(sim, days, tick, watcher.look)
    arm: dict[str, float] = {}
    if better := plan.programmes():
        arm = ratios(run(base.fork(better), days, tick), sim)
    trials = {name: _trial(m, base, sim, days, tick) for name, m in plan.measures().items()}
    total = _flows(sim)
    tenure = np.repeat(world.population.household_tenure, np.diff(world.population.household_residents))
    heads = np.bincount(tenure[world.population.age > 0], minlength=len(TENURES))
    return Observed(
        replicate=replicate,
        start=world.scenario.time.start,
        days=days,
        residents=world.population.n,
        crimes=watcher.crimes(),
        callers=watcher.callers(),
        adults={name: int(n) for name, n in zip(TENURES, heads, strict=True)},
        firsts=watcher.firsts(),
        places=_places(sim, start, stocks(world, sim.state)),
        totals={
            "recorded_in_time": float(_of(total, "supervised_in_time").sum()),
            "recorded_closed": float(_of(total, "supervised_closed").sum()),
            "felt_solved": float(total[:, FLOW_SLOT["felt_solved"] + HOTLINE].sum()),
            "felt_failed": float(total[:, FLOW_SLOT["felt_failed"] + HOTLINE].sum()),
        },
        arm=arm,
        trials=trials,
    )


def run(sim: Simulation, days: int, tick: Tick, look: Callable[[], None] | None = None) -> Simulation:
    """Run `days` days, looking after each; returns the simulation."""
    for k in range(days):
        sim.step(last=k == days - 1)
        if look is not None:
            look()
        tick()
    return sim


def ratios(arm: Simulation, base: Simulation) -> dict[str, float]:
    """Complaints, share felt solved and open problems in the last year: arm over baseline, where there are any."""
    above, below = _answers(arm), _answers(base)
    return {f"arm_{name}": above[name] / below[name] for name in above if below[name] > 0}


def _answers(sim: Simulation) -> dict[str, float]:
    weeks = sim.recorder.weeks[-LAST:]
    flows = np.sum([week[1] for week in weeks], axis=0)[None]
    answered = float(_of(flows, "answered").sum())
    first = STOCK_SLOT["open_problems"]
    return {
        "complaints": float(_of(flows, "complaints").sum()),
        "solved": float(_of(flows, "felt_solved").sum()) / answered if answered else 0.0,
        "open": float(np.mean([week[2][first : first + len(KINDS)].sum() for week in weeks])),
    }


def _of(table: F64, name: str, *categories: str) -> F64:
    """Columns of one outcome (all, or some categories) in a table of flows or stocks (n, slots), summed: (n,)."""
    first, known = (FLOW_SLOT if name in FLOW_SLOT else STOCK_SLOT)[name], BY_NAME[name].categories
    return np.asarray(table[:, [first + known.index(c) for c in categories or known]].sum(axis=1), np.float64)


def _flows(sim: Simulation) -> F64:
    """Flows of the whole run by compound."""
    return np.asarray(np.sum([flows for _, flows, _ in sim.recorder.places], axis=0), np.float64)


def _places(sim: Simulation, start: F64, end: F64) -> pd.DataFrame:
    """One row per compound: what it is, and what happened there."""
    c, place, flows = sim.world.compounds, sim.world.place, _flows(sim)
    held = np.mean([stock for _, _, stock in sim.recorder.places], axis=0)
    formed = sum(_of(flows, name) for name in ("firm_changes", "contracts_won", "committees_formed", "committees_fallen"))
    return pd.DataFrame(
        {
            "residents": place["residents"],
            "households": place["households"],
            "type": np.array(TYPES)[c.type],
            "age": c.age,
            "renter_share": c.renter_share,
            "elderly_share": c.elderly_share,
            "complaints": _of(flows, "complaints", "hotline"),
            "crimes": _of(flows, "crimes", *(kind for kind in CRIMES if kind != "vice")),
            "social": _of(flows, "problems", *SOCIAL),
            "physical": _of(held, "open_problems", *PHYSICAL),
            "problems": _of(held, "open_problems"),
            "quality": _of(held, "service_quality"),
            "paying": _of(held, "paying") / place["households"],
            "belonging": _of(held, "belonging"),
            "annoyance": _of(held, "annoyance"),
            "attention": _of(flows, "found") + _of(flows, "visits"),
            "changed": formed > 0,
            "trapped_start": _of(start, "trapped") > 0,
            "trapped_end": _of(end, "trapped") > 0,
        }
    )


def _trial(measure: Measure, base: Simulation, baseline: Simulation, days: int, tick: Tick) -> Trial:
    """Run a measure on a random half of the compounds and count there and elsewhere."""
    sim = run(base.fork([programme(measure)]), days, tick)
    here, before, after = sim.state.treated, _flows(baseline), _flows(sim)
    mine, theirs = (_of(flows, "crimes", measure.crime) for flows in (before, after))
    return Trial(
        base=float(mine[here].sum()),
        trial=float(theirs[here].sum()),
        base_elsewhere=float(mine[~here].sum()),
        trial_elsewhere=float(theirs[~here].sum()),
        idle=np.array_equal(_of(before, "crimes"), _of(after, "crimes")),
    )


def programme(measure: Measure) -> Programme:
    """A measure as a programme, at full strength at once."""
    text = "a trial of one measure"
    return Programme(
        format=1, id=f"trial_of_{measure.lever.replace('.', '_')}", name=Label(zh="试验", en="Trial"), family="order",
        about=Account(zh="单项措施试验。", en="A trial of one measure."),
        effects=(Effect(
            lever=measure.lever, do=measure.do, dose=measure.dose, range=(measure.dose, measure.dose), grade="assumed",
            source=text,
        ),),
        rollout=Rollout(start_day=0, ramp_days=0, coverage=COVERAGE, intensity=1.0),
        citations=(Citation(text=text, reason=text),),
    )  # fmt: skip
