"""Headline figures and paired comparison, against closed forms worked out here."""

from __future__ import annotations

import datetime as dt
import math
import warnings

import numpy as np
import pandas as pd
import pytest

from govsim.analysis.headlines import headline_values, weekly_values
from govsim.analysis.paired import COLUMNS, best_arm, compare, interval, variance_reduction
from govsim.analysis.places import complaints_map
from govsim.errors import InputError
from govsim.observe.outcomes import BY_NAME


@pytest.fixture(autouse=True)
def _no_warnings():  # a warning dump must not reach whoever compares
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _outcomes(runs: dict[tuple[str, int], dict[tuple[str, str], list[float]]], days: list[int]) -> pd.DataFrame:
    """Tidy outcomes; what is not given is 3.0 in every week."""
    rows = []
    for (arm, replicate), given in runs.items():
        for name in COUNTED:
            for category in BY_NAME[name].categories:
                series = given.get((name, category), [3.0] * len(days))
                for week, value in enumerate(series):
                    start = (dt.date(2016, 1, 1) + dt.timedelta(7 * week)).isoformat()
                    rows.append((arm, replicate, week, start, days[week], days[week] < 7, name, category, value))
    columns = ["arm", "replicate", "period", "start", "days", "partial", "outcome", "category", "value"]
    return pd.DataFrame(rows, columns=columns)


COUNTED = (
    "problems", "open_problems", "cases_closed", "closing_days", "satisfaction", "cost", "firm_changes", "trapped", "crimes",
    "crime_attempts", "crimes_reported",
)  # fmt: skip


def _runs(keys: list[tuple[str, int]], residents: int, days: int) -> pd.DataFrame:
    return pd.DataFrame(
        [(a, r, 40 + r, residents, 7, days) for a, r in keys],
        columns=["arm", "replicate", "seed", "residents", "compounds", "days"],
    )


def _values(name: str, **arms: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [(arm, k, name, x) for arm, series in arms.items() for k, x in enumerate(series)],
        columns=["arm", "replicate", "headline", "value"],
    )


def _value(frame: pd.DataFrame, headline: str, arm: str = "baseline") -> float:
    return float(frame.loc[(frame["headline"] == headline) & (frame["arm"] == arm), "value"].iloc[0])


def test_flows_are_ratios_of_sums_and_stocks_day_weighted_means():
    """Notices a mean of weekly ratios, unweighted weeks, a wrong year, or one category instead of all."""
    days = [7, 7, 2]
    given = {
        ("problems", "noise"): [10.0, 20.0, 6.0],
        ("cases_closed", "solved"): [4.0, 0.0, 1.0],
        ("cases_closed", "unsolved"): [1.0, 2.0, 0.0],
        ("cases_closed", "withdrawn"): [0.0, 0.0, 0.0],
        ("closing_days", "all"): [50.0, 6.0, 8.0],
        ("satisfaction", "all"): [70.0, 60.0, 20.0],
    }
    values = headline_values(_outcomes({("baseline", 0): given}, days), _runs([("baseline", 0)], 1700, 16))
    assert _value(values, "problems_rate") == pytest.approx(1000 * (36 + 12 * 9) / (1700 * 16 / 365.25), rel=1e-12)
    assert _value(values, "days_to_close") == pytest.approx(64 / 8, rel=1e-12)
    assert _value(values, "truly_solved") == pytest.approx(100 * 5 / 8, rel=1e-12)
    assert _value(values, "satisfaction") == pytest.approx((70 * 7 + 60 * 7 + 20 * 2) / 16, rel=1e-12)
    assert _value(values, "open_problems_level") == pytest.approx(1000 * 39 / 1700, rel=1e-12)


