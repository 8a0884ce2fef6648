"""Scenario and programme files: what is read, what is refused, and whether the message helps."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from govsim.errors import Fault, InputError
from govsim.programmes.catalogue import shipped
from govsim.scenario.bilingual import told
from govsim.scenario.load import (
    check_arms,
    find_scenario,
    load_programme,
    load_scenario,
    programme_from_text,
    shipped_scenarios,
)
from govsim.scenario.schema import Scenario, json_schema
from govsim.scenario.toml_file import SIZE_LIMIT, parse_toml, read_toml

SHIPPED = shipped_scenarios()
EIGHT = (
    "grid_management", "grand_linkage", "community_platform", "household_visits", "standard_procedures",
    "whistle_report", "grand_mediation", "all_round_posts",
)  # fmt: skip
CLASSROOM = SHIPPED["classroom"].read_text(encoding="utf-8")
TABLES = CLASSROOM.index("[time]")  # keys of the file's own table go before it

PROGRAMME = """
format = 1
id = "night_walk"
name = { zh = "夜巡", en = "Night walk" }
family = "safety"
about = { zh = "说明", en = "What it is" }
provisional = true

[rollout]
start_day = 3
coverage = 0.5

[[effects]]
lever = "finding.visits"
do = "add"
dose = 2.0
range = [1.0, 4.0]
grade = "assumed"
source = "a reason"

[[citations]]
text = "a report"
reason = "its dose"
"""


def faults_of(call: Callable[..., object], *args: object, **more: object) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        call(*args, **more)
    assert caught.value.exit_code == 2
    return caught.value.faults


def one_fault(call: Callable[..., object], *args: object, **more: object) -> Fault:
    faults = faults_of(call, *args, **more)
    assert len(faults) == 1, faults
    return faults[0]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the classroom scenario with some text replaced, lines put at its top and others at its end."""

    def written(*replacements: tuple[str, str], end: str = "", top: str = "", name: str = "mine.toml") -> Path:
        text = CLASSROOM[:TABLES] + top + CLASSROOM[TABLES:]
        for old, new in replacements:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text + end, encoding="utf-8")
        return path

    return written


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


# ---- shipped scenarios ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_load(name: str) -> None:
    """Notices a shipped file that breaks a rule, or compares a programme that there is not."""
    loaded = load_scenario(name, known_programmes=shipped())
    assert loaded.path == SHIPPED[name]
    assert loaded.scenario.comparison.arms[0] == "baseline"
    assert loaded.file.text.startswith("#:schema scenario.schema.json\n")


def test_shipped_totals_are_the_published_ones() -> None:
    """Notices a digit lost in a scenario file."""
    got = {}
    for name in ("putuo", "minhang", "kangcheng"):
        d = load_scenario(name).scenario.district
        totals = (d.compounds, d.residents, d.residents_committees, d.towns)
        got[name] = tuple(said.value for said in totals if said is not None)
    assert got["putuo"] == (726, 1_280_000, 278, 10)
    assert got["minhang"] == (1_072 + 110, 1_182 * 2_100, 573, 14)
    assert got["kangcheng"] == (31, 47_500 + 30 * 2_100, 19, 1)
    share = load_scenario("minhang").scenario.district.type_shares["open_block"].value
    assert round(share * 1_182) == 110


def test_schema_file_is_current() -> None:
    """Notices a schema that was changed without `python -m govsim.scenario.schema > scenarios/scenario.schema.json`."""
    file = SHIPPED["putuo"].with_name("scenario.schema.json")
    assert file.read_text(encoding="utf-8") == json_schema()
    command = [sys.executable, "-m", "govsim.scenario.schema"]
    out = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[1])
    assert out.stdout.decode() == json_schema()
    assert out.stderr == b""


def test_unknown_name_lists_or_suggests() -> None:
    """Notices a name that is taken for a path, and a message that does not help."""
    assert 'did you mean "putuo"?' in one_fault(load_scenario, "putou").hint
    assert find_scenario("a/putuo") == Path("a/putuo")
    assert find_scenario("putuo.toml") == Path("putuo.toml")
    assert "no such file" in one_fault(load_scenario, "putuo.toml").message


# ---- what a wrong file is told -------------------------------------------------------------------------


