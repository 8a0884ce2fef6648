"""What may go wrong while an experiment runs: nothing half written, nothing done twice, nobody left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from experiments.kills.__main__ import differing, files
from govsim.experiment import failures, shard
from govsim.experiment.failures import rows
from govsim.experiment.load_design import load_design, plan_of
from govsim.experiment.plan import Run
from govsim.experiment.run import execute
from tests.designs import small, tables

ROOT = Path(__file__).resolve().parents[1]


def surroundings() -> dict[str, str]:
    """Variables of a process that finds this working copy."""
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH")) if p)
    return {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def started(module: str, *words: str | Path, **environment: str) -> subprocess.Popen[str]:
    """A process of its own, in a session of its own."""
    env = {**surroundings(), **environment}
    command = [sys.executable, "-m", module, *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def ended(module: str, *words: str | Path, **environment: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    child = started(module, *words, **environment)
    out, err = child.communicate(timeout=300)
    return child.returncode, out + err


def session(leader: int) -> dict[int, str]:
    """Command lines of the processes of a session that are at work (Linux)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its) == leader and state != "Z":
                found[int(stat.parent.name)] = (stat.parent / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
    return found


def alone(leader: int) -> bool:
    """Whether a session has no process left, soon."""
    until = time.monotonic() + 10
    while session(leader) and time.monotonic() < until:
        time.sleep(0.05)
    return not session(leader)


def shards(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "shards").glob("*.parquet") if p.name.count(".") == 1)


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small(tmp_path_factory.mktemp("design"))


