"""Residents in columns and institutions, as a user of Mesa meets them. Runs on Mesa 3.3 and 3.5."""

import copy
import gc
import pickle
import re
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import govsim.agents
from govsim.agents.agent_sets import ColumnAgentSet
from govsim.agents.columns import ArrayColumns, ColumnAgent
from govsim.agents.institutions import (
    Department,
    OwnersCommittee,
    PoliceOfficer,
    PropertyFirm,
    ResidentsCommittee,
    Town,
    make_institutions,
)
from govsim.agents.registry import install, release
from govsim.agents.resident import Resident, ResidentColumns
from govsim.vocabulary import AGE_BANDS, BELIEFS, DEPARTMENTS, SERVICES, TENURES, WORKING_HOURS
from govsim.world.records import COMMITTEE, COMPLAINT, CONTRACT, FIRM, MIND, OWNERS, PERSON
from govsim.world.tables import Compounds, Institutions

N = 1000


def random_residents(seed):
    """A population and state: N residents with random values in 3 compounds, 5 buildings and 250 households."""
    rng = np.random.default_rng(seed)
    population = SimpleNamespace(
        n=N,
        age=rng.integers(0, 4, N).astype(np.uint8),
        online=rng.integers(0, 2, N).astype(np.uint8),
        household_tenure=rng.integers(0, 3, 250).astype(np.uint8),
        household_home=rng.integers(0, 300, 250).astype(np.uint16),
        household_residents=np.arange(0, N + 1, 4),
        building_residents=np.array([0, 120, 300, 500, 700, N]),
        resident_start=np.array([0, 300, 700, N]),
        ties=np.full((N, 8), 65535, np.uint16),
        visits=rng.integers(0, 9, N).astype(np.int16),  # a column that no class declares
    )
    population.ties[:, :2] = [[(i + 3) % 300, (i + 7) % 300] for i in range(N)]
    people, minds = np.zeros(N, PERSON), np.zeros(N, MIND)
    for name, top in (("hours", 3), ("on_platform", 2), ("busy", 2)):
        people[name] = rng.integers(0, top, N)
    people["voice"] = rng.random(N)
    for name in MIND.names or ():
        minds[name] = rng.random(N)
    complaints = np.zeros(N + 1, COMPLAINT)
    complaints["resident"] = np.arange(N, -1, -1) % N  # two of resident 0, the first is done
    complaints["done"][0] = 1
    complaints["first"] = rng.integers(0, 50, N + 1)
    state = SimpleNamespace(
        people=people,
        minds=minds,
        belief=rng.random((N, 4)).astype(np.float32),
        complaints=SimpleNamespace(used=complaints),
    )
    return population, state


class Store(ResidentColumns):
    """With a column that no class declares, and something to compute."""

    def __init__(self, seed=5):
        super().__init__(*random_residents(seed))

    @property
    def computed(self):
        return {**super().computed, "luck": self.luck}

    def names(self):
        return ("visits", "ties")

    def luck(self, row):
        return row % 7


def act(agent):
    """Something that depends on who acted before."""
    agent.annoyance = (agent.annoyance + agent.model.random.random()) / 2


class Small(mesa.Model):
    """The smallest model that has residents."""

    def __init__(self, residents=Resident):
        super().__init__(rng=11)
        self.before = [mesa.Agent(self) for _ in range(3)]
        install(self, residents, Store())
        self.after = mesa.Agent(self)
        self.residents = self.agents_by_type[residents]

    def step(self):
        self.residents.shuffle_do(act)


class Plain(mesa.Agent):
    """The ordinary Mesa agent with the same values: what the columns are compared with."""

    def __init__(self, model, resident):
        super().__init__(model)
        self.row = resident.row
        for name in COMPARED:
            setattr(self, name, getattr(resident, name))


COMPARED = (
    "satisfaction",
    "annoyance",
    "tenure",
    "online",
    "household",
    "compound",
    "waits",
    "visits",
)


class Twin(mesa.Model):
    """`Small` with an object for every resident."""

    def __init__(self, original):
        super().__init__(rng=11)
        for _ in range(4):
            mesa.Agent(self)
        self.residents = [Plain(self, resident) for resident in original.residents]


