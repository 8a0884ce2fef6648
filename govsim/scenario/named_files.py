"""Files that a scenario names: they lie in its own folder, and are read or hashed with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import Both
from govsim.scenario.faults import known_words
from govsim.scenario.programme_file import read_programme
from govsim.scenario.schema import Programme
from govsim.scenario.toml_file import Step, TomlFile, read_toml, shortened

#: Largest file of compounds or ties that a scenario may name, in bytes.
DATA_SIZE_LIMIT = 50 << 20
#: The files a district may be read from, and how their names may end.
DATA_FILES = {"compounds_file": (".csv", ".geojson", ".json"), "ties_file": (".csv", ".graphml")}


def named_files(file: TomlFile, folder: Path) -> tuple[tuple[Programme, ...], dict[str, str], list[Fault]]:
    """Programmes and data files that a scenario names: the programmes, hashes of the data files, and every fault."""
    faults: list[Fault] = []
    programmes: dict[str, Programme] = {}
    names = file.data.get("programme_files", ())
    for place, name in enumerate(names if isinstance(names, tuple) else ()):
        key: tuple[Step, ...] = ("programme_files", place)
        path = inside(folder, name, file, key, faults)
        if path is None:
            continue
        try:
            programme, wrong = read_programme(read_toml(path, str(folder / name)))
        except InputError as error:
            faults += error.faults
            continue
        faults += wrong
        if programme is None:
            continue
        if programme.id in programmes:
            said = Both(f'a second programme "{programme.id}"', f"第二个名为 “{programme.id}” 的项目")
            faults.append(file.fault(key, said))
        programmes[programme.id] = programme
    digests = {}
    district = file.data.get("district")
    for data_key, endings in DATA_FILES.items():
        name = district.get(data_key) if isinstance(district, Mapping) else None
        if name is not None and (path := inside(folder, name, file, ("district", data_key), faults)) is not None:
            digests[data_key] = _digest(path, endings, file, data_key, faults)
    return tuple(programmes.values()), digests, faults


def inside(folder: Path, name: object, file: TomlFile, key: tuple[Step, ...], faults: list[Fault]) -> Path | None:
    """Path of a file named in another, or None and a fault where it is not a file in that one's own folder."""
    if not isinstance(name, str):
        return None  # the schema has said so
    outside = Both("files must lie in this file's own folder", "文件须放在本文件所在的文件夹内")
    hint = Both(
        "write a name such as compounds.csv: no /absolute path, no ..",
        "请写 compounds.csv 这样的名字：不用绝对路径，不用 ..",
    )
    pure = PureWindowsPath(name)  # splits at / and at \ alike
    if not name.isprintable() or pure.drive or pure.root or ".." in pure.parts or "\\" in name:
        faults.append(file.fault(key, outside, hint))
        return None
    home = folder.resolve()
    try:
        path = (home / name).resolve()
        exists, regular = path.exists(), path.is_file()
    except (OSError, RuntimeError):  # a name too long for the system, or symbolic links in a circle
        exists, regular, path = False, False, home / "-"
    if not path.is_relative_to(home):
        faults.append(file.fault(key, outside, Both("the symbolic link leaves it", "符号链接指向了文件夹之外")))
    elif not exists:
        near = [other.name for other in home.iterdir() if other.is_file()]
        said = Both(f'no file "{shortened(name)}" beside it', f"旁边没有文件 “{shortened(name)}”")
        faults.append(file.fault(key, said, known_words(name, near)))
    elif not regular:
        faults.append(file.fault(key, Both("not a regular file", "不是普通文件")))
    else:
        return path
    return None


def _digest(path: Path, endings: tuple[str, ...], file: TomlFile, key: str, faults: list[Fault]) -> str:
    """SHA-256 of a data file; "" and a fault where it cannot be one."""
    where = ("district", key)
    if path.suffix.lower() not in endings:
        listed = ", ".join(endings)
        faults.append(file.fault(where, Both(f"its name must end in one of {listed}", f"文件名须以 {listed} 之一结尾")))
        return ""
    try:
        if path.stat().st_size > DATA_SIZE_LIMIT:
            size = DATA_SIZE_LIMIT >> 20
            faults.append(file.fault(where, Both(f"larger than {size} MiB", f"超过 {size} MiB")))
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        faults.append(file.fault(where, Both(f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}")))
        return ""
