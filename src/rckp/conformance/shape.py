"""JSON from elsewhere, read strictly: size, depth, text, and the types of its members.

A *shape* is a function that takes a value and the name of its place, and raises `ValueError`
with one sentence if the value is not of that shape. Suites and results are checked with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rckp.display import escape

MAX_DEPTH = 24  # arrays and objects within each other
MAX_SHOWN = 60  # characters of a value in a message

Shape = Callable[[Any, str], None]

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def parse(data: bytes) -> Any:
    """Return the JSON value of `data`; `ValueError` with one sentence says what is wrong.

    Refuses what is not UTF-8, a member that is named twice, numbers that are not finite, halves
    of surrogate pairs, and more than `MAX_DEPTH` values within each other.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    if _too_deep(text):
        raise ValueError(f"more than {MAX_DEPTH} arrays and objects within each other")
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at character {error.pos}") from None
    if "\\u" in text and _has_surrogate(value):
        raise ValueError("a text holds half of a surrogate pair")
    return value


def _too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _BRACKETS.finditer(text):
        first = match[0]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif first in "]}":
            depth -= 1
    return False


def deeper_than(value: Any, depth: int) -> bool:
    """Return whether a JSON value has more than `depth` arrays and objects within each other."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            each
            for outer in level
            if isinstance(outer, (dict, list))
            for each in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(each, (dict, list))
        ]
        if not level:
            return False
    return True


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has the member {quote(twice)} twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _has_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(_has_surrogate(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(map(_has_surrogate, value))


def quote(value: object, limit: int = MAX_SHOWN) -> str:
    """Return bytes, a text or a JSON value for a message: in quotation marks, escaped and cut."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        try:
            value = json.dumps(value)
        except (TypeError, ValueError, RecursionError):
            value = type(value).__name__
    shown = escape(value, limit)
    return f'"{shown}"' if "'" in shown and '"' not in shown else f"'{shown}'"


def _wrong(place: str, wanted: str, value: object) -> ValueError:
    return ValueError(f"{place} is {quote(value)}, not {wanted}")


def text(value: Any, place: str) -> None:
    """Any string."""
    if not isinstance(value, str):
        raise _wrong(place, "a string", value)


def boolean(value: Any, place: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise _wrong(place, "true or false", value)


def anything(value: Any, place: str) -> None:
    """Any value."""


def nothing(value: Any, place: str) -> None:
    """Null alone."""
    if value is not None:
        raise _wrong(place, "null", value)


def matching(pattern: str, wanted: str, longest: int = 1 << 24) -> Shape:
    """A string that the whole of a pattern matches; `wanted` says what it is."""
    compiled = re.compile(pattern)

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or len(value) > longest or compiled.fullmatch(value) is None:
            raise _wrong(place, wanted, value)

    return check


def one_of(values: Iterable[str]) -> Shape:
    """One of these strings."""
    known = tuple(values)

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or value not in known:
            raise _wrong(place, f"one of {', '.join(known)}", value)

    return check


def list_of(shape: Shape, most: int = 100_000, least: int = 0) -> Shape:
    """An array of at least `least` and at most `most` values of a shape."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) < least:
            raise _wrong(place, "an array" + (" with a value" if least else ""), value)
        if len(value) > most:
            raise ValueError(f"{place} has {len(value):,} values, and may have {most:,}")
        for at, each in enumerate(value):
            shape(each, f"{place}[{at}]")

    return check


def mapping_of(shape: Shape) -> Shape:
    """An object with any members, all of a shape."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        for name, each in value.items():
            shape(each, f"{place}.{escape(name, MAX_SHOWN)}")

    return check


def members(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with all of these members, perhaps those, and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        for name in required:
            if name not in value:
                raise ValueError(f"{place} lacks the member {quote(name)}")
        for name, each in value.items():
            if name not in known:
                raise ValueError(f"{place} has the unknown member {quote(name)}")
            known[name](each, f"{place}.{name}")

    return check


def either(*shapes: Shape) -> Shape:
    """A value of the first of these shapes that fits; the message is that of the last."""

    def check(value: Any, place: str) -> None:
        for shape in shapes[:-1]:
            try:
                shape(value, place)
            except ValueError:
                continue
            return
        shapes[-1](value, place)

    return check
