"""What mechanisms 1 to 4 reach of the calibration targets: run a scenario, print target, figure, hit or miss.

    python -m experiments.calibration.measure [SCENARIO] [--sample F] [--years N] [--seed N] [--out FILE.csv]

Targets are published figures (see README.md beside this file); nothing here is tuned to effects of programmes.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from govsim.observe.outcomes import BY_NAME, FLOW_SLOT, STOCK_SLOT
from govsim.programmes.catalogue import shipped
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.vocabulary import CHANNELS, DESKS, PROPERTY_KINDS
from govsim.world.world import build

HOTLINE = CHANNELS.index("hotline")


@dataclass(frozen=True)
class Row:
    """One target: its range, what was reached, and where the target comes from."""

    name: str
    low: float
    high: float
    reached: float
    source: str

    @property
    def hit(self) -> str:
        """Whether the figure lies in the range."""
        return "hit" if self.low <= self.reached <= self.high else "MISS"


class Counts:
    """Sums of flows over the weeks of a run."""

    def __init__(self, sim: Simulation) -> None:
        self.total = sum(flows for _, flows, _ in sim.recorder.weeks)

    def __call__(self, name: str, category: str | None = None) -> float:
        first, words = FLOW_SLOT[name], BY_NAME[name].categories
        if category is None:
            return float(self.total[first : first + len(words)].sum())
        return float(self.total[first + words.index(category)])


def watch(sim: Simulation, days: int) -> Counter[int]:
    """Run `days` days and count hotline complaints by resident."""
    callers: Counter[int] = Counter()
    for k in range(days):
        sim.step(last=k == days - 1)
        # `step` counts the next day: complaints whose last step was today
        used = sim.state.complaints.used
        today = used[(used["step"] == sim.state.day - 1) & (used["channel"] == HOTLINE)]
        callers.update(today["resident"].tolist())
    return callers


def measure(sim: Simulation, days: int) -> list[Row]:
    """Run the scenario for `days` days and compare with the targets."""
    callers = watch(sim, days)
    f, world = Counts(sim), sim.world
    thousand_years = world.population.n * days / 365.25 / 1000
    hotline = f("complaints", "hotline")
    on_property = sum(f("hotline_complaints", k) for k in PROPERTY_KINDS)
    calls = np.sort(np.array(list(callers.values())))[::-1]
    tenure = np.repeat(world.population.household_tenure, np.diff(world.population.household_residents))
    grown_up = world.population.age > 0
    rate = [sum(n for i, n in callers.items() if tenure[i] == t) / max(1, int(((tenure == t) & grown_up).sum())) for t in (0, 1)]
    by_compound = sum(flows[:, FLOW_SLOT["complaints"] + HOTLINE] for _, flows, _ in sim.recorder.places)
    logs = np.log((by_compound / world.place["residents"])[by_compound > 0])
    satisfaction = sim.recorder.weeks[-1][2][STOCK_SLOT["satisfaction"]]
    return [
        Row("hotline complaints per 1,000 residents a year", 22.0, 26.8, hotline / thousand_years, "Putuo 2016-18: 24.4"),
        Row("property share of them", 0.298, 0.338, on_property / hotline, "Putuo 2016-18: 0.318"),
        Row("illegal structures' share", 0.135, 0.165, f("hotline_complaints", "structure") / hotline, "Putuo 2017: about 0.15"),
        Row("property hotline complaints per property petition", 8.8, 11.8, on_property / max(1, f("property_petitions")), "Putuo 2016-18: 10.3"),
        Row("mediations that settle", 0.74, 0.81, f("mediations_settled") / f("mediations"), "Putuo 2018: 235 of 303"),
        Row("staff finds closed within the limit", 0.92, 0.97, f("found_handled") / f("found"), "Minhang 2011: 34,992 of 36,878"),
        Row("suggestions per visit", 0.020, 0.030, f("found", "visit") / f("visits"), "Minhang 2011: 3,819 from 152,212"),
        Row("satisfaction, points of 100", 76.8, 80.8, satisfaction, "Putuo 2017: 78.82"),
        Row("recorded: closed in time", 0.85, 0.97, f("supervised_in_time") / f("supervised_closed"), "official solve rates, 2015: 0.84 and more"),
        Row("felt: hotline callers who found it solved", 0.40, 0.58, f("felt_solved", "hotline") / (f("felt_solved", "hotline") + f("felt_failed", "hotline")), "1,989 callers, 2016: 0.43; half of official"),
        Row("hotline users with one complaint in a year", 0.72, 0.82, float((calls == 1).mean()), "O'Brien and others, Boston: 0.76"),
        Row("top 1% of hotline users' share", 0.06, 0.20, float(calls[: max(1, len(calls) // 100)].sum() / calls.sum()), "0.10-0.20, remembered"),
        Row("owners to tenants, per head", 2.4, 3.6, rate[0] / max(rate[1], 1e-9), "O'Brien and others, Boston: 3"),
        Row("sd of log hotline rate over compounds", 0.4, 0.9, float(logs.std()), "log-normal-like, remembered"),
        Row("skew of log hotline rate over compounds", -0.6, 0.6, float(((logs - logs.mean()) ** 3).mean() / logs.std() ** 3), "log-normal-like, remembered"),
    ]  # fmt: skip


def adoption(base: Simulation, weeks: int = 43) -> Row:
    """Share of residents on the platform ten months after it opened everywhere."""
    sim = base.fork([shipped()["community_platform"]])
    sim.run(weeks * 7)
    share = sim.state.people["on_platform"].mean()
    return Row("residents on the platform after ten months", 0.15, 0.21, float(share), "Baoshan 2017: 360,000 of ~2.0 million")


def queues(sim: Simulation) -> list[str]:
    """Utilisation of each kind of desk over the run, and its longest line in days of work."""
    f, desks, cases = Counts(sim), sim.state.desks, sim.state.cases.used
    days = sum(d for d, _, _ in sim.recorder.weeks)
    unit = sim.world.parameters["casework.days_per_unit"]
    waiting = np.bincount(cases["desk"][cases["waiting"] == 1], minlength=len(desks))
    out = []
    for k, name in enumerate(DESKS):
        mine = desks["kind"] == k
        used = f("work", name) / unit / days / desks["capacity"][mine].sum()
        longest = (waiting[mine] / np.maximum(desks["capacity"][mine], 1e-12)).max()
        out.append(f"{name:16s} utilisation {used:5.2f}   longest line {longest:6.1f} days")
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="putuo")
    parser.add_argument("--sample", type=float, default=1.0)
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    loaded = load_scenario(given.scenario, changes={"sample": given.sample})
    base = Simulation(build(loaded, 0, given.seed)).burn()
    sim = base.fork([])
    rows = [*measure(sim, round(given.years * 52) * 7), adoption(base)]
    print(f"{loaded.scenario.name.en}, {sim.world.population.n:,} residents, seed {given.seed}")
    for r in rows:
        print(f"{r.name:50s} {r.reached:8.3f}   {r.low:7.3f} to {r.high:7.3f}   {r.hit:4s}  {r.source}")
    print("\n".join(queues(sim)))
    if given.out:
        with given.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["target", "low", "high", "reached", "verdict", "source"])
            writer.writerows([r.name, r.low, r.high, f"{r.reached:.4g}", r.hit, r.source] for r in rows)


if __name__ == "__main__":
    main()
