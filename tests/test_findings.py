"""The analysis of experiments against closed forms and known answers."""

# the stubs of pandas take a cell, .loc[row, column], for anything that a cell may be
# mypy: disable-error-code="operator, arg-type, index, comparison-overlap"
from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from govsim.analysis.best_arm import best_arms
from govsim.analysis.conditions import when_true
from govsim.analysis.dropped import dropped_units
from govsim.analysis.factors import factors, layout_of
from govsim.analysis.gainers import effects_by_compound, effects_by_group, headcount
from govsim.analysis.more_replicates import for_half_width, replicates_needed, to_decide
from govsim.analysis.morris import screening
from govsim.analysis.no_effect import equivalence, no_effects
from govsim.analysis.noise_share import noise_share
from govsim.analysis.over_time import COLUMNS, onset_and_decay
from govsim.analysis.regret import beats, payoffs, regrets
from govsim.analysis.sensitivity import sensitivity
from govsim.analysis.several_arms import holm, p_values
from govsim.analysis.several_goals import pareto, unbeaten
from govsim.analysis.side_by_side import at_same_replicates, differences, side_by_side
from govsim.analysis.sobol import sobol_indices
from govsim.analysis.swings import swings
from govsim.analysis.value_for_money import frontier, plane, price_of_avoiding
from govsim.errors import InputError


def values(**headlines: dict[str, list[float]]) -> pd.DataFrame:
    """arm, replicate, headline, value from headline -> arm -> series over replicates."""
    rows = [(arm, k, name, x) for name, arms in headlines.items() for arm, series in arms.items() for k, x in enumerate(series)]
    return pd.DataFrame(rows, columns=["arm", "replicate", "headline", "value"])


def around(mean: float, spread: float, n: int = 10) -> list[float]:
    """n numbers of exactly that mean and (sample) standard deviation."""
    x = np.arange(n) - (n - 1) / 2
    return list(mean + spread * x / x.std(ddof=1))


BASE = [70.0 + 0.37 * k for k in range(10)]


def plus(d: list[float]) -> list[float]:
    return [a + b for a, b in zip(BASE, d, strict=True)]


# ---- one arm -----------------------------------------------------------------------------------------------------


def test_two_one_sided_tests_are_those_of_the_formula():
    """Notices a test of one side only, sides that are mixed up, and an interval of 95% for 90%."""
    d, x = np.array(around(0.3, 0.8, 12)), 1.1
    se = 0.8 / math.sqrt(12)
    p, low, high = equivalence(d, x)
    assert p == pytest.approx(max(stats.t.sf((0.3 + x) / se, 11), stats.t.sf((x - 0.3) / se, 11)), rel=1e-9)
    half = stats.t.ppf(0.95, 11) * se
    assert (low, high) == (pytest.approx(0.3 - half), pytest.approx(0.3 + half))


@pytest.mark.parametrize(("mean", "sure"), [(0.3, True), (-0.3, True), (0.95, False), (-2.0, False)])
def test_no_effect_is_found_exactly_where_the_90_interval_lies_inside(mean, sure):
    """Notices an effect just below the bound that is called none, and one far beyond it that is."""
    frame = no_effects(values(satisfaction={"baseline": BASE, "a": plus(around(mean, 0.5))}), "satisfaction", 1.0)
    row = frame.iloc[0]
    assert bool(row["no_effect"]) is sure is bool(row["low90"] > -1.0 and row["high90"] < 1.0)


def test_holm_steps_down():
    """Notices Bonferroni in Holm's place, a lost monotony, and arms without a test that count as tests."""
    p = np.array([0.01, 0.04, 0.03, np.nan, 0.005])
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, np.nan, 0.02], nan_ok=True)
    assert holm(np.array([0.4, 0.9])) == pytest.approx([0.8, 0.9])


def test_p_is_that_of_the_paired_t_test():
    """Notices a test of unpaired means, and an arm that changes nothing with a p."""
    d = around(0.4, 0.5)
    frame = p_values(values(satisfaction={"baseline": BASE, "a": plus(d), "idle": BASE}), ["satisfaction"]).set_index("arm")
    wanted = 2 * stats.t.sf(0.4 / (0.5 / math.sqrt(10)), 9)
    assert frame.loc["a", "p"] == pytest.approx(wanted, rel=1e-9)
    assert frame.loc["a", "p_holm"] == pytest.approx(wanted, rel=1e-9)
    assert math.isnan(frame.loc["idle", "p"])


