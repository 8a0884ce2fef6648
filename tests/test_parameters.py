"""The register of parameters: its defaults, its strictness, and what a scenario may override."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import numpy as np
import pytest

from govsim.errors import InputError
from govsim.scenario import parameters as register
from govsim.scenario.parameters import Parameters, defaults, read_parameters
from govsim.scenario.toml_file import parse_toml
from govsim.vocabulary import COMPETENT, INDEX, KINDS, SERVICES

FILE = """
[rate]
about = "a rate"
unit = "per year"
value = 2.5
bounds = [0.5, 9.0]
grade = "published"
source = "a book"

[level]
about = "by service"
unit = "share"
by = "service"
value = { security = 0.1, cleaning = 0.2, greening = 0.3, repair = 0.4, order = 0.6 }
bounds = [0.05, 1.0]
grade = "calibrated"
source = "a target"
range = [0.5, 2.0]

[who]
about = "by kind and desk"
unit = "share"
by = ["kind", "competent"]
sparse = true
bounds = [0.05, 1.0]
grade = "assumed"
source = "a reason"
range = [0.9, 1.1]
[who.value]
cleaning = { firm = 0.9 }
greening = { firm = 0.8, greening = 0.2 }
"""
ROWS = "".join(f"{kind} = {{ town = 0.5 }}\n" for kind in KINDS[2:])


def read(folder: Path, text: str) -> Parameters:
    (folder / "things.toml").write_text(text, encoding="utf-8")
    return read_parameters(folder)


@pytest.fixture
def three(tmp_path: Path) -> Parameters:
    return read(tmp_path, FILE + ROWS)


def refused(call: object, *args: object, **more: object) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InputError) as caught:
        call(*args, **more)  # type: ignore[operator]
    return [(fault.line, fault.key, f"{fault.message} / {fault.hint}") for fault in caught.value.faults]


# ---- the defaults --------------------------------------------------------------------------------------


def test_defaults_are_all_valid_and_complete() -> None:
    """Notices a default out of bounds, without source or unit, of the wrong shape, or assumed without a range."""
    entries = defaults().entries
    assert {path.stem for path in register.DEFAULTS_FOLDER.glob("*.toml")} == {n.split(".")[0] for n in entries}
    for name, entry in entries.items():
        value = np.asarray(entry.value)
        assert value.shape == tuple(len(INDEX[space]) for space in entry.by), name
        written = value[value != 0] if entry.sparse else value
        assert ((written >= entry.bounds[0]) & (written <= entry.bounds[1])).all(), name
        assert all((entry.about, entry.unit, entry.source)), name
        assert entry.origin == "default", name
        assert entry.range is not None or entry.grade != "assumed", name


def test_defaults_are_read_once_and_cannot_be_written() -> None:
    """Notices a second reading of the files, and a run that could change the numbers of the next one."""
    assert defaults() is defaults()
    arrivals = defaults()["problems.arrivals"]
    stated = tomllib.loads((register.DEFAULTS_FOLDER / "problems.toml").read_text("utf-8"))
    assert arrivals.dtype == np.float64
    assert arrivals[KINDS.index("repair")] == stated["arrivals"]["value"]["repair"]
    with pytest.raises(ValueError, match="read-only"):
        arrivals[0] = 1.0
    sent = pickle.loads(pickle.dumps(defaults()))
    assert not sent["problems.arrivals"].flags.writeable


def test_unknown_name_names_the_nearest() -> None:
    """Notices a bare KeyError, or a default for a name that is not there."""
    with pytest.raises(KeyError, match=r"problems\.arrivals"):
        defaults()["problems.arival"]
    assert "problems.arrivals" in defaults()
    assert "problems.arival" not in defaults()


# ---- reading -------------------------------------------------------------------------------------------


def test_values_land_on_their_words(three: Parameters) -> None:
    """Notices values read in the order of the file instead of the vocabulary's, and rows and columns exchanged."""
    assert three["things.rate"] == 2.5
    assert isinstance(three["things.rate"], float)
    assert three["things.level"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.6]
    who = three["things.who"]
    assert who.shape == (len(KINDS), len(COMPETENT))
    assert who[KINDS.index("greening"), COMPETENT.index("greening")] == 0.2
    assert who[KINDS.index("cleaning"), COMPETENT.index("greening")] == 0.0
    assert who.sum() == pytest.approx(0.9 + 1.0 + 11 * 0.5)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "said"),
    [
        ("value = 2.5", "value = 9.5", 5, "rate.value", "out of bounds / allowed: from 0.5 to 9"),
        ("value = 2.5", "value = 0.4", 5, "rate.value", "out of bounds / allowed: from 0.5 to 9"),
        ("value = 2.5", "value = true", 5, "rate.value", "not a number"),
        ("value = 2.5", "value = nan", 5, "rate.value", "out of bounds"),
        ("value = 2.5", "value = { cleaning = 2.5 }", 5, "rate.value", "not a number"),
        ("bounds = [0.5, 9.0]", "bounds = [9.0, 0.5]", 6, "rate.bounds", "lower bound"),
        ("bounds = [0.5, 9.0]", "bounds = [0.5, inf]", 6, "rate.bounds[1]", "not a finite number"),
        ('grade = "published"', 'grade = "guessed"', 7, "rate.grade", "calibrated"),
        ('grade = "published"', 'grade = "assumed"', 2, "rate.range", "needs a range"),
        ('source = "a book"', 'sorce = "a book"', 8, "rate.sorce", 'did you mean "source"?'),
        ("repair = 0.4, ", "", 14, "level.value", "missing: repair"),
        ("repair = 0.4", "repare = 0.4", 14, "level.value.repare", 'did you mean "repair"?'),
        ("range = [0.5, 2.0]", "range = [1.5, 2.0]", 18, "level.range", "around 1"),
        ("sparse = true\n", "", 29, "who.value", "missing"),
        ("firm = 0.8", "firn = 0.8", 30, "who.value.greening.firn", 'did you mean "firm"?'),
        ("cleaning = { firm = 0.9 }\n", "", 28, "who.value", "missing: cleaning"),
    ],
)
def test_each_fault_of_a_parameter_file(tmp_path: Path, old: str, new: str, line: int, key: str, said: str) -> None:
    """Notices a check left out, a wrong line, and a message that does not say what is allowed."""
    text = FILE + ROWS
    assert text.count(old) == 1
    found = refused(read, tmp_path, text.replace(old, new))
    assert any(fault[1].startswith(key) and said in fault[2] and abs((fault[0] or 0) - line) <= 1 for fault in found), found


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    """Notices a reader that stops at the first entry or the first file."""
    (tmp_path / "a.toml").write_text(FILE.replace("2.5", "20").replace("0.1,", "7,"), encoding="utf-8")
    (tmp_path / "b.toml").write_text("x = = 3", encoding="utf-8")
    keys = [key for _, key, _ in refused(read_parameters, tmp_path)]
    assert {"rate.value", "level.value.security", ""} <= set(keys)


