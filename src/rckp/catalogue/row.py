"""The row of a file: what validation says of it, its fields, and its progress."""

from __future__ import annotations

import math
import time
from functools import lru_cache
from typing import NamedTuple

from rckp.catalogue.columns import NAMES, PAYLOADS, length_column
from rckp.display import YEAR_10000, escape, path_members
from rckp.files.regular_file import OpenFile, SourceError
from rckp.files.whole_file import window_at
from rckp.format._layout import LAYOUT
from rckp.format.layouts import NEXT, RELEASED
from rckp.payload import Progress, parse_start, parse_text, progress
from rckp.payload.next_grammar import VERSION
from rckp.payload.progress import MAX_PARSED
from rckp.store.selection import RESUMABLE
from rckp.validation.batch import FileWork
from rckp.validation.record_summary import MAX_KEPT_CHARS, PAYLOAD, RecordSummary
from rckp.validation.validate import Outcome, summarise_as, unreadable_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from rckp.errors import PathError
    from rckp.files.whole_file import ReadAt
    from rckp.format.record import CheckpointRecord
    from rckp.format.scan import ByteReader
    from rckp.validation.batch import PathTask
    from rckp.validation.validate import Report

    Row = tuple[Any, ...]
    """The values of `COLUMNS`. Times are integers in the unit of the column."""

_VERDICTS = {True: "valid", False: "invalid", None: "unreadable"}
_FIRST_TIME = -62_135_596_800_000_000  # µs: the year 1, as far as other tools go
_LAST_TIME = 1000 * YEAR_10000  # µs
_FIELDS = tuple(field.name for field in LAYOUT.record_fields)