def test_five_errors_are_all_told_with_line_and_help(write: Callable[..., Path]) -> None:
    """Notices a loader that stops at the first error, and errors of sections hidden by those of others."""
    path = write(
        ("horizon_days = 91", "horizon_dayz = 91"),
        ("firms = { value = 2,", "firms = { value = 2.5,"),
        ("old_public = {", "old_publc = {"),
        ('"whistle_report"', '"whistle_rport"'),
        end='[parameters.problems.arrivals]\nvalue = { cleanig = 3.0 }\nassumed = "a guess"\n',
    )
    faults = faults_of(load_scenario, path, known_programmes=EIGHT)
    expected = [
        ("time.horizon_dayz", "horizon_dayz", 'did you mean "horizon_days"?'),
        ("district.firms.value", "firms =", "a whole number"),
        ("district.type_shares.old_publc", "old_publc", 'did you mean "old_public"?'),
        ("comparison.arms[1]", "arms =", 'did you mean "whistle_report"?'),
        ("parameters.problems.arrivals.value.cleanig", "cleanig", 'did you mean "cleaning"?'),
    ]
    assert [(fault.key, fault.line) for fault in faults] == [(key, line_of(path, at)) for key, at, _ in expected]
    for fault, (_, _, hint) in zip(faults, expected, strict=True):
        assert hint in fault.hint
        assert fault.file == str(path)
        assert re.search("[一-鿿]", told(fault, "zh"))
        assert not re.search("[一-鿿]", told(fault, "en"))


def test_a_wrong_key_does_not_hide_its_neighbours(write: Callable[..., Path]) -> None:
    """Notices sums and totals left unchecked because another key of the section cannot be read."""
    path = write(
        ("firms = { value = 2,", "firms = { value = 2.5,"),
        ("commodity = { value = 0.5,", "commodity = { value = 0.7,"),
        ("towns = { value = 1,", "towns = { value = 0,"),
        ("replicates = 4", "replicates = 0"),
        ('["baseline", ', '["baseline", "a+a", '),
    )
    keys = [
        "district.towns.value",
        "district.firms.value",
        "district.type_shares",
        "comparison.arms[1]",
        "comparison.replicates",
    ]
    assert [fault.key for fault in faults_of(load_scenario, path)] == keys


def test_a_wrong_override_is_told_once(write: Callable[..., Path]) -> None:
    """Notices the schema and the register both telling the same fault."""
    path = write(end="[parameters.problems.arrivals]\nvalue = { cleaning = 3.5 }\n")
    assert "exactly one of" in one_fault(load_scenario, path).message


