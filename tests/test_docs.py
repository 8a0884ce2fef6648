"""What people read agrees with the code: names, options, links, examples."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from govsim.analysis.paired import COLUMNS
from govsim.cli.describe import TRUTHS
from govsim.cli.main import parser
from govsim.cli.speech import Speech
from govsim.experiment import design, manifest
from govsim.experiment.event_table import EVENTS_SCHEMA
from govsim.experiment.factors import ORDER, ROLLOUT
from govsim.experiment.load_design import shipped_designs
from govsim.experiment.store import Store
from govsim.experiment.tables import COMPOUND_OUTCOMES, COMPOUNDS_SCHEMA, OUTCOMES_SCHEMA
from govsim.observe.events import STEPS
from govsim.observe.outcomes import HEADLINES, OUTCOMES
from govsim.observe.recorder import OBSERVABLE
from govsim.processes.schedule import schedule
from govsim.programmes.catalogue import shipped
from govsim.scenario import schema
from govsim.scenario.load import load_scenario, shipped_scenarios
from govsim.scenario.parameters import defaults
from govsim.vocabulary import CHANNELS, DESKS, INDEX, KINDS, MECHANISMS, PAYERS, TYPES
from govsim.world import importers, ties
from govsim.world.tables import Compounds

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")
PAIRED = ("programmes", "scenarios", "results", "experiments", "clusters", "screen")
PAGES = (*READMES, "CONTRIBUTING.md", "docs/model.md", "docs/zh/model.md",
         *(f"docs/{p}.md" for p in PAIRED), *(f"docs/zh/{p}.md" for p in PAIRED))  # fmt: skip
#: Columns of runs.parquet, as experiment.run.facts writes them.
RUNS = ("arm", "replicate", "seed", "residents", "households", "compounds", "days", "first_day", "burn_in_days",
        "programmes", "clamped")  # fmt: skip
FILES = ("manifest.json", "runs.parquet", "outcomes.parquet", "compounds.parquet", "comparison.csv",
         "patterns.csv", "report-en.html", "report-zh.html", "places.parquet", "problem.json",
         "points.parquet", "events.parquet", "programmes.csv", "effects.csv", "expected.csv", "groups.csv",
         "screen-en.png", "screen-zh.png")  # fmt: skip
#: Words in code type that stand for nothing in the code: names in examples, what a user makes, other programs.
OF_THE_PAGES = {"closing_check", "baseline", "true", "social", "scenarios", "experiments", "results", "figures", "shards",
                "effects", "course", "map", "voice", "share", "pd.read_parquet", "calibrate", "compare", "csv",
                "stata", "ema", "salib", "policy", "load_results", "export", "experiment", "govsim.analysis",
                "places.parquet", "points.parquet", "distributed.comm.tls", "memory", "failures.jsonl", "point",
                "false", "outcome.category"}  # fmt: skip


#: Verbs, as a page may name them without what they work on.
VERBS = [["run"], ["compare"]]


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def without_blocks(page: str) -> str:
    return re.sub(r"```.*?```", "", text(page), flags=re.S)


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text(page), re.S)


def code(page: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", without_blocks(page))


def commands(page: str) -> list[str]:
    """Commands that a reader may type: from indented lines, and from code type where they name a verb."""
    lines = [line.strip() for line in without_blocks(page).splitlines() if line.startswith("    govsim ")]
    found = [line.split("#")[0].strip() for line in lines] + [c for c in code(page) if c.startswith("govsim ")]
    return [c for c in found if len(c.split()) > 1]


@cache
def known_words() -> frozenset[str]:
    """Every name of the code that a page may write in code type."""
    words = {*defaults().entries, *(n.split(".")[1] for n in defaults().entries), *shipped(), *shipped_scenarios()}
    words |= set(shipped_designs())
    words |= {f"{n.split('.')[0]}.*" for n in defaults().entries} | {s.name for s in schedule(defaults())}
    words |= {o.name for o in OUTCOMES} | {c for o in OUTCOMES for c in o.categories} | {h.name for h in HEADLINES}
    words |= {w for index in INDEX.values() for w in index} | set(PAYERS) | set(DESKS) | set(CHANNELS) | set(KINDS)
    for model in (*vars(schema).values(), *vars(design).values()):
        if isinstance(model, type) and issubclass(model, schema.Strict):
            for key, value in model.model_fields.items():
                words |= {key, *re.findall(r"'([a-z_]+)'", str(value.annotation))}
    words |= {f"{table}.{key}" for table, model in (("time", schema.Time), ("comparison", schema.Comparison))
              for key in model.model_fields}  # fmt: skip
    words |= {f"mechanisms.{m}" for m in MECHANISMS} | {f"{p}.{key}" for p in shipped() for key in (*ROLLOUT, ORDER)}
    words |= {
        *EVENTS_SCHEMA.names,
        *STEPS,
        *MECHANISMS,
        "true",
        "false",
        *importers.COLUMNS,
        *ties.COLUMNS,
        *COLUMNS,
        *RUNS,
        *OUTCOMES_SCHEMA.names,
        *COMPOUNDS_SCHEMA.names,
    }
    return frozenset(words | {f.name for f in fields(Compounds)} | OF_THE_PAGES)


# ---- links and files -------------------------------------------------------------------------------------------


def anchors(page: str) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", without_blocks(page), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """Notices a page, picture or heading that was renamed while a link still names it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.resolve().exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(str(path.resolve().relative_to(ROOT))), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_files_in_code_type_exist(page):
    """Notices a file of the repository that a page names and that is not there."""
    for word in code(page):
        if re.fullmatch(r"(scenarios|docs|tests|govsim)(/[\w.-]+)+", word):
            assert (ROOT / word).exists(), f"{page}: {word}"
    named = {w for w in code(page) if re.fullmatch(r"[\w-]+\.(parquet|csv|html|json)", w)}
    theirs = {"scenario.schema.json", "compounds.csv", "events.parquet"}
    assert named <= {*FILES, *theirs}, f"{page}: {named - {*FILES, *theirs}}"


