"""`govsim screen`: verdicts from made-up figures, what people read, and the command from its words to its files."""

# the stubs of pandas take a cell, .loc[row, column], for anything that a cell may be
# mypy: disable-error-code="operator, arg-type, index, union-attr, call-overload"
from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from govsim.analysis.headlines import BY_HEADLINE
from govsim.analysis.screen import FIGURES, Claim, Screened, outcome_totals, screened
from govsim.analysis.screen_folder import by_arm
from govsim.cli.main import main
from govsim.interface import screen
from govsim.programmes.catalogue import shipped
from govsim.report.screen import screen_grid, sheets
from govsim.report.words import cells, words

NOISE = np.array([-2.0, -1.0, 0.5, 1.0, 1.5, 3.0, -0.5, -2.5])
LEVEL = {name: 50.0 + 10 * k for k, name in enumerate((*FIGURES, "complaints_rate", "crime_rate", "fear"))}
#: What each arm adds to a figure: a level and a share of the noise of its own.
ARMS = {
    "whistle_report": {"burglary_rate": (-6.0, 0.2), "fear": (5.0, 0.1), "crime_rate": (-6.0, 0.2), "satisfaction": (1.0, 0.1)},
    "grid_management": dict.fromkeys(FIGURES, (0.0, 0.05)) | {"crime_rate": (-0.5, 2.0)},
    # petitions: clear if they were the only figure tested
    "household_visits": {"hotline_rate": (0.0, 9.0), "fear": (-4.0, 0.1), "petition_rate": (-1.7, 1.0)},
    "red_property": {},
}
SPENT = {"whistle_report": 3.0, "grid_management": 2.0}
PLACES = pd.DataFrame({"compound": ["c1", "c2"], "type": ["village", "old_public"], "residents": [300.0, 700.0]})


def values() -> pd.DataFrame:
    """Headlines of eight replicates; all arms share the noise of the level, each effect has a pattern of its own."""
    rows = []
    for k, (arm, effects) in enumerate({"baseline": {}, **ARMS}.items()):
        for name, level in LEVEL.items():
            added, spread = effects.get(name, (0.0, 0.0))
            own = np.roll(NOISE, 1 + k) * spread
            rows += [(arm, r, name, level + NOISE[r] + added + own[r]) for r in range(8)]
        rows += [(arm, r, "cost", SPENT.get(arm, 0.0)) for r in range(8)]
    return pd.DataFrame(rows, columns=["arm", "replicate", "headline", "value"])


def compounds() -> Iterator[tuple[str, pd.DataFrame]]:
    """Satisfaction by compound: the small compound gains from one arm, the large one loses."""
    for arm in ("baseline", *ARMS):
        rows = []
        for r in range(8):
            for compound in ("c1", "c2"):
                up = {"c1": 1.0, "c2": -2.0}[compound] if arm == "whistle_report" else 0.0
                said = {
                    "satisfaction": 60 + NOISE[r] + up,
                    "complaints": 1.0,
                    "answered": 1.0,
                    "felt_solved": 1.0,
                    "open_problems": 1.0,
                }
                rows += [(arm, r, compound, name, value) for name, value in said.items()]
        yield arm, pd.DataFrame(rows, columns=["arm", "replicate", "compound", "outcome", "value"])


def totals() -> pd.DataFrame:
    """Visits: 100 more where there are household visits."""
    rows = [(arm, r, "visits", 500.0 + r + 100 * (arm == "household_visits")) for arm in ("baseline", *ARMS) for r in range(8)]
    return pd.DataFrame(rows, columns=["arm", "replicate", "outcome", "value"])


CLAIMS = (
    Claim("whistle_report", "burglary_rate", "down"),
    Claim("whistle_report", "fear", "down"),
    Claim("household_visits", "hotline_rate", "down"),
    Claim("household_visits", "visits", "up"),
    Claim("red_property", "visits", "up"),
)


@pytest.fixture(scope="module")
def found() -> Screened:
    runs = pd.DataFrame([(arm, r, 364) for arm in ("baseline", *ARMS) for r in range(8)], columns=["arm", "replicate", "days"])
    return screened(values(), totals(), CLAIMS, compounds(), PLACES, runs)