@pytest.fixture(scope="module")
def whole(design: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small design, run without any disturbance."""
    out = tmp_path_factory.mktemp("whole")
    assert execute(plan_of(load_design(design)), out).failed == ()
    return out


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """A finished experiment to damage."""
    return Path(shutil.copytree(whole, tmp_path / "copy"))


# ---- death at any moment, a full disk, leftovers ---------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("what", "seed", "kills"), [("random", 16, 20), ("steps", 0, 0), ("full", 0, 0)])
def test_whatever_the_moment_of_death_the_same_command_ends_with_the_same_bytes(design, whole, tmp_path, what, seed, kills):
    """kill -9 of the driver at random times, and a disk that is full in the middle of a shard.

    Notices a torn file that counts as finished, a finished run made again, and tables that tell of the crash.
    """
    code, said = ended("tests.crashes", design, tmp_path / "out", what, str(seed), str(kills))
    assert code == 0, said
    assert tables(tmp_path / "out") == tables(whole)
    left = [p.name for p in (tmp_path / "out").rglob(".*") if p.name != ".lock"]
    assert left == []


@pytest.mark.full
def test_the_study_of_kills_can_be_repeated(tmp_path):
    """Notices a study that compares nothing, that counts kills which hit nobody, or that no longer runs."""
    pytest.importorskip("distributed")
    design = small(tmp_path, ("days = 7", "days = 1500"), ("{ number = 2 }", "{ number = 6 }"))
    out = tmp_path / "out"
    code, said = ended("experiments.kills", "--design", design, "--out", out, "--kills", "3")
    assert code == 0, said
    assert "3 of 3 kill -9 hit a living run" in said
    assert "the same, byte by byte" in said
    places = out / "killed" / "places.parquet"
    places.write_bytes(places.read_bytes()[:-1] + b"x")
    (out / "cluster" / "analysis" / "best.csv").unlink()
    names = [differing(files(out / "undisturbed"), files(out / name)) for name in ("killed", "cluster")]
    assert names == [["places.parquet"], [str(Path("analysis") / "best.csv")]]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts")
def test_a_disk_that_is_really_full(design, whole, tmp_path):
    """Notices another code than 4, a folder that is not named, and an experiment that cannot go on when there is space."""
    small_disk = tmp_path / "small"
    small_disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", small_disk], capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    half = sum(p.stat().st_size for p in whole.rglob("*.*")) // 2
    subprocess.run(["mount", "-o", f"remount,size={half}", small_disk], check=True)
    try:
        words = ("experiment", "run", design, "--workers", "1", "--out", small_disk / "out")
        code, said = ended("govsim", *words)
        assert code == 4, said
        assert str(small_disk / "out") in said
        assert "Traceback" not in said
        assert all(shard.is_whole(p, events=False) for p in shards(small_disk / "out"))
        assert not list((small_disk / "out").rglob(".*.tmp"))
        subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)
        assert ended("govsim", *words)[0] == 0
        assert tables(small_disk / "out") == tables(whole)
    finally:
        subprocess.run(["umount", small_disk], check=False)


# ---- runs and workers that fail ------------------------------------------------------------------------------

THE = "1:household_visits:0"
RUN = Run(1, "household_visits", 0)


def with_fault(design: Path, out: Path, fault: str, *words: str) -> tuple[int, str]:
    mark = out.with_name("struck")
    return ended("tests.faulty", "experiment", "run", design, "--out", out, "--workers", "2", "--lang", "en", *words,
                 GOVSIM_TEST_FAULT=fault, GOVSIM_TEST_MARK=str(mark))  # fmt: skip


def test_a_worker_that_is_killed_costs_nothing(design, whole, tmp_path):
    """kill -9 of one worker. Notices a batch that ends with its worker, and a run that is lost."""
    code, said = with_fault(design, tmp_path / "out", f"kill-once:{THE}")
    assert code == 0, said
    assert (tmp_path / "struck").exists()
    assert tables(tmp_path / "out") == tables(whole)
    assert rows(tmp_path / "out") == {}


@pytest.mark.parametrize(("kind", "words", "tries", "told"), [
    ("kill", (), 3, "signal 9"), ("raise", (), 1, "desk 7 has no rows"), ("hang", ("--run-timeout", "5"), 1, "longer than 5 s"),
])  # fmt: skip
def test_a_run_that_cannot_be_made_is_written_down_and_the_others_finish(design, whole, tmp_path, kind, words, tries, told):
    """A run that always kills its worker, one that raises, one that never ends.

    Notices a batch that stops at one bad run or tries it for ever, and a failure nobody could look into.
    """
    out = tmp_path / "out"
    code, said = with_fault(design, out, f"{kind}:{THE}", *words)
    assert code == 1, said
    assert "1 of 8 runs failed" in said
    assert told in said
    ((run, row),) = rows(out).items()
    assert run == RUN
    assert (row["tries"], row["stage"]) == (tries, "run")
    assert row["kind"] == {"kill": "killed", "raise": "error", "hang": "timeout"}[kind]
    assert (row["seed"], row["levels"], row["programmes"]) == (6, {"problems.arrivals": 1.25}, ["household_visits"])
    assert told in row["said"]
    assert ("Traceback" in row["said"]) == (kind == "raise")
    runs = pq.read_table(out / "runs.parquet").to_pylist()
    assert [Run(r["point"], r["arm"], r["replicate"]) for r in runs] == [
        r for r in plan_of(load_design(design)).runs() if r != RUN
    ]
    code, said = ended("govsim", "experiment", "status", design, "--out", out)
    assert code == 1
    assert "7 of 8 runs done (2 replicates), 1 failed" in said
    before = {p: p.stat().st_mtime_ns for p in shards(out)}
    assert execute(plan_of(load_design(design)), out).failed == ()  # the same command tries it again
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert tables(out) == tables(whole)
    assert not (out / failures.NAME).exists()


def test_a_burn_in_that_never_ends_fails_all_that_share_it_and_no_more(design, tmp_path):
    """Notices a timeout that does not cover the burn-in, or one that waits for each arm in turn."""
    begun = time.monotonic()
    code, said = with_fault(design, tmp_path / "out", "hang-world", "--run-timeout", "1")
    assert code == 1
    assert "8 of 8 runs failed" in said
    assert {row["stage"] for row in rows(tmp_path / "out").values()} == {"burn_in"}
    assert time.monotonic() - begun < 60


# ---- stopping ----------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize(("signals", "pause"), [
    ((signal.SIGINT,), 0.0), ((signal.SIGTERM,), 0.0),
    *[((signal.SIGINT, signal.SIGINT), pause) for pause in (0.0, 0.02, 0.1, 0.3)],
])  # fmt: skip
def test_stopping_ends_everything_and_keeps_what_is_finished(tmp_path, signals, pause):
    """Ctrl-C once, twice, SIGTERM.

    Notices orphans, a traceback, another code than 130, half-written files, or a wait for what is under way.
    """
    design = small(tmp_path / "d", ("days = 7", "days = 3653"), ("{ number = 2 }", "{ number = 50 }"))
    out = tmp_path / "out"
    child = started("govsim", "experiment", "run", design, "--out", out, "--workers", "2", "--lang", "en")
    while not shards(out):
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    begun = time.monotonic()
    for s in signals:
        with suppress(ProcessLookupError):  # the first was enough
            (os.killpg if s == signal.SIGINT else os.kill)(child.pid, s)  # a terminal tells all, `kill` one
        time.sleep(pause)
    said = "".join(child.communicate(timeout=60))
    assert child.returncode == 130, said
    assert time.monotonic() - begun < 10
    assert alone(child.pid)
    assert "Traceback" not in said
    if len(signals) == 1:
        assert "the same command goes on from here" in said
    assert all(shard.is_whole(p, events=False) for p in shards(out))


def test_workers_do_not_outlive_a_leader_that_is_killed(design, tmp_path):
    """Notices workers that compute for hours for nobody."""
    words = ("experiment", "run", design, "--out", tmp_path / "out", "--workers", "2")
    child = started("tests.faulty", *words, GOVSIM_TEST_FAULT=f"hang:{THE}")
    while len(shards(tmp_path / "out")) < 7:  # what is left takes ten minutes
        assert child.poll() is None
        time.sleep(0.05)
    child.kill()
    child.wait()
    left = alone(child.pid)
    for pid in session(child.pid):
        os.kill(pid, signal.SIGKILL)
    child.communicate()
    assert left


# ---- the folder ---------------------------------------------------------------------------------------------


def test_a_file_in_the_folders_place(design, tmp_path):
    """An output folder that cannot be one. Notices a traceback, or anything run, where nothing can be written."""
    (tmp_path / "taken").write_text("mine")
    code, said = ended("govsim", "experiment", "run", design, "--out", tmp_path / "taken")
    assert code == 4
    assert str(tmp_path / "taken") in said
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts")
def test_a_disk_that_can_only_be_read(design, tmp_path):
    """A read-only output folder. Notices a traceback, another code than 4, or anything run before that is told."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        begun = time.monotonic()
        code, said = ended("tests.faulty", "experiment", "run", design, "--out", disk / "out", GOVSIM_TEST_FAULT="hang-world")
        assert code == 4, said
        assert str(disk / "out") in said
        assert "Traceback" not in said
        assert time.monotonic() - begun < 60  # a burn-in would have slept for ten minutes
    finally:
        subprocess.run(["umount", disk], check=False)


def test_new_takes_the_next_folder_and_leaves_the_first(design, whole, copy, tmp_path):
    """The same folder, another scenario: `--new`. Notices a mix, a folder that is touched, and a second call that begins anew."""
    other = small(tmp_path / "other", ("days = 7", "days = 8"))
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    words = ("experiment", "run", other, "--out", copy, "--workers", "2", "--lang", "en")
    code, said = ended("govsim", *words)
    assert code == 3, said
    assert "--new" in said
    for done in ("", "8 of 8 runs are there already"):
        code, said = ended("govsim", *words, "--new")
        assert code == 0, said
        assert f"next: govsim experiment analyse {copy}-2" in said
        assert done in said
    assert {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()} == before
    assert not copy.with_name("copy-3").exists()
    assert set(pq.read_table(copy.with_name("copy-2") / "runs.parquet")["days"].to_pylist()) == {8}
    code, said = ended("govsim", "experiment", "run", design, "--out", copy, "--new", "--lang", "en")
    assert code == 0, said
    assert tables(copy) == tables(whole)
    assert "copy-" not in said


def test_two_at_once(design, copy):
    """Two runs, the same folder, the same time. Notices two processes writing to one folder."""
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    with FileLock(copy / ".lock"):
        code, said = ended("govsim", "experiment", "run", design, "--out", copy, "--lang", "en")
    assert code == 3
    assert "another govsim is writing" in said
    assert {p: p.read_bytes() for p in before} == before


# ---- damage ------------------------------------------------------------------------------------------------


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _flip(path: Path, share: float = 0.1) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(bytes(data))


def _rows(path: Path) -> None:
    """A file that is in order by itself, with a row less."""
    table = pq.read_table(path)
    pq.write_table(table.slice(0, table.num_rows - 1), path)


def _foreign(path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), path)


