"""Patterns: each check on made-up observations whose answer is known, watching, and what people read of it."""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from govsim.analysis import crime_patterns, offender_patterns, place_patterns, voice_patterns
from govsim.analysis import figures as sums
from govsim.analysis import patterns as all_checks
from govsim.analysis.figures import Lack
from govsim.analysis.patterns import CHECKS, COLUMNS, findings
from govsim.analysis.published import families, patterns
from govsim.cli.main import main
from govsim.experiment.observed import YEAR, Observed, Trial
from govsim.experiment.pattern_runs import MEASURES, PatternPlan, observe, programme, run
from govsim.experiment.watching import HOTLINE, Watcher
from govsim.report import words as words_of_reports
from govsim.report.patterns import reasons, rows
from govsim.report.words import LANGUAGES, cells, words
from govsim.scenario.load import load_scenario
from govsim.vocabulary import CRIMES
from govsim.world.records import COMPLAINT, ILL, WAITING
from tests.worlds import burned, differing, run_bits, total

PLACES = 50
START = dt.date(2016, 1, 1)
BLANK: dict[str, Any] = {
    "day": 0, "kind": "burglary", "compound": 0, "building": -1, "home": -1, "offender": -1, "trip_km": np.nan,
    "blind_km": np.nan, "completed": 1, "reported": 0, "loss": 0.0, "x": 0.0, "y": 0.0,
}  # fmt: skip
FLAT = {
    "residents": 2000, "households": 800, "type": "commodity", "age": 20.0, "renter_share": 0.2, "elderly_share": 0.3,
    "complaints": 50.0, "crimes": 9.0, "social": 30.0, "physical": 12.0, "problems": 20.0, "quality": 60.0,
    "paying": 0.8, "belonging": 55.0, "annoyance": 0.4, "attention": 3.0, "changed": False, "trapped_start": False,
    "trapped_end": False,
}  # fmt: skip