def test_verdicts_are_those_of_the_figures(found: Screened) -> None:
    """Notices a clear effect that is called none, noise that is called an effect, doubt that is called smallness."""
    rows = found.programmes.set_index("arm")
    assert rows["verdict"].to_dict() == {
        "whistle_report": "moves", "grid_management": "small", "household_visits": "undecided", "red_property": "same",
    }  # fmt: skip
    assert rows.loc["whistle_report", "worse"] == "fear"
    assert set(rows.loc["whistle_report", "clear"].split()) == {"burglary_rate", "crime_rate", "fear", "satisfaction"}
    assert rows.loc["household_visits", "clear"] == "fear"
    assert rows.loc["household_visits", "worse"] == ""


def test_p_is_corrected_for_the_number_of_programmes(found: Screened) -> None:
    """Notices marks that each programme earns as if it were the only one looked at."""
    mine = found.effects[found.effects["outcome"] == "burglary_rate"].set_index("arm")
    tested = mine["p"].notna()
    assert tested.sum() == 2
    least = mine.loc[tested, "p"].idxmin()
    assert mine.loc[least, "p_holm"] == pytest.approx(2 * mine.loc[least, "p"], rel=1e-12)
    alone = found.effects.set_index(["arm", "outcome"]).loc[("household_visits", "petition_rate")]
    assert alone["p"] < 0.05 < alone["p_holm"]
    assert alone["high"] < 0


def test_prices_are_money_by_what_is_avoided(found: Screened) -> None:
    """Notices a price per crime in the wrong unit, and one where nothing is avoided."""
    rows = found.programmes.set_index("arm")
    per_head = rows.loc["whistle_report", "cost"]
    fewer = -found.effects.set_index(["arm", "outcome"]).loc[("whistle_report", "crime_rate"), "difference"]
    assert per_head == 3.0
    assert rows.loc["whistle_report", "crime_price"] == pytest.approx(
        per_head / (fewer / BY_HEADLINE["crime_rate"].scale), rel=1e-9
    )
    assert np.isnan(rows.loc["whistle_report", "complaint_price"])


def test_residents_are_weighed_not_compounds(found: Screened) -> None:
    """Notices shares of compounds instead of residents, and gains taken for losses."""
    rows = found.programmes.set_index("arm")
    assert rows.loc["whistle_report", ["better_off", "worse_off"]].tolist() == pytest.approx([0.3, 0.7])
    assert rows.loc["red_property", ["better_off", "worse_off"]].tolist() == [0, 0]
    by_type = found.groups[(found.groups["by"] == "type") & (found.groups["arm"] == "whistle_report")].set_index("group")
    assert by_type["difference"].to_dict() == pytest.approx({"village": 1.0, "old_public": -2.0})


