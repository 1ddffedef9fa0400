"""The parser of payloads of the draft layout, which follows `next_grammar`."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from rckp.payload import next_grammar as grammar
from rckp.payload.model import Payload, Solution, UnknownPayload, direction_of

_LENGTH = Struct("<I")
_INTEGER = Struct("<Q")
_HEAD = Struct("<cQQ")

HEAD_SIZE: int = _HEAD.size
"""Bytes: the version, the iteration and the evaluations, with which every payload begins."""

# The fewest bytes of a block: a number of them that the rest cannot hold is not believed.
_LEAST_STRING = _LENGTH.size
_LEAST_SOLUTION = _INTEGER.size + 1


class _MismatchError(Exception):
    """The bytes are not a payload. The message has the expected bytes and the position."""

    def __init__(self, expected: str, at: int) -> None:
        super().__init__(f"no {expected} at byte {at:,}")


def draft_progress(beginning: bytes) -> tuple[int, int] | None:
    """Return iteration and evaluations from the first `HEAD_SIZE` bytes of a payload, or None."""
    if len(beginning) < HEAD_SIZE:
        return None
    version, iteration, evaluations = _HEAD.unpack_from(beginning)
    return (iteration, evaluations) if version == grammar.VERSION else None


def parse_bytes(algorithm: str, data: bytes, problem: str = "") -> Payload | UnknownPayload:
    """Parse a payload of the draft layout of the algorithm with this name.

    `problem` is the description of the problem, as for `parse_text`. Never raises for what the
    payload holds. The time and the memory are proportional to its length, whatever numbers of
    variables and solutions it declares.
    """
    head = draft_progress(data)
    if head is None:
        return UnknownPayload(algorithm, f"shorter than {HEAD_SIZE} bytes, or of another version")
    blocks = grammar.ALGORITHMS.get(algorithm)
    if blocks is None:
        return UnknownPayload(algorithm, "the payload of this algorithm is not known", *head)
    reader = _Reader(data, HEAD_SIZE)
    try:
        values = {block.name: _KINDS[block.kind](reader) for block in blocks}
        reader.end()
    except _MismatchError as error:
        return UnknownPayload(algorithm, str(error), *head)
    solutions: dict[str, tuple[Solution, ...]] = {
        block.name: values.pop(block.name)
        for block in blocks
        if block.kind in (grammar.SOLUTION, grammar.SOLUTIONS)
    }
    return Payload(
        *(algorithm, *head),
        seed=values.pop("seed"),
        direction=direction_of(problem),
        solutions=solutions,
        **values,
    )


class _Reader:
    """Reads blocks from the bytes of a payload, from offset `at` on. Raises `_MismatchError`."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def integer(self) -> int:
        return self._number(_INTEGER, "integer")

    def solution(self) -> Solution:
        variables = tuple([self._string() for _ in range(self._count(_LEAST_STRING))])
        flag = self._take(1, "flag of a quality")
        if flag == b"\0":
            return Solution(variables, None)
        if flag != b"\1":
            raise _MismatchError("flag of a quality", self._at - 1)
        return Solution(variables, self._string())

    def solutions(self) -> tuple[Solution, ...]:
        return tuple([self.solution() for _ in range(self._count(_LEAST_SOLUTION))])

    def end(self) -> None:
        """Raise unless all bytes are read."""
        if self._at != len(self._data):
            raise _MismatchError("end", self._at)

    def _count(self, least: int) -> int:
        start = self._at
        number = self.integer()
        if number * least > len(self._data) - self._at:
            raise _MismatchError(f"room for {number:,} items", start)
        return number

    def _string(self) -> str:
        start = self._at
        content = self._take(self._number(_LENGTH, "length"), "complete string")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            at = start + _LENGTH.size + error.start
            raise _MismatchError("well-formed UTF-8", at) from None

    def _number(self, kind: Struct, name: str) -> int:
        (number,) = kind.unpack(self._take(kind.size, name))
        return int(number)

    def _take(self, size: int, name: str) -> bytes:
        start, stop = self._at, self._at + size
        if stop > len(self._data):
            raise _MismatchError(name, start)
        self._at = stop
        return self._data[start:stop]


_KINDS: dict[str, Callable[[_Reader], Any]] = {
    grammar.U64: _Reader.integer,
    grammar.USIZE: _Reader.integer,
    grammar.SOLUTION: lambda reader: (reader.solution(),),
    grammar.SOLUTIONS: _Reader.solutions,
}
