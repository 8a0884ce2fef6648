"""What pydantic found wrong in a TOML file, as faults: line, key, what is allowed, and the nearest valid key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from govsim.errors import Fault, InputError
from govsim.scenario.bilingual import NOTHING, Both
from govsim.scenario.toml_file import Step, TomlFile, shortened

M = TypeVar("M", bound=BaseModel)

#: The schema's pattern of ids.
IDENTIFIER = r"^[a-z][a-z0-9_]*$"
#: More faults than this are summed up in one line.
FAULTS_SHOWN = 100

#: Chinese of the messages that validators of the schema raise themselves.
_VALIDATORS = {
    'give exactly one of source = "..." or assumed = "..."':
        '请写明 source = "..."（来源）或 assumed = "..."（假设的理由），二者只能择一',
}  # fmt: skip


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word most like this one, or None when none is like it."""
    found = get_close_matches(word[:200], list(allowed), n=1, cutoff=0.5)
    return found[0] if found else None


def known_words(word: str, allowed: Collection[str]) -> Both:
    """Hint for an unknown word: the nearest one, or all of them when they are few enough to read."""
    near = nearest(word, allowed)
    return listed(allowed) if near is None else did_you_mean(near)


def did_you_mean(word: str) -> Both:
    """Hint that names one word."""
    return Both(f'did you mean "{word}"?', f"是否想写 “{word}”？")


def listed(words: Collection[str]) -> Both:
    """Hint that lists what is allowed, the first forty of it."""
    said = ", ".join(sorted(words)[:40]) + (", ..." if len(words) > 40 else "")
    return Both(f"allowed: {said or 'none'}", f"可用：{said or '无'}")


def refuse(faults: Sequence[Fault]) -> None:
    """Raise InputError with these faults; nothing when there are none. Very many are summed up."""
    if len(faults) > FAULTS_SHOWN:
        more = len(faults) - FAULTS_SHOWN
        rest = Fault(faults[FAULTS_SHOWN].file, None, "", Both(f"and {more} more faults", f"另有 {more} 处错误"))
        faults = [*faults[:FAULTS_SHOWN], rest]
    if faults:
        raise InputError(faults)


def validated(model: type[M], file: TomlFile) -> tuple[M | None, list[Fault]]:
    """The data of a whole file as a model, or None and everything wrong with it."""
    return part(model, file.data, file, ())


