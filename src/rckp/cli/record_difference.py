"""The difference of two checkpoints field by field, in bounded memory."""

from __future__ import annotations

from typing import NamedTuple

from rckp.cli.file_errors import Source
from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.scan import ScanError, scan
from rckp.payload.difference import PayloadDifference, compare

MAX_COMPARED = 64 << 20
"""Bytes of a payload that is compared by key; a longer one is compared as text."""

_MAX_NAME = 4096  # bytes of the name of an algorithm; what is longer is none of roma_lib
_PAYLOAD = "step_state_payload"
_PIECE = 1 << 16  # bytes of one reading
_BEFORE = 24  # bytes that are shown before the first difference of long texts


class Excerpt(NamedTuple):
    """A value, or that part of a long one in which the difference is.

    `text` is None for an absent string. `length` is the number of bytes of a string, else None.
    `start` is the first byte of the excerpt within the string.
    """

    text: str | None
    length: int | None = None
    start: int = 0
    cut: bool = False


class FieldDifference(NamedTuple):
    """A field that differs. `first` is the first byte that does within two strings, else None."""

    field: str
    a: Excerpt
    b: Excerpt
    first: int | None
    payload: PayloadDifference | None


class RecordDifference(NamedTuple):
    """What differs between two files, and the error of each file that is invalid.

    `rewritten` says that the payloads differ only in how numbers are written, or in the order of
    keys. `compared` is the number of fields that both files have before their errors.
    """

    fields: tuple[FieldDifference, ...]
    compared: int
    rewritten: bool
    error_a: ScanError | None
    error_b: ScanError | None

    @property
    def equal(self) -> bool:
        """Whether both files are valid and have the same values."""
        return not self.fields and self.error_a is None and self.error_b is None


class _Text(NamedTuple):
    """Where the content of a string is in the file."""

    start: int
    stop: int


class _Side:
    """A file: its integers and the status, and where its strings are."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.values: dict[str, int | str | _Text | None] = {}
        self.error: ScanError | None = None
        for event in scan(source.window()):
            if isinstance(event, ScanError):
                self.error = event
            elif event.role == roles.CONTENT:
                self.values[event.field] = _Text(event.start, event.stop)
            elif event.role == roles.FLAG and event.value is False:
                self.values[event.field] = None
            elif event.role in (roles.INTEGER, roles.STATUS):
                self.values[event.field] = event.value

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of a range; fewer if the file has become shorter."""
        data = bytearray()
        while start < stop and (piece := self.source.read_at(min(_PIECE, stop - start), start)):
            data += piece
            start += len(piece)
        return bytes(data)

    def text(self, field: str, limit: int) -> str | None:
        """Return a string of at most so many bytes, or None."""
        value = self.values[field]
        if not isinstance(value, _Text) or value.stop - value.start > limit:
            return None
        return self.read(*value).decode("utf-8", "replace")  # replace: it may be changing


def compare_sources(
    source_a: Source, source_b: Source, *, exact: bool, values: int, width: int
) -> RecordDifference:
    """Compare two files. Raise `SourceError` if one of them changes in the meantime.

    With `exact`, payloads are different if one character is. `values` is the number of values of
    a key, and `width` the number of bytes of a string that are kept.
    """
    a, b = _Side(source_a), _Side(source_b)
    fields: list[FieldDifference] = []
    rewritten = False
    both = [f.name for f in LAYOUT.record_fields if f.name in a.values and f.name in b.values]
    for name in both:
        first = None
        x, y = a.values[name], b.values[name]
        payload = None
        if isinstance(x, _Text) and isinstance(y, _Text):
            first = _first_difference(a, b, x, y)
            if first is None:
                continue
            if name == _PAYLOAD:
                payload = _payload(a, b, values)
                if payload is not None and payload.keys == () and not exact:
                    rewritten = True
                    continue
        elif x == y:
            continue
        fields.append(
            FieldDifference(
                name, _excerpt(a, x, first, width), _excerpt(b, y, first, width), first, payload
            )
        )
    source_a.check_unchanged()
    source_b.check_unchanged()
    return RecordDifference(tuple(fields), len(both), rewritten, a.error, b.error)


def _first_difference(a: _Side, b: _Side, x: _Text, y: _Text) -> int | None:
    """The first byte that differs within two strings; None if they are equal."""
    size_x, size_y = x.stop - x.start, y.stop - y.start
    at = 0
    while at < (common := min(size_x, size_y)):
        size = min(_PIECE, common - at)
        of_a = a.read(x.start + at, x.start + at + size)
        of_b = b.read(y.start + at, y.start + at + size)
        if of_a != of_b:
            same = next((n for n, (p, q) in enumerate(zip(of_a, of_b, strict=False)) if p != q), 0)
            return at + same
        if len(of_a) < size:  # both have become shorter, which is reported in the end
            return at
        at += size
    return None if size_x == size_y else at


def _payload(a: _Side, b: _Side, values: int) -> PayloadDifference | None:
    """The difference of the payloads by key, None if one is too long for that."""
    texts = [side.text(_PAYLOAD, MAX_COMPARED) for side in (a, b)]
    if texts[0] is None or texts[1] is None:
        return None
    name_a, name_b = (side.text("algorithm_name", _MAX_NAME) or "" for side in (a, b))
    return compare(texts[0], texts[1], (name_a, name_b), shown=values)


def _excerpt(
    side: _Side, value: int | str | _Text | None, first: int | None, width: int
) -> Excerpt:
    if not isinstance(value, _Text):
        return Excerpt(None if value is None else str(value))
    size = value.stop - value.start
    start = 0 if first is None or size <= width else max(0, min(first - _BEFORE, size - width))
    data = side.read(value.start + start, min(value.stop, value.start + start + width))
    while data and data[0] & 0xC0 == 0x80:  # the rest of a character
        data, start = data[1:], start + 1
    text = data.decode("utf-8", "ignore")
    return Excerpt(text, size, start, len(data) < size)
