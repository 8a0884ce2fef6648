"""The synthetic map: exact totals, contiguous areas, draws that depend on nothing but their own key."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import poisson

from govsim.errors import InputError
from govsim.scenario.parameters import Parameters, defaults
from govsim.scenario.schema import District, Estate, Label, Scenario, Sourced, Time
from govsim.vocabulary import TYPES
from govsim.world.compounds import build_map
from govsim.world.draws import counts, positive, share
from govsim.world.marginals import check_map
from govsim.world.partition import apportion, cut
from govsim.world.tables import Compounds, Institutions

HERE = Path()


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return defaults()


def whole(value: int) -> Sourced[int]:
    return Sourced[int](value=value, source="test")


def part(value: float) -> Sourced[float]:
    return Sourced[float](value=value, source="test")


def estate(**changes):
    said = {
        "id": "great_estate",
        "name": Label(zh="康城", en="Great estate"),
        "type": "commodity",
        "dwellings": whole(12_500),
        "residents": whole(48_000),
        "committees": whole(4),
    }
    return Estate(**{**said, **changes})


def scenario(sample: float = 1.0, **changes) -> Scenario:
    district = {
        "compounds": whole(301),
        "residents": whole(640_123),
        "residents_committees": whole(147),
        "towns": whole(5),
        "firms": whole(37),
        "area_km2": part(94.0),
        "type_shares": {"commodity": part(0.47), "old_public": part(0.33), "resettlement": part(0.11),
                        "open_block": part(0.06), "village": part(0.03)},
        "estates": (estate(),),
        **changes,
    }  # fmt: skip
    name = Label(zh="试验区", en="Test district")
    time = Time(start=dt.date(2016, 1, 1))
    return Scenario(format=1, name=name, sample=sample, time=time, district=District(**district))


@pytest.fixture(scope="module")
def built(parameters: Parameters) -> tuple[Compounds, Institutions]:
    return build_map(scenario(), parameters, HERE)


def test_totals_are_exact(built):
    """Would notice a rounding that loses residents, or estates counted on top of the totals."""
    c, i = built
    assert len(c) == 301
    assert c.residents.sum() == 640_123
    assert len(i.committees) == 147
    assert len(np.unique(c.first_committee)) == 147 - 3  # the estate has four of its own
    assert len(i.towns) == 5
    assert sum(not f.startswith("self-managed") for f in i.firms) == 37
    wanted = apportion(301, np.array([0.47, 0.33, 0.11, 0.06, 0.03]))
    assert np.bincount(c.type, minlength=5).tolist() == wanted.tolist()


def test_estate_is_as_given(built):
    """Would notice an estate that is resized, or whose committees are not consecutive rows of its own."""
    c, i = built
    e = c.ids.index("great_estate")
    assert (c.residents[e], c.dwellings[e], c.committees[e], c.names[e]) == (48_000, 12_500, 4, "康城")
    rows = range(c.first_committee[e], c.first_committee[e] + 4)
    assert len({i.committees[r] for r in rows}) == 4
    others = np.delete(np.arange(len(c)), e)
    assert not set(rows) & set(c.first_committee[others].tolist())
    assert {int(i.committee_town[r]) for r in rows} == {int(c.town[e])}


def test_columns_are_in_range(built):
    """Would notice shares outside 0..1, empty compounds, or more than 16 bits can number."""
    c, _ = built
    for name in ("condition", "fund", "oversight", "renter_share", "group_share", "elderly_share", "quality"):
        column = getattr(c, name)
        assert ((column >= 0) & (column <= 1)).all(), name
        assert np.ptp(column) > 0.05, name
    assert (c.residents >= 20).all()
    assert c.residents.max() <= 65_000
    assert (c.buildings >= 1).all()
    assert (c.buildings <= c.dwellings).all()
    assert (c.group_share <= c.renter_share).all()
    assert c.quality.shape == (301, 5)
    side = 1000 * np.sqrt(94.0)
    assert c.x.min() >= 0
    assert c.x.max() <= side
    assert c.filled == ()


def boxes_overlap(x, y, group) -> bool:
    members = [group == g for g in np.unique(group)]
    boxes = [(x[m].min(), x[m].max(), y[m].min(), y[m].max()) for m in members]
    return any(
        a[0] <= b[1] and b[0] <= a[1] and a[2] <= b[3] and b[2] <= a[3]
        for k, a in enumerate(boxes)
        for b in boxes[:k]
    )  # fmt: skip


def test_areas_are_contiguous_and_nested(built):
    """Would notice towns, committees or beats scattered over the map, or crossing a town's border."""
    c, i = built
    assert not boxes_overlap(c.x, c.y, c.town)
    assert (i.committee_town[c.first_committee] == c.town).all()
    assert (i.beat_town[c.beat] == c.town).all()
    assert (i.beat_town[i.committee_beat] == i.committee_town).all()
    assert (i.committee_beat[c.first_committee] == c.beat).all()
    assert (i.town_district[c.town] == c.district).all()
    ordinary = c.committees == 1
    for town in range(5):
        here = (c.town == town) & ordinary
        assert not boxes_overlap(c.x[here], c.y[here], c.first_committee[here])
    by_grid = {g: set(c.first_committee[c.grid == g].tolist()) for g in np.unique(c.grid).tolist()}
    assert all(len(committees) == 1 for committees in by_grid.values())