@pytest.mark.parametrize("page", PAGES)
def test_no_place_of_a_machine_and_no_registry(page):
    """Notices a path of somebody's machine, or the address of a registry or mirror."""
    wrong = r"/home/|/root/|/Users/|/tmp/|[A-Z]:\\\\|index-url|/simple\b|mirrors?\."
    assert not re.search(wrong, text(page), re.I), page


# ---- names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [p for p in PAGES if p != "CONTRIBUTING.md"])
def test_names_in_code_type_are_names_of_the_code(page):
    """Notices a parameter, lever, outcome, programme, key or column that was renamed or never was."""
    plain = [w for w in code(page) if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*(\.([a-z0-9_]+|\*))?", w)]
    files = [w for w in plain if re.fullmatch(r"\w+\.(toml|md|csv|json|py|parquet|html)", w)]
    unknown = sorted(set(plain) - known_words() - set(files))
    assert not unknown, f"{page}: {unknown}"


def test_equations_use_parameters_that_there_are():
    """Notices an equation of the model page whose parameter was renamed: every word with an underscore in it."""
    names = {n.split(".")[1] for n in defaults().entries}
    ours = {
        "season_k",
        "belief_i",
        "residents_c",
        "condition_c",
        "hazard_i",
        "voice_i",
        "severity_p",
        "share_p",
        "z_c",
        "z_ck",
    }
    indexed = {f"{n}_k" for n in names} | ours
    for block in blocks("docs/model.md", "text"):
        for word in re.findall(r"(?<![\w.])[a-z]+(?:_[a-z]+)+", block):
            assert word in names | indexed | set(KINDS), word


def test_the_day_of_the_model_page_is_the_day_of_the_model():
    """Notices a step that was added, moved or renamed and is missing in docs/model.md."""
    rows = re.findall(r"^\| `(\w+\.\w+)` +\| (day|week|month|quarter)", text("docs/model.md"), re.M)
    assert rows == [(s.name, s.every) for s in schedule(defaults())]


@pytest.mark.parametrize(("page", "truths", "ways"), [
    ("docs/results.md", {}, {"up": "up", "down": "down", "neither": "-"}),
    ("docs/zh/results.md", {t: zh for t, (_, zh) in TRUTHS.items()}, {"up": "升", "down": "降", "neither": "—"}),
])  # fmt: skip
def test_headlines_are_all_explained(page, truths, ways):
    """Notices a headline that is missing, or whose truth or better direction is told wrongly."""
    rows = re.findall(r"^\| `(\w+)` +\| ([^|]*?) +\| [^|]*? +\| ([^|]*?) +\|$", text(page), re.M)
    wanted = {(h.name, truths.get(h.truth, h.truth), ways[h.better]) for h in HEADLINES}
    assert {row for row in rows if row[0] in {h.name for h in HEADLINES}} == wanted


@pytest.mark.parametrize("page", ["docs/programmes.md", "docs/zh/programmes.md"])
def test_all_shipped_programmes_are_named(page):
    """Notices a programme that was added and is not on the page, and the words for types and observables."""
    assert set(shipped()) <= set(code(page))
    assert {*TYPES, *OBSERVABLE, *PAYERS, *DESKS} <= set(code(page))


@pytest.mark.parametrize("page", ["docs/results.md", "docs/zh/results.md"])
def test_all_columns_are_explained(page):
    """Notices a column of a table that the page leaves out."""
    wanted = {*RUNS, *OUTCOMES_SCHEMA.names, *COMPOUNDS_SCHEMA.names, *COLUMNS, *(o for o, _ in COMPOUND_OUTCOMES)}
    assert wanted <= set(code(page))


@pytest.mark.parametrize("page", ["docs/scenarios.md", "docs/zh/scenarios.md"])
def test_all_columns_of_a_users_table_are_explained(page):
    """Notices a column that may be imported and is not on the page."""
    assert {*importers.COLUMNS, *ties.COLUMNS} <= set(code(page))


@pytest.mark.parametrize("name", PAIRED)
def test_both_languages_explain_the_same(name):
    """Notices a table row, command or block that was added in one language only."""

    def first_cells(page):
        cells = [line.split("|")[1] for line in text(page).splitlines() if line.startswith("|")]
        return [re.findall(r"`([^`]+)`", cell) for cell in cells]

    here, there = f"docs/{name}.md", f"docs/zh/{name}.md"
    ours = [row for row in first_cells(here) if row and "html" not in row[0]]
    assert ours == [row for row in first_cells(there) if row and "html" not in row[0]]
    assert re.findall(r"^#+", text(here), re.M) == re.findall(r"^#+", text(there), re.M)


# ---- commands and examples -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_commands_can_be_read(page):
    """Notices a verb, topic or option that the command line does not have (any more), and unknown scenarios."""
    for command in commands(page):
        words = shlex.split(command)[1:]
        if words == ["--version"] or words in VERBS:
            continue
        try:
            said = parser(Speech("en", "en")).parse_args(words)
        except SystemExit:
            pytest.fail(f"{page}: {command}")
        scenario = getattr(said, "scenario", None)
        assert scenario is None or scenario == "SCENARIO" or "." in scenario or scenario in shipped_scenarios(), command


def test_options_exist(capsys):
    """Notices an option in code type that no verb has."""
    for verb in ("run", "compare", "screen", "experiment", "why", "patterns", "describe", "programmes", "import"):
        with pytest.raises(SystemExit):
            parser(Speech("en", "en")).parse_args([verb, "--help"])
    known = {*re.findall(r"--[a-z]+", capsys.readouterr().out), "--version"}
    for page in (p for p in PAGES if p != "CONTRIBUTING.md"):
        said = {o for word in code(page) for o in re.findall(r"(?<!\w)--[a-z]+", word)}
        assert said <= known, f"{page}: {said - known}"


def test_both_readmes_name_the_same_commands():
    """Notices a command or option that only one language tells of."""

    def said(page):
        lines = {line.split("#")[0].strip() for line in text(page).splitlines() if line.startswith("    ")}
        return {c for c in [*lines, *code(page)] if re.match(r"govsim |python3 |pip |--|py ", c)}

    ours, theirs = (said(page) for page in READMES)
    assert ours == theirs
    assert {"python3 dev.py demo", "python3 dev.py test", "pip install .", "govsim run classroom"} <= ours
    assert blocks(READMES[0], "python") == blocks(READMES[1], "python")


def test_readmes_tell_what_the_demo_runs():
    """Notices a demo that runs another share of another district than both READMEs say, or other arms."""
    demo = re.search(r"^DEMO = \[(.*)\]", text("dev.py"), re.M)
    assert demo
    words = re.findall(r'"([^"]+)"', demo[1])
    comparison = load_scenario("putuo").scenario.comparison
    assert "scenarios/putuo.toml" in words
    assert (len(comparison.arms), sum("+" in arm for arm in comparison.arms)) == (1 + 8 + 1, 1)
    for page in READMES:
        assert f"{100 * float(words[words.index('--sample') + 1]):g}%" in text(page)


def test_example_files_load(tmp_path):
    """Notices an example whose keys, levers or parameters the loader refuses."""
    programme, scenario = blocks("docs/programmes.md", "toml")
    (tmp_path / "closing_check.toml").write_text(programme, "utf-8")
    (tmp_path / "my_street.toml").write_text(scenario, "utf-8")
    loaded = load_scenario(tmp_path / "my_street.toml", known_programmes=shipped(), known_outcomes=OBSERVABLE)
    assert [p.id for p in loaded.programmes] == ["closing_check"]
    assert all(e.lever in defaults().entries and defaults().entries[e.lever].lever for e in loaded.programmes[0].effects)
    (own,) = blocks("docs/scenarios.md", "toml")
    (tmp_path / "own.toml").write_text(own, "utf-8")
    changed = load_scenario(tmp_path / "own.toml").parameters
    assert changed["casework.expires_after"] != defaults()["casework.expires_after"]


def test_results_come_in_the_files_that_are_named():
    """Notices a table that the store writes under another name."""
    source = Path(Store.__module__.replace(".", "/") + ".py")
    written = set(re.findall(r'"(\w+\.(?:parquet|json))"', (ROOT / source).read_text("utf-8")))
    assert {"runs.parquet", "outcomes.parquet", "compounds.parquet", manifest.NAME} <= {*written, manifest.NAME} <= set(FILES)


@pytest.mark.full
def test_the_readme_example_runs(capsys):
    """Notices a change of the Python interface that the README does not know of."""
    (example,) = blocks("README.md", "python")
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    assert "satisfaction" in capsys.readouterr().out