def key_places(text: str) -> list[tuple[int, int, int]]:
    """Line, start and end of each bare key of a scenario file, those of inline tables and headers included."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        code = re.sub(r'"[^"]*"', lambda quoted: "." * len(quoted[0]), line.split("#")[0])
        pattern = r"[a-z_0-9]+" if code.startswith("[") else r"\b[a-z_0-9]+(?= = )"
        found += [(number, key.start(), key.end()) for key in re.finditer(pattern, code)]
    return found


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_misspelt_key_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Notices any key that is ignored, told at another line, or told twice (as unknown and as missing)."""
    name = data.draw(st.sampled_from(sorted(SHIPPED)))
    text = SHIPPED[name].read_text(encoding="utf-8")
    number, start, end = data.draw(st.sampled_from(key_places(text)))
    lines = text.split("\n")
    key = lines[number - 1][start:end]
    at = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    edits = [key[:at] + letter + key[at:]] + ([key[:at] + letter + key[at + 1 :]] if len(key) > 2 else [])
    wrong = data.draw(st.sampled_from(edits))
    schema = Scenario.model_json_schema()
    known = {k for part in (schema, *schema["$defs"].values()) for k in part.get("properties", {})}
    assume(wrong != key and wrong not in known)
    lines[number - 1] = lines[number - 1][:start] + wrong + lines[number - 1][end:]
    path = tmp_path_factory.mktemp("typo") / "typo.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    faults = faults_of(load_scenario, path)
    said = [fault for fault in faults if f'did you mean "{key}"?' in fault.hint]
    assert said, (wrong, faults)
    assert said[0].line is not None
    assert wrong in lines[said[0].line - 1]
    assert wrong in said[0].key
    assert len(faults) == 1 or lines[number - 1].startswith("["), faults  # a header may take more than one table along


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("format = 1\n", "", "format", "missing key"),
        ("format = 1", "format = 2", "format", "allowed: 1"),
        ("seed = 6", 'seed = "6"', "seed", "a whole number from 0"),
        ("seed = 6", "seed = 6.0", "seed", "a whole number"),
        ("seed = 6", "seed = true", "seed", "a whole number"),
        ("seed = 6", "sample = 0.0", "sample", "above 0"),
        ("start = 2018-03-01", 'start = "2018-03-01"', "time.start", "a date such as 2016-01-01"),
        ("start = 2018-03-01", "start = 2018-03-01T00:00:00", "time.start", "a date"),
        ("start = 2018-03-01", "start = 0018-03-01", "time.start", "1900 to 2200"),
        ("burn_in_years = 1.0", "burn_in_years = nan", "time.burn_in_years", "not a finite number"),
        ("burn_in_years = 1.0", "burn_in_years = inf", "time.burn_in_years", "not a finite number"),
        ("burn_in_years = 1.0", "burn_in_years = -1.0", "time.burn_in_years", "from 0 to 10"),
        ("firms = { value = 2,", "firms = { value = 0,", "district.firms.value", "not above 0"),
        ("residents = { value = 4_800,", "residents = { value = 0,", "district.residents.value", "not above 0"),
        ("residents = { value = 4_800,", "residents = { value = 5,", "district.residents.value", "fewer than the 6"),
        ("residents = { value = 4_800,", "residents = { value = 1_000_000_000,", "district.residents.value", "60,000,"),
        ("residents = { value = 4_800,", "residents = { value = 390_001,", "district.residents.value", "65,000"),
        ("compounds = { value = 6,", "compounds = { value = 50_001,", "district.compounds.value", "50,000"),
        ("committees = { value = 2,", "committees = { value = 7,", "district.compounds.value", "fewer than the 7"),
        ("towns = { value = 1,", "towns = { value = 3,", "district.residents_committees.value", "fewer than the 3"),
        ("firms = { value = 2,", "firms = { value = 7,", "district.compounds.value", "fewer than the 7"),
        ("area_km2 = { value = 0.8,", "area_km2 = { value = -0.8,", "district.area_km2.value", "not above 0"),
        ("commodity = { value = 0.5,", "commodity = { value = 0.50001,", "district.type_shares", "sum to 1.00001"),
        ("commodity = { value = 0.5,", "commodity = { value = 1.5,", "district.type_shares.commodity.value", "0 to 1"),
        ('value = 2, assumed = "one per three compounds"', "value = 2", "district.residents_committees", "exactly one"),
        ("arms = [", "arms = []  # [", "comparison.arms", "empty list"),
        ('["baseline", ', '["baseline", "baseline", ', "comparison.arms", "2 times"),
        ('["baseline", ', '["baseline", "x+baseline", ', "comparison.arms[1]", "not an arm"),
        ('["baseline", ', '["baseline", "../x", ', "comparison.arms[1]", "not an arm"),
        ('["baseline", ', '["baseline", "a+a", ', "comparison.arms[1]", "2 times"),
        ('["baseline", ', '["baseline", "a+b", "b+a", ', "comparison.arms", "2 times"),
        ("replicates = 4", "replicates = 100_000_000", "comparison.replicates", "to 10000"),
        ('en = "Classroom town"', 'en = "a\\u202eb"', "name.en", "direction-changing"),
        ('en = "Classroom town"', 'en = "a\\nb"', "name.en", "control"),
        ('en = "Classroom town"', f'en = "{"n" * 81}"', "name.en", "at most 80"),
        ("seed = 6", 'extends = "../../secret"', "extends", "unknown key"),
    ],
)  # fmt: skip
def test_each_fault_of_a_scenario(write: Callable[..., Path], old: str, new: str, key: str, said: str) -> None:
    """Notices a check left out, a second fault that is only noise, and a message without what is allowed."""
    path = write((old, new))
    fault = one_fault(load_scenario, path)
    assert fault.key == key, fault
    assert said in f"{fault.message} / {fault.hint}"
    assert fault.line is not None or key == "format"


