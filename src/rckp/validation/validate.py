"""`validate`: whether a checkpoint is valid, and its error and warnings with their locations."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeVar

from rckp._codes import CODES
from rckp.errors import PathError
from rckp.files.regular_file import OpenFile, SourceError
from rckp.format.buffers import byte_view
from rckp.format.codec import decode_or_none
from rckp.format.scan import ByteReader, ScanError, scan
from rckp.validation import routine_files
from rckp.validation.record_summary import RecordSummary
from rckp.validation.routine_files import RoutineFiles
from rckp.validation.warnings import RecordWarning, find_warnings, is_later_layout

Summary = TypeVar("Summary", bound=RecordSummary)

_HEAD = 4096  # bytes that are enough to tell what a foreign file is

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from typing_extensions import Buffer

    from rckp.validation.other_layouts import OtherLayout


class Finding(NamedTuple):
    """An error or a warning about a file.

    `code` is a code of spec/errors.json, and `severity` is `"error"` or `"warning"`. `field` is the
    field of the layout, `offset` the first invalid byte, from 0, and `length` the number of bytes
    to highlight; they are None if the finding is about the whole file. `message` is one line for
    people, `requirement` the id of the violated requirement or `""`, and `hint` one line on what
    to do next.
    """

    code: str
    severity: str
    field: str | None
    offset: int | None
    length: int | None
    message: str
    requirement: str
    hint: str


class Report(NamedTuple):
    """The result of validating one file: `valid` is None if the file could not be read.

    `path` is None for bytes in memory and for streams. `findings` has the error of the file first,
    if there is one, and then the warnings. `run` identifies the run of the file: the run id and
    both hashes, or None. `other_layout` says how the file reads in another layout that it may
    have, or is None. It does not change what the file is by the specification.
    """

    path: str | None
    valid: bool | None
    findings: tuple[Finding, ...]
    run: tuple[str, int, int] | None = None
    other_layout: OtherLayout | None = None


def validate(
    source: str | os.PathLike[str] | Buffer | BinaryIO,
    *,
    strict: bool = False,
    now_ms: int | None = None,
) -> Report:
    """Validate one checkpoint and return its error and warnings.

    `source` is a path, the bytes themselves, or a binary stream, which is read to its end.
    With `strict`, a file with a warning is invalid. `now_ms` is the present time for the warnings
    about times, in milliseconds since the epoch; the default is that of the clock.

    File contents never raise an error. The report of a file that cannot be read has `valid` None
    and one finding with the code `missing`, `unreadable`, `not-a-file` or `changed-while-read`.
    Memory is bounded, whatever the size of the file.
    """
    if now_ms is None:
        now_ms = time.time_ns() // 1_000_000
    if isinstance(source, (str, os.PathLike)):
        report = validate_file(os.fspath(source), now_ms)
    elif hasattr(source, "read"):
        report = _validate_stream(source.read, now_ms)
    else:
        report = summarise(ByteReader.from_bytes(byte_view(source)), None, now_ms).report(None)
    return promote_warnings(report) if strict else report


_ROUTINE = RoutineFiles()


def validate_file(path: str, now_ms: int, *, follow: bool = True) -> Report:
    """As `validate`, of a file; with `follow=False` a symbolic link is not a file."""
    if routine_files.ENABLED:
        data = routine_files.read_small(path, time.time_ns(), follow=follow)
        if data is not None:
            directory, _, name = path.rpartition(os.sep)
            return validate_small(data, path, now_ms, routine=_ROUTINE, place=(directory, name))
    return validate_opened(path, now_ms, follow=follow)


def validate_opened(
    path: str, now_ms: int, *, follow: bool, directory: int | None = None
) -> Report:
    """As `validate_file`, of any file, in pieces. `directory` is as for `OpenFile`."""
    try:
        with OpenFile(path, follow=follow, directory=directory) as file:
            outcome = summarise(file.window, path, now_ms)
            file.check_unchanged()
    except SourceError as error:
        return unreadable_report(path, error)
    return outcome.report(path)


def validate_small(
    data: bytes, path: str, now_ms: int, *, routine: RoutineFiles, place: tuple[str, str]
) -> Report:
    """As `validate_file`, of a file all of which is known. `place` is its directory and name."""
    run = routine.run_of(data, *place, now_ms)
    if run is not None:
        return Report(path, True, (), run)
    return summarise(ByteReader.from_bytes(data), path, now_ms, routine).report(path)


class Outcome(NamedTuple, Generic[Summary]):
    """What was found in a file that could be read.

    `summary` has the values of the fields before the error, and the beginning of the field with
    the error.
    """

    summary: Summary
    findings: list[Finding]
    run: tuple[str, int, int] | None
    other_layout: OtherLayout | None = None

    def report(self, path: str | None) -> Report:
        """The report on a file at this path."""
        valid = all(finding.severity != "error" for finding in self.findings)
        return Report(path, valid, tuple(self.findings), self.run, self.other_layout)


def promote_warnings(report: Report) -> Report:
    """The report, each warning an error, so that a file that has one is not valid."""
    if report.valid and report.findings:
        findings = (finding._replace(severity="error") for finding in report.findings)
        return report._replace(valid=False, findings=tuple(findings))
    return report


def _validate_stream(read: Callable[[int], bytes], now_ms: int) -> Report:
    def checked(size: int) -> bytes:
        try:
            return read(size) or b""
        except OSError as error:
            raise SourceError("unreadable", "-", {"reason": error.strerror or str(error)}) from None

    return validate_read(checked, None, now_ms)


def validate_read(
    read: Callable[[int], bytes], path: str | None, now_ms: int, *, size: int | None = None
) -> Report:
    """As `validate`, of what `read` returns; `size` is the number of bytes if it is known.

    `path` is where the bytes are said to be. `read` may raise `SourceError`.
    """
    try:
        return summarise(ByteReader(read, size), path, now_ms).report(path)
    except SourceError as error:
        return unreadable_report(path, error)


def summarise(
    window: ByteReader, path: str | None, now_ms: int, routine: RoutineFiles | None = None
) -> Outcome[RecordSummary]:
    """Validate all that the window shows. Raise what its `read` raises."""
    return summarise_as(RecordSummary, window, path, now_ms, routine)


def summarise_as(
    kind: type[Summary],
    window: ByteReader,
    path: str | None,
    now_ms: int,
    routine: RoutineFiles | None = None,
) -> Outcome[Summary]:
    """As `summarise`, with a summary of this class."""
    ahead = window.peek()
    whole = window.is_complete(ahead)
    if whole and (record := decode_or_none(ahead)) is not None:  # a small valid file
        summary = kind.of(record)
        if next(find_warnings(summary, path, now_ms), None) is None:
            if routine is not None and path is not None:
                routine.remember(record, path)
            return Outcome(summary, [], _run(summary))
    summary = kind()
    for event in scan(window, text=summary.add_text, raw=summary.add_raw, skips=summary.skips):
        if isinstance(event, ScanError):
            found = list(_error_findings(event, bytes(ahead[:_HEAD]), summary))
            other = _other_layout(summary, event, window, ahead if whole else None)
            return Outcome(summary, found, None, other)
        summary.add_event(event)
    warnings = [_warning(odd, summary) for odd in find_warnings(summary, path, now_ms)]
    other = _other_layout(summary, None, window, None)
    return Outcome(summary, warnings, _run(summary), other)


def _other_layout(
    summary: RecordSummary, error: ScanError | None, window: ByteReader, whole: memoryview | None
) -> OtherLayout | None:
    """Return how the file reads in another layout; `whole` is the file, if all of it is known."""
    if is_later_layout(summary):
        from rckp.validation.other_layouts import draft_layout  # rarely needed

        return draft_layout(summary, error, window)
    if whole is None or error is None or error.field == "magic":
        return None
    from rckp.validation.other_layouts import april_layout

    return april_layout(whole)


def _run(summary: RecordSummary) -> tuple[str, int, int] | None:
    if "run_id" in summary.truncated_fields:
        return None
    return (
        summary.texts["run_id"],
        int(summary.numbers["algorithm_signature_hash"]),
        int(summary.numbers["problem_signature_hash"]),
    )


def _error_findings(error: ScanError, head: bytes, summary: RecordSummary) -> Iterator[Finding]:
    """Return the error, the foreign format, and whether the file may have the later layout."""
    from rckp.validation.foreign import as_sentence  # a good file is not foreign

    hint = CODES[error.code].action
    if error.field == "magic":
        hint = as_sentence(head) or hint
    yield finding(error.code, error.field, error.offset, error.length, error._asdict(), hint=hint)
    if is_later_layout(summary):
        yield _warning(RecordWarning("later-layout", "step_state_payload", {}), summary)


def _warning(odd: RecordWarning, summary: RecordSummary) -> Finding:
    start, stop = summary.spans[odd.field]
    return finding(odd.code, odd.field, start, stop - start, odd.details)


def unreadable_report(path: str | None, error: PathError) -> Report:
    """Return the report of a file or directory that cannot be read."""
    return Report(path, None, (finding(error.code, None, None, None, error.details),))


def finding(
    code: str,
    field: str | None,
    offset: int | None,
    length: int | None,
    details: dict[str, Any],
    *,
    hint: str | None = None,
) -> Finding:
    """A finding with this code, its message made from `details`."""
    row = CODES[code]
    message = row.message.format_map(details)
    return Finding(
        code, row.severity, field, offset, length, message, row.requirement, hint or row.action
    )
