"""Tables that people bring: CSV and GeoJSON as rows of text, with the place of each row for messages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.faults import refuse

#: Largest data file that is read, bytes.
SIZE_LIMIT: Final = 50 * 2**20

#: Most rows of a table of compounds.
MOST_COMPOUNDS: Final = 50_000


@dataclass(frozen=True)
class Row:
    """One record: its cells as trimmed text by column, and where it stands."""

    cells: dict[str, str]
    line: int | None  # in a CSV file
    path: str = ""  # in a GeoJSON file

    def key(self, column: str) -> str:
        """Dotted path of a cell, for messages."""
        return f"{self.path}.{column}" if self.path else column


def reject(name: str, message: Both, hint: Both = NOTHING, line: int | None = None) -> NoReturn:
    """Raise InputError with one fault of a file."""
    raise InputError([Fault(name, line, "", message, hint)])


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file; `name` stands in messages. InputError for anything else, naming GBK."""
    try:
        if not path.is_file():
            reject(name, Both("there is no such file", "没有这个文件"))
        if path.stat().st_size > SIZE_LIMIT:
            reject(name, Both(f"larger than {SIZE_LIMIT // 2**20} MiB", f"超过 {SIZE_LIMIT // 2**20} MiB"))
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        reject(name, Both(f"cannot be read: {said}", f"无法读取：{said}"))
    save = Both("save it as UTF-8", "请另存为 UTF-8 编码")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        reject(name, Both("the text is UTF-16, not UTF-8", "文本是 UTF-16 编码，不是 UTF-8"), save)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        reject(name, Both("the text is not UTF-8", "文本不是 UTF-8 编码"), save, line)
    reject(name, Both("the text is not UTF-8; it looks like GBK", "文本不是 UTF-8，看来是 GBK 编码"), save, line)


def read_csv(path: Path, name: str, most_rows: int) -> tuple[list[str], list[Row]]:
    """Header and rows of a comma-separated file. InputError with every row that does not fit the header."""
    reader = csv.reader(io.StringIO(read_text(path, name), newline=""), strict=True)
    header: list[str] = []
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if not any(cells):
                continue
            if not header:
                header = cells
                _check_header(header, name)
            elif len(cells) != len(header):
                said = Both(
                    f"{len(cells)} cells under {len(header)} columns",
                    f"有 {len(cells)} 个单元格，表头有 {len(header)} 列",
                )
                faults.append(Fault(name, reader.line_num, "", said))
            else:
                rows.append(Row(dict(zip(header, cells, strict=True)), reader.line_num))
            if len(rows) > most_rows:
                reject(name, Both(f"more than {most_rows} rows", f"超过 {most_rows} 行"))
    except csv.Error as error:
        reject(name, Both(f"not a CSV file: {error}", f"不是有效的 CSV 文件：{error}"), line=reader.line_num)
    if not header:
        reject(name, Both("the file is empty", "文件是空的"))
    refuse(faults)
    return header, rows


def _check_header(header: list[str], name: str) -> None:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        reject(name, Both("columns are not separated by commas", "列与列之间不是用逗号分隔"), line=1)
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        said = ", ".join(column or '""' for column in doubled)
        reject(name, Both(f"columns given twice: {said}", f"重复的列：{said}"), line=1)


def read_geojson(path: Path, name: str, most_rows: int) -> tuple[list[str], list[Row]]:
    """Columns and rows of a FeatureCollection: properties, and the place of a point or a polygon's centroid.

    A feature's own `id` counts where there is no property of that name. Raises InputError.
    """
    features = _features(read_text(path, name), name)
    if len(features) > most_rows:
        reject(name, Both(f"more than {most_rows} features", f"超过 {most_rows} 个要素"))
    rows: list[Row] = []
    faults: list[Fault] = []
    columns: dict[str, None] = {}
    for i, feature in enumerate(features):
        row = Row({}, None, f"features[{i}]")
        properties = (feature.get("properties") or {}) if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            faults.append(Fault(name, None, row.path, Both("not a feature with properties", "不是带 properties 的要素")))
            continue
        if "id" in feature:
            properties = {"id": feature["id"], **properties}
        for column, value in properties.items():
            if isinstance(value, (dict, list)):
                faults.append(Fault(name, None, row.key(column), Both("must be text or a number", "须是文字或数")))
            elif value is not None:
                row.cells[column] = str(value).strip() if not isinstance(value, bool) else str(value).lower()
        if "x" not in row.cells and "y" not in row.cells and (at := _centre(feature.get("geometry"))) is not None:
            row.cells["lon"], row.cells["lat"] = (repr(c) for c in at)
        columns.update(dict.fromkeys(row.cells))
        rows.append(row)
    refuse(faults)
    return list(columns), rows


def _features(text: str, name: str) -> list[Any]:
    def refuse_constant(word: str) -> NoReturn:
        raise ValueError(f"{word} is not a number")

    try:
        data = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        reject(name, Both(f"not a JSON file: {said}", f"不是有效的 JSON 文件：{said}"))
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        reject(name, Both("not a GeoJSON FeatureCollection", "不是 GeoJSON 的 FeatureCollection"))
    return features


def _centre(geometry: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a point or of the centroid of (multi)polygons' outer rings; else None."""
    try:
        kind, coordinates = geometry["type"], geometry["coordinates"]
        if kind == "Point":
            return float(coordinates[0]), float(coordinates[1])
        polygons: list[Any] = {"Polygon": [coordinates], "MultiPolygon": coordinates}[kind]
        parts = [_ring(polygon[0]) for polygon in polygons]
    except (TypeError, KeyError, IndexError, ValueError, ArithmeticError):
        return None
    area = sum(part[0] for part in parts)
    if not area > 0:
        return None
    return sum(a * x for a, x, _ in parts) / area, sum(a * y for a, _, y in parts) / area


def _ring(ring: list[list[float]]) -> tuple[float, float, float]:
    """Area and centroid of a ring (shoelace), measured from its first corner so that digits are not lost."""
    x0, y0 = float(ring[0][0]), float(ring[0][1])
    corners = [(float(c[0]) - x0, float(c[1]) - y0) for c in ring]
    twice = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
    area = sum(w for _, _, w in twice)
    x = sum((a[0] + b[0]) * w for a, b, w in twice) / (3 * area)
    y = sum((a[1] + b[1]) * w for a, b, w in twice) / (3 * area)
    return abs(area) / 2, x0 + x, y0 + y


#: Readers of tables by the ending of the file's name.
READERS: Final[dict[str, Callable[[Path, str, int], tuple[list[str], list[Row]]]]] = {
    ".csv": read_csv,
    ".geojson": read_geojson,
    ".json": read_geojson,
}
