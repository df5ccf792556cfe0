"""Holds an answer to the description of the interface: the part of JSON Schema 2020-12 that it uses, no more.

A keyword that is not known here fails, so that nothing in the description is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

SAID = {"description"}
TYPES: Mapping[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip
FORMATS = {"date-time": datetime.fromisoformat, "date": date.fromisoformat}


def faults(value: Any, schema: Mapping[str, Any], whole: Mapping[str, Any], at: str = "$") -> Iterator[str]:
    """Yield what in `value` is against the schema; `whole` is the description in which references are found."""
    for word, wanted in schema.items():
        if word not in SAID:
            yield from WORDS[word](value, wanted, schema, whole, at)


def _ref(value: Any, wanted: str, _schema: Any, whole: Mapping[str, Any], at: str) -> Iterator[str]:
    found: Any = whole
    for part in wanted.removeprefix("#/").split("/"):
        found = found[part]
    yield from faults(value, found, whole, at)


def _type(value: Any, wanted: Any, *_rest: Any) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    is_flag = isinstance(value, bool)
    if not any(isinstance(value, TYPES[name]) and (name == "boolean" or not is_flag) for name in names):
        yield f"{_rest[-1]}: {value!r} is no {wanted}"


def _enum(value: Any, wanted: list[Any], *_rest: Any) -> Iterator[str]:
    if value not in wanted:
        yield f"{_rest[-1]}: {value!r} is not in the list"


def _const(value: Any, wanted: Any, *_rest: Any) -> Iterator[str]:
    if value != wanted:
        yield f"{_rest[-1]}: {value!r} is not {wanted!r}"


def _properties(value: Any, wanted: Mapping[str, Any], _schema: Any, whole: Any, at: str) -> Iterator[str]:
    for name, schema in wanted.items() if isinstance(value, dict) else ():
        if name in value:
            yield from faults(value[name], schema, whole, f"{at}.{name}")


def _required(value: Any, wanted: list[str], *_rest: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{_rest[-1]}: {name} is missing" for name in wanted if name not in value)


def _additional(value: Any, wanted: bool, schema: Any, _whole: Any, at: str) -> Iterator[str]:
    assert wanted is False
    if isinstance(value, dict):
        yield from (f"{at}: {name} is not described" for name in value if name not in schema["properties"])


def _items(value: Any, wanted: Any, _schema: Any, whole: Any, at: str) -> Iterator[str]:
    for place, each in enumerate(value if isinstance(value, list) else ()):
        yield from faults(each, wanted, whole, f"{at}[{place}]")


def _at_least(value: Any, wanted: int, *_rest: Any) -> Iterator[str]:
    size = len(value) if isinstance(value, (list, str)) else value
    if size is not None and size < wanted:
        yield f"{_rest[-1]}: {value!r} is less than {wanted}"


def _at_most(value: Any, wanted: int, *_rest: Any) -> Iterator[str]:
    size = len(value) if isinstance(value, (list, str)) else value
    if size is not None and size > wanted:
        yield f"{_rest[-1]}: {value!r} is more than {wanted}"


def _one_of(value: Any, wanted: list[Any], _schema: Any, whole: Any, at: str) -> Iterator[str]:
    if sum(not list(faults(value, each, whole, at)) for each in wanted) != 1:
        yield f"{at}: {value!r} fits not exactly one"


def _format(value: Any, wanted: str, *_rest: Any) -> Iterator[str]:
    if isinstance(value, str):
        try:
            FORMATS[wanted](value)
        except ValueError:
            yield f"{_rest[-1]}: {value!r} is no {wanted}"


WORDS = {
    "$ref": _ref, "type": _type, "enum": _enum, "const": _const, "properties": _properties, "required": _required,
    "additionalProperties": _additional, "items": _items, "minItems": _at_least, "minLength": _at_least,
    "minimum": _at_least, "maximum": _at_most, "maxLength": _at_most, "oneOf": _one_of, "format": _format,
}  # fmt: skip