@pytest.mark.parametrize("key", ["compounds", "residents", "residents_committees", "towns", "area_km2"])
def test_synthetic_district_needs_its_totals(write: Callable[..., Path], key: str) -> None:
    """Notices a total that is filled silently."""
    line = re.search(rf"^{key} = .*\n", CLASSROOM, re.MULTILINE)
    assert line is not None
    fault = one_fault(load_scenario, write((line[0], "")))
    assert (fault.key, fault.message) == (f"district.{key}", "missing key")


ESTATE = """
[[district.estates]]
id = "big"
name = { zh = "大", en = "Big" }
type = "commodity"
dwellings = { value = 900, assumed = "a" }
residents = { value = RESIDENTS, assumed = "a" }
committees = { value = 1, assumed = "a" }
"""


@pytest.mark.parametrize(
    ("residents", "times", "said"),
    [(70_000, 1, "too many for one compound"), (4_900, 1, "fewer than the 4,900"), (4_796, 1, "4 is fewer than the 5"),
     (100, 2, "already taken")],
)  # fmt: skip
def test_estates_fit_into_their_district(write: Callable[..., Path], residents: int, times: int, said: str) -> None:
    """Notices estates counted beside the totals, and a compound too large for its ties."""
    faults = faults_of(load_scenario, write(end=ESTATE.replace("RESIDENTS", str(residents)) * times))
    assert any(said in fault.message for fault in faults), faults


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("start_day = 5\nend_day = 5", "end_day", "not after the start"),
        ("start_day = 91", "start_day", "after the last day of the run, 90"),
        ("coverage = 1.2", "coverage", "from 0 to 1"),
        ("startday = 3", "startday", 'did you mean "start_day"?'),
        ('target = { types = ["vilage"] }', "target.types[0]", 'did you mean "village"?'),
        ('target = { by = "hotline_complaint" }', "target.by", 'did you mean "hotline_complaints"?'),
        ('trigger = { outcome = "petitions", above = 1, below = 2 }', "trigger.below", "above the threshold"),
        ('trigger = { outcome = "petition", above = 1 }', "trigger.outcome", 'did you mean "petitions"?'),
    ],
)  # fmt: skip
def test_each_fault_of_a_rollout(write: Callable[..., Path], text: str, key: str, said: str) -> None:
    """Notices a rollout that can never act, or acts on types and outcomes that there are not."""
    path = write(end=f"\n[programmes.whistle_report]\n{text}\n")
    fault = one_fault(load_scenario, path, known_programmes=EIGHT, known_outcomes=("hotline_complaints", "petitions"))
    assert fault.key == f"programmes.whistle_report.{key}", fault
    assert said in f"{fault.message} / {fault.hint}"


def test_arms_of_a_command_line(write: Callable[..., Path]) -> None:
    """Notices arms that are not checked when they come later than the file."""
    loaded = load_scenario(write(end="\n[programmes.whistle_rport]\nstart_day = 3\n"))
    assert [fault.key for fault in faults_of(check_arms, loaded, EIGHT)] == ["programmes.whistle_rport"]
    loaded = load_scenario(write())
    check_arms(loaded, EIGHT, arms=["baseline", "grid_management + grand_linkage"])
    assert 'did you mean "grand_linkage"?' in one_fault(check_arms, loaded, EIGHT, arms=["grand_linkag"]).hint


# ---- files that are not what they should be ------------------------------------------------------------