class CataloguedSummary(RecordSummary):
    """A summary that also keeps the payload, if it is short enough to be parsed."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []

    @classmethod
    def of(cls, record: CheckpointRecord) -> Self:
        """Return the summary of a record in memory, without `spans`."""
        summary = super().of(record)
        for field in PAYLOADS:
            value = getattr(record, field)
            if value is not None:
                summary.declared_lengths[field] = len(value.encode())
        summary._pieces = [record.step_state_payload]
        return summary

    def add_text(self, field: str, piece: str) -> None:
        """Add a piece of a string."""
        super().add_text(field, piece)
        if field == PAYLOAD and self.declared_lengths.get(field, 0) <= MAX_PARSED:
            self._pieces.append(piece)

    def progress(self, *, complete: bool) -> Progress:
        """The progress in the payload; `complete` says whether all of it was read."""
        algorithm = self.texts["algorithm_name"]
        if not complete or self.declared_lengths[PAYLOAD] > MAX_PARSED:
            return progress(parse_start(algorithm, self.texts[PAYLOAD]))
        text = "".join(self._pieces)
        return progress(parse_text(algorithm, text, self.texts["problem_description"]))


class _Contents(NamedTuple):
    """What a file contains, as far as it can be read: values of the record, and the progress."""

    layout: str | None
    values: dict[str, Any]
    truncated: list[str]
    progress: Progress = Progress()


def file_row(path: str, named: bool, now_ms: int, *, directory: int | None = None) -> Row:
    """The row of a file; never raises an `Exception`.

    `named` says whether a person named the path, so that it may be a symbolic link. `now_ms` is as
    for `validate`, and `directory` as for `OpenFile`.
    """
    try:
        with OpenFile(path, follow=named, directory=directory) as file:
            size, mtime = file.status.st_size, file.status.st_mtime_ns // 1000
            row = read_row(path, file.window, file.read_at, now_ms, size=size, mtime=mtime)
            file.check_unchanged()
    except SourceError as error:
        return error_row(error, path)
    except Exception as error:  # such as a MemoryError; the others may do
        return _lost_row(path, f"{type(error).__name__}: {error}")
    return row


def read_row(
    path: str,
    window: ByteReader,
    read_at: ReadAt,
    now_ms: int,
    *,
    size: int | None,
    mtime: int | None,
    place: str | None = None,
) -> Row:
    """The row of a file that `window` reads forwards, and `read_at` at any offset.

    `size` is the number of bytes if it is known, and `mtime` a time in microseconds. `place` is the
    path for the warnings about names, if it differs. Raise what the readers raise.
    """
    outcome = summarise_as(CataloguedSummary, window, place or path, now_ms)
    report = outcome.report(path)
    contents = _draft_contents(outcome, report, read_at, size) or _contents(outcome, report)
    values = contents.values
    values |= _of_file(path, report, size, mtime)
    values["layout"] = contents.layout
    created = values.get("created_at_ms")
    if created is not None and created < YEAR_10000:
        values["created_at"] = created
    status = values.get("status")
    values["resumable"] = contents.layout == RELEASED and status in RESUMABLE
    values.update(zip(Progress._fields, contents.progress, strict=True))
    values["truncated_fields"] = contents.truncated
    return tuple(map(values.get, NAMES))


def error_row(error: PathError, path: str | None = None) -> Row:
    """The row of a file, a directory or an archive that cannot be read."""
    shown = error.path if path is None else path
    values = _of_file(shown, unreadable_report(shown, error), None, None)
    return tuple(map(({"resumable": False, "truncated_fields": []} | values).get, NAMES))


def _of_file(path: str, report: Report, size: int | None, mtime: int | None) -> dict[str, Any]:
    """The columns that do not depend on the layout."""
    members = {"path": path} if path.isascii() else path_members(path)
    data = members.get("path_bytes")
    found: dict[str, Any] = {
        "path": members["path"],
        "path_bytes": None if data is None else bytes.fromhex(data),
        "size": size,
        "mtime": mtime if mtime is not None and _FIRST_TIME <= mtime < _LAST_TIME else None,
        "verdict": _VERDICTS[report.valid],
        "warnings": [each.code for each in report.findings if each.severity == "warning"],
    }
    if report.valid is not True:
        error = report.findings[0]
        found["code"] = error.code
        found["field"] = error.field
        found["byte_offset"] = error.offset
        found["message"] = escape(error.message)
    return found


def _contents(outcome: Outcome[CataloguedSummary], report: Report) -> _Contents:
    """The fields before the error, in the layout of the specification."""
    summary, other = outcome.summary, report.other_layout
    complete = _FIELDS if report.valid else _fields_before(report.findings[0].field)
    known: dict[str, Any] = summary.numbers | summary.texts
    values = {name: known[name] for name in complete if name in known}
    if "status" in values:
        values["status"] = str(values["status"])
    for name in PAYLOADS:
        if values.pop(name, None) is not None:
            values[length_column(name)] = summary.declared_lengths[name]
    truncated = []
    if summary.truncated_fields:
        truncated = [name for name in values if name in summary.truncated_fields]
    found = Progress()
    if PAYLOAD in summary.texts:
        found = summary.progress(complete=PAYLOAD in complete)
    if found.iteration is None and other is not None:
        found = Progress(other.iteration, other.evaluations)
    layout = RELEASED if report.valid else None
    if other is not None and other.error is None and other.layout != NEXT:
        layout = other.layout
    return _Contents(layout, values, truncated, found)


@lru_cache
def _fields_before(error: str) -> tuple[str, ...]:
    """The fields of the record that are complete if the first error is in this field."""
    names = [field.name for field in LAYOUT.fields]
    return tuple(name for name in names[: names.index(error)] if name in _FIELDS)


def _draft_contents(
    outcome: Outcome[CataloguedSummary], report: Report, read_at: ReadAt, size: int | None
) -> _Contents | None:
    """The fields in the draft layout, as `rckp list` shows them. None if it is another layout."""
    summary = outcome.summary
    first = summary.payload_start[:1] or summary.texts.get(PAYLOAD, "")[:1].encode()
    if first != VERSION or not (report.valid or report.findings[0].code == "invalid-utf8"):
        return None
    from rckp.validation.draft_file import read_draft  # few files are of this layout

    found = read_draft(window_at(read_at, size or None), read_at, MAX_KEPT_CHARS, MAX_PARSED)
    if found is None:
        return None
    values: dict[str, Any] = found.record._asdict() | {"status": str(found.record.status)}
    for name in PAYLOADS:
        del values[name]
        values[length_column(name)] = found.lengths.get(name)
    truncated = [name for name in values if name in found.truncated_fields]
    return _Contents(NEXT, values, truncated, progress(found.payload))


def microseconds(seconds: float | None) -> int | None:
    """A time in seconds in microseconds; None if it is not a number."""
    found = math.nan if seconds is None else seconds * 1_000_000
    return int(found) if math.isfinite(found) else None


def _rows_of_chunk(tasks: list[PathTask], now_ms: int) -> tuple[float, list[Row]]:
    """Make rows in a worker. Return the seconds that it took, and the rows."""
    start = time.perf_counter()
    rows = [file_row(path, named, now_ms) for path, named in tasks]
    return time.perf_counter() - start, rows


def _received(_: str, row: Row) -> Row:
    return row


def _lost_row(path: str, reason: str) -> Row:
    return error_row(SourceError("unreadable", path, {"reason": reason}))


CATALOGUE: FileWork[Row, Row] = FileWork(file_row, _rows_of_chunk, _received, _lost_row)
"""The work on each file of a catalogue."""
