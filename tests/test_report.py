"""What people read: the words, the tables, the figures and the page, in both languages."""

from __future__ import annotations

import csv
import io
import re
import string
import subprocess
import sys
import tomllib
import warnings
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from govsim import report
from govsim.analysis.headlines import MAIN, headline_values, weekly_values
from govsim.analysis.paired import compare, variance_reduction
from govsim.errors import InputError, StorageError
from govsim.observe.outcomes import FLOWS, HEADLINES, STOCKS
from govsim.report import figures, grids, words
from govsim.report.tables import print_comparison, write_comparison_csv

ARMS = ("baseline", "grid_management", "red_property", "grid_management+red_property")
LABELS = {
    "grid_management": {"zh": "网格化管理", "en": "Grid management"},
    "red_property": {"zh": "红色物业（珺）", "en": '<script>alert("x")</script> $\\frac{1$'},
}


def _frames(arms: tuple[str, ...] = ARMS, replicates: int = 3, weeks: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outcomes and runs: every outcome, levels that differ by arm, replicate and week."""
    slots = [(o, c) for o in (*FLOWS, *STOCKS) for c in o.categories]
    index = pd.MultiIndex.from_product(
        [arms, range(replicates), range(weeks), range(len(slots))],
        names=["arm", "replicate", "period", "slot"],
    )
    frame = index.to_frame(index=False)
    rng = np.random.default_rng(3)
    step = frame["arm"].map({a: i for i, a in enumerate(arms)})
    frame["value"] = 40.0 + 3 * step + frame["replicate"] + frame["slot"] % 7 + rng.uniform(0, 2, len(frame))
    frame["outcome"] = [slots[i][0].name for i in frame["slot"]]
    frame["category"] = [slots[i][1] for i in frame["slot"]]
    frame["days"], frame["partial"] = 7, False
    frame["start"] = pd.Timestamp("2016-01-01") + pd.to_timedelta(7 * frame["period"], unit="D")
    frame["start"] = frame["start"].dt.strftime("%Y-%m-%d")
    runs = index.droplevel(["period", "slot"]).drop_duplicates().to_frame(index=False)
    runs["seed"] = 700 + runs["replicate"]
    runs = runs.assign(residents=5200, households=2300, compounds=4, days=7 * weeks, first_day="2016-01-01")
    runs["wall_seconds"] = rng.uniform(1, 2, len(runs))
    return frame.drop(columns="slot"), runs.assign(deadline_days=15.5)


@pytest.fixture(scope="module")
def found() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """values, comparison, weekly values."""
    outcomes, runs = _frames()
    values = headline_values(outcomes, runs)
    return values, compare(values), weekly_values(outcomes, runs)


@pytest.fixture(autouse=True)
def _no_warnings():  # a glyph that is missing from the fonts is a warning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _shown(comparison, values, lang, width=100, encoding="utf-8", details=()):
    from rich.console import Console

    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=out, width=width, force_terminal=False)
    print_comparison(console, comparison, values, LABELS, lang, details, variance_reduction(values))
    out.flush()
    return raw.getvalue().decode(encoding)


def _texts(lang: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(words.__file__).parent / f"words_{lang}.toml").read_text(encoding="utf-8"))


def test_both_languages_have_the_same_words():
    """Notices a text missing in one language, and a place to fill that the other does not have."""
    zh, en = _texts("zh"), _texts("en")
    assert {t: sorted(zh[t]) for t in zh} == {t: sorted(en[t]) for t in en}
    for table in zh:
        for key in zh[table]:
            places = [{p for _, p, _, _ in string.Formatter().parse(x[table][key]) if p} for x in (zh, en)]
            assert places[0] == places[1], key


def test_every_headline_has_words():
    """Notices a new headline or unit without its short name, or a label left for one that is gone."""
    for lang in words.LANGUAGES:
        texts = _texts(lang)
        assert set(texts["short"]) == {h.name for h in HEADLINES}
        assert set(texts["unit"]) == set(texts["short_unit"]) == {h.unit for h in HEADLINES}
        assert set(texts["truth"]) == {"happened", "reported", "recorded", "felt", "resources"}


def test_every_word_is_used():
    """Notices texts nobody shows any more."""
    source = "".join(p.read_text(encoding="utf-8") for p in Path(words.__file__).parent.glob("*[py2]"))
    assert [k for k in _texts("en")["text"] if f'"{k}"' not in source] == []


def test_labels_of_arms():
    """Notices combinations without the labels of their parts, and control characters from outside."""
    zh = words.words("zh")
    assert zh.arm("grid_management+red_property", LABELS) == "网格化管理 + 红色物业（珺）"
    assert zh.arm("baseline", LABELS) == "基准"
    assert zh.arm("unlabelled", LABELS) == "unlabelled"
    assert zh.arm("a", {"a": {"zh": "红\x1b[31m\u202e色"}}) == "红 [31m 色"
    with pytest.raises(InputError):
        words.words("fr")


@pytest.mark.parametrize(
    "text",
    ["网格化管理 + 红色物业，以及其他许多方案的组合。", "Grid management + a_word_longer_than_any_line"],
)
def test_wrapping_keeps_everything_within_the_width(text: str):
    """Notices lines too wide (a Chinese character has two cells), lost letters, and a line that begins with a
    stop."""
    for width in range(6, 30):
        lines = words.wrap(text, width).split("\n")
        assert max(map(words.cells, lines)) <= width
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not any(line.startswith(("，", "。")) for line in lines)
    assert words.cells(words.wrap("x" * 10_000, 20, lines=2)) <= 41


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_terminal_lines_fit_and_align(found, lang):
    """Notices a table wider than the terminal, and Chinese counted as one cell."""
    values, comparison, _ = found
    shown = _shown(comparison, values, lang, details=[ARMS[3]])
    assert max(words.cells(line) for line in shown.splitlines()) <= 100
    rows = [line for line in shown.splitlines() if re.search(r"[\d%]\S*[*!#]", line)]
    overview = [line for line in rows if line.count("*") + line.count("!") + line.count("#") > 3]
    assert len({words.cells(line) for line in overview}) == 1
    assert "…" not in shown
    assert words.words(lang)("marks")[:8] in shown


def test_narrow_terminal_loses_no_digit(found):
    """Notices figures cut off or dotted where the terminal is narrower than the table."""
    values, comparison, _ = found
    wide, narrow = (_shown(comparison, values, "en", width=k) for k in (100, 50))
    assert set(re.findall(r"[-+][\d,.]+", wide)) <= set(re.findall(r"[-+][\d,.]+", narrow))
    assert "…" not in narrow


def test_ascii_terminal_is_safe(found):
    """Notices a crash, a table of escapes, or an English table that needs more than ASCII."""
    values, comparison, _ = found
    english = _shown(comparison, values, "en", encoding="ascii", details=[ARMS[1]])
    assert "\\u" not in english
    assert english == _shown(comparison, values, "zh", encoding="ascii", details=[ARMS[1]])


def test_marks_and_words_for_what_is_not_known():
    """Notices a mark against its direction, a mark on an interval that holds zero, and numbers shown for
    nothing."""
    cases = [
        (1, 3, 2, "up"),
        (1, 3, 2, "down"),
        (-3, -1, -2, "down"),
        (-3, -1, -2, "neither"),
        (-1, 3, 2, "up"),
    ]
    assert [grids.mark_of(*c) for c in cases] == ["better", "worse", "better", "changed", ""]
    assert grids.mark_of(np.nan, np.nan, 2.0, "up") == ""
    assert grids.mark_of(0.0, 0.0, 0.0, "up") == ""
    outcomes, runs = _frames(replicates=1)
    outcomes.loc[outcomes["outcome"].isin(["cases_closed", "closing_days"]), "value"] = 0.0
    values = headline_values(outcomes, runs)
    shown = _shown(compare(values), values, "en", details=["red_property"])
    assert "not enough runs" in shown
    assert "Not enough runs for intervals: 1 pair" in shown
    assert re.search(r"days to close a case \(days\)\s+none\s+none\s+none\s+none\s", shown)
    assert not re.search(r"\bnan\b", shown)


def test_numbers_are_written_plainly():
    """Notices a signed zero, lost thousands separators, and decimals that hide the figure."""
    assert [grids.number(x, 1, signed=True) for x in (-0.04, 1234.56, -2.0)] == ["0.0", "+1,234.6", "-2.0"]
    assert [grids.decimals([x]) for x in (1234.0, 12.0, 1.2, 0.12, 0.0001)] == [0, 0, 1, 2, 3]


def test_baseline_alone_is_shown_as_levels(tmp_path):
    """Notices a crash without programmes."""
    outcomes, runs = _frames(("baseline",))
    values = headline_values(outcomes, runs)
    assert "Only the baseline was run" in _shown(compare(values), values, "en")
    assert report.write(tmp_path, "en", LABELS, runs, outcomes)


def test_csv_holds_no_formula_and_reads_back(found, tmp_path):
    """Notices live formulas, numbers turned into text, NaN written out, and a missing byte order mark."""
    comparison = found[1].astype({"arm": object}).copy()
    comparison.loc[0, "arm"], comparison.loc[1, "arm"] = '=HYPERLINK("x")', "\t@x"
    comparison.loc[2, ["difference", "low"]] = [-1.25, np.nan]
    path = write_comparison_csv(comparison, tmp_path / "c.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows[0]["arm"] == '\'=HYPERLINK("x")'
    assert rows[1]["arm"] == "'\t@x"
    assert rows[2]["difference"] == "-1.25"
    assert rows[2]["low"] == ""
    back = pd.read_csv(path, encoding="utf-8-sig")
    assert pd.api.types.is_float_dtype(back["difference"])
    assert len(back) == len(comparison)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_draw_every_name(found, lang, tmp_path):
    """Notices a glyph without a font (珺 is rare), mathtext in a name, a file too large, and broken SVG."""
    _, comparison, weekly = found
    places = pd.DataFrame({"x": [0.0, 900, 400], "y": [0.0, 300, 800], "residents": [900, 2000, 40]})
    places = places.assign(value=[3.0, 24.0, np.nan], change=[-1.0, 2.0, np.nan], arm="red_property")
    for name, figure in (
        ("effects", figures.effects(comparison, LABELS, lang)),
        ("course", figures.course(weekly, LABELS, lang)),
        ("map", figures.district(places, LABELS, lang)),
    ):
        png, svg = figures.save(figure, tmp_path / name)
        assert png.read_bytes()[:4] == b"\x89PNG"
        assert png.stat().st_size < 300_000
        ElementTree.parse(svg)


def test_missing_glyphs_would_be_noticed():
    """Notices that the warning the tests above rely on has gone."""
    with figures.style():
        figure = figures.blank(1.0)
        figure.text(0.5, 0.5, "\U00013000")
        with pytest.warns(UserWarning, match="Glyph"):
            figure.savefig(io.BytesIO(), format="png")


def test_texts_stay_inside_the_effects_figure(found):
    """Notices labels cut at the edge of the picture."""
    with figures.style():
        for lang in words.LANGUAGES:
            figure = figures.effects(found[1], LABELS, lang)
            box = figure.get_tightbbox()
            assert box.x0 >= -0.02
            assert box.x1 <= figures.WIDTH + 0.02
            assert box.y0 >= -0.02


class _Page(HTMLParser):
    """Tags, ids and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "action"):
                self.links.append(value)


