"""The scanner: the rules of decoding, part by part, over a stream.

`scan` yields one `Event` for each part and then, if the file has an error, its `ScanError`. A file
is valid if the last event is that of the part `end`. The scanner depends on the roles of parts, not
on the fields of one layout. It keeps at most `CHUNK` bytes of a file. It is independent of the
codec, so that tests can compare the two.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.accelerator import MODULE
from rckp.format.buffers import byte_view
from rckp.format.layout import Layout, Part

CHUNK = 65536  # bytes of one reading
_LONGEST_SEQUENCE = 4  # bytes of UTF-8
_DECODED = 16384  # bytes; for the text of more, CPython may map and unmap memory each time

TextSink = Callable[[str, str], None]
RawSink = Callable[[str, "bytes | memoryview"], None]

_CONTENTS = (roles.CONTENT, roles.RAW)


def _ascii_piece(piece: memoryview) -> int:
    """Return the length of a whole piece that is ASCII, which CPython tells at once, or 0."""
    data = piece.obj
    if type(data) is bytes and len(data) == len(piece) and data.isascii():
        return len(data)
    return 0


# The number of bytes, from the first on, that are whole well-formed sequences; or fewer.
_well_formed_prefix: Callable[[memoryview], int] = (
    _ascii_piece if MODULE is None else MODULE.well_formed_prefix
)


class Event(NamedTuple):
    """A complete, valid part: bytes `start` to `stop` of the file.

    `value` is the integer, the declared length, whether an option is present, or the
    status name; None for content (see `text` of `scan`), magic and end.
    """

    field: str
    role: str
    start: int
    stop: int
    value: int | str | bool | None


class ScanError(NamedTuple):
    """The error of a file, as DEC-10 specifies it.

    `length` is the number of bytes at `offset` to highlight; 0 if the bytes are missing.
    """

    code: str
    field: str
    offset: int
    wanted: int | None = None
    available: int | None = None
    length: int = 1


class ByteReader:
    """A forward reader of a file, a stream or a buffer.

    `read(n)` returns up to `n` bytes, and none only at the end. `size` is the total number of
    bytes, if it is known. It detects a false length at once, and saves the last call of `read`.
    """

    def __init__(self, read: Callable[[int], bytes | memoryview], size: int | None = None) -> None:
        self._read = read
        self._size = size
        self._buffer = memoryview(b"")
        self.position: int = 0

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> ByteReader:
        """Return a reader of bytes in memory."""
        view = memoryview(data)
        at = 0

        def read(n: int) -> memoryview:
            nonlocal at
            at += n
            return view[at - n : at]

        return cls(read, len(view))

    def known_shorter_than(self, n: int) -> bool:
        """Whether fewer than `n` bytes remain, as far as is known without reading."""
        return self._size is not None and self.position + n > self._size

    @property
    def remaining(self) -> int | None:
        """The number of remaining bytes, or None if it is unknown."""
        return None if self._size is None else max(0, self._size - self.position)

    def peek(self) -> memoryview:
        """Return the next bytes of one `read` call without consuming them; none only at the end."""
        self.at_eof()
        return self._buffer

    def is_complete(self, shown: memoryview) -> bool:
        """Whether the bytes that `peek` returned are all that remain, and fewer than `CHUNK`."""
        if len(shown) >= CHUNK:
            return False
        if self._size is not None:
            return self._size == self.position + len(shown)
        return not self._extend()

    def read_some(self, limit: int) -> memoryview:
        """Return the next bytes, at most `limit`, and none only at the end."""
        self.at_eof()
        taken = self._buffer[:limit]
        self._buffer = self._buffer[limit:]
        self.position += len(taken)
        return taken

    def read_up_to(self, n: int) -> bytes:
        """Return the next `n` bytes, or fewer at the end. Use it for small parts."""
        taken = bytes(self.read_some(n))
        while len(taken) < n and (more := self.read_some(n - len(taken))):
            taken += more
        return taken

    def skip_text(self, limit: int) -> int:
        """Consume well-formed UTF-8, at most `limit` bytes; return the number of bytes.

        This takes less time than decoding. What it consumes ends with a whole sequence. It stops
        early whenever it cannot go on fast, so 0 says nothing about the next bytes.
        """
        skipped = 0
        while not self.at_eof() and len(self._buffer) <= limit - skipped:
            used = _well_formed_prefix(self._buffer)
            skipped += used
            self._buffer = self._buffer[used:]
            if len(self._buffer) >= _LONGEST_SEQUENCE or (self._buffer and not self._extend()):
                break
        self.position += skipped
        return skipped

    def _extend(self) -> bool:
        """Read more bytes after those of the buffer; return whether there were any."""
        more = self._read(CHUNK)
        if more:
            self._buffer = memoryview(bytes(self._buffer) + bytes(more))
        return bool(more)

    def at_eof(self) -> bool:
        """Whether no byte remains."""
        if not self._buffer:
            self._buffer = memoryview(self._read(CHUNK))
        return not self._buffer


def scan(
    window: ByteReader,
    layout: Layout = LAYOUT,
    text: TextSink | None = None,
    raw: RawSink | None = None,
    skips: Callable[[str], bool] | None = None,
) -> Iterator[Event | ScanError]:
    """Yield the events of a file, then its error if it has one (DEC-1).

    `text(field, piece)` is called with the well-formed content of strings as it is read, even if a
    later byte of the string is invalid. `raw(field, piece)` is called with the content of strings
    and of bytes as it is read, whether valid or not. They are not called with the rest of a string
    for which `skips(field)` returns True.
    """
    if skips is None:
        needed = text is not None or raw is not None
        skips = lambda _: not needed  # noqa: E731
    for field in layout.fields:
        declared = 0
        for part in field.parts:
            start = window.position
            verdict = (
                _content(window, field.name, part, declared, (text, raw, skips))
                if part.role in _CONTENTS
                else _fixed(window, field.name, part)
            )
            if isinstance(verdict, ScanError):
                yield verdict
                return
            yield Event(field.name, part.role, start, window.position, verdict)
            if part.role == roles.LENGTH:
                declared = int(verdict or 0)
            if part.role == roles.FLAG and verdict is False:
                break


def first_error(data: bytes | bytearray | memoryview, layout: Layout = LAYOUT) -> ScanError | None:
    """Return the error of the bytes, or None if they are valid."""
    if MODULE is not None and layout is LAYOUT:
        found = MODULE.first_error(byte_view(data))
        return found and ScanError(*found)
    return scanned_error(data, layout)


def scanned_error(
    data: bytes | bytearray | memoryview, layout: Layout = LAYOUT
) -> ScanError | None:
    """As `first_error`, by `scan` alone."""
    return next(
        (e for e in scan(ByteReader.from_bytes(data), layout) if isinstance(e, ScanError)), None
    )


_REFUSED = {
    roles.MAGIC: "bad-magic",
    roles.FLAG: "invalid-option-flag",
    roles.STATUS: "invalid-status",
}


def _fixed(window: ByteReader, field: str, part: Part) -> ScanError | int | str | bool | None:
    """Validate a part of fixed size: enough bytes (DEC-2), then the value."""
    start = window.position
    if part.role == roles.END:
        if window.at_eof():
            return None
        return ScanError("trailing-bytes", field, start, length=window.remaining or 1)
    raw = window.read_up_to(part.size)
    if len(raw) < part.size:
        return ScanError("truncated", field, start, part.size, len(raw), len(raw))
    number = int.from_bytes(raw, "little")
    if part.role == roles.MAGIC:
        good = raw == part.values[0]
        return None if good else ScanError(_REFUSED[part.role], field, start, length=part.size)
    if part.role in (roles.FLAG, roles.STATUS):
        if number >= len(part.values):
            return ScanError(_REFUSED[part.role], field, start)
        value = part.values[number]
        return value if isinstance(value, (str, bool)) else None
    return number


def _content(
    window: ByteReader,
    field: str,
    part: Part,
    declared: int,
    sinks: tuple[TextSink | None, RawSink | None, Callable[[str], bool]],
) -> ScanError | None:
    """Validate content: all bytes exist (DEC-2), and only then: they are UTF-8 (DEC-4).

    Bytes need not be UTF-8, but may have to begin with one of the `values` of their part.
    """
    start = window.position
    text, raw, skips = sinks
    if text is None and raw is None and window.known_shorter_than(declared):
        there = window.remaining or 0
        return ScanError("truncated", field, start, declared, there, there)
    is_text = part.role == roles.CONTENT
    missing, valid, length = declared, 0, 0
    first = b""
    pending = b""  # at most three bytes of a sequence that continues in the next piece
    while missing and (piece := window.read_some(min(missing, _DECODED))):
        missing -= len(piece)
        if raw is not None:
            raw(field, piece)
        if not is_text:
            first = first or bytes(piece[:1])
            continue
        if length:
            continue  # malformed already, but truncation takes precedence
        held = memoryview(pending + piece) if pending else piece
        try:
            decoded, used = codecs.utf_8_decode(held, "strict", missing == 0)
        except UnicodeDecodeError as error:
            used, length = error.start, error.end - error.start
            decoded = str(held[:used], "utf-8")
        valid += used
        pending = bytes(held[used:])
        if text is not None and decoded:
            text(field, decoded)
        if missing and not pending and not length and skips(field):
            skipped = window.skip_text(missing)
            missing -= skipped
            valid += skipped
    if missing:
        there = declared - missing
        return ScanError("truncated", field, start, declared, there, there)
    if length:
        return ScanError("invalid-utf8", field, start + valid, length=length)
    if part.values and first not in part.values:
        return ScanError("payload-version", field, start, length=len(first))
    return None