# ---- overrides -----------------------------------------------------------------------------------------


def test_override_changes_only_what_it_names(three: Parameters) -> None:
    """Notices an override that resets the other words, or changes the parameters it was made from."""
    new = three.overridden({"things": {"level": {"value": {"repair": 0.9}, "source": "a survey"}}}, "mine.toml")
    assert new["things.level"].tolist() == [0.1, 0.2, 0.3, 0.9, 0.6]
    assert three["things.level"][SERVICES.index("repair")] == 0.4
    entry = new.entries["things.level"]
    assert (entry.origin, entry.grade) == ("mine.toml", "published")
    assert "a survey" in entry.source
    assert new.entries["things.rate"] is three.entries["things.rate"]
    assumed = three.overridden({"things": {"rate": {"value": 3, "assumed": "x", "range": (0.5, 2.0)}}}, "f")
    assert assumed["things.rate"] == 3.0
    assert assumed.entries["things.rate"].grade == "assumed"


def test_override_of_two_spaces(three: Parameters) -> None:
    """Notices an override of one cell that clears its row."""
    said = {"things": {"who": {"value": {"greening": {"town": 0.7}}, "source": "s"}}}
    row = three.overridden(said, "f")["things.who"][KINDS.index("greening")]
    assert [row[COMPETENT.index(word)] for word in ("firm", "greening", "town")] == [0.8, 0.2, 0.7]


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ('[parameters.thing.rate]\nvalue = 3\nsource = "s"', 1, "parameters.thing", 'did you mean "things"?'),
        (
            '[parameters.things.rat]\nvalue = 3\nsource = "s"',
            1,
            "parameters.things.rat",
            'did you mean "rate"?',
        ),
        (
            '[parameters.things.rate]\nvalue = 30\nsource = "s"',
            2,
            "parameters.things.rate.value",
            "from 0.5 to 9",
        ),
        ("[parameters.things.rate]\nvalue = 3", 1, "parameters.things.rate", "exactly one of source"),
        (
            '[parameters.things.rate]\nvalue = 3\nassumed = "a"\nsource = "s"',
            1,
            "parameters.things.rate",
            "exactly one",
        ),
        ('[parameters.things.rate]\nvalue = 3\nassumed = "a"', 1, "parameters.things.rate", "needs a range"),
        ('[parameters.things.rate]\nsource = "s"', 1, "parameters.things.rate.value", "missing"),
        (
            '[parameters.things.level]\nsource = "s"\nvalue = 0.5',
            3,
            "parameters.things.level.value",
            "security, cleaning",
        ),
        ("parameters.things.rate = 3", 1, "parameters.things.rate", "cannot be used here"),
        ("parameters.things = 3", 1, "parameters.things", "not a table"),
        ("parameters = 3", 1, "parameters", "not a table"),
    ],
)
def test_each_fault_of_an_override(three: Parameters, text: str, line: int, key: str, said: str) -> None:
    """Notices an override that is ignored, taken though wrong, or refused at another line."""
    file = parse_toml(text, "mine.toml")
    found = refused(three.overridden, file.data["parameters"], file)
    assert [fault[:2] for fault in found] == [(line, key)]
    assert said in found[0][2]


def test_whole_values_are_checked_and_scaled_ones_clipped(three: Parameters) -> None:
    """Notices calibration writing out of bounds, of another shape, or into the parameters it came from."""
    new = three.with_values({"things.rate": 4.0, "things.level": np.full(5, 0.25)}, "calibration")
    assert new["things.rate"] == 4.0
    assert new["things.level"].tolist() == [0.25] * 5
    assert three["things.rate"] == 2.5
    faults = refused(three.with_values, {"things.rate": np.nan, "things.level": 0.3, "things.x": 1.0}, "c")
    assert [key for _, key, _ in faults] == ["things.rate", "things.level", "things.x"]
    assert three.scaled({"things.level": 2.0})["things.level"] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert [key for _, key, _ in refused(three.scaled, {"things.x": 2.0})] == ["things.x"]
