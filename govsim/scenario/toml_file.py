"""Strict reading of one TOML file, and the line on which each of its keys stands."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import NOTHING, Both

#: Largest TOML file that is read, in bytes.
SIZE_LIMIT = 1 << 20

Step = str | int
#: A key of fifteen parts: no format of ours has ten, and the parser's time grows with the square of their number.
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){14}""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: Iterable[Step]) -> str:
    """A key path as a person writes it: `effects[0].lever`; keys that need quotes get them."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            word = step if _BARE.fullmatch(step) else f'"{step}"'
            out += f".{word}" if out else word
    return out


@dataclass(frozen=True)
class TomlFile:
    """One file read: its name for messages, its text, and its data with arrays as tuples."""

    name: str
    text: str
    data: dict[str, Any]

    @cached_property
    def lines(self) -> dict[str, int]:
        """Line (from 1) of each dotted key path, elements of arrays and keys of inline tables included."""
        return key_lines(self.text)

    def line(self, path: Iterable[Step]) -> int | None:
        """Line of a key path, or of the nearest table around it; None when there is none."""
        steps = tuple(path)
        for length in range(len(steps), 0, -1):
            if (line := self.lines.get(dotted(steps[:length]))) is not None:
                return line
        return None

    def fault(self, path: Iterable[Step], message: str, hint: str = "") -> Fault:
        """A fault at a key of this file."""
        steps = tuple(path)
        return Fault(self.name, self.line(steps), shortened(dotted(steps), 120), message, hint)


def read_toml(path: Path, name: str | None = None) -> TomlFile:
    """Read one TOML file in UTF-8, with or without byte order mark, of at most 1 MiB.

    `name` is what messages call it (default: the path). Raises InputError with one fault that says what is wrong.
    """
    name = str(path) if name is None else name
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        _refuse(
            name,
            None,
            Both("only TOML files are read", "只读取 TOML 文件"),
            Both(
                f"write it as TOML in {path.with_suffix('.toml').name}: key = value lines under [section] lines",
                f"请改写成 TOML，存为 {path.with_suffix('.toml').name}：在 [节] 之下写 键 = 值",
            ),
        )
    if path.suffix.lower() != ".toml":
        _refuse(name, None, Both("the file name must end in .toml", "文件名须以 .toml 结尾"))
    return parse_toml(_text(name, _bytes(path, name)), name)