def test_page_is_one_safe_file_and_the_same_twice(tmp_path):
    """Notices a live <script> from a name, anything fetched, doubled ids, and bytes that change by the
    clock."""
    outcomes, runs = _frames(replicates=2)
    name = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    places = pd.DataFrame({"x": [0.0, 900], "y": [0.0, 300], "residents": [900, 2000], "value": [3.0, 24.0]})
    folder = tmp_path / "网格 'a' \"b\""
    kept = []
    for seconds in (1.0, 99.0):
        runs["wall_seconds"] = seconds
        paths = report.write(folder, "zh", LABELS, runs, outcomes, places, title=name, question=name)
        kept.append({p.name: p.read_bytes() for p in paths})
    assert kept[0] == kept[1]
    assert len(kept[0]) == 8
    text = kept[0]["report-zh.html"].decode()
    page = _Page()
    page.feed(text)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert "foreignobject" not in page.tags
    assert len(page.ids) == len(set(page.ids)) > 10
    inside = {f"#{i}" for i in page.ids}
    assert all(link in inside or link.startswith("data:image/png;base64,") for link in page.links)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(page.ids)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "deadline_days" in text
    assert "700 .. 701" in text


def test_folder_that_cannot_be_written_is_said(tmp_path):
    """Notices a raw OSError where a file stands in the folder's place."""
    outcomes, runs = _frames(("baseline", "red_property"), replicates=1, weeks=1)
    (tmp_path / "taken").write_text("x")
    with pytest.raises(StorageError, match="taken"):
        report.write(tmp_path / "taken", "en", LABELS, runs, outcomes)


def test_importing_the_report_is_light():
    """Notices matplotlib, scipy.stats or jinja2 imported at the top of a module."""
    code = "import sys, govsim.report.page, govsim.report.figures, govsim.report.tables; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "scipy.stats", "jinja2", "rich.table"} & set(loaded)


def test_main_figures_show_every_truth():
    """Notices a change of the short list that drops one of the truths or the money."""
    assert {h.truth for h in HEADLINES if h.name in MAIN} == {
        "happened",
        "reported",
        "recorded",
        "felt",
        "resources",
    }