def part(model: type[M], data: object, file: TomlFile, base: tuple[Step, ...]) -> tuple[M | None, list[Fault]]:
    """The data at one key path of a file as a model, or None and everything wrong with it."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, _faults(error, model, data, file, base)


def _faults(error: ValidationError, model: type[BaseModel], data: object, file: TomlFile, base: tuple[Step, ...]) -> list[Fault]:
    schema = model.model_json_schema()
    details = error.errors(include_url=False)
    missing = {_path(d) for d in details if d["type"] == "missing"}
    unknown: dict[tuple[Step, ...], str] = {}
    for detail in [d for d in details if d["type"] == "extra_forbidden"][: FAULTS_SHOWN + 1]:
        *table, word = _path(detail)
        if (meant := _meant(str(word), tuple(table), schema, data, missing)) is not None:
            unknown[_path(detail)] = meant
    #: A key that is missing because it is misspelt is one mistake, not two.
    explained = {(*path[:-1], meant) for path, meant in unknown.items()}
    out: list[Fault] = []
    for detail in details:
        path = _path(detail)
        if detail["type"] == "missing" and path in explained:
            continue
        if len(out) <= FAULTS_SHOWN:
            out.append(file.fault((*base, *path), *_said(detail, path, schema, unknown)))
        else:  # summed up later: only their number counts
            out.append(out[-1])
    return out


def _path(detail: ErrorDetails) -> tuple[Step, ...]:
    return tuple(step for step in detail["loc"] if step != "[key]")


def _meant(
    word: str,
    table: tuple[Step, ...],
    schema: Mapping[str, Any],
    data: object,
    missing: set[tuple[Step, ...]],
) -> str | None:
    """The key an unknown one stands for: like one the table does not have yet, else the one it lacks."""
    here = data
    for step in table:
        here = here[step]  # type: ignore[index]
    assert isinstance(here, Mapping)
    allowed = list(_node(schema, table).get("properties", {}))
    free = [key for key in allowed if key not in here]
    lacking = [key for key in free if (*table, key) in missing]
    only = lacking[0] if len(lacking) == 1 else None
    return nearest(word, free) or only or nearest(word, allowed)


def _said(
    detail: ErrorDetails,
    path: tuple[Step, ...],
    schema: Mapping[str, Any],
    unknown: Mapping[tuple[Step, ...], str],
) -> tuple[Both, Both]:
    """Message and hint of one pydantic error."""
    kind, value = detail["type"], shortened(detail["input"])
    node = _node(schema, path)
    if detail["loc"][-1:] == ("[key]",):
        names = _node(schema, path[:-1]).get("propertyNames", {})
        names = {"type": "string", "pattern": IDENTIFIER, **_resolved(schema, names)}
        hint = known_words(str(detail["input"]), names["enum"]) if "enum" in names else allowed_text(names)
        return Both(f"{value} cannot be a name here", f"此处不能用 {value} 作名称"), hint
    if kind == "extra_forbidden":
        known = _node(schema, path[:-1]).get("properties", {})
        hint = did_you_mean(unknown[path]) if path in unknown else listed(known)
        return Both("unknown key", "没有这个键"), hint
    if kind == "missing":
        return Both("missing key", "缺少这个键"), allowed_text(node)
    if kind == "value_error":
        said = detail["msg"].removeprefix("Value error, ")
        return Both(said, _VALIDATORS.get(said, said)), NOTHING
    if kind == "finite_number":
        return Both(f"{value} is not a finite number", f"{value} 不是有限的数"), allowed_text(node)
    if kind == "literal_error" and isinstance(detail["input"], str) and "enum" in node:
        hint = known_words(detail["input"], [str(word) for word in node["enum"]])
        return Both(f"{value} is not known here", f"此处没有 {value}"), hint.then(allowed_text(node), "; ")
    message = Both(f"{value} cannot be used here", f"此处不能写 {value}")
    if kind == "model_type" and {"value", "source"} <= node.get("properties", {}).keys():
        form = f'{{ value = {value}, source = "..." }}'
        return message, Both(
            f'write {form}, or assumed = "..." in place of source',
            f"请写 {form}；若为假设，把 source 换成 assumed",
        )
    return message, allowed_text(node)


# ---- what the schema allows ----------------------------------------------------------------------------


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """A node with its reference followed and `null` choices dropped; outer descriptions win."""
    out = dict(node)
    for _ in range(8):
        if "$ref" in out:
            target = schema["$defs"][out.pop("$ref").rsplit("/", 1)[-1]]
            out = {**target, **out}
        elif "anyOf" in out:
            choices = [choice for choice in out.pop("anyOf") if choice.get("type") != "null"]
            out = {**choices[0], **out}
        else:
            break
    return out


def _node(schema: Mapping[str, Any], path: tuple[Step, ...]) -> dict[str, Any]:
    """The part of a JSON schema that describes a key path; empty where nothing does."""
    node = _resolved(schema, schema)
    for step in path:
        if isinstance(step, int):
            inner = node["prefixItems"][step] if step < len(node.get("prefixItems", ())) else node.get("items")
        else:
            patterns = list(node.get("patternProperties", {}).values())
            inner = node.get("properties", {}).get(step, patterns[0] if patterns else node.get("additionalProperties"))
        if not isinstance(inner, Mapping):
            return {}
        node = _resolved(schema, inner)
    return node


_TYPES = {
    "integer": Both("a whole number", "整数"),
    "number": Both("a number", "数"),
    "boolean": Both("true or false", "true 或 false"),
    "string": Both("text", "文字"),
    "array": Both("a list [ ... ]", "列表 [ ... ]"),
    "object": Both("a table", "表"),
}


def allowed_text(node: Mapping[str, Any]) -> Both:
    """What one node of a JSON schema allows, in words: type, range, words, keys."""
    if "enum" in node or "const" in node:
        words = ", ".join(str(word) for word in node.get("enum", [node.get("const")]))
        return Both(f"allowed: {words}", f"可用：{words}")
    kind = node.get("type")
    if not isinstance(kind, str):
        return NOTHING
    text = _TYPES[kind]
    if node.get("format") == "date":
        text = Both("a date such as 2016-01-01, without quotes", "日期，如 2016-01-01，不加引号")
    if keys := node.get("properties"):
        named = ", ".join(keys)
        text = Both(f"a table with the keys {named}", f"表，其键为 {named}")
    text = text.then(_limits(node))
    if about := node.get("description"):
        text = text.then(f": {about}" if kind != "object" else "", "")
    return Both(f"allowed: {text}", f"可用：{text.zh}") if text else NOTHING


def _limits(node: Mapping[str, Any]) -> Both:
    """Bounds on a number or on a length, in words."""
    said = NOTHING
    for key, en, zh in (
        ("minimum", "from {}", "不小于 {}"), ("exclusiveMinimum", "above {}", "大于 {}"),
        ("maximum", "to {}", "不大于 {}"), ("exclusiveMaximum", "below {}", "小于 {}"),
        ("minItems", "of at least {}", "至少 {} 项"), ("maxItems", "and at most {}", "至多 {} 项"),
        ("minLength", "of at least {}", "至少 {} 字"), ("maxLength", "and at most {} characters", "至多 {} 字"),
    ):  # fmt: skip
        if key in node:
            said = said.then(Both(en.format(node[key]), zh.format(node[key])))
    if node.get("pattern") == IDENTIFIER:
        return said.then(Both("of a-z, 0-9 and _, first a letter", "只用 a-z、0-9 和 _，以字母开头"))
    if "pattern" in node:
        said = said.then(Both("without control or direction-changing characters", "不含控制字符和改变书写方向的字符"))
    return said
