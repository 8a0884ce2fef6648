"""The house: imports go one way, a process names no programme, no parameter is there for nothing."""

from __future__ import annotations

import ast
import importlib
import pickle
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import govsim
from govsim.kernels import compiled
from govsim.observe.slots import SLOTS
from govsim.programmes.catalogue import shipped
from govsim.programmes.levers import field, levers
from govsim.scenario.parameters import defaults

PACKAGE = Path(govsim.__file__).parent
#: Modules that import nothing of ours but each other: anybody may import them.
LEAVES = {
    "govsim.vocabulary", "govsim.units", "govsim.errors", "govsim.randomness", "govsim.observe.outcomes",
    "govsim.observe.slots", "govsim.world.records",
}  # fmt: skip
#: The way of the data: a module imports only from what stands before it.
ORDER = (
    "scenario", "kernels", "world", "agents", "processes", "programmes", "observe", "simulation", "model",
    "experiment", "analysis", "interface", "report", "cli",
)  # fmt: skip
#: The model proper: whatever decides what happens in a run.
MODEL = ("kernels", "processes", "world", "programmes", "observe", "simulation")


def name_of(path: Path) -> str:
    """Dotted name of a module."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, parsed."""
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def part(module: str) -> str:
    """Which part of the house a module belongs to."""
    return [*module.split("."), ""][1]


def sources(*parts: str) -> dict[str, ast.Module]:
    """Modules of some parts."""
    return {name: tree for name, tree in modules().items() if part(name) in parts}


def imports(tree: ast.AST) -> Iterator[str]:
    """What a tree imports; `from a.b import c` gives a.b.c where that is a module, else a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where things come from"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else str(node.module)


def ours(tree: ast.AST) -> set[str]:
    return {name for name in imports(tree) if name.split(".")[0] == "govsim"}


# ---- imports ---------------------------------------------------------------------------------------------------


def test_leaves_import_only_leaves() -> None:
    """Notices a leaf that begins to know the model."""
    assert set(modules()) >= LEAVES
    for leaf in LEAVES:
        assert ours(modules()[leaf]) <= LEAVES, leaf


def test_imports_go_one_way() -> None:
    """Notices an arrow up, wherever it stands (in a function, under TYPE_CHECKING), and a part without a place."""
    rank = {name: k for k, name in enumerate(ORDER)}
    up = []
    for name, tree in modules().items():
        if name in ("govsim", "govsim.__main__") or name in LEAVES:  # the front door imports on demand
            continue
        assert part(name) in rank, f"{name}: say in ORDER where it stands"
        for other in sorted(ours(tree) - LEAVES - {"govsim"}):
            if rank[part(other)] > rank[part(name)]:
                up.append(f"{name} -> {other}")
    assert up == []


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    """Notices two modules of one part that cannot be read one after the other."""
    graph = {}
    for name, tree in modules().items():
        top = ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
        graph[name] = ours(top) - {name, "govsim"}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_kernels_import_only_randomness_records_and_kernels() -> None:
    """Notices a kernel that reaches for the model, or for more than NumPy and Numba."""
    for name, tree in sources("kernels").items():
        allowed = {"govsim.randomness", "govsim.world.records", "govsim.observe.slots"}
        allowed |= {m for m in modules() if part(m) == "kernels"}
        assert ours(tree) <= allowed, name
        if name == "govsim.kernels.compiled":
            continue  # knows the file system, so that the others need not
        outside = {other.split(".")[0] for other in imports(tree)} - {"govsim"}
        assert outside <= {"__future__", "numpy", "numba"}, name


def behind_kernels() -> set[str]:
    """Modules of ours whose text decides what compiled kernels do: kernels and all that they import."""
    found, todo = set[str](), set(sources("kernels"))
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= ours(modules()[name]) - found - {"govsim"}
    return found


@pytest.mark.parametrize("module", sorted(behind_kernels()))
def test_a_change_behind_the_kernels_is_compiled_anew(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices kernels on disk that go on with the constants, records or counters of an older text."""
    copy = tmp_path / "govsim"
    for name in behind_kernels():
        path = copy.joinpath(*name.split(".")[1:]).with_suffix(".py")
        if not (PACKAGE / path.relative_to(copy)).exists():
            path = path.with_suffix("") / "__init__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((PACKAGE / path.relative_to(copy)).read_bytes())
    monkeypatch.setattr(compiled, "PACKAGE", copy)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = compiled.cache_folder.__wrapped__()
    assert before == compiled.cache_folder.__wrapped__()
    changed = next(p for p in copy.rglob("*.py") if name_of(PACKAGE / p.relative_to(copy)) == module)
    changed.write_text(changed.read_text("utf-8") + "# changed\n", "utf-8")
    assert compiled.cache_folder.__wrapped__() != before


# ---- what kernels and processes may not do ---------------------------------------------------------------------


def test_a_process_names_no_programme() -> None:
    """Notices a mechanism that asks which programme is running instead of reading a lever."""
    assert len(shipped()) >= 8
    for package in ("kernels", "processes", "world", "agents", "observe"):
        for path in (PACKAGE / package).rglob("*.py"):
            text = path.read_text("utf-8")
            for id in shipped():
                assert not re.search(rf"\b{id}\b", text), f"{path.name} names {id}"


