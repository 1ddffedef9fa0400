"""Readings of the same rules, held against each other: grammar, codec, scanner.

The compiled module of `rckp[fast]` is a further one, if it is installed.

`layout` is the name of a layout, `released` or `next`.
"""

from __future__ import annotations

import importlib
import io
import random
import re
from collections.abc import Iterator
from typing import Any

import construct

import rckp
from conformance.tests.examples import EXAMPLE
from rckp.format import _codec, _next_codec
from rckp.format._layout import LAYOUT
from rckp.format.layout import FLAG
from rckp.format.layouts import NEXT, RELEASED, codec
from rckp.format.scan import scanned_error
from rckp.grammar import NEXT_RECORD, RECORD, VersionError

Answer = tuple[str, str, int, int | None, int | None]

_FLAGGED = {field.name for field in LAYOUT.fields if field.parts[0].role == FLAG}
_SHORT = re.compile(r"expected (\d+), found (\d+)")


_IDENTITY = EXAMPLE[_codec.IDENTITY_FIELDS]
_GRAMMARS = {RELEASED: RECORD, NEXT: NEXT_RECORD}
try:
    FAST: Any = importlib.import_module("rckp_fast")
except ImportError:
    FAST = None
_DECODERS = {RELEASED: _codec.decode_or_none, NEXT: _next_codec.decode_or_none}
_LAYOUTS = {name: codec(name).layout for name in (RELEASED, NEXT)}


def disagreement(data: bytes, layout: str = RELEASED) -> str | None:
    """What the three say about the bytes, if they do not say the same."""
    record: Any = _DECODERS[layout](data)
    error = scanned_error(data, _LAYOUTS[layout])
    values, told = by_grammar(data, layout)
    scanned = None if error is None else tuple(error[:5])
    verdicts = (record is not None, error is None, told is None)
    if len(set(verdicts)) == 1 and scanned == told and record == values:
        if layout != RELEASED:
            return None
        return by_known_identity(data, record) or _by_accelerator(data, record, scanned)
    return f"{data.hex()}: codec {record!r}, scanner {scanned}, grammar {told or values!r}"


def by_known_identity(data: bytes, record: rckp.CheckpointRecord | None) -> str | None:
    """What decoding with a known identity gives, if it is not the record or None."""
    own = () if record is None else (record[_codec.IDENTITY_FIELDS],)
    for values in (*own, _IDENTITY):
        known = _codec.decode_known(data, _codec.encode_identity(values), values)
        wanted = record if record and record[_codec.IDENTITY_FIELDS] == values else None
        if known != wanted:
            return f"{data.hex()}: with a known identity {known!r}, not {wanted!r}"
    return None


def _by_accelerator(
    data: bytes, record: rckp.CheckpointRecord | None, scanned: Answer | None
) -> str | None:
    """What the compiled module says, if that differs."""
    if FAST is None:
        return None
    found = FAST.first_error(data)
    compiled = found and tuple(found[:5])
    decoded = FAST.decode_or_none(data)
    if (compiled, decoded) == (scanned, record):
        return None
    return f"{data.hex()}: compiled {compiled}, {decoded!r}; else {scanned}, {record!r}"


def by_grammar(data: bytes, layout: str = RELEASED) -> tuple[tuple[Any, ...] | None, Answer | None]:
    """Return the values that the grammar reads, or its error in the terms of DEC-10."""
    stream = io.BytesIO(data)
    try:
        parsed = _GRAMMARS[layout].parse_stream(stream)
    except construct.ConstructError as error:
        return None, _answer(error, stream.tell(), len(data))
    return tuple(parsed[field.name] for field in LAYOUT.record_fields), None


def _answer(error: construct.ConstructError, at: int, size: int) -> Answer:
    field = str(error.path).rsplit(" -> ", 1)[-1]
    match error:
        case construct.ConstError():
            return "bad-magic", field, 0, None, None
        case construct.MappingError():
            code = "invalid-option-flag" if field in _FLAGGED else "invalid-status"
            return code, field, at - 1, None, None
        case construct.TerminatedError():
            return "trailing-bytes", field, at - 1, None, None
        case construct.StringError():
            cause = error.__cause__
            assert isinstance(cause, UnicodeDecodeError)
            return "invalid-utf8", field, at - len(cause.object) + cause.start, None, None
        case VersionError():
            return "payload-version", field, at - len(error.content), None, None
        case construct.StreamError():
            found = _SHORT.search(str(error))
            assert found is not None
            wanted, available = int(found[1]), int(found[2])
            return "truncated", field, size - available, wanted, available
    raise error


def one_edit_away(data: bytes) -> Iterator[bytes]:
    """Every truncation, and every deletion, substitution and insertion of one byte."""
    for at in range(len(data)):
        yield data[:at]
        yield data[:at] + data[at + 1 :]
        for byte in range(256):
            if byte != data[at]:
                yield data[:at] + bytes([byte]) + data[at + 1 :]
    for at in range(len(data) + 1):
        for byte in range(256):
            yield data[:at] + bytes([byte]) + data[at:]


def some_edits_away(bases: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Two to six edits at random places: what one edit alone cannot reach."""
    chosen = random.Random(seed)
    telling = b"\x00\x01\x02\x03\x04\x7f\x80\xbf\xc0\xc2\xe0\xed\xef\xf0\xf4\xf5\xff"
    for _ in range(count):
        data = bytearray(chosen.choice(bases))
        for _ in range(chosen.randrange(2, 7)):
            at = chosen.randrange(len(data) + 1)
            byte = chosen.choice(telling) if chosen.random() < 0.7 else chosen.randrange(256)
            match chosen.randrange(4):
                case 0:
                    data[at : at + 1] = bytes([byte])
                case 1:
                    data[at:at] = bytes([byte])
                case 2:
                    del data[at : at + 1]
                case _ if chosen.random() < 0.2:
                    del data[at:]
        yield bytes(data)


def random_bytes(count: int, seed: int) -> Iterator[bytes]:
    """Bytes without a plan, half of them behind the magic number."""
    chosen = random.Random(seed)
    for i in range(count):
        yield b"RCKP" * (i % 2) + chosen.randbytes(chosen.randrange(120))