BAD_BYTES = {
    "digits": (f"seed = {'1' * 5_000}\n".encode(), "cannot be read", 1),
    "brackets": (b"a = " + b"[" * 50_000, "nested too deeply", None),
    "dots": (b"a." * 400_000 + b"b = 1", "nested too deeply", 1),
    "deep": (b"".join(b"a" + b".a" * 12 + b".k%d = 1\n" % k for k in range(8_000)), "missing key", None),
    "quoted": (b"x = 1\n" + b'"a" . ' * 100_000 + b"b = 1", "nested too deeply", 2),
    "word": (b"x" * (2**20 - 9) + b" = 1", "unknown key", 1),
    "quotes": (b"# " + b"'\"" * 500_000, "missing key", None),
    "large": (b"# " + b"x" * 3 * 2**20, "larger than 1 MiB", None),
    "gbk": ('name = { zh = "普陀区社区治理" }'.encode("gbk"), "looks like GBK", 1),
    "utf16": ('name = "x"'.encode("utf-16"), "UTF-16", None),
    "utf16be": ('name = "x"'.encode("utf-16-be"), "UTF-16", None),
    "nul": (b'a = 1\nb = "\x00"', "NUL", 2),
    "bytes": (b"a = 1\nb = '\xff\xff'", "not UTF-8", 2),
    "syntax": (b"a = 1\nb = = 2\n", "not valid TOML", 2),
    "twice": (b"a = 1\nb = 2\na = 3\n", "not valid TOML", 3),
    "end": (b'a = 1\nb = "', "not valid TOML", 2),
    "date": (b"a = 1\nb = 2016-02-30\n", "", 2),
    "empty": (b"", "missing key", None),
    "many": (b"".join(b"k%d=1\n" % k for k in range(100_000)), "unknown key", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_BYTES)
def test_bad_bytes_are_named_at_once(tmp_path: Path, case: str) -> None:
    """Notices a traceback, a parser that runs for ever, and an encoding that is not named."""
    data, said, line = BAD_BYTES[case]
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    began = time.monotonic()
    faults = faults_of(load_scenario, path)
    assert time.monotonic() - began < 100  # seconds: far above what it takes on any machine, far below a square of a mebibyte
    assert any(said in fault.message and line in (None, fault.line) for fault in faults), faults[:3]
    assert len(faults) <= 101


def test_byte_order_mark_and_line_ends_are_accepted(tmp_path: Path) -> None:
    """Notices files of Windows editors being refused or counted as another scenario."""
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + CLASSROOM.replace("\n", "\r\n").encode())
    assert load_scenario(path).sha256 == load_scenario("classroom").sha256


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json", ".txt", ""])
def test_only_toml_is_read(tmp_path: Path, ending: str) -> None:
    """Notices YAML (and with it its bombs) being read."""
    path = tmp_path / f"mine{ending}"
    path.write_text("a: &a [x, x]\n")
    fault = one_fault(load_scenario, path)
    assert "TOML" in fault.message or ".toml" in fault.message
    assert ("mine.toml" in fault.hint) == (ending in (".yaml", ".yml", ".json"))


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    """Notices a folder or an endless device being read."""
    (tmp_path / "folder.toml").mkdir()
    assert "not a regular file" in one_fault(load_scenario, tmp_path / "folder.toml").message
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")
        assert "not a regular file" in one_fault(load_scenario, tmp_path / "pipe.toml").message
    assert "no such file" in one_fault(load_scenario, tmp_path / "none.toml").message
    assert one_fault(load_scenario, tmp_path / ("n" * 300 + ".toml"))


@pytest.mark.parametrize("folder", ["城 区", 'it\'s "quoted"', "长" * 60, "a" * 200, "$x;`y`"])
def test_any_folder_name_works(tmp_path: Path, folder: str) -> None:
    """Notices paths that are pasted into text or cut."""
    home = tmp_path / folder
    home.mkdir()
    (home / "我的 情景.toml").write_text(
        CLASSROOM[:TABLES] + 'programme_files = ["夜 巡.toml"]\n' + CLASSROOM[TABLES:], encoding="utf-8"
    )
    (home / "夜 巡.toml").write_text(PROGRAMME, encoding="utf-8")
    loaded = load_scenario(home / "我的 情景.toml")
    assert [programme.id for programme in loaded.programmes] == ["night_walk"]


# ---- files named in a scenario -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../walk.toml",
        "/etc/walk.toml",
        "a/../../walk.toml",
        "C:\\walk.toml",
        "a\\walk.toml",
        "\\\\host\\walk.toml",
        "walk\\u0000.toml",
        "link.toml",
        "round.toml",
        "links/walk.toml",
    ],
)
def test_named_files_stay_in_the_folder(write: Callable[..., Path], tmp_path: Path, name: str) -> None:
    """Notices a scenario that reads files of the machine it runs on."""
    outside = tmp_path.parent / "walk.toml"
    outside.write_text(PROGRAMME, encoding="utf-8")
    (tmp_path / "link.toml").symlink_to(outside)
    (tmp_path / "links").symlink_to(outside.parent)
    (tmp_path / "round.toml").symlink_to("round.toml")
    written = name if "u0000" in name else name.replace("\\", "\\\\")
    fault = one_fault(load_scenario, write(top=f'programme_files = ["{written}"]\n'))
    assert fault.key == "programme_files[0]"
    assert fault.line is not None
    assert "own folder" in fault.message or name == "round.toml"
    fault = one_fault(load_scenario, write(("[district]\n", f'[district]\ncompounds_file = "{written}"\n')))
    assert fault.key == "district.compounds_file"