def test_nothing_in_a_run_draws_or_reads_the_clock_outside_the_keys() -> None:
    """Notices a global generator, a clock, Python's own hash, and compilation that changes floating point."""
    for name, tree in {**sources(*MODEL), "govsim.randomness": modules()["govsim.randomness"]}.items():
        found = {other.split(".")[0] for other in imports(tree)}
        assert not found & {"random", "secrets", "time", "uuid"}, name
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("random", "default_rng", "RandomState", "now", "today"), (name, node.lineno)
            if isinstance(node, ast.Name):
                assert node.id not in ("hash", "prange"), (name, node.lineno)
            if isinstance(node, ast.keyword):
                assert node.arg not in ("fastmath", "parallel"), name


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=name_of)
def test_modules_are_short_and_say_what_they_are(path: Path) -> None:
    """Notices a module that holds two ideas, or whose name says nothing."""
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert not set(path.relative_to(PACKAGE).with_suffix("").parts) & {"utils", "helpers", "common", "manager", "base"}


# ---- parameters ------------------------------------------------------------------------------------------------


def classes(kind: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Classes with a base of this name, with their modules."""
    for name, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == kind for b in node.bases):
                yield name, node


def fields(node: ast.ClassDef) -> list[str]:
    return [s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]


def rules_of_processes() -> Iterator[tuple[str, str, set[str]]]:
    """Each use of `rules(Class, "group", parameters, **derived)`: module, group, fields read from the register."""
    known = {(module, node.name): fields(node) for module, node in classes("NamedTuple")}
    for name, tree in sources("processes").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "rules":
                cls, group = node.args[0], node.args[1]
                assert isinstance(cls, ast.Name)
                assert isinstance(group, ast.Constant)
                derived = {k.arg for k in node.keywords}
                yield name, str(group.value), set(known[name, cls.id]) - derived


def attributes(*parts: str) -> set[str]:
    """Names that are read as an attribute anywhere in these parts."""
    nodes = (node for tree in sources(*parts).values() for node in ast.walk(tree))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def patterns(tree: ast.AST) -> Iterator[re.Pattern[str]]:
    """The f-strings of a module as patterns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            fixed = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
            if re.search("[a-z]", fixed):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else "(.+)" for v in node.values]
                yield re.compile("".join(parts))


def words(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def spelled(name: str, known: set[str], forms: list[re.Pattern[str]], depth: int = 3) -> bool:
    """Whether a word is written out, or put together by an f-string from words that are."""
    if name in known:
        return True
    return depth > 0 and any(
        (match := form.fullmatch(name)) and all(spelled(w, known, forms, depth - 1) for w in match.groups()) for form in forms
    )


def test_every_rule_is_in_the_register_and_every_field_is_read() -> None:
    """Notices a rule without a parameter, and a number that is handed to kernels of which none looks at it."""
    register = defaults()
    seen = list(rules_of_processes())
    assert len(seen) >= 6
    for module, group, names in seen:
        for name in names:
            assert f"{group}.{name}" in register, f"{module}: {group}.{name}"
    read = attributes("kernels", "processes", "world")
    for module, node in classes("NamedTuple"):
        if part(module) in ("processes", "world"):
            assert set(fields(node)) - read == set(), f"{module}.{node.name}"


def test_every_parameter_is_used() -> None:
    """Notices a number that people may set, with a source and a range, and that changes nothing."""
    register, moved = defaults(), levers(defaults())
    by_rules = {f"{group}.{name}" for _, group, names in rules_of_processes() for name in names}
    used = set(by_rules)
    for package in ("world", "processes", "programmes", "simulation", "observe"):
        trees = sources(package).values()
        known = set().union(*(words(tree) for tree in trees))
        forms = [form for tree in trees for form in patterns(tree)]
        used |= {name for name in register.entries if spelled(name, known, forms)}
    assert set(register.entries) - used - set(moved) == set()


def test_every_lever_is_read_where_things_happen() -> None:
    """Notices a lever that programmes move and that nothing looks at: a programme would do nothing and say nothing."""
    read = attributes("kernels", "processes")
    for tree in sources("processes").values():  # as a whole column: today.levers["group_name"]
        read |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for name in levers(defaults()):
        if name.startswith("capacity."):  # read by programmes.arm, which sets the desks' capacity
            assert any(form.fullmatch(name) for form in patterns(modules()["govsim.programmes.arm"]))
        else:
            assert field(name) in read, name


def named_tuples() -> list[Any]:
    found = [getattr(importlib.import_module(m), node.name) for m, node in classes("NamedTuple") if part(m) in MODEL]
    return [type(SLOTS), *found]


@pytest.mark.parametrize("cls", named_tuples(), ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_what_kernels_take_is_found_by_name(cls: Any) -> None:
    """Notices a type that is new in every process: kernels that take one are compiled again each time, for ever."""
    assert pickle.loads(pickle.dumps(cls)) is cls
