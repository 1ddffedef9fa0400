"""`inspect`: every field with its byte range and value, as far as a file can be read."""

from __future__ import annotations

from typing import NamedTuple

from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.layout import Field, Layout
from rckp.format.scan import ByteReader, Event, ScanError, scan

SHOWN = 80  # characters of each string that are kept unless more are asked for


class Part(NamedTuple):
    """A part of a field: bytes `start` to `stop`; for one that is cut short, to the end."""

    role: str
    start: int
    stop: int
    complete: bool


class InspectedField(NamedTuple):
    """A field as far as it can be read.

    `complete` says whether all of it is there and good. `value` is an integer, a string or bytes
    (the beginning, if `cut`; the well-formed beginning, if it is not complete), the status
    by name, None for an absent option, for magic and end, and where there is no value.
    `size` is the number of bytes that a string or bytes declare, None for other types.
    """

    field: Field
    start: int
    stop: int
    parts: tuple[Part, ...]
    value: int | str | bytes | None
    complete: bool
    cut: bool
    size: int | None


class Inspection(NamedTuple):
    """A file, field by field, up to its error if it has one."""

    fields: tuple[InspectedField, ...]
    error: ScanError | None

    def partial_record(self) -> dict[str, int | str | bytes | None]:
        """The values of the fields that are complete."""
        return {
            each.field.name: each.value
            for each in self.fields
            if each.complete and each.field.parts[0].role not in (roles.MAGIC, roles.END)
        }


def inspect(
    window: ByteReader, layout: Layout = LAYOUT, *, shown: int | None = SHOWN
) -> Inspection:
    """Read a file up to its error; keep at most `shown` characters or bytes of each string.

    File contents never raise an error. With `shown` None, strings are kept completely.
    """
    texts = _Contents(layout, shown)
    events: list[Event] = []
    error = None
    for event in scan(window, layout, texts.add, texts.add_raw if texts.raw_fields else None):
        if isinstance(event, ScanError):
            error = event
        else:
            events.append(event)
    fields = []
    for field in layout.fields:
        own = [event for event in events if event.field == field.name]
        broken = error if error is not None and error.field == field.name else None
        if own or broken:
            fields.append(_inspected(field, own, broken, texts))
    return Inspection(tuple(fields), error)


class _Contents:
    """Keeps the beginnings of strings and bytes, in pieces so that long ones stay linear."""

    def __init__(self, layout: Layout, limit: int | None) -> None:
        self.raw_fields = {f.name for f in layout.fields if f.parts[-1].role == roles.RAW}
        self._limit = limit
        self._texts: dict[str, list[str]] = {}
        self._raws: dict[str, list[bytes]] = {}
        self._kept: dict[str, int] = {}
        self.cut: set[str] = set()

    def add(self, field: str, piece: str) -> None:
        if room := self._room(field, len(piece)):
            self._texts.setdefault(field, []).append(piece[:room])

    def add_raw(self, field: str, piece: bytes | memoryview) -> None:
        if field in self.raw_fields and (room := self._room(field, len(piece))):
            self._raws.setdefault(field, []).append(bytes(piece[:room]))

    def _room(self, field: str, size: int) -> int:
        """Return how much of a piece is stored."""
        kept = self._kept.get(field, 0)
        room = size if self._limit is None else min(size, self._limit - kept)
        if size > room:
            self.cut.add(field)
        self._kept[field] = kept + room
        return room

    def of(self, field: str) -> str | bytes:
        if field in self.raw_fields:
            return b"".join(self._raws.get(field, ()))
        return "".join(self._texts.get(field, ()))


def _inspected(
    field: Field, events: list[Event], error: ScanError | None, texts: _Contents
) -> InspectedField:
    parts = [Part(event.role, event.start, event.stop, True) for event in events]
    if error is not None:
        parts.append(_broken_part(field, events, error))
    lengths = [int(event.value or 0) for event in events if event.role == roles.LENGTH]
    value: int | str | bytes | None = None
    if lengths:
        value = texts.of(field.name)
    elif events and events[-1].role in (roles.INTEGER, roles.STATUS):
        value = events[-1].value
    return InspectedField(
        field,
        parts[0].start,
        parts[-1].stop,
        tuple(parts),
        value,
        error is None,
        field.name in texts.cut,
        lengths[0] if lengths else None,
    )


def _broken_part(field: Field, events: list[Event], error: ScanError) -> Part:
    """Return the invalid part, up to the end of the file."""
    role = field.parts[len(events)].role
    start = events[-1].stop if events else error.offset
    if role in (roles.CONTENT, roles.RAW) and error.available is None:
        stop = start + int(events[-1].value or 0)
    else:
        stop = error.offset + error.length
    return Part(role, start, stop, False)