def _older(path: Path) -> None:
    """The same rows under an older version of the format."""
    table = pq.read_table(path)
    said = json.loads(table.schema.metadata[b"govsim"])
    said["format"] = 1
    pq.write_table(table.replace_schema_metadata({b"govsim": json.dumps(said).encode()}), path)


def _facts(path: Path) -> None:
    """The same rows under other facts."""
    table = pq.read_table(path)
    said = json.loads(table.schema.metadata[b"govsim"])
    said["facts"]["residents"] += 1
    pq.write_table(table.replace_schema_metadata({b"govsim": json.dumps(said).encode()}), path)


@pytest.mark.parametrize("damage", [_truncate, _flip, lambda p: p.write_bytes(b""), _rows, _foreign, _older, _facts],
                         ids=["truncated", "flipped", "empty", "a row less", "foreign", "older", "other facts"])  # fmt: skip
@pytest.mark.parametrize("end", [".parquet", ".compounds.parquet"])
def test_a_damaged_shard_is_put_aside_and_made_anew(design, whole, copy, damage, end):
    """Shard truncated, bit flipped, empty, of an older format.

    Notices damage that is read as data, and whole shards that are made again with the damaged one.
    """
    hurt, *others = shards(copy)
    before = {p: p.stat().st_mtime_ns for p in others}
    if end != ".parquet" and damage in (_older, _facts):
        pytest.skip("only a run's own shard says these")
    damage(hurt.with_suffix(end))
    done = execute(plan_of(load_design(design)), copy)
    assert [p.name for p in done.corrupt] == [hurt.with_suffix(".corrupt").name]
    assert {p: p.stat().st_mtime_ns for p in others} == before
    assert tables(copy) == tables(whole)


