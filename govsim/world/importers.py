"""A user's own district: compounds from CSV or GeoJSON, strictly checked, every fault at once.

Only `id` and a place (`x` and `y` in metres, or `lon` and `lat` in degrees) are needed. Every other column
may be absent, or blank in some rows; it is then filled and named in `Compounds.filled`.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final

import numpy as np

from govsim.errors import Fault
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.faults import known_words, listed, refuse
from govsim.scenario.toml_file import shortened
from govsim.vocabulary import SERVICES, TYPES
from govsim.world.data_files import MOST_COMPOUNDS, READERS, Row, reject
from govsim.world.filling import LABELS, MOST_PEOPLE, NUMBERS, Draft
from govsim.world.tables import F64

#: Allowed range of each column of numbers, and whether it must be whole.
RANGES: Final[dict[str, tuple[float, float, bool]]] = {
    "x": (-1e8, 1e8, False),
    "y": (-1e8, 1e8, False),
    "lon": (-180.0, 180.0, False),
    "lat": (-85.0, 85.0, False),
    "committees": (1, 100, True),
    "residents": (1, MOST_PEOPLE, True),
    "dwellings": (1, MOST_PEOPLE, True),
    "buildings": (1, MOST_PEOPLE, True),
    "dwelling_m2": (5.0, 2000.0, False),
    "age": (0.0, 300.0, False),
    "parking_pressure": (0.0, 50.0, False),
    **dict.fromkeys(
        ("condition", "fund", "quality", *(f"quality_{s}" for s in SERVICES), "oversight", "renter_share",
         "group_share", "elderly_share"),
        (0.0, 1.0, False),
    ),
}  # fmt: skip

COLUMNS: Final = ("id", "name", "x", "y", "lon", "lat", "quality", *NUMBERS, *LABELS)

_YES = {"true": 1.0, "yes": 1.0, "1": 1.0, "是": 1.0, "false": 0.0, "no": 0.0, "0": 0.0, "否": 0.0}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_TEXT_LIMIT = 80
_EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


def read_compounds(path: Path, name: str) -> Draft:
    """Read a file of compounds. `name` stands in messages. Raises InputError with all faults found.

    Longitude and latitude become metres east and north of the first compound of the file (equirectangular
    at its latitude: within 1% up to about 50 km from it).
    """
    reader = READERS.get(Path(name).suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        reject(
            name,
            Both("unknown kind of file", "不认识的文件类型"),
            Both(f"allowed: {known}", f"可用：{known}"),
        )
    columns, rows = reader(path, name, MOST_COMPOUNDS)
    _check_columns(columns, rows, name)
    checked = _Checked(name, rows)
    draft = checked.draft()
    checked.across(draft)
    refuse(checked.faults)
    return draft


def _check_columns(columns: list[str], rows: list[Row], name: str) -> None:
    line = 1 if rows and rows[0].line is not None else None
    faults = []
    for column in columns:
        if column not in COLUMNS:
            said = Both(f'unknown column "{shortened(column)}"', f"没有这一列：“{shortened(column)}”")
            faults.append(Fault(name, line, shortened(column), said, known_words(column, COLUMNS)))
    if not rows:
        faults.append(Fault(name, None, "", Both("there are no compounds in it", "其中没有小区")))
    elif "id" not in columns:
        faults.append(Fault(name, line, "id", Both("the column is missing", "缺少这一列")))
    metres, degrees = {"x", "y"} & set(columns), {"lon", "lat"} & set(columns)
    if rows and (bool(metres) == bool(degrees) or len(metres | degrees) != 2):
        said = Both(
            "a place is needed: x and y in metres, or lon and lat in degrees",
            "须给出位置：x、y（米）或 lon、lat（度）",
        )
        faults.append(Fault(name, line, "x", said))
    refuse(faults)


class _Checked:
    """Turns rows of text into a draft and collects what is wrong."""

    def __init__(self, name: str, rows: list[Row]) -> None:
        self.name = name
        self.rows = rows
        self.faults: list[Fault] = []

    def _fault(self, row: Row, column: str, message: Both, hint: Both = NOTHING) -> None:
        self.faults.append(Fault(self.name, row.line, row.key(column), message, hint))

    def draft(self) -> Draft:
        """The rows as a draft; cells at fault are left blank."""
        ids = tuple(self._ids())
        names = tuple(name or i for name, i in zip(self._texts("name"), ids, strict=True))
        draft = Draft(ids, names, *self._places())
        for column in NUMBERS:
            draft.numbers[column] = self._words(column) if column in ("type", "gated") else self._numbers(column)
        overall = self._numbers("quality")
        for service in SERVICES:
            own = draft.numbers[f"quality_{service}"]
            draft.numbers[f"quality_{service}"] = np.where(np.isnan(own), overall, own)
        for column in LABELS:
            draft.labels[column] = self._texts(column)
        return draft

    def _texts(self, column: str) -> list[str]:
        out = []
        for row in self.rows:
            text = row.cells.get(column, "")
            if len(text) > _TEXT_LIMIT:
                self._fault(row, column, Both(f"longer than {_TEXT_LIMIT} characters", f"超过 {_TEXT_LIMIT} 个字"))
            elif _UNPRINTABLE.search(text):
                said = Both("contains control or direction-changing characters", "含有控制字符或改变书写方向的字符")
                self._fault(row, column, said)
            out.append(text)
        return out

    def _ids(self) -> list[str]:
        seen: dict[str, Row] = {}
        ids = self._texts("id")
        for row, text in zip(self.rows, ids, strict=True):
            if not text:
                self._fault(row, "id", Both("the id is missing", "缺少 id"))
            elif text in seen:
                first = seen[text].line or seen[text].path
                said = Both(
                    f'the id "{shortened(text)}" was given before, at {first}',
                    f"id “{shortened(text)}” 已在 {first} 处用过",
                )
                self._fault(row, "id", said)
            else:
                seen[text] = row
        return ids

    def _numbers(self, column: str) -> F64:
        low, high, whole = RANGES[column]
        out = np.full(len(self.rows), np.nan)
        for i, row in enumerate(self.rows):
            if not (text := row.cells.get(column, "")):
                continue
            value = float(text) if _NUMBER.fullmatch(text) else math.nan
            if low <= value <= high and (not whole or value == int(value)):
                out[i] = value
                continue
            kind = Both("a whole number", "整数") if whole else Both("a number", "数")
            hint = Both(f"needs {kind} from {low:g} to {high:g}", f"须为 {low:g} 到 {high:g} 的{kind.zh}")
            self._fault(row, column, Both(f"{shortened(text)} cannot be used", f"不能写 {shortened(text)}"), hint)
        return out

    def _words(self, column: str) -> F64:
        words = _YES if column == "gated" else {word: float(t) for t, word in enumerate(TYPES)}
        out = np.full(len(self.rows), np.nan)
        for i, row in enumerate(self.rows):
            text = row.cells.get(column, "")
            if text and text.lower() not in words:
                said = Both(f'"{shortened(text)}" is not known here', f"此处没有 “{shortened(text)}”")
                self._fault(row, column, said, listed(words))
            elif text:
                out[i] = words[text.lower()]
        return out

    def _places(self) -> tuple[F64, F64]:
        across, up = ("lon", "lat") if any("lon" in row.cells for row in self.rows) else ("x", "y")
        x, y = self._numbers(across), self._numbers(up)
        for column, values in ((across, x), (up, y)):
            for row, value in zip(self.rows, values, strict=True):
                if math.isnan(value) and not row.cells.get(column):
                    self._fault(row, column, Both("the place is missing", "缺少位置"))
        if across == "lon":
            return metres(x, y)
        if len(x) > 1 and max(np.ptp(x), np.ptp(y)) < 5.0 and max(np.abs(x).max(), np.abs(y).max()) <= 180.0:
            said = Both("all compounds lie within 5 m", "所有小区都在 5 米之内")
            hint = Both("x and y are metres; name degrees lon and lat", "x、y 的单位是米；经纬度请用 lon、lat")
            self.faults.append(Fault(self.name, None, "x", said, hint))
        return x, y

    def across(self, draft: Draft) -> None:
        """What must agree between cells: homes and buildings, group rental, and who belongs to whom."""
        n = draft.numbers
        for i in np.flatnonzero(n["buildings"] > n["dwellings"]).tolist():
            self._fault(self.rows[i], "buildings", Both("more buildings than homes", "楼数多于住房数"))
        for i in np.flatnonzero(n["group_share"] > n["renter_share"]).tolist():
            said = Both("more homes are group-rented than let", "群租比例大于出租比例")
            self._fault(self.rows[i], "group_share", said)
        for inner, outer in (("town", "district"), ("committee", "town"), ("beat", "town")):
            self._nested(draft, inner, outer)
        sharing: dict[str, list[int]] = {}
        for i, label in enumerate(draft.labels["committee"]):
            if label:
                sharing.setdefault(label, []).append(i)
        for rows in sharing.values():
            several = [i for i in rows if n["committees"][i] > 1] if len(rows) > 1 else []
            for i in several:
                said = Both(
                    "an estate with several committees cannot share one with others",
                    "有多个居委会的小区不能与别的小区共用居委会名",
                )
                self._fault(self.rows[i], "committee", said)

    def _nested(self, draft: Draft, inner: str, outer: str) -> None:
        first: dict[str, str] = {}
        for row, label, within in zip(self.rows, draft.labels[inner], draft.labels[outer], strict=True):
            if label and not within and outer == "town":
                said = Both(f"a {inner} is named but no town", f"写了 {inner}，没有写 town（街镇）")
                self._fault(row, "town", said)
            elif label and within and first.setdefault(label, within) != within:
                what, here, before = shortened(label), shortened(within), shortened(first[label])
                said = Both(
                    f'{inner} "{what}" is in {outer} "{here}" here and in "{before}" before',
                    f"{inner} “{what}” 此处属于 {outer} “{here}”，前面属于 “{before}”",
                )
                hint = Both(
                    f"one {inner} lies in one {outer}: use names of their own",
                    f"一个 {inner} 只属于一个 {outer}：请分别命名",
                )
                self._fault(row, inner, said, hint)


def metres(lon: F64, lat: F64) -> tuple[F64, F64]:
    """Metres east and north of the first place, so that further rows change nothing for earlier ones."""
    east = (lon - lon[0] + 180.0) % 360.0 - 180.0
    per_degree = np.pi / 180.0 * _EARTH_RADIUS_M
    return east * per_degree * np.cos(np.radians(lat[0])), (lat - lat[0]) * per_degree
