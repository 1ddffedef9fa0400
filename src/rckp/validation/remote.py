"""Validation of objects in a bucket or on a web server, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from rckp.files.regular_file import SourceError
from rckp.files.remote import RemoteObject, RemotePlace, read_many
from rckp.validation.archived import is_checkpoint_name
from rckp.validation.validate import Report, unreadable_report, validate_read


def remote_reports(
    url: str, now_ms: int, on_skipped: Callable[[str, bool], None]
) -> Iterator[tuple[Report, bool]]:
    """Yield the report of each object that a URL names, and whether it is the URL itself.

    A URL that is no object stands for all checkpoints below it; they are reported in the order
    of the files of a directory. `on_skipped(path, False)` is called for each other object.
    """
    try:
        place = RemotePlace(url)
        found = place.object()
        if found is not None:
            yield _report(place, now_ms, found), True
            return
        objects = place.objects()
    except SourceError as error:
        yield unreadable_report(error.path, error), True
        return
    wanted = []
    for each in objects:
        if is_checkpoint_name(each.key):
            wanted.append(each)
        else:
            on_skipped(each.path, False)
    for report in read_many(wanted, partial(_report, place, now_ms)):
        yield report, False


def _report(place: RemotePlace, now_ms: int, source: RemoteObject) -> Report:
    return validate_read(place.reader(source), source.path, now_ms, size=source.size or None)