def test_every_flipped_byte_is_noticed(copy):
    """Notices a part of a shard that nothing vouches for: a flipped bit anywhere is found, or changes nothing that is read."""
    path = shards(copy)[0]
    kept, facts, table = path.read_bytes(), shard.facts_in(path), pq.read_table(path)
    for k in range(200):
        _flip(path, k / 200)
        if shard.is_whole(path, events=False):
            assert pq.read_table(path).equals(table)
            assert shard.facts_in(path) == facts
        path.write_bytes(kept)


def test_foreign_and_left_over_files(design, whole, copy):
    """Foreign files are let be with a note, leftover temporary files removed.

    Notices somebody's own file read or removed, and leftovers of a crash that stay.
    """
    (copy / "shards" / "notes.parquet").write_bytes(b"mine")
    (copy / "shards" / ".x.parquet.17.tmp").write_bytes(b"half")
    (copy / ".runs.parquet.17.tmp").write_bytes(b"half")
    code, said = ended("govsim", "experiment", "run", design, "--out", copy, "--lang", "en")
    assert code == 0
    assert f"not ours, left alone: {copy / 'shards' / 'notes.parquet'}" in said
    assert said.count("not ours") == 1
    assert (copy / "shards" / "notes.parquet").read_bytes() == b"mine"
    assert not list(copy.rglob(".*.tmp"))
    assert tables(copy) == tables(whole)


def test_a_torn_line_of_failures_is_dropped(design, copy):
    """A torn last line of failures.jsonl.

    Notices a crash in the middle of a line that makes the file unreadable, or swallows the next one.
    """
    row = {"point": 1, "arm": "baseline", "replicate": 1, "said": "a"}
    failures.append(copy, row)
    with (copy / failures.NAME).open("ab") as file:
        file.write(b'{"point": 0, "arm": "base')
    assert list(rows(copy)) == [Run(1, "baseline", 1)]
    failures.append(copy, {**row, "replicate": 0})
    assert list(rows(copy)) == [Run(1, "baseline", 1), Run(1, "baseline", 0)]
    execute(plan_of(load_design(design)), copy)
    assert not (copy / failures.NAME).exists()  # both runs are done


@pytest.mark.parametrize("text", ["", "{", "[]", '{"identity": 3}', "\x00" * 50])
def test_a_broken_manifest_is_refused_and_nothing_deleted(design, copy, text):
    """A broken manifest.json. Notices an experiment guessed at, and shards removed because of a broken file beside them."""
    (copy / "manifest.json").write_text(text)
    before = [p.name for p in shards(copy)]
    code, said = ended("govsim", "experiment", "run", design, "--out", copy)
    assert code == 3, said
    assert "manifest.json" in said
    assert [p.name for p in shards(copy)] == before


# ---- surroundings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", [
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "77", "TZ": "Europe/London", "LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8"},
])  # fmt: skip
def test_surroundings_change_no_byte(design, whole, tmp_path, environment):
    """Other hash seed, locale, timezone, ASCII terminal, a folder with Chinese, quotes and 150 letters.

    Notices results that depend on hashes, clocks, locales or the name of the folder.
    """
    out = tmp_path / ("很 '长' \"的\" 名字 " + "x" * 150) / "结果"
    code, said = ended("govsim", "experiment", "run", design, "--out", out, "--workers", "2", **environment)
    assert code == 0, said
    assert tables(out) == tables(whole)


def test_a_clock_that_jumps_changes_nothing(design, whole, tmp_path):
    """The clock set back and forth by years. Notices time in a key or a table, a wait for it, and durations told by it."""
    out = tmp_path / "out"
    code, said = ended("tests.faulty", "experiment", "run", design, "--out", out, "--workers", "2", "--run-timeout", "60",
                       "--lang", "en", GOVSIM_TEST_FAULT="clock")  # fmt: skip
    assert code == 0, said
    assert tables(out) == tables(whole)
    told = re.findall(r"of 8 runs, (-?[\d.]+) (s|min|h)", said)
    assert told
    assert all(unit == "s" and 0 <= float(number) < 100 for number, unit in told)


