"""Reading through a descriptor: the first fields only, or all of it."""

from __future__ import annotations

import os
from contextlib import suppress

from rckp.errors import DecodeError
from rckp.files.directory import read_at
from rckp.files.whole_file import ReadAt, TooLargeError, scan_decode_error, validate_at, window_at
from rckp.format._layout import LAYOUT
from rckp.format.codec import decode
from rckp.format.layout import CONTENT, INTEGER, LENGTH, STATUS
from rckp.format.record import CheckpointRecord, CheckpointRunStatus
from rckp.format.scan import ByteReader, Event, ScanError, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HEADER_READ_SIZE = 4096  # bytes that are read at first; a small checkpoint is complete in them
_JUDGED_FIRST = 1 << 26  # bytes; what is longer is taken into memory only if it is valid
_PIECE = 1 << 20


def reader_from_fd(descriptor: int, head: bytes) -> ByteReader:
    """A window over a regular file of which the first bytes have been read."""
    return window_at(_reader(descriptor, head))


def _reader(descriptor: int, head: bytes) -> ReadAt:
    def read(size: int, offset: int) -> bytes:
        piece = head[offset : offset + size]
        return piece or read_at(descriptor, size, offset)

    return read


def scan_until(
    descriptor: int, head: bytes, keep: str, limit: int, enough: Callable[[Event, str], bool]
) -> Event | None:
    """The first part for which `enough(part, text)` is true, or None at the end of the file.

    `text` is the content of the field `keep`, of a long one little more than the first
    `limit` characters. Raises `DecodeError` for an error before that part.
    """
    text = ""

    def keep_text(field: str, piece: str) -> None:
        nonlocal text
        if field == keep and len(text) <= limit:
            text += piece

    for event in scan(reader_from_fd(descriptor, head), text=keep_text):
        if isinstance(event, ScanError):
            raise scan_decode_error(event)
        if enough(event, text):
            return event
    return None


def header_matches(
    descriptor: int, head: bytes, wanted: dict[str, int], field: str, text: str
) -> bool:
    """Whether the header has all the integers `wanted`, by field, and `text` in `field`.

    Reads no further than it has to. Raises `DecodeError` for an error before that.
    """
    size, missing = len(text.encode()), len(wanted)
    differs = False

    def enough(event: Event, seen: str) -> bool:
        nonlocal differs, missing
        if event.field == field:
            differs = (event.role == LENGTH and event.value != size) or (
                event.role == CONTENT and seen != text
            )
        elif event.role == INTEGER and event.field in wanted:
            missing -= 1
            differs = event.value != wanted[event.field]
        return differs or not missing

    scan_until(descriptor, head, field, size, enough)
    return not differs


def field_slice(field: str) -> slice:
    """Return the slice of an integer field that precedes all parts of variable size."""
    start = LAYOUT.fixed_offset(field)
    size = next(part.size for each in LAYOUT.fields if each.name == field for part in each.parts)
    return slice(start, start + size)


def read_string_field(descriptor: int, head: bytes, field: str, limit: int) -> str | None:
    """The text of a field, or None if it has more than `limit` bytes. Raises `DecodeError`."""
    if len(head) < HEADER_READ_SIZE:
        with suppress(DecodeError):  # a whole small file, which is what there is nearly always
            text = getattr(decode(head), field)
            return text if len(text.encode()) <= limit else None
    text, size = "", 0

    def enough(event: Event, seen: str) -> bool:
        nonlocal text, size
        text = seen
        if event.field == field and event.role == LENGTH:
            size = int(event.value or 0)
        return event.field == field and event.role == CONTENT

    scan_until(descriptor, head, field, limit, enough)
    return text if size <= limit else None


def read_record(descriptor: int, head: bytes) -> CheckpointRecord:
    """The record of a regular file of which the first bytes have been read.

    Raises `DecodeError`; takes no more memory than a valid file needs.
    """
    if len(head) < HEADER_READ_SIZE:
        try:
            return decode(head)
        except DecodeError as error:
            # A network file system may have given less than there is.
            if error.code != "truncated" or not head or not read_at(descriptor, 1, len(head)):
                raise
    if os.fstat(descriptor).st_size > _JUDGED_FIRST:
        validate_at(_reader(descriptor, head))
    try:
        data = bytearray(head)
        while piece := read_at(descriptor, _PIECE, len(data)):
            data += piece
        return decode(data)
    except MemoryError:
        raise TooLargeError(os.fstat(descriptor).st_size) from None


def validate_fd(descriptor: int, head: bytes) -> None:
    """Raise `DecodeError` unless the file is valid. Its contents are not stored."""
    if len(head) < HEADER_READ_SIZE:
        read_record(descriptor, head)
    else:
        validate_at(_reader(descriptor, head))


def read_summary(
    window: ByteReader, max_chars: int, max_payload: int = 0
) -> tuple[CheckpointRecord, dict[str, int]]:
    """The record, its strings cut to `max_chars` characters, and their lengths in bytes.

    A `step_state_payload` of at most `max_payload` bytes is not cut. Raises `DecodeError`.
    """
    values: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    pieces: list[str] = []  # of a payload that is not cut
    payload = "step_state_payload"

    def keep_text(field: str, piece: str) -> None:
        if field == payload and lengths[field] <= max_payload:
            pieces.append(piece)
            return
        kept = values[field]
        values[field] = kept + piece[: max_chars - len(kept)]

    for event in scan(window, text=keep_text):
        if isinstance(event, ScanError):
            raise scan_decode_error(event)
        if event.role == LENGTH:
            lengths[event.field] = int(event.value or 0)
            values[event.field] = ""
        elif event.role in (INTEGER, STATUS):
            values[event.field] = event.value
    values["status"] = CheckpointRunStatus(values["status"])
    if pieces:
        values[payload] = "".join(pieces)
    found: list[Any] = [values.get(field) for field in CheckpointRecord._fields]
    return CheckpointRecord(*found), lengths
