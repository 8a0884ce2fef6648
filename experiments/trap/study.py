"""The service trap of old estates: two ends of one estate, how long estates stay, and what gets them out.

    python -m experiments.trap.study [--out DIR] [--quick]

Writes results.csv and phases.png into DIR (this folder by default). A few minutes on two cores.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from experiments.trap.picture import draw
from experiments.trap.places import new_committee, new_firm, old_estates, paying, put, renewal, trapped
from govsim.scenario.schema import Account, Citation, Effect, Label, Programme, Rollout
from govsim.simulation import Simulation
from govsim.world.state import begin

YEAR = 365
COMMITTEES = {"working": 0.75, "inactive": 0.30, "missing": 0.12}
COLLECTION = (0.36, 0.46, 0.56, 0.66, 0.76, 0.86)
LEVEL = (0.20, 0.35, 0.50, 0.65, 0.80)
Row = tuple[str, str, float, float, float, float, float]
HEAD = ("part", "case", "x", "y", "year", "value", "second")

#: What is done once to the state, and which levers are moved (name, amount added) for good.
Act = Callable[[Simulation, np.ndarray], None]
ARMS: dict[str, tuple[tuple[Act, ...], tuple[tuple[str, float], ...]]] = {
    "none": ((), ()),
    "new committee": ((new_committee,), ()),
    "new firm": ((new_firm,), ()),
    "books": ((), (("self_government.books", 1.0),)),
    "visits": ((), (("finding.visits", 4.0),)),
    "fund": ((renewal,), ()),
    "award": ((), (("economy.award", 1.0),)),
    "firm + committee": ((new_committee, new_firm), ()),
    "firm + books": ((new_firm,), (("self_government.books", 1.0),)),
    "committee + books": ((new_committee,), (("self_government.books", 1.0),)),
    "joint": (
        (new_committee, new_firm),
        (("self_government.books", 1.0), ("finding.visits", 4.0), ("self_government.cross", 1.0)),
    ),
}  # fmt: skip


def moves(levers: tuple[tuple[str, float], ...]) -> list[Programme]:
    """A made-up programme that moves levers everywhere from the first day on."""
    if not levers:
        return []
    text = Account(zh="试验", en="For this study.")
    return [
        Programme(
            format=1, id="change", name=Label(zh="试验", en="Change"), family="property", about=text,
            effects=tuple(
                Effect(lever=name, do="add", dose=dose, range=(dose, dose), grade="assumed", source="this study")
                for name, dose in levers
            ),
            rollout=Rollout(), citations=(Citation(text="none", reason="made up for this study"),),
        )
    ]  # fmt: skip


def path(case: tuple[str, float, float, int]) -> list[Row]:
    """One estate from one start, four years: collection and quality at each year's end."""
    committee, collection, level, years = case
    world = old_estates(1, 1500, 8, 1, votes=False)
    sim = Simulation(world, state=begin(world))
    sim.state.self_rule.oversight[:] = sim.state.self_rule.openness[:] = COMMITTEES[committee]
    put(world, sim.state, collection, level)
    rows: list[Row] = []
    for year in range(years + 1):
        share, quality = float(paying(world, sim.state)[0]), float(sim.state.quality.mean())
        rows.append(("path", committee, collection, level, year, share, quality))
        if year < years:
            sim.run(YEAR)
    return rows


def escapes(case: tuple[int, int, int]) -> list[Row]:
    """Trapped estates under each change: share still in the trap and share that pays again, by year."""
    seed, compounds, years = case
    world = old_estates(compounds, 900 * compounds, seed, max(2, compounds // 6), votes=True)
    base = Simulation(world, state=begin(world))
    put(world, base.state, 0.42, 0.28)
    base.run(YEAR)
    held = trapped(world, base.state)
    rows: list[Row] = [("held", str(seed), 0, 0, 0, float(held.sum()), float(held.mean()))]
    ends: dict[str, list[np.ndarray]] = {}
    for name, (acts, levers) in ARMS.items():
        sim = base.fork(moves(levers))
        for act in acts:
            act(sim, held)
        ends[name] = []
        for _ in range(years):
            sim.run(YEAR)
            ends[name].append(np.stack([trapped(world, sim.state), paying(world, sim.state) > 0.65]))
    deep = held & ends["none"][-1][0]
    for name, seen in ends.items():
        for year, (still, free) in enumerate(seen, 1):
            rows.append(("escape", name, seed, float(held.sum()), year, float(still[held].mean()), float(free[held].mean())))
            rows.append(("deep", name, seed, float(deep.sum()), year, float(still[deep].mean()), float(free[deep].mean())))
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--quick", action="store_true", help="a small grid and few estates, to see that it runs")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    years, seeds, compounds = (1, (1,), 8) if given.quick else (4, (1, 2), 60)
    starts = [(*start, years) for start in product(COMMITTEES, COLLECTION, LEVEL)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        free = pool.map(escapes, [(seed, compounds, 5 if not given.quick else 1) for seed in seeds])
        rows = [row for part in pool.map(path, starts[:4] if given.quick else starts, chunksize=3) for row in part]
        rows += [row for part in free for row in part]
    with (given.out / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)
        writer.writerows([*row[:2], *(f"{x:.4g}" for x in row[2:])] for row in rows)
    draw(rows, given.out / "phases.png")
    table(rows)


def table(rows: list[Row]) -> None:
    """Print what the README says."""
    for part in ("escape", "deep"):
        print(f"{part:28s}" + "".join(f"{year:>14d}" for year in (1, 2, 3, 5)))
        for name in ARMS:
            line = f"{name:28s}"
            for year in (1, 2, 3, 5):
                mine = [row for row in rows if row[0] == part and row[1] == name and row[4] == year and row[3] > 0]
                weight = sum(row[3] for row in mine)
                if weight:
                    still, free = (sum(row[k] * row[3] for row in mine) / weight for k in (5, 6))
                    line += f"   {still:.2f} / {free:.2f}"
            print(line)
    print("held:", [row[5:] for row in rows if row[0] == "held"])


if __name__ == "__main__":
    main()
