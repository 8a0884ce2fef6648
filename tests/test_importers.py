"""A user's own district: what is read, what is filled, what is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pytest

from govsim.errors import InputError
from govsim.scenario.load import load_scenario
from govsim.scenario.parameters import Parameters, defaults
from govsim.scenario.schema import District, Label, Scenario, Time
from govsim.vocabulary import TYPES
from govsim.world import data_files
from govsim.world.compounds import build_map
from govsim.world.district_file import import_district
from govsim.world.importers import read_compounds
from govsim.world.marginals import check_map
from govsim.world.network import build_layers
from govsim.world.tables import Compounds
from govsim.world.ties import district_ties, read_ties

EXAMPLE = Path(__file__).parents[1] / "scenarios" / "example_district"


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return defaults()


def scenario(file: str = "map.csv", **changes) -> Scenario:
    name = Label(zh="自带数据", en="Own data")
    district = District(compounds_file=file, map_seed=5, **changes)
    return Scenario(format=1, name=name, time=Time(start=dt.date(2020, 1, 1)), district=district)


def build(tmp_path, parameters, text, file="map.csv"):
    (tmp_path / file).write_text(text, encoding="utf-8")
    return build_map(scenario(file), parameters, tmp_path)


def faults(tmp_path, content: str | bytes, file="map.csv") -> list[str]:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    (tmp_path / file).write_bytes(data)
    with pytest.raises(InputError) as error:
        read_compounds(tmp_path / file, file)
    return [str(fault) for fault in error.value.faults]


def test_only_id_and_place_are_needed(tmp_path, parameters):
    """Would notice a column that is demanded, left at NaN, or filled without being named."""
    rows = [f"a{i},{700 * (i % 6)},{900 * (i // 6)}" for i in range(30)]
    c, i = build(tmp_path, parameters, "id,x,y\n" + "\n".join(rows))
    assert c.ids[29] == "a29"
    assert (c.x[29], c.y[29]) == (3500, 3600)
    fields = {f.name for f in dataclasses.fields(Compounds)}
    columns = fields - {"ids", "names", "x", "y", "filled", "first_committee"}
    assert set(c.filled) == columns | {"committee"}
    assert all(np.isfinite(getattr(c, name)).all() for name in columns)
    assert len(np.unique(c.residents)) > 25
    assert len(i.towns) == 1


def test_given_columns_are_kept(tmp_path, parameters):
    """Would notice a column read into another one, or filled over."""
    head = ("id,name,x,y,type,gated,district,town,committee,firm,beat,grid,committees,residents,dwellings,"
            "buildings,dwelling_m2,age,condition,fund,quality,quality_repair,oversight,renter_share,group_share,elderly_share,"
            "parking_pressure")  # fmt: skip
    one = "a,甲,1,2,village,no,D,T,C,F,B,G,1,501,303,44,61.5,23,0.31,0.32,0.33,0.34,0.35,0.36,0.07,0.38,1.9"
    two = "b,=1+1,9,9,commodity,是,D,T,C2,F,B,G,3,901,403,11,71,3,0.41,0.42,0.43,0.44,0.45,0.46,0.07,0.48,2.9"
    c, i = build(tmp_path, parameters, f"{head}\n{one}\n{two}\n")
    assert c.filled == ()
    assert (c.names, [TYPES[t] for t in c.type], c.gated.tolist()) == (
        ("甲", "=1+1"),
        ["village", "commodity"],
        [False, True],
    )
    assert (c.residents.tolist(), c.dwellings.tolist(), c.buildings.tolist()) == (
        [501, 901],
        [303, 403],
        [44, 11],
    )
    numbers = (
        c.dwelling_m2,
        c.age,
        c.condition,
        c.fund,
        c.oversight,
        c.renter_share,
        c.group_share,
        c.elderly_share,
        c.parking_pressure,
    )
    assert [n[0] for n in numbers] == [61.5, 23, 0.31, 0.32, 0.35, 0.36, 0.07, 0.38, 1.9]
    assert c.quality[0].tolist() == [0.33, 0.33, 0.33, 0.34, 0.33]
    assert (c.committees.tolist(), c.first_committee.tolist(), i.committees) == (
        [1, 3],
        [0, 1],
        ("C", "C2 1", "C2 2", "C2 3"),
    )
    assert (i.districts, i.towns, i.firms, i.beats, i.grids) == (("D",), ("T",), ("F",), ("B",), ("G",))
    stated = {m.name: m.stated for m in check_map(c, scenario(), parameters)}
    assert stated["mean condition"] is None
    assert stated["residents"] is None


def test_blank_cells_are_filled_one_by_one(tmp_path, parameters):
    """Would notice a column redrawn because one cell is blank, or residents that do not follow from homes."""
    text = "id,x,y,residents,dwellings,condition\na,0,0,,1000,0.25\nb,500,0,640,,\nc,900,0,500,200,0.75\n"
    c, _ = build(tmp_path, parameters, text)
    assert c.condition[[0, 2]].tolist() == [0.25, 0.75]
    assert 0 < c.condition[1] < 1
    assert c.residents[0] == round(1000 * 2.3 * (1 - parameters["residents.vacancy"]))
    assert c.dwellings[1] == round(640 / 2.3 / (1 - parameters["residents.vacancy"]))
    assert "residents" in c.filled
    assert "x" not in c.filled


def test_one_more_isolated_compound_changes_nothing(tmp_path, parameters):
    """Would notice any fill, beat, grid, firm or friendship that depends on compounds elsewhere."""
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 4000, (60, 2)).round(1)
    rows = [f"a{k},{x},{y},t{int(x > 2000)},d" for k, (x, y) in enumerate(xy)]
    head = "id,x,y,town,district,committee,firm,beat\n"
    before, i = build(tmp_path, parameters, head + "\n".join(r + ",,," for r in rows))
    added = "\nzz,90000,90000,far,far,far,far,far"
    after, j = build(tmp_path, parameters, head + "\n".join(r + ",,," for r in rows) + added)
    for f in dataclasses.fields(Compounds):
        if f.name != "filled":
            old, new = getattr(before, f.name), getattr(after, f.name)[:60]
            assert np.array_equal(old, new), f.name
    for kind in ("towns", "committees", "firms", "beats", "grids"):
        mine = getattr(i, kind)
        assert getattr(j, kind)[: len(mine)] == mine, kind
    first, second = (
        build_layers(before, i, parameters, map_seed=5),
        build_layers(after, j, parameters, map_seed=5),
    )
    for name, layer in first.items():
        assert second[name].indices.tolist() == layer.indices.tolist(), name
        assert second[name].weights.tobytes() == layer.weights.tobytes(), name
        assert second[name].indptr[-2] == second[name].indptr[-1], name


def test_sample_of_two_districts_keeps_who_serves_whom(tmp_path, parameters):
    """Would notice districts, towns or beats that are not numbered afresh where a sample leaves some out."""
    rows = [f"a{k},{400 * k},0,d{k // 20},t{k // 5},3000" for k in range(60)]
    (tmp_path / "map.csv").write_text("id,x,y,district,town,residents\n" + "\n".join(rows), encoding="utf-8")
    said = scenario().model_copy(update={"sample": 0.02})
    c, i = build_map(said, parameters, tmp_path)
    assert 1 <= len(c) < 4
    numbers = [int(name[1:]) for name in c.ids]
    assert min(numbers) >= 20  # the first district is not in it
    assert [i.districts[r] for r in c.district] == [f"d{k // 20}" for k in numbers]
    assert [i.towns[r] for r in c.town] == [f"t{k // 5}" for k in numbers]
    assert [i.districts[i.town_district[r]] for r in c.town] == [f"d{k // 20}" for k in numbers]
    assert (i.beat_town[i.committee_beat] == i.committee_town).all()
    assert set(range(len(i.districts))) == set(c.district.tolist())


def test_filled_names_never_meet_given_ones(tmp_path, parameters):
    """Would notice a filled committee merged with one that the file happens to call by the same name."""
    text = "id,x,y,town,committee\na,0,0,T,\nb,900,0,U,T committee 1\n"
    c, i = build(tmp_path, parameters, text)
    assert c.first_committee[0] != c.first_committee[1]
    assert len(set(i.committees)) == 2


def test_lon_lat_become_metres(tmp_path):
    """Would notice degrees taken for metres, longitude without the cosine, or an origin that others move."""
    (tmp_path / "map.csv").write_text("id,lon,lat\na,121.4,31.2\nb,121.5,31.2\nc,121.4,31.3\n", encoding="utf-8-sig")
    draft = read_compounds(tmp_path / "map.csv", "map.csv")
    assert draft.x == pytest.approx([0, 0.1 * 111_195 * math.cos(math.radians(31.2)), 0], rel=1e-4)
    assert draft.y == pytest.approx([0, 0, 0.1 * 111_195], rel=1e-4)


def test_geojson_points_and_polygons(tmp_path, parameters):
    """Would notice a corner taken for the centroid, a hole or a second part ignored, or properties lost."""
    square = [[121.40, 31.20], [121.42, 31.20], [121.42, 31.22], [121.40, 31.22], [121.40, 31.20]]
    small = [[121.50, 31.20], [121.51, 31.20], [121.51, 31.21], [121.50, 31.21], [121.50, 31.20]]
    shapes = [
        {"type": "Point", "coordinates": [121.4, 31.2, 5.0]},
        {"type": "Polygon", "coordinates": [square]},
        {"type": "MultiPolygon", "coordinates": [[square], [small[::-1]]]},
    ]
    features = [
        {
            "id": k,
            "properties": {"name": f"园{k}", "gated": True, "residents": 700 + k, "age": None},
            "geometry": shape,
        }
        for k, shape in enumerate(shapes)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    c, _ = build(tmp_path, parameters, text, "map.geojson")
    per_degree = 111_195 * math.cos(math.radians(31.2))
    assert c.x == pytest.approx([0, 0.01 * per_degree, (4 * 0.01 + 0.105) / 5 * per_degree], rel=1e-3)
    assert (c.ids, c.names, c.residents.tolist()) == (("0", "1", "2"), ("园0", "园1", "园2"), [700, 701, 702])
    metres = {"type": "Feature", "properties": {"id": "m", "x": 10.5, "y": -3}, "geometry": None}
    c, _ = build(tmp_path, parameters, json.dumps({"features": [metres]}), "m.json")
    assert (c.x[0], c.y[0]) == (10.5, -3)


def test_all_faults_at_once_with_line_and_column(tmp_path):
    """Would notice a reader that stops at the first fault or names the wrong line."""
    text = (
        "id,x,y,type,residents,condition,gated,town,committee,buildings,dwellings,renter_share,group_share\n"
        "a,1,2,commodty,10,0.5,yes,T,C,,,,\n"
        "a,nan,2,village,-3,inf,maybe,U,C,,,,\n"
        ",5,1e999,,1.5,1.2,,,D,9,3,0.1,0.2\n"
        "long\u202ename,5,5,,,,,,,,,,\n"
    )
    found = faults(tmp_path, text)
    wanted = [("2", "type"), ("3", "id"), ("3", "x"), ("3", "residents"), ("3", "condition"), ("3", "gated"),
              ("3", "committee"), ("4", "id"), ("4", "y"), ("4", "residents"), ("4", "condition"),
              ("4", "town"), ("4", "buildings"), ("4", "group_share"), ("5", "id")]  # fmt: skip
    for line, column in wanted:
        assert any(f.startswith(f"map.csv:{line}: [{column}]") for f in found), (line, column, found)
    assert len(found) == len(wanted)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("id,x,y\n", "no compounds"),
        ("id,x\na,1\n", "a place is needed"),
        ("id,x,y,lon,lat\na,1,1,1,1\n", "a place is needed"),
        ("name,x,y\na,1,1\n", "column is missing"),
        ("id,x,y,residnts\na,1,1,5\n", 'did you mean "residents"'),
        ("id,x,y,x\na,1,1,5\n", "given twice"),
        ("id;x;y\na;1;1\n", "not separated by commas"),
        ("id,x,y\na,1\n", "2 cells under 3 columns"),
        ('id,x,y\n"a,1,1\n', "not a CSV file"),
        ("id,x,y\na,1_000,1\n", "1_000 cannot be used"),
        ("id,x,y\na,１,1\n", "cannot be used"),
        ("id,x,y\na,=1+1,1\n", "=1+1 cannot be used"),
        ("id,x,y\na,121.4,31.2\nb,121.5,31.3\n", "within 5 m"),
        ("id,x,y,committees,committee,town\na,0,0,3,C,T\nb,90,0,1,C,T\n", "cannot share"),
        ("id,name,x,y\na,菩提,0,0\n".encode("gbk"), "GBK"),
        ("id,x,y\na,0,0\n".encode("utf-16"), "UTF-16"),
        (b"id,x,y\n\xff\xfe\xfd,0,0\n", "not UTF-8"),
        (f"id,x,y\n{'n' * 81},0,0\n", "longer than 80"),
        ("id,x,y\na\0b,0,0\n", "control"),
    ],
)
def test_broken_csv_is_refused(tmp_path, content, said):
    """Would notice a file that is misread in silence instead of refused."""
    assert any(said in fault for fault in faults(tmp_path, content)), faults(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1, 2]", "not a GeoJSON"),
        ('{"features": [3]}', "not a feature"),
        ('{"features": [{"properties": {"id": "a", "x": NaN, "y": 0}}]}', "not a number"),
        ('{"features": [{"properties": {"id": "a", "x": [1], "y": 0}}]}', "must be text or a number"),
        (
            '{"features": [{"properties": {"id": "a"}, "geometry": {"type": "Point", "coordinates": [181, 0]}}]}',
            "cannot be used",
        ),
        (
            '{"features": [{"properties": {"id": "a"}, "geometry": {"type": "Point", "coordinates": []}}]}',
            "a place is needed",
        ),
        ("[" * 50_000, "nested too deeply"),
        ('{"features": [{"properties": {"id": ' + "9" * 5000 + ', "x": 0, "y": 0}}]}', "not a JSON file"),
    ],
)
def test_broken_geojson_is_refused(tmp_path, content, said):
    """Would notice a crash or a silent default on malformed GeoJSON."""
    assert any(said in fault for fault in faults(tmp_path, content, "map.geojson"))


def test_size_limits_and_file_kinds(tmp_path, monkeypatch, parameters):
    """Would notice a huge file that is read whole, and names that lead out of the folder."""
    monkeypatch.setattr(data_files, "SIZE_LIMIT", 100)
    assert "larger than" in faults(tmp_path, "id,x,y\n" + "a,1,1\n" * 50)[0]
    assert "unknown kind" in faults(tmp_path, "id,x,y\n", "map.xlsx")[0]
    monkeypatch.setattr("govsim.world.importers.MOST_COMPOUNDS", 3)
    assert "more than 3 rows" in faults(tmp_path, "id,x,y\n" + "a,1,1\n" * 5)[0]
    (tmp_path / "inner").mkdir()
    for name in ("../map.csv", str(tmp_path / "map.csv"), ".."):
        with pytest.raises(InputError, match="not in the scenario's folder"):
            build_map(scenario(name), parameters, tmp_path / "inner")
    with pytest.raises(InputError, match="no such file"):
        build_map(scenario("other.csv"), parameters, tmp_path)


def tie_faults(tmp_path, text, file="ties.csv") -> list[str]:
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_ties(tmp_path / file, file, ("a", "b", "c"))
    return [str(fault) for fault in error.value.faults]


def test_ties_are_read_once_per_pair(tmp_path):
    """Would notice a pair in both directions counted twice, or weights and layers lost."""
    text = "from,to,weight,layer\na,b,2.5,kin\nb,a,2.5,kin\nb,c,,\na,b,1,social\n"
    (tmp_path / "ties.csv").write_text(text, encoding="utf-8")
    ties = read_ties(tmp_path / "ties.csv", "ties.csv", ("a", "b", "c"))
    assert list(zip(ties.layer, ties.a, ties.b, ties.weight.tolist(), strict=True)) == [
        ("kin", "a", "b", 2.5), ("social", "b", "c", 1.0), ("social", "a", "b", 1.0),
    ]  # fmt: skip


def test_broken_ties_are_refused(tmp_path):
    """Would notice self-links, unknown ids, doubled pairs, weights that are no weights, and XML entities."""
    text = "from,to,weight,layer\na,a,1,\na,x,1,\na,b,0,\na,c,1,\nc,a,2,\nb,c,nan,\nb,c,1,A b\n"
    found = tie_faults(tmp_path, text)
    for line, said in ((2, "itself"), (3, '"x"'), (4, "weight"), (6, "twice"), (7, "weight"), (8, "layer")):
        assert any(f.startswith(f"ties.csv:{line}:") and said in f for f in found), (line, found)
    assert any("column is missing" in f for f in tie_faults(tmp_path, "from,weight\na,1\n"))
    assert any("unknown kind" in f for f in tie_faults(tmp_path, "", "ties.txt"))
    bomb = '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "aaaa">]><graphml/>'
    assert any("document type" in f for f in tie_faults(tmp_path, bomb, "ties.graphml"))
    assert any("not a GraphML file" in f for f in tie_faults(tmp_path, "<graphml", "ties.graphml"))


def test_example_district_imports_and_loads(tmp_path, parameters):
    """Would notice an example that no longer reads, or a written scenario that the loader refuses."""
    toml = tmp_path / "我的 district.toml"
    report = import_district(EXAMPLE / "compounds.csv", EXAMPLE / "ties.csv", toml)
    assert (report.compounds, report.ties) == (10, 8)
    assert {"beat", "quality", "condition"} <= set(report.filled)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["compounds.csv", "ties.csv", "我的 district.toml"]
    loaded = load_scenario(toml)
    c, i = build_map(loaded.scenario, loaded.parameters, tmp_path)
    assert (c.residents.sum(), len(i.committees)) == (report.residents, report.committees)
    ties = district_ties(loaded.scenario, tmp_path)
    assert {"social", "joint_meeting"} <= set(build_layers(c, i, parameters, ties))


def test_import_replaces_nothing_unasked_and_leaves_no_halves(tmp_path):
    """Would notice an overwritten scenario, a copy made although ties are wrong, or files left unfinished."""
    toml = tmp_path / "d.toml"
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "ties.csv").write_text("from,to\nlinden,nobody\n", encoding="utf-8")
    with pytest.raises(InputError, match="nobody"):
        import_district(EXAMPLE / "compounds.csv", bad / "ties.csv", toml)
    assert [p.name for p in tmp_path.iterdir()] == ["bad"]
    toml.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="already"):
        import_district(EXAMPLE / "compounds.csv", None, toml)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["bad", "d.toml"]
    assert toml.read_text(encoding="utf-8") == "mine"
    import_district(EXAMPLE / "compounds.csv", None, toml, force=True)
    import_district(EXAMPLE / "compounds.csv", None, toml)  # the same content again is no change
    assert "ties_file" not in toml.read_text(encoding="utf-8")
