"""A file of the draft layout: its record with truncated strings, and its progress."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import NamedTuple

from rckp.files.regular_file import OpenFile, SourceError
from rckp.format._next_layout import LAYOUT
from rckp.format._next_record import NextRecord
from rckp.format.record import CheckpointRunStatus
from rckp.payload import Payload, UnknownPayload, parse_bytes, parse_start
from rckp.validation.inspect import inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rckp.files.whole_file import ReadAt
    from rckp.format.scan import ByteReader

_PAYLOAD = "step_state_payload"


class DraftFile(NamedTuple):
    """A complete file of the draft layout.

    The strings of `record` are truncated, its payloads as well. `payload_length` and `size` are
    the numbers of bytes of the whole payload and of the file. Of a payload that was not parsed,
    `payload` has the progress alone. `lengths` has the number of bytes of each string and of both
    payloads, and `truncated_fields` the names of those that are incomplete in `record`.
    """

    record: NextRecord
    payload: Payload | UnknownPayload
    payload_length: int
    size: int
    lengths: Mapping[str, int] = MappingProxyType({})
    truncated_fields: Collection[str] = ()


def read_draft_file(
    path: str | os.PathLike[str], *, max_chars: int = 4096, max_payload: int = 0
) -> DraftFile | None:
    """Read a file of the draft layout. Return None for a file that is not complete in it.

    Strings are truncated to `max_chars` characters, and payloads to as many bytes. A payload of at
    most `max_payload` bytes is parsed. File contents never raise an error, and the memory does not
    depend on the size of the file. A symbolic link is not followed, and what cannot be read is
    None.
    """
    try:
        with OpenFile(os.fspath(path), follow=False) as file:
            found = read_draft(file.window, file.read_at, max_chars, max_payload)
            file.check_unchanged()
    except (SourceError, OSError):
        return None
    return found


def read_draft(
    window: ByteReader, read_at: ReadAt, max_chars: int, max_payload: int
) -> DraftFile | None:
    """As `read_draft_file`, of what `window` and `read_at` read. Raise what they raise."""
    inspection = inspect(window, LAYOUT, shown=max_chars)
    if inspection.error is not None:
        return None
    values = inspection.partial_record()
    fields = {each.field.name: each for each in inspection.fields}
    length = fields[_PAYLOAD].size or 0
    payload = _payload(read_at, values, fields[_PAYLOAD].stop - length, length, max_payload)
    record = NextRecord(**values)  # type: ignore[arg-type]
    status = CheckpointRunStatus(str(values["status"]))
    lengths = {name: each.size for name, each in fields.items() if each.size is not None}
    return DraftFile(
        *(record._replace(status=status), payload, length, window.position),
        lengths=lengths,
        truncated_fields=[name for name, each in fields.items() if each.cut],
    )


def _payload(
    read_at: ReadAt,
    values: dict[str, int | str | bytes | None],
    start: int,
    length: int,
    max_payload: int,
) -> Payload | UnknownPayload:
    algorithm, problem = str(values["algorithm_name"]), str(values["problem_description"])
    beginning = bytes(values[_PAYLOAD])  # type: ignore[arg-type]
    if length > max_payload:
        return parse_start(algorithm, beginning)
    data = bytearray()
    while len(data) < length and (piece := read_at(length - len(data), start + len(data))):
        data += piece
    return parse_bytes(algorithm, bytes(data), problem)
