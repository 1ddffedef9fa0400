"""The annotated hex view: the bytes of a file, part by part, each with its field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import click

from rckp.display import pluralise
from rckp.format import layout as roles
from rckp.format.scan import ScanError
from rckp.validation.inspect import Inspection, Part

WIDTH = 8  # bytes in a row: what fits into 80 columns beside the annotation
_HEAD, _TAIL = 4, 1  # rows of a long part that are shown
_AROUND = 4  # rows before an error


class Seekable(Protocol):
    """What the view needs of a file."""

    def seek(self, offset: int, /) -> int:
        """Move to an offset."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`."""


def rows(
    file: Seekable, inspection: Inspection, *, whole: bool, around_error: bool
) -> Iterator[str]:
    """Return the lines of the view; with `around_error` only those around the error."""
    error = inspection.error
    parts = [(each.field.name, part) for each in inspection.fields for part in each.parts]
    if around_error and error is not None:
        start = max(0, error.offset - _AROUND * WIDTH)
        parts = [(name, part) for name, part in parts if part.stop > start or not part.complete]
    for name, part in parts:
        label = name if part.role in _ALONE else f"{name} {part.role}"
        marks = _marks(part, error)
        yield from _part(file, part, label, marks, whole)
    if error is not None:
        yield _pointer(error)


_ALONE = (roles.MAGIC, roles.INTEGER, roles.CONTENT, roles.RAW, roles.STATUS)


def _marks(part: Part, error: ScanError | None) -> range:
    if error is None or part.complete or error.code == "truncated":
        return range(0)  # what is cut short is not wrong, as far as it is there
    return range(error.offset, error.offset + error.length)


def _part(file: Seekable, part: Part, label: str, marks: range, whole: bool) -> Iterator[str]:
    starts = range(part.start, part.stop, WIDTH)
    shown = [*starts[:_HEAD], *starts[max(_HEAD, len(starts) - _TAIL) :]]
    if marks:  # the row of the first marked byte, and the one before
        row = (marks.start - part.start) // WIDTH
        shown += starts[max(0, row - 1) : row + 1]
    chosen = starts if whole else sorted({*shown})
    last = None
    for at in chosen:
        if last is not None and at > last + WIDTH:
            yield f"{'':8}  … {at - last - WIDTH:,} more bytes"
        file.seek(at)
        yield _row(at, file.read(min(WIDTH, part.stop - at)), label, marks)
        last = at


def _row(at: int, data: bytes, label: str, marks: range) -> str:
    cells = ""
    for offset, byte in enumerate(data, at):
        marked = offset in marks
        before = "[" if marked and offset - 1 not in marks else " "
        if offset - 1 in marks and not marked:
            before = "]"
        cells += before + click.style(f"{byte:02x}", fg="red" if marked else None)
    cells += "]" if at + len(data) == marks.stop else " "
    padding = " " * 3 * (WIDTH - len(data))
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
    return f"{at:08x} {cells}{padding} {text:{WIDTH}}  {label}".rstrip()


def _pointer(error: ScanError) -> str:
    at, text = error.offset, error.code
    if error.wanted is not None and error.available is not None:
        at += error.available
        text = f"the file ends here, {pluralise(error.wanted - error.available, 'byte')} too early"
    return f"{at:08x} {click.style(f'^ {text}', fg='red')}"