@pytest.fixture(scope="module")
def small():
    model = Small()
    yield model
    release(model)


@pytest.fixture
def fresh():
    model = Small()
    yield model
    release(model)


def annoyed(agent):
    return getattr(agent, "annoyance", 0.9) > 0.55


def by_household(agent):
    return -(getattr(agent, "household", 17) % 13)


CHANGES: st.SearchStrategy = st.one_of(
    st.tuples(
        st.just("select"),
        st.fixed_dictionaries(
            {},
            optional={
                "filter_func": st.just(annoyed),
                "at_most": st.sampled_from([0, 5, 333, 0.4, 1.0, 7.5]),
                "agent_type": st.sampled_from([mesa.Agent, None]),
            },
        ),
    ),
    st.tuples(st.just("shuffle"), st.just({})),
    st.tuples(
        st.just("sort"),
        st.fixed_dictionaries(
            {"key": st.sampled_from([by_household, annoyed])},
            optional={"ascending": st.booleans()},
        ),
    ),
)
COLUMN_CHANGES = CHANGES | st.tuples(
    st.just("sort"),
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["satisfaction", "tenure", "compound", "unique_id"]),
            "ascending": st.booleans(),
        }
    ),
)


def rows(agents):
    return [getattr(agent, "row", None) for agent in agents]