@pytest.mark.full
def test_without_numba_the_bytes_are_the_same(tmp_path):
    """Numba on and off. Notices a kernel whose results are the compiler's: an index out of its array, a sum that was fused."""
    longer = small(tmp_path, ("days = 7", "days = 35"))
    words = ("tests.plain_kernels", longer, "1", "household_visits", "1")
    code, compiled = ended(*words)
    assert code == 0, compiled
    code, plain = ended(*words, NUMBA_DISABLE_JIT="1")
    assert code == 0, plain
    assert len(plain.split()) == 4
    assert plain == compiled


def test_numba_that_is_switched_off_is_told(design, tmp_path):
    """Notices eight tracebacks in the place of one sentence: kernels read records as only numba does."""
    code, said = ended("govsim", "experiment", "run", design, "--out", tmp_path / "out", "--lang", "en", NUMBA_DISABLE_JIT="1")
    assert code == 2, said
    assert "NUMBA_DISABLE_JIT" in said
    assert "Traceback" not in said


def test_nothing_listens_while_an_experiment_runs(design, tmp_path):
    """Nothing binds anywhere unless asked to. Notices a worker or a dashboard that others on the network could reach."""
    child = started("tests.faulty", "experiment", "run", design, "--out", tmp_path / "out", "--workers", "2",
                    GOVSIM_TEST_FAULT=f"hang:{THE}")  # fmt: skip
    try:
        while len(shards(tmp_path / "out")) < 6:
            assert child.poll() is None, child.communicate()
            time.sleep(0.05)
        assert len(session(child.pid)) >= 2
        assert listening(set(session(child.pid))) == set()
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


# ---- a cluster -----------------------------------------------------------------------------------------------------


def listening(pids: set[int]) -> set[str]:
    """Addresses on which processes listen (Linux, IPv4 and IPv6), in the notation of /proc."""
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                found.add(words[1].split(":")[0])
    return found


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    at = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, preload=sys.argv[1:], **at) as c:
        print(c.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def a_cluster(tmp_path: Path, fault: str = "") -> Iterator[tuple[str, int]]:
    """A scheduler and two workers on this machine's own address; its address and its session."""
    pytest.importorskip("distributed")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    env, pipe = {**surroundings(), "GOVSIM_TEST_FAULT": fault}, subprocess.PIPE
    if fault:
        env["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "0"  # so that it is given up sooner
    command = [sys.executable, str(script), *(["tests.faulty"] if fault else [])]
    cluster = subprocess.Popen(
        command, env=env, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    try:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        assert address.startswith("tcp://127.0.0.1:")
        yield address, cluster.pid
    finally:
        os.killpg(cluster.pid, signal.SIGKILL)
        cluster.communicate()


@pytest.mark.full
def test_a_cluster_gives_the_same_bytes_although_a_worker_dies(design, whole, tmp_path):
    """Notices results that depend on who makes the runs, runs lost with a worker, sockets beyond this machine."""
    out = tmp_path / "out"
    with a_cluster(tmp_path) as (address, leader):
        assert listening(set(session(leader))) == {"0100007F"}
        child = started("govsim", "experiment", "run", design, "--cluster", address, "--out", out)
        while not shards(out):
            assert child.poll() is None, child.communicate()
            time.sleep(0.02)
        workers = [pid for pid, command in session(leader).items() if "spawn_main" in command]
        os.kill(max(workers), signal.SIGKILL)
        said = "".join(child.communicate(timeout=120))
    assert child.returncode == 0, said
    assert tables(out) == tables(whole)


@pytest.mark.full
@pytest.mark.parametrize("kind", ["kill", "hang"])
def test_a_run_that_no_worker_of_a_cluster_survives_costs_the_others_nothing(design, tmp_path, kind):
    """Notices a cluster that tries it for ever, waits for ever, or gives up the runs that shared its task."""
    with a_cluster(tmp_path, f"{kind}:{THE}") as (address, _):
        words = ["--run-timeout", "4"] if kind == "hang" else []
        code, said = ended("govsim", "experiment", "run", design, "--cluster", address, "--out", tmp_path / "out", *words)
    assert code == 1, said
    ((run, row),) = rows(tmp_path / "out").items()
    assert run == RUN
    assert row["kind"] == "killed"
    assert len(shards(tmp_path / "out")) == 7