def test_one_officer_per_4900_residents(built):
    """Would notice beats made per compound or per committee instead of per officer."""
    c, i = built
    people = np.bincount(c.town, c.residents)
    committees = np.bincount(i.committee_town)
    assert np.bincount(i.beat_town).tolist() == np.minimum(np.round(people / 4_900), committees).tolist()
    assert len(i.beats) == pytest.approx(640_123 / 4_900, rel=0.04)  # a beat has at least one whole committee


def test_nearly_one_committee_per_compound(parameters):
    """Would notice committees lost where a town has fewer compounds than its residents call for."""
    c, i = build_map(scenario(residents_committees=whole(299)), parameters, HERE)
    assert len(i.committees) == 299
    assert len(np.unique(c.first_committee)) == 296


def test_portfolios_are_skewed(built):
    """Would notice firms of equal size, or open blocks and villages handed to a firm."""
    c, i = built
    sizes = np.sort(np.bincount(c.firm)[[not f.startswith("self-managed") for f in i.firms]])
    assert sizes[-1] >= 4 * np.median(sizes)
    alone = np.isin(c.type, [TYPES.index("open_block"), TYPES.index("village")])
    assert all(i.firms[f].startswith("self-managed") == a for f, a in zip(c.firm, alone, strict=True))
    assert (np.bincount(c.firm)[c.firm[alone]] == 1).all()


def test_marginals_are_near_what_is_stated(built, parameters):
    """Would notice a profile read by the wrong type or name, or a distribution with another mean."""
    rows = check_map(built[0], scenario(), parameters)
    for m in rows:
        assert m.stated is not None
        if m.note == "exact" or m.name.startswith("share of type"):
            assert m.generated == pytest.approx(m.stated, abs=0.5 if m.note else 1 / 301), m.name
        elif m.name.startswith("mean "):
            assert m.generated == pytest.approx(m.stated, rel=0.12), m.name
    values = {m.name: m for m in rows}
    assert values["residents per home in use"].generated == pytest.approx(2.3, rel=0.08)  # the estate has 3.8


def test_age_goes_with_poor_condition(built):
    """Would notice a correlation with the wrong sign, or left out."""
    c, _ = built
    homes = c.type == TYPES.index("commodity")
    assert np.corrcoef(c.age[homes], c.condition[homes])[0, 1] < -0.3


def test_same_seed_same_map_and_other_seed_other_map(built, parameters):
    """Would notice a global generator, or a map seed that is not used."""
    again, _ = build_map(scenario(), parameters, HERE)
    other, _ = build_map(scenario(map_seed=2), parameters, HERE)
    assert again.x.tobytes() == built[0].x.tobytes()
    assert again.quality.tobytes() == built[0].quality.tobytes()
    assert not (other.condition == built[0].condition).any()


def test_a_changed_parameter_moves_only_its_column(built, parameters):
    """Would notice draws whose position depends on which others were made."""
    changed = parameters.with_values({"world.renter_sd": np.full(5, 0.02)}, "test")
    c, _ = build_map(scenario(), changed, HERE)
    for f in dataclasses.fields(Compounds):
        same = np.array_equal(getattr(c, f.name), getattr(built[0], f.name))
        assert same == (f.name != "renter_share") or f.name == "group_share", f.name


