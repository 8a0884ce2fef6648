"""The log of events: it tells the same story as the counters, step by step, and changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govsim.experiment.event_table import EVENTS_SCHEMA, events_table
from tests.worlds import burned, differing, flow, rolled_out, run_bits

CRIMES = ["crimes", "crime_attempts"]


@pytest.fixture(scope="module")
def run():
    """Half a year with hand-overs, reopenings and files found by staff, and its log."""
    return burned().fork([rolled_out("grid_management")], events=True).run(182)


@pytest.fixture(scope="module")
def events(run) -> pd.DataFrame:
    frame: pd.DataFrame = events_table(run, "grid_management", 3).to_pandas()
    return frame


def counted(run, outcome: str, category: str | None = None) -> float:
    return float(flow(np.sum([week[1] for week in run.recorder.weeks], axis=0), outcome, category))


def test_every_step_is_counted_and_every_count_has_its_step(run, events) -> None:
    """Notices a step that the evening's look misses, or one that is told twice."""
    n = events["kind"].value_counts()
    assert n["opened"] + n["reopened"] == counted(run, "cases_opened") > 50
    assert n["closed"] == counted(run, "cases_closed") > 50
    assert n["complained"] == counted(run, "complaints")
    assert n["reopened"] == counted(run, "reopened") > 0
    staff = events[(events["from"] == "staff") & events["kind"].isin(["opened", "reopened"])]
    assert len(staff) == counted(run, "found") > 0
    for ending in ("solved", "unsolved", "withdrawn"):
        assert (events["to"] == ending).sum() == counted(run, "cases_closed", ending)


def test_a_file_can_be_followed_from_desk_to_desk(events) -> None:
    """Notices a step out of order, and a file that leaves a desk at which it was not."""
    files = events[events["kind"].isin(["opened", "reopened", "treated", "handed_over", "closed"])]
    whole = 0
    for _, steps in files.groupby("case", sort=False):
        steps = steps.sort_values("day", kind="stable")
        kinds = steps["kind"].tolist()
        if kinds[0] not in ("opened", "reopened"):
            continue  # opened before the log began
        whole += 1
        desk = steps["to"].iloc[0]
        for row in steps.iloc[1:].itertuples():
            assert row[files.columns.get_loc("from") + 1] == desk
            if row.kind == "handed_over":
                assert row.to != desk
                desk = row.to
        assert kinds.count("closed") <= 1
        assert "closed" not in kinds[:-1]
    assert whole > 50


def test_crimes_of_the_log_are_the_crimes_counted(run, events) -> None:
    """Notices a crime that is lost or told twice, and one whose later fate is not taken in."""
    crimes = events[events["kind"] == "crime"]
    assert len(crimes) == sum(counted(run, outcome) for outcome in CRIMES) > 20
    assert crimes["completed"].sum() == counted(run, "crimes")
    assert crimes["reported"].sum() == counted(run, "crimes_reported") > 0
    assert not (crimes["recorded"] & ~crimes["reported"]).any()
    assert not (crimes["cleared"] & ~crimes["recorded"]).any()
    assert crimes["case"].is_unique


def test_the_log_changes_nothing(run) -> None:
    """Notices an observer that writes."""
    plain = burned().fork([rolled_out("grid_management")]).run(182)
    assert differing(run_bits(plain), run_bits(run)) == []


def test_table_has_the_stated_columns_and_places(run, events) -> None:
    """Notices a column that is lost and a building or home numbered over the whole district."""
    assert list(events.columns) == EVENTS_SCHEMA.names
    place = run.world.place
    buildings = dict(zip(run.world.compounds.ids, place["buildings"], strict=True))
    known = events.dropna(subset=["building"])
    assert (known["building"] >= 0).all()
    assert (known["building"] < known["compound"].astype(str).map(buildings).astype(int)).all()
    assert events["dwelling"].notna().sum() > 0
    assert set(events["replicate"]) == {3}
    assert events["day"].between(0, 181).all()
