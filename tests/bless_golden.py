"""Write tests/golden.json anew: `python -m tests.bless_golden`. Only in a commit that says "Results change" and why."""

from __future__ import annotations

import json
from pathlib import Path

from govsim.observe.outcomes import FLOWS, STOCKS
from govsim.scenario.load import load_scenario
from govsim.simulation import Simulation
from govsim.world.world import build
from tests.worlds import rolled_out, total

GOLDEN = Path(__file__).with_name("golden.json")
WEEKS = 10
#: Programmes that move many levers, from different days and in different shares of the compounds.
ARMS = {
    "baseline": [],
    "arm": [
        rolled_out("grand_linkage", start_day=10, ramp_days=14, coverage=0.67),
        rolled_out("community_platform", start_day=7, ramp_days=0),
        rolled_out("household_visits", start_day=0, ramp_days=7, intensity=2.0),
        rolled_out("standard_procedures", ramp_days=0),
    ],
}


def golden_results() -> dict[str, dict[str, float]]:
    """Totals of every outcome and category over the weeks, by arm; sums and means with nine digits."""
    base = Simulation(build(load_scenario("classroom", changes={"time.burn_in_years": 0.25}))).burn()
    out: dict[str, dict[str, float]] = {}
    for arm, programmes in ARMS.items():
        sim = base.fork(programmes).run(7 * WEEKS)
        out[arm] = {}
        for outcome in (*FLOWS, *STOCKS):
            for category in outcome.categories:
                value = float(f"{total(sim, outcome.name, category):.9g}")
                out[arm][f"{outcome.name}.{category}"] = int(value) if value == int(value) else value
    return out


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden_results(), indent=1) + "\n", "utf-8")
    print(f'{GOLDEN.name} is written: say "Results change" and why in the commit, and note it in CHANGELOG.md')