def test_rates_of_compounds_and_of_burglaries_with_attempts():
    """Notices residents in the place of compounds, a missing year, and attempts left out below the line."""
    given = {
        ("firm_changes", "dismissed"): [1.0, 0.0],
        ("firm_changes", "left"): [0.0, 2.0],
        ("trapped", "all"): [3.0, 1.0],
        ("crimes", "burglary"): [5.0, 4.0],
        ("crime_attempts", "burglary"): [2.0, 1.0],
        ("crimes_reported", "burglary"): [4.0, 2.0],
    }
    values = headline_values(_outcomes({("baseline", 0): given}, [7, 7]), _runs([("baseline", 0)], 1700, 14))
    assert _value(values, "firm_turnover") == pytest.approx(100 * 3 / (7 * 14 / 365.25), rel=1e-12)
    assert _value(values, "trapped_share") == pytest.approx(100 * 2 / 7, rel=1e-12)
    assert _value(values, "reported_share") == pytest.approx(100 * 6 / 12, rel=1e-12)
    assert _value(values, "burglary_rate") == pytest.approx(100_000 * 9 / (1700 * 14 / 365.25), rel=1e-12)
    assert "hotline_rate" not in set(values["headline"])


def test_weekly_values_use_the_days_of_their_own_week():
    """Notices a short last week counted as seven days, and a ratio that is 0 where none happened."""
    closed = {("cases_closed", c): [2.0, 0.0] for c in ("solved", "unsolved", "withdrawn")}
    weekly = weekly_values(_outcomes({("baseline", 0): closed}, [7, 2]), _runs([("baseline", 0)], 900, 9))
    problems = weekly.loc[weekly["headline"] == "problems_rate", "value"].to_numpy()
    assert problems == pytest.approx([1000 * 39 / (900 * d / 365.25) for d in (7, 2)], rel=1e-12)
    assert math.isnan(weekly.loc[weekly["headline"] == "truly_solved", "value"].iloc[1])


def test_none_happened_is_not_zero():
    """Notices a ratio with zero denominator reported as 0."""
    none = {("cases_closed", c): [0.0] for c in ("solved", "unsolved", "withdrawn")}
    values = headline_values(_outcomes({("baseline", 0): none}, [7]), _runs([("baseline", 0)], 900, 7))
    assert math.isnan(_value(values, "truly_solved"))
    assert math.isnan(_value(values, "days_to_close"))


def test_gaps_and_wrong_runs_are_refused():
    """Notices a missing count taken for none, and runs without outcomes."""
    keys = [("baseline", 0), ("baseline", 1)]
    whole = _outcomes({k: {} for k in keys}, [7, 7])
    hole = whole[~((whole["replicate"] == 1) & (whole["period"] == 1) & (whole["category"] == "noise"))]
    for outcomes, runs in (
        (hole, _runs(keys, 900, 14)),
        (whole, _runs(keys, 900, 13)),
        (whole, _runs(keys[:1], 900, 14)),
        (whole, _runs([*keys, ("baseline", 2)], 900, 14)),
        (pd.concat([whole, whole.head(1)]), _runs(keys, 900, 14)),
        (whole.head(0), _runs(keys, 900, 14)),
    ):
        with pytest.raises(InputError):
            headline_values(outcomes, runs)


def test_t_interval_by_hand():
    """Notices an unpaired interval, a normal quantile, or ddof = 0. Differences 3, 1, 5, 3: mean 3, sd
    sqrt(8/3)."""
    row = compare(_values("satisfaction", baseline=[50, 61, 43, 58], other=[53, 62, 48, 61])).iloc[0]
    half = 3.182446305284263 * math.sqrt(8 / 3) / 2  # t(0.975, 3)
    assert (row["low"], row["high"]) == pytest.approx((3 - half, 3 + half), rel=1e-9)
    assert (row["mean_baseline"], row["mean_arm"], row["difference"]) == pytest.approx((53, 56, 3), rel=1e-12)
    assert row["relative"] == pytest.approx(3 / 53, rel=1e-12)
    assert row["replicates"] == 4


def test_columns_are_the_contract():
    """Notices a renamed, moved or missing column."""
    first = [
        "outcome", "arm", "mean_baseline", "mean_arm", "difference", "low", "high", "relative",
        "probability_better", "replicates", "correlation",
    ]  # fmt: skip
    frame = compare(_values("fear", baseline=[3, 4], other=[5, 7]))
    assert list(frame.columns) == list(COLUMNS) == [*first, "unit", "truth", "better", "variance_ratio"]
    assert list(frame.loc[0, ["unit", "truth", "better"]]) == ["points of 100", "felt", "down"]


