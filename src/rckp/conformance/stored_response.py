"""The part of a response that is stored: cut to a stated size, and fit for JSON in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MAX_STORED = 16 << 10  # characters of a response
MAX_TEXT = 2000  # characters of one text
MAX_MEMBERS = 200  # of an object or an array
MAX_NESTED = 6  # arrays and objects within each other
MAX_DIFFERENCES = 20
MAX_DIFFERENCE = 400  # characters


def stored_part(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response with long, deep or numerous values replaced by `…`."""
    cutter = _Cutter()
    value = cutter.cut(response, 0)
    return value if isinstance(value, dict) else {}


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return at most `limit` characters of a text; halves of surrogate pairs are escaped."""
    cut = text[:limit] + ("…" if len(text) > limit else "")
    return cut.encode("utf-8", "backslashreplace").decode()


def first_differences(differences: Iterable[str]) -> list[str]:
    """Return the first differences, each cut, and how many more there are."""
    every = list(differences)
    first = [clean_text(each, MAX_DIFFERENCE) for each in every[:MAX_DIFFERENCES]]
    more = len(every) - len(first)
    return [*first, f"and {more:,} more differences"] if more else first


class _Cutter:
    def __init__(self) -> None:
        self._left = MAX_STORED

    def cut(self, value: Any, depth: int) -> Any:
        if self._left <= 0:
            return "…"
        self._left -= 1
        if isinstance(value, str):
            text = clean_text(value, min(MAX_TEXT, self._left))
            self._left -= len(text)
            return text
        if isinstance(value, (dict, list)) and depth == MAX_NESTED:
            return "…"
        if isinstance(value, dict):
            return {
                self.cut(name, depth + 1): self.cut(each, depth + 1)
                for name, each in list(value.items())[:MAX_MEMBERS]
                if self._left > 0
            }
        if isinstance(value, list):
            return [self.cut(each, depth + 1) for each in value[:MAX_MEMBERS] if self._left > 0]
        if isinstance(value, (bool, type(None))):
            return value
        return clean_text(repr(value), 50) if isinstance(value, float) else _number(value)


def _number(value: int) -> int | str:
    return value if abs(value) < 1 << 64 else "…"