def test_replicates_needed_are_the_fewest_that_do():
    """Notices a search that stops one too early or too late, and quantiles of the normal in Student's place."""
    n = int(for_half_width(3.0, 0.5))
    assert stats.t.ppf(0.975, n - 1) * 3.0 / math.sqrt(n) <= 0.5 < stats.t.ppf(0.975, n - 2) * 3.0 / math.sqrt(n - 1)
    k = int(to_decide(3.0, 1.3))

    def power(m: int) -> float:
        return float(1.3 - (stats.t.ppf(0.975, m - 1) + stats.t.ppf(0.8, m - 1)) * 3.0 / math.sqrt(m))

    assert power(k) >= 0 > power(k - 1)
    assert to_decide(3.0, 0.0) == math.inf
    row = replicates_needed(values(satisfaction={"baseline": BASE, "a": plus(around(1.3, 3.0))}), "satisfaction", 0.5).iloc[0]
    assert (row["more_for_width"], row["more_to_decide"]) == (n - 10, k - 10)


# ---- several arms ------------------------------------------------------------------------------------------------


def test_the_best_arm_is_found_by_pairs():
    """Notices samples that are not paired: the better arm wins every pair by little, against noise that both share."""
    noise = list(np.random.default_rng(4).normal(0, 30, 10))
    arms = {"baseline": plus(noise), "a": plus([x + 0.5 for x in noise]), "b": plus([x + 0.7 for x in noise])}
    frame = best_arms(values(satisfaction=arms), "satisfaction").set_index("arm")
    assert frame["probability_best"].to_dict() == {"baseline": 0.0, "a": 0.0, "b": 1.0}
    assert frame.loc["a", "probability_improves"] == 1.0
    worse = best_arms(values(fear=arms), "fear").set_index("arm")
    assert worse["probability_best"].to_dict() == {"baseline": 1.0, "a": 0.0, "b": 0.0}
    even = best_arms(values(satisfaction={"baseline": BASE, "twin": BASE}), "satisfaction")
    assert list(even["probability_best"]) == [0.5, 0.5]


def test_the_probability_of_being_best_is_that_of_the_normal():
    """Notices a sign that is lost and a share that is not of means: P(mean difference > 0) has a closed form."""
    d = around(0.2, 0.9, 40)
    base = [50.0 + k for k in range(40)]
    frame = best_arms(values(satisfaction={"baseline": base, "a": [x + y for x, y in zip(base, d, strict=True)]}), "satisfaction")
    assert frame["probability_best"].iloc[1] == pytest.approx(stats.norm.cdf(0.2 / (0.9 / math.sqrt(40))), abs=0.02)


def test_few_runs_make_nothing_certain():
    """Notices a bootstrap of two or three pairs."""
    frame = best_arms(values(satisfaction={"baseline": [1.0, 2.0, 3.0], "a": [2.0, 3.0, 4.5]}), "satisfaction")
    assert frame["probability_best"].isna().all()


def test_the_frontier_of_a_known_case():
    """Notices a dominated arm on the frontier, a missed mixture, and a frontier that is not convex.

    c costs as much as b and gives less; d lies below the line from b to e.
    """
    names = "abcde"
    cost, gain = np.array([0.0, 10.0, 10.0, 25.0, 30.0]), np.array([0.0, 4.0, 3.0, 4.5, 8.0])
    standing, order = frontier(cost, gain)
    assert dict(zip(names, standing, strict=True)) == {
        "a": "frontier", "b": "frontier", "c": "dominated", "d": "extended", "e": "frontier",
    }  # fmt: skip
    assert [names[k] for k in order] == ["a", "b", "e"]


