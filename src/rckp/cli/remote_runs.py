"""The runs in a bucket, of which only the beginnings of the objects are read."""

from __future__ import annotations

from functools import partial

from rckp.cli.runs import Filter, Run, run_of_draft, run_of_record
from rckp.errors import DecodeError, RckpError
from rckp.files.container import ObjectPath
from rckp.files.remote import RemoteObject, RemotePlace, read_many
from rckp.format._next_layout import LAYOUT as DRAFT_LAYOUT
from rckp.format._next_record import NextRecord
from rckp.format.record import CheckpointRecord, CheckpointRunStatus
from rckp.payload import Payload, UnknownPayload, parse_bytes, parse_start
from rckp.store.sparse_reader import SparseRecord, read_sparse
from rckp.validation.archived import is_checkpoint_name
from rckp.validation.draft_file import DraftFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rckp.cli.store_options import Skipped

_PAYLOAD = "step_state_payload"


def find_remote_runs(url: str, wanted: Filter, skipped: Skipped) -> list[Run]:
    """As `find_runs`, of the objects below the URL of a bucket. Raise `SourceError` for the URL.

    Of a long object little more than the first 4 KiB is read: the rest of its strings is not
    validated, and its progress is what the beginning of the payload says.
    """
    place = RemotePlace(url)
    objects = [each for each in place.objects() if is_checkpoint_name(each.key)]
    runs: list[Run] = []
    found = read_many(objects, partial(_run_or_error, place))
    for each, result in zip(objects, found, strict=True):
        if isinstance(result, RckpError):
            skipped.append((ObjectPath(each.path), result))
        elif wanted.matches(result):
            runs.append(result)
    return runs


def _run_or_error(place: RemotePlace, source: RemoteObject) -> Run | RckpError:
    try:
        return _run(place, source)
    except RckpError as error:
        return error


def _run(place: RemotePlace, source: RemoteObject) -> Run:
    first: bytes | None = None

    def read_at(size: int, offset: int) -> bytes:
        nonlocal first
        if offset:
            return place.range(source, offset, offset + size)
        if first is None:  # the draft layout asks again
            first = place.range(source, 0, size)
        return first

    def draft() -> Run | None:
        try:
            found = read_sparse(read_at, source.size, DRAFT_LAYOUT)
        except DecodeError:
            return None
        return _draft_run(path, found, source.size)

    path = ObjectPath(source.path)
    try:
        found = read_sparse(read_at, source.size)
    except DecodeError as error:
        run = draft() if error.code == "invalid-utf8" else None
        if run is None:
            raise
        return run
    record = CheckpointRecord(**_values(found))
    whole = _PAYLOAD not in found.truncated
    return run_of_record(path, record, found.lengths, source.size, draft, whole=whole)


def _draft_run(path: ObjectPath, found: SparseRecord, size: int) -> Run:
    record = NextRecord(**_values(found))
    algorithm, data = record.algorithm_name, record.step_state_payload
    if _PAYLOAD in found.truncated:
        payload: Payload | UnknownPayload = parse_start(algorithm, data)
    else:
        payload = parse_bytes(algorithm, data, record.problem_description)
    return run_of_draft(path, DraftFile(record, payload, found.lengths[_PAYLOAD], size))


def _values(found: SparseRecord) -> dict[str, Any]:
    values: dict[str, Any] = found.values
    return {**values, "status": CheckpointRunStatus(values["status"])}
