"""`python -m experiments.kills`: run the batch three ways, compare every file, print what was killed when; 1 where they differ.

python -m experiments.kills                       # the design beside this file, 20 kills, into results/kills
python -m experiments.kills --design D --kills 3  # another design
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from experiments.kills.calls import a_cluster, finished
from experiments.kills.killing import Kill, killed_on_the_way, shards
from govsim.experiment.load_design import load_design, plan_of

TABLES = ("runs", "outcomes", "compounds", "points", "places")
#: In the place of the bytes of a table that was not written.
ABSENT = b"not there"


def files(folder: Path) -> dict[str, bytes]:
    """Every file that has to be the same: tables, analysis/*.csv, shards."""
    paths = [*(folder / f"{name}.parquet" for name in TABLES), *sorted((folder / "analysis").glob("*.csv"))]
    paths += sorted((folder / "shards").iterdir())
    return {str(path.relative_to(folder)): path.read_bytes() if path.exists() else ABSENT for path in paths}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Names of files that only one folder has, or that differ."""
    names = one.keys() | other.keys()
    return sorted(name for name in names if one.get(name) != other.get(name) or one[name] == ABSENT)


def main() -> int:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--design", type=Path, default=Path(__file__).with_name("design.toml"))
    parser.add_argument("--out", type=Path, default=Path("results/kills"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20)
    said = parser.parse_args()
    out = said.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    plan, design = plan_of(load_design(said.design)), said.design.resolve()
    run = ("govsim", "experiment", "run", design, "--lang", "en", "--workers", str(said.workers))

    took = finished(out / "undisturbed.log", *run, "--out", out / "undisturbed")
    print(f"undisturbed: {plan.size()} runs, {took:.0f} s", flush=True)
    killed = killed_on_the_way(
        (*run, "--out", out / "killed"),
        out / "killed",
        out / "killed.log",
        plan.size(),
        said.kills,
        said.seed,
        took / plan.size(),
    )
    _print(killed, plan.size(), said.kills)
    with a_cluster(out, said.workers) as address:
        took = finished(out / "cluster.log", *run, "--cluster", address, "--out", out / "cluster")
    print(f"\ncluster: a scheduler and {said.workers} workers, {took:.0f} s")
    return _compare(out, len(killed) >= said.kills)


def _print(killed: list[Kill], runs: int, asked: int) -> None:
    print(f"\n{len(killed)} of {asked} kill -9 hit a living run")
    print("| kill | seconds into the call | workers | shards at its start | shards at the kill | half-written files |")
    print("|---|---|---|---|---|---|")
    for k, kill in enumerate(killed, 1):
        print(f"| {k} | {kill.seconds:.1f} | {kill.workers} | {kill.before} | {kill.shards} of {runs} | {kill.half_written} |")
    sys.stdout.flush()


def _compare(out: Path, all_hit: bool) -> int:
    same = all_hit
    for name in ("undisturbed", "killed", "cluster"):
        finished(out / "analyse.log", "govsim", "experiment", "analyse", out / name, "--lang", "en")
    wanted = files(out / "undisturbed")
    print("\n| folder | files compared | bytes | finished runs | differing |")
    print("|---|---|---|---|---|")
    for name in ("undisturbed", "killed", "cluster"):
        found = files(out / name)
        different = differing(wanted, found)
        same = same and not different
        size = sum(map(len, found.values()))
        print(f"| {name} | {len(found)} | {size:,} | {len(shards(out / name))} | {', '.join(different[:8]) or 'none'} |")
    print("\nthe same, byte by byte" if same else "\nNOT the same")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