def test_the_plane_prices_each_step_of_the_frontier():
    """Notices a ratio against the baseline in place of the next arm, a lost sign where less is better, and lost pairs."""
    wobble = around(0.0, 0.1)
    frame = plane(values(
        open_problems_level={"baseline": BASE, "a": plus([-2 + x for x in wobble]), "b": plus([-5 - x for x in wobble])},
        cost={"baseline": [0.0] * 10, "a": [6.0] * 10, "b": [21.0] * 10},
    ), "open_problems_level").set_index("arm")  # fmt: skip
    assert list(frame["standing"]) == ["frontier"] * 3
    assert frame.loc["a", ["cost", "gain", "next_to"]].tolist() == [6.0, pytest.approx(2.0), "baseline"]
    assert frame.loc["a", "ratio"] == pytest.approx(3.0)
    assert frame.loc["b", "next_to"] == "a"
    assert frame.loc["b", "ratio"] == pytest.approx(15 / 3)
    assert frame.loc["b", "ratio_low"] < 5 < frame.loc["b", "ratio_high"]
    assert frame.loc["a", "probability_dearer_better"] == 1.0


def test_there_is_no_price_without_a_gain_and_no_interval_where_it_is_open():
    """Notices a negative price, which ranks the worst arm first, an interval of ratios through zero, a price of rounding."""
    frame = price_of_avoiding(values(
        complaints_rate={"baseline": BASE, "less": plus(around(-4.0, 0.5)), "more": plus(around(4.0, 0.5)),
                         "open": plus(around(-0.1, 3.0)), "even": plus([1.1, -0.4, -0.7] * 3 + [0.0])},
        cost={"baseline": [0.0] * 10, **{arm: [8.0] * 10 for arm in ("less", "more", "open", "even")}},
    )).set_index("arm")  # fmt: skip
    assert frame.loc["less", "avoided"] == pytest.approx(4.0)
    assert frame.loc["less", "price"] == pytest.approx(8.0 / (4.0 / 1000))
    assert frame.loc["less", "low"] < frame.loc["less", "price"] < frame.loc["less", "high"]
    assert frame.loc["more", ["price", "low", "high"]].isna().all()
    assert frame.loc["open", "price"] > 0
    assert frame.loc["open", ["low", "high"]].isna().all()
    assert abs(frame.loc["even", "avoided"]) < 1e-9  # rounding, not a gain
    assert np.isnan(frame.loc["even", "price"])


def test_unbeaten_arms():
    """Notices arms beaten in one goal thrown out, and two equal arms that throw out each other."""
    gains = np.array([[1.0, 5.0], [2.0, 3.0], [1.0, 4.0], [2.0, 3.0]])
    assert unbeaten(gains).tolist() == [True, True, False, True]
    frame = pareto(values(
        satisfaction={"baseline": BASE, "a": plus(around(1, 0.1)), "b": plus(around(2, 0.1))},
        fear={"baseline": BASE, "a": plus(around(1, 0.1)), "b": plus(around(0.5, 0.1))},
    ), ["satisfaction", "fear"])  # fmt: skip
    assert frame.set_index("arm")["unbeaten"].to_dict() == {"baseline": True, "a": False, "b": True}
    assert frame.set_index("arm")["probability_unbeaten"].to_dict() == {"baseline": 1.0, "a": 0.0, "b": 1.0}
    assert frame["fear"].tolist() == [0.0, pytest.approx(-1.0), pytest.approx(-0.5)]


# ---- worlds ------------------------------------------------------------------------------------------------------


def worlds(**arms: list[float]) -> pd.DataFrame:
    """Values of two replicates at several points, half a unit to each side of what is given."""
    rows = [(p, arm, r, "fear", x + (r - 0.5)) for arm, xs in arms.items() for p, x in enumerate(xs) for r in range(2)]
    return pd.DataFrame(rows, columns=["point", "arm", "replicate", "headline", "value"])


