"""Take a whole checkpoint into memory, but only one that the scanner has found valid.

Every reader of a whole file uses `record_at`: `CheckpointStore.read`, a listing, the commands.
An invalid file costs a bounded amount of memory, whatever its size, and is read no further than
its first error.

    with OpenFile(path) as file:                        # a regular file
        record = record_at(file.read_at, size=file.status.st_size)

    with KeptStream(sys.stdin.buffer.read1) as stream:  # a pipe, which may never end
        record = record_at(stream.read_at)
"""

from __future__ import annotations

import os
from collections.abc import Callable

from rckp.errors import DecodeError, RckpError
from rckp.format import codec_errors  # noqa: F401 - `decode` must find it when files run out
from rckp.format._layout import LAYOUT
from rckp.format.codec import decode
from rckp.format.scan import CHUNK, ByteReader, ScanError, TextSink, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

    from typing_extensions import Buffer

    from rckp.format.layout import Layout
    from rckp.format.layouts import Codec
    from rckp.format.record import CheckpointRecord

ReadAt = Callable[[int, int], bytes]
"""`read_at(size, offset)` returns 1 to `size` bytes from an offset, and none only at the end."""

AT_ONCE = 1 << 18
"""Bytes: a file that is known to be no longer is decoded without asking the scanner first."""

_PIECE = 1 << 20  # bytes of one reading of a valid file


class TooLargeError(RckpError):
    """A valid file does not fit into memory: `too-large`. `size` is its number of bytes."""

    def __init__(self, size: int) -> None:
        super().__init__("too-large", size)
        self.size = size


def window_at(read_at: ReadAt, size: int | None = None) -> ByteReader:
    """A window from offset 0 on; `size` as for `ByteReader`."""
    at = 0

    def read(wanted: int) -> bytes:
        nonlocal at
        piece = read_at(wanted, at)
        at += len(piece)
        return piece

    return ByteReader(read, size)


def scan_decode_error(error: ScanError) -> DecodeError:
    """Return an error of the scanner as the exception of the decoder."""
    return DecodeError(error.code, error.field, error.offset, error.wanted, error.available)


def validate_at(
    read_at: ReadAt,
    *,
    size: int | None = None,
    text: TextSink | None = None,
    layout: Layout = LAYOUT,
) -> int:
    """The number of bytes of a valid file, which is read once in small pieces.

    `size` is the number of bytes of the file if it is known. `text` is as for `scan`. Raises
    `DecodeError` as soon as the first error is read, and whatever `read_at` raises.
    """
    window = window_at(read_at, size)
    for event in scan(window, layout, text=text):
        if isinstance(event, ScanError):
            raise scan_decode_error(event)
    return window.position


def record_at(
    read_at: ReadAt, *, size: int | None = None, limit: int | None = None
) -> CheckpointRecord:
    """The record that a file encodes. Memory is taken for a valid file only.

    `size` is the number of bytes of the file if it is known; 0 counts as unknown, since files
    of /proc say so. `limit` is the number of bytes above which a valid file is too large.

    Raises `DecodeError` for an invalid file, `TooLargeError` for a valid one that is longer than
    `limit` or than the memory that is left, and whatever `read_at` raises.
    """
    record: CheckpointRecord = _record_at(read_at, size, limit, LAYOUT, decode)
    return record


def any_record_at(
    codec: Codec, read_at: ReadAt, *, size: int | None = None, limit: int | None = None
) -> Any:
    """As `record_at`, a record of the layout of `codec`."""
    return _record_at(read_at, size, limit, codec.layout, codec.decode)


def _record_at(
    read_at: ReadAt,
    size: int | None,
    limit: int | None,
    layout: Layout,
    decode: Callable[[Buffer], Any],
) -> Any:
    if size and size <= AT_ONCE:
        data = bytearray()
        while len(data) <= size and (piece := read_at(size + 1 - len(data), len(data))):
            data += piece
        if len(data) <= size:  # it has not grown
            return _decoded(data, limit, decode)
    valid = validate_at(read_at, size=size or None, layout=layout)
    if limit is not None and valid > limit:
        raise TooLargeError(valid)
    try:
        data = bytearray(valid)
        _fill(data, read_at)
    except MemoryError:
        raise TooLargeError(valid) from None
    return _decoded(data, limit, decode)


def _decoded(data: bytearray, limit: int | None, decode: Callable[[Buffer], Any]) -> Any:
    try:
        record = decode(data)
    except MemoryError:
        raise TooLargeError(len(data)) from None
    if limit is not None and len(data) > limit:
        raise TooLargeError(len(data))
    return record


def _fill(data: bytearray, read_at: ReadAt) -> None:
    """Read a validated file. If it has become shorter, so does `data`."""
    at = 0
    while at < len(data):
        piece = read_at(min(_PIECE, len(data) - at), at)
        if not piece:
            del data[at:]
            break
        data[at : at + len(piece)] = piece
        at += len(piece)


class KeptStream:
    """A stream that can be read at any offset. Bytes that were read are stored, on disk if many.

    No more is read than requested. `read(n)` returns up to `n` bytes, and none only at the
    end; it should give at once what is there, as `read1` of a buffered stream does.
    """

    def __init__(self, read: Callable[[int], bytes | None]) -> None:
        import tempfile  # only for streams

        self._read = read
        self._kept = tempfile.SpooledTemporaryFile(max_size=AT_ONCE)  # noqa: SIM115 - see close
        self._size = 0

    def read_at(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes from an offset; none only at the end. Raises `OSError`."""
        while offset >= self._size:
            piece = self._read(CHUNK)
            if not piece:
                return b""
            self._kept.seek(0, os.SEEK_END)
            self._kept.write(piece)
            self._size += len(piece)
        self._kept.seek(offset)
        return self._kept.read(size)

    def close(self) -> None:
        """Remove the stored bytes."""
        self._kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
