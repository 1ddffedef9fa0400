"""Validation of objects in a bucket or on a web server, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from rckp.files.regular_file import SourceError
from rckp.files.remote import RemoteObject, RemotePlace, read_many
from rckp.validation.archived import is_checkpoint_name
from rckp.validation.validate import Report, unreadable_report, validate_read

R = TypeVar("R")


def remote_reports(
    url: str, now_ms: int, on_skipped: Callable[[str, bool], None]
) -> Iterator[tuple[Report, bool]]:
    """Yield the report of each object that a URL names, and whether it is the URL itself.

    A URL that is no object stands for all checkpoints below it; they are reported in the order
    of the files of a directory. `on_skipped(path, False)` is called for each other object.
    """

    def made(place: RemotePlace, source: RemoteObject) -> Report:
        return validate_read(place.reader(source), source.path, now_ms, size=source.size or None)

    try:
        yield from read_objects(url, made, on_skipped)
    except SourceError as error:
        yield unreadable_report(error.path, error), True


def read_objects(
    url: str,
    make: Callable[[RemotePlace, RemoteObject], R],
    on_skipped: Callable[[str, bool], None],
) -> Iterator[tuple[R, bool]]:
    """Yield `make(place, object)` of each object, and whether it is the URL itself.

    `on_skipped` and the order are as for `remote_reports`. `make` is called by several threads.
    Raise `SourceError` for the URL.
    """
    place = RemotePlace(url)
    found = place.object()
    if found is not None:
        yield make(place, found), True
        return
    wanted = []
    for each in place.objects():
        if is_checkpoint_name(each.key):
            wanted.append(each)
        else:
            on_skipped(each.path, False)
    for made in read_many(wanted, partial(make, place)):
        yield made, False