def test_pairs_meet_by_replicate_not_by_row():
    """Notices pairing by position: the arm's rows come in another order."""
    values = _values("satisfaction", baseline=[50, 61, 43, 58], other=[53, 64, 46, 61])
    shuffled = pd.concat([values[values["arm"] == "baseline"], values[values["arm"] == "other"].iloc[::-1]])
    row = compare(shuffled).iloc[0]
    assert (row["low"], row["high"]) == (3.0, 3.0)


def test_bootstrap_is_skewed_where_the_data_are():
    """Notices a symmetric interval in place of BCa, one that misses its mean, and a seed that is not
    fixed."""
    skewed = np.exp(np.linspace(-1.5, 2.5, 20))
    low, high = interval(skewed)
    assert low < skewed.mean() < high
    assert high - skewed.mean() > 1.25 * (skewed.mean() - low)
    even = np.linspace(-2, 4, 41)
    bounds = interval(even)
    half = 1.96 * even.std() / math.sqrt(41)
    assert bounds == pytest.approx((1 - half, 1 + half), rel=0.05)
    assert interval(even) == bounds


def test_probability_follows_the_better_direction():
    """Notices a wrong sign, and a probability where no way is better. t = 3 / (sqrt(8/3) / 2) with 3 df."""
    arms = {"baseline": [50.0, 61, 43, 58], "other": [53.0, 62, 48, 61]}
    up, down, neither = (
        compare(_values(n, **arms)).iloc[0]["probability_better"] for n in ("satisfaction", "fear", "hotline_rate")
    )
    t = 3 / (math.sqrt(8 / 3) / 2)  # cdf of t with 3 df in closed form
    x = t / math.sqrt(3)
    by_hand = 0.5 + (x / (1 + x * x) + math.atan(x)) / math.pi
    assert up == pytest.approx(by_hand, rel=1e-9)
    assert down == pytest.approx(1 - by_hand, rel=1e-9)
    assert math.isnan(neither)


@pytest.mark.parametrize("n", [2, 5, 9])
def test_equal_differences_have_no_width_and_no_nan(n: int):
    """Notices NaN or a warning from zero variance, and a probability for a difference of nothing."""
    base = [0.1 * k + 7.3 for k in range(n)]
    moved = compare(_values("satisfaction", baseline=base, other=[x + 0.7 for x in base])).iloc[0]
    assert moved["low"] == moved["difference"] == moved["high"] == pytest.approx(0.7, rel=1e-9)
    assert moved["probability_better"] == 1.0
    same = compare(_values("satisfaction", baseline=base, other=base)).iloc[0]
    assert same["low"] == same["difference"] == same["high"] == 0.0
    assert math.isnan(same["probability_better"])
    assert math.isnan(same["variance_ratio"])


def test_one_run_has_no_interval():
    """Notices an interval or a probability made from a single pair."""
    row = compare(_values("satisfaction", baseline=[50.0], other=[53.0])).iloc[0]
    assert row["difference"] == 3.0
    assert row["replicates"] == 1
    assert row[["low", "high", "probability_better", "correlation", "variance_ratio"]].isna().all()


def test_missing_values_leave_their_pair_out():
    """Notices NaN spreading, a pair of which one side is missing, and unpaired means."""
    nan = math.nan
    row = compare(_values("days_to_close", baseline=[9, nan, 5, 7], other=[8, 3, nan, 4])).iloc[0]
    assert (row["mean_baseline"], row["mean_arm"], row["difference"], row["replicates"]) == (8, 6, -2, 2)
    never = compare(_values("days_to_close", baseline=[nan, nan], other=[8, 4])).iloc[0]
    assert math.isnan(never["mean_baseline"])
    assert never["mean_arm"] == 6
    assert never["replicates"] == 0
    assert math.isnan(never["difference"])


