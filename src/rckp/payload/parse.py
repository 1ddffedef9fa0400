"""The parser of payloads, which follows `grammar`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from rckp.payload import grammar
from rckp.payload.grammar import ALGORITHMS, Algorithm, Member
from rckp.payload.model import NUMBER, QUALITY, Payload, Solution, UnknownPayload, direction_of
from rckp.payload.next_parse import parse_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.format._next_record import NextRecord
    from rckp.format.record import CheckpointRecord

_MAX_INTEGER = 2**64 - 1
_INTEGER = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)
_PROGRESS = re.compile(r"iter=([0-9]{1,20});eval=([0-9]{1,20})(?:;|\Z)", re.ASCII)


class MismatchError(Exception):
    """The text is not a payload. The message has the expected text and the position."""

    def __init__(self, expected: str, at: int) -> None:
        super().__init__(f"no {expected} at character {at:,}")


def parse(record: CheckpointRecord | NextRecord) -> Payload | UnknownPayload:
    """Parse the payload of a record. Never raises for what the payload holds.

    A payload of bytes is that of the draft layout. The time and the memory are proportional to
    the length of the payload.
    """
    payload = record.step_state_payload
    if isinstance(payload, bytes):
        return parse_bytes(record.algorithm_name, payload, record.problem_description)
    return parse_text(record.algorithm_name, payload, record.problem_description)


def parse_text(algorithm: str, text: str, problem: str = "") -> Payload | UnknownPayload:
    """Parse a payload of the algorithm with this name.

    `problem` is the description of the problem: from that of a problem of roma_lib it is known
    whether a smaller quality is better.
    """
    known = ALGORITHMS.get(algorithm)
    if known is None:
        return _unknown(algorithm, "not an algorithm of roma_lib", text)
    try:
        values = {
            member.name: _KINDS[member.kind](text, start, stop)
            for member, start, stop in members(known, text)
        }
    except MismatchError as error:
        return _unknown(algorithm, str(error), text)
    solutions: dict[str, tuple[Solution, ...]] = {
        name: values.pop(name) for name in grammar.SOLUTION_NAMES if name in values
    }
    direction = values.pop("direction", None) or direction_of(problem)
    values = {"seed": None} | values
    return Payload(algorithm=algorithm, direction=direction, solutions=solutions, **values)


def _unknown(algorithm: str, reason: str, text: str) -> UnknownPayload:
    progress = _PROGRESS.match(text)
    if progress is None or max(map(int, progress.groups())) > _MAX_INTEGER:
        return UnknownPayload(algorithm, reason)
    return UnknownPayload(algorithm, reason, int(progress[1]), int(progress[2]))


def members(algorithm: Algorithm, text: str) -> Iterator[tuple[Member, int, int]]:
    """Each member with the range of its value. Raise `MismatchError`."""
    at, separator = 0, ""
    for number, member in enumerate(algorithm.members):
        key = f"{separator}{member.key}="
        if not text.startswith(key, at):
            if member.only:
                continue
            raise MismatchError(f"'{key}'", at)
        start = at + len(key)
        at = _end(algorithm.members[number + 1 :], text, start)
        yield member, start, at
        separator = ";"


def _end(following: tuple[Member, ...], text: str, start: int) -> int:
    """Where a value ends: before the next member, or at the end of the text."""
    ends = []
    for member in following:
        at = text.find(f";{member.key}=", start)
        if at >= 0:
            ends.append(at)
        if not member.only:
            break
    if following and not ends:
        raise MismatchError(f"';{following[0].key}='", start)
    return min(ends, default=len(text))


def integer(text: str, start: int, stop: int) -> int:
    """The integer that a range of a text is. Raise `MismatchError`."""
    found = _INTEGER.fullmatch(text, start, stop)
    if found is None or int(found[0]) > _MAX_INTEGER:
        raise MismatchError("integer", start)
    return int(found[0])


def _float(text: str, start: int, stop: int) -> float:
    if NUMBER.fullmatch(text, start, stop) is None:
        raise MismatchError("number", start)
    return float(text[start:stop])


def _direction_word(text: str, start: int, stop: int) -> str:
    if text[start:stop] not in ("min", "max"):
        raise MismatchError("'min' or 'max'", start)
    return text[start:stop]


def _solution(text: str, start: int, stop: int) -> tuple[Solution, ...]:
    """One solution, as a tuple like those of several."""
    at = text.find("|", start, stop)
    if at < 0:
        raise MismatchError("'|' of a solution", start)
    if QUALITY.fullmatch(text, at + 1, stop) is None:
        raise MismatchError("quality", at + 1)
    return (_made(text[start:at], text[at + 1 : stop]),)


def _made(variables: str, quality: str) -> Solution:
    """A solution. An empty text is no variables, as roma_lib reads it."""
    split = tuple(variables.split(",")) if variables else ()
    return Solution(split, None if quality == "None" else quality)


def _solutions(text: str, start: int, stop: int) -> tuple[Solution, ...]:
    """Solutions in brackets. The comma after a quality ends the solution."""
    start, stop = _inside(text, start, stop)
    found: list[Solution] = []
    while start < stop or found:
        at = text.find("|", start, stop)
        if at < 0:
            raise MismatchError("'|' of a solution", start)
        quality = QUALITY.match(text, at + 1, stop)
        if quality is None:
            raise MismatchError("quality", at + 1)
        found.append(_made(text[start:at], quality[0]))
        if quality.end() == stop:
            break
        if text[quality.end()] != ",":
            raise MismatchError("',' after a quality", quality.end())
        start = quality.end() + 1
    return tuple(found)


def _solution_lines(text: str, start: int, stop: int) -> tuple[Solution, ...]:
    return tuple(_solution(text, *line)[0] for line in lines(text, start, stop))


def _vectors(text: str, start: int, stop: int) -> tuple[tuple[float, ...], ...]:
    start, stop = _inside(text, start, stop)
    if start == stop:
        return ()
    return tuple(
        tuple(_float(text, *number) for number in _split(text, *vector, "|"))
        if vector[0] < vector[1]
        else ()
        for vector in _split(text, start, stop, ",")
    )


def _tabu(text: str, start: int, stop: int) -> tuple[tuple[int, str], ...]:
    entries = []
    for first, last in lines(text, start, stop):
        at = text.find("#", first, last)
        if at < 0:
            raise MismatchError("'#' of an entry", first)
        entries.append((integer(text, first, at), text[at + 1 : last]))
    return tuple(entries)


def _inside(text: str, start: int, stop: int) -> tuple[int, int]:
    """The range between brackets."""
    if not text.startswith("[", start, stop):
        raise MismatchError("'['", start)
    if stop - start < 2 or text[stop - 1] != "]":
        raise MismatchError("']'", stop)
    return start + 1, stop - 1


def lines(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The ranges of the lines that are not empty."""
    return (line for line in _split(text, start, stop, "\n") if line[0] < line[1])


def _split(text: str, start: int, stop: int, separator: str) -> Iterator[tuple[int, int]]:
    """The ranges between separators."""
    while True:
        at = text.find(separator, start, stop)
        if at < 0:
            yield start, stop
            return
        yield start, at
        start = at + 1


_KINDS: dict[str, Callable[[str, int, int], Any]] = {
    grammar.INTEGER: integer,
    grammar.FLOAT: _float,
    grammar.DIRECTION: _direction_word,
    grammar.SOLUTION: _solution,
    grammar.SOLUTIONS: _solutions,
    grammar.SOLUTION_LINES: _solution_lines,
    grammar.VECTORS: _vectors,
    grammar.TABU: _tabu,
}
