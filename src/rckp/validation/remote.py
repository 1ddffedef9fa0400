"""Validation of objects in a bucket or on a web server, many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from rckp.files.regular_file import SourceError
from rckp.files.remote import REQUESTS, RemoteObject, RemotePlace
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
            yield _report(place, found, now_ms), True
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
    yield from ((report, False) for report in _reports(place, wanted, now_ms))


def _report(place: RemotePlace, source: RemoteObject, now_ms: int) -> Report:
    return validate_read(place.reader(source), source.path, now_ms, size=source.size or None)


def _reports(place: RemotePlace, objects: list[RemoteObject], now_ms: int) -> Iterator[Report]:
    waiting: deque[Future[Report]] = deque()
    with ThreadPoolExecutor(REQUESTS) as executor:
        try:
            for each in objects:
                if len(waiting) >= 2 * REQUESTS:
                    yield waiting.popleft().result()
                waiting.append(executor.submit(_report, place, each, now_ms))
            while waiting:
                yield waiting.popleft().result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