def crimes(n: int = 0, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(dict.fromkeys(range(n)), index=range(n)).assign(**{**BLANK, **columns})[list(BLANK)]


def observed(**changes: Any) -> Observed:
    """Two years in which nothing was seen, but for what is given."""
    places = pd.DataFrame({name: [value] * PLACES for name, value in FLAT.items()})
    nothing: dict[str, object] = {
        "replicate": 0, "start": START, "days": 2 * YEAR, "residents": 100_000, "crimes": crimes(),
        "callers": pd.DataFrame({"complaints": np.zeros(0, int), "tenure": np.zeros(0, object)}),
        "adults": {"owner": 60_000, "tenant": 20_000, "group_tenant": 5_000},
        "firsts": pd.DataFrame({"fixed": np.zeros(0, bool), "again": np.zeros(0, bool)}), "places": places,
        "totals": dict.fromkeys(("recorded_in_time", "recorded_closed", "felt_solved", "felt_failed"), 0.0),
    }  # fmt: skip
    return Observed(**(nothing | changes))  # type: ignore[arg-type]


def places(**columns: Any) -> pd.DataFrame:
    return observed().places.assign(**columns)


def figures_of(check: Callable[[Observed], dict[str, Any]], seen: Observed) -> dict[str, Any]:
    """What a check finds, for tests that know that it is a figure."""
    return check(seen)


def measured(seen: Observed) -> dict[str, Any]:
    return figures_of(all_checks.measured, seen)


def correlation(*columns: np.ndarray) -> Any:
    return sums.correlation(*columns)


def verdicts(seen: Observed) -> dict[str, str]:
    found = findings([seen], trials=True)
    return dict(zip(found["pattern"], found["verdict"], strict=True))


# ---- near repeat, victims, places, seasons ---------------------------------------------------------------------


def scattered(n: int, side: float, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, side, n), rng.uniform(0, side, n)
    return {"x": x, "y": y, "day": rng.integers(0, 2 * YEAR, n), "building": (x // 15 * 10_000 + y // 15).astype(int)}


def test_near_repeats_are_a_hit_and_their_absence_a_miss():
    """Notices near repeats missed or invented, and pairs across years that count."""
    plain = scattered(2500, 3000, 1)
    seen = measured(observed(crimes=crimes(2500, **plain)))
    assert seen["knox_near"] == pytest.approx(1, abs=0.15)
    assert seen["knox_p"] > 0.05
    assert verdicts(observed(crimes=crimes(2500, **plain)))["knox_near"] == "miss"
    rng = np.random.default_rng(2)
    first = rng.choice(2500, 350, replace=False)
    more = {k: np.append(v, v[first]) for k, v in plain.items()}
    more["day"][2500:] += rng.integers(1, 12, 350)
    more["x"][2500:] += 15 * (first % 2)
    more["building"][2500:] += 10_000 * (first % 2)
    found = measured(observed(crimes=crimes(2850, **more)))
    assert found["knox_near"] > 1.3
    assert found["knox_p"] == pytest.approx(1 / 200)
    assert found["knox_far"] == pytest.approx(1, abs=0.1)
    assert found["knox_late"] == pytest.approx(1, abs=0.15)
    apart = crimes(2, day=[YEAR - 1, YEAR + 1], x=0.0, y=0.0)
    assert isinstance(figures_of(crime_patterns.near_repeat, observed(crimes=apart))["knox_near"], Lack)


def test_repeat_victims_by_hand():
    """Notices shares of burglaries in the place of homes, attempts that count, or homes counted over two years."""
    homes = [*range(80), *np.repeat(range(100, 113), 2), *np.repeat(range(200, 207), 3)]
    year = crimes(len(homes), home=homes, day=9)
    later = crimes(80, home=range(80), day=YEAR + 5)
    attempts = crimes(80, home=range(80), day=3, completed=0)
    found = figures_of(crime_patterns.repeat_victims, observed(days=YEAR, crimes=pd.concat([year, attempts])))
    assert found == pytest.approx({"homes_once": 0.80, "homes_twice": 0.13, "homes_more": 0.07})
    both = figures_of(crime_patterns.repeat_victims, observed(crimes=pd.concat([year, later])))
    assert both["homes_once"] == pytest.approx(160 / 180)
    assert verdicts(observed(crimes=pd.concat([later, later.assign(home=later.home + 500)])))["homes_once"] == "miss"


@pytest.mark.parametrize(("counts", "half", "verdict"), [([60] * 4 + [5] * 46, 0.08, "hit"), ([9] * 50, 0.50, "miss")])
def test_concentration(counts, half, verdict):
    """Notices shares of those compounds only that have a burglary, and a half that is counted from below."""
    at = np.repeat(np.arange(PLACES), counts)
    seen = observed(days=YEAR, crimes=crimes(at.size, compound=at, day=np.arange(at.size) % YEAR))
    assert figures_of(crime_patterns.concentration, seen)["half_of_burglary"] == pytest.approx(half, abs=0.021)
    assert verdicts(seen)["half_of_burglary"] == verdict


def test_places_that_stay_and_places_that_change():
    """Notices a correlation of the wrong halves: places keep their counts, or turn them round."""
    counts = np.arange(PLACES) // 5 + 1  # so that its mirror image falls on a line
    for second, sign in ((counts, 1), (counts[::-1], -1)):
        at = np.concatenate([np.repeat(np.arange(PLACES), counts), np.repeat(np.arange(PLACES), second)])
        day = np.repeat([20, YEAR + 20], [counts.sum(), second.sum()])
        found = figures_of(crime_patterns.concentration, observed(crimes=crimes(at.size, compound=at, day=day)))
        assert found["stable_places"] == pytest.approx(sign)


def test_level_and_spread_by_hand():
    """Notices a rate per year that is one per run, zero shares over the wrong years, and a wrong k by moments."""
    counts = np.array([0] * 15 + [1] * 20 + [8] * 15)
    at = np.tile(np.repeat(np.arange(PLACES), counts), 2)
    seen = observed(crimes=crimes(at.size, compound=at, day=np.repeat([5, YEAR + 5], counts.sum())))
    found = figures_of(crime_patterns.level_and_spread, seen)
    both = np.tile(counts, 2)
    assert found["burglary_rate"] == pytest.approx(100_000 * 140 / 100_000)
    assert found["zero_share"] == pytest.approx(0.30)
    assert found["k_moments"] == pytest.approx(both.mean() ** 2 / (both.var(ddof=1) - both.mean()))
    assert verdicts(seen)["zero_share"] == "hit"


def test_k_of_a_known_distribution():
    """Notices a likelihood with a wrong term, and clustering found where there is none."""
    rng = np.random.default_rng(7)
    drawn = rng.negative_binomial(0.4, 0.4 / (0.4 + 3.0), 6000).astype(float)
    assert crime_patterns.k_by_likelihood(drawn) == pytest.approx(0.4, rel=0.08)
    assert crime_patterns.k_by_moments(drawn) == pytest.approx(0.4, rel=0.15)
    plain = rng.poisson(3.0, 6000).astype(float)
    assert min(crime_patterns.k_by_likelihood(plain), crime_patterns.k_by_moments(plain)) > 15
    assert crime_patterns.k_by_moments(np.full(40, 3.0)) == crime_patterns.MOST_K


def test_season_by_hand():
    """Notices months taken from the wrong start, or counts not divided by the days there are."""
    days = [START + dt.timedelta(days=k) for k in range(YEAR)]
    each = np.array([{2: 1, 5: 4}.get(d.month, 2) + (d.weekday() < 5) for d in days])
    seen = observed(days=YEAR, crimes=crimes(each.sum(), day=np.repeat(np.arange(YEAR), each)))
    found = figures_of(crime_patterns.season, seen)
    february = each[[d.month == 2 for d in days]].mean()
    assert found["february"] == pytest.approx(february / each.mean())
    assert found["may"] > 1.5
    assert found["weekdays"] == pytest.approx(
        (each[[d.weekday() < 5 for d in days]].mean()) / each[[d.weekday() > 4 for d in days]].mean()
    )
    assert {verdicts(seen)[k] for k in ("february", "may", "weekdays")} == {"hit"}
    flat = observed(days=YEAR, crimes=crimes(2 * YEAR, day=np.tile(np.arange(YEAR), 2)))
    assert {verdicts(flat)[k] for k in ("february", "may", "weekdays")} == {"miss"}


# ---- offenders, reporting, trials ------------------------------------------------------------------------------


def test_few_offenders_many_crimes():
    """Notices a tenth of the crimes for a tenth of the offenders, nobody taken for somebody, and two years in one."""
    who = [*np.repeat(np.arange(4), 20), *np.repeat(np.arange(4, 40), 2), *[-1] * 50]
    year = crimes(len(who), offender=who, day=7, trip_km=2.5, blind_km=5.0)
    found = figures_of(offender_patterns.offenders, observed(days=YEAR, crimes=year))
    assert found == pytest.approx({"top_tenth": 80 / 152, "busiest": 20, "trip_km": 2.5, "decay": 0.5})
    both = pd.concat([year, year.assign(day=YEAR + 7)])
    assert figures_of(offender_patterns.offenders, observed(crimes=both))["busiest"] == 20
    alike = crimes(200, offender=np.arange(200) // 2, day=7, trip_km=6.0, blind_km=6.0)
    told = verdicts(observed(days=YEAR, crimes=alike))
    assert {told[k] for k in ("top_tenth", "busiest", "trip_km", "decay")} == {"miss"}


def test_reporting_by_hand():
    """Notices attempts among what is reported, kinds mixed up, and thirds of losses upside down."""
    n = 200
    burglaries = crimes(n, reported=np.arange(n) >= 60, loss=np.arange(n), day=4)
    bicycles = crimes(n, kind="bicycle_theft", reported=np.arange(n) < 42, day=4)
    frauds = crimes(n, kind="fraud", reported=np.arange(n) < 70, day=4)
    attempts = crimes(n, completed=0, day=4)
    found = figures_of(offender_patterns.reporting, observed(crimes=pd.concat([burglaries, bicycles, frauds, attempts])))
    assert found["burglary_reported"] == pytest.approx(0.70)
    assert found["theft_reported"] == pytest.approx(0.21 / 0.70)
    assert found["fraud_reported"] == pytest.approx(0.35 / 0.70)
    assert found["loss_reported"] == pytest.approx(1 / (6 / 66))
    even = crimes(n, reported=np.arange(n) % 2, loss=np.arange(n), day=4)
    assert verdicts(observed(crimes=even))["loss_reported"] == "miss"


def test_past_victims_are_compared_within_types():
    """Notices past victims whose crimes are of a type that is seldom reported: by type they report half as often.

    Homes 0..99 lose a bicycle and then, within a year, are swindled; homes 100..199 are swindled for the first time.
    """
    before = crimes(100, kind="bicycle_theft", home=range(100), day=-20)
    past = crimes(100, kind="fraud", home=range(100), day=40, reported=np.arange(100) < 20)
    others = crimes(100, kind="fraud", home=range(100, 200), day=40, reported=np.arange(100) < 40)
    rest = crimes(100, kind="burglary", home=range(300, 400), day=40, reported=1)
    late = crimes(100, kind="fraud", home=range(300, 400), day=40 + YEAR + 1, reported=np.arange(100) < 40)
    seen = observed(crimes=pd.concat([before, past, others, rest, late]))
    assert figures_of(offender_patterns.reporting, seen)["past_victims"] == pytest.approx(0.5)


def test_trials_by_hand():
    """Notices effects of the wrong sign, what moved counted as gained, and a verdict on a measure that did nothing."""
    seen = observed(
        trials={
            "cameras": Trial(200.0, 170.0, 300.0, 306.0),
            "access": Trial(200.0, 210.0, 300.0, 300.0),
            "watch": Trial(200.0, 200.0, 300.0, 300.0, idle=True),
        }
    )
    found = figures_of(offender_patterns.trials, seen)
    assert found["trial_cameras"] == pytest.approx(-0.15)
    assert found["trial_access"] == pytest.approx(0.05)
    assert found["trial_watch"] == Lack("idle")
    assert found["trial_patrol"] == Lack("none")
    assert found["trial_moved"] == pytest.approx(0.2)
    told = verdicts(seen)
    assert [told[f"trial_{k}"] for k in ("cameras", "access", "watch", "moved")] == ["hit", "miss", "unmeasured", "hit"]


# ---- complaints and compounds ----------------------------------------------------------------------------------


def test_complainers_by_hand():
    """Notices rates per user in the place of rates per head, and a second complaint counted the wrong way round."""
    each = [1] * 304 + [2] * 60 + [5] * 36
    tenure = ["owner"] * 380 + ["tenant"] * 20
    firsts = pd.DataFrame({"fixed": np.arange(2000) < 1000, "again": [*(np.arange(1000) < 157), *(np.arange(1000) < 100)]})
    seen = observed(callers=pd.DataFrame({"complaints": each, "tenure": tenure}), firsts=firsts)
    found = figures_of(voice_patterns.complainers, seen)
    assert found["users_once"] == pytest.approx(0.76)
    assert found["owners_tenants"] == pytest.approx(((sum(each) - 100) / 60_000) / (100 / 20_000))
    assert found["fixed_again"] == pytest.approx(1.57)
    assert verdicts(replace(seen, firsts=firsts.assign(again=True)))["fixed_again"] == "miss"


def test_counts_by_hand():
    """Notices a top percent of the residents in the place of the users, and the spread of users in that of residents."""
    each = np.array([1] * 594 + [15] * 6)
    logs = np.random.default_rng(3).normal(0, 0.6, PLACES)
    logs = 0.6 * (logs - logs.mean()) / logs.std()
    seen = observed(
        callers=pd.DataFrame({"complaints": each, "tenure": "owner"}), places=places(complaints=2000 * np.exp(logs) / 50)
    )
    found = figures_of(voice_patterns.counts, seen)
    assert found["top_percent"] == pytest.approx(90 / 684)
    everybody = np.concatenate([each, np.zeros(100_000 - 600)])
    assert found["dispersion"] == pytest.approx(everybody.var() / everybody.mean())
    assert found["log_sd"] == pytest.approx(0.6)
    assert found["log_skew"] == pytest.approx(((logs / 0.6) ** 3).mean())
    assert verdicts(replace(seen, places=places()))["log_sd"] == "unmeasured"


def test_volume_and_feeling():
    """Notices recorded and felt exchanged, and figures of the arm that go missing."""
    totals = {"recorded_in_time": 840.0, "recorded_closed": 1000.0, "felt_solved": 430.0, "felt_failed": 570.0}
    seen = observed(totals=totals, arm={"arm_complaints": 1.4, "arm_solved": 0.9})
    found = measured(seen)
    assert [found[k] for k in ("recorded_in_time", "felt_solved")] == pytest.approx([0.84, 0.43])
    assert found["recorded_to_felt"] == pytest.approx(0.84 / 0.43)
    told = verdicts(seen)
    assert [told[k] for k in ("arm_complaints", "arm_solved", "arm_open")] == ["hit", "miss", "unmeasured"]


def test_partial_correlation():
    """Notices a common cause taken for an effect: two columns that only follow a third."""
    rng = np.random.default_rng(1)
    cause = rng.normal(size=400)
    a, b = cause + rng.normal(size=400), cause + rng.normal(size=400)
    c = -0.5 * a + rng.normal(size=400)
    assert correlation(a, b) > 0.35
    assert correlation(a, b, cause) == pytest.approx(0, abs=0.15)
    assert correlation(a, c, cause) == pytest.approx(-0.45, abs=0.12)
    assert correlation(a, 2.0 * cause + 1.0, cause) == Lack("constant")
    assert correlation(a[:10], b[:10]) == Lack("few", "compounds", 10, 20)


def test_perception_is_judged_at_equal_age():
    """Notices columns mixed up, and sums that large compounds have more of taken for rates."""
    rng = np.random.default_rng(5)
    age, size = rng.uniform(5, 40, PLACES), rng.integers(500, 4000, PLACES)
    same = {
        "age": age, "residents": size, "households": size // 2, "renter_share": rng.uniform(0.1, 0.5, PLACES),
        "elderly_share": rng.uniform(0.1, 0.4, PLACES),
    }  # fmt: skip
    quality, belonging = 80 - age + rng.normal(0, 5, PLACES), 50 + rng.normal(0, 5, PLACES)
    table = places(
        **same, quality=quality, belonging=belonging, physical=size * (200 - quality) / 1000,
        social=size * (90 - belonging + rng.normal(0, 4, PLACES)) / 1000, crimes=size * (30 + belonging) / 1000,
        attention=size * rng.uniform(0.1, 1, PLACES), annoyance=rng.uniform(0.2, 0.6, PLACES),
        problems=size * rng.uniform(0.01, 0.02, PLACES),
    )  # fmt: skip
    seen = observed(places=table)
    found = figures_of(place_patterns.perception, seen)
    assert found["services_physical"] == pytest.approx(-1)
    assert -0.95 < found["belonging_social"] < -0.5
    told = verdicts(seen)
    assert (told["services_physical"], told["belonging_social"], told["belonging_crime"]) == ("hit", "hit", "miss")


def test_safety_is_not_service():
    """Notices burglary that goes with bad service everywhere passing as independent of it."""
    rng = np.random.default_rng(6)
    counts = rng.integers(0, 8, PLACES)
    at = np.repeat(np.arange(PLACES), counts)
    trapped = np.arange(PLACES) < 20
    seen = observed(
        crimes=crimes(at.size, compound=at, day=2 * YEAR - 9),
        places=places(quality=90 - 5.0 * counts, paying=rng.uniform(0.5, 1, PLACES), trapped_end=trapped),
    )
    found = figures_of(place_patterns.safety_and_service, seen)
    assert found["burglary_quality"] == pytest.approx(-1)
    assert abs(found["burglary_paying"]) < 0.3
    assert found["safe_trapped"] == pytest.approx(np.mean(counts[:20] == 0))
    assert (verdicts(seen)["burglary_quality"], verdicts(seen)["burglary_paying"]) == ("miss", "hit")


def test_the_trap_by_hand():
    """Notices start and end exchanged: 20 of 50 start in it, 5 leave, 3 others fall in; leavers changed their firm."""
    k = np.arange(PLACES)
    table = places(trapped_start=k < 20, trapped_end=((k >= 5) & (k < 20)) | (k >= 47), changed=(k < 4) | (k % 5 == 0))
    found = figures_of(place_patterns.trap, observed(places=table))
    assert found["trap_start"] == pytest.approx(0.4)
    assert found["trap_stays"] == pytest.approx(0.75)
    assert found["good_fall"] == pytest.approx(0.1)
    assert found["leavers_changed"] == pytest.approx(0.8 - 0.2)
    told = verdicts(observed(places=table))
    assert [told[k] for k in ("trap_start", "trap_stays", "good_fall", "leavers_changed")] == ["hit", "hit", "miss", "hit"]
    assert figures_of(place_patterns.trap, observed(places=table, days=YEAR))["trap_stays"] == Lack(
        "short", "days", YEAR, 2 * YEAR
    )


# ---- findings --------------------------------------------------------------------------------------------------


def test_the_published_file_is_whole():
    """Notices a pattern without a source, range, family or check, and a check whose figure is not published."""
    known = patterns()
    assert set(measured(observed())) == set(known)
    assert {p.family for p in known.values()} == set(families())
    for p in known.values():
        assert p.low < p.high
        assert p.basis in words("en").tables["basis"]
        assert all((p.en, p.zh, p.source, p.published)), p.name


@pytest.mark.parametrize("days", [5, YEAR, 2 * YEAR])
def test_nothing_seen_is_never_a_verdict(days):
    """Notices a crash, a NaN or a verdict where nothing happened at all."""
    found = findings([observed(days=days)], trials=True)
    assert list(found.columns) == list(COLUMNS)
    told = dict(zip(found["pattern"], found["verdict"], strict=True))
    assert {k for k, v in told.items() if v != "unmeasured"} <= {"trap_start", "good_fall", "burglary_rate"}
    assert found.loc[found.verdict == "unmeasured", "why"].ne("").all()


def test_one_compound_is_never_a_verdict():
    """Notices checks that divide by what a single compound lacks."""
    one = observed(places=observed().places.iloc[:1], residents=30, days=YEAR, crimes=crimes(3, day=[1, 2, 3], home=[4, 4, 4]))
    assert set(verdicts(one).values()) == {"unmeasured"}


def test_the_verdict_is_on_the_mean():
    """Notices verdicts on one replicate, and replicates that could not be measured taken for zero."""
    arms = [{"arm_complaints": 0.9}, {"arm_complaints": 1.3}, {}]
    row = findings([observed(replicate=k, arm=arm) for k, arm in enumerate(arms)]).set_index("pattern").loc["arm_complaints"]
    assert (row["mean"], row.lowest, row.highest, row.replicates, row.verdict) == (pytest.approx(1.1), 0.9, 1.3, 2, "hit")
    assert measured(observed(arm={"arm_complaints": np.nan}))["arm_complaints"] == Lack("constant")


def test_trials_only_when_they_were_asked_for():
    """Notices rows of trials that nobody ran."""
    assert "trial" not in set(findings([observed()])["family"])
    assert len(findings([observed()], trials=True)) == len(patterns())


# ---- watching --------------------------------------------------------------------------------------------------


def test_watching_changes_nothing_and_counts_every_call():
    """Notices a watcher that writes to the state, and calls that are lost or counted twice."""
    base = burned()
    watched, plain = base.fork([]), base.fork([])
    watcher = Watcher(watched, 60)
    run(watched, 60, lambda: None, watcher.look)
    run(plain, 60, lambda: None)
    assert differing(run_bits(watched), run_bits(plain)) == []
    assert watcher.calls.sum() == total(watched, "complaints", "hotline") > 0
    callers = watcher.callers()
    assert callers["complaints"].sum() == watcher.calls.sum()
    assert set(callers["tenure"]) <= {"owner", "tenant", "group_tenant"}


class _Script:
    """A stand-in for a run whose open complaints are set by hand, day by day."""

    def __init__(self, base):
        self.world, self.state = base.world, base.state.copy()
        self.state.complaints.n = 0

    def today(self, *open_: tuple[int, int, int]) -> None:
        """Open complaints (resident, first day, state), then the day is over."""
        pool = self.state.complaints
        pool.room(len(open_))
        pool.n = len(open_)
        pool.rows[: pool.n] = np.zeros(pool.n, COMPLAINT)
        for row, (resident, first, state) in zip(pool.rows, open_, strict=False):
            row["resident"], row["first"], row["step"], row["state"] = resident, first, first, state
            row["channel"], row["used_hotline"] = HOTLINE, 1
        self.state.day += 1


def test_fixed_first_complaints_and_seconds():
    """Notices giving up taken for fixed, an ill answer for a good one, and old complaints for first ones.

    Resident 3 is answered well and comes again; 5 is answered ill; 7 gives up unanswered; 9 had one open before, and comes again.
    """
    script = _Script(burned())
    day0 = script.state.day
    script.state.belief[:, :] = 0.5
    script.today((9, day0 - 4, WAITING))
    watcher = Watcher(script, 400)  # type: ignore[arg-type]
    d = script.state.day
    script.today((9, day0 - 4, WAITING), (3, d, WAITING), (5, d, WAITING), (7, d, WAITING))
    watcher.look()
    script.state.belief[[3, 9], 2] = 0.5 + float(script.world.parameters["complaints.learn_solved"]) * 0.5
    script.today((5, d, ILL))
    watcher.look()
    script.today((5, d, ILL), (3, d + 2, WAITING), (9, d + 2, WAITING))
    watcher.look()
    script.today((5, d, ILL), (3, d + 2, WAITING), (9, d + 2, ILL))
    watcher.look()
    firsts = watcher.firsts().sort_values("fixed")
    assert firsts["fixed"].tolist() == [False, True]
    assert firsts["again"].tolist() == [False, True]
    assert watcher.calls.sum() == 0  # the last year begins later


def test_crimes_are_kept_once_in_their_latest_state():
    """Notices crimes lost when they leave the pool, kept twice, or with the flags of an earlier day."""
    script = _Script(burned())
    pool = script.state.crime.crimes
    pool.room(2)
    pool.n = 2
    for k, row in enumerate(pool.rows[:2]):
        row["day"], row["compound"], row["kind"], row["number"] = script.state.day - 3 + k, k, CRIMES.index("burglary"), 0
        row["offender_home"], row["household"], row["completed"], row["reported"] = 2 * k - 1, 7, 1, 0
        row["x"], row["y"] = script.world.compounds.x[0], script.world.compounds.y[0]
    watcher = Watcher(script, 2)  # type: ignore[arg-type]
    pool.rows[0]["reported"] = 1
    for _ in range(2):
        script.today()
        watcher.look()
    pool.n = 0
    found = watcher.crimes()
    assert found["day"].tolist() == [-3, -2]
    assert found["reported"].tolist() == [1, 0]
    assert found["kind"].tolist() == ["burglary"] * 2
    assert found["offender"].tolist()[0] == -1
    assert found["offender"].tolist()[1] >= 0
    c, households = script.world.compounds, script.world.place["households"]
    gap = np.hypot(c.x - c.x[1], c.y - c.y[1]) / 1000
    assert found["trip_km"].tolist() == pytest.approx([np.nan, gap[0]], nan_ok=True)
    assert found["blind_km"].tolist()[1] == pytest.approx((gap * households).sum() / households.sum())


def test_a_plan_knows_its_days_and_its_trials():
    """Notices a progress bar that ends early, and trials of levers that the model does not have."""
    plan = PatternPlan(load_scenario("classroom", changes={"time.burn_in_years": 0.1}), replicates=2, years=1, trials=True)
    ticks = []
    (first, second) = observe(replace(plan), lambda: ticks.append(1))
    assert len(ticks) == plan.days()
    assert set(plan.measures()) == set(first.trials) <= set(MEASURES)
    assert (first.replicate, second.replicate, first.days) == (0, 1, YEAR)
    assert {"arm_complaints", "arm_solved", "arm_open"} <= set(first.arm)
    for measure in MEASURES.values():
        assert programme(measure).rollout.coverage == 0.5


# ---- what people read ------------------------------------------------------------------------------------------


def test_every_word_is_there_in_both_languages():
    """Notices a direction, a reason or a thing to count that one language has no word for."""
    source = "".join(p.read_text("utf-8") for p in Path(crime_patterns.__file__).parent.glob("*_patterns.py"))
    for lang in LANGUAGES:
        path = Path(words_of_reports.__file__).parent / f"words_{lang}.toml"
        table = tomllib.loads(path.read_text("utf-8"))
        said = {p.published for p in patterns().values() if any(c.isalpha() for c in p.published)}
        assert set(table["said"]) == said
        for name in table["counted"]:
            assert f'"{name}"' in source
        for check in CHECKS:
            for lack in check(observed(days=5)).values():
                if isinstance(lack, Lack) and lack.what:
                    assert lack.what in table["counted"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_from_end_to_end(lang, tmp_path, capsys, monkeypatch):
    """Notices columns that do not line up, a reason or a row that is missing, and a file that does not read back."""
    monkeypatch.setenv("COLUMNS", "100")  # narrower screens break the words of the verdict
    asked = ["patterns", "classroom", "--years", "1", "--replicates", "2", "--lang", lang, "--out", str(tmp_path)]
    assert main([*asked, "--sample", "0.5", "--trials"]) == 0
    said, w = capsys.readouterr(), words(lang)
    lines = said.out.splitlines()
    top = next(line for line in lines if line.startswith(w("pattern")))
    edge = cells(top[: top.index(w("verdict"))])
    verdict_lines = [line for line in lines if line.rstrip().endswith(w.of("verdict", "unmeasured"))]
    assert len(verdict_lines) > 20
    for line in verdict_lines:
        assert cells(line[: line.rindex(w.of("verdict", "unmeasured"))]) == edge
    assert max(map(cells, (line.rstrip() for line in lines if str(tmp_path) not in line))) <= 100
    assert not re.search(r"\bnan\b", said.out.lower())
    assert w("unmeasured") in said.out
    assert ("周" if lang == "zh" else "weeks") in said.err
    with (tmp_path / "patterns.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    assert [row["pattern"] for row in kept] == list(patterns())
    assert {row["verdict"] for row in kept} <= {"hit", "miss", "unmeasured"}
    assert all(row["source"] and row["basis"] for row in kept)
    assert all((row["mean"] == "") == (row["verdict"] == "unmeasured") for row in kept)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rows_and_reasons(lang):
    """Notices figures without their family, spans of one replicate, and reasons without the figures they stop."""
    w = words(lang)
    found = findings([observed(arm={"arm_complaints": 1.4}), observed(arm={"arm_complaints": 1.2})], trials=True)
    table = rows(found, w)
    assert len(table) == len(patterns()) + len(families())
    row = next(r for r in table if r[0].strip() == getattr(patterns()["arm_complaints"], lang))
    assert row[3:] == ("1.30", "1.20 .. 1.40", w.of("verdict", "hit"))
    why = "\n".join(reasons(found, w))
    assert w("why_none") in why
    assert w.of("counted", "burglaries") in why


@pytest.mark.parametrize("wrong", [["--years", "0"], ["--replicates", "x"], ["--sample", "0"], ["--years", "11"]])
def test_wrong_words_are_refused(wrong, capsys):
    """Notices a run begun with a number that makes no sense."""
    assert main(["patterns", "classroom", *wrong, "--lang", "en"]) == 2
    assert wrong[1] in capsys.readouterr().err