def changed(agents, changes):
    """The set after some operations, in copies or in place; the first in a copy: the model holds the set."""
    for i, (method, arguments, inplace) in enumerate(changes):
        agents = getattr(agents, method)(**arguments, inplace=inplace and i > 0)
    return agents


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(st.builds(lambda c, i: (*c, i), COLUMN_CHANGES, st.booleans()), max_size=4))
def test_a_column_set_answers_as_a_set_of_ordinary_agents(small, changes):
    """Would notice: any operation whose members, order, values or use of random differ from Mesa's."""
    twin = Twin(small)
    small.random.setstate(twin.random.getstate())
    ours = changed(small.residents, changes)
    theirs = changed(twin.agents_by_type[Plain], changes)
    assert isinstance(ours, ColumnAgentSet)
    assert isinstance(ours, mesa.agent.AgentSet)
    assert len(ours) == len(theirs)
    assert rows(ours) == rows(theirs)
    for name in COMPARED:
        assert ours.get(name) == theirs.get(name)
    assert ours.get(["tenure", "visits"]) == theirs.get(["tenure", "visits"])
    if len(theirs):
        functions = [np.mean, sum, max, np.std, len]
        for name in ("satisfaction", "visits", "online"):
            assert ours.agg(name, functions) == theirs.agg(name, functions)
        assert ours.agg("annoyance", np.sum) == theirs.agg("annoyance", np.sum)
        assert ours[len(ours) // 2].row == ours[-len(ours) + len(ours) // 2].row == rows(theirs)[len(ours) // 2]
    assert rows(ours[3:40:5]) == rows(theirs)[3:40:5]
    for by in ("tenure", "compound", "waits", "household", by_household):
        ours_by, theirs_by = ours.groupby(by), theirs.groupby(by)
        assert list(ours_by.count().items()) == list(theirs_by.count().items())
        assert ours_by.map(rows) == theirs_by.map(rows)
        assert ours_by.agg("satisfaction", sum) == theirs_by.agg("satisfaction", sum)
    assert ours.map(by_household) == theirs.map(by_household)
    seen: tuple[list[Any], list[Any]] = ([], [])
    ours.shuffle_do(lambda agent: seen[0].append(agent.row))
    theirs.shuffle_do(lambda agent: seen[1].append(agent.row))
    assert seen[0] == seen[1]
    assert small.random.getstate() == twin.random.getstate()
    release(twin)


@settings(max_examples=40, deadline=None)
@given(changes=st.lists(st.builds(lambda c, i: (*c, i), CHANGES, st.booleans()), max_size=4))
def test_all_agents_answer_as_a_set_of_ordinary_agents(small, changes):
    """Would notice: `model.agents` losing, doubling or reordering ordinary agents or residents."""
    twin = Twin(small)
    small.random.setstate(twin.random.getstate())
    ours, theirs = changed(small.agents, changes), changed(twin.agents, changes)
    assert isinstance(ours, mesa.agent.AgentSet)
    assert len(ours) == len(theirs)
    assert rows(ours) == rows(theirs)
    assert all(agent in ours for agent in ours)
    missing = {"handle_missing": "default", "default_value": "?"}
    assert ours.get(["tenure", "annoyance"], **missing) == theirs.get(["tenure", "annoyance"], **missing)
    assert ours.groupby(by_household).map(rows) == theirs.groupby(by_household).map(rows)
    names = {mesa.Agent: mesa.Agent, Resident: Plain}
    kinds = ours.groupby(type).count()
    assert {names[kind]: count for kind, count in kinds.items()} == theirs.groupby(type).count()
    seen: tuple[list[Any], list[Any]] = ([], [])
    ours.shuffle_do(lambda agent: seen[0].append(getattr(agent, "row", None)))
    theirs.shuffle_do(lambda agent: seen[1].append(getattr(agent, "row", None)))
    assert seen[0] == seen[1]
    release(twin)


def test_model_agents_cover_ordinary_agents_and_residents(fresh):
    """Would notice: ordinary agents missing when created before or after the residents; clashing ids."""
    agents = fresh.agents
    assert len(agents) == N + 4 == len(list(agents))
    assert set(fresh.agent_types) == {mesa.Agent, Resident}
    assert len({agent.unique_id for agent in agents}) == N + 4
    assert fresh.before[0] in agents
    assert fresh.after in agents
    assert fresh.residents[17] in agents
    assert agents[3] is fresh.after
    assert agents[4] == fresh.residents[0] == agents[4:6][0]
    assert agents[-1] == fresh.residents[N - 1]
    with pytest.raises(IndexError):
        agents[N + 4]
    assert list(agents.select(agent_type=Resident, at_most=2)) == list(fresh.residents[:2])
    assert set(agents.select(agent_type=mesa.Agent).groupby(type).groups) == {mesa.Agent, Resident}
    assert agents.groupby(type, result_type="list").groups[mesa.Agent] == [*fresh.before, fresh.after]
    agents.select(lambda agent: agent.unique_id < 8).do(lambda agent: setattr(agent, "annoyance", 0.25))
    assert fresh.before[0].annoyance == fresh.residents[0].annoyance == 0.25


def test_an_ordinary_agent_that_leaves_is_gone_everywhere(fresh):
    """Would notice: a removed institution that a mixed selection or the index by id still holds."""
    some = fresh.agents.shuffle()
    leaving = fresh.before.pop()
    assert leaving in some
    leaving.remove()
    assert len(some) == len(fresh.agents) == N + 3
    assert leaving not in fresh.agents
    assert leaving not in some
    assert None not in list(some)
    newcomer = mesa.Agent(fresh)
    assert newcomer in fresh.agents
    assert newcomer not in some
    some.add(newcomer)
    assert newcomer in some


@pytest.mark.parametrize("order", ["do", "shuffle_do"])
def test_who_is_removed_while_others_act_does_not_act(fresh, order):
    """Would notice: an agent that acts after another has removed it."""
    acted = []

    def stay_alone(agent):
        if agent in fresh.before:
            acted.append(agent)
            for other in fresh.before:
                if other is not agent:
                    other.remove()

    getattr(fresh.agents, order)(stay_alone)
    assert len(acted) == 1
    assert len(fresh.agents) == N + 2


def test_a_view_is_its_row(small):
    """Would notice: two views of one resident that differ, or of two residents that do not."""
    one, again, other = small.residents[17], small.residents[17], small.residents[18]
    assert one is not again
    assert one == again
    assert hash(one) == hash(again)
    assert {one: "kept"}[again] == "kept"
    assert one != other
    stranger = Small()
    assert one != stranger.residents[17]
    assert stranger.residents[17] not in small.residents
    release(stranger)
    assert isinstance(one, mesa.Agent)
    assert one.unique_id == small.residents[0].unique_id + 17
    assert one.random is small.random
    assert one.pos is None


def test_attributes_read_the_columns(small):
    """Would notice: a wrong column, word, group or neighbour behind an attribute of Resident."""
    source = small.residents.roster.source
    population, state = source.population, source.state
    for row in (0, 299, 300, 699, 999):
        resident = small.residents[row]
        for name in MIND.names or ():
            if name != "building":
                assert getattr(resident, name) == state.minds[name][row], name
        assert resident.voice == state.people["voice"][row]
        assert resident.working_hours == WORKING_HOURS[state.people["hours"][row]]
        assert resident.on_platform is bool(state.people["on_platform"][row])
        assert resident.online is bool(population.online[row])
        assert resident.age_band == AGE_BANDS[population.age[row]]
        assert resident.household == row // 4
        assert resident.tenure == TENURES[population.household_tenure[row // 4]]
        assert resident.dwelling == population.household_home[row // 4]
        assert resident.compound == (row >= 300) + (row >= 700)
        assert resident.building == sum(row >= first for first in (120, 300, 500, 700))
        assert resident.belief == dict(zip(BELIEFS, state.belief[row].tolist(), strict=True))
        first = (0, 300, 700)[resident.compound]
        assert [n.row for n in resident.neighbours] == [first + (row + 3) % 300, first + (row + 7) % 300]
        assert resident.visits == population.visits[row]
        assert resident.luck == row % 7
        state.people["busy"][row] = row % 2
        assert resident.waits is bool(row % 2)
        if row % 2:
            assert resident.open_complaint["first"] == state.complaints.used["first"][N - row]
        else:
            assert resident.open_complaint is None
    state.people["busy"][0] = 1
    assert small.residents[0].open_complaint["first"] == state.complaints.used["first"][N]
    for name in ("compound", "building", "household", "tenure", "dwelling", "age_band", "waits", "luck", "belief"):
        assert small.residents.get(name) == [getattr(resident, name) for resident in small.residents]
    assert small.residents.values("fear").dtype == np.float64
    assert small.residents.agg("luck", [np.max, sum]) == [6, sum(row % 7 for row in range(N))]
    with pytest.raises(AttributeError, match="satisfction"):
        _ = small.residents[0].satisfction
    with pytest.raises(AttributeError):
        small.residents.get("nothing")
    assert small.residents.at([3, 1]).get("nothing", "default", 7) == [7, 7]


def test_writing_goes_to_the_column_and_is_checked(fresh):
    """Would notice: a write that is lost with the view, or a wrong kind of value let in."""
    source, resident = fresh.residents.roster.source, fresh.residents[5]
    people, minds, visits = source.state.people, source.state.minds, source.population.visits
    resident.satisfaction = 0.125
    resident.on_platform = True
    resident.visits = np.int64(3)
    resident.belief_hotline = 1
    assert (minds["satisfaction"][5], people["on_platform"][5], visits[5]) == (0.125, 1, 3)
    assert source.state.belief[5, BELIEFS.index("hotline")] == 1.0
    before = copy.deepcopy(source)
    for name, value, error in [
        ("satisfaction", 1.5, ValueError),
        ("satisfaction", float("nan"), ValueError),
        ("satisfaction", "high", TypeError),
        ("satisfaction", True, TypeError),
        ("on_platform", 1, ValueError),
        ("visits", 2.5, TypeError),
        ("visits", 40_000, ValueError),
        ("household", 3, AttributeError),
        ("belief", {}, AttributeError),
        ("annoyance", float("inf"), ValueError),
        ("anchor", 0.5, AttributeError),
        ("ties", 0, AttributeError),
        ("mood", 0.5, AttributeError),
        ("row", 6, AttributeError),
    ]:
        with pytest.raises(error):
            setattr(resident, name, value)
        with pytest.raises(error):
            fresh.residents.set(name, value)
    for now, then in ((people, before.state.people), (minds, before.state.minds)):
        assert np.array_equal(now, then)
    assert np.array_equal(visits, before.population.visits)
    fresh.residents.at([9, 4]).set("fear", 0.75)
    assert np.flatnonzero(minds["fear"] == 0.75).tolist() == [4, 9]
    fresh.agents.select(agent_type=Resident).do(act)
    assert not np.array_equal(minds["annoyance"], before.state.minds["annoyance"])


def test_residents_are_not_made_or_removed_by_hand(fresh):
    """Would notice: a registered resident without a row, or one that is taken off Mesa's books only."""
    with pytest.raises(TypeError, match="agents_by_type"):
        Resident(fresh)
    with pytest.raises(TypeError, match="cannot be removed"):
        fresh.residents[0].remove()
    with pytest.raises(ValueError, match="already"):
        install(fresh, Resident, Store())
    resident = fresh.residents[0]
    for held in (fresh.residents, fresh.agents):
        for method in (held.add, held.discard, held.remove):
            if method != fresh.residents.add:  # there already: nothing to do
                with pytest.raises(TypeError, match="cannot be changed"):
                    method(resident)
        with pytest.raises(TypeError, match="copy"):
            held.shuffle(inplace=True)
    assert len(fresh.residents) == N


def test_selections_can_be_changed_and_combined(small):
    """Would notice: a changed selection that changes the model; results of & | - ^ lost with their views."""
    few, more = small.residents.at([5, 2, 9]), small.residents.at(np.arange(N) < 4)
    few.add(small.residents[7])
    few.add(small.residents[7])
    few.remove(small.residents[2])
    few.discard(small.residents[2])
    assert rows(few) == [5, 9, 7]
    assert small.residents[7] in few
    assert small.residents[2] not in few
    with pytest.raises(KeyError):
        few.remove(small.residents[2])
    few.add(small.residents[3])
    assert rows(few & more) == [3]
    assert rows(few | more) == [5, 9, 7, 3, 0, 1, 2]
    assert rows(few - more) == [5, 9, 7]
    assert sorted(rows(few ^ more)) == [0, 1, 2, 5, 7, 9]
    ordinary = mesa.agent.AgentSet(small.before, small.random)
    both = ordinary | few
    assert both == few | ordinary
    assert len(both) == 7
    assert rows(ordinary - few) == [None] * 3
    assert len(small.residents) == N
    for wrong, error in (([1, 1], ValueError), ([N], IndexError), ([-1], IndexError)):
        with pytest.raises(error):
            small.residents.at(wrong)
    with pytest.raises(TypeError, match="not a Resident"):
        few.add(small.after)


def test_data_collector_sees_residents(fresh):
    """Would notice: agenttype_reporters that miss residents or read stale values."""
    collector = mesa.DataCollector(
        model_reporters={"mean": lambda model: model.residents.agg("fear", np.mean)},
        agenttype_reporters={Resident: {"fear": "fear", "tenure": lambda resident: resident.tenure}},
    )
    collector.collect(fresh)
    fresh.residents.set("fear", 0.5)
    fresh.step()
    collector.collect(fresh)
    frame = collector.get_agenttype_vars_dataframe(Resident)
    assert len(frame) == 2 * N
    assert frame["fear"].iloc[N:].eq(0.5).all()
    assert frame["tenure"].iloc[:N].tolist() == fresh.residents.get("tenure")
    assert collector.model_vars["mean"] == [pytest.approx(frame["fear"].iloc[:N].mean(), rel=1e-12), 0.5]


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copied_model_goes_on_identically(fresh, again):
    """Would notice: a copy still bound to the old model, a lost random stream, ids given twice."""
    fresh.step()
    fresh.favourite = fresh.residents[3]
    fresh.marked = {fresh.residents[4]: "first", fresh.favourite: "second"}
    fresh.some = fresh.agents.shuffle()
    fresh.sample = fresh.residents.shuffle()
    twin = again(fresh)
    assert twin.favourite.model is twin
    assert twin.favourite == twin.residents[3]
    assert twin.marked[twin.residents[4]] == "first"
    assert twin.sample.rows.tolist() == fresh.sample.rows.tolist()
    assert rows(twin.some) == rows(fresh.some)
    for model in (fresh, twin):
        model.step()
        model.some.shuffle_do(lambda agent: act(agent) if isinstance(agent, Resident) else None)
    assert twin.residents.get("annoyance") == fresh.residents.get("annoyance")
    assert twin.random.getstate() == fresh.random.getstate()
    old = fresh.residents[0].satisfaction
    twin.residents[0].satisfaction = 0.0625
    assert fresh.residents[0].satisfaction == old != 0.0625
    assert mesa.Agent(twin).unique_id == mesa.Agent(fresh).unique_id
    assert len({agent.unique_id for agent in twin.agents}) == len(twin.agents) == N + 5
    release(twin)
    alone = again(fresh.residents[8])
    assert alone.model.residents[8] == alone
    assert alone.tenure == fresh.residents[8].tenure
    release(alone.model)


def test_a_released_model_is_forgotten():
    """Would notice: models that pile up in memory over a batch of runs."""
    model = Small()
    model.step()
    model.kept = [model.residents[1], model.agents.shuffle()]
    assert model.kept[0].fear >= 0.0
    seen = weakref.ref(model)
    release(model)
    del model
    gc.collect()
    assert seen() is None


def test_a_subclass_of_residents(fresh):
    """Would notice: a user's own kind of resident without its methods, or two kinds in columns mixed up."""

    class Volunteer(Resident):
        def cheer(self, by):
            self.belonging = min(1.0, self.belonging + by)
            return self.row

    class Offender(ColumnAgent):
        pass

    install(fresh, Volunteer, Store(6))
    install(
        fresh,
        Offender,
        ArrayColumns(5, {"gain": np.arange(5.0), "free": np.array([True, False] * 2 + [True])}),
    )
    assert fresh.agents_by_type[Volunteer].at([4, 2]).map("cheer", 1.0) == [4, 2]
    assert fresh.agents_by_type[Volunteer].agg("belonging", lambda values: values.count(1.0)) == 2
    offenders = fresh.agents_by_type[Offender]
    assert offenders.select(lambda o: o.free).get(["gain", "free"]) == [[0.0, True], [2.0, True], [4.0, True]]
    offenders[1].free = True
    assert offenders.get("free") == [True, True, True, False, True]
    assert len(fresh.agents) == 2 * N + 9
    assert len(fresh.agents.select(agent_type=Resident)) == 2 * N
    assert len({agent.unique_id for agent in fresh.agents}) == 2 * N + 9
    mixed = fresh.agents.select(lambda a: not isinstance(a, ColumnAgent) or a.row == 3)
    assert [type(agent) for agent in mixed] == [mesa.Agent] * 4 + [Resident, Volunteer, Offender]
    assert [a.row for a in mixed.select(agent_type=ColumnAgent).sort("unique_id")] == [3, 3, 3]


def tables():
    """Four compounds (one without a firm), three committees; two of each other kind."""
    n = 4

    def whole(*values):
        return np.array(values, np.int32)

    given: dict[str, Any] = {
        "ids": ("a", "b", "c", "d"),
        "names": ("甲", "乙", "丙", "丁"),
        "type": np.zeros(n, np.int8),
        "gated": np.ones(n, bool),
        "district": whole(0, 0, 0, 1),
        "town": whole(0, 0, 1, 1),
        "firm": whole(1, 0, 1, -1),
        "beat": whole(0, 1, 1, 1),
        "committees": whole(1, 1, 2, 1),
        "first_committee": whole(0, 0, 1, 2),
        "residents": whole(100, 200, 400, 50),
    }
    rest: dict[str, Any] = {f: np.zeros(n) for f in Compounds.__dataclass_fields__ if f not in given and f != "filled"}
    return Compounds(**given, **rest), Institutions(
        ("East", "West"), ("T0", "T1"), whole(0, 1), ("R0", "R1", "R2"), whole(0, 1, 1), whole(0, 1, 1),
        ("F0", "F1"), ("B0", "B1"), whole(0, 1), ("G",),
    )  # fmt: skip


class Governed(Small):
    """`Small` with a world, a state and desks."""

    def __init__(self):
        super().__init__()
        compounds, institutions = tables()
        self.world = SimpleNamespace(compounds=compounds, institutions=institutions)
        self.state = SimpleNamespace(
            quality=np.linspace(0.1, 0.9, 4)[:, None] * np.ones(len(SERVICES)),
            fund=np.array([0.5, 0.4, 0.3, 0.2]),
            self_rule=SimpleNamespace(
                oversight=np.array([0.75, 0.12, 0.3, 0.6]), owners=np.zeros(4, OWNERS), committees=np.zeros(3, COMMITTEE),
            ),
            economy=SimpleNamespace(
                contracts=np.zeros(4, CONTRACT), firms=np.zeros(2, FIRM), effort=np.linspace(0.2, 0.8, 4)[:, None] * np.ones(5),
            ),
        )  # fmt: skip
        self.state.economy.contracts["firm"] = compounds.firm
        self.state.economy.firms[1] = (0.6, 0.25, 900, 2, 3)
        self.state.self_rule.owners[2] = (0.8, 0.4, 0.2, 100, 3, 1)
        self.state.self_rule.committees[1] = (0.7, 0.5, 0.9, 0.35, 30)
        make_institutions(self, compounds, institutions)

    def queue_length(self, desk, row):
        return {"firm": 10, "committee": 20, "police": 30, "town": 40, "mediators": 50, "department": 60}[desk] + row


def test_institutions_know_whom_they_serve():
    """Would notice: an institution that looks at the wrong rows, desk, name or state."""
    model = Governed()
    kinds = (PropertyFirm, OwnersCommittee, ResidentsCommittee, PoliceOfficer, Town, Department)
    assert [len(model.agents_by_type[kind]) for kind in kinds] == [2, 4, 3, 2, 2, 2 * len(DEPARTMENTS)]
    firm = model.agents_by_type[PropertyFirm][1]
    assert (firm.name, firm.compounds, firm.residents, firm.queue) == ("F1", ("a", "c"), 500, 10 + 12)
    expected = (0.1 * 100 + (0.1 + 0.8 * 2 / 3) * 400) / 500
    assert firm.quality["cleaning"] == pytest.approx(expected, rel=1e-12)
    owners = list(model.agents_by_type[OwnersCommittee])
    assert (owners[1].name, owners[1].compounds, owners[1].firm, owners[3].firm) == ("乙", ("b",), 0, None)
    assert (owners[2].oversight, owners[2].fund, owners[2].residents) == (0.3, 0.3, 400)
    model.state.self_rule.oversight[2] = 0.45
    assert owners[2].oversight == 0.45
    assert (owners[2].status, owners[2].integrity, owners[2].publishes_accounts) == ("working", 0.8, True)
    assert owners[2].conflict == {"firm": 0.4, "committee": 0.2}
    assert (firm.reputation, firm.risk, firm.contracts_lost, firm.contracts_won) == (0.6, 0.25, 2, 3)
    assert firm.effort["repair"] == pytest.approx((0.2 + 0.6) / 2, rel=1e-12)
    committees = list(model.agents_by_type[ResidentsCommittee])
    one = committees[1]
    assert (one.leader_drive, one.skill, one.posts_filled, one.trained) == (0.7, 0.5, 0.9, 0.35)
    assert [c.compounds for c in committees] == [("a", "b"), ("c",), ("c", "d")]
    assert [c.residents for c in committees] == [300, 200, 250]
    assert [(c.name, c.town, c.queue) for c in committees] == [("R0", 0, 20), ("R1", 1, 21), ("R2", 1, 22)]
    officer = list(model.agents_by_type[PoliceOfficer])[1]
    assert (officer.name, officer.town, officer.compounds, officer.queue) == ("B1", 1, ("b", "c", "d"), 31)
    town = list(model.agents_by_type[Town])[1]
    assert (town.name, town.district, town.residents, town.queue, town.waiting_for_mediation) == (
        "T1",
        1,
        450,
        41,
        51,
    )
    last = list(model.agents_by_type[Department])[-1]
    assert (last.kind, last.district, last.compounds) == (DEPARTMENTS[-1], 1, ("d",))
    assert (last.name, last.queue) == (f"West {DEPARTMENTS[-1]}", 60 + 2 * len(DEPARTMENTS) - 1)
    empty = pickle.loads(pickle.dumps(model))
    empty.state.economy.contracts["firm"] = 0
    lonely = list(empty.agents_by_type[PropertyFirm])[1]
    assert (lonely.compounds, lonely.residents, lonely.quality, lonely.queue) == ((), 0, {}, 0)
    release(empty)
    release(model)


def test_private_names_of_mesa_stay_in_one_module():
    """Would notice: a second place to repair when Mesa changes."""
    private = re.compile(r"\b(_ids|_agents_by_type|_all_agents|_agents|agent_id_counter|_hash)\b")
    users = [p.name for p in Path(govsim.agents.__file__).parent.glob("*.py") if private.search(p.read_text("utf-8"))]
    assert users == ["registry.py"]