def test_claims_are_held_against_what_came(found: Screened) -> None:
    """Notices a claim that is met by the opposite, by noise, or by nothing; and outcomes that are no headlines."""
    assert found.expected["verdict"].tolist() == ["met", "against", "unclear", "met", "same"]
    assert found.expected["difference"].tolist()[3:] == [100.0, 0.0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_people_read(found: Screened, lang: str) -> None:
    """Notices a mark at another programme's figure, a family said twice, a price without doubt, a list that leaves one out."""
    w = words(lang)
    grid = screen_grid(found, shipped(), w)
    names = {arm: shipped()[arm].name.zh if lang == "zh" else shipped()[arm].name.en for arm in ARMS}
    rows = dict(grid.rows)
    assert set(names.values()) < set(rows)
    assert len(grid.rows) == len(ARMS) + len({shipped()[arm].family for arm in found.programmes["arm"]})
    column = 1 + FIGURES.index("burglary_rate")
    marks = {arm: rows[names[arm]][column - 1].mark for arm in ARMS}
    assert marks == {"whistle_report": "better", "grid_management": "", "household_visits": "", "red_property": ""}
    first, below = rows[names["whistle_report"]][column - 1].text.split("\n")
    level = LEVEL["burglary_rate"] + NOISE.mean()
    assert float(first) == pytest.approx(100 * -6.0 / level, abs=0.06)
    effect = found.effects.set_index(["arm", "outcome"]).loc[("whistle_report", "burglary_rate")]
    assert float(below.removeprefix("±")) == pytest.approx(50 * (effect["high"] - effect["low"]) / level, abs=0.06)
    assert rows[names["household_visits"]][FIGURES.index("petition_rate")].mark == ""
    assert not rows[names["whistle_report"]][-3].text.startswith("(")
    assert rows[names["grid_management"]][-3].text.startswith("(")
    assert rows[names["whistle_report"]][-2].text == "30/70"
    assert rows[names["whistle_report"]][-1].text == "1"
    unmoved, unmet, harmed = sheets(found, shipped(), w)
    assert {row[0] for row in unmoved[2]} == {names[arm] for arm in ARMS if arm != "whistle_report"}
    assert [row[0] for row in unmet[2]] == [
        names[c.arm] for c, v in zip(CLAIMS, found.expected["verdict"], strict=True) if v != "met"
    ]
    assert [row[0] for row in harmed[2]] == [names["whistle_report"]]


def test_rows_of_an_arm_come_whole_whatever_the_batches(tmp_path) -> None:
    """Notices an arm that is cut where the file's row groups end."""
    frame = pd.concat([rows for _, rows in compounds()], ignore_index=True)
    frame.to_parquet(tmp_path / "x.parquet", row_group_size=37)
    back = dict(by_arm(tmp_path / "x.parquet", rows_at_once=37))
    assert list(back) == ["baseline", *ARMS]
    for arm, rows in compounds():
        pd.testing.assert_frame_equal(back[arm], rows)


def test_totals_are_sums_over_weeks_and_categories() -> None:
    """Notices one category that stands for all, and weeks that overwrite one another."""
    rows = [("a", 0, week, "visits", c, 2.0 + week) for week in range(3) for c in ("x", "y")]
    frame = pd.DataFrame(rows, columns=["arm", "replicate", "period", "outcome", "category", "value"])
    found = outcome_totals(frame, ["visits", "visits.y"]).set_index("outcome")["value"]
    assert found.to_dict() == {"visits": 18.0, "visits.y": 9.0}


# ---- the command -------------------------------------------------------------------------------------------------

SHORT = [
    "screen",
    "classroom",
    "--only",
    "whistle_report",
    "household_visits",
    "--days",
    "28",
    "--replicates",
    "3",
    "--workers",
    "1",
]


def test_the_command_runs_screens_and_goes_on(tmp_path, capsys) -> None:
    """Notices a table that passes 100 columns, a file that is named but not there, and runs that are made twice."""
    out = tmp_path / "试 行"
    assert main([*SHORT, "--out", str(out), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    table = said[: said.index("The baseline:")]
    assert max(cells(line.rstrip()) for line in table.splitlines()) <= 100
    (beside,) = (line for line in table.splitlines() if line.startswith(shipped()["whistle_report"].name.en[:10]))
    assert "±" not in beside
    assert re.search(r"[-+]?\d", beside)
    for id in ("whistle_report", "household_visits"):
        assert shipped()[id].name.en.split()[0] in table
    named = [line.strip() for line in said[said.index("Files:") :].splitlines()[1:] if line.strip()]
    assert {name.rsplit("/", 1)[-1] for name in named} == {
        "programmes.csv", "effects.csv", "expected.csv", "groups.csv", "screen-en.png", "screen-en.svg",
    }  # fmt: skip
    assert all((out / "screen" / name.rsplit("/", 1)[-1]).is_file() for name in named)
    before = {path.name: path.read_bytes() for path in (out / "screen").glob("*.csv")}
    assert main([*SHORT, "--out", str(out), "--lang", "zh"]) == 0
    again = capsys.readouterr()
    assert "9 次运行中 9 次已经完成" in again.err
    assert shipped()["whistle_report"].name.zh in again.out
    assert before == {path.name: path.read_bytes() for path in (out / "screen").glob("*.csv")}
    mine = pd.read_csv(out / "screen" / "programmes.csv").set_index("arm")
    assert mine.loc["whistle_report", "stated_harms"] == shipped()["whistle_report"].harms
    python = screen("classroom", ["whistle_report", "household_visits"], replicates=3, days=28)
    assert python.programmes["verdict"].tolist() == mine["verdict"].tolist()


def test_an_unknown_programme_is_told(tmp_path, capsys) -> None:
    """Notices a screen that starts although one of its programmes does not exist."""
    assert main(["screen", "classroom", "--only", "whistle_reports", "--out", str(tmp_path / "x"), "--lang", "en"]) == 2
    assert "whistle_report" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