@pytest.mark.parametrize("share_run", [0.5, 0.13, 0.001])
def test_sample_keeps_whole_committees_unchanged(built, parameters, share_run):
    """Would notice redrawn compounds, torn committees, rows of the wrong institution, or none kept."""
    c, i = built
    s, j = build_map(scenario(sample=share_run), parameters, HERE)
    assert len(s) == pytest.approx(max(1, 301 * share_run), abs=3)
    rows = [c.ids.index(x) for x in s.ids]
    for name in ("type", "x", "residents", "condition", "quality", "oversight", "committees", "gated"):
        assert np.array_equal(getattr(s, name), getattr(c, name)[rows]), name
    for label in ("town", "firm", "beat", "grid", "district"):
        mine = [getattr(j, label + "s")[r] for r in getattr(s, label)]
        assert mine == [getattr(i, label + "s")[r] for r in getattr(c, label)[rows]], label
    assert [j.committees[r] for r in s.first_committee] == [i.committees[r] for r in c.first_committee[rows]]
    assert set(np.flatnonzero(np.isin(c.first_committee, c.first_committee[rows]))) == set(rows)
    assert len(j.committees) == len(j.committee_town) == len(j.committee_beat)
    assert (j.beat_town[s.beat] == s.town).all()
    assert set(range(len(j.towns))) == set(s.town.tolist())


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"towns": whole(302)}, "district.towns"),
        ({"residents": whole(50_000)}, "district.residents"),
        ({"residents_committees": whole(400)}, "district.residents_committees"),
        ({"residents_committees": whole(6)}, "district.residents_committees"),
        ({"firms": whole(300)}, "district.firms"),
        ({"estates": (estate(), estate())}, "district.estates"),
        ({"estates": (estate(id="c00001"),)}, "district.estates"),
        (
            {"estates": (estate(type="village"),), "type_shares": {"commodity": part(1.0)}},
            "district.type_shares",
        ),
    ],
)
def test_contradictions_are_named(parameters, changes, key):
    """Would notice totals that cannot be met passing on as a crash or as other totals."""
    with pytest.raises(InputError) as error:
        build_map(scenario(**changes), parameters, HERE)
    assert key in [fault.key for fault in error.value.faults]


def test_one_compound_and_only_estates_work(parameters):
    """Would notice code that needs at least two of anything."""
    one = scenario(compounds=whole(1), residents=whole(500), residents_committees=whole(1), towns=whole(1),
                   firms=whole(1), estates=(), type_shares={"old_public": part(1.0)})  # fmt: skip
    c, i = build_map(one, parameters, HERE)
    assert (len(c), int(c.residents[0]), len(i.beats), i.firms) == (1, 500, 1, ("firm 1",))
    alone = scenario(compounds=whole(1), residents=whole(48_000), residents_committees=whole(4),
                     towns=whole(1), firms=whole(1), type_shares={"commodity": part(1.0)})  # fmt: skip
    c, i = build_map(alone, parameters, HERE)
    assert (len(c), len(i.committees), len(i.beats)) == (1, 4, 4)


@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
    st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_apportion_sums_exactly(total, weights, least):
    """Would notice a remainder handed out twice or not at all."""
    if total < least * len(weights):
        with pytest.raises(ValueError, match="cannot be shared"):
            apportion(total, np.array(weights), least)
        return
    out = apportion(total, np.array(weights), least)
    assert out.sum() == total
    assert out.min() >= least
    if sum(weights) > 0 and least == 0:
        assert (np.abs(out - total * np.array(weights) / sum(weights)) < 1 + 1e-6).all()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_cut_fills_every_part(points, parts, seed):
    """Would notice an empty part, which later code would take for a committee without compounds."""
    rng = np.random.default_rng(seed)
    x, y, w = rng.integers(0, 4, (3, points)).astype(float)
    if parts > points:
        with pytest.raises(ValueError, match="cannot fill"):
            cut(x, y, w + 1, np.ones(parts))
        return
    assert set(cut(x, y, w, np.ones(parts))) == set(range(parts))


def test_cut_makes_compact_parts_of_the_wanted_weight():
    """Would notice strips across the whole map, or parts that ignore the weights."""
    x, y = (a.ravel().astype(float) for a in np.meshgrid(np.arange(40), np.arange(40)))
    weights = np.where(x < 20, 3.0, 1.0)
    part = cut(x, y, weights, np.array([1.0, 2.0, 3.0, 2.0]))
    assert np.bincount(part, weights) / weights.sum() == pytest.approx([0.125, 0.25, 0.375, 0.25], abs=0.04)
    part = cut(x, y, np.ones(1600), np.ones(16))
    assert all(max(np.ptp(x[part == k]), np.ptp(y[part == k])) <= 12 for k in range(16))


def test_quantiles_have_the_stated_moments():
    """Would notice mean and spread mixed up in the beta and gamma quantiles, and a wrong Poisson count."""
    z = ndtri((np.arange(20_000) + 0.5) / 20_000)
    for mean, sd in ((0.3, 0.1), (0.97, 0.02)):
        drawn = share(z, np.full(len(z), mean), np.full(len(z), sd))
        assert (drawn.mean(), drawn.std()) == pytest.approx((mean, sd), rel=0.01)
    drawn = positive(z, np.full(len(z), 1.7), np.full(len(z), 0.45))
    assert (drawn.mean(), drawn.std()) == pytest.approx((1.7, 0.45), rel=0.01)
    assert share(z[:3], np.zeros(3), np.full(3, 0.1)).tolist() == [0, 0, 0]
    u = np.linspace(0.001, 0.999, 300)
    for mean in (0.02, 0.8, 17.0, 900.0):
        assert counts(u, np.full(300, mean)).tolist() == poisson.ppf(u, mean).tolist()
