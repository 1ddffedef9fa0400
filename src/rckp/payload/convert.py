"""Conversion of checkpoints between the released and the draft layout, without loss.

A record is converted if its payload is known in both layouts, and only if the converted record
converts back to the same record.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import Any

from rckp.errors import ConversionError
from rckp.format._next_record import NextRecord
from rckp.format.record import CheckpointRecord
from rckp.payload import grammar, next_grammar
from rckp.payload.model import QUALITY, Payload, Solution
from rckp.payload.parse import parse

_SHOWN = 60  # characters of a text in a message

ALGORITHMS: tuple[str, ...] = tuple(
    name for name in grammar.ALGORITHMS if name in next_grammar.ALGORITHMS
)
"""The algorithms whose payload is known in both layouts."""


def to_next(record: CheckpointRecord) -> NextRecord:
    """Return a record of the released layout as one of the draft layout.

    Raise `ConversionError` if that would lose something.
    """
    values: dict[str, Any] = record._asdict()
    values["step_state_payload"] = bytes_of(_parsed(record))
    converted = NextRecord(**values)
    if text_of(_parsed(converted)) != record.step_state_payload:
        raise ConversionError(_difference(record))
    return converted


def to_released(record: NextRecord) -> CheckpointRecord:
    """Return a record of the draft layout as one of the released layout.

    Raise `ConversionError` if that would lose something.
    """
    values: dict[str, Any] = record._asdict()
    values["step_state_payload"] = text_of(_parsed(record))
    converted = CheckpointRecord(**values)
    found = parse(converted)
    if not isinstance(found, Payload) or bytes_of(found) != record.step_state_payload:
        raise ConversionError(_difference(record))
    return converted


def _parsed(record: CheckpointRecord | NextRecord) -> Payload:
    """The payload of a record that can perhaps be converted. Raise `ConversionError`."""
    name = record.algorithm_name
    if name not in ALGORITHMS:
        known = " and ".join(ALGORITHMS)
        if name in next_grammar.ALGORITHMS:
            reason = f"{name} exists only in the draft layout"
        else:
            reason = f"of the algorithm {name[:_SHOWN]!r}, the payload is not known in both layouts"
        raise ConversionError(f"{reason}; it is known for {known}")
    if record.seed_payload is not None:
        raise ConversionError("it has a seed_payload, whose form is not known in both layouts")
    payload = parse(record)
    if not isinstance(payload, Payload):
        raise ConversionError(f"the payload is not one of {name}: {payload.reason}")
    return payload


def text_of(payload: Payload) -> str:
    """Return the payload of the released layout. The algorithm is one of `ALGORITHMS`."""
    members = grammar.ALGORITHMS[payload.algorithm].members
    return ";".join(f"{m.key}={_TEXTS[m.kind](_value(payload, m.name))}" for m in members)


def bytes_of(payload: Payload) -> bytes:
    """Return the payload of the draft layout. The algorithm is one of `ALGORITHMS`."""
    blocks = (*next_grammar.HEAD, *next_grammar.ALGORITHMS[payload.algorithm])
    pieces = (_BLOCKS[block.kind](_value(payload, block.name)) for block in blocks)
    return b"".join((next_grammar.VERSION, *pieces))


def _value(payload: Payload, name: str) -> Any:
    """An integer, or a single solution."""
    solutions = payload.solutions.get(name)
    return getattr(payload, name) if solutions is None else solutions[0]


def _solution_text(solution: Solution) -> str:
    quality = "None" if solution.quality is None else solution.quality
    return f"{','.join(solution.variables)}|{quality}"


def _integer_bytes(number: int) -> bytes:
    return pack("<Q", number)


def _string_bytes(text: str) -> bytes:
    content = text.encode()
    return pack("<I", len(content)) + content


def _solution_bytes(solution: Solution) -> bytes:
    pieces = [_integer_bytes(len(solution.variables)), *map(_string_bytes, solution.variables)]
    if solution.quality is None:
        pieces.append(b"\0")
    else:
        pieces += [b"\1", _string_bytes(solution.quality)]
    return b"".join(pieces)


_TEXTS: dict[str, Callable[[Any], str]] = {
    grammar.INTEGER: str,
    grammar.SOLUTION: _solution_text,
}
_BLOCKS: dict[str, Callable[[Any], bytes]] = {
    next_grammar.U64: _integer_bytes,
    next_grammar.USIZE: _integer_bytes,
    next_grammar.SOLUTION: _solution_bytes,
}


def _difference(record: CheckpointRecord | NextRecord) -> str:
    """Why the converted record would not convert back."""
    for name, (solution, *_) in _parsed(record).solutions.items():
        for number, variable in enumerate(solution.variables, 1):
            if any(separator in variable for separator in ",|;") or solution.variables == ("",):
                return (
                    f"variable {number} of the solution {name} is {variable[:_SHOWN]!r}, which "
                    "the released layout cannot separate from its neighbours"
                )
        quality = solution.quality
        if quality is not None and (quality == "None" or not QUALITY.fullmatch(quality)):
            return (
                f"the quality of the solution {name} is {quality[:_SHOWN]!r}, which is not a "
                "number that the released layout can store"
            )
    return "the converted payload would not convert back to the same bytes"
