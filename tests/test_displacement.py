"""Displacement: rings on a known network, changes by hand, the published quotient, and what people read of it."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from govsim.analysis.displacement import RINGS, displacement, quotient, rings_around
from govsim.analysis.headlines import headline_values
from govsim.analysis.paired import compare
from govsim.experiment.tables import COMPOUND_OUTCOMES
from govsim.report.around import around
from govsim.report.page import page
from govsim.report.tables import print_comparison, terminal_table
from govsim.report.words import LANGUAGES, cells, words
from tests.test_report import _frames as frames_of_a_report

#: Six compounds in a line, and a seventh that is tied to none.
LINE = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
HOUSEHOLDS = np.array([100, 200, 300, 400, 500, 600, 700])


def network(pairs=LINE, n=7):
    both = sorted([*pairs, *((b, a) for a, b in pairs)])
    counts = np.bincount([a for a, _ in both], minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]), np.array([b for _, b in both], np.int32)


def frames(burglaries, treated=(0,), replicates=2, arm="trial", quarters=3, since=1, days=250):
    """compounds.parquet, places and runs: `burglaries` arm -> (n,) per compound and quarter; treated from `since` on."""
    rows = [
        (name, r, q, f"c{i}", *what)
        for name, by in burglaries.items()
        for r in range(replicates)
        for q in range(quarters)
        for i in range(7)
        for what in (
            ("crimes", "burglary", float(by[i] + r)),
            ("crimes", "fraud", 2.0),
            ("complaints", "hotline", 5.0),
            ("complaints", "firm", 8.0 + (name == arm and q >= since)),
            ("treated", "all", float(name == arm and q >= since and i in treated)),
            ("satisfaction", "all", 70.0),
        )
    ]
    compounds = pd.DataFrame(rows, columns=["arm", "replicate", "quarter", "compound", "outcome", "category", "value"])
    places = pd.DataFrame({"compound": [f"c{i}" for i in range(7)], "households": HOUSEHOLDS})
    runs = pd.DataFrame([(a, r, days) for a in burglaries for r in range(replicates)], columns=["arm", "replicate", "days"])
    return compounds, places, runs


BASE = np.array([10, 10, 10, 10, 10, 10, 10])
MOVED = np.array([4, 13, 11, 10, 10, 10, 10])  # six fewer in the first, three more beside it, one more next to that


def test_rings_follow_the_ties():
    """Notices a ring that jumps a tie, takes treated compounds back, or swallows those nobody is tied to."""
    indptr, indices = network()
    treated = np.zeros(7, bool)
    treated[2] = True
    assert rings_around(treated, indptr, indices).tolist() == [2, 1, 0, 1, 2, 3, 3]
    treated[5] = True
    assert rings_around(treated, indptr, indices).tolist() == [2, 1, 0, 1, 1, 0, 3]


def test_changes_by_hand():
    """Notices a wrong ring, quarter, denominator or sign: two of three quarters count, 250 - 91 days."""
    found = displacement(*frames({"baseline": BASE, "trial": MOVED}), *network())
    years = (250 - 91) / 365.25
    rows = found.rings[found.rings.figure == "burglary"].set_index("ring")
    assert list(rows.index) == list(RINGS)
    for ring, change, size in (("treated", -6, 100), ("adjacent", 3, 200), ("next", 1, 300), ("rest", 0, 2200)):
        assert rows.difference[ring] == pytest.approx(1000 * 2 * change / size / years, rel=1e-12)
        assert rows.households[ring] == size
    assert rows.level["treated"] == pytest.approx(1000 * 2 * 10.5 / 100 / years, rel=1e-12)
    crimes = found.rings[found.rings.figure == "crimes"].set_index("ring")
    assert crimes.level["treated"] == pytest.approx(1000 * 2 * 12.5 / 100 / years, rel=1e-12)
    complaints = found.rings[found.rings.figure == "complaints"].set_index("ring")
    assert complaints.difference["rest"] == pytest.approx(1000 * 2 * 4 / 2200 / years, rel=1e-12)
    total = found.totals.set_index("figure").loc["burglary"]
    assert (total.gain, total.near, total.moved) == (24, 16, 16)
    assert total.moved_per_gain == pytest.approx(2 / 3)


def test_weeks_are_told_from_quarters():
    """Notices rates thirteen times too high or low where compounds were recorded by week: 3 periods in 20 days."""
    found = displacement(*frames({"baseline": BASE, "trial": MOVED}, days=20), *network())
    row = found.rings[(found.rings.figure == "burglary") & (found.rings.ring == "treated")].iloc[0]
    assert row.difference == pytest.approx(1000 * 2 * -6 / 100 / (13 / 365.25), rel=1e-12)


def test_quotient_of_bowers_and_johnson():
    """Notices a quotient upside down: by hand (30/50 - 20/40) / (10/50 - 20/40) = 0.1 / -0.3; and the defined cases."""
    assert quotient(np.array([20.0, 12, 8, 40]), np.array([10.0, 20, 10, 50])) == pytest.approx(-1 / 3)
    assert quotient(np.array([20.0, 12, 8, 40]), np.array([10.0, 10, 5, 40])) == pytest.approx(0.5)
    assert np.isnan(quotient(np.array([20.0, 12, 8, 40]), np.array([21.0, 12, 8, 40])))
    assert np.isnan(quotient(np.array([20.0, 12, 8, 0]), np.array([10.0, 12, 8, 0])))


def test_only_arms_that_treat_a_part():
    """Notices tables for arms that reach everybody or nobody, where there is nothing around."""
    for treated in ((), range(7)):
        found = displacement(*frames({"baseline": BASE, "trial": MOVED}, treated=treated), *network())
        assert found.rings.empty
        assert found.totals.empty
        assert around(found, words("en"), {}) == []


def test_gain_without_loss_elsewhere_and_loss():
    """Notices displacement claimed where the treated compounds did not gain, or a sign turned in diffusion."""
    worse = displacement(*frames({"baseline": BASE, "trial": BASE + 1}), *network()).totals.set_index("figure")
    assert np.isnan(worse.moved_per_gain["burglary"])
    benefit = displacement(*frames({"baseline": BASE, "trial": np.minimum(MOVED, 10) - [0, 2, 1, 0, 0, 0, 0]}), *network())
    total = benefit.totals.set_index("figure").loc["burglary"]
    assert total.moved_per_gain < 0
    assert total.quotient > 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_is_readable(lang):
    """Notices a table that is too wide for 100 columns, without its rings, or without what became of the gain."""
    w = words(lang)
    found = displacement(*frames({"baseline": BASE, "trial": MOVED}), *network())
    (grid,) = around(found, w, {"trial": {"zh": "试点", "en": "Trial"}})
    sheet = io.StringIO()
    Console(file=sheet, width=120, color_system=None).print(terminal_table(grid, "utf-8", 100))
    text = sheet.getvalue()
    assert max(cells(line.rstrip()) for line in text.splitlines()) <= 100
    for ring in RINGS:
        assert w.of("ring", ring) in text
    assert any("67%" in note and w.of("displaced", "burglary") in note for note in grid.notes)
    (single,) = around(displacement(*frames({"baseline": BASE, "trial": MOVED}, replicates=1), *network()), w, {})
    assert w("not_enough_legend", n=1) in single.notes
    assert "nan" not in str(single).lower()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_and_the_terminal_show_it(lang, found):
    """Notices a table that is made and then not shown."""
    values, comparison, runs = found
    here = displacement(*frames({"baseline": BASE, "trial": MOVED}), *network())
    w, labels = words(lang), {"trial": {"zh": "试点", "en": "Trial"}}
    title = w("around", arm=w.arm("trial", labels))
    assert title in page(lang, labels, runs, values, comparison, [], displaced=here)
    assert title not in page(lang, labels, runs, values, comparison, [])
    sheet = io.StringIO()
    print_comparison(Console(file=sheet, width=100), comparison, values, labels, lang, displaced=here)
    assert w.of("ring", "adjacent") in sheet.getvalue()


@pytest.fixture(scope="module")
def found():
    outcomes, runs = frames_of_a_report(("baseline", "trial"))
    values = headline_values(outcomes, runs)
    return values, compare(values), runs


def test_compounds_keep_what_displacement_needs():
    """Notices an outcome that is no longer kept by compound."""
    kept = {name for name, _ in COMPOUND_OUTCOMES}
    assert {"treated", "crimes", "complaints"} <= kept
    assert len(set(COMPOUND_OUTCOMES)) == len(COMPOUND_OUTCOMES)