def parse_toml(text: str, name: str) -> TomlFile:
    """Parse TOML text; raises InputError with one fault where it is not TOML or too large to be meant."""
    text = text.removeprefix("\ufeff")
    if len(text) > SIZE_LIMIT:
        _refuse(name, None, _TOO_LARGE)
    if long := _LONG_KEY.search(text):
        _refuse(name, text.count("\n", 0, long.start()) + 1, _TOO_DEEP)
    try:
        return TomlFile(name, text, _frozen(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        at = int(found[1]) if found and found[1] else text.count("\n") + 1
        said = str(error)[: found.start()] if found else str(error)
        _refuse(name, at, Both(f"not valid TOML: {said}", f"不是合法的 TOML：{said}"))
    except RecursionError:
        _refuse(name, None, _TOO_DEEP)
    except ValueError:  # an integer of more digits than Python converts, or a date that does not exist
        digits = re.search(r"\d{4000,}", text.replace("_", ""))
        where = text.count("\n", 0, digits.start()) + 1 if digits else None
        _refuse(name, where, Both("a number or a date that cannot be read", "有无法读取的数字或日期"))


_TOO_LARGE = Both(f"larger than {SIZE_LIMIT // 2**20} MiB", f"超过 {SIZE_LIMIT // 2**20} MiB")
_TOO_DEEP = Both("nested too deeply", "嵌套过深")


def _refuse(name: str, line: int | None, message: str, hint: str = NOTHING) -> NoReturn:
    raise InputError([Fault(name, line, "", message, hint)])


def _bytes(path: Path, name: str) -> bytes:
    try:
        if not path.exists():
            _refuse(name, None, Both("there is no such file", "没有这个文件"))
        if not path.is_file():  # a folder, or a device that never ends
            _refuse(name, None, Both("not a regular file", "不是普通文件"))
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        _refuse(name, None, Both(f"cannot be read: {said}", f"无法读取：{said}"))
    if len(data) > SIZE_LIMIT:
        _refuse(name, None, _TOO_LARGE)
    return data


def _text(name: str, data: bytes) -> str:
    """Decode UTF-8; name the encoding that it is instead."""
    save = Both("save it as UTF-8", "请另存为 UTF-8 编码")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (len(data) > 3 and 0 in (data[0], data[1]) and 0 in (data[2], data[3])):
        _refuse(name, None, Both("the text is UTF-16, not UTF-8", "文本是 UTF-16 编码，不是 UTF-8"), save)
    if (at := data.find(0)) >= 0:
        _refuse(name, data.count(b"\n", 0, at) + 1, Both("a NUL character", "含有 NUL 字符"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        _refuse(name, line, Both("the text is not UTF-8", "文本不是 UTF-8 编码"), save)
    _refuse(name, line, Both("the text is not UTF-8; it looks like GBK", "文本不是 UTF-8，看来是 GBK 编码"), save)


def _frozen(value: Any) -> Any:
    """Arrays become tuples: what a strict schema expects of a list that nobody changes."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def shortened(value: object, limit: int = 60) -> str:
    """Text of a value, cut to `limit` characters, for a message; unprintable characters are escaped."""
    text = value if isinstance(value, str) else _plain(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _plain(value: object) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # an integer with more digits than Python prints
        return type(value).__name__


# ---- where each key stands -----------------------------------------------------------------------------

_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|("(?:\\.|[^"\\])*")|'([^']*)')[ \t]*(\.?)""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)  # fmt: skip
_SCALAR = re.compile(r"[^,\]}\n#]+")


def key_lines(text: str) -> dict[str, int]:
    """Line of each key of a text that is valid TOML; of other text, the lines found before it went wrong."""
    scan = _Scan(text)
    with suppress(RecursionError, IndexError, AssertionError):  # a message without its line is still a message
        scan.document()
    return scan.lines


class _Scan:
    """One pass over valid TOML that notes where keys stand and ignores what they hold."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[str, int] = {}
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._last: dict[tuple[Step, ...], int] = {}  # arrays of tables: index of the newest table

    def document(self) -> None:
        table: tuple[Step, ...] = ()
        while self._skip():
            start = self.at
            if self.text.startswith("[", self.at):
                array = self.text.startswith("[[", self.at)
                self.at += 2 if array else 1
                table = self._header(self._key(), array, start)
                self.at += 2 if array else 1
            else:
                self._pair(table)

    def _header(self, keys: tuple[str, ...], array: bool, start: int) -> tuple[Step, ...]:
        path: tuple[Step, ...] = ()
        for place, key in enumerate(keys):
            path += (key,)
            self._note(path, start)
            if array and place == len(keys) - 1:
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path += (self._last[path],)
                self._note(path, start)
        return path

    def _pair(self, table: tuple[Step, ...]) -> None:
        start, path = self.at, table
        for key in self._key():
            path += (key,)
            self._note(path, start)
        self.at += 1  # "="
        self._skip()
        self._value(path)

    def _value(self, path: tuple[Step, ...]) -> None:
        opening = self.text[self.at]
        if opening not in "[{":
            found = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
            return
        self.at += 1
        index, closing = 0, "]" if opening == "[" else "}"
        while self._skip() and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif opening == "{":
                self._pair(path)
            else:
                self._note((*path, index), self.at)
                self._value((*path, index))
                index += 1
        self.at += 1

    def _key(self) -> tuple[str, ...]:
        keys: list[str] = []
        while True:
            found = _KEY.match(self.text, self.at)
            assert found is not None
            bare, basic, literal, more = found.groups()
            keys.append(bare or (tomllib.loads(f"k={basic}")["k"] if basic else literal))
            self.at = found.end()
            if not more:
                return tuple(keys)

    def _skip(self) -> bool:
        """Pass blanks and comments; False at the end of the text."""
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.at < len(self.text)

    def _note(self, path: tuple[Step, ...], offset: int) -> None:
        self.lines.setdefault(dotted(path), bisect_right(self._ends, offset - 1) + 1)
