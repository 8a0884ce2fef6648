"""What the analysis of an experiment says, as tables: one function per question, the same cells in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from govsim.analysis.headlines import BY_HEADLINE
from govsim.report.grids import Cell, Grid, Row, decimals, mark_of, number, ratio
from govsim.report.words import Labels, Words

if TYPE_CHECKING:
    from govsim.analysis.findings import Frames, Question

CLEAR = 0.05


def grids(found: Frames, asked: Question, labels: Labels, w: Words) -> list[Grid]:
    """All tables that these findings allow, the most important first."""
    made: list[Callable[[Teller], Grid | None]] = [
        Teller.primary, Teller.none_as_large, Teller.moved, Teller.money, Teller.avoided, Teller.goals, Teller.onset,
        Teller.people, Teller.groups, Teller.regret, Teller.conditions, Teller.swings, Teller.indices, Teller.noise,
    ]  # fmt: skip
    teller = Teller(found, asked, labels, w)
    return [grid for make in made if (grid := make(teller)) is not None]


class Teller:
    """Findings and the words for them."""

    def __init__(self, found: Frames, asked: Question, labels: Labels, w: Words) -> None:
        self.found, self.asked, self.labels, self.w = found, asked, labels, w
        present = set(found["comparison"]["outcome"])
        self.name = next(name for name in asked.outcomes if name in present)
        self.unit = w.unit(self.name)

    # ---- arms --------------------------------------------------------------------------------------------------

    def primary(self) -> Grid:
        """The primary outcome of every arm."""
        best = self._of("best").set_index("arm")
        more = self._of("replicates").set_index("arm")
        d = decimals([*self._of("comparison")["difference"], float(best["mean"].iloc[0])])
        row = (Cell(number(float(best["mean"].iloc[0]), d)), *[Cell("")] * 4, self._share(best["probability_best"].iloc[0]))
        rows: list[Row] = [(self._arm("baseline"), (*row, Cell(""), Cell("")))]
        for r in self._records("comparison"):
            k = r["arm"]
            rows.append((self._arm(k), (
                Cell(_figure(r["mean_arm"], d)), self._difference(r, d), Cell(_span(r["low"], r["high"], d)),
                Cell(_p(r["p_holm"])), self._share(r["probability_better"]), self._share(best["probability_best"][k]),
                Cell(_count(more["more_to_decide"][k])), Cell(_count(more["more_for_width"][k])),
            )))  # fmt: skip
        keys = ("level", "difference", "interval", "p_holm", "improves", "best", "more_decide", "more_width")
        width = more["wanted_half_width"].dropna()
        notes = [self.w.finding("primary_note"), self.w("marks")]
        if len(width):
            notes.append(self.w.finding("replicates_note", width=number(float(width.max()), max(d, decimals(width.to_list())))))
        if "by_point" in self.found:
            notes.append(self.w.finding("many_points", n=self.found["by_point"]["point"].nunique()))
        saved = self._of("comparison").set_index("arm")["variance_ratio"].dropna()
        if len(saved):
            arms = [f"{self._arm(str(arm))} {ratio(x)}" for arm, x in saved.items()]
            notes.append(self.w.finding("paired_note", arms=self.w("semicolon").join(arms)))
        notes += self._dropped()
        return self._grid(self.w.finding("primary", name=self.w.headline(self.name), unit=self.unit), keys, rows, notes)

    def _dropped(self) -> list[str]:
        """Which units are left out, and why; nothing where all are there."""
        frame = self.found.get("dropped")
        if frame is None or not frame["dropped"].any():
            return []
        arms = [
            self.w.finding("dropped_arm", arm=self._arm(r["arm"]), n=r["dropped"], of=r["units"], failed=r["runs_failed"],
                           not_made=r["runs_not_made"])
            for r in frame[frame["dropped"] > 0].to_dict("records")
        ]  # fmt: skip
        return [self.w.finding("dropped", arms=self.w("semicolon").join(arms))]

    def none_as_large(self) -> Grid | None:
        """Arms that surely have no effect as large as stated."""
        if "no_effect" not in self.found:
            return None
        rows: list[Row] = []
        records = self._records("no_effect")
        d = decimals([r["difference"] for r in records])
        for r in records:
            word = self.w.finding("yes" if r["no_effect"] else "no")
            rows.append((self._arm(r["arm"]), (Cell(_span(r["low90"], r["high90"], d)), Cell(_p(r["p"])), Cell(word))))
        title = self.w.finding("no_effect", smallest=f"{self.asked.smallest:g}", unit=self.unit)
        return self._grid(title, ("low90", "p_value", "surely"), rows)

    def moved(self) -> Grid:
        """Every figure that differs clearly: through what the arms act."""
        rows: list[Row] = []
        for r in self.found["comparison"].sort_values("arm", key=self._order, kind="stable").to_dict("records"):
            if r["p_holm"] < CLEAR:
                d = decimals([r["difference"]])
                label = self._of_arm(r, f"{self.w.headline(r['outcome'])} ({self.w.unit(r['outcome'], short=True)})")
                rows.append((label, (Cell(self.w.truth(r["outcome"])), Cell(_figure(r["mean_baseline"], d)),
                                     self._difference(r, d), Cell(_p(r["p_holm"])))))  # fmt: skip
        notes = () if rows else (self.w.finding("nothing_moved"),)
        return self._grid(self.w.finding("moved"), ("truth", "level", "difference", "p_holm"), rows, notes)

    def money(self) -> Grid | None:
        """Cost-effectiveness of every arm."""
        if "money" not in self.found:
            return None
        records = self._records("money")
        dc, dg, dp = (decimals([r[k] for r in records]) for k in ("cost", "gain", "ratio"))
        rows: list[Row] = []
        for r in records:
            rows.append((self._arm(r["arm"]), (
                Cell(number(r["cost"], dc, signed=True)), Cell(number(r["gain"], dg, signed=True)),
                Cell(_span(r["gain_low"], r["gain_high"], dg)), Cell(self.w.finding(r["standing"])),
                Cell(self._arm(r["next_to"]) if r["next_to"] else ""),
                Cell(_figure(r["ratio"], dp)), Cell(_span(r["ratio_low"], r["ratio_high"], dp, signed=False)),
            )))  # fmt: skip
        keys = ("extra_cost", "gain", "interval", "standing", "next_to", "price", "interval")
        title = self.w.finding("money", name=self.w.headline(self.name), unit=self.unit)
        return self._grid(title, keys, rows, (self.w.finding("money_note"),))

    def avoided(self) -> Grid | None:
        """What one complaint, petition or crime less costs."""
        if "avoided" not in self.found:
            return None
        rows: list[Row] = []
        for r in self.found["avoided"].to_dict("records"):
            if r["cost"] == 0 or not math.isfinite(r["price"]):
                continue
            d = decimals([r["avoided"]])
            label = self._of_arm(r, self.w.headline(r["outcome"]))
            rows.append((label, (Cell(number(r["avoided"], d)), Cell(number(r["price"], 0)),
                                 Cell(_span(r["low"], r["high"], 0, signed=False)))))  # fmt: skip
        return self._grid(self.w.finding("avoided"), ("avoided_count", "price_each", "interval"), rows) if rows else None

    def goals(self) -> Grid | None:
        """The Pareto set."""
        frame = self.found["goals"]
        names = [c for c in frame.columns if c in BY_HEADLINE]
        if len(names) < 2:
            return None
        rows: list[Row] = [
            (
                self._arm(r["arm"]),
                (Cell(self.w.finding("yes" if r["unbeaten"] else "no")), self._share(r["probability_unbeaten"])),
            )
            for r in frame.to_dict("records")
        ]
        note = self.w.finding("goals_note", names=self.w.finding("comma").join(self.w.headline(n) for n in names))
        return self._grid(self.w.finding("goals"), ("unbeaten", "probability_unbeaten"), rows, (note,))

    def onset(self) -> Grid | None:
        """When effects set in and fade."""
        records = [r for r in self._records("onset") if math.isfinite(r["onset"])]
        if not records:
            return None
        d = decimals([r["peak_difference"] for r in records])
        rows: list[Row] = [
            (self._arm(r["arm"]), (
                Cell(_count(r["onset"])), Cell(_count(r["peak"])), Cell(number(r["peak_difference"], d, signed=True)),
                Cell(number(r["last_difference"], d, signed=True)), Cell(_count(r["half_gone"])),
            )) for r in records
        ]  # fmt: skip
        keys = ("first_quarter", "peak", "at_peak", "at_end", "half_gone")
        return self._grid(self.w.finding("onset", name=self.w.headline(self.name)), keys, rows)

    # ---- people ------------------------------------------------------------------------------------------------

    def people(self) -> Grid | None:
        """How many compounds gain and lose."""
        if "headcount" not in self.found:
            return None
        rows: list[Row] = []
        for r in self.found["headcount"].to_dict("records"):
            d = decimals([r["p10"], r["p90"]])
            label = self._of_arm(r, self.w.finding("of_" + r["outcome"]))
            counts = [Cell(str(r[k])) for k in ("gain", "lose", "unclear", "same")]
            rows.append((label, (*counts, Cell(_span(r["p10"], r["p90"], d)))))
        keys = ("gains", "loses", "unclear", "same", "spread")
        return self._grid(self.w.finding("people"), keys, rows, (self.w.finding("people_note"),))

    def groups(self) -> Grid | None:
        """Satisfaction by group of compounds."""
        if "by_group" not in self.found:
            return None
        frame = self.found["by_group"]
        frame = frame[frame["outcome"] == "satisfaction"].sort_values("arm", key=self._order, kind="stable")
        rows: list[Row] = []
        for r in frame.to_dict("records"):
            d = decimals([r["difference"]])
            group = self.w.finding(r["group"])
            group = group if r["by"] in ("all", "type") else self.w.finding(r["by"]) + self.w.finding("comma") + group
            mark = mark_of(r["low"], r["high"], r["difference"], "up")
            rows.append((self._of_arm(r, group), (
                Cell(str(r["compounds"])), Cell(_figure(r["baseline"], 1)), Cell(_figure(r["difference"], d, True), mark),
                Cell(_span(r["low"], r["high"], d)),
            )))  # fmt: skip
        keys = ("compounds", "level", "difference", "interval")
        return self._grid(self.w.finding("groups"), keys, rows, (self.w.finding("groups_note"),))

    # ---- worlds ------------------------------------------------------------------------------------------------

    def regret(self) -> Grid | None:
        """What one choice for all worlds may cost."""
        if "regret" not in self.found:
            return None
        frame, beats = self.found["regret"], self.found["beats"].set_index("arm")
        d = decimals([*frame["max_regret"], *frame["mean_regret"]])
        rows: list[Row] = []
        for r in frame.to_dict("records"):
            share = beats["baseline"][r["arm"]]
            rows.append((self._arm(r["arm"]), (
                Cell(number(r["mean_regret"], d)), Cell(number(r["max_regret"], d)), Cell(number(100 * r["share_best"], 0)),
                Cell("" if math.isnan(share) else number(100 * share, 0)),
            )))  # fmt: skip
        title = self.w.finding("regret", name=self.w.headline(self.name), n=int(frame["points"].iloc[0]))
        keys = ("mean_regret", "max_regret", "share_best", "beats_baseline")
        return self._grid(title, keys, rows, (self.w.finding("regret_note"),))

    def conditions(self) -> Grid | None:
        """Simple rules under which arms beat the baseline."""
        frame = self.found.get("conditions")
        if frame is None or frame.empty:
            return None
        rows: list[Row] = []
        for r in frame.to_dict("records"):
            shares = [self._share(r[k]) for k in ("density", "held_out_density", "held_out_coverage")]
            rows.append((self._of_arm(r, r["rule"]), (*shares, Cell(_p(r["p"])))))
        keys = ("density", "held_out", "coverage", "p_value")
        return self._grid(self.w.finding("conditions"), keys, rows, (self.w.finding("conditions_note"),))

    def swings(self) -> Grid | None:
        """The tornado as a table."""
        if "swings" not in self.found:
            return None
        rows: list[Row] = []
        for r in self.found["swings"].to_dict("records"):
            d = decimals([r["swing"], (r["when_low"] + r["when_high"]) / 2])
            rows.append((self._target(r["of"]) + self.w.finding("colon") + r["factor"], (
                Cell(number(r["when_low"], d)), Cell(number(r["when_high"], d)), Cell(number(r["swing"], d, signed=True)),
                Cell(_span(r["low"], r["high"], d)),
            )))  # fmt: skip
        keys = ("when_low", "when_high", "swing", "interval")
        return self._grid(self.w.finding("swings", name=self.w.headline(self.name)), keys, rows)

    def indices(self) -> Grid | None:
        """Sobol indices or Morris screening, whichever the design allows."""
        if "sensitivity" not in self.found:
            return None
        frame = self.found["sensitivity"]
        method = str(frame["method"].iloc[0])
        rows: list[Row] = []
        for r in frame.to_dict("records"):
            if method == "sobol":
                figures = [(r[k], r[f"{k}_low"], r[f"{k}_high"]) for k in ("alone", "total")]
                row = tuple(cell for v, a, b in figures for cell in (Cell(_figure(v, 2)), Cell(_span(a, b, 2, signed=False))))
            else:
                d = decimals([r["size"]])
                row = (Cell(number(r["size"], d)), Cell(_span(r["size_low"], r["size_high"], d, signed=False)),
                       Cell(number(r["slope"], d, signed=True)), Cell(number(r["bend"], d)))  # fmt: skip
            where = f" ({r['scenario']})" if "scenario" in frame.columns else ""
            rows.append((self._target(r["of"]) + self.w.finding("colon") + r["factor"] + where, row))
        keys = ("alone", "interval", "total", "interval") if method == "sobol" else ("size", "interval", "slope", "bend")
        return self._grid(self.w.finding(method, name=self.w.headline(self.name)), keys, rows)

    def noise(self) -> Grid | None:
        """Share of the variance that is chance."""
        if "noise" not in self.found or self.found["noise"]["noise_share"].isna().all():
            return None
        rows: list[Row] = [
            (self._target(r["of"]), (self._share(r["noise_share"]),)) for r in self.found["noise"].to_dict("records")
        ]
        return self._grid(self.w.finding("noise", name=self.w.headline(self.name)), ("noise_share",), rows)

    # ---- pieces ------------------------------------------------------------------------------------------------

    def _of(self, table: str) -> pd.DataFrame:
        """A table's rows of the primary outcome."""
        frame = self.found[table]
        return frame[frame["outcome"] == self.name]

    def _records(self, table: str) -> list[dict[Any, Any]]:
        return self._of(table).to_dict("records")

    def _order(self, column: pd.Series) -> pd.Series:
        return column.map(list(pd.unique(column)).index)

    def _arm(self, arm: str) -> str:
        return self.w.arm(arm, self.labels)

    def _of_arm(self, r: dict[Any, Any], what: str) -> str:
        return self._arm(r["arm"]) + self.w.finding("colon") + what

    def _target(self, of: str) -> str:
        return self.w.finding("of_level") if of == "baseline" else self.w.finding("of_effect", arm=self._arm(of))

    def _difference(self, r: dict[Any, Any], d: int) -> Cell:
        mark = mark_of(r["low"], r["high"], r["difference"], r["better"])
        return Cell(_figure(r["difference"], d, signed=True), mark)

    def _share(self, x: float) -> Cell:
        if not math.isfinite(x):
            return Cell("")
        return Cell("> 99%" if x > 0.99 else "< 1%" if x < 0.01 else f"{100 * x:.0f}%")

    def _grid(self, title: str, keys: Sequence[str], rows: Sequence[Row], notes: Sequence[str] = ()) -> Grid:
        return Grid(title, ((self.w("arm"),), *((self.w.finding(key),) for key in keys)), tuple(rows), tuple(notes))


def _figure(x: float, digits: int, signed: bool = False) -> str:
    return number(x, digits, signed) if math.isfinite(x) else ""


def _span(low: float, high: float, digits: int, signed: bool = True) -> str:
    return f"{number(low, digits, signed)} .. {number(high, digits, signed)}" if math.isfinite(low + high) else ""


def _p(p: float) -> str:
    if not math.isfinite(p):
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _count(x: float) -> str:
    if math.isnan(x):
        return ""
    return f"{x:,.0f}" if math.isfinite(x) else "-"