def test_faults_of_all_named_files_come_together(write: Callable[..., Path], tmp_path: Path) -> None:
    """Notices a loader that reads the next file only when the last was right."""
    (tmp_path / "walk.toml").write_text(PROGRAMME.replace("dose =", "doze ="), encoding="utf-8")
    (tmp_path / "torn.toml").write_text("id = ", encoding="utf-8")
    (tmp_path / "compounds.txt").write_text("id\n", encoding="utf-8")
    path = write(
        ("seed = 6", "seeds = 6"),
        ("[district]\n", '[district]\ncompounds_file = "compounds.txt"\nties_file = "ties.csv"\n'),
        top='programme_files = ["walk.toml", "torn.toml", "wlak.toml"]\n',
    )
    faults = faults_of(load_scenario, path)
    assert [(Path(fault.file).name, fault.key) for fault in faults] == [
        ("mine.toml", "seeds"), ("mine.toml", "programme_files[2]"), ("mine.toml", "district.compounds_file"),
        ("mine.toml", "district.ties_file"), ("torn.toml", ""), ("walk.toml", "effects[0].doze"),
    ]  # fmt: skip
    assert 'did you mean "walk.toml"?' in faults[1].hint
    assert 'did you mean "dose"?' in faults[-1].hint


def test_ties_and_second_programmes_need_what_they_refer_to(write: Callable[..., Path], tmp_path: Path) -> None:
    """Notices ties between compounds that have no ids, and one programme hidden by another of the same id."""
    (tmp_path / "ties.csv").write_text("a,b\n")
    fault = one_fault(load_scenario, write(("[district]\n", '[district]\nties_file = "ties.csv"\n')))
    assert "compounds_file" in fault.message
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(PROGRAMME, encoding="utf-8")
    assert "second" in one_fault(load_scenario, write(top='programme_files = ["one.toml", "two.toml"]\n')).message


def test_a_district_from_a_file_needs_no_totals(write: Callable[..., Path], tmp_path: Path) -> None:
    """Notices totals asked for that the file gives, and a data file that does not enter the hash."""
    (tmp_path / "compounds.csv").write_text("id\na\n")
    start = CLASSROOM.index("compounds =")
    totals = CLASSROOM[start : CLASSROOM.index("[comparison]")]
    path = write((totals, 'compounds_file = "compounds.csv"\n'))
    first = load_scenario(path)
    assert first.data_path("compounds_file") == tmp_path / "compounds.csv"
    assert first.data_path("ties_file") is None
    (tmp_path / "compounds.csv").write_text("id\nb\n")
    assert load_scenario(path).sha256 != first.sha256


# ---- programmes ----------------------------------------------------------------------------------------


def test_programme_is_read(tmp_path: Path) -> None:
    """Notices a key that is dropped, and a difference between file and text."""
    (tmp_path / "walk.toml").write_text(PROGRAMME, encoding="utf-8")
    programme = load_programme(tmp_path / "walk.toml")
    assert programme == programme_from_text(PROGRAMME)
    assert (programme.effects[0].dose, programme.rollout.coverage, programme.rollout.ramp_days) == (
        2.0,
        0.5,
        None,
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "line"),
    [
        ("dose = 2.0", "dose = 5.0", "effects[0].range", 17),
        ("dose = 2.0", "dose = nan", "effects[0].dose", 16),
        ('do = "add"', 'do = "ad"', "effects[0].do", 15),
        ("start_day = 3", "start_day = 3\nend_day = 2", "rollout.end_day", 11),
        ('id = "night_walk"', 'id = "Night/walk"', "id", 3),
        ("provisional = true", "citation = 3", "citation", 7),
        ("provisional = true", "costs = []\nharm = 'x'", "harm", 8),
        ("[[citations]]\n", "[extra]\n", "extra", 21),
    ],
)
def test_each_fault_of_a_programme(old: str, new: str, key: str, line: int) -> None:
    """Notices a check left out or a wrong line in arrays of tables."""
    faults = faults_of(programme_from_text, PROGRAMME.replace(old, new), "walk")
    assert ("walk", key, line) in [(fault.file, fault.key, fault.line) for fault in faults], faults


