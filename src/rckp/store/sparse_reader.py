"""Reading a record without most of its long strings, for files of which each reading is slow."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from rckp.errors import DecodeError
from rckp.files.whole_file import ReadAt, scan_decode_error
from rckp.format._layout import LAYOUT
from rckp.format.layout import CONTENT, FLAG, INTEGER, LENGTH, STATUS, Field, Layout
from rckp.format.scan import ByteReader, Event, ScanError, scan
from rckp.store.record_reader import HEADER_READ_SIZE

NEXT_READ = 256
"""Bytes that are read after each string that does not end in what was read."""


class SparseRecord(NamedTuple):
    """The fields of a record by name, and the lengths in bytes of its strings.

    The strings named in `truncated` are not complete. An absent option is None.
    """

    values: dict[str, int | str | bytes | None]
    lengths: dict[str, int]
    truncated: set[str]


def read_sparse(read_at: ReadAt, size: int, layout: Layout = LAYOUT) -> SparseRecord:
    """Read the record in a file of `size` bytes, of which only a few are read if it is long.

    A file of at most `HEADER_READ_SIZE` bytes is validated as a whole.
    `read_at` is called once for the first bytes, and once after each string that does not end in
    what was read. What is not read of such a string is not validated; everything else is.
    Raises `DecodeError`, and whatever `read_at` raises.
    """
    record = SparseRecord({field.name: None for field in layout.record_fields}, {}, set())
    fields, start, wanted = list(layout.fields), 0, HEADER_READ_SIZE
    while fields:
        stop = min(size, start + wanted)
        head = read_at(stop - start, start) if stop > start else b""
        events, contents = _scan(tuple(fields), head, start, size)
        while fields:
            field = fields[0]
            own = [event for event in events if event.field == field.name]
            content = contents.get(field.name, b"")
            if _is_complete(field, own):
                _store(record, field, own, content)
                start = own[-1].stop
            elif content:
                begin, declared = own[-1].stop, int(own[-1].value or 0)
                start = begin + declared
                if start > size:  # before what is wrong in the content (DEC-2)
                    raise DecodeError("truncated", field.name, begin, declared, size - begin)
                _store(record, field, own, content, cut=True)
            else:
                start = own[0].start if own else start
                break
            del fields[0]
            if field.name in record.truncated:
                break
        wanted = NEXT_READ
    return record


class _BeyondError(Exception):
    """The next byte exists, but was not read."""


def _scan(
    fields: tuple[Field, ...], head: bytes, start: int, size: int
) -> tuple[list[Event], dict[str, bytes]]:
    """The parts that are complete in `head`, the bytes from `start` on, and the contents."""
    at = start
    events: list[Event] = []
    contents: dict[str, bytes] = {}

    def read(_: int) -> bytes:
        nonlocal at
        piece = head[at - start :]
        if not piece and at < size:
            raise _BeyondError
        at += len(piece)
        return piece

    def keep(field: str, piece: bytes | memoryview) -> None:
        contents[field] = contents.get(field, b"") + piece

    window = ByteReader(read, size)
    window.position = start
    try:
        for event in scan(window, Layout("", fields), raw=keep):
            if isinstance(event, ScanError):
                raise scan_decode_error(event)
            events.append(event)
    except _BeyondError:
        pass
    return events, contents


def _is_complete(field: Field, events: list[Event]) -> bool:
    if not events:
        return False
    last = events[-1]
    return last.role == field.parts[-1].role or (last.role == FLAG and not last.value)


def _store(
    record: SparseRecord, field: Field, events: list[Event], content: bytes, *, cut: bool = False
) -> None:
    """Store the value of a field. With `cut`, `content` is only the beginning of its content."""
    last = events[-1]
    if last.role in (INTEGER, STATUS):
        record.values[field.name] = last.value
    lengths = [event.value for event in events if event.role == LENGTH]
    if not lengths:
        return
    record.lengths[field.name] = int(lengths[0] or 0)
    part = field.parts[-1]
    if cut:
        record.truncated.add(field.name)
        if part.values and content[:1] not in part.values:
            raise DecodeError("payload-version", field.name, last.stop)
    if part.role != CONTENT:
        record.values[field.name] = content
        return
    try:
        record.values[field.name] = codecs.utf_8_decode(content, "strict", not cut)[0]
    except UnicodeDecodeError as error:
        raise DecodeError("invalid-utf8", field.name, last.stop + error.start) from None