def test_regret_of_a_hand_table():
    """Notices regret against the baseline in place of the best, a wrong direction (less fear is better), and lost ties."""
    payoff = payoffs(worlds(baseline=[4.0, 4.0, 4.0], a=[1.0, 6.0, 4.0], b=[2.0, 3.0, 5.0]), "fear")
    frame = regrets(payoff).set_index("arm")
    assert frame["mean_regret"].tolist() == pytest.approx([(3 + 1 + 0) / 3, (0 + 3 + 0) / 3, (1 + 0 + 1) / 3])
    assert frame["max_regret"].tolist() == pytest.approx([3, 3, 1])
    assert frame.loc["a", "worst_point"] == 1
    assert frame["share_best"].tolist() == pytest.approx([0.5 / 3, 1.5 / 3, 1 / 3])
    won = beats(payoff)
    assert won.loc["a", "baseline"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert won.loc["baseline", "a"] == pytest.approx(1 - won.loc["a", "baseline"])


def test_several_points_are_one_unit_per_replicate():
    """Notices points counted as independent evidence: they share their random numbers."""
    table = side_by_side(worlds(baseline=[4.0, 6.0, 8.0], a=[1.0, 6.0, 2.0]), "fear")
    assert table.to_numpy().tolist() == [[5.5, 2.5], [6.5, 3.5]]


def corner(n: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    """Worlds of three parameters; true where the first is high and the second low."""
    x = pd.DataFrame(stats.qmc.Sobol(3, seed=3).random(512)[:n], columns=["speed", "load", "idle"])
    return x, ((x["speed"] > 0.6) & (x["load"] <= 0.5)).to_numpy()


def test_the_box_of_a_known_corner_is_found_and_holds_elsewhere():
    """Notices a rule on a parameter that does nothing, a bound on the wrong side, and a check on the worlds of the search."""
    frame = when_true(*corner())
    row = frame.iloc[0]
    assert row["rule"] in ("speed > 0.6 & load <= 0.5", "load <= 0.5 & speed > 0.6") or (
        "speed >" in row["rule"] and "load <=" in row["rule"] and "idle" not in row["rule"]
    )
    assert row["held_out_density"] > 0.9
    assert row["held_out_coverage"] > 0.9
    assert row["p"] < 1e-6
    assert row["held_out_points"] + row["points_in_box"] < 400


def test_a_rule_on_noise_does_not_hold_elsewhere():
    """Notices a check that always succeeds: what is true at random has no conditions (p is not small in most trials)."""
    x, _ = corner()
    draw = np.random.default_rng(5)
    p = [when_true(x, draw.random(len(x)) < 0.4)["p"].iloc[0] for _ in range(12)]
    assert np.mean(np.array(p) > 0.05) >= 0.75
    assert when_true(x.head(20), np.arange(20) < 9).empty
    assert when_true(x, np.ones(len(x), bool)).empty


# ---- sensitivity -------------------------------------------------------------------------------------------------


def saltelli(n: int, d: int, seed: int = 2) -> np.ndarray:
    """Blocks A, AB_1 .. AB_d, B on the unit cube."""
    both = stats.qmc.Sobol(2 * d, seed=seed).random(n)
    rows = []
    for a, b in zip(both[:, :d], both[:, d:], strict=True):
        crossed = np.repeat(a[None], d, axis=0)
        crossed[np.arange(d), np.arange(d)] = b
        rows += [a, *crossed, b]
    return np.array(rows)


def test_sobol_indices_of_the_ishigami_function():
    """Notices swapped matrices, columns out of order, and totals in the place of first-order indices."""
    x = saltelli(2048, 3)
    z = -np.pi + 2 * np.pi * x
    y = np.sin(z[:, 0]) + 7 * np.sin(z[:, 1]) ** 2 + 0.1 * z[:, 2] ** 4 * np.sin(z[:, 0])
    frame = sobol_indices(pd.DataFrame(x, columns=["one", "two", "three"]), y).set_index("factor")
    assert frame["alone"].tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert frame["total"].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    for name in ("alone", "total"):
        assert (frame[f"{name}_low"] <= frame[name]).all()
        assert (frame[name] <= frame[f"{name}_high"]).all()
    assert layout_of(x) == "sobol"
    with pytest.raises(InputError, match="no Sobol design"):
        sobol_indices(pd.DataFrame(x[1:-1]), y[1:-1])


def test_sobol_designs_of_salib_are_known():
    """Notices blocks in another order than SALib samples them."""
    sobol = pytest.importorskip("SALib.sample.sobol")
    problem = {"num_vars": 2, "names": ["a", "b"], "bounds": [[1.0, 3.0], [10.0, 20.0]]}
    x = sobol.sample(problem, 64, calc_second_order=False, seed=1)
    assert layout_of(x) == "sobol"
    y = 3 * x[:, 0] + 0.4 * x[:, 1]  # variances 3^2 * 4/12 = 3 and 0.4^2 * 100/12 = 4/3
    frame = sobol_indices(pd.DataFrame(x, columns=["a", "b"]), y)
    assert frame["alone"].tolist() == pytest.approx([9 / 13, 4 / 13], abs=0.05)


def test_morris_screening_of_a_linear_model_is_exact():
    """Notices effects per unit in place of per range, and a spread where there is none."""
    morris = pytest.importorskip("SALib.sample.morris")
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[2.0, 4.0], [0.0, 10.0], [0.0, 1.0]]}
    x = pd.DataFrame(morris.sample(problem, 10, num_levels=4, seed=7), columns=["a", "b", "c"])
    assert layout_of(x.to_numpy()) == "morris"
    frame = screening(x, (3 * x["a"] - 0.7 * x["b"]).to_numpy()).set_index("factor")
    assert frame["slope"].tolist() == pytest.approx([6.0, -7.0, 0.0], abs=1e-9)
    assert frame["size"].tolist() == pytest.approx([6.0, 7.0, 0.0], abs=1e-9)
    assert frame["bend"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    bent = screening(x, (x["a"] * x["b"]).to_numpy()).set_index("factor")
    assert bent.loc["a", "bend"] > 1
    with pytest.raises(InputError, match="no Morris design"):
        screening(x.iloc[:-1], np.zeros(len(x) - 1))


def test_swings_are_differences_of_the_outer_thirds():
    """Notices low and high mixed up, and factors out of order."""
    x = pd.DataFrame(stats.qmc.LatinHypercube(2, rng=np.random.default_rng(1)).random(600), columns=["weak", "strong"])
    frame = swings(x, (0.6 * x["weak"] - 3.0 * x["strong"]).to_numpy())
    assert frame["factor"].tolist() == ["strong", "weak"]
    assert frame["swing"].tolist() == pytest.approx([-2.0, 0.4], abs=0.2)  # the outer thirds' means lie 2/3 apart
    strong = frame.iloc[0]
    assert strong["low"] < strong["swing"] < strong["high"] < 0
    two = pd.DataFrame({"switch": [0.0, 1.0] * 4})
    assert swings(two, np.array([1.0, 4.0] * 4)).loc[0, ["when_low", "when_high", "swing"]].tolist() == [1, 4, 3]


def test_the_share_of_chance_is_that_of_the_made_up_variances():
    """Notices the part that replicates share by all points taken for a smaller difference between points."""
    draw = np.random.default_rng(8)
    points, shared, rest = draw.normal(0, 2.0, (400, 1)), draw.normal(0, 1.5, (1, 60)), draw.normal(0, 1.0, (400, 60))
    row = noise_share(pd.DataFrame(points + shared + rest)).iloc[0]
    assert row["between_points"] == pytest.approx(4.0, rel=0.2)
    assert row["rest"] == pytest.approx(1.0, rel=0.05)
    assert row["shared_by_points"] == pytest.approx(float(shared.var(ddof=1)), rel=0.02)
    assert row["noise_share"] == pytest.approx((2.25 + 1) / (4 + 2.25 + 1), abs=0.12)
    exact = noise_share(pd.DataFrame([[1.0, 1.0], [3.0, 3.0]])).iloc[0]
    assert (exact["between_points"], exact["noise_share"]) == (2.0, 0.0)


def test_only_numbers_that_vary_are_factors():
    """Notices a constant column or a text that becomes a factor, and points out of order."""
    points = pd.DataFrame({"point": [1, 0], "scenario": ["x", "y"], "fixed": [2.0, 2.0], "load": [5, 3], "off": [True, False]})
    frame = factors(points)
    assert frame.columns.tolist() == ["load", "off"]
    assert frame["load"].tolist() == [3.0, 5.0]


# ---- time and people ---------------------------------------------------------------------------------------------


def test_onset_peak_and_decay_of_a_made_up_course():
    """Notices quarters counted from 0, a peak among unclear quarters, and a half-life before the peak."""
    d = [0.1, -0.4, -2.0, -1.2, -0.9, 3.0]
    clear = [0, 1, 1, 1, 1, 0]
    rows = [
        ("fear", "a", q, 30.0, x, x - 0.2 if c else -9.0, x + 0.2 if c else 9.0, 8)
        for q, (x, c) in enumerate(zip(d, clear, strict=True))
    ]
    row = onset_and_decay(pd.DataFrame(rows, columns=list(COLUMNS))).iloc[0]
    assert (row["onset"], row["peak"], row["peak_difference"], row["half_gone"]) == (2, 3, -2.0, 5)
    assert row["faded"] == pytest.approx(1 + 3.0 / 2.0)


def places() -> pd.DataFrame:
    return pd.DataFrame({
        "compound": ["c1", "c2", "c3"], "residents": [100, 300, 600], "type": ["village", "village", "old_public"],
    })  # fmt: skip


def by_compound() -> pd.DataFrame:
    """c1 gains 2 a run (spread 0.5), c2 loses 1, c3 is untouched; four runs."""
    rows = []
    for outcome in ("satisfaction", "complaints", "felt_solved_share", "open_problems"):
        for r, wobble in enumerate(around(0.0, 0.5, 4)):
            for c, d in (("c1", 2.0 + wobble), ("c2", -1.0 + wobble), ("c3", 0.0)):
                rows += [("baseline", r, c, outcome, 60.0 + r), ("a", r, c, outcome, 60.0 + r + d)]
    return pd.DataFrame(rows, columns=["arm", "replicate", "compound", "outcome", "value"])


def test_who_gains_and_who_loses():
    """Notices directions that are not the outcome's, and groups that are not weighted by residents."""
    frame = effects_by_compound(by_compound())
    said = frame.set_index(["outcome", "compound"])["verdict"]
    assert said["satisfaction"].tolist() == ["gains", "loses", "same"]
    assert said["open_problems"].tolist() == ["loses", "gains", "same"]
    assert said["complaints"].tolist() == ["more", "less", "same"]
    half = stats.t.ppf(0.975, 3) * 0.5 / 2
    assert frame.loc[0, ["low", "high"]].tolist() == pytest.approx([2 - half, 2 + half])
    groups = effects_by_group(by_compound(), frame, places()).set_index(["outcome", "group"])
    assert groups.loc[("satisfaction", "village"), "difference"] == pytest.approx((100 * 2 - 300 * 1) / 400)
    assert groups.loc[("satisfaction", "all"), "difference"] == pytest.approx((100 * 2 - 300 * 1) / 1000)
    assert groups.loc[("satisfaction", "village"), ["gain", "lose", "compounds", "residents"]].tolist() == [1, 1, 2, 400]
    heads = headcount(frame).set_index("outcome")
    assert heads.loc["satisfaction", ["gain", "lose", "unclear", "same"]].tolist() == [1, 1, 0, 1]
    assert heads.loc["complaints", ["gain", "lose"]].tolist() == [1, 1]  # less, more


def test_chance_alone_makes_no_gainers_of_the_low():
    """Notices groups by the baseline's own level: where arms differ by noise only, its lowest third seems to gain."""
    draw = np.random.default_rng(11)
    names = [f"c{k:02d}" for k in range(60)]
    rows = [
        (arm, r, c, outcome, 60 + x)
        for outcome in ("satisfaction", "complaints", "felt_solved_share", "open_problems")
        for arm in ("baseline", "a")
        for r in range(3)
        for c, x in zip(names, draw.normal(0, 3, len(names)), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["arm", "replicate", "compound", "outcome", "value"])
    ground = pd.DataFrame({"compound": names, "residents": 100})
    groups = effects_by_group(frame, effects_by_compound(frame), ground).query("outcome == 'satisfaction' and by == 'level'")
    assert groups["group"].tolist() == ["lowest third", "middle third", "highest third"]
    assert abs(groups["difference"].iloc[0] - groups["difference"].iloc[2]) < 1.6  # by the baseline's level it is about 3


# ---- runs that are not there -------------------------------------------------------------------------------------


def test_a_unit_that_lacks_a_point_is_no_unit_of_that_arm():
    """Notices the mean over the points that are left compared with the baseline's mean over all: a gain out of nothing."""
    frame = worlds(baseline=[4.0, 10.0], a=[4.5, 10.5])
    frame = frame[~((frame["point"] == 1) & (frame["arm"] == "a") & (frame["replicate"] == 1))]
    table = side_by_side(frame, "fear", in_all_arms=False)
    assert table["baseline"].tolist() == [6.5, 7.5]
    assert table["a"].tolist() == pytest.approx([7.0, math.nan], nan_ok=True)
    assert differences(table, "a").tolist() == [0.5]
    assert len(side_by_side(frame, "fear")) == 1
    payoff = payoffs(at_same_replicates(frame), "fear")
    assert (payoff["a"] - payoff["baseline"]).tolist() == [-0.5, -0.5]  # less fear is better
    assert payoff["baseline"].tolist() == [-4.0, -9.5]


def test_an_arm_that_lost_runs_takes_none_from_the_others():
    """Notices p and numbers of replicates that are those of the arm with the fewest runs."""
    d = around(0.4, 0.5)
    full = values(satisfaction={"baseline": BASE, "a": plus(d), "b": plus(d[::-1])})
    lost = full[~((full["arm"] == "b") & (full["replicate"] < 6))]
    for frame, n in ((full, 10), (lost, 4)):
        p = p_values(frame, ["satisfaction"]).set_index("arm")["p"]
        assert p["a"] == pytest.approx(2 * stats.t.sf(0.4 / (0.5 / math.sqrt(10)), 9), rel=1e-9)
        units = replicates_needed(frame, "satisfaction").set_index("arm")["units"]
        assert (units["a"], units["b"]) == (10, n)
        assert best_arms(frame, "satisfaction")["units"].tolist() == [n] * 3


def test_dropped_units_are_counted_by_arm():
    """Notices runs counted for replicates, pairs that the baseline lost left out, and failed and unmade runs mixed up."""
    runs = pd.DataFrame([(p, a, k) for p in range(2) for a in ("baseline", "x", "y") for k in range(5)],
                        columns=["point", "arm", "replicate"])  # fmt: skip
    gone = [(0, "x", 1), (1, "x", 1), (1, "x", 3), (0, "baseline", 4)]
    keep = [(*row,) not in gone for row in runs.itertuples(index=False, name=None)]
    absent = pd.DataFrame(gone, columns=["point", "arm", "replicate"]).assign(failed=[True, True, False, True])
    frame = dropped_units(runs[keep], absent).set_index("arm")
    assert frame["units"].tolist() == [5, 5, 5]
    assert frame["dropped"].to_dict() == {"baseline": 1, "x": 2, "y": 0}
    assert frame["pairs_dropped"].to_dict() == {"baseline": 1, "x": 3, "y": 1}
    assert frame.loc["x", ["runs_failed", "runs_not_made", "replicates"]].tolist() == [2, 1, "1 3"]


def test_a_sobol_design_over_several_scenarios_is_read_scenario_by_scenario():
    """Notices two scenarios read as one design, indices across them, and rows sorted through each other."""
    names, n = ["load", "speed"], 64
    x = saltelli(n, 2)
    rows: list[tuple[object, ...]] = []
    for s, scenario in enumerate(("flat", "steep")):
        for name, place in (("A", 0), ("B", 3), ("AB:load", 1), ("AB:speed", 2)):  # block by block, as designs are written
            for k in range(n):
                rows.append((len(rows), scenario, *x[4 * k + place], name, k, (1, 4)[s]))
    points = pd.DataFrame(rows, columns=["point", "scenario", *names, "block", "row", "slope"])
    y = pd.Series(points["slope"] * points["speed"] + points["load"] + 100 * (points["slope"] == 4), index=points["point"])
    plan = points.drop(columns="slope")
    frame = sensitivity(factors(plan), y, plan).set_index(["scenario", "factor"])
    assert set(frame["method"]) == {"sobol"}
    assert frame.loc[("flat", "speed"), "alone"] == pytest.approx(0.5, abs=0.08)
    assert frame.loc[("steep", "speed"), "alone"] == pytest.approx(16 / 17, abs=0.08)
    one = plan[plan["scenario"] == "steep"]
    alone = sensitivity(factors(one), y.reindex(one["point"]), one)
    assert "scenario" not in alone.columns
    assert alone["alone"].tolist() == frame.xs("steep")["alone"].tolist()
    lost = sensitivity(factors(one), y.reindex(one["point"]).drop(one["point"].iloc[5]), one)  # a point whose runs all failed
    assert lost["alone"].tolist() == pytest.approx(alone["alone"].tolist(), abs=0.15)