def test_zero_baseline_has_no_relative_change():
    """Notices a division by zero."""
    row = compare(_values("cost", baseline=[0.0, 0.0, 0.0], other=[4.0, 5.0, 6.5])).iloc[0]
    assert math.isnan(row["relative"])
    assert row["difference"] > 0
    assert math.isnan(row["correlation"])


def test_pairing_beats_independent_seeds():
    """Notices a variance ratio upside down: shared noise of sd 5, own noise of sd 0.5 in each arm, so about
    101."""
    rng = np.random.default_rng(5)
    shared = rng.normal(60, 5, 400)
    values = _values(
        "satisfaction",
        baseline=list(shared + rng.normal(0, 0.5, 400)),
        other=list(shared + rng.normal(2, 0.5, 400)),
    )
    saved = variance_reduction(values)
    assert saved.measured == 1
    assert saved.median == pytest.approx(101, rel=0.25)
    assert compare(values).iloc[0]["variance_ratio"] == pytest.approx(saved.median, rel=1e-12)
    assert saved.table.loc[0, "correlation"] == pytest.approx(25 / 25.25, abs=0.004)


def test_correlation_by_hand():
    """Notices a rank correlation or another definition: (1, 2, 6) and (2, 1, 5) have r = 10 / sqrt(14 *
    26/3)."""
    row = compare(_values("fear", baseline=[1, 2, 6], other=[2, 1, 5])).iloc[0]
    assert row["correlation"] == pytest.approx(10 / math.sqrt(14 * 26 / 3), rel=1e-12)
    assert row["variance_ratio"] == pytest.approx((7 + 13 / 3) / (4 / 3), rel=1e-12)
    two = compare(_values("fear", baseline=[1, 2], other=[2, 7])).iloc[0]
    assert math.isnan(two["correlation"])


def test_order_and_best():
    """Notices sorted arms, headlines out of order, and the best taken against its direction."""
    frames = [_values(n, baseline=[5, 6], zebra=[4, 6], ant=[2, 1]) for n in ("fear", "problems_rate")]
    table = compare(pd.concat(frames))
    assert list(zip(table["outcome"], table["arm"], strict=True)) == [
        ("problems_rate", "zebra"), ("problems_rate", "ant"), ("fear", "zebra"), ("fear", "ant"),
    ]  # fmt: skip
    assert best_arm(table, "fear") == "ant"
    assert best_arm(compare(_values("satisfaction", baseline=[5, 6], ant=[2, 1])), "satisfaction") is None


def test_baseline_alone_and_wrong_input():
    """Notices a crash without arms, and silence about a missing baseline, a doubled run or an unknown
    headline."""
    alone = _values("fear", baseline=[5.0, 6.0])
    assert compare(alone).empty
    assert variance_reduction(alone).measured == 0
    for wrong in (
        _values("fear", other=[5.0, 6.0]),
        pd.concat([alone, alone]),
        _values("happiness", baseline=[5.0, 6.0]),
    ):
        with pytest.raises(InputError):
            compare(wrong)


def test_map_counts_complaints_per_resident_year():
    """Notices forgotten replicates, days or residents, and other outcomes counted as complaints."""
    rows = [
        ("baseline", 0, "a", "complaints", 30.0), ("baseline", 1, "a", "complaints", 50.0),
        ("baseline", 1, "a", "problems", 900.0), ("ant", 0, "a", "complaints", 10.0),
        ("ant", 1, "b", "complaints", 8.0),
    ]  # fmt: skip
    compounds = pd.DataFrame(rows, columns=["arm", "replicate", "compound", "outcome", "value"])
    places = pd.DataFrame({"compound": ["b", "a"], "x": [1.0, 2.0], "y": [3.0, 4.0], "residents": [500, 2000]})
    frame = complaints_map(compounds, places, _runs([("baseline", 0), ("baseline", 1), ("ant", 0), ("ant", 1)], 2500, 200), "ant")
    years = 400 / 365.25
    assert list(frame["value"]) == pytest.approx([0, 1000 * 80 / (2000 * years)], rel=1e-12)
    assert list(frame["change"]) == pytest.approx([1000 * 8 / (500 * years), 1000 * (10 - 80) / (2000 * years)], rel=1e-12)