# ---- lines, changes, hashes ----------------------------------------------------------------------------


def test_lines_of_keys() -> None:
    """Notices strings, comments or nesting that lead the search for lines astray."""
    file = parse_toml(
        "\ufeff# a = [1\n"
        "a.b = 1 # c = 2\n"
        '"q.r" = """\nx = 1\n"""\n'
        "list = [ # [x]\n  1, 'it,]',\n  { deep = 2 },\n]\n"
        "[t.u]\nv = {w = [\n 3, 4],  x.y = 5}\n"
        "[[t.rows]]\nid = 1\n[[t.rows]]\nid = '''\nid = 3'''\n[t.rows.inner]\nz = 2016-01-01 07:32:00\n",
        "f",
    )
    expected = {
        "a": 2, "a.b": 2, '"q.r"': 3, "list": 6, "list[0]": 7, "list[1]": 7, "list[2]": 8, "list[2].deep": 8,
        "t": 10, "t.u": 10, "t.u.v": 11, "t.u.v.w": 11, "t.u.v.w[0]": 12, "t.u.v.w[1]": 12, "t.u.v.x": 12,
        "t.u.v.x.y": 12, "t.rows": 13, "t.rows[0]": 13, "t.rows[0].id": 14, "t.rows[1]": 15, "t.rows[1].id": 16,
        "t.rows[1].inner": 18, "t.rows[1].inner.z": 19,
    }  # fmt: skip
    assert file.lines == expected
    assert file.line(("t", "rows", 1, "missing")) == 15
    assert file.line(("none",)) is None


def test_hash_follows_what_is_run_not_how_it_is_written(write: Callable[..., Path]) -> None:
    """Notices runs redone for a comment, and runs of another world taken for these."""
    base = load_scenario("classroom").sha256
    assert (
        load_scenario(write(("few enough to look at each", "other words"), ("replicates = 4", "replicates = 9"))).sha256 == base
    )
    for old, new in (
        ("seed = 6", "seed = 7"),
        ("value = 4_800", "value = 4_801"),
        ("2018-03-01", "2018-03-02"),
    ):
        assert load_scenario(write((old, new))).sha256 != base
    override = '[parameters.problems.arrivals]\nvalue = { cleaning = 31.5 }\nsource = "a count"\n'
    changed = load_scenario(write(end=override))
    assert changed.sha256 != base
    assert changed.parameters["problems.arrivals"][0] == 31.5
    sent = pickle.loads(pickle.dumps(changed))
    assert sent.scenario == changed.scenario
    assert sent.text == changed.text


def test_changes_are_checked_like_the_file() -> None:
    """Notices a command line that goes round the checks."""
    loaded = load_scenario("putuo", changes={"time.horizon_days": 30, "sample": 0.1, "comparison.arms": ["baseline"]})
    assert (loaded.scenario.time.horizon_days, loaded.scenario.sample) == (30, 0.1)
    assert loaded.scenario.time.start == dt.date(2016, 1, 1)
    assert loaded.scenario.comparison.arms == ("baseline",)
    assert one_fault(load_scenario, "putuo", changes={"time.horizon_days": 0}).key == "time.horizon_days"
    assert 'did you mean "sample"?' in one_fault(load_scenario, "putuo", changes={"sampel": 0.1}).hint
    assert one_fault(load_scenario, "putuo", changes={"seed.x": 1}).message


def test_size_limit_is_one_mebibyte(tmp_path: Path) -> None:
    """Notices a limit off by one."""
    path = tmp_path / "big.toml"
    path.write_bytes(b"#" + b"x" * (SIZE_LIMIT - 1))
    assert read_toml(path).data == {}
    path.write_bytes(b"#" + b"x" * SIZE_LIMIT)
    assert "larger" in one_fault(read_toml, path).message
