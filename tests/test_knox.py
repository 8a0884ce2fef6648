"""The Knox test: known counts, exact chance, clusters found and none invented, and PySAL's pointpats on the same events."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from govsim.analysis.knox import SAME_BUILDING, SAME_HOME, Knox, knox, named, together


def scattered(n: int, seed: int, side: float = 900.0, days: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events that know nothing of each other."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, side, n), rng.uniform(0, side, n), rng.integers(0, days, n)


def test_two_events():
    """Notices a pair counted twice, in no band or in the wrong one: 30 m and 5 days apart."""
    found = knox([0, 30], [0, 0], [10, 15], metres=((0, 20), (20, 40)), days=((0, 4), (5, 9)), draws=9)
    assert found.observed.tolist() == [[0, 0], [0, 1]]
    assert found.expected.tolist() == [[0, 0], [0, 1]]
    assert found.p.tolist() == [[1, 1], [1, 1]]
    assert np.isnan(found.ratio[0, 0])
    assert found.ratio[1, 1] == 1


@pytest.mark.parametrize(("gap", "row"), [(0.0, 0), (100.0, 0), (100.5, 1), (200.0, 1), (200.5, None)])
def test_a_band_of_metres_holds_its_upper_end(gap, row):
    """Notices bands that overlap or leave a gap: a pair on the border would count twice or never."""
    found = knox([0, gap], [0, 0], [1, 1], metres=((0, 100), (100, 200)), days=((0, 14),), draws=0)
    assert found.observed[:, 0].tolist() == [int(row == 0), int(row == 1)]


@pytest.mark.parametrize(("gap", "column"), [(0, 0), (14, 0), (15, 1), (28, 1), (29, None)])
def test_a_band_of_days_holds_both_ends(gap, column):
    """Notices a day too few or too many in a band of days."""
    found = knox([3, 3], [0, 0], [40, 40 + gap], metres=((0, 10),), days=((0, 14), (15, 28)), draws=0)
    assert found.observed[0].tolist() == [int(column == 0), int(column == 1)]


def test_buildings_and_homes():
    """Notices pairs of one building that also count as near, unknown homes taken for one home, and lost neighbours.

    Events 0, 1, 2 are in building 7 (0 and 1 in home 3, 2 in an unknown one), 3 and 4 in unknown buildings.
    """
    x, building, home = [0, 0, 0, 50, 50], [7, 7, 7, -1, -1], [3, 3, -1, -1, -1]
    found = knox(x, [0] * 5, [1, 2, 3, 4, 5], building, home, metres=((0, 100),), days=((0, 9),), draws=0)
    assert found.space == (SAME_HOME, SAME_BUILDING, named((0, 100)))
    assert found.observed[:, 0].tolist() == [1, 3, 7]


def brute(x, y, day, metres, days):
    """Pairs by one plain loop."""
    out = np.zeros((len(metres), len(days)), int)
    for i in range(len(x)):
        for j in range(i):
            gap, time = np.hypot(x[i] - x[j], y[i] - y[j]), abs(day[i] - day[j])
            for s, (near, far) in enumerate(metres):
                for t, (early, late) in enumerate(days):
                    out[s, t] += (near < gap <= far or (near == 0 == gap)) and early <= time <= late
    return out


def test_counts_and_chance_against_a_plain_loop():
    """Notices wrong counts, and an expected number that is not the mean over ways to deal out the times."""
    x, y, day = scattered(150, 4)
    metres, days = ((0, 60), (60, 150)), ((0, 3), (4, 20), (21, 60))
    found = knox(x, y, day, metres=metres, days=days, draws=400)
    assert (found.observed == brute(x, y, day, metres, days)).all()
    noise = found.permuted.std(axis=0, ddof=1) / np.sqrt(400)
    assert (np.abs(found.permuted.mean(axis=0) - found.expected) < 4 * noise).all()
    assert found.permuted.std(axis=0).min() > 0


def test_no_interaction_where_there_is_none():
    """Notices interaction invented where places and times are each clustered, but not with each other."""
    rng = np.random.default_rng(8)
    place = rng.integers(0, 40, 3000)
    x, y, _ = scattered(40, 9, side=6000)
    day = rng.normal(180, 40, 3000).round()
    found = knox(x[place], y[place], day, building=place, draws=99)
    assert found.ratio[0] == pytest.approx(1, abs=0.05)
    assert (found.p[0] > 0.01).all()


def test_near_repeats_are_found():
    """Notices near repeats that are missed: a fifth of the events follow another within 60 m and 10 days."""
    rng = np.random.default_rng(5)
    x, y, day = scattered(1200, 6, side=8000, days=365)
    first = rng.choice(1200, 300, replace=False)
    x = np.append(x, x[first] + rng.uniform(-40, 40, 300))
    y = np.append(y, y[first] + rng.uniform(-40, 40, 300))
    day = np.append(day, day[first] + rng.integers(1, 11, 300))
    found = knox(x, y, day, draws=99)
    row, column = found.cell(named((0, 100)), 7)
    assert found.ratio[row, column] > 2
    assert found.p[row, column] == 0.01
    assert found.ratio[found.cell(named((200, 400)), 40)] == pytest.approx(1, abs=0.2)


def test_windows_add_up():
    """Notices pairs across two windows, or means of ratios in the place of sums."""
    parts = [knox(*scattered(120, seed), draws=19) for seed in (1, 2)]
    both = together(parts)
    assert both.events == 240
    for name in ("observed", "expected", "permuted"):
        assert np.array_equal(getattr(both, name), getattr(parts[0], name) + getattr(parts[1], name))
    assert both.permuted.shape == (19, 3, 3)


def test_nothing_and_one_event():
    """Notices a crash, or a ratio, where there is no pair at all."""
    for n in (0, 1):
        found = knox(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, int), draws=3)
        assert found.observed.sum() == 0
        assert np.isnan(found.ratio).all()


def test_the_same_seed_gives_the_same_p():
    """Notices a draw from a generator that nobody seeded."""
    x, y, day = scattered(200, 2)
    a, b, c = (knox(x, y, day, seed=seed, draws=29).permuted for seed in (3, 3, 4))
    assert (a == b).all()
    assert (a != c).any()


@pytest.fixture(scope="module")
def pointpats():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own and its libraries'
        return pytest.importorskip("pointpats", reason="comes with the test extra")


@pytest.mark.parametrize(("near", "soon"), [(40.0, 4), (90.0, 15)])
@pytest.mark.parametrize("clustered", [False, True])
def test_as_pointpats_has_it(pointpats, near, soon, clustered):
    """Notices counts, chance or p-values that differ from PySAL's on the same events, globally and event by event."""
    x, y, day = scattered(250, 11)
    if clustered:
        x, y, day = (np.concatenate([v, v[:40] + move]) for v, move in ((x, 12.0), (y, 9.0), (day, 2)))
    ours: Knox = knox(x, y, day, metres=((0, near),), days=((0, soon),), draws=199)
    places, times = np.column_stack([x, y]), day[:, None].astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.random.seed(1)  # noqa: NPY002 (theirs draws from it)
        theirs = pointpats.Knox(places, times, delta=near, tau=soon, permutations=199, keep=True)
        local = pointpats.KnoxLocal(places, times, delta=near, tau=soon, permutations=0)
    assert ours.observed[0, 0] == theirs.nst == local.nsti.sum() / 2
    assert ours.expected[0, 0] == pytest.approx(theirs.expected[0, 0], rel=1e-12)
    mine, its = ours.permuted[:, 0, 0], np.asarray(theirs.sim, float)
    noise = np.hypot(mine.std(ddof=1), its.std(ddof=1)) / np.sqrt(199)
    assert abs(mine.mean() - its.mean()) < 4 * noise
    assert abs(ours.p[0, 0] - theirs.p_sim) < 4 * np.sqrt(2 * 0.25 / 199)
    assert (ours.p[0, 0] < 0.05) == clustered
