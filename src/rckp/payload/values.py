"""The single values of a payload, one after the other, each with its place.

Nothing but the text is held: `parse` needs up to 20 times the memory of the payload, these
functions need none that grows with it, except for the entries of a tabu list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

from rckp.payload import grammar
from rckp.payload.grammar import ALGORITHMS
from rckp.payload.model import NUMBER, QUALITY
from rckp.payload.parse import MismatchError, integer, lines, members

MAX_KEYS = 100_000  # of a payload that follows no grammar; beyond, it is one text

# Compared item by item, each place is greater than the one before. A place of integers says
# which solution, and which variable of it; the quality comes after the variables.
Place = tuple[int | str, ...]
Value = tuple[Place, str]

_VARIABLE, _QUALITY = 0, 1
_OF_SOLUTIONS = (grammar.SOLUTION, grammar.SOLUTIONS, grammar.SOLUTION_LINES)
_KEY = re.compile(r"(?:\A|;)([A-Za-z_][A-Za-z0-9_.-]*)=", re.ASCII)
# Items, and what separates them.
_ITEM = re.compile(r"[^,|\[\]#\s]+|[,|\[\]#\s]+")
_SEPARATORS = frozenset(",|[]#")


class Member(NamedTuple):
    """A member `key=value` of a payload; the value is the characters `start` to `stop`."""

    key: str
    kind: str
    start: int
    stop: int


def members_of(algorithm: str, text: str) -> list[Member]:
    """The members of the payload of an algorithm of roma_lib. Raise `MismatchError`."""
    known = ALGORITHMS.get(algorithm)
    if known is None:
        raise MismatchError("algorithm of roma_lib", 0)
    return [Member(each.key, each.kind, *place) for each, *place in members(known, text)]


def members_by_key(text: str) -> list[Member] | None:
    """The members of any text of the form `key=value;key=value`.

    None if the text does not begin with a key, if a key occurs twice, or if there are more than
    `MAX_KEYS`: then it only resembles a payload.
    """
    found: list[Member] = []
    seen: set[str] = set()
    for match in _KEY.finditer(text):
        if match[1] in seen or len(seen) == MAX_KEYS or (not seen and match.start()):
            return None
        seen.add(match[1])
        if found:
            found[-1] = found[-1]._replace(stop=match.start())
        found.append(Member(match[1], "", match.end(), len(text)))
    return found or None


def values_of(text: str, member: Member) -> Iterator[Value]:
    """The values of a member in the order of their places. Raise `MismatchError`.

    For a member of `members_by_key`, the values are the items between commas, bars, brackets and
    white space, and these separators themselves.
    """
    return _KINDS[member.kind](text, member.start, member.stop)


def describe(kind: str, place: Place) -> str:
    """A place for people, "" for the value of a member that has only one; numbers are from 1."""
    if not place:
        return ""
    if kind == grammar.TABU:
        return f"entry {place[0]}"
    if not kind:
        return f"item {place[0]}" if place[1] else f"separator before item {place[0]}"
    if kind == grammar.VECTORS:
        return f"vector {place[0]}, number {place[1]}"
    *solution, part, variable = place
    prefix = "".join(f"solution {number}, " for number in solution)
    return f"{prefix}{'quality' if part == _QUALITY else f'variable {variable}'}"


def is_quality(kind: str, place: Place) -> bool:
    """Whether a place is that of the quality of a solution."""
    return kind in _OF_SOLUTIONS and place[-2] == _QUALITY


def is_separator(kind: str, place: Place) -> bool:
    """Whether a place of a member of `members_by_key` is that of a separator."""
    return not kind and place[1] == 0


def _single(text: str, start: int, stop: int) -> Iterator[Value]:
    yield (), text[start:stop]


def _integer(text: str, start: int, stop: int) -> Iterator[Value]:
    integer(text, start, stop)
    return _single(text, start, stop)


def _float(text: str, start: int, stop: int) -> Iterator[Value]:
    if NUMBER.fullmatch(text, start, stop) is None:
        raise MismatchError("number", start)
    return _single(text, start, stop)


def _items(text: str, start: int, stop: int) -> Iterator[Value]:
    number = 1
    for match in _ITEM.finditer(text, start, stop):
        item = match[0]
        is_item = item[0] not in _SEPARATORS and not item[0].isspace()
        yield (number, int(is_item)), item
        number += is_item


def _variables(text: str, start: int, stop: int, *solution: int) -> Iterator[Value]:
    if start == stop:
        return
    for number in count(1):
        at = text.find(",", start, stop)
        yield (*solution, _VARIABLE, number), text[start : stop if at < 0 else at]
        if at < 0:
            return
        start = at + 1


def _solution(text: str, start: int, stop: int, *solution: int) -> Iterator[Value]:
    at = text.find("|", start, stop)
    if at < 0:
        raise MismatchError("'|' of a solution", start)
    if QUALITY.fullmatch(text, at + 1, stop) is None:
        raise MismatchError("quality", at + 1)
    yield from _variables(text, start, at, *solution)
    yield (*solution, _QUALITY, 0), text[at + 1 : stop]


def _solutions(text: str, start: int, stop: int) -> Iterator[Value]:
    start, stop = _inside(text, start, stop)
    if start == stop:
        return
    for number in count(1):
        at = text.find("|", start, stop)
        quality = QUALITY.match(text, at + 1, stop) if at >= 0 else None
        if quality is None:
            raise MismatchError("'|' and a quality", start)
        yield from _solution(text, start, quality.end(), number)
        if quality.end() == stop:
            return
        if text[quality.end()] != ",":
            raise MismatchError("',' after a quality", quality.end())
        start = quality.end() + 1


def _solution_lines(text: str, start: int, stop: int) -> Iterator[Value]:
    number = 1
    for first, last in lines(text, start, stop):
        yield from _solution(text, first, last, number)
        number += 1


def _vectors(text: str, start: int, stop: int) -> Iterator[Value]:
    start, stop = _inside(text, start, stop)
    vector = number = 1
    while start < stop:
        match = NUMBER.match(text, start, stop)
        if match is not None:
            yield (vector, number), match[0]
            start = match.end()
        if start == stop:
            return
        if text[start] not in "|,":
            raise MismatchError("'|' or ',' after a number", start)
        vector, number = (vector, number + 1) if text[start] == "|" else (vector + 1, 1)
        start += 1


def _tabu(text: str, start: int, stop: int) -> Iterator[Value]:
    """The entries in the order of their solutions, because that in the text has no meaning."""
    entries = []
    for first, last in lines(text, start, stop):
        at = text.find("#", first, last)
        if at < 0:
            raise MismatchError("'#' of an entry", first)
        entries.append((text[at + 1 : last], text[first:at]))
    entries.sort()
    before, same = None, 0
    for solution, until in entries:
        same = same + 1 if solution == before else 0
        yield (solution, same), until
        before = solution


def _inside(text: str, start: int, stop: int) -> tuple[int, int]:
    if stop - start < 2 or text[start] != "[" or text[stop - 1] != "]":
        raise MismatchError("'[' and ']'", start)
    return start + 1, stop - 1


_KINDS: dict[str, Callable[[str, int, int], Iterator[Value]]] = {
    "": _items,
    grammar.INTEGER: _integer,
    grammar.FLOAT: _float,
    grammar.DIRECTION: _single,
    grammar.SOLUTION: _solution,
    grammar.SOLUTIONS: _solutions,
    grammar.SOLUTION_LINES: _solution_lines,
    grammar.VECTORS: _vectors,
    grammar.TABU: _tabu,
}
