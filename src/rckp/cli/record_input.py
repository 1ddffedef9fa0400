"""Read the JSON text of a record, and refuse anything else as early as possible."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable

from rckp.cli import EXIT_ERROR, INVALID
from rckp.cli.file_errors import FileError

LIMIT = 1 << 30
"""Bytes: a longer JSON text is refused, because it must be in memory as a whole."""

_BLANK = b" \t\n\r"
_MUST_BE_ESCAPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # or may not occur at all


def parse(read: Callable[[], bytes], path: str, *, limit: int = LIMIT) -> dict[str, object]:
    """The JSON object in an input, of which `read` returns the next piece, b"" at the end.

    Nothing is kept before the first `{`. Raises `FileError` with exit status 1 for what is not
    one JSON object in UTF-8, as soon as a byte shows it, and with 2 above `limit` bytes.
    """
    try:
        document = json.loads(
            _text(read, path, limit),
            object_pairs_hook=_object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        if error.msg == "Extra data":
            raise _refused(path, f"more than one JSON value: the second is at {place}") from None
        # One of the messages of the library ends in "at" itself.
        raise _refused(path, f"not JSON: {error.msg.removesuffix(' at')} at {place}") from None
    except ValueError as error:
        raise _refused(path, f"not JSON: {error}") from None
    except RecursionError:
        raise _refused(path, "nested too deeply: the values of a record are strings") from None
    if not isinstance(document, dict):  # cannot happen after "{"
        raise _refused(path, "not a JSON object")
    return document


class _Number:
    """A number of any length, which is never the value of a field."""

    def __init__(self, digits: str) -> None:
        """Keep nothing."""


def _text(read: Callable[[], bytes], path: str, limit: int) -> str:
    """The whole text, once its first byte that is not blank is `{`."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces: list[str] = []
    size = 0  # bytes before the piece that is decoded
    while True:
        data = read()
        if not pieces:
            rest = data.lstrip(_BLANK)
            if data and not rest:
                size += len(data)
                if size > limit:
                    raise _too_long(path, limit)
                continue
            _check_begin(rest, path)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            at = size - pending + error.start
            raise _refused(path, f"not UTF-8: byte {at} is not part of a character") from None
        if found := _MUST_BE_ESCAPED.search(text):
            code = ord(found[0])
            raise _refused(path, f"not JSON: the control character U+{code:04X} is not escaped")
        pieces.append(text)
        size += len(data)
        if size > limit:
            raise _too_long(path, limit)
        if not data:
            return "".join(pieces)


def _check_begin(rest: bytes, path: str) -> None:
    if not rest:
        raise _refused(path, "empty: a JSON object is expected")
    if codecs.BOM_UTF8.startswith(rest[:3]) or rest[:2] in (
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_BE,
    ):
        raise _refused(path, "not JSON in UTF-8: it begins with a byte order mark")
    if rest[:1] != b"{":
        shown = chr(rest[0]) if 0x20 < rest[0] < 0x7F else f"byte {rest[0]:#04x}"
        raise _refused(path, f"not a JSON object: it begins with {shown} instead of {{")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object. Raises `ValueError` for a name that occurs twice."""
    document: dict[str, object] = {}
    for name, value in pairs:
        if name in document:
            shown = name if len(name) <= 300 else f"{name[:300]}…"
            raise ValueError(f"the member {shown} occurs twice")
        document[name] = value
    return document


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON value")


def _refused(path: str, problem: str) -> FileError:
    return FileError(path, problem, INVALID)


def _too_long(path: str, limit: int) -> FileError:
    return FileError(
        path, f"longer than {limit:,} bytes, the limit for a record in JSON", EXIT_ERROR
    )
